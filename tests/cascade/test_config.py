"""Configuration that cannot work is refused with a sentence that says what would."""

from decimal import Decimal
from typing import Any

import pytest

from chat.cascade import CascadePolicy, Complexity, ConfigError, ModelConfig

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "provider": ({"provider": "opnai"}, "Unknown provider 'opnai', must be one of: "),
    "no name": ({"name": " "}, "name is ' ', must be one line of text"),
    "name of two lines": ({"name": "a\nb"}, "name is 'a\\nb', must be one line of text"),
    "negative cost": ({"cost": -1}, "cost is -1, must be a number of USD of at least 0"),
    "cost in words": ({"cost": "cheap"}, "cost is 'cheap', must be a number of USD of at least 0"),
    "cost without end": ({"cost": float("inf")}, "cost is inf, must be"),
    "cost that is none": ({"cost": float("nan")}, "cost is nan, must be"),
    "cost that is true": ({"cost": True}, "cost is True, must be"),
    "half a price": ({"input_price": 1}, "input_price and output_price must be given together"),
    "address without scheme": ({"base_url": "host/v1"}, "must be like https://host/v1"),
    "address of another scheme": ({"base_url": "ftp://host"}, "must be like https://host/v1"),
    "address without host": ({"base_url": "https:///v1"}, "must be like https://host/v1"),
    "address that is none": ({"base_url": "http://[::1"}, "must be like https://host/v1"),
    "password in the address": ({"base_url": "https://u:p@host"}, "must not hold a user name"),
    "query in the address": ({"base_url": "https://host?key=1"}, "must not hold"),
    "more in Azure's query": ({"base_url": "https://host?api-version=1&key=1"}, "must not hold"),
    "no tokens": ({"max_tokens": 0}, "max_tokens is 0, must be a whole number of at least 1"),
    "half a token": ({"max_tokens": 1.5}, "max_tokens is 1.5, must be"),
    "heat": ({"temperature": 2.1}, "temperature is 2.1, must be a number from 0 to 2"),
    "no time": ({"idle_timeout_s": 0}, "idle_timeout_s is 0, must be a number of seconds above 0"),
    "header name": ({"extra_headers": {"a b": "c"}}, "extra_headers has the name 'a b'"),
    "provider that is no name": ({"provider": ["openai"]}, "Unknown provider ['openai']"),
    "address that is no text": ({"base_url": 3}, "base_url is 3, must be like https://host/v1"),
    "heat beyond floats": ({"temperature": 10**400}, "must be a number from 0 to 2"),
    "key that was not set": ({"api_key": None}, "api_key is NoneType, must be a text"),
    "prompt in a list": ({"system_prompt": ["x"]}, "system_prompt is ['x'], must be a text"),
    "perhaps logprobs": ({"logprobs": "yes"}, "logprobs is 'yes', must be True, False or None"),
    "tier of a number": (
        {"input_price": 1, "output_price": 1, "price_tiers": [{3: 4, "a": 5}]},
        "price_tiers name 3, must name above or a price",
    ),
    "headers in a list": ({"extra_headers": [("a", "b")]}, "extra_headers must be by name"),
    "headers that are none": ({"extra_headers": None}, "extra_headers must be by name"),
    "header of a number": ({"extra_headers": {3: "a"}}, "extra_headers has the name 3"),
    "header value": ({"extra_headers": {"a": "b\r\nc"}}, "must be printable ASCII"),
}


@pytest.mark.parametrize(("setting", "message"), WRONG.values(), ids=WRONG)
def test_R28_wrong_model_is_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as failure:
        ModelConfig(**{"name": "m", "provider": "openai"} | setting)
    assert message in str(failure.value)
    assert "u:p" not in str(failure.value)


def test_every_accepted_provider_is_named() -> None:
    with pytest.raises(ConfigError, match=r"azure, .*demo, .*groq, .*openai, .*xai"):
        ModelConfig("m", "opnai")


def test_azure_s_version_may_stand_in_the_address() -> None:
    url = "https://r.openai.azure.com/openai/deployments/d?api-version=2024-10-21"
    assert ModelConfig("m", "openai", base_url=url).base_url == url


def test_prices_are_kept_as_they_are_written() -> None:
    assert ModelConfig("m", "demo", cost=0.1).cost == Decimal("0.1")
    assert ModelConfig("m", "demo", cost="0.10").cost == Decimal("0.1")
    assert ModelConfig("m", "demo", cost=Decimal("1e-9")).cost == Decimal("0.000000001")


def test_configuration_cannot_be_changed_afterwards() -> None:
    headers = {"x-a": "b"}
    config = ModelConfig("m", "demo", extra_headers=headers)
    headers["x-a"] = "c"
    assert config.extra_headers == {"x-a": "b"}
    with pytest.raises(AttributeError):
        config.name = "other"  # type: ignore[misc]  # the point of the test
    assert len({config, ModelConfig("m", "demo")}) == 2


def test_policy_keeps_the_defaults_it_does_not_name() -> None:
    policy = CascadePolicy({Complexity.HARD: 0.9})
    assert policy.thresholds[Complexity.HARD] == 0.9
    assert policy.thresholds[Complexity.SIMPLE] == CascadePolicy().thresholds[Complexity.SIMPLE]


def test_thresholds_rise_with_complexity() -> None:
    thresholds = [CascadePolicy().thresholds[level] for level in Complexity]
    assert thresholds == sorted(thresholds)


@pytest.mark.parametrize(
    ("start", "level", "direct"),
    [
        ("expert", "expert", True),
        ("expert", "hard", False),
        ("simple", "hard", True),
        (None, "expert", False),
    ],
)
def test_policy_goes_direct_from_a_level_on(start: Any, level: str, direct: bool) -> None:
    assert CascadePolicy(direct_from=start).goes_direct(Complexity(level)) is direct


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"thresholds": {"easy": 0.5}}, "Unknown complexity 'easy'"),
        ({"thresholds": {"hard": 1.5}}, "threshold for hard is 1.5, must be from 0 to 1"),
        ({"thresholds": {"hard": 10**400}}, "must be from 0 to 1"),
        ({"thresholds": [0.5]}, "thresholds must be by complexity"),
        ({"direct_from": "never"}, "Unknown complexity 'never', must be one of: trivial"),
        ({"checks_off": None}, "checks_off is None, must be a set of names"),
        ({"checks_off": "length"}, "checks_off is 'length', must be a set of names"),
        ({"checks_off": [[]]}, r"Unknown check \[\] in checks_off, may be any of: "),
        ({"calibrations": None}, "calibrations must be Calibrations by a draft model's name"),
        ({"calibrations": {"m": 0.5}}, "calibrations must be Calibrations by a draft model's"),
        ({"sandbox": True}, r"sandbox is True, must be what open_sandbox\(\) gives"),
    ],
    ids=[
        *("level", "threshold", "threshold beyond floats", "thresholds in a list", "direct_from"),
        *("no checks", "checks in a text", "check that is no name"),
        *("no calibrations", "calibration of a number", "sandbox that is none"),
    ],
)
def test_wrong_policy_is_refused(policy: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CascadePolicy(**policy)
