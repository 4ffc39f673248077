"""What an operator sets up: providers, models and their prices, cascades."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
)
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat import cascade as engine
from chat.cascade.pricing import PRICED
from chat.cascade.providers import PROVIDERS
from chat.models.fields import UsdField
from chat.models.rules import (
    accepted,
    accepted_headers,
    accepted_tiers,
    one_line,
    price_per_million,
    reachable,
)
from chat.sentences import told


def provider_kinds() -> list[tuple[str, str]]:
    """A function, so that a new kind of provider needs no migration."""
    return [(kind, kind) for kind in sorted(PROVIDERS)]


# So low that what a turn can cost fits its column.
_USD = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1_000_000))]

_SECONDS = [MinValueValidator(1), MaxValueValidator(3_600)]


class Provider(models.Model):
    """An endpoint that serves models, and where its key is found."""

    name = models.CharField(max_length=80, unique=True, validators=[one_line])
    kind = models.CharField(
        max_length=20,
        choices=provider_kinds,
        help_text="The wire format it speaks. Most services speak openai.",
    )
    base_url = models.CharField(
        "base URL",
        max_length=300,
        blank=True,
        help_text="Empty means the vendor's own address.",
    )
    key_variable = models.CharField(
        "key from environment variable",
        max_length=80,
        blank=True,
        validators=[
            RegexValidator(
                r"^(LLM_KEY_[A-Z0-9_]+|(OPENAI|ANTHROPIC|GEMINI|GOOGLE)_API_KEY)$",
                gettext_lazy("Name LLM_KEY_…, or OPENAI_, ANTHROPIC_, GEMINI_ or GOOGLE_API_KEY."),
            )
        ],
        help_text="Its name, not the key: LLM_KEY_…, or OPENAI_API_KEY, ANTHROPIC_API_KEY, "
        "GEMINI_API_KEY, GOOGLE_API_KEY.",
    )
    # Stored by `chat.setup.keys` alone, and part of no dump.
    key_encrypted = models.TextField(blank=True, editable=False, serialize=False)
    key_last_four = models.CharField(max_length=4, blank=True, editable=False, serialize=False)
    key_set_at = models.DateTimeField(null=True, editable=False, serialize=False)
    key_set_by = models.CharField(max_length=150, blank=True, editable=False, serialize=False)
    extra_headers = models.JSONField(
        default=dict,
        blank=True,
        serialize=False,
        help_text='Sent with every request: {"X-Title": "Our chat"}. Keys have their own field.',
    )
    connect_timeout_s = models.PositiveIntegerField(
        "connected within, s",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="Empty: 5 s. How long to wait for an answer is set for each model.",
    )
    tested_at = models.DateTimeField(null=True, editable=False)
    test_result = models.JSONField(default=dict, editable=False)

    warning = ""
    """What `clean` has to say of an address that it lets through."""

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.extra_headers is None:  # as an emptied field says
            self.extra_headers = {}
        accepted_headers(self.extra_headers)
        accepted("base_url", base_url=self.base_url)
        self.warning = reachable("base_url", self.base_url)


CAPABILITIES = {
    "tools": gettext_lazy("calls tools"),
    "logprobs": gettext_lazy("gives the probabilities of its tokens"),
}
"""What is to be known of a model beyond its limits; nothing ticked means that nothing is known."""


class ModelConfig(models.Model):
    """A model of a provider; what it costs is in `Price`, newest first."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="model_configs")
    name = models.CharField(max_length=120, help_text="As the provider spells it: gpt-4o-mini.")
    display_name = models.CharField(
        max_length=80,
        blank=True,
        validators=[one_line],
        help_text="What it is called on this desk; empty means its name. Readers and the ledger "
        "have the name.",
    )
    context_window = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000_000)],
        help_text="Tokens of question and answer together. Cascades are checked against it.",
    )
    max_tokens = models.PositiveIntegerField(
        default=2_000,
        validators=[MinValueValidator(1), MaxValueValidator(10_000_000)],
        help_text="The longest answer to ask for, in tokens.",
    )
    temperature = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(2.0)],
        help_text="0 to 2; empty means 0.7.",
    )
    first_content_timeout_s = models.PositiveIntegerField(
        "first words within, s",
        null=True,
        blank=True,
        validators=_SECONDS,
        help_text="Empty: 30 s for a draft and 60 s for the last model, longer for those that "
        "think silently.",
    )
    idle_timeout_s = models.PositiveIntegerField(
        "longest pause, s",
        null=True,
        blank=True,
        validators=_SECONDS,
        help_text="Between two words. Empty: 20 s.",
    )
    total_timeout_s = models.PositiveIntegerField(
        "whole answer within, s",
        null=True,
        blank=True,
        validators=_SECONDS,
        help_text="Empty: 300 s.",
    )
    capabilities = models.JSONField(default=list, blank=True)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["provider__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "name"], name="one_config_per_model")
        ]

    def __str__(self) -> str:
        return f"{self.display_name or self.name} ({self.provider})"

    def clean(self) -> None:
        accepted("name", name=self.name)
        if not isinstance(self.capabilities, list) or set(self.capabilities) - CAPABILITIES.keys():
            raise ValidationError(
                {
                    "capabilities": _("Known are: {capabilities}.").format(
                        capabilities=", ".join(CAPABILITIES)
                    )
                }
            )

    def price_now(self) -> "Price | None":
        """The price in force, from `prices` where they were fetched with it."""
        now = timezone.now()
        return next((price for price in self.prices.all() if price.effective_from <= now), None)


