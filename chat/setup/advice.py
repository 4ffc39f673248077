"""What an operator should know of a cascade before a reader finds out: pure, from its set-up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from chat.cascade.pricing import Prices, Usage
from chat.models import Cascade, ModelConfig
from chat.tools import gone


@dataclass(frozen=True, slots=True)
class Member:
    """A model of the cascade as it stands now; `kept` is its price in force, as it is kept."""

    name: str
    enabled: bool = True
    kept: dict[str, Any] = field(default_factory=dict)
    context_window: int | None = None
    max_tokens: int = 2_000
    capabilities: Sequence[str] = ()

    @classmethod
    def of(cls, config: ModelConfig) -> "Member":
        """Reads the provider and the prices: fetch them with it where there are many."""
        price = config.price_now()
        return cls(
            name=config.name,
            enabled=config.enabled,
            kept=price.kept() if price else {},
            context_window=config.context_window,
            max_tokens=config.max_tokens,
            capabilities=config.capabilities,
        )

    @property
    def short_answer_usd(self) -> Decimal | None:
        """What a short question and its answer cost."""
        prices = Prices.read(self.kept)
        return prices.cost(Usage(input=1_000, output=500)) if prices else None


@dataclass(frozen=True, slots=True)
class Terms:
    """What else the cascade says that its models have to fit."""

    tools: bool = False
    gone_tools: Sequence[str] = ()
    promises: bool = False
    checks_off: bool = False
    budget_usd: Decimal | None = None

    @classmethod
    def of(cls, cascade: Cascade) -> "Terms":
        return cls(
            tools=bool(cascade.tools),
            gone_tools=gone(cascade.tools),
            promises=cascade.promise_percent is not None,
            checks_off=bool(cascade.checks_off),
            budget_usd=cascade.budget_usd,
        )


def advice(members: Sequence[Member], terms: Terms) -> list[str]:
    """Sentences, the gravest first; none where nothing is to be said."""
    return [*_playing(members), *_prices(members), *_limits(members), *_terms(members, terms)]


def advice_on(cascade: Cascade) -> list[str]:
    members = [Member.of(step.model_config) for step in cascade.steps.all()]
    return advice(members, Terms.of(cascade))


def _playing(members: Sequence[Member]) -> Iterator[str]:
    off = [member.name for member in members if not member.enabled]
    yield from (_("{name} is off, so it is not asked.").format(name=name) for name in off)
    if len(members) - len(off) < 2:
        yield _("Fewer than two of its models are on: it cannot answer.")


def _prices(members: Sequence[Member]) -> Iterator[str]:
    for member in members:
        if not member.kept:
            yield _("No price of {name} is known, so nothing can be said to be saved.").format(
                name=member.name
            )
    for draft, later in pairwise([member for member in members if member.enabled]):
        drafts, laters = draft.short_answer_usd, later.short_answer_usd
        if drafts is None or laters is None or not (drafts or laters):
            continue
        if laters < drafts:
            yield _("{name} is cheaper than {draft}, which drafts: a draft saves nothing.").format(
                name=later.name, draft=draft.name
            )
        elif laters == drafts:
            yield _("{draft} and {name} cost the same: a draft saves nothing.").format(
                draft=draft.name, name=later.name
            )


def _limits(members: Sequence[Member]) -> Iterator[str]:
    for member in members:
        if member.context_window is not None and member.max_tokens >= member.context_window:
            yield _("{name} may answer as much as it can hold: no room for a question.").format(
                name=member.name
            )
    for draft, later in pairwise(members):
        if (later.context_window or 0) < (draft.context_window or 0) and later.context_window:
            yield _("{name} holds less than {draft}: long conversations may not fit.").format(
                name=later.name, draft=draft.name
            )
        if later.max_tokens < draft.max_tokens:
            yield _("{name} may answer less than {draft}: long answers may be cut off.").format(
                name=later.name, draft=draft.name
            )


def _terms(members: Sequence[Member], terms: Terms) -> Iterator[str]:
    if terms.tools:
        for member in members:
            if member.capabilities and "tools" not in member.capabilities:
                yield _("{name} is not known to call tools, and this cascade offers some.").format(
                    name=member.name
                )
    if terms.gone_tools:
        yield _("Not offered, since their servers are off or have them no longer: {tools}.").format(
            tools=", ".join(terms.gone_tools)
        )
    if terms.promises and terms.checks_off:
        yield _("While checks are off no promise is kept: it was proved with all of them.")
    if terms.budget_usd is not None:
        for member in members:
            least = member.short_answer_usd
            if least is None:
                yield _(
                    "The budget for one answer never allows {name}: its price is unknown."
                ).format(name=member.name)
            elif least > terms.budget_usd:
                yield _("The budget for one answer is too small for any answer of {name}.").format(
                    name=member.name
                )
