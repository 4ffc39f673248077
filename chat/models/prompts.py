"""Prompts that somebody keeps to ask again."""

import uuid

from django.conf import settings
from django.db import models


class SavedPrompt(models.Model):
    """`{{ … }}` in the text is a blank to fill in. Deleted, it can be taken back for a moment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_prompts")
    name = models.CharField(max_length=80)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "created_at"]
        indexes = [models.Index(fields=["user", "name"], name="prompts_of_a_user")]

    def __str__(self) -> str:
        return self.name