class Price(models.Model):
    """What a model costs from then on. Rows are added, never edited."""

    model_config = models.ForeignKey(ModelConfig, models.CASCADE, related_name="prices")
    effective_from = models.DateTimeField(default=timezone.now)
    input = UsdField(validators=[price_per_million])
    cached_input = UsdField(null=True, blank=True, validators=[price_per_million])
    cache_write = UsdField(null=True, blank=True, validators=[price_per_million])
    output = UsdField(validators=[price_per_million])
    reasoning = UsdField(null=True, blank=True, validators=[price_per_million])
    tiers = models.JSONField(
        default=list,
        blank=True,
        help_text='Prices of long requests: [{"above": 200000, "input": "4", "output": "18"}]. All '
        "of a request with more input tokens than that is priced by them.",
    )

    class Meta:
        ordering = ["-effective_from"]
        get_latest_by = "effective_from"
        constraints = [
            models.UniqueConstraint(
                fields=["model_config", "effective_from"], name="one_price_per_moment"
            )
        ]

    def __str__(self) -> str:
        return f"${self.input.normalize():f} in, ${self.output.normalize():f} out"

    def kept(self) -> dict[str, Any]:
        """As it is kept on an attempt: decimal strings by name; `tiers` where there are any."""
        prices: dict[str, Any] = {name: _text(getattr(self, name)) for name in PRICED}
        return prices | ({"tiers": self.tiers} if self.tiers else {})

    def clean(self) -> None:
        self.tiers = self.tiers or []  # an emptied field says None
        accepted_tiers(self.tiers)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


class CascadeQuerySet(models.QuerySet["Cascade"]):
    def offered(self) -> "CascadeQuerySet":
        """Those to choose from, the default first; `is_demo` where every model is simulated."""
        real = CascadeStep.objects.filter(cascade=OuterRef("pk")).exclude(
            model_config__provider__kind="demo"
        )
        return self.filter(enabled=True).annotate(is_demo=~Exists(real))

    def real(self) -> "CascadeQuerySet":
        """Of those to choose from, all but the demo's."""
        return self.offered().filter(is_demo=False)  # type: ignore[misc]  # annotated there

    async def default(self) -> "Cascade | None":
        return await self.offered().afirst()


class Cascade(models.Model):
    """An ordered list of models and the policy that governs them."""

    name = models.CharField(max_length=80, unique=True, validators=[one_line])
    is_default = models.BooleanField(
        default=False, help_text="New conversations begin with this cascade."
    )
    enabled = models.BooleanField(default=True)
    thresholds = models.JSONField(
        default=dict,
        blank=True,
        help_text='Score a draft needs, by complexity: {"simple": 0.6}. Levels not named keep '
        "the engine's own.",
    )
    direct_from = models.CharField(
        max_length=10,
        blank=True,
        default=engine.Complexity.EXPERT,
        choices=[(level.value, gettext_lazy(level.value)) for level in engine.Complexity],
        help_text="Questions this hard, or harder, skip the draft. Empty: never skip it.",
    )
    checks_off = models.JSONField(default=list, blank=True)
    budget_usd = UsdField(
        verbose_name="budget for one answer, USD",
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.000001")), MaxValueValidator(Decimal(10_000))],
        help_text="A model that could take an answer above it is not asked: a draft that is there "
        "stays, and its reader is told. Empty: no such limit.",
    )
    system_prompt = models.TextField(blank=True, validators=[MaxLengthValidator(100_000)])
    tools = models.JSONField(
        default=list, blank=True, help_text="What its models may use in an answer."
    )
    promise_percent = models.DecimalField(
        "promise: at most this much worse, %",
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(Decimal(50))],
        help_text="Than always asking the last model, wrong at most one time in ten. Drafts are "
        "then kept from the score at which past comparisons prove it. Empty: no promise.",
    )
    shadow_percent = models.DecimalField(
        "shadow checks, % of kept drafts",
        max_digits=4,
        decimal_places=1,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text="This share of kept drafts is also answered by the last model and compared. The "
        "reader does not see it and the ledger does. 0 is off.",
    )
    shadow_usd_a_day = UsdField(
        verbose_name="shadow checks, USD a day",
        default=Decimal(1),
        validators=_USD,
        help_text="What they may cost a day, in all conversations of this cascade.",
    )
    titles = models.BooleanField(
        "titles by the first model",
        default=False,
        help_text="After a conversation's first answer its first model is asked for a title, which "
        "the ledger counts. Off: the title is the beginning of the question.",
    )
    model_configs = models.ManyToManyField(ModelConfig, through="CascadeStep")

    objects = CascadeQuerySet.as_manager()

    class Meta:
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="one_default_cascade"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        for name in ("thresholds", "checks_off"):
            try:
                engine.CascadePolicy(**{name: getattr(self, name)})
            except (engine.ConfigError, AttributeError, TypeError) as error:
                ours = (
                    told(str(error))
                    if isinstance(error, engine.ConfigError)
                    else _("of another shape.")
                )
                raise ValidationError({name: ours}) from error


class CascadeStep(models.Model):
    """A model's place in a cascade; the lowest position drafts, the highest has the last word."""

    cascade = models.ForeignKey(Cascade, models.CASCADE, related_name="steps")
    model_config = models.ForeignKey(ModelConfig, models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["cascade", "position"], name="one_step_per_position"),
            models.UniqueConstraint(fields=["cascade", "model_config"], name="one_step_per_model"),
        ]

    def __str__(self) -> str:
        return f"{self.cascade}, {self.position}: {self.model_config}"
