"""TurnState <-> rows: what the player keeps is what a reload reads."""

import dataclasses
from collections.abc import Iterable
from uuid import uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.agents import Cast
from chat.cascade.pricing import Usage
from chat.costs import budgets
from chat.models import LIVE, SHADOW, Attempt, Turn
from chat.turns.calls import ToolCallState
from chat.turns.state import AttemptState, Receipt, Thumb, TurnState, TurnStatus

_TURN_FIELDS = (
    "status",
    "strategy",
    "complexity",
    "reason",
    "predicted_acceptance",
    "total_usd",
    "baseline_usd",
    "saved_usd",
    "only_draft_usd",
    "first_token_ms",
    "exactness",
    "latency_ms",
    "error",
    "error_code",
    "notice",
)
_ATTEMPT_FIELDS = (
    "role",
    "model",
    "provider",
    "status",
    "text",
    "reasoning",
    "decision",
    "switch_reason",
    "error",
)
_RECEIPT_FIELDS = ("cost_usd", "exactness", "counted_by", "finish", "first_token_ms", "latency_ms")
_USAGE_FIELDS = tuple(field.name for field in dataclasses.fields(Usage))
_BILLED = (*_RECEIPT_FIELDS, *(f"{name}_tokens" for name in _USAGE_FIELDS))
_UPDATED = (*_ATTEMPT_FIELDS, "tool_calls", *_BILLED, "settled")


def blank(turn: Turn) -> TurnState:
    """A turn to which nothing has happened yet."""
    return TurnState(id=str(turn.id), prompt=turn.prompt, client_id=str(turn.client_id))


def load(turn: Turn) -> TurnState:
    """The turn as a viewer sees it. Reads `turn.attempts` and `turn.feedback`: fetch them with it
    where there are many."""
    state = blank(turn)
    for name in _TURN_FIELDS:
        setattr(state, name, getattr(turn, name))
    state.status = TurnStatus(turn.status)
    state.seq, state.models = turn.last_seq, list(turn.model_names)
    state.attempts = [load_attempt(row) for row in turn.attempts.all() if row.role != SHADOW]
    if hasattr(turn, "feedback"):  # of a reader who has said nothing there is none
        state.thumb = Thumb(turn.feedback.value, turn.feedback.note)
    return state


def load_attempt(row: Attempt) -> AttemptState:
    attempt = AttemptState(row.number, row.role, row.model, row.provider)  # type: ignore[arg-type]  # a Role is what we stored
    for name in _ATTEMPT_FIELDS:
        setattr(attempt, name, getattr(row, name))
    attempt.tool_calls = [ToolCallState(**call) for call in row.tool_calls]
    if row.settled:
        attempt.receipt = Receipt(
            usage=Usage(*(getattr(row, f"{name}_tokens") for name in _USAGE_FIELDS)).as_data(),
            **{name: getattr(row, name) for name in _RECEIPT_FIELDS},
        )
    return attempt


class Writer:
    """Keeps one turn's rows. `cast` must be there before the first attempt of a turn is written.

    An attempt's prices are copied to its row when it is first written, and never again.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self.cast: Cast | None = None

    def rows(self, state: TurnState) -> tuple[dict[str, object], list[Attempt]]:
        """What `write` writes, taken at once: the state may go on changing."""
        fields: dict[str, object] = {name: getattr(state, name) for name in _TURN_FIELDS}
        fields |= {"last_seq": state.seq, "model_names": list(state.models)}
        fields |= {"draft_accepted": state.draft_accepted, "draft_score": state.draft_score}
        fields["answered_by"] = state.answer.model if state.answer else ""
        if not state.is_live:
            fields["ended_at"] = timezone.now()
        return fields, [self._attempt(state, attempt) for attempt in state.attempts]

    def write(self, fields: dict[str, object], attempts: list[Attempt]) -> bool:
        """One short transaction. A turn that has ended meanwhile is left as it is: False."""
        try:
            return self._write(fields, attempts)
        except IntegrityError:  # a model config was deleted while it answered
            for row in attempts:
                row.model_config = None
            return self._write(fields, attempts)

    @transaction.atomic
    def _write(self, fields: dict[str, object], attempts: list[Attempt]) -> bool:
        live = Turn.objects.filter(
            id=self._turn.id, epoch=self._turn.epoch, status__in=LIVE
        ).update(**fields)
        if live and attempts:
            Attempt.objects.bulk_create(
                attempts,
                update_conflicts=True,
                unique_fields=["turn", "number"],
                update_fields=list(_UPDATED),
            )
        if live:
            budgets.settle(self._turn.id, attempts, has_ended="ended_at" in fields)
        return bool(live)

    def _attempt(self, state: TurnState, attempt: AttemptState) -> Attempt:
        # The row is found by its id where its turn was deleted.
        row_id = uuid5(self._turn.id, str(attempt.number))
        row = Attempt(id=row_id, turn_id=self._turn.id, number=attempt.number)
        if self.cast is not None:
            step = self.cast.step_of(state, attempt)
            row.user_id = self._turn.conversation.user_id
            row.model_config, row.prices = self.cast.steps[step], self.cast.prices[step]
        fill(row, attempt)
        return row


def settle(attempts: Iterable[Attempt]) -> None:
    """The bills alone, of a turn that was deleted or taken over: money was spent all the same.

    What is settled already, as by a sweeper, stays.
    """
    for row in attempts:
        if row.settled:
            paid = {name: getattr(row, name) for name in ("settled", *_BILLED)}
            Attempt.objects.filter(id=row.id, settled=False).update(**paid)


def fill(row: Attempt, attempt: AttemptState) -> None:
    """What has come of an attempt, into its row."""
    for name in _ATTEMPT_FIELDS:
        setattr(row, name, getattr(attempt, name))
    row.tool_calls = [dataclasses.asdict(call) for call in attempt.tool_calls]
    if attempt.receipt is not None:
        row.settled = True
        for name in _RECEIPT_FIELDS:
            setattr(row, name, getattr(attempt.receipt, name))
        for name, tokens in attempt.receipt.usage.items():
            setattr(row, f"{name}_tokens", tokens)
