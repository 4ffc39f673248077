"""What is remembered of the set-up and of who looked where; rows are added, never edited."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.conversations import Conversation


class Change(models.Model):
    """Something of the set-up was added, changed or removed.

    `fields` are [name, from, to]; of a secret only its name is kept. `by` is null for what no
    operator did: a command, or the first start. `object` names it as it was then.
    """

    class What(models.TextChoices):
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        REMOVED = "removed", _("Removed")

    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name="operator"
    )
    by_name = models.CharField("who", max_length=150, blank=True)
    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    object = models.CharField("what", max_length=200)
    what = models.CharField(max_length=8, choices=What.choices)
    fields = models.JSONField(default=list)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="changes_by_time"),
            models.Index(fields=["kind", "object_id", "-at"], name="changes_of_an_object"),
        ]

    def __str__(self) -> str:
        return f"{_(self.kind)} {self.object}: {self.get_what_display().lower()}"


class Configuration(models.Model):
    """What a cascade was set up to do when a turn began; the same set-up is kept once."""

    digest = models.CharField(max_length=64, unique=True)
    data = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.data.get("cascade", ""))


class Reading(models.Model):
    """Somebody read a conversation that is not theirs."""

    at = models.DateTimeField(auto_now_add=True)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    reader_name = models.CharField("who read", max_length=150)
    owner_name = models.CharField("whose", max_length=150)
    conversation = models.ForeignKey(
        Conversation, models.SET_NULL, null=True, related_name="readings"
    )

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        told = _("{reader} read a conversation of {owner}")
        return told.format(reader=self.reader_name, owner=self.owner_name)
