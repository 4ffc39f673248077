"""TurnState <-> rows: what the player keeps is what a reload reads."""

import dataclasses
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import IntegerField, QuerySet, UUIDField
from django.utils import timezone

from chat.agents import Cast
from chat.cascade.pricing import Usage
from chat.conversations import search
from chat.conversations.remains import strip
from chat.costs import budgets
from chat.models import BESIDE, LIVE, Attempt, Turn
from chat.models.prepared import Given, prepared
from chat.turns import lease
from chat.turns.attempts import AttemptState, Receipt
from chat.turns.calls import ToolCallState
from chat.turns.state import TurnState, TurnStatus

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
    "began_ms",
    "decided_ms",
    "thought_ms",
)
_RECEIPT_FIELDS = ("cost_usd", "exactness", "counted_by", "finish", "first_token_ms", "latency_ms")
_USAGE_FIELDS = tuple(field.name for field in dataclasses.fields(Usage))
_BILLED = (*_RECEIPT_FIELDS, *(f"{name}_tokens" for name in _USAGE_FIELDS))
_UPDATED = (*_ATTEMPT_FIELDS, "tool_calls", *_BILLED, "settled")


def blank(turn: Turn) -> TurnState:
    """A turn to which nothing has happened yet."""
    return TurnState(
        id=str(turn.id),
        prompt=turn.prompt,
        client_id=str(turn.client_id),
        began_at_ms=round(turn.created_at.timestamp() * 1000),
        attachments=turn.attachments,
        only=turn.only,
        is_copy=turn.copied is not None,
    )


def load(turn: Turn) -> TurnState:
    """The turn as a viewer sees it, without what its conversation knows of it. Reads
    `turn.attempts`: fetch them with it where there are many."""
    state = blank(turn)
    for name in _TURN_FIELDS:
        setattr(state, name, getattr(turn, name))
    state.status, state.waits = TurnStatus(turn.status), lease.waits(turn)
    state.seq, state.models = turn.last_seq, list(turn.model_names)
    state.attempts = [load_attempt(row) for row in attempts_of(turn)]
    return state


def attempts_of(turn: Turn) -> list[Attempt]:
    """Those a reader sees, in order. A copied turn's are in no ledger; before its route is chosen a
    turn has none."""
    if turn.copied is not None:
        return [Attempt(**_priced(kept)) for kept in turn.copied]
    if turn.status == TurnStatus.QUEUED:
        return []
    return [row for row in turn.attempts.all() if row.role not in BESIDE]


def _priced(kept: dict[str, Any]) -> dict[str, Any]:
    """JSON holds a cost, which a copy from a file has, as text."""
    cost_usd = kept.get("cost_usd")
    return {**kept, "cost_usd": Decimal(cost_usd) if cost_usd is not None else None}


def copy_of(row: Attempt) -> dict[str, object]:
    """What a copied turn keeps of an attempt: all but its bill and its times."""
    names = ("number", *_ATTEMPT_FIELDS, "tool_calls")
    return {name: getattr(row, name) for name in names if not name.endswith("_ms")}


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

    An attempt's prices are copied to its row when it is first written, and never again. What has
    not changed since it was last written is not written again.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self.cast: Cast | None = None
        self._kept: dict[UUID, dict[str, object]] = {}  # by the id of a row

    def rows(self, state: TurnState) -> tuple[dict[str, object], list[Attempt]]:
        """What `write` writes, taken at once: the state may go on changing."""
        fields: dict[str, object] = {name: getattr(state, name) for name in _TURN_FIELDS}
        fields |= {"last_seq": state.seq, "model_names": list(state.models)}
        fields |= {"draft_accepted": state.draft_accepted, "draft_score": state.draft_score}
        fields["configuration_id"] = self._turn.configuration_id
        fields["answered_by"] = state.answer.model if state.answer else ""
        if not state.is_live:
            fields["ended_at"] = timezone.now()
        return fields, [self._attempt(state, attempt) for attempt in state.attempts]

    def write(self, fields: dict[str, object], attempts: list[Attempt]) -> bool:
        """One short transaction. A turn that has ended meanwhile is left as it is: False."""
        try:
            is_kept = self._write(fields, attempts)
        except IntegrityError:  # a model config was deleted while it answered
            for row in attempts:
                row.model_config = None
            is_kept = self._write(fields, attempts)
        if is_kept:
            self._kept = {row.id: _values(row) for row in attempts} | {self._turn.id: fields}
        return is_kept

    @transaction.atomic
    def _write(self, fields: dict[str, object], attempts: list[Attempt]) -> bool:
        changed = self._changed(self._turn.id, fields) or fields
        live = _live.update(changed, turn=self._turn.id, epoch=self._turn.epoch)
        if live and attempts:
            self._write_attempts(attempts)
        if live:
            budgets.settle(self._turn.id, attempts, has_ended="ended_at" in fields)
        if live and "ended_at" in fields:
            search.index(self._turn.id)
        return bool(live)

    def _write_attempts(self, attempts: list[Attempt]) -> None:
        if new := [row for row in attempts if row.id not in self._kept]:
            Attempt.objects.bulk_create(
                new,
                update_conflicts=True,
                unique_fields=["turn", "number"],
                update_fields=list(_UPDATED),
            )
        for row in attempts:
            if row.id in self._kept and (changed := self._changed(row.id, _values(row))):
                _one.update(changed, attempt=row.id)

    def _changed(self, row_id: UUID, values: dict[str, object]) -> dict[str, object]:
        kept = self._kept.get(row_id, {})
        return {name: new for name, new in values.items() if name not in kept or kept[name] != new}

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


@prepared
def _live() -> QuerySet[Turn]:
    mine = Turn.objects.filter(id=Given("turn", UUIDField()), epoch=Given("epoch", IntegerField()))
    return mine.filter(status__in=LIVE)


@prepared
def _one() -> QuerySet[Attempt]:
    return Attempt.objects.filter(id=Given("attempt", UUIDField()))


def _values(row: Attempt) -> dict[str, object]:
    return {name: getattr(row, name) for name in _UPDATED}


@transaction.atomic
def settle(attempts: Iterable[Attempt]) -> list[Attempt]:
    """The bills alone, of a turn that was deleted or taken over: money was spent all the same.

    What is settled already, as by a sweeper, stays: returns the others.
    """
    paid_now = []
    for row in attempts:
        if row.settled:
            paid = {name: getattr(row, name) for name in ("settled", *_BILLED)}
            if Attempt.objects.filter(id=row.id, settled=False).update(**paid):
                strip(Attempt.objects.filter(id=row.id, turn=None))
                paid_now.append(row)
    return paid_now


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
