"""Which models a turn asks: a draft is skipped only where it rests or would not pay."""

import pytest

from chat.cascade import ModelConfig
from chat.cascade.lineup import lineup
from chat.cascade.routing import Complexity, Route

ROUTE = Route("cascade", Complexity.MODERATE, "An ordinary request")


def model(name: str, price: float | None) -> ModelConfig:
    return ModelConfig(name, "demo", input_price=price, output_price=price)


@pytest.mark.parametrize(
    ("cheap", "dear", "acceptance", "asked"),
    [
        (1, 20, 0.06, ["small", "large"]),
        (1, 20, 0.04, ["large"]),
        (15, 20, 0.7, ["large"]),
        (15, 20, 0.8, ["small", "large"]),
        (None, 20, 0.01, ["small", "large"]),
        (1, None, 0.01, ["small", "large"]),
        (0, 0, 0.01, ["small", "large"]),
        (1, 0, 0.99, ["large"]),
        (0, 5, 0.0, ["small", "large"]),
    ],
)
def test_a_draft_is_asked_for_where_it_pays(cheap, dear, acceptance, asked):
    _, left = lineup(ROUTE, [model("small", cheap), model("large", dear)], lambda _: acceptance)
    assert [model.name for model in left] == asked


def test_of_two_drafts_of_one_name_the_one_that_pays_is_asked():
    dear, cheap, last = model("small", 15), model("small", 1), model("large", 20)
    for drafts in ((dear, cheap), (cheap, dear)):
        _, left = lineup(ROUTE, [*drafts, last], lambda _: 0.5)
        assert left == [cheap, last]


def test_the_route_says_why_a_draft_was_skipped():
    route, _ = lineup(ROUTE, [model("small", 10), model("large", 20)], lambda _: 0.3)
    assert (route.strategy, route.reason) == (
        "direct",
        "A draft by small would cost more than it saves, at 50% of large's price with 30% of "
        "drafts kept, so it goes straight to large",
    )


def test_nothing_is_a_share_of_a_price_of_nothing():
    route, _ = lineup(ROUTE, [model("small", 10), model("large", 0)], lambda _: 0.3)
    assert route.reason == (
        "A draft by small would cost more than it saves, so it goes straight to large"
    )


def test_of_several_drafts_those_that_pay_are_asked_for():
    models = [model("small", 1), model("middle", 12), model("large", 20)]
    route, left = lineup(ROUTE, models, lambda _: 0.5)
    assert [model.name for model in left] == ["small", "large"]
    assert route.strategy == "cascade"
    assert route.reason.startswith("An ordinary request; A draft by middle would cost more")


def test_a_question_sent_straight_on_asks_the_last_model_alone():
    route = Route("direct", Complexity.EXPERT, "Asks for a proof")
    assert (
        lineup(route, [model("small", 1), model("large", 20)], lambda _: 0.5)[1][0].name == "large"
    )
