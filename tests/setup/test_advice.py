"""What is said of a cascade's set-up: one table, from the set-up alone."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chat.setup.advice import Member, Terms, advice

SMALL = Member("small", kept={"input": "1", "output": "2"}, context_window=8_000)
LARGE = Member("large", kept={"input": "10", "output": "20"}, context_window=128_000)


def test_of_a_sound_cascade_nothing_is_said() -> None:
    assert advice([SMALL, LARGE], Terms()) == []


@pytest.mark.parametrize(
    ("members", "terms", "sentence"),
    [
        ([LARGE, SMALL], Terms(), "small is cheaper than large, which drafts"),
        ([SMALL, replace(SMALL, name="twin")], Terms(), "small and twin cost the same"),
        ([SMALL, replace(LARGE, kept={})], Terms(), "No price of large is known"),
        ([SMALL, replace(LARGE, context_window=4_000)], Terms(), "large holds less than small"),
        ([SMALL, replace(LARGE, max_tokens=500)], Terms(), "large may answer less than small"),
        ([replace(SMALL, context_window=2_000), LARGE], Terms(), "no room for a question"),
        ([SMALL, replace(LARGE, enabled=False)], Terms(), "large is off"),
        ([SMALL, replace(LARGE, enabled=False)], Terms(), "it cannot answer"),
        ([SMALL], Terms(), "it cannot answer"),
        (
            [replace(SMALL, capabilities=["logprobs"]), LARGE],
            Terms(tools=True),
            "small is not known to call tools",
        ),
        ([SMALL, LARGE], Terms(gone_tools=["town__clock"]), "no longer: town__clock."),
        ([SMALL, LARGE], Terms(promises=True, checks_off=True), "no promise is kept"),
        ([SMALL, LARGE], Terms(budget_usd=Decimal("0.005")), "too small for any answer of large"),
        ([SMALL, replace(LARGE, kept={})], Terms(budget_usd=Decimal(1)), "never allows large"),
    ],
)
def test_what_is_to_be_seen_to_is_said(members: list[Member], terms: Terms, sentence: str) -> None:
    assert any(sentence in said for said in advice(members, terms)), advice(members, terms)


def test_models_that_cost_nothing_are_not_compared() -> None:
    free = {"input": "0", "output": "0"}
    assert advice([replace(SMALL, kept=free), replace(LARGE, kept=free)], Terms()) == []
