"""Conversations, their turns, and what readers thought of the answers."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from chat.models.fields import UsdField
from chat.models.setup import Cascade
from chat.turns.state import TurnStatus

PROMPT_LIMIT = 16_000
NOTE_LIMIT = 500
LIVE = (TurnStatus.QUEUED, TurnStatus.RUNNING)


SUMMED = [
    "created_at",
    "status",
    "cascade",
    "complexity",
    "draft_accepted",
    "draft_score",
    "answered_by",
    "total_usd",
    "baseline_usd",
    "saved_usd",
    "only_draft_usd",
    "exactness",
    "latency_ms",
    "first_token_ms",
]


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

    `baseline_usd` is what the last model of the cascade alone would have cost, `only_draft_usd` the
    first; `draft_accepted` is null where no draft was asked for, `draft_score` where no score
    decided; `answered_by` is the model whose text stands.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")
    client_id = models.UUIDField()
    prompt = models.TextField()
    # Without an index of its own, which SQLite would take instead of those below.
    cascade = models.ForeignKey(Cascade, models.SET_NULL, null=True, blank=True, db_index=False)
    status = models.CharField(max_length=12, default=TurnStatus.QUEUED)
    force_direct = models.BooleanField(default=False)
    last_seq = models.PositiveIntegerField(default=0)
    stop_requested = models.BooleanField(default=False)
    answers = models.JSONField(default=dict)
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
    only_draft_usd = UsdField(null=True)
    draft_accepted = models.BooleanField(null=True)
    draft_score = models.FloatField(null=True)
    answered_by = models.CharField(max_length=120, blank=True)
    first_token_ms = models.PositiveIntegerField(null=True)
    exactness = models.CharField(max_length=10, default="free")
    latency_ms = models.PositiveIntegerField(null=True)
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    notice = models.CharField(max_length=300, blank=True)

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
        # With all that costs are summed from: the rows themselves are wide with their prompts.
        indexes = [
            models.Index(fields=["conversation", *SUMMED], name="sums_of_a_conversation"),
            models.Index(fields=[*SUMMED, "conversation"], name="sums_of_a_period"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class Feedback(models.Model):
    """A reader's thumb on a turn's answer: +1 or -1, and perhaps a word why."""

    turn = models.OneToOneField(Turn, models.CASCADE, related_name="feedback")
    value = models.SmallIntegerField(choices=[(1, "good"), (-1, "not good")])
    note = models.CharField(max_length=NOTE_LIMIT, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.get_value_display()
