"""The path of a conversation: which turns are shown, and what a model is told of them."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet, UUIDField, prefetch_related_objects

from chat.models import LIVE, Turn
from chat.models.prepared import Given, each, prepared
from chat.process.off_loop import off_loop
from chat.turns import store
from chat.turns.log import log
from chat.turns.state import Attachment, Thumb, TurnState, TurnStatus


class Shown(NamedTuple):
    """A turn that is shown; `ended` is the number of its last event, None while it is live."""

    turn_id: str
    ended: int | None


@dataclass(slots=True)
class Tree:
    """How the turns of conversations hang together, and the thumbs given in them; no texts."""

    heads: dict[UUID, UUID | None]
    parents: dict[UUID, UUID | None]
    ended: dict[UUID, int | None]
    thumbs: dict[str, Thumb]
    versions: dict[str, list[str]]
    """Of the turns that have several."""
    numbers: dict[UUID | None, int]

    @property
    def shown(self) -> list[Shown]:
        """The turns that are shown, first to last."""
        paths = [_path(self.parents, head) for head in self.heads.values()]
        return [Shown(str(turn_id), self.ended[turn_id]) for path in paths for turn_id in path]

    def path_to(self, turn_id: UUID) -> list[str]:
        """The turns from the first one to this."""
        return [str(id) for id in _path(self.parents, turn_id)]

    def place(self, turn: TurnState) -> None:
        """Its thumb and its number: quick for turns that come in the order of their path."""
        at = UUID(turn.id)
        before = self.numbers.get(self.parents[at])
        self.numbers[at] = len(_path(self.parents, at)) if before is None else before + 1
        turn.number, turn.thumb = self.numbers[at], self.thumbs.get(turn.id, Thumb())


@prepared
def _turns_of() -> QuerySet[Turn, Any]:
    turns = Turn.objects.filter(conversation=Given("conversation", UUIDField()))
    return turns.order_by("created_at").values_list(
        *("id", "conversation__head_id", "parent_id", "status", "last_seq"),
        *("feedback__value", "feedback__note"),
    )


def tree(*conversation_ids: UUID) -> Tree:
    """A query for each."""
    found = Tree({}, {}, {}, {}, {}, {None: 0})
    for conversation_id in conversation_ids:
        beside = defaultdict[UUID | None, list[str]](list)
        for row in _turns_of(conversation=conversation_id):
            turn_id, head_id, parent_id, status, seq, value, note = row
            found.heads[conversation_id] = head_id
            found.parents[turn_id] = parent_id
            found.ended[turn_id] = None if status in LIVE else seq
            if value is not None:
                found.thumbs[str(turn_id)] = Thumb(value, note)
            beside[parent_id].append(str(turn_id))
        for versions in beside.values():
            if len(versions) > 1:
                found.versions |= dict.fromkeys(versions, versions)
    return found


async def states_of(conversation_id: UUID) -> list[TurnState]:
    """What a viewer sees of a conversation now: the turns it shows, as `states` has them."""
    beside = await off_loop(tree)(conversation_id)
    return await states([turn.turn_id for turn in beside.shown], beside)


def kept_states_of(conversation_id: UUID) -> list[TurnState]:
    """The same, as `kept_states` has them."""
    beside = tree(conversation_id)
    return kept_states([turn.turn_id for turn in beside.shown], beside)


async def states(turn_ids: Sequence[str], beside: Tree | None = None) -> list[TurnState]:
    """What a viewer sees of these turns now, in their order: of a live one, all that is logged.

    `beside`: the tree they are in, where it was read just now.
    """
    found, beside = await off_loop(_rows)(turn_ids, beside)
    shown = [await _state(found[turn_id]) for turn_id in turn_ids if turn_id in found]
    for state in shown:
        beside.place(state)
        state.versions = beside.versions.get(state.id, [])
    return shown


def kept_states(turn_ids: Sequence[str], beside: Tree | None = None) -> list[TurnState]:
    """The same as the database has it: of a live one, all but the last second."""
    found, beside = _rows(turn_ids, beside)
    shown = [store.load(found[turn_id]) for turn_id in turn_ids if turn_id in found]
    for state in shown:
        beside.place(state)
    return shown


def _rows(turn_ids: Sequence[str], beside: Tree | None = None) -> tuple[dict[str, Turn], Tree]:
    """The turns, with their attempts where they have any, and their tree."""
    found = {str(turn.id): turn for turn in _turns(turns=[*turn_ids])}
    begun = [turn for turn in found.values() if turn.status != TurnStatus.QUEUED]
    prefetch_related_objects(begun, "attempts")
    return found, beside or tree(*{turn.conversation_id for turn in found.values()})


@prepared
def _turns(turns: int) -> QuerySet[Turn]:
    return Turn.objects.filter(id__in=each("turns", turns, UUIDField()))


async def _state(turn: Turn) -> TurnState:
    kept = store.load(turn)
    events = await log.read(kept.id) if kept.is_live else None
    if events is None or len(events) < kept.seq:
        return kept
    state = store.blank(turn)
    for event in events:
        state.apply(event)
    return state


def leaf_under(turn: Turn) -> UUID:
    """Where the path goes on below a turn: by the newest version each time."""
    rows = Turn.objects.filter(conversation=turn.conversation_id, parent__isnull=False)
    newest = dict(rows.order_by("created_at").values_list("parent_id", "id"))
    last = turn.id
    while last in newest:
        last = newest[last]
    return last


def _path(parents: Mapping[UUID, UUID | None], last: UUID | None) -> list[UUID]:
    found: list[UUID] = []
    while last is not None and last in parents:
        found.append(last)
        last = parents[last]
    return found[::-1]


def messages_before(turn: Turn) -> list[dict[str, str]]:
    """What a model is told before the prompt: the cascade's system prompt and the earlier turns.

    Turns without an answer are left out.
    """
    system = turn.cascade.system_prompt if turn.cascade else ""
    messages = [{"role": "system", "content": system}] if system.strip() else []
    if turn.parent_id is None:
        return messages
    assert turn.parent is not None
    for earlier in path_to(turn.parent):
        if answer := _answer(earlier):
            messages.append({"role": "user", "content": question(earlier)})
            messages.append({"role": "assistant", "content": answer})
    return messages


def path_to(turn: Turn) -> list[Turn]:
    """The turns from the first one to this, with their attempts; no other version is read."""
    beside = tree(turn.conversation_id)
    path = beside.path_to(turn.id)
    found, _ = _rows(path, beside)
    return [found[turn_id] for turn_id in path if turn_id in found]


def asked(turn: Turn) -> str:
    """All that a model is sent for this turn, as one text to count."""
    return joined(messages_before(turn), question(turn))


def joined(before: Sequence[Mapping[str, Any]], question: str) -> str:
    """All of it as one text to count."""
    return "\n".join([*(message["content"] for message in before), question])


def question(turn: Turn) -> str:
    """The prompt as a model is sent it: with what is attached, each text in a fence of its own."""
    named = [f"{attached['name']}:\n{fenced(attached)}" for attached in turn.attachments]
    return "\n\n".join([turn.prompt, *named])


def fenced(attached: Attachment) -> str:
    """The text in a fence that it cannot leave."""
    longest = max(map(len, re.findall("`+", attached["text"])), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{attached['text']}\n{fence}"


def _answer(turn: Turn) -> str:
    """The draft its reader used, or the last text there is."""
    written = [row for row in reversed(store.attempts_of(turn)) if row.text.strip()]
    written.sort(key=lambda row: row.status != "used")
    return written[0].text if written else ""
