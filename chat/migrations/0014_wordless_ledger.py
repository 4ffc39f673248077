from typing import Any

from django.db import migrations


def strip(apps: Any, schema_editor: Any) -> None:
    """What is left of conversations that were deleted loses its words, as it does from now on."""
    attempts = apps.get_model("chat", "Attempt").objects.filter(turn=None, settled=True)
    for row in attempts.filter(decision__isnull=False).only("decision").iterator(200):
        checks = [{**check, "note": ""} for check in row.decision.get("checks", ())]
        attempts.filter(pk=row.pk).update(decision={**row.decision, "checks": checks})
    attempts.update(text="", reasoning="", tool_calls=[], error="")


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0013_sign_in_tries'),
    ]

    operations = [
        migrations.RunPython(strip, migrations.RunPython.noop, elidable=True),
    ]
