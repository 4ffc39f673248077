"""In: a file of ours becomes a conversation again. Its turns are copies: they cost nothing here."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from chat.conversations import search, tags
from chat.conversations.portable.shape import CONVERSATION, TURN, Unreadable, misfit
from chat.models import TAG_LENGTH, Cascade, Conversation, Feedback, Tag, Turn

MOST_BYTES = 10 * 1024 * 1024

_MOMENTS = ("created_at", "ended_at")
_ELSEWHERE = ("parent", "cascade", "feedback", "attempts")


def read(content: bytes) -> dict[str, Any]:
    """What is in the file, in its right shape. Raises `Unreadable`."""
    if len(content) > MOST_BYTES:
        raise Unreadable(
            _("The file is larger than {most} MB, the most there is.").format(
                most=MOST_BYTES // 1024**2
            )
        )
    try:
        found = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable(_("This is not JSON. Choose a file that was exported here.")) from error
    if not isinstance(found, dict) or found.get("format") != "cascade-chat":
        raise Unreadable(_("This file was not exported from Cascade Chat. Choose one that was."))
    if found.get("version") != 1:
        raise Unreadable(_("This file is of another version than this server reads, which is 1."))
    if wrong := misfit(found, CONVERSATION):
        raise Unreadable(_("The conversation in the file has {wrong}.").format(wrong=wrong))
    for place, turn in enumerate(found["turns"], start=1):
        if wrong := misfit(turn, TURN):
            raise Unreadable(
                _("Turn {place} in the file has {wrong}.").format(place=place, wrong=wrong)
            )
        parent = turn["parent"]
        if parent is not None and parent >= place - 1:
            raise Unreadable(
                _("Turn {place} in the file follows a turn that comes after it.").format(
                    place=place
                )
            )
    if found["head"] is not None and found["head"] >= len(found["turns"]):
        raise Unreadable(_("The last turn of the conversation is not in the file."))
    return found


@transaction.atomic
def store(user: User, found: Mapping[str, Any]) -> Conversation:
    """Its cascades are those of the same names here, where there are any."""
    cascades = {cascade.name: cascade for cascade in Cascade.objects.all()}
    default = Cascade.objects.offered().first()
    conversation = Conversation.objects.create(
        user=user,
        title=found["title"],
        pinned=found.get("pinned", False),
        archived=found.get("archived", False),
        cascade=cascades.get(found["cascade"], default) if found["cascade"] else None,
    )
    turns = _turns(conversation, found["turns"], cascades)
    for name in filter(None, (tags.read(name)[:TAG_LENGTH] for name in found["tags"])):
        conversation.tags.add(Tag.objects.get_or_create(user=user, name=name)[0])
    Conversation.objects.filter(id=conversation.id).update(
        head=turns[found["head"]] if found["head"] is not None else None,
        created_at=parse_datetime(found["created_at"]),
        updated_at=parse_datetime(found["updated_at"]),
        imported_at=Now(),
    )
    search.index_conversation(conversation.id)
    return conversation


def _turns(
    conversation: Conversation, kept: list[Any], cascades: Mapping[str, Cascade]
) -> list[Turn]:
    """Ids grow with the places in the file, so that turns of one moment keep their order."""
    ids = sorted(uuid4() for _ in kept)
    turns = [
        Turn(
            id=id,
            conversation=conversation,
            client_id=uuid4(),
            parent_id=None if row["parent"] is None else ids[row["parent"]],
            cascade=cascades.get(row["cascade"]),
            copied=row["attempts"],
            is_copy=True,
            **{name: _value(name, row[name]) for name in TURN if name not in _ELSEWHERE},
        )
        for id, row in zip(ids, kept, strict=True)
    ]
    Turn.objects.bulk_create(turns)
    for turn, row in zip(turns, kept, strict=True):  # `auto_now_add` had the last word
        turn.created_at = parse_datetime(row["created_at"])  # type: ignore[assignment]  # it was looked at
    Turn.objects.bulk_update(turns, ["created_at"], batch_size=500)
    Feedback.objects.bulk_create(
        Feedback(turn=turn, **row["feedback"])
        for turn, row in zip(turns, kept, strict=True)
        if row["feedback"]
    )
    return turns


def _value(name: str, value: Any) -> Any:
    return parse_datetime(value) if name in _MOMENTS and value is not None else value


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)
