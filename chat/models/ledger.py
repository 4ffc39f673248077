"""What was spent, a row for each attempt, and what may be."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from chat.models.conversations import Conversation, Turn
from chat.models.fields import UsdField
from chat.models.setup import ModelConfig


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
    tool_calls = models.JSONField(default=list, blank=True)
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
