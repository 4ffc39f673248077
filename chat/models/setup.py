"""What an operator sets up: providers, models and their prices, cascades."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chat import cascade as engine
from chat.cascade.providers import PROVIDERS
from chat.models.fields import UsdField


def provider_kinds() -> list[tuple[str, str]]:
    """A function, so that a new kind of provider needs no migration."""
    return [(kind, kind) for kind in sorted(PROVIDERS)]


def accepted(field: str, **settings: Any) -> None:
    """The engine's own rules for a model, as a form's error on a field."""
    try:
        engine.ModelConfig(**({"name": "any", "provider": "openai"} | settings))
    except engine.ConfigError as error:
        raise ValidationError({field: str(error)}) from error


# Dearer than any model, and so low that what a turn can cost fits its column.
_PRICE = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1_000_000))]


class Provider(models.Model):
    """An endpoint that serves models, and where its key is found."""

    name = models.CharField(max_length=80, unique=True)
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
                "Name LLM_KEY_…, or OPENAI_, ANTHROPIC_, GEMINI_ or GOOGLE_API_KEY.",
            )
        ],
        help_text="Its name, not the key: LLM_KEY_…, or OPENAI_API_KEY, ANTHROPIC_API_KEY, "
        "GEMINI_API_KEY, GOOGLE_API_KEY.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        accepted("base_url", base_url=self.base_url)


class ModelConfig(models.Model):
    """A model of a provider; what it costs is in `Price`, newest first."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="model_configs")
    name = models.CharField(max_length=120, help_text="As the provider spells it: gpt-4o-mini.")
    context_window = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens.")
    max_tokens = models.PositiveIntegerField(
        default=2_000,
        validators=[MinValueValidator(1)],
        help_text="The longest answer to ask for, in tokens.",
    )
    temperature = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(2.0)],
        help_text="0 to 2; empty means 0.7.",
    )
    capabilities = models.JSONField(default=list, blank=True)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["provider__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "name"], name="one_config_per_model")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.provider})"

    def clean(self) -> None:
        accepted("name", name=self.name)


class Price(models.Model):
    """What a model costs from then on. Rows are added, never edited."""

    model_config = models.ForeignKey(ModelConfig, models.CASCADE, related_name="prices")
    effective_from = models.DateTimeField(default=timezone.now)
    input = UsdField(validators=_PRICE)
    cached_input = UsdField(null=True, blank=True, validators=_PRICE)
    cache_write = UsdField(null=True, blank=True, validators=_PRICE)
    output = UsdField(validators=_PRICE)
    reasoning = UsdField(null=True, blank=True, validators=_PRICE)
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

    def clean(self) -> None:
        accepted("tiers", price_tiers=self.tiers or (), input_price=1, output_price=1)


class CascadeQuerySet(models.QuerySet["Cascade"]):
    def offered(self) -> "CascadeQuerySet":
        """Those to choose from, the default first; `is_demo` where every model is simulated."""
        real = CascadeStep.objects.filter(cascade=OuterRef("pk")).exclude(
            model_config__provider__kind="demo"
        )
        return self.filter(enabled=True).annotate(is_demo=~Exists(real))

    async def default(self) -> "Cascade | None":
        return await self.offered().afirst()


class Cascade(models.Model):
    """An ordered list of models and the policy that governs them."""

    name = models.CharField(max_length=80, unique=True)
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
        choices=[(level.value, level.value) for level in engine.Complexity],
        help_text="Questions this hard, or harder, skip the draft. Empty: never skip it.",
    )
    system_prompt = models.TextField(blank=True)
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
        validators=_PRICE,
        help_text="What they may cost a day, in all conversations of this cascade.",
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
        return f"{self.position}: {self.model_config}"
