"""A model as configured, and the policy of a cascade. Both refuse what cannot work, at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, TypeVar

import httpx

from chat.cascade.errors import ConfigError
from chat.cascade.numeric import is_number, is_whole
from chat.cascade.presets import COMPATIBLE, PRESETS, Preset, service
from chat.cascade.pricing import PRICED, Prices
from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import Message, Request, ToolChoice, ToolSpec
from chat.cascade.quality.calibration import SHIPPED, Calibration, names_of_checks
from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.sandbox import Sandbox
from chat.cascade.routing import Complexity

# The guide's defaults, for a call and a model that both leave them open.
DEFAULT_MAX_TOKENS = 100
DEFAULT_MAX_TOKENS_WITH_TOOLS = 1000
DEFAULT_TEMPERATURE = 0.7
AUTO = ToolChoice()

T = TypeVar("T")
Number = Decimal | float | int | str

_PRICES = tuple(f"{name}_price" for name in PRICED)
_AZURE_VERSION = "api-version"
_HOST = re.compile(r"[\w.:-]+", re.ASCII)
_TIMERS = ("connect_timeout_s", "first_content_timeout_s", "idle_timeout_s", "total_timeout_s")

# Behind a draft stands another model, behind the last one none.
_DRAFT_BEGINS_S = 30.0
_LAST_BEGINS_S = 60.0


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """One model: where it is, what it costs, how long to wait for it. Raises ConfigError.

    `provider` is a kind in `PROVIDERS` or a name in `PRESETS`, which brings its `base_url` along.

    `first_content_timeout_s` None waits 30 s for a draft and 60 s for the last model, and longer
    for those that think silently or are still being loaded, as their preset says. `num_ctx` is
    Ollama's room for prompt and answer, in tokens; None makes it large enough.

    `logprobs` says whether its drafts are asked for the probabilities of their tokens; None asks
    the models that are known to give them.

    `cost` is the guide's blended price in USD per 1,000 tokens of any kind. The other prices are
    USD per million tokens and win over it; `cached_input_price` and `cache_write_price` default to
    `input_price`, `reasoning_price` to `output_price`. With neither, the cost of an attempt is
    unknown. `price_tiers` are other prices for long requests, `{"above": 200_000, "input": 4,
    "output": 18}`: all of a request with more input tokens than `above` is priced by them.

    Without `api_key`, the environment's is used for the service's own address only: OPENAI_API_KEY
    for OpenAI's, else the variable that its preset names.
    """

    name: str
    provider: str
    cost: Number | None = None
    input_price: Number | None = None
    cached_input_price: Number | None = None
    cache_write_price: Number | None = None
    output_price: Number | None = None
    reasoning_price: Number | None = None
    price_tiers: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    base_url: str | None = None
    api_key: str = field(default="", repr=False)
    max_tokens: int | None = None
    temperature: float | None = None
    system_prompt: str = field(default="", repr=False)
    logprobs: bool | None = None
    num_ctx: int | None = None
    extra_headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    connect_timeout_s: float = 5
    first_content_timeout_s: float | None = None
    idle_timeout_s: float = 20
    total_timeout_s: float = 300

    def __post_init__(self) -> None:
        self._set("name", _line("name", self.name))
        self._check_provider()
        for name in ("cost", *_PRICES):
            self._set(name, _price(name, getattr(self, name)))
        if (self.input_price is None) != (self.output_price is None):
            raise ConfigError("input_price and output_price must be given together")
        self._set("price_tiers", _tiers(self.price_tiers))
        if self.price_tiers and self.input_price is None:
            raise ConfigError("price_tiers need input_price and output_price for what is below")
        self._set("base_url", _base_url(self.base_url) or self._preset_base_url())
        self._set("api_key", _secret("api_key", self.api_key))
        self._set("extra_headers", _headers(self.extra_headers))
        if not isinstance(self.system_prompt, str):
            raise ConfigError(f"system_prompt is {self.system_prompt!r}, must be a text")
        if self.logprobs not in (None, True, False):
            raise ConfigError(f"logprobs is {self.logprobs!r}, must be True, False or None")
        check_sampling(self.max_tokens, self.temperature)
        if self.num_ctx is not None and (not is_whole(self.num_ctx) or self.num_ctx < 1):
            raise ConfigError(f"num_ctx is {self.num_ctx!r}, must be a whole number of at least 1")
        for name in _TIMERS:
            _check_seconds(name, getattr(self, name))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_provider(self) -> None:
        accepted = PRESETS.keys() | PROVIDERS.keys()
        if not isinstance(self.provider, str) or self.provider not in accepted:
            names = ", ".join(sorted(accepted))
            raise ConfigError(f"Unknown provider {self.provider!r}, must be one of: {names}")

    def _preset_base_url(self) -> str | None:
        """None leaves the address to the provider."""
        if self.provider in PROVIDERS:
            return None
        if address := PRESETS[self.provider].base_url:
            return address
        raise ConfigError(f"{self.provider} needs a base_url, for every customer has another")

    @property
    def kind(self) -> str:
        """The provider, in `PROVIDERS`, that speaks to it."""
        return self.provider if self.provider in PROVIDERS else PRESETS[self.provider].kind

    @property
    def prices(self) -> Prices | None:
        """USD per million tokens, or None where no price is known."""
        if self.input_price is not None:
            given = {name: getattr(self, f"{name}_price") for name in PRICED}
            return Prices.read({**given, "tiers": self.price_tiers})
        if self.cost is None:
            return None
        blended = Decimal(self.cost) * 1000
        return Prices.read({"input": blended, "output": blended})

    @property
    def preset(self) -> Preset:
        """The service it is at; a plain compatible one where that is not known."""
        if not self.kind.startswith("openai"):
            return PRESETS.get(self.provider, COMPATIBLE)
        if self.base_url is None:
            return PRESETS["openai"]
        return service("" if self.provider in PROVIDERS else self.provider, self.base_url)

    def begins_within_s(self, *, is_draft: bool) -> float:
        """How long its first content is waited for."""
        default = _DRAFT_BEGINS_S if is_draft else _LAST_BEGINS_S
        return _first(self.first_content_timeout_s, self.preset.begins_within_s(self.name), default)

    def request(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None,
        temperature: float | None,
        tools: tuple[ToolSpec, ...] = (),
        tool_choice: ToolChoice = AUTO,
        is_draft: bool = False,
    ) -> Request:
        """The caller's setting wins over the model's own, and that over the guide's default."""
        system: list[Message] = (
            [{"role": "system", "content": self.system_prompt}] if self.system_prompt else []
        )
        default = DEFAULT_MAX_TOKENS_WITH_TOOLS if tools else DEFAULT_MAX_TOKENS
        return Request(
            model=self.name,
            messages=(*system, *messages),
            max_tokens=_first(max_tokens, self.max_tokens, default),
            temperature=_first(temperature, self.temperature, DEFAULT_TEMPERATURE),
            base_url=self.base_url,
            api_key=self.api_key,
            extra_headers=self.extra_headers,
            connect_timeout_s=self.connect_timeout_s,
            tools=tools,
            tool_choice=tool_choice,
            service="" if self.provider in PROVIDERS else self.provider,
            logprobs=self.logprobs if is_draft else False,
            num_ctx=self.num_ctx,
        )


