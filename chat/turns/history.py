"""The path of a conversation: which turns are shown, and what a model is told of them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from chat.models import SHADOW, Conversation, Turn
from chat.off_loop import off_loop
from chat.turns import store
from chat.turns.log import log
from chat.turns.state import TurnState


def shown_ids(conversation_id: UUID) -> list[str]:
    """The shown turns, first to last. One query, without their texts."""
    parents = dict(Turn.objects.filter(conversation=conversation_id).values_list("id", "parent_id"))
    head = Conversation.objects.filter(id=conversation_id).values_list("head_id", flat=True).first()
    return [str(turn_id) for turn_id in _path(parents, head)]


async def states(turn_ids: Sequence[str]) -> list[TurnState]:
    """What a viewer sees of these turns now, in their order: of a live one, all that is logged."""
    found = await off_loop(_rows)(turn_ids)
    return [await _state(found[turn_id]) for turn_id in turn_ids if turn_id in found]


def _rows(turn_ids: Sequence[str]) -> dict[str, Turn]:
    rows = Turn.objects.select_related("feedback").prefetch_related("attempts")
    return {str(turn.id): turn for turn in rows.filter(id__in=turn_ids)}


async def _state(turn: Turn) -> TurnState:
    kept = store.load(turn)
    events = await log.read(kept.id) if kept.is_live else None
    if events is None or len(events) < kept.seq:
        return kept
    state = store.blank(turn)
    for event in events:
        state.apply(event)
    return state


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
    turns = {row.id: row for row in turn.conversation.turns.prefetch_related("attempts")}
    parents = {row.id: row.parent_id for row in turns.values()}
    for earlier in (turns[turn_id] for turn_id in _path(parents, turn.parent_id)):
        if answer := _answer(earlier):
            messages.append({"role": "user", "content": earlier.prompt})
            messages.append({"role": "assistant", "content": answer})
    return messages


def asked(turn: Turn) -> str:
    """All that a model is sent for this turn, as one text to count."""
    return "\n".join([*(message["content"] for message in messages_before(turn)), turn.prompt])


def _answer(turn: Turn) -> str:
    texts = [attempt.text for attempt in turn.attempts.all() if attempt.role != SHADOW]
    return next((text for text in reversed(texts) if text.strip()), "")
