"""The path of a conversation: which turns are shown, and what a model is told of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from chat.models import LIVE, Turn
from chat.off_loop import off_loop
from chat.turns import store
from chat.turns.log import log
from chat.turns.state import Attachment, TurnState


class Shown(NamedTuple):
    """A turn that is shown; `ended` is the number of its last event, None while it is live."""

    turn_id: str
    ended: int | None


def shown(conversation_id: UUID) -> list[Shown]:
    """The shown turns, first to last. One query, without their texts."""
    turns = Turn.objects.filter(conversation=conversation_id)
    fields = ("id", "parent_id", "conversation__head_id", "status", "last_seq")
    rows = list(turns.values_list(*fields))
    parents = {turn_id: parent_id for turn_id, parent_id, *_ in rows}
    ended = {turn_id: None if status in LIVE else seq for turn_id, *_, status, seq in rows}
    path = _path(parents, rows[0][2] if rows else None)
    return [Shown(str(turn_id), ended[turn_id]) for turn_id in path]


def shown_ids(conversation_id: UUID) -> list[str]:
    return [turn.turn_id for turn in shown(conversation_id)]


async def states(turn_ids: Sequence[str]) -> list[TurnState]:
    """What a viewer sees of these turns now, in their order: of a live one, all that is logged."""
    found, beside = await off_loop(_rows)(turn_ids)
    shown = [await _state(found[turn_id]) for turn_id in turn_ids if turn_id in found]
    for state in shown:
        state.versions, state.number = beside.versions.get(state.id, []), beside.number(state.id)
    return shown


def kept_states(turn_ids: Sequence[str]) -> list[TurnState]:
    """The same as the database has it: of a live one, all but the last second."""
    found, beside = _rows(turn_ids)
    shown = [store.load(found[turn_id]) for turn_id in turn_ids if turn_id in found]
    for state in shown:
        state.number = beside.number(state.id)
    return shown


def _rows(turn_ids: Sequence[str]) -> tuple[dict[str, Turn], "_Tree"]:
    """The turns, and where they stand in their conversations."""
    rows = Turn.objects.select_related("feedback").prefetch_related("attempts")
    found = {str(turn.id): turn for turn in rows.filter(id__in=turn_ids)}
    conversations = {turn.conversation_id for turn in found.values()}
    return found, _tree(conversations)


@dataclass(slots=True)
class _Tree:
    """The versions of the turns that have several, and how many turns led to each."""

    parents: dict[UUID, UUID | None]
    versions: dict[str, list[str]]
    numbers: dict[UUID | None, int]

    def number(self, turn_id: str) -> int:
        """Quick for turns that are asked for in the order of their path."""
        at = UUID(turn_id)
        before = self.numbers.get(self.parents[at])
        self.numbers[at] = len(_path(self.parents, at)) if before is None else before + 1
        return self.numbers[at]


def _tree(conversation_ids: Iterable[UUID]) -> _Tree:
    turns = Turn.objects.filter(conversation__in=conversation_ids).order_by("created_at")
    parents: dict[UUID, UUID | None] = {}
    beside = defaultdict[tuple[UUID, UUID | None], list[str]](list)
    for turn_id, conversation_id, parent_id in turns.values_list(
        "id", "conversation_id", "parent_id"
    ):
        parents[turn_id] = parent_id
        beside[conversation_id, parent_id].append(str(turn_id))
    several = [versions for versions in beside.values() if len(versions) > 1]
    versions = {turn_id: versions for versions in several for turn_id in versions}
    return _Tree(parents, versions, {None: 0})


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
    """The turns from the first one to this, with their attempts."""
    turns = {row.id: row for row in turn.conversation.turns.prefetch_related("attempts")}
    parents = {row.id: row.parent_id for row in turns.values()}
    return [turns[turn_id] for turn_id in _path(parents, turn.id)]


def asked(turn: Turn) -> str:
    """All that a model is sent for this turn, as one text to count."""
    return "\n".join([*(message["content"] for message in messages_before(turn)), question(turn)])


def question(turn: Turn) -> str:
    """The prompt as a model is sent it: with what is attached, each text in a fence of its own."""
    return "\n\n".join([turn.prompt, *(_fenced(attached) for attached in turn.attachments)])


def _fenced(attached: Attachment) -> str:
    longest = max(map(len, re.findall("`+", attached["text"])), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{attached['name']}:\n{fence}\n{attached['text']}\n{fence}"


def _answer(turn: Turn) -> str:
    """The draft its reader used, or the last text there is."""
    written = [row for row in reversed(store.attempts_of(turn)) if row.text.strip()]
    written.sort(key=lambda row: row.status != "used")
    return written[0].text if written else ""
