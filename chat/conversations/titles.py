"""The title of a conversation: its first prompt's beginning, until somebody gives it another, or
its first model does (`turns/title.py`)."""

from django.db import transaction
from django.utils.text import Truncator

from chat.conversations import search
from chat.models import Conversation
from chat.process.off_loop import off_loop
from chat.turns import doorbell

LENGTH = 60

_AROUND = " .\"'“”„«»*_#`"
"""What models put around a title."""


def of(prompt: str) -> str:
    return Truncator(" ".join(prompt.split())).chars(LENGTH)


def read(written: str) -> str:
    """A title as a model wrote it; empty where that is none."""
    lines = [line for line in written.splitlines() if line.strip()]
    if len(lines) != 1 or not lines[0].isprintable():
        return ""
    title = " ".join(lines[0].removeprefix("Title:").strip(_AROUND).split())
    return title if len(title) <= LENGTH else ""


async def improve(conversation: Conversation, old: str, title: str) -> None:
    """Unless it has another title by now."""
    if await off_loop(_improve)(conversation, old, title):
        await doorbell.ring_list(conversation.user_id)


@transaction.atomic
def _improve(conversation: Conversation, old: str, title: str) -> bool:
    untouched = Conversation.objects.filter(id=conversation.id, title=old, deleted_at=None)
    if not untouched.update(title=title):
        return False
    search.index_conversation(conversation.id)
    return True


async def rename(conversation: Conversation, title: str) -> None:
    await off_loop(_rename)(conversation, title)
    conversation.title = title
    await doorbell.ring_list(conversation.user_id)


@transaction.atomic
def _rename(conversation: Conversation, title: str) -> None:
    """Its words change in the search with it; it does not count as used."""
    Conversation.objects.filter(id=conversation.id).update(title=title)
    search.index_conversation(conversation.id)
