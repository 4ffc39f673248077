"""A link shows the title there was: of one from before, that is the title there is."""

from typing import Any

from django.db import migrations, models


def keep_titles(apps: Any, schema_editor: Any) -> None:
    Conversation = apps.get_model("chat", "Conversation")
    own = Conversation.objects.filter(id=models.OuterRef("conversation"))
    links = apps.get_model("chat", "ShareLink").objects.all()
    links.update(title=models.Subquery(own.values("title")))


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0021_conversations_to_undo'),
    ]

    operations = [
        migrations.AddField(
            model_name='sharelink',
            name='title',
            field=models.CharField(db_default='', max_length=120),
        ),
        migrations.RunPython(keep_titles, migrations.RunPython.noop),
    ]
