"""What was spent, a row for each attempt, and what may be."""

import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _

from chat.models.conversations import Turn
from chat.models.fields import UsdField
from chat.models.setup import ModelConfig

SHADOW = "shadow"
"""The role of the last model's attempt to compare a kept draft with."""

TITLE = "title"
"""The role of the first model's attempt to say what a conversation is about."""

BESIDE = (SHADOW, TITLE)
"""Roles of attempts that no reader sees in a turn, though they belong to one."""


class Kind(models.Func):
    """What a draft was judged as, out of its decision; written as an index knows it again."""

    output_field = models.CharField()
    arity = 1

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        template = "JSON_EXTRACT(%(expressions)s, '$.kind')"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s ->> 'kind')", **context)


class Attempt(models.Model):
    """One model's try within a turn, and its ledger row: written before the request is sent.

    It outlives its turn, so the ledger stays whole when a conversation is deleted. `began_ms` and
    `decided_ms` count from the turn's begin, its other times from its own.
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
    tool_calls = models.JSONField(default=list, blank=True)
    decision = models.JSONField(null=True)
    switch_reason = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)

    settled = models.BooleanField(default=False)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cached_input_tokens = models.PositiveBigIntegerField(default=0)
    cache_write_tokens = models.PositiveBigIntegerField(default=0)
    reasoning_tokens = models.PositiveBigIntegerField(default=0)
    counted_by = models.CharField(max_length=8, blank=True)
    cost_usd = UsdField(null=True)
    exactness = models.CharField(max_length=10, blank=True)
    finish = models.CharField(max_length=40, blank=True)
    first_token_ms = models.PositiveIntegerField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    began_ms = models.PositiveIntegerField(null=True)
    decided_ms = models.PositiveIntegerField(null=True)
    thought_ms = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["turn", "number"], name="one_attempt_per_number"),
        ]
        indexes = [
            models.Index(fields=["user", "created_at"]),
            # With all that the desk tells of the last days, and of single decisions.
            models.Index(
                fields=[
                    "created_at",
                    "model_config",
                    "role",
                    "status",
                    "cost_usd",
                    "first_token_ms",
                ],
                name="health_of_attempts",
            ),
            models.Index(
                fields=["-created_at", "status"],
                condition=Q(decision__isnull=False),
                name="decisions_by_time",
            ),
            models.Index(
                Kind("decision"),
                models.F("created_at").desc(),
                condition=Q(decision__isnull=False),
                name="decisions_by_kind",
            ),
            models.Index(
                fields=["created_at"], condition=Q(settled=False), name="unsettled_attempts"
            ),
            # With all that costs are summed from: the rows themselves are wide with their texts.
            models.Index(
                fields=[
                    "turn",
                    "model",
                    "provider",
                    "role",
                    "cost_usd",
                    "input_tokens",
                    "output_tokens",
                    "cached_input_tokens",
                    "cache_write_tokens",
                    "reasoning_tokens",
                    "exactness",
                    "counted_by",
                ],
                name="sums_of_attempts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} by {self.model}"


class Decision(Attempt):
    """A draft that was judged; the same rows."""

    class Meta:
        proxy = True
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.model}, {self.created_at:%Y-%m-%d %H:%M}"


class Scope(models.TextChoices):
    """What a budget is for. A user's begins anew every day, in the server's time zone."""

    GLOBAL = "global", _("everybody, in all")
    USER = "user", _("a user a day")
    CONVERSATION = "conversation", _("a conversation")


class Budget(models.Model):
    """The most that may be spent in a scope; no row, no limit. `user` None: whoever has no own."""

    scope = models.CharField(max_length=12, choices=Scope.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        help_text="For a user a day: whose. Empty: everybody's who has none of their own.",
    )
    limit_usd = UsdField(verbose_name="limit, USD", validators=[MinValueValidator(Decimal(0))])

    class Meta:
        ordering = ["scope", "user__username"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope"],
                condition=Q(user=None),
                name="one_budget_per_scope",
                violation_error_message=_("There is such a budget already: change its limit."),
            ),
            models.UniqueConstraint(
                fields=["user"],
                name="one_budget_per_user",
                violation_error_message=_("This user has a budget already: change its limit."),
            ),
            models.CheckConstraint(
                condition=Q(user=None) | Q(scope="user"),
                name="only_a_users_budget_has_a_user",
                violation_error_message=_("Only a budget for a user a day can be one user's."),
            ),
        ]

    def __str__(self) -> str:
        return f"${self.limit_usd.normalize():f}, {self.user or self.get_scope_display()}"


class Spending(models.Model):
    """What is spent and reserved under a budget: of everybody, a user's day, a conversation.

    `key` is what of the scope it is. Counted since the first attempt under a budget, and begun with
    what the ledger held then.
    """

    scope = models.CharField(max_length=12, choices=Scope.choices)
    key = models.CharField(max_length=60, blank=True)
    spent_usd = UsdField(default=Decimal(0))
    reserved_usd = UsdField(default=Decimal(0))

    class Meta:
        verbose_name_plural = "spending"
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="one_spending_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.key}".strip()


class Reservation(models.Model):
    """The most that an attempt under way may cost, until its cost is known."""

    spending = models.ForeignKey(Spending, models.CASCADE, related_name="reservations")
    turn = models.ForeignKey(Turn, models.SET_NULL, null=True, related_name="reservations")
    number = models.PositiveSmallIntegerField()
    usd = UsdField()

    def __str__(self) -> str:
        return f"${self.usd.normalize():f} for attempt {self.number}"
