"""Tokens to USD, all in `Decimal`.

What a provider reports wins: its cost over ours, its token counts over an estimate. Zero is a
value; what is absent is estimated (`chat.cascade.tokens`), and always marked as that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from decimal import Decimal
from operator import add, sub
from typing import Any, Literal, Self

from chat.cascade.streaming.events import EXACTNESS, CountedBy, Exactness, UsageData
from chat.cascade.tokens import estimate_tokens

_MILLION = Decimal(1_000_000)
_SMALLEST = Decimal("1E-10")
"""USD are exact to ten decimals, from the provider's figure to the stored one."""

PRICED = ("input", "cached_input", "cache_write", "output", "reasoning")
"""The kinds of tokens that may have a price of their own."""

Answered = Literal["fully", "partly", "not"]

Half = Literal["", "input", "output"]
"""Of a usage: the one that a provider left out."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens; `cached_input`, read from a cache, and `cache_write`, written to it, are part of
    `input`; `reasoning` is part of `output`."""

    input: int = 0
    output: int = 0
    cached_input: int = 0
    reasoning: int = 0
    cache_write: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*map(add, astuple(self), astuple(other)))

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(*map(sub, astuple(self), astuple(other)))

    def as_data(self) -> UsageData:
        data: UsageData = {
            "input": self.input,
            "output": self.output,
            "cached_input": self.cached_input,
            "reasoning": self.reasoning,
        }
        if self.cache_write:
            data["cache_write"] = self.cache_write
        return data


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens.

    `tiers`, from the lowest, are (tokens, prices): a request of more input than that many tokens is
    priced by them, all of it.
    """

    input: Decimal
    cached_input: Decimal
    output: Decimal
    reasoning: Decimal
    cache_write: Decimal
    tiers: tuple[tuple[int, "Prices"], ...] = ()

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self | None:
        """From a price as it is kept: decimal strings by name, those left out None, `tiers` with
        `above`. None where nothing is kept, for no price is known."""
        if not kept:
            return None
        known = {name: Decimal(str(kept[name])) for name in PRICED if kept.get(name) is not None}
        return cls(
            input=known["input"],
            cached_input=known.get("cached_input", known["input"]),
            output=known["output"],
            reasoning=known.get("reasoning", known["output"]),
            cache_write=known.get("cache_write", known["input"]),
            tiers=cls.read_tiers(kept.get("tiers") or ()),
        )

    @classmethod
    def read_tiers(cls, kept: Sequence[Mapping[str, Any]]) -> tuple[tuple[int, Self], ...]:
        """From the lowest."""
        read = [(tier["above"], cls.read(tier)) for tier in sorted(kept, key=lambda t: t["above"])]
        return tuple((above, prices) for above, prices in read if prices is not None)

    @property
    def are_free(self) -> bool:
        own = (self.input, self.cached_input, self.output, self.reasoning, self.cache_write)
        return not any(own) and all(prices.are_free for _, prices in self.tiers)

    def of(self, input_tokens: int) -> "Prices":
        """Those of the tier that a request of this size falls into."""
        higher = [prices for above, prices in self.tiers if input_tokens > above]
        return higher[-1] if higher else self

    def cost(self, usage: Usage) -> Decimal:
        """Providers do contradict themselves, so a part is never more than its whole."""
        prices = self.of(usage.input)
        cached = min(usage.cached_input, usage.input)
        written = min(usage.cache_write, usage.input - cached)
        reasoning = min(usage.reasoning, usage.output)
        millionths = (
            (usage.input - cached - written) * prices.input
            + cached * prices.cached_input
            + written * prices.cache_write
            + (usage.output - reasoning) * prices.output
            + reasoning * prices.reasoning
        )
        return (millionths / _MILLION).quantize(_SMALLEST)

    def most(self, input_tokens: int, output_tokens: int) -> Decimal:
        """The dearest that so many tokens can be, whatever of them is cached or reasoning."""
        prices = self.of(input_tokens)
        given = max(prices.input, prices.cached_input, prices.cache_write)
        taken = max(prices.output, prices.reasoning)
        millionths = input_tokens * given + output_tokens * taken
        return (millionths / _MILLION).quantize(_SMALLEST)


@dataclass(frozen=True, slots=True)
class Charge:
    """What one attempt used and cost; `cost_usd` is None where the price is unknown.

    `counted_by` says whose the tokens are; "" where there was nothing to count. `lost` is the part
    of `usage` that tries took which were given up: no other model would have needed it.
    """

    usage: Usage
    cost_usd: Decimal | None
    exactness: Exactness
    counted_by: CountedBy = ""
    lost: Usage = Usage()

    @property
    def kept(self) -> Usage:
        return self.usage - self.lost

    def after(self, lost: "Charge") -> "Charge":
        """The same with a try before it that was given up."""
        return Charge(
            self.usage + lost.usage,
            _sum(self.cost_usd, lost.cost_usd),
            max(self.exactness, lost.exactness, key=EXACTNESS.index),
            "estimate" if self.counted_by == "estimate" else lost.counted_by,
            self.lost + lost.usage,
        )


def charge(
    prices: Prices | None,
    *,
    answered: Answered,
    prompt: str,
    text: str,
    reasoning: str = "",
    reported: Usage | None = None,
    missing: Half = "",
    reported_cost_usd: Decimal | None = None,
) -> Charge:
    """The bill of one attempt. A request that was not answered at all costs exactly nothing."""
    if answered == "not":
        free = prices is not None and prices.are_free
        return Charge(Usage(), Decimal(0), "free" if free else "exact")
    lacks = missing if reported else "both"
    usage = reported or Usage()
    if lacks in ("input", "both"):
        usage = replace(usage, input=estimate_tokens(prompt))
    if lacks in ("output", "both"):
        # Thoughts that proved to be the answer were sent as both, and written once.
        thought = 0 if reasoning == text else estimate_tokens(reasoning)
        usage = replace(usage, output=estimate_tokens(text) + thought, reasoning=thought)
    by: CountedBy = "estimate" if lacks else "provider"
    exactness: Exactness = "partial" if answered == "partly" else "estimated" if lacks else "exact"
    if reported_cost_usd is not None:
        stated = reported_cost_usd.quantize(_SMALLEST)
        return Charge(usage, stated, "partial" if answered == "partly" else "exact", by)
    if prices is None:
        return Charge(usage, None, "unknown", by)
    return Charge(usage, prices.cost(usage), "free" if prices.are_free else exactness, by)


@dataclass(slots=True)
class Tally:
    """A turn's money so far.

    The baseline is what the last model of the cascade alone would have cost: its own attempt as
    measured where it was asked, else its prices on the tokens of the draft that stands.
    `instead_usd` is that part of it which belongs to the attempt just added. `only_draft_usd` is
    what the first model alone would have cost: its attempt as measured where it wrote anything,
    else its prices on the tokens of the attempt that did.
    """

    last_prices: Prices | None
    first_prices: Prices | None = None
    draft_usd: Decimal | None = Decimal(0)
    final_usd: Decimal | None = Decimal(0)
    baseline_usd: Decimal | None = Decimal(0)
    only_draft_usd: Decimal | None = Decimal(0)
    instead_usd: Decimal | None = None
    _settled_usd: Decimal | None = Decimal(0)
    _settled_draft_usd: Decimal | None = Decimal(0)
    _first_wrote: bool = False

    def add(self, bill: Charge, *, is_last: bool, is_first: bool = False) -> None:
        if is_last:
            self.final_usd = _sum(self.final_usd, bill.cost_usd)
            self.instead_usd = bill.cost_usd
        else:
            self.draft_usd = _sum(self.draft_usd, bill.cost_usd)
            self.instead_usd = self.last_prices.cost(bill.kept) if self.last_prices else None
        self.baseline_usd = _sum(self._settled_usd, self.instead_usd)
        self._add_to_only_draft(bill, is_first=is_first)

    def _add_to_only_draft(self, bill: Charge, *, is_first: bool) -> None:
        if self._first_wrote:
            return
        self._first_wrote = is_first and bill.kept.output > 0
        alone = self.first_prices.cost(bill.kept) if self.first_prices else None
        alone = bill.cost_usd if is_first else alone
        self.only_draft_usd = _sum(self._settled_draft_usd, alone)

    def settle(self) -> None:
        """The attempt just added stands, and another step follows it: their baselines add up."""
        self._settled_usd, self._settled_draft_usd = self.baseline_usd, self.only_draft_usd
        self._first_wrote = False

    @property
    def total_usd(self) -> Decimal | None:
        return _sum(self.draft_usd, self.final_usd)

    @property
    def saved_usd(self) -> Decimal | None:
        total, baseline = self.total_usd, self.baseline_usd
        return None if total is None or baseline is None else baseline - total


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other