# A draft must score at least this. Untrained: an easy question is seldom worth a second answer, and
# the harder it is, the less a mere absence of faults proves.
DEFAULT_THRESHOLDS: Mapping[Complexity, float] = MappingProxyType(
    {
        Complexity.TRIVIAL: 0.50,
        Complexity.SIMPLE: 0.60,
        Complexity.MODERATE: 0.70,
        Complexity.HARD: 0.75,
        Complexity.EXPERT: 0.80,
    }
)


# The share of drafts that is kept, by complexity, until there is any experience. Set by hand.
EXPECTED_ACCEPTANCE: Mapping[Complexity, float] = MappingProxyType(
    {
        Complexity.TRIVIAL: 0.95,
        Complexity.SIMPLE: 0.85,
        Complexity.MODERATE: 0.75,
        Complexity.HARD: 0.6,
        Complexity.EXPERT: 0.45,
    }
)


@dataclass(frozen=True, slots=True)
class CascadePolicy:
    """`thresholds`, 0 to 1, may name some levels only; questions at `direct_from` or above skip the
    drafts and go straight to the last model (None: never). `calibrations`, by a draft model's name,
    are what its drafts are judged with where that is not what is shipped. In a `sandbox` the code
    of drafts is run against the question's own examples. `checks_off` are names of checks that are
    left out; how a draft ended counts all the same."""

    thresholds: Mapping[Complexity, float] = field(default_factory=dict, hash=False)
    direct_from: Complexity | None = Complexity.EXPERT
    calibrations: Mapping[str, Calibration] = field(default_factory=dict, hash=False)
    sandbox: Sandbox | None = None
    checks_off: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not isinstance(self.thresholds, Mapping):
            raise ConfigError('thresholds must be by complexity, like {"simple": 0.5}')
        given = {complexity_named(level): value for level, value in self.thresholds.items()}
        for level, value in given.items():
            if not is_number(value) or not 0 <= value <= 1:
                raise ConfigError(f"threshold for {level} is {value!r}, must be from 0 to 1")
        merged = MappingProxyType({**DEFAULT_THRESHOLDS, **given})
        object.__setattr__(self, "thresholds", merged)
        if self.direct_from is not None:
            object.__setattr__(self, "direct_from", complexity_named(self.direct_from))
        if not isinstance(self.calibrations, Mapping) or not all(
            isinstance(given, Calibration) for given in self.calibrations.values()
        ):
            raise ConfigError("calibrations must be Calibrations by a draft model's name")
        if self.sandbox is not None and not hasattr(self.sandbox, "run"):
            raise ConfigError(f"sandbox is {self.sandbox!r}, must be what open_sandbox() gives")
        object.__setattr__(self, "checks_off", names_of_checks(self.checks_off))

    def calibration(self, model: str) -> Calibration:
        return self.calibrations.get(model, SHIPPED)

    def expected_acceptance(self, model: str, kind: Kind, complexity: Complexity) -> float:
        """The share of such drafts that is kept: as seen, or as guessed before anything was."""
        return self.calibration(model).acceptance.get(kind, EXPECTED_ACCEPTANCE[complexity])

    def goes_direct(self, complexity: Complexity) -> bool:
        return self.direct_from is not None and complexity.level >= self.direct_from.level


