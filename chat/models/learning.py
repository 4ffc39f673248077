"""What use teaches about a pair of models: labels of drafts, and the numbers fitted to them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.ledger import Attempt


class LabelSource(models.TextChoices):
    """Where a label comes from; what it weighs in a fit is in `chat.learning`."""

    THUMB = "thumb", _("a reader's thumb")
    RETRY = "retry", _("asked again")
    EDIT = "edit", _("question reworded")
    SHADOW = "shadow", _("compared with the last model")


class Label(models.Model):
    """How good a draft was, 0 to 1, and where it was compared, how much worse than the last model.

    `question` is a hash, so that answers to one question are counted once; `findings` are what the
    checks found, as [name, value]. No text of a conversation is kept here.
    """

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="labels")
    source = models.CharField(max_length=8, choices=LabelSource.choices)
    draft_model = models.CharField(max_length=120)
    last_model = models.CharField(max_length=120)
    kind = models.CharField(max_length=16)
    question = models.CharField(max_length=64)
    findings = models.JSONField(default=list)
    score = models.FloatField()
    good = models.FloatField()
    loss = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "source"], name="one_label_per_source")
        ]
        indexes = [models.Index(fields=["draft_model", "last_model", "kind"])]

    def __str__(self) -> str:
        return f"{self.good:.0%} good, by {self.get_source_display()}"


class Calibration(models.Model):
    """The numbers that drafts of one model are judged with, for one kind of work, before another.

    `scorer` is null while the shipped one is used. `thresholds` are those at which a promise holds,
    by its share as a decimal string; null where the evidence is not enough.
    """

    draft_model = models.CharField(max_length=120)
    last_model = models.CharField(max_length=120)
    kind = models.CharField(max_length=16)
    decided = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    labels = models.PositiveIntegerField(default=0)
    compared = models.PositiveIntegerField(default=0)
    scorer = models.JSONField(null=True)
    thresholds = models.JSONField(default=dict)
    fitted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["draft_model", "last_model", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["draft_model", "last_model", "kind"],
                name="one_calibration_per_pair_and_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.draft_model} → {self.last_model}, {self.kind}"
