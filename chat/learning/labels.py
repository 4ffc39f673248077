"""What use tells about drafts: a thumb, a question asked again, a comparison with the last model.

Every label is of a draft that was judged, and keeps what the checks found of it.
"""

import hashlib
import re

from chat.cascade.quality.case import excerpt
from chat.cascade.quality.content import content_words
from chat.learning.calibrations import note_label
from chat.models import BESIDE, Attempt, Label, LabelSource, Turn
from chat.turns.state import TurnStatus

FEWEST = 4
"""Words that say something, and figures, from which on a question is known again: *next* is not."""

ALIKE = 0.7
"""The share of them that the shorter wording has of the longer."""

_COMPARED = 800
"""Characters of a question, half of them from its end."""

_FIGURE = re.compile(r"\d(?:[\d.,:]*\d)?|[-+*/^=<>\u00d7\u00f7\u2212](?= ?\d)")
_FILLERS = frozenset(
    """
    again can could do does give hello hey hi i i'd just know like me mean meant my please really
    say tell want wanted we would you your also bitte danke doch du eigentlich gerne hallo ich kann
    kannst können könnte könntest meine meinte mir möchte noch nochmal sag sage sagen wissen
    """.split()
)

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
    """A question that says what the one before it said doubts that answer."""
    if turn.parent is not None and _is_alike(turn.parent.prompt, turn.prompt):
        asked_again(turn.parent, LabelSource.EDIT)


def _is_alike(one: str, other: str) -> bool:
    """The same figures and words, in any order; one may have a few more. Where each has a word of
    its own, as Spain for France, another thing is asked."""
    first, second = excerpt(one, _COMPARED), excerpt(other, _COMPARED)
    figures = sorted(_FIGURE.findall(first))
    if figures != sorted(_FIGURE.findall(second)):
        return False
    fewer, more = sorted((_words(first), _words(second)), key=len)
    many, most = len(fewer) + len(figures), len(more) + len(figures)
    return fewer <= more and many >= max(FEWEST, ALIKE * most)


def _words(text: str) -> frozenset[str]:
    return content_words(text) - _FILLERS


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
    if turn is None or not decision or not turn.model_names or _lacked_checks(turn):
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


def _lacked_checks(turn: Turn) -> bool:
    """A score without all checks says nothing of those that have them."""
    return bool(turn.configuration and turn.configuration.data.get("checks_off"))


def question_hash(prompt: str) -> str:
    """The same for a question however it is spaced and capitalised."""
    return hashlib.sha256(" ".join(prompt.casefold().split()).encode()).hexdigest()
