"""Conversations, their turns, and what readers thought of the answers."""

import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, Expression, OuterRef, Q, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chat.models.fields import UsdField
from chat.models.setup import Cascade
from chat.turns.state import TurnStatus

PROMPT_LIMIT = 16_000
ATTACHMENT_LIMIT, ATTACHMENT_COUNT = 64_000, 10
"""Characters of all texts attached to a prompt, and how many there may be."""
NOTE_LIMIT = 500
TITLE_LIMIT = 120
TAG_LENGTH = 30
LIVE = (TurnStatus.QUEUED, TurnStatus.RUNNING)


class _Written(Value):
    """A word of ours that stands in the SQL as it is, not as a parameter."""

    def as_sql(self, *_: Any) -> Any:
        return f"'{self.value}'", []


IS_LIVE = Q(status__in=[_Written(str(status)) for status in LIVE])
"""For looks through all turns, however many have ended: SQLite takes the index of the live ones
only where its condition is written in the query as it is in the index."""


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
    "is_copy",
]


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def of(self, user: User | Expression) -> "ConversationQuerySet":
        """A user's own, without those that were deleted: the door of every page and socket."""
        return self.filter(user=user, deleted_at=None)

    def listed(self, user: User, *, archived: bool | None = False) -> "ConversationQuerySet":
        """A user's own, last used first, with those archived where that is None; `is_live` where an
        answer is being written."""
        live = Turn.objects.filter(conversation=OuterRef("pk"), status__in=LIVE)
        found = self.of(user).annotate(is_live=Exists(live))
        if archived is not None:
            # `archived=False` would become `NOT archived`, for which SQLite uses no index.
            found = found.filter(archived__in=[archived])
        return found.order_by("-updated_at", "-id")


class Tag(models.Model):
    """A word a user files conversations under."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=TAG_LENGTH)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_tag_per_name")]

    def __str__(self) -> str:
        return self.name


class Conversation(models.Model):
    """A user's tree of turns; the shown path ends at `head`.

    One with `deleted_at` is gone for its user, who may take that back for a moment; then it is
    removed (`chat.conversations.deletion`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Without an index of its own, which SQLite would take instead of the one below.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations", db_index=False
    )
    title = models.CharField(max_length=TITLE_LIMIT)
    tags = models.ManyToManyField(Tag, related_name="conversations", blank=True)
    pinned = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True, db_index=True)
    cascade = models.ForeignKey(Cascade, models.SET_NULL, null=True, blank=True)
    head = models.ForeignKey("Turn", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    imported_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        permissions = [("read_conversations", "Can read what others asked and were answered")]
        indexes = [
            models.Index(
                fields=["user", "archived", "pinned", "deleted_at", "-updated_at", "-id"],
                name="listed_conversations",
            ),
            models.Index(
                fields=["user", "-deleted_at"],
                condition=Q(deleted_at__isnull=False),
                name="conversations_to_undo",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("chat:conversation", args=[self.id])


class Only(models.TextChoices):
    """A reader may ask one model of a cascade alone."""

    DRAFT = "draft", _("the first model alone")
    LAST = "last", _("the last model alone")


ASKED_A_DRAFT_ALONE = Q(only=_Written(str(Only.DRAFT)))
"""For a look through all turns, as `IS_LIVE` is."""


class Turn(models.Model):
    """One prompt and all that was done to answer it.

    Two constraints carry two promises: a client id starts one turn however often it is sent, and a
    conversation has at most one live turn.

    `baseline_usd` is what the last model of the cascade alone would have cost, `only_draft_usd` the
    first; `draft_accepted` is null where no draft was asked for, `draft_score` where no score
    decided; `answered_by` is the model whose text stands.

    `attachments` are texts that belong to the prompt, each with its name. A turn that `is_copy`,
    of one in another conversation or in a file, has its attempts in `copied`: what is in the ledger
    was paid for. `traceparent` is that of the request which asked, where traces go on from it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")
    client_id = models.UUIDField()
    prompt = models.TextField()
    # Without an index of its own, which SQLite would take instead of those below.
    cascade = models.ForeignKey(Cascade, models.SET_NULL, null=True, blank=True, db_index=False)
    configuration = models.ForeignKey(
        "Configuration", models.SET_NULL, null=True, blank=True, db_index=False
    )
    status = models.CharField(max_length=12, default=TurnStatus.QUEUED)
    only = models.CharField(max_length=5, blank=True, choices=Only.choices)
    attachments = models.JSONField(default=list, blank=True)
    copied = models.JSONField(null=True, blank=True)
    is_copy = models.BooleanField(default=False)
    last_seq = models.PositiveIntegerField(default=0)
    stop_requested = models.BooleanField(default=False)
    answers = models.JSONField(default=dict)
    epoch = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # With a default SQLite would copy the table to add it.
    traceparent = models.CharField(max_length=55, null=True, blank=True)  # noqa: DJ001

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
            models.Index(fields=["conversation"], condition=Q(is_copy=True), name="copied_turns"),
            models.Index(fields=["id"], condition=Q(only="draft"), name="turns_by_a_draft_alone"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class Feedback(models.Model):
    """A reader's thumb on a turn's answer: +1 or -1, and perhaps a word why."""

    turn = models.OneToOneField(Turn, models.CASCADE, related_name="feedback")
    value = models.SmallIntegerField(choices=[(1, _("good")), (-1, _("not good"))])
    note = models.CharField(max_length=NOTE_LIMIT, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.get_value_display()
