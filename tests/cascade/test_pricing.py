"""What an attempt and a turn cost, and how sure that is."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade import CascadeAgent, ModelConfig, StreamEvent
from chat.cascade.pricing import Charge, Prices, Tally, Usage, charge
from tests.cascade.conftest import MakeAgent, events_of
from tests.loopback import Loopback, Reply, event

QUERY = "What is the capital of France?"
PRICED = ModelConfig(
    "m", "demo", input_price=1, cached_input_price="0.1", output_price=10, reasoning_price=20
)
WRITING = replace(PRICED, cache_write_price="1.25")
FREE = ModelConfig("m", "demo", cost=0)
UNKNOWN = ModelConfig("m", "demo")
REPORTED = Usage(1000, 100, cached_input=400, reasoning=50)

CHARGES: dict[str, tuple[ModelConfig, dict[str, Any], str | None, str]] = {
    # 600 * 1 + 400 * 0.1 + 50 * 10 + 50 * 20, each per million
    "reported": (PRICED, {"reported": REPORTED}, "0.00214", "exact"),
    # 300 * 1 + 400 * 0.1 + 300 * 1.25 + 50 * 10 + 50 * 20, each per million
    "reported, written to a cache": (
        WRITING,
        {"reported": Usage(1000, 100, cached_input=400, reasoning=50, cache_write=300)},
        "0.002215",
        "exact",
    ),
    "written to a cache at no price of its own": (
        PRICED,
        {"reported": Usage(1000, 0, cache_write=300)},
        "0.001",
        "exact",
    ),
    "reported as zero": (PRICED, {"reported": Usage()}, "0", "exact"),
    "estimated": (PRICED, {"prompt": "word " * 100, "text": "word " * 10}, "0.0002", "estimated"),
    "estimated with reasoning": (
        PRICED,
        {"text": "t" * 4, "reasoning": "r" * 4},
        "0.00003",
        "estimated",
    ),
    "estimated, the thoughts were the answer": (
        PRICED,
        {"text": "word " * 10, "reasoning": "word " * 10},
        "0.0001",
        "estimated",
    ),
    "reported without the answer": (
        PRICED,
        {"prompt": "p", "text": "word " * 10, "reported": Usage(1000), "missing": "output"},
        "0.0011",
        "estimated",
    ),
    "reported without the prompt": (
        PRICED,
        {"prompt": "word " * 100, "text": "t", "reported": Usage(0, 100), "missing": "input"},
        "0.0011",
        "estimated",
    ),
    "stated by the provider": (
        PRICED,
        {"reported": REPORTED, "reported_cost_usd": Decimal("0.5")},
        "0.5",
        "exact",
    ),
    "stated, price unknown": (UNKNOWN, {"reported_cost_usd": Decimal("0.5")}, "0.5", "exact"),
    "partly, reported": (
        PRICED,
        {"answered": "partly", "reported": Usage(1000, 0)},
        "0.001",
        "partial",
    ),
    "partly, not reported": (
        PRICED,
        {"answered": "partly", "prompt": "word " * 1000},
        "0.001",
        "partial",
    ),
    "not answered": (PRICED, {"answered": "not", "prompt": "word " * 1000}, "0", "exact"),
    "not answered, price unknown": (UNKNOWN, {"answered": "not"}, "0", "exact"),
    "price unknown": (UNKNOWN, {"reported": REPORTED}, None, "unknown"),
    "free": (FREE, {"reported": REPORTED}, "0", "free"),
    "free, estimated": (FREE, {"text": "t"}, "0", "free"),
}


@pytest.mark.parametrize(("model", "seen", "cost", "exactness"), CHARGES.values(), ids=CHARGES)
def test_charge(model: ModelConfig, seen: dict[str, Any], cost: str | None, exactness: str) -> None:
    bill = charge(model.prices, **{"answered": "fully", "prompt": "", "text": ""} | seen)
    assert bill.cost_usd == (None if cost is None else Decimal(cost))
    assert bill.exactness == exactness


def test_blended_price_is_per_thousand_tokens_of_any_kind() -> None:
    prices = ModelConfig("m", "demo", cost=0.00015).prices
    assert prices and prices.cost(Usage(900, 100, 50, 50)) == Decimal("0.00015")


def test_prices_default_to_their_kind_and_win_over_the_blended_one() -> None:
    prices = ModelConfig("m", "demo", cost=1, input_price=2, output_price=4).prices
    assert prices and (prices.cached_input, prices.reasoning) == (2, 4)


def test_parts_larger_than_their_whole_make_no_negative_cost() -> None:
    prices = PRICED.prices
    assert prices and prices.cost(Usage(10, 10, cached_input=99, reasoning=99)) == Decimal(
        "0.000201"
    )


TIERED = ModelConfig(
    "m",
    "demo",
    input_price=1,
    output_price=10,
    price_tiers=[
        {"above": 1000, "input": 4, "output": 40},
        {"above": 200, "input": "2", "cached_input": "0.5", "output": 20},
    ],
)


@pytest.mark.parametrize(
    ("given", "cost"),
    [(200, "0.00021"), (201, "0.000422"), (1000, "0.00202"), (1001, "0.004044")],
    ids=["below", "just above", "at the next", "above the next"],
)
def test_all_of_a_long_request_is_priced_by_its_tier(given: int, cost: str) -> None:
    prices = TIERED.prices
    assert prices and prices.cost(Usage(given, 1)) == Decimal(cost)


def test_a_price_is_read_back_as_it_was_kept() -> None:
    kept = {"input": "1", "output": "10", "cache_write": None, "tiers": TIERED.price_tiers}
    assert Prices.read(kept) == TIERED.prices
    assert Prices.read({}) is None


counts = st.integers(0, 5_000_000)


@given(counts, counts, counts, counts, counts)
def test_no_usage_costs_less_than_nothing_or_more_than_the_most(
    given: int, taken: int, cached: int, written: int, reasoning: int
) -> None:
    usage = Usage(given, taken, cached, reasoning, written)
    for model in (PRICED, WRITING, TIERED, FREE):
        assert model.prices
        assert 0 <= model.prices.cost(usage) <= model.prices.most(given, taken)


def test_alone_the_first_model_costs_what_it_wrote_or_would_have_written() -> None:
    first, last = PRICED.prices, TIERED.prices
    assert first
    kept, set_aside, failed = Tally(last, first), Tally(last, first), Tally(last, first)
    written, more = Usage(100, 1), Usage(100, 50)
    kept.add(Charge(written, first.cost(written), "exact"), is_last=False, is_first=True)
    set_aside.add(Charge(written, first.cost(written), "exact"), is_last=False, is_first=True)
    set_aside.add(Charge(more, Decimal(1), "exact"), is_last=True)
    failed.add(Charge(Usage(), Decimal(0), "exact"), is_last=False, is_first=True)
    failed.add(Charge(more, Decimal(1), "exact"), is_last=True)
    assert kept.only_draft_usd == set_aside.only_draft_usd == first.cost(written)
    assert failed.only_draft_usd == first.cost(more)


def test_who_asked_nobody_owes_and_saved_nothing() -> None:
    tally = Tally(TIERED.prices, PRICED.prices)
    assert tally.total_usd == tally.baseline_usd == tally.saved_usd == tally.only_draft_usd == 0


def test_alone_the_first_model_takes_every_step() -> None:
    first = PRICED.prices
    assert first
    tally, step = Tally(TIERED.prices, first), Usage(100, 10)
    for _ in range(2):
        tally.add(Charge(step, first.cost(step), "exact"), is_last=False, is_first=True)
        tally.settle()
    assert tally.only_draft_usd == tally.total_usd == 2 * first.cost(step)


def test_who_counted_is_told() -> None:
    counted = {
        "provider": {"answered": "fully", "reported": REPORTED},
        "estimate": {"answered": "partly"},
        "": {"answered": "not"},
    }
    for by, seen in counted.items():
        assert charge(PRICED.prices, prompt="p", text="t", **seen).counted_by == by


def test_unknown_money_stays_unknown() -> None:
    tally = Tally(None)
    tally.add(Charge(Usage(1, 1), Decimal(1), "exact"), is_last=False)
    assert (tally.total_usd, tally.baseline_usd, tally.saved_usd) == (1, None, None)


def costs(events: list[StreamEvent]) -> list[Any]:
    return [event.data for event in events if event.type == "cost"]


async def test_an_accepted_draft_saves_what_the_last_model_would_have_cost(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply(usage=(100, 100)))
    (cost,) = costs(await events_of(make_agent("small", "large").stream_events(QUERY)))
    assert cost["total_usd"] == Decimal("0.0002")
    assert cost["baseline_usd"] == Decimal("0.002")
    assert cost["saved_usd"] == Decimal("0.0018")


async def test_a_draft_set_aside_is_overhead(provider: Loopback, make_agent: MakeAgent) -> None:
    provider.script("small", Reply("I can't.", usage=(100, 100)))
    provider.script("large", Reply(usage=(100, 300)))
    draft, last = costs(await events_of(make_agent("small", "large").stream_events(QUERY)))
    assert draft["cost_usd"] + last["cost_usd"] == last["total_usd"] == Decimal("0.0042")
    assert last["baseline_usd"] == last["cost_usd"] == Decimal("0.004")
    assert last["saved_usd"] == Decimal("-0.0002")


@pytest.mark.parametrize(
    ("answer", "usage"),
    [
        ("word " * 10, {"output": 10, "reasoning": 0}),
        ("word " * 10 + "</think>yes no", {"output": 12, "reasoning": 10}),
    ],
    ids=["its answer", "its thoughts"],
)
async def test_what_a_model_that_thinks_wrote_is_counted_once(
    provider: Loopback, answer: str, usage: dict[str, int]
) -> None:
    provider.script("QwQ-32B", Reply(answer, usage=None))
    models = [ModelConfig("QwQ-32B", "openai", base_url=provider.base_url, cost="0.001")] * 2
    events = await events_of(CascadeAgent(models).stream_events(QUERY, force_direct=True))
    assert events[1].type == "reasoning"
    (cost,) = costs(events)
    assert usage.items() <= cost["usage"].items()


async def test_a_failed_draft_costs_nothing_and_a_broken_one_what_came(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply.error(404), Reply("word " * 8, end="cut"))
    agent = make_agent("small", "large")
    failed, _ = costs(await events_of(agent.stream_events(QUERY)))
    broken, last = costs(await events_of(agent.stream_events(QUERY)))
    assert (failed["cost_usd"], failed["exactness"]) == (0, "exact")
    assert (broken["usage"]["output"], broken["exactness"]) == (8, "partial")
    assert last["exactness"] == "exact"


LOST, FINE = Reply("", finish=None, usage=(5000, 5)), Reply("Paris.", usage=(5000, 50))
UNTOLD = Reply("", end="cut")
TRIES: dict[str, tuple[list[Reply], tuple[int, int], str, str]] = {
    "lost, then fine": ([LOST, FINE], (10_000, 55), "partial", "provider"),
    "lost twice": ([LOST, LOST], (10_000, 10), "partial", "provider"),
    "lost, then refused": ([LOST, Reply.error(404)], (5000, 5), "partial", "provider"),
    "lost without a word of it": ([UNTOLD, FINE], (5007, 50), "partial", "estimate"),
    "lost, then not told": (
        [LOST, Reply("Paris.", usage=None)],
        (5007, 7),
        "partial",
        "estimate",
    ),
    "refused, then fine": ([Reply.error(503), FINE], (5000, 50), "exact", "provider"),
    "fine": ([FINE], (5000, 50), "exact", "provider"),
}


@pytest.mark.parametrize(("tries", "usage", "exactness", "by"), TRIES.values(), ids=TRIES)
async def test_a_try_that_was_given_up_stays_on_the_bill(
    provider: Loopback,
    make_agent: MakeAgent,
    tries: list[Reply],
    usage: tuple[int, int],
    exactness: str,
    by: str,
) -> None:
    provider.script("large", *tries)
    agent = make_agent("small", "large")
    (cost,) = costs(await events_of(agent.stream_events(QUERY, force_direct=True)))
    assert (cost["usage"]["input"], cost["usage"]["output"]) == usage
    assert cost["cost_usd"] == cost["baseline_usd"] == Decimal(sum(usage)) / 100_000
    assert (cost["exactness"], cost["counted_by"]) == (exactness, by)


async def test_a_try_that_was_given_up_is_paid_once_though_no_other_followed(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("large", LOST, FINE)
    stream = make_agent("small", "large").stream_events(QUERY, force_direct=True)
    seen = []
    async for told in stream:
        seen.append(told)
        if told.type == "retry":
            stream.stop()
    (cost,) = costs(seen)
    assert (cost["usage"]["input"], cost["exactness"]) == (5000, "partial")


async def test_no_other_model_would_have_paid_for_a_draft_s_lost_try(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", LOST, Reply(usage=(5000, 50)))
    (cost,) = costs(await events_of(make_agent("small", "large").stream_events(QUERY)))
    assert cost["cost_usd"] == cost["only_draft_usd"] == Decimal("0.010055")
    assert cost["baseline_usd"] == Decimal("0.0505")
    assert cost["saved_usd"] == Decimal("0.040445")


async def test_the_first_model_asked_alone_saves_what_the_last_one_would_have_cost(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply(usage=(5000, 50)))
    events = await events_of(make_agent("small", "large").stream_events(QUERY, force_draft=True))
    (cost,) = costs(events)
    assert cost["cost_usd"] == cost["only_draft_usd"] == Decimal("0.00505")
    assert (cost["baseline_usd"], cost["saved_usd"]) == (Decimal("0.0505"), Decimal("0.04545"))
    result = events[-1].data["result"]
    assert (result["draft_cost"], result["verifier_cost"]) == (0.00505, 0)


async def test_the_first_model_would_not_have_paid_for_the_last_one_s_lost_try(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("large", LOST, FINE)
    provider.script("small", Reply.error(404))
    *_, cost = costs(await events_of(make_agent("small", "large").stream_events(QUERY)))
    assert cost["cost_usd"] == cost["baseline_usd"] == Decimal("0.10055")
    assert cost["only_draft_usd"] == Decimal("0.00505")


def test_each_try_is_priced_by_its_own_tier() -> None:
    asked = {"prompt": "", "text": "", "reported": Usage(200)}
    lost = charge(TIERED.prices, answered="partly", **asked)
    bill = charge(TIERED.prices, answered="fully", **asked).after(lost)
    assert (bill.usage, bill.kept, bill.cost_usd) == (Usage(400), Usage(200), Decimal("0.0004"))


async def test_the_last_cumulative_usage_counts(provider: Loopback, make_agent: MakeAgent) -> None:
    def piece(tokens: int, finish: str | None = None) -> bytes:
        choices = [{"delta": {"content": "word "}, "finish_reason": finish}]
        usage = {"prompt_tokens": 5, "completion_tokens": tokens}
        return event({"choices": choices, "usage": usage})

    provider.script("small", Reply(raw=[piece(1), piece(2), piece(3, "stop")]))
    (cost,) = costs(await events_of(make_agent("small", "large").stream_events(QUERY)))
    assert cost["usage"] == {"input": 5, "output": 3, "cached_input": 0, "reasoning": 0}


async def test_a_turn_is_as_exact_as_its_least_exact_attempt(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply("I can't.", usage=None))
    result = await make_agent("small", "large").run(QUERY)
    assert [attempt.exactness for attempt in result.attempts] == ["estimated", "exact"]
    assert result.exactness == "estimated"


async def test_an_unknown_price_is_never_a_number() -> None:
    models = [ModelConfig("demo-small", "demo"), ModelConfig("demo-large", "demo", cost=1)]
    stream = CascadeAgent(models).stream_events(QUERY)
    (cost,) = costs(await events_of(stream))
    assert (cost["cost_usd"], cost["total_usd"], cost["saved_usd"]) == (None, None, None)
    assert stream.result and stream.result.total_usd is None
    assert f"{stream.result.total_cost:.6f}" == "0.000000"


def test_a_receipt_tells_of_writes_to_a_cache_where_there_were_any() -> None:
    assert Usage(7, 3, cache_write=2).as_data()["cache_write"] == 2
    assert "cache_write" not in Usage(7, 3).as_data()


def test_cached_and_written_tokens_are_never_more_than_the_input() -> None:
    prices = WRITING.prices
    assert prices
    assert prices.cost(Usage(10, cached_input=8, cache_write=8)) == Decimal("0.0000033")


BEGUN = event({"type": "message_start", "message": {"usage": {"input_tokens": 1000}}})
WORD = event(
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "One two three"}}
)
OVERLOADED = event({"type": "error", "error": {"type": "overloaded_error"}})


@pytest.mark.parametrize(
    ("raw", "usage", "exactness"),
    [([BEGUN, WORD], (1000, 3), "partial"), ([BEGUN, OVERLOADED], (0, 0), "exact")],
    ids=["after words", "before any"],
)
async def test_an_answer_that_broke_off_costs_what_its_beginning_reported(
    provider: Loopback, raw: list[bytes], usage: tuple[int, int], exactness: str
) -> None:
    provider.script("m", Reply(raw=raw, end="cut"))
    models = [replace(PRICED, name="m", provider="anthropic", base_url=provider.base_url)] * 2
    agent = CascadeAgent(models)
    events = await events_of(agent.stream_events(QUERY, force_direct=True))
    (cost,) = (event.data for event in events if event.type == "cost")
    assert (cost["usage"]["input"], cost["usage"]["output"]) == usage
    assert (cost["exactness"], cost["counted_by"]) == (
        exactness,
        "estimate" if exactness == "partial" else "",
    )
