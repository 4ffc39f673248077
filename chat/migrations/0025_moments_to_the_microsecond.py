"""SQLite compares moments as text: one of three digits was not found equal to itself of six, and a
page of the list began with the conversation that the one before had ended with."""

from typing import Any

from django.db import migrations


def write_all_digits(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "UPDATE chat_conversation SET updated_at = updated_at || '000' "
            "WHERE length(updated_at) = 23"  # to the millisecond
        )


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0024_imported_at'),
    ]

    operations = [
        migrations.RunPython(write_all_digits, migrations.RunPython.noop),
    ]
