"""What is kept: the set-up, conversations and their turns, and the ledger.

Money is `Decimal` USD; prices are per million tokens. A null amount means that no price was known,
never zero. Names and prices an attempt was made with are copied onto it, so history is never
re-priced and outlives the set-up it came from.
"""

import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from chat import cascade as engine
from chat.cascade.providers import PROVIDERS
from chat.turns.state import TurnStatus

PROMPT_LIMIT = 16_000
LIVE = (TurnStatus.QUEUED, TurnStatus.RUNNING)


def provider_kinds() -> list[tuple[str, str]]:
    """A function, so that a new kind of provider needs no migration."""
    return [(kind, kind) for kind in sorted(PROVIDERS)]


def _accepted(field: str, **settings: Any) -> None:
    """The engine's own rules for a model, as a form's error on a field."""
    try:
        engine.ModelConfig(**({"name": "any", "provider": "openai"} | settings))
    except engine.ConfigError as error:
        raise ValidationError({field: str(error)}) from error


# Dearer than any model, and so low that what a turn can cost fits its column.
_PRICE = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1_000_000))]


class UsdField(models.DecimalField):  # type: ignore[type-arg]  # generic only in the stubs
    """An amount in USD, exact to 10 digits after the point: a token may cost $0.00000005."""

    def __init__(self, **options: object) -> None:
        super().__init__(**({"max_digits": 20, "decimal_places": 10} | options))  # type: ignore[arg-type]  # the stubs know no dict of options


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
        _accepted("base_url", base_url=self.base_url)


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
        _accepted("name", name=self.name)


class Price(models.Model):
    """What a model costs from then on. Rows are added, never edited."""

    model_config = models.ForeignKey(ModelConfig, models.CASCADE, related_name="prices")
    effective_from = models.DateTimeField(default=timezone.now)
    input = UsdField(validators=_PRICE)
    cached_input = UsdField(null=True, blank=True, validators=_PRICE)
    output = UsdField(validators=_PRICE)
    reasoning = UsdField(null=True, blank=True, validators=_PRICE)

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


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def listed(self, user: User) -> "ConversationQuerySet":
        """A user's own, last used first; `is_live` where an answer is being written."""
        live = Turn.objects.filter(conversation=OuterRef("pk"), status__in=LIVE)
        return self.filter(user=user).annotate(is_live=Exists(live))


class Conversation(models.Model):
    """A user's tree of turns; the shown path ends at `head`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=120)
    cascade = models.ForeignKey(Cascade, models.SET_NULL, null=True, blank=True)
    head = models.ForeignKey("Turn", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["user", "-updated_at"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("chat:conversation", args=[self.id])


class Turn(models.Model):
    """One prompt and all that was done to answer it.

    Two constraints carry two promises: a client id starts one turn however often it is sent, and a
    conversation has at most one live turn.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")
    client_id = models.UUIDField()
    prompt = models.TextField()
    cascade = models.ForeignKey(Cascade, models.SET_NULL, null=True, blank=True)
    status = models.CharField(max_length=12, default=TurnStatus.QUEUED)
    last_seq = models.PositiveIntegerField(default=0)
    stop_requested = models.BooleanField(default=False)
    epoch = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    strategy = models.CharField(max_length=10, blank=True)
    complexity = models.CharField(max_length=10, blank=True)
    reason = models.TextField(blank=True)
    model_names = models.JSONField(default=list)
    predicted_acceptance = models.FloatField(null=True)

    total_usd = UsdField(null=True, default=Decimal(0))
    baseline_usd = UsdField(null=True)
    saved_usd = UsdField(null=True)
    exactness = models.CharField(max_length=10, default="free")
    latency_ms = models.PositiveIntegerField(null=True)
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=40, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "client_id"], name="one_turn_per_client_id"
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(status__in=LIVE),
                name="one_live_turn_per_conversation",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class Attempt(models.Model):
    """One model's try within a turn, and its ledger row: written before the request is sent.

    It outlives its turn, so the ledger stays whole when a conversation is deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    turn = models.ForeignKey(Turn, models.SET_NULL, null=True, related_name="attempts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    model_config = models.ForeignKey(ModelConfig, models.SET_NULL, null=True)
    number = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=10)
    model = models.CharField(max_length=120)
    provider = models.CharField(max_length=20)
    prices = models.JSONField(default=dict)

    status = models.CharField(max_length=12, default="waiting")
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    decision = models.JSONField(null=True)
    switch_reason = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)

    settled = models.BooleanField(default=False)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cached_input_tokens = models.PositiveBigIntegerField(default=0)
    reasoning_tokens = models.PositiveBigIntegerField(default=0)
    cost_usd = UsdField(null=True)
    exactness = models.CharField(max_length=10, blank=True)
    finish = models.CharField(max_length=40, blank=True)
    first_token_ms = models.PositiveIntegerField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["turn", "number"], name="one_attempt_per_number"),
        ]
        indexes = [models.Index(fields=["created_at"]), models.Index(fields=["user", "created_at"])]

    def __str__(self) -> str:
        return f"{self.role} by {self.model}"


class Feedback(models.Model):
    """A reader's thumb on a turn's answer: +1 or -1, and perhaps a word why."""

    turn = models.OneToOneField(Turn, models.CASCADE, related_name="feedback")
    value = models.SmallIntegerField(choices=[(1, "good"), (-1, "not good")])
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.get_value_display()


class Budget(models.Model):
    """The most that may be spent in a scope; what is spent and reserved stays within it."""

    scope = models.CharField(
        max_length=14,
        choices=[
            ("global", "everybody"),
            ("user", "a user a day"),
            ("conversation", "conversation"),
        ],
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True)
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, blank=True)
    day = models.DateField(null=True, blank=True)
    limit_usd = UsdField()
    spent_usd = UsdField(default=Decimal(0))
    reserved_usd = UsdField(default=Decimal(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope"], condition=Q(scope="global"), name="one_global_budget"
            ),
            models.UniqueConstraint(
                fields=["user", "day"],
                condition=Q(scope="user"),
                name="one_budget_per_user_and_day",
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(scope="conversation"),
                name="one_budget_per_conversation",
            ),
        ]

    def __str__(self) -> str:
        return f"${self.limit_usd.normalize():f}, {self.get_scope_display()}"
