"""Amounts of money as pages write them, and what a turn has cost on its strip."""

from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chat.cascade.streaming.events import Exactness
from chat.localised import dollars
from chat.render.moulds import filled
from chat.turns.state import TurnState

CENT_OF_A_CENT = Decimal("0.0001")
APPROXIMATELY = "≈\u00a0"


def usd(amount: Decimal | None, exactness: Exactness = "exact") -> str:
    """Four decimals below a dollar, two from there; never rounded down to nothing."""
    if amount is None or exactness == "unknown":
        return _("price unknown")
    about = APPROXIMATELY if exactness in ("estimated", "partial") else ""
    if amount == 0:
        return about + dollars("0")
    if abs(amount) < CENT_OF_A_CENT:
        return "<" + dollars("0.0001")
    return about + dollars(f"{amount:,.4f}" if abs(amount) < 1 else f"{amount:,.2f}")


def usd_exact(amount: Decimal | None, exactness: Exactness = "exact") -> str:
    """Every digit that was charged, for receipts."""
    if amount is None or exactness == "unknown":
        return _("price unknown")
    about = APPROXIMATELY if exactness in ("estimated", "partial") else ""
    text = f"{amount:,f}"
    return about + dollars(text.rstrip("0").rstrip(".") if "." in text else text)


def plain(amount: Decimal | None) -> str:
    """For programs that read the page: one way to write an amount, kept or just told."""
    return "" if amount is None else f"{amount.normalize():f}"


def is_charged(turn: TurnState) -> bool:
    return any(attempt.receipt for attempt in turn.attempts)


def strip_cost(turn: TurnState, oob: str = "") -> SafeString:
    """What it has cost, or about what so far; empty where neither is known yet."""
    cost, amount = "", ""
    if turn.spending_usd is not None:
        cost, amount = plain(turn.spending_usd), usd(turn.spending_usd, "estimated")
    elif is_charged(turn):
        cost, amount = plain(turn.total_usd), usd(turn.total_usd, turn.exactness)
    return SafeString(
        filled("events/spending", turn=turn.id, cost=cost, word=_("Cost"), amount=amount, oob=oob)
    )
