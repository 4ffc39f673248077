"""Tags: words a user files conversations under."""

from django.db import transaction
from django.utils.translation import gettext as _

from chat.models import TAG_LENGTH, Conversation, Tag

MOST = 10


class Untaggable(Exception):
    """`str()` is a sentence for the reader."""


@transaction.atomic
def add(conversation: Conversation, typed: str) -> None:
    """Raises `Untaggable` for what is no tag, and where there are enough."""
    name = read(typed)
    if not name or "\0" in name:
        raise Untaggable(_("Type a word to tag it with."))
    if len(name) > TAG_LENGTH:
        raise Untaggable(
            _("A tag has at most {most} characters. Choose a shorter word.").format(most=TAG_LENGTH)
        )
    others = conversation.tags.exclude(name=name)
    if others.count() >= MOST:
        raise Untaggable(
            _("A conversation has at most {most} tags. Remove one first.").format(most=MOST)
        )
    tag, _created = Tag.objects.get_or_create(user_id=conversation.user_id, name=name)
    conversation.tags.add(tag)


def read(typed: str) -> str:
    """As tags are kept: in small letters, without commas; empty where nothing is left."""
    return " ".join(typed.replace(",", " ").split()).lower()


@transaction.atomic
def remove(conversation: Conversation, name: str) -> None:
    """A tag that nothing bears any more goes."""
    for tag in conversation.tags.filter(name=name.replace("\0", "")):
        conversation.tags.remove(tag)
        if not tag.conversations.exists():
            tag.delete()
