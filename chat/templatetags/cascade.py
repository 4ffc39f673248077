"""The words and figures of a turn: money, times, scores, and where an attempt stands."""

from dataclasses import dataclass
from decimal import Decimal

from django import template
from django.utils.safestring import SafeString

from chat.cascade.streaming.events import CheckData, DecisionData, Exactness
from chat.render.markdown import Blocks
from chat.render.words import KINDS, ROLES, WORDS
from chat.turns.state import AttemptState, TurnState

register = template.Library()

CENT_OF_A_CENT = Decimal("0.0001")
APPROXIMATELY = "≈\u00a0"


@dataclass(frozen=True, slots=True)
class Body:
    """An attempt's text as sanitised HTML: blocks that will not change, and the open tail."""

    blocks: list[SafeString]
    tail: SafeString


@register.simple_tag
def body(text: str) -> Body:
    blocks = Blocks()
    return Body(blocks.feed(text), blocks.tail_html)


@register.filter
def usd(amount: Decimal | None, exactness: Exactness = "exact") -> str:
    """Four decimals below a dollar, two from there; never rounded down to nothing."""
    if amount is None or exactness == "unknown":
        return "price unknown"
    about = APPROXIMATELY if exactness in ("estimated", "partial") else ""
    if amount == 0:
        return f"{about}$0"
    if abs(amount) < CENT_OF_A_CENT:
        return "<$0.0001"
    return f"{about}${amount:,.4f}" if abs(amount) < 1 else f"{about}${amount:,.2f}"


@register.filter
def usd_exact(amount: Decimal | None, exactness: Exactness = "exact") -> str:
    """Every digit that was charged, for receipts."""
    if amount is None or exactness == "unknown":
        return "price unknown"
    about = APPROXIMATELY if exactness in ("estimated", "partial") else ""
    text = f"{amount:,f}"
    return f"{about}${text.rstrip('0').rstrip('.')}" if "." in text else f"{about}${text}"


@register.filter
def plain(amount: Decimal | None) -> str:
    """For programs that read the page: one way to write an amount, kept or just told."""
    return "" if amount is None else f"{amount.normalize():f}"


@register.filter
def saving(saved: Decimal | None, spent: Decimal | None = None) -> str:
    """`saved ≈ 71 %` where the spending is given, else in USD; `overhead` when below zero.

    Always approximate: the baseline is what another model would have cost.
    """
    if not saved:
        return ""
    if saved > 0 and spent is not None:
        return f"saved {APPROXIMATELY}{saved / (saved + spent):.0%}".replace("%", "\u00a0%")
    return f"{'saved' if saved > 0 else 'overhead'} {usd(abs(saved), 'estimated')}"


@register.filter
def duration(ms: float | None) -> str:
    """`12 ms`, `0.9 s`, `1 min 12 s`; nothing for a time that was not taken."""
    if ms is None:
        return ""
    if ms < 100:
        return f"{ms:.0f}\u00a0ms"
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.1f}\u00a0s"
    return f"{int(seconds // 60)}\u00a0min {int(seconds % 60)}\u00a0s"


@register.filter
def seconds(wait_s: float) -> str:
    return duration(wait_s * 1000)


@register.filter
def size(amount: Decimal) -> Decimal:
    """An overhead is a saving below zero; the word says so, not the sign."""
    return abs(amount)


@register.filter
def count(number: int) -> str:
    return f"{number:,}"


@register.filter
def score(value: float) -> str:
    return f"{value:.2f}"


@register.filter
def signed(value: float) -> str:
    """With a true minus sign; nothing for what changed nothing."""
    return f"{value:+.2f}".replace("-", "\u2212") if value else ""


@register.filter
def percent(value: float) -> str:
    """0 to 1 as a coordinate from 0 to 100; a string, so no locale turns its point into a comma."""
    return f"{max(0.0, min(1.0, value)) * 100:.1f}"


@register.filter
def word(code: str) -> str:
    return WORDS.get(code, code.replace("_", " "))


@register.filter
def role(attempt: AttemptState) -> str:
    return ROLES[attempt.role]


@register.filter
def is_charged(turn: TurnState) -> bool:
    return any(attempt.receipt for attempt in turn.attempts)


@register.filter
def standing(attempt: AttemptState) -> str:
    """The status a reader sees: what was handed on to the next model is set aside, not failed."""
    return "set_aside" if attempt.switch_reason else attempt.status


@register.filter
def folds(turn: TurnState, attempt: AttemptState) -> bool:
    return turn.is_folded(attempt)


@register.filter
def why(attempt: AttemptState) -> str:
    """What kept a draft from being the answer, in the fewest words there are."""
    if attempt.decision:
        missed = [check["name"] for check in attempt.decision["checks"] if not check["passed"]]
        return ", ".join(word(name) for name in missed or [attempt.decision["reason"]])
    return attempt.error.rstrip(".") or word(attempt.switch_reason)


@register.filter
def telling(decision: DecisionData) -> list[CheckData]:
    """The checks that say something: first what spoke against the draft, then what spoke for it."""
    said = [check for check in decision["checks"] if check["contribution"] or not check["passed"]]
    return sorted(said or decision["checks"], key=lambda check: check["contribution"])


@register.filter
def terms(decision: DecisionData) -> str:
    """What the draft was judged as, what keeping it saves, and what is promised of such drafts."""
    said = [f"Judged as {KINDS[decision['kind']]}."]
    if saves := decision["saves_usd"]:
        verb = "saves" if decision["accepted"] else "would have saved"
        said.append(f"Keeping it {verb} {usd(Decimal(saves), 'estimated')}.")
    return " ".join([*said, *filter(None, [decision["promise"]])])


@register.filter
def is_short(decision: DecisionData) -> bool:
    """Whether its score says why; a draft may also be set aside for how it ended."""
    return decision["score"] < decision["threshold"]
