"""What was answered before there was a search is found by it."""

from typing import Any

from django.db import migrations

from chat.conversations.search import words_of

BATCH = 500


def index(apps: Any, schema_editor: Any) -> None:
    Turn = apps.get_model("chat", "Turn")
    Attempt = apps.get_model("chat", "Attempt")
    SearchEntry = apps.get_model("chat", "SearchEntry")
    Turn.objects.filter(copied__isnull=False).update(is_copy=True)
    ended = Turn.objects.exclude(status__in=("queued", "running"))
    ids = list(ended.order_by("created_at", "id").values_list("id", flat=True))
    for begin in range(0, len(ids), BATCH):
        batch = ids[begin : begin + BATCH]
        answers: dict[Any, list[str]] = {}
        kept = Attempt.objects.filter(turn__in=batch, switch_reason="").exclude(role="shadow")
        for turn_id, text in kept.order_by("number").values_list("turn_id", "text"):
            answers.setdefault(turn_id, []).append(text)
        copies = Turn.objects.filter(id__in=batch, is_copy=True).values_list("id", "copied")
        for turn_id, copied in copies:
            kept = [row["text"] for row in copied if not row["switch_reason"]]
            answers[turn_id] = kept
        turns = {
            row[0]: row
            for row in Turn.objects.filter(id__in=batch).values_list(
                "id", "conversation__user", "conversation__title", "prompt"
            )
        }
        SearchEntry.objects.bulk_create(
            SearchEntry(
                turn_id=turn_id,
                words=words_of(user_id, title, prompt, *answers.get(turn_id, [])),
            )
            for turn_id, user_id, title, prompt in (turns[turn_id] for turn_id in batch)
        )


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0010_conversation_list'),
    ]

    operations = [
        migrations.RunPython(index, migrations.RunPython.noop),
    ]
