"""Words whose accents stand apart were cut at each: what holds such is indexed anew."""

import re
from typing import Any

from django.db import migrations

from chat.conversations.search import MARKS, index

BATCH = 500


def index_anew(apps: Any, schema_editor: Any) -> None:
    texts = ("prompt", "conversation__title", "attachments", "copied")
    turns = apps.get_model("chat", "Turn").objects.values_list("id", *texts)
    attempts = apps.get_model("chat", "Attempt").objects.exclude(turn=None)
    stands_apart = re.compile(MARKS).search
    found = {id for id, *held in turns.iterator() if stands_apart(str(held))}
    written = attempts.values_list("turn", "text").iterator()
    found |= {turn_id for turn_id, text in written if stands_apart(text)}
    ids = list(found)
    for begin in range(0, len(ids), BATCH):
        index(*ids[begin : begin + BATCH])


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0022_share_titles'),
    ]

    operations = [
        migrations.RunPython(index_anew, migrations.RunPython.noop),
    ]