def complexity_named(name: str) -> Complexity:
    try:
        return Complexity(name)
    except ValueError:
        accepted = ", ".join(Complexity)
        raise ConfigError(f"Unknown complexity {name!r}, must be one of: {accepted}") from None


def check_sampling(max_tokens: int | None, temperature: float | None) -> None:
    """Raises ConfigError; None is a setting left open."""
    if max_tokens is not None and (not is_whole(max_tokens) or max_tokens < 1):
        raise ConfigError(f"max_tokens is {max_tokens!r}, must be a whole number of at least 1")
    if temperature is not None and (not is_number(temperature) or not 0 <= temperature <= 2):
        raise ConfigError(f"temperature is {temperature!r}, must be a number from 0 to 2")


def _first(*values: T | None) -> T:
    return next(value for value in values if value is not None)


def _line(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ConfigError(f"{name} is {value!r}, must be one line of text")
    return value.strip()


def _price(name: str, value: Number | None) -> Decimal | None:
    if value is None:
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        price = Decimal(-1)
    if isinstance(value, bool) or not price.is_finite() or price < 0:
        raise ConfigError(f"{name} is {value!r}, must be a number of USD of at least 0")
    return price


def _tiers(given: object) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(tier, Mapping) for tier in given):
        raise ConfigError('price_tiers must be a list like [{"above": 200000, "input": 4, …}]')
    tiers = tuple(MappingProxyType(dict(tier)) for tier in given)
    for tier in tiers:
        if unknown := tier.keys() - {"above", *PRICED}:
            raise ConfigError(
                f"price_tiers name {min(unknown, key=str)!r}, must name above or a price"
            )
        above: Any = tier.get("above")
        if not is_whole(above) or above < 1:
            raise ConfigError(f"above is {above!r} in price_tiers, must be a number of tokens")
        for name in PRICED:
            if _price(name, tier.get(name)) is None and name in ("input", "output"):
                raise ConfigError(f"price_tiers lack {name}, must give input and output")
    if len({tier["above"] for tier in tiers}) < len(tiers):
        raise ConfigError("price_tiers give one number of tokens twice")
    return tiers


def _base_url(value: object) -> str | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str):
        raise ConfigError(f"base_url is {value!r}, must be like https://host/v1")
    try:
        url = httpx.URL(value.strip())
    except httpx.InvalidURL:
        raise ConfigError("base_url is not an address, must be like https://host/v1") from None
    if url.userinfo or url.fragment or (url.query and [*url.params] != [_AZURE_VERSION]):
        raise ConfigError(
            "base_url must not hold a user name, a password, a fragment, "
            f"or any query but Azure's {_AZURE_VERSION}"
        )
    is_host = bool(_HOST.fullmatch(url.raw_host.decode("ascii", "replace")))
    if url.scheme not in ("http", "https") or not is_host or not 0 < (url.port or 1) < 65_536:
        raise ConfigError(f"base_url is {value!r}, must be like https://host/v1")
    return value.strip()


def _secret(name: str, value: object) -> str:
    """The value is never part of the error."""
    if not isinstance(value, str):
        raise ConfigError(f"{name} is {type(value).__name__}, must be a text")
    text = value.strip().strip("\ufeff").strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(f"{name} holds characters that a key never has, must be printable ASCII")
    return text


def _headers(headers: object) -> Mapping[str, str]:
    if not isinstance(headers, Mapping):
        raise ConfigError('extra_headers must be by name, like {"X-Title": "Our chat"}')
    for name, value in headers.items():
        letters = name.replace("-", "").replace("_", "") if isinstance(name, str) else ""
        if not letters.isascii() or not letters.isalnum():
            raise ConfigError(f"extra_headers has the name {name!r}, must be letters and hyphens")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise ConfigError(f"extra_headers[{name!r}] must be printable ASCII")
    return MappingProxyType(dict(headers))


def _check_seconds(name: str, value: object) -> None:
    if value is None and name == "first_content_timeout_s":
        return
    if not is_number(value) or value <= 0:
        raise ConfigError(f"{name} is {value!r}, must be a number of seconds above 0")
