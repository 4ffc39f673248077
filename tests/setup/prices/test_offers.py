"""Lists of prices in the formats there are: what is read of them, and what is refused."""

import json
from decimal import Decimal
from typing import Any

import pytest

from chat.cascade.pricing import Prices, Usage
from chat.setup.prices.bundled import PATH, bundle, bundled
from chat.setup.prices.offers import BadList, Offer, read

LITELLM: dict[str, Any] = {
    "sample_spec": {"litellm_provider": "one of …", "mode": "one of …", "input_cost_per_token": 0},
    "gemini/gemini-pro": {
        "litellm_provider": "gemini",
        "mode": "chat",
        "input_cost_per_token": 1.25e-06,
        "output_cost_per_token": 1e-05,
        "cache_read_input_token_cost": 1.25e-07,
        "cache_creation_input_token_cost": 0.0,
        "output_cost_per_reasoning_token": 1e-05,
        "input_cost_per_token_above_200k_tokens": 2.5e-06,
        "output_cost_per_token_above_200k_tokens": 1.5e-05,
        "input_cost_per_token_above_200k_tokens_priority": 9,
        "max_input_tokens": 1048576,
        "max_output_tokens": 65536,
        "supports_function_calling": True,
    },
    "dall-e-3": {"litellm_provider": "openai", "mode": "image_generation"},
}
LLM_PRICES = {
    "updated_at": "2026-11-01",
    "prices": [
        {"id": "gpt-mini", "vendor": "openai", "input": 0.15, "output": 0.6, "input_cached": 0.075},
        {"id": "gemini-pro", "vendor": "google", "input": 1.25, "output": 10, "input_cached": None},
    ],
}
OPENROUTER = {
    "data": [
        {
            "id": "openai/gpt-mini",
            "context_length": 128000,
            "pricing": {"prompt": "0.00000015", "completion": "0.0000006", "input_cache_read": "0"},
            "top_provider": {"max_completion_tokens": 16384},
            "supported_parameters": ["tools", "temperature"],
        },
        {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}},
    ]
}


def test_litellms_price_map_is_read() -> None:
    [offer] = read(json.dumps(LITELLM)).offers
    assert offer == Offer(
        vendor="gemini",
        name="gemini-pro",
        prices={
            "input": "1.25",
            "output": "10",
            "cached_input": "0.125",
            "tiers": [{"above": 200_000, "input": "2.5", "output": "15"}],
        },
        context_window=1_048_576,
        max_output=65_536,
        capabilities=("tools",),
    )


def test_what_a_long_request_writes_to_a_cache_has_its_own_price() -> None:
    row = {
        "litellm_provider": "anthropic",
        "mode": "chat",
        "input_cost_per_token": 3e-06,
        "output_cost_per_token": 1.5e-05,
        "cache_read_input_token_cost": 3e-07,
        "cache_creation_input_token_cost": 3.75e-06,
        "input_cost_per_token_above_200k_tokens": 6e-06,
        "output_cost_per_token_above_200k_tokens": 2.25e-05,
        "cache_read_input_token_cost_above_200k_tokens": 6e-07,
        "cache_creation_input_token_cost_above_200k_tokens": 7.5e-06,
    }
    [offer] = read(json.dumps({"claude": row})).offers
    prices = Prices.read(offer.prices)
    assert prices and prices.cost(Usage(input=250_000, cache_write=250_000)) == Decimal("1.875")


def test_the_bundled_list_prices_writes_to_a_cache_in_long_requests_too() -> None:
    [haiku] = [
        o for o in bundled().offers if (o.vendor, o.name) == ("anthropic", "claude-haiku-5-5")
    ]
    assert [tier["cache_write"] for tier in haiku.prices["tiers"]] == ["0.625"]


def test_llm_prices_are_read() -> None:
    found = read(json.dumps(LLM_PRICES))
    mini, pro = found.offers
    assert (mini.vendor, mini.prices["cached_input"]) == ("openai", "0.075")
    assert (pro.vendor, pro.prices) == ("gemini", {"input": "1.25", "output": "10"})
    assert found.date == "2026-11-01"


