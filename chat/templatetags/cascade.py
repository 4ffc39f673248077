"""The words and figures of a turn: money, times, scores, and where an attempt stands."""

import math
import time
from dataclasses import dataclass
from decimal import Decimal

from django import template
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from chat import localised
from chat.cascade.streaming.events import CheckData, DecisionData, Exactness
from chat.costs.budgets import Room
from chat.models import ATTACHMENT_COUNT, ATTACHMENT_LIMIT
from chat.render.frames import place_of
from chat.render.markdown import Blocks
from chat.render.money import APPROXIMATELY, is_charged, plain, strip_cost, usd, usd_exact
from chat.render.moulds import filled_with_words
from chat.render.sheets import sheets
from chat.render.waterfall import Row, waterfall
from chat.render.words import (
    EXACTNESS_WORDS,
    KINDS,
    LEVELS,
    PRICE_WORDS,
    QUESTIONS,
    ROLES,
    STATES,
    WORDS,
)
from chat.sentences import known
from chat.sentences import told as told_sentence
from chat.turns.attempts import AttemptState
from chat.turns.state import TurnState

register = template.Library()
register.simple_tag(place_of, name="place")
register.simple_tag(strip_cost)
for written in (is_charged, plain, usd, usd_exact):
    register.filter(written)


@dataclass(frozen=True, slots=True)
class Body:
    """An attempt's text as sanitised HTML: sheets of blocks that will not change, and the tail."""

    sheets: list[SafeString]
    tail: SafeString


@register.simple_tag
def body(attempt: AttemptState) -> Body:
    blocks = Blocks()
    closed = [html for _, html in sheets(blocks.feed(attempt.text))]
    return Body(closed, blocks.end_html if attempt.is_written else blocks.tail_html)


@register.simple_tag
def attachment_limits() -> dict[str, int]:
    return {"characters": ATTACHMENT_LIMIT, "files": ATTACHMENT_COUNT}


@register.filter
def price(value: Decimal | str) -> str:
    """USD per million tokens, with the digits it was given with."""
    return localised.price(Decimal(value))


@register.filter
def price_word(name: str) -> str:
    return str(PRICE_WORDS.get(name, name))


@register.filter
def left(room: Room) -> str:
    return usd(room.usd) if room.usd > 0 else _("nothing")


@register.filter
def saving(saved: Decimal | None, spent: Decimal | None = None) -> str:
    """`saved ≈ 71 %` where the spending is given, else in USD; `overhead` when below zero.

    Always approximate: the baseline is what another model would have cost.
    """
    if not saved:
        return ""
    if saved > 0 and spent is not None:
        share = APPROXIMATELY + localised.percent(float(saved / (saved + spent)))
        return _("saved {amount}").format(amount=share)
    amount = usd(abs(saved), "estimated")
    if saved > 0:
        return _("saved {amount}").format(amount=amount)
    return _("overhead {amount}").format(amount=amount)


@register.filter
def duration(ms: float | None) -> str:
    """`12 ms`, `0.9 s`, `1 min 12 s`; nothing for a time that was not taken."""
    if ms is None:
        return ""
    if ms < 100:
        return f"{ms:.0f}\u00a0ms"
    seconds = ms / 1000
    if seconds < 59.95:  # what is more would be written as 60.0
        return localised.localised(f"{seconds:.1f}\u00a0s")
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}\u00a0min {rest}\u00a0s"


@register.filter
def thought(ms: int) -> str:
    """How long a model thought: tenths of a second say nothing of it."""
    return duration(ms) if ms < 1000 or ms >= 60_000 else f"{round(ms / 1000)}\u00a0s"


@register.filter
def seconds(wait_s: float) -> str:
    """Whole ones, of which none is over yet: as `elapsed.js` counts them down."""
    return f"{math.ceil(wait_s)}\u00a0s"


@register.filter
def size(amount: Decimal) -> Decimal:
    """An overhead is a saving below zero; the word says so, not the sign."""
    return abs(amount)


@register.filter
def count(number: int) -> str:
    return localised.number(number)


@register.filter
def score(value: float) -> str:
    return localised.localised(f"{value:.2f}")


@register.filter
def signed(value: float) -> str:
    """With a true minus sign; nothing for what changed nothing that is seen."""
    shown = f"{value:+.2f}"
    return localised.localised(shown).replace("-", "\u2212") if float(shown) else ""


@register.filter
def percent(value: float) -> str:
    """0 to 1 as a coordinate from 0 to 100; a string, so no locale turns its point into a comma."""
    return f"{max(0.0, min(1.0, value)) * 100:.1f}"


