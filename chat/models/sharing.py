"""Links by which strangers may read."""

import uuid

from django.db import models
from django.utils import timezone

from chat.models.conversations import TITLE_LIMIT, Conversation, Turn


class ShareLink(models.Model):
    """Shows a conversation's path up to `last`, under the title it had, to who has the token, of
    which a hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="share_links")
    last = models.ForeignKey(Turn, models.CASCADE, related_name="+")
    title = models.CharField(max_length=TITLE_LIMIT, db_default="")
    token_hash = models.CharField(max_length=64, unique=True)
    with_costs = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"a link until {self.expires_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()