def test_openrouters_models_are_read() -> None:
    found = read(json.dumps(OPENROUTER))
    [mini] = found.offers
    assert (mini.name, mini.prices) == ("openai/gpt-mini", {"input": "0.15", "output": "0.6"})
    assert (mini.context_window, mini.capabilities) == (128_000, ("tools",))
    assert found.left_out == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "That is not JSON."),
        ("{", "That is not JSON."),
        ("[" * 100_000, "That is not JSON."),
        (b"\xff\xfe\x00", "That is not JSON."),
        ("[]", "none of the lists"),
        ("7", "none of the lists"),
        ('{"a": 1}', "none of the lists"),
        ('{"models": []}', "no prices"),
        ('{"data": [1, null, "x", [], {}]}', "no prices"),
        (" " * (8 * 1024 * 1024 + 1), "larger than 8 MB"),
        (json.dumps(LLM_PRICES).replace("0.15", "NaN"), "That is not JSON."),
        (json.dumps(LLM_PRICES).replace("0.15", "-Infinity"), "That is not JSON."),
        (json.dumps({"models": [0] * 50_001}), "more than 50,000 models"),
    ],
)
def test_what_is_no_list_is_refused(text: str | bytes, sentence: str) -> None:
    with pytest.raises(BadList, match=sentence):
        read(text)


@pytest.mark.parametrize(
    "price",
    ["-0.1", "1e9", "1e-9", '"NaN"', '"free"', "true", "null", "{}", "1e999999999"],
)
def test_a_price_that_makes_no_sense_is_left_out(price: str) -> None:
    found = read(json.dumps(LLM_PRICES).replace("0.15", price))
    assert [offer.name for offer in found.offers] == ["gemini-pro"]
    assert found.left_out == 1


TIER = {"above": 200_000, "input": "4", "output": "18"}


@pytest.mark.parametrize(
    "tiers",
    [
        [TIER | {"speed": "3"}],
        [TIER | {"above": 0}],
        [TIER | {"above": "200000"}],
        [TIER | {"above": 0.5}],
        [{"input": "4", "output": "18"}],
        [{"above": 200_000, "input": "4"}],
        [TIER | {"input": "20000"}],
        [TIER | {"input": None}],
        [TIER, TIER],
        [7],
        {"above": 1},
        7,
    ],
    ids=str,
)
def test_R28_a_tier_that_no_cascade_could_use_is_left_out(tiers: Any) -> None:
    good = {"vendor": "openai", "name": "good", "input": "2", "output": "9", "tiers": [TIER]}
    found = read(json.dumps({"models": [good, good | {"name": "bad", "tiers": tiers}]}))
    assert [(offer.name, offer.prices["tiers"]) for offer in found.offers] == [("good", [TIER])]
    assert found.left_out == 1


def test_R28_a_price_beyond_all_numbers_is_left_out() -> None:
    row = OPENROUTER["data"][0]
    vast = row | {"id": "vast", "pricing": {"prompt": "1e999999", "completion": "1e-6"}}
    found = read(json.dumps({"data": [row, vast]}))
    assert ([offer.name for offer in found.offers], found.left_out) == (["openai/gpt-mini"], 1)


def test_the_bundled_list_is_read_whole() -> None:
    found = bundled()
    assert len(found.offers) > 1_000
    assert (found.left_out, found.date) == (0, "2026-11-25")
    mini = next(o for o in found.offers if (o.vendor, o.name) == ("openai", "gpt-4o-mini"))
    assert mini.prices == {"input": "0.15", "output": "0.6", "cached_input": "0.075"}
    assert PATH.stat().st_size < 300_000


def test_a_bundle_is_read_as_its_source_was() -> None:
    made = bundle(json.dumps(LITELLM), "2026-11-25")
    assert read(made).offers == read(json.dumps(LITELLM)).offers
