"""What the head of a conversation says that it has cost."""

from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from chat import ledger
from tests.costs.ledgers import add_turn
from tests.people import make_conversation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("priced", "exactness", "said"),
    [
        ((), "free", ""),
        ((True, True), "exact", "This conversation: $0.0280"),
        ((True, True, False), "exact", "This conversation: $0.0280 + 1 at a price unknown"),
        ((False, False), "unknown", "This conversation: price unknown"),
    ],
)
def test_what_is_known_is_told_beside_how_much_is_not(
    priced: tuple[bool, ...], exactness: str, said: str
) -> None:
    conversation = make_conversation()
    for is_priced in priced:
        add_turn(conversation, "direct", priced=is_priced)
    totals = ledger.totals(conversation.id)
    assert totals.exactness == exactness
    assert totals.total_usd == Decimal("0.014") * sum(priced)
    page = render_to_string("chat/_conversation_totals.html", {"totals": totals})
    assert " ".join(strip_tags(page).split()) == said


@pytest.mark.parametrize(
    ("of_each", "of_all"),
    [
        (["exact", "estimated"], "estimated"),
        (["partial", "exact"], "partial"),
        (["free", "exact"], "exact"),
    ],
)
def test_a_sum_is_as_exact_as_its_least_exact_turn(of_each: list[str], of_all: str) -> None:
    conversation = make_conversation()
    for exactness in of_each:
        add_turn(conversation, exactness=exactness)
    assert ledger.totals(conversation.id).exactness == of_all


def test_only_what_has_ended_here_is_added_up() -> None:
    conversation = make_conversation()
    add_turn(conversation)
    add_turn(conversation, status="stopped")
    add_turn(conversation, status="running")
    add_turn(conversation, is_copy=True)
    add_turn(make_conversation(cascade=conversation.cascade))
    totals = ledger.totals(conversation.id)
    assert (totals.turns, totals.total_usd) == (2, 2 * Decimal("0.0014"))
    assert totals.completed_usd == Decimal("0.0014"), "what was stopped saved nothing"