@register.filter
def word(code: str) -> str:
    known = WORDS.get(code) or LEVELS.get(code) or STATES.get(code)
    return str(known or code.replace("_", " "))


@register.filter
def told(sentence: str) -> str:
    """What was kept in English, in the reader's language."""
    return told_sentence(sentence)


def finding(check: CheckData) -> str:
    """What a check says of a draft; its word where that cannot be told in the reader's language.

    Without a full stop: some of what checks say are sentences, some are not.
    """
    return (known(check["note"]) or capfirst(word(check["name"]))).removesuffix(".")


@register.filter
def question(complexity: str) -> str:
    """`hard question`."""
    return str(QUESTIONS.get(complexity, complexity))


@register.filter
def role(attempt: AttemptState) -> str:
    return str(ROLES[attempt.role])


@register.filter
def role_word(name: str) -> str:
    return str(ROLES.get(name, name))


@register.filter
def standing(attempt: AttemptState) -> str:
    """The status a reader sees: what was handed on to the next model is set aside, not failed."""
    is_handed_on = attempt.switch_reason and attempt.status != "used"
    return "set_aside" if is_handed_on else attempt.status


@register.filter
def folds(turn: TurnState, attempt: AttemptState) -> bool:
    return turn.is_folded(attempt)


@register.filter
def why(attempt: AttemptState) -> str:
    """What kept a draft from being the answer, in the fewest words there are."""
    if attempt.decision:
        missed = [check["name"] for check in attempt.decision["checks"] if not check["passed"]]
        return ", ".join(word(name) for name in missed or [attempt.decision["reason"]])
    return told_sentence(attempt.error).rstrip(".") or word(attempt.switch_reason)


@register.simple_tag
def check_rows(decision: DecisionData) -> SafeString:
    """Each as `_check_row.html` shows it."""
    return SafeString("".join(map(_check_row, telling(decision))))


def _check_row(check: CheckData) -> str:
    return filled_with_words(
        "_check_row",
        is_passed="true" if check["passed"] else "",
        finding=finding(check),
        value=measured(check["value"]),
        weight=signed(check["contribution"]),
    )


def telling(decision: DecisionData) -> list[CheckData]:
    """The checks that say something: first what spoke against the draft, then what spoke for it."""
    said = [check for check in decision["checks"] if check["contribution"] or not check["passed"]]
    return sorted(said or decision["checks"], key=lambda check: check["contribution"])


@register.filter
def plainly(decision: DecisionData) -> str:
    """What spoke most against a draft, where more can be told of it than the word in its head."""
    missed = [check for check in telling(decision) if not check["passed"]]
    return known(missed[0]["note"]).removesuffix(".") if missed else ""


@register.filter
def terms(decision: DecisionData) -> str:
    """What the draft was judged as, what keeping it saves, and what is promised of such drafts."""
    kind = decision["kind"]  # of a conversation from elsewhere it may be one that is not known here
    said = [_("Judged as {kind}.").format(kind=KINDS.get(kind, kind))]
    if decision["saves_usd"]:
        amount = usd(Decimal(decision["saves_usd"]), "estimated")
        saves = (
            _("Keeping it saves {amount}.")
            if decision["accepted"]
            else _("Keeping it was expected to save {amount}.")
        )
        said.append(saves.format(amount=amount))
    return " ".join([*said, *filter(None, [told_sentence(decision["promise"])])])


@register.filter
def verdict(decision: DecisionData) -> str:
    if decision["early"]:
        early = _("Draft accepted before it ended"), _("Draft set aside before it ended")
        return early[not decision["accepted"]]
    return _("Draft accepted") if decision["accepted"] else _("Draft set aside")


@register.simple_tag
def now_ms() -> int:
    return round(time.time() * 1000)


@register.filter
def clock_ms(turn: TurnState, at_ms: int | None) -> int:
    """When that was by the clock, for what counts the seconds."""
    return turn.began_at_ms + (at_ms or 0)


@register.filter
def tried_again_at(attempt: AttemptState, turn: TurnState) -> int:
    return clock_ms(turn, attempt.retry.until_ms if attempt.retry else None)


def measured(value: float) -> str:
    """What a check found, in its own unit: `18`, `0.07`."""
    return localised.localised(f"{value:,.0f}" if value == int(value) else f"{value:,.2f}")


@register.filter
def exactness(name: Exactness) -> str:
    return str(EXACTNESS_WORDS[name])


@register.filter
def times(turn: TurnState) -> list[Row]:
    return waterfall(turn)


@register.filter
def is_short(decision: DecisionData) -> bool:
    """Whether its score says why; a draft may also be set aside for how it ended."""
    return decision["score"] < decision["threshold"]
