from django.db import migrations, models


def name_the_last(apps, schema_editor) -> None:  # type: ignore[no-untyped-def]  # historical models
    apps.get_model("chat", "Turn").objects.filter(force_direct=True).update(only="last")


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0007_model_details'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='began_ms',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='decided_ms',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='turn',
            name='attachments',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='turn',
            name='copied',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='turn',
            name='only',
            field=models.CharField(blank=True, choices=[('draft', 'the first model alone'), ('last', 'the last model alone')], max_length=5),
        ),
        migrations.RunPython(name_the_last, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='turn',
            name='force_direct',
        ),
    ]
