"""What use tells about drafts: a thumb, a question asked again, a comparison with the last model.

Every label is of a draft that was judged, and keeps what the checks found of it.
"""

import hashlib
from difflib import SequenceMatcher

from chat.learning.calibrations import note_label
from chat.models import BESIDE, Attempt, Label, LabelSource, Turn
from chat.turns.state import TurnStatus

ALIKE = 0.7
"""Share of characters in common from which on a question is the one before it, reworded."""

_COMPARED = 400

DOUBT = 0.25
"""How good a kept draft was, as far as asking again shows: most such readers were not content."""


def thumb(turn: Turn, value: int) -> None:
    """+1 or -1 on an answer that is a kept draft, 0 takes it back; of other answers it says nothing
    about a draft."""
    draft = _kept_draft(turn)
    if draft is None:
        return
    if value:
        _note(draft, LabelSource.THUMB, good=float(value > 0))
    else:
        draft.labels.filter(source=LabelSource.THUMB).delete()


def asked_again(turn: Turn, source: LabelSource = LabelSource.RETRY) -> None:
    if (draft := _kept_draft(turn)) is not None:
        _note(draft, source, good=DOUBT)


def reworded(turn: Turn) -> None:
    """A question that says what the one before it said, in other words, doubts that answer."""
    if turn.parent is not None and _is_alike(turn.parent.prompt, turn.prompt):
        asked_again(turn.parent, LabelSource.EDIT)


def _is_alike(one: str, other: str) -> bool:
    first, second = (" ".join(text[:_COMPARED].casefold().split()) for text in (one, other))
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= ALIKE


def compared(draft: Attempt, *, agrees: bool) -> None:
    """Where the two differ the last model is taken to be right, so that no loss is missed."""
    _note(draft, LabelSource.SHADOW, good=float(agrees), loss=float(not agrees))


def _kept_draft(turn: Turn) -> Attempt | None:
    """The draft that is the answer; after tools a later attempt may have taken its place."""
    if turn.status != TurnStatus.COMPLETED:
        return None
    last = turn.attempts.exclude(role__in=BESIDE).order_by("-number").first()
    is_kept = last is not None and last.role == "draft" and last.status == "accepted"
    return last if is_kept else None


def _note(draft: Attempt, source: LabelSource, *, good: float, loss: float | None = None) -> None:
    turn, decision = draft.turn, draft.decision
    if turn is None or not decision or not turn.model_names:
        return
    label, _ = Label.objects.update_or_create(
        attempt=draft,
        source=source,
        defaults={
            "draft_model": draft.model,
            "last_model": turn.model_names[-1],
            "kind": decision["kind"],
            "question": question_hash(turn.prompt),
            "findings": [[check["name"], check["value"]] for check in decision["checks"]],
            "score": decision["score"],
            "good": good,
            "loss": loss,
        },
    )
    note_label(label)


def question_hash(prompt: str) -> str:
    """The same for a question however it is spaced and capitalised."""
    return hashlib.sha256(" ".join(prompt.casefold().split()).encode()).hexdigest()
