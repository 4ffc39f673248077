"""What a list says of a model, out of the formats that such lists have.

Prices are USD per million tokens, as decimal strings. A list that is no list raises `BadList` with
a sentence; a model in it whose figures make no sense is left out and counted.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.localised import number
from chat.models.rules import accepted_tiers, price_per_million

MOST_BYTES = 8 * 1024 * 1024
_MOST_MODELS = 50_000
_MILLION = Decimal(1_000_000)

# Vendors by the names that lists have for them -> by those of our presets.
_VENDORS = {
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "azure_ai": "azure-models",
    "google": "gemini",
    "moonshot-ai": "moonshot",
}
_ABOVE = re.compile(r"(input|output)_cost_per_token_above_(\d{1,5})k_tokens")


class BadList(Exception):
    """In words for an operator."""


@dataclass(frozen=True, slots=True)
class Offer:
    """`prices` as they are kept with an attempt; limits in tokens, None where the list has none."""

    vendor: str
    name: str
    prices: Mapping[str, Any]
    context_window: int | None = None
    max_output: int | None = None
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offers:
    """A list as it was read; `left_out` of its models make no sense."""

    offers: Sequence[Offer]
    left_out: int
    date: str = ""


def read(text: str | bytes) -> Offers:
    if len(text) > MOST_BYTES:
        raise BadList(
            _("The list is larger than {most} MB.").format(most=MOST_BYTES // 1024 // 1024)
        )
    try:
        data = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadList(_("That is not JSON.")) from error
    rows, reader = _rows(data)
    if len(rows) > _MOST_MODELS:
        raise BadList(_("The list has more than {most} models.").format(most=number(_MOST_MODELS)))
    found, left_out = [], 0
    for row in rows:
        try:
            if offer := reader(*row):
                found.append(offer)
        except (ValueError, TypeError, AttributeError, ArithmeticError, ValidationError, KeyError):
            left_out += 1
    if not found:
        raise BadList(_("The list has no prices of models that answer in text."))
    date = data.get("date") or data.get("updated_at") or ""
    return Offers(found, left_out, str(date)[:30])


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _rows(data: Any) -> tuple[list[tuple[Any, ...]], Callable[..., Offer | None]]:
    if not isinstance(data, dict):
        raise BadList(_UNKNOWN)
    for key, reader in (("models", _ours), ("prices", _llm_prices), ("data", _openrouter)):
        if isinstance(data.get(key), list):
            return [(row,) for row in data[key]], reader
    if any(isinstance(row, dict) and "litellm_provider" in row for row in data.values()):
        return list(data.items()), _litellm
    raise BadList(_UNKNOWN)


_UNKNOWN = gettext_lazy(
    "This is none of the lists that are understood: LiteLLM's price map, llm-prices, OpenRouter's "
    "models, or the one that comes with Cascade Chat."
)


def _ours(row: Mapping[str, Any]) -> Offer:
    prices = {name: row[name] for name in ("input", "output")}
    prices |= {name: row[name] for name in _EXTRA if row.get(name) is not None}
    return Offer(
        vendor=_text(row["vendor"]),
        name=_text(row["name"]),
        prices=checked(prices | ({"tiers": row["tiers"]} if row.get("tiers") else {})),
        context_window=_tokens(row.get("context_window")),
        max_output=_tokens(row.get("max_output")),
        capabilities=("tools",) if row.get("tools") else (),
    )


_EXTRA = ("cached_input", "cache_write", "reasoning")
_OF_A_CACHE = {
    "cached_input": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}


def _litellm(name: str, row: Mapping[str, Any]) -> Offer | None:
    """USD per token; of modes only those that answer in text."""
    if row.get("mode") not in ("chat", "responses") or "input_cost_per_token" not in row:
        return None
    given, taken = (
        _per_million(row["input_cost_per_token"]),
        _per_million(row["output_cost_per_token"]),
    )
    prices: dict[str, Any] = {"input": given, "output": taken}
    for ours, theirs in (_OF_A_CACHE | {"reasoning": "output_cost_per_reasoning_token"}).items():
        # 0 for what nobody gives away means that it has no price of its own.
        if (
            row.get(theirs)
            and _per_million(row[theirs]) != prices["output" if ours == "reasoning" else "input"]
        ):
            prices[ours] = _per_million(row[theirs])
    if tiers := list(_litellm_tiers(row, prices)):
        prices["tiers"] = tiers
    vendor = _text(row["litellm_provider"])
    return Offer(
        vendor=_VENDORS.get(vendor, vendor),
        name=_text(name).removeprefix(f"{vendor}/"),
        prices=checked(prices),
        context_window=_tokens(row.get("max_input_tokens")),
        max_output=_tokens(row.get("max_output_tokens")),
        capabilities=("tools",) if row.get("supports_function_calling") is True else (),
    )


def _litellm_tiers(row: Mapping[str, Any], prices: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    above: dict[int, dict[str, Any]] = {}
    for key, value in row.items():
        if (match := _ABOVE.fullmatch(key)) and value is not None:
            above.setdefault(int(match[2]) * 1_000, {})[match[1]] = _per_million(value)
    for tokens, found in sorted(above.items()):
        tier = {"above": tokens, "input": prices["input"], "output": prices["output"], **found}
        for ours, theirs in _OF_A_CACHE.items():
            if value := row.get(f"{theirs}_above_{tokens // 1_000}k_tokens"):
                tier[ours] = _per_million(value)
        yield tier


def _llm_prices(row: Mapping[str, Any]) -> Offer:
    prices = {"input": _plain(row["input"]), "output": _plain(row["output"])}
    if row.get("input_cached") is not None:
        prices["cached_input"] = _plain(row["input_cached"])
    vendor = _text(row["vendor"])
    return Offer(_VENDORS.get(vendor, vendor), _text(row["id"]), checked(prices))


def _openrouter(row: Mapping[str, Any]) -> Offer:
    pricing = row["pricing"]
    prices = {
        "input": _per_million(pricing["prompt"]),
        "output": _per_million(pricing["completion"]),
    }
    for ours, theirs in (
        ("cached_input", "input_cache_read"),
        ("cache_write", "input_cache_write"),
    ):
        if pricing.get(theirs) and Decimal(str(pricing[theirs])):
            prices[ours] = _per_million(pricing[theirs])
    return Offer(
        vendor="openrouter",
        name=_text(row["id"]),
        prices=checked(prices),
        context_window=_tokens(row.get("context_length")),
        max_output=_tokens((row.get("top_provider") or {}).get("max_completion_tokens")),
        capabilities=("tools",) if "tools" in (row.get("supported_parameters") or ()) else (),
    )


def checked(prices: Mapping[str, Any]) -> dict[str, Any]:
    """As a form would: raises ValidationError where a price makes no sense."""
    accepted_tiers(prices.get("tiers") or ())
    found = normal(prices)
    for name in found.keys() - {"tiers"}:
        price_per_million(Decimal(found[name]))
    return found


def normal(prices: Mapping[str, Any]) -> dict[str, Any]:
    """Written one way, so that two can be compared; what has no price of its own is left out."""
    known = {name: value for name, value in prices.items() if value is not None}
    found: dict[str, Any] = {n: _plain(v) for n, v in known.items() if n not in ("tiers", "above")}
    if "above" in known:
        found["above"] = int(known["above"])
    if tiers := [normal(tier) for tier in known.get("tiers") or ()]:
        found["tiers"] = tiers
    return found


def _per_million(value: Any) -> str:
    return _plain(_number(value) * _MILLION)


def _plain(value: Any) -> str:
    number = _number(value).quantize(Decimal("1E-10")).normalize()
    return f"{number:f}"


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("no number")
    number = Decimal(str(value))  # of a float what was written, not what it is near to
    if not number.is_finite():
        raise ValueError("no finite number")
    return number


def _tokens(value: Any) -> int | None:
    whole = isinstance(value, int | Decimal) and not isinstance(value, bool) and value == int(value)
    return int(value) if whole and 0 < value <= 1_000_000_000 else None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("no name")
    return value.strip()[:200]
