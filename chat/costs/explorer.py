"""What another threshold would have done to the drafts that were judged by their score.

Keeping a draft that was set aside saves just what the models after it cost: exact. Setting aside
one that was kept would have cost about what the last model does on the draft's tokens: estimated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, ExpressionWrapper, F, FloatField, IntegerField, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Floor

from chat.costs.figures import Figures
from chat.costs.money import total, usd
from chat.costs.selection import Selection
from chat.models import Feedback, Turn

STEPS = 100
"""A threshold is so many hundredths; scores are binned in as many."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Drafts whose score is `at` to just below `at + 1` hundredths and that met one fate.

    `spent` on their turns and their `baseline` are in units of `chat.costs.money`.
    """

    at: int
    accepted: bool
    turns: int
    spent: int
    baseline: int
    liked: int = 0
    disliked: int = 0

    @property
    def score(self) -> float:
        return self.at / STEPS

    @property
    def spent_usd(self) -> Decimal:
        return usd(self.spent)

    @property
    def flipped(self) -> int:
        """What these turns would have cost had the draft met the other fate."""
        return self.spent + self.baseline if self.accepted else self.spent - self.baseline


@dataclass(frozen=True, slots=True)
class Outlook:
    """The selection as one threshold would have it. Thumbs are of drafts that were kept and would
    be kept (`liked`, `disliked`), and of those that would be set aside (`lost_...`)."""

    threshold: int
    judged: int
    kept: int
    newly_kept: int
    newly_set_aside: int
    spent: int
    liked: int
    disliked: int
    lost_liked: int
    lost_disliked: int

    @property
    def acceptance(self) -> float | None:
        return self.kept / self.judged if self.judged else None

    @property
    def spent_usd(self) -> Decimal:
        return usd(self.spent)

    @property
    def score(self) -> float:
        return self.threshold / STEPS

    @property
    def changed(self) -> int:
        return self.newly_kept + self.newly_set_aside

    @property
    def were_kept(self) -> int:
        """Of the same drafts, as they were decided."""
        return self.kept - self.newly_kept + self.newly_set_aside

    @property
    def is_exact(self) -> bool:
        return self.newly_set_aside == 0


def plain(bin: Bin) -> dict[str, str | int | bool | None]:
    """For programs."""
    return {
        "score_from": f"{bin.score:.2f}",
        "accepted": bin.accepted,
        "turns": bin.turns,
        "spent_usd": f"{bin.spent_usd:.10f}",
        "baseline_usd": f"{usd(bin.baseline):.10f}",
        "liked": bin.liked,
        "disliked": bin.disliked,
    }


COLUMNS = tuple(plain(Bin(0, False, 0, 0, 0)))


def judged(selection: Selection) -> QuerySet[Turn]:
    """Turns that one score decided, and whose prices are known."""
    return selection.turns().filter(draft_score__isnull=False, saved_usd__isnull=False)


def bins(selection: Selection) -> list[Bin]:
    turns = judged(selection)
    thumbs = _thumbs(turns)
    rows = turns.annotate(at=_hundredths()).values_list("at", "draft_accepted")
    found = rows.annotate(
        n=Count("*"), spent=total("total_usd"), baseline=total("baseline_usd")
    ).order_by("at", "draft_accepted")
    return [
        Bin(int(at), accepted, n, int(spent), int(baseline), *thumbs.get((int(at), accepted), ()))
        for at, accepted, n, spent, baseline in found
    ]


def outlook(found: Sequence[Bin], in_all: Figures, threshold: int) -> Outlook:
    """`in_all` are the figures of the selection: what was not judged costs what it did."""
    above = [bin for bin in found if bin.at >= threshold]
    below = [bin for bin in found if bin.at < threshold]
    flips = [bin for bin in above if not bin.accepted] + [bin for bin in below if bin.accepted]
    kept = [bin for bin in above if bin.accepted]
    lost = [bin for bin in below if bin.accepted]
    return Outlook(
        threshold=threshold,
        judged=sum(bin.turns for bin in found),
        kept=sum(bin.turns for bin in above),
        newly_kept=sum(bin.turns for bin in above if not bin.accepted),
        newly_set_aside=sum(bin.turns for bin in lost),
        spent=in_all.spent + sum(bin.flipped - bin.spent for bin in flips),
        liked=sum(bin.liked for bin in kept),
        disliked=sum(bin.disliked for bin in kept),
        lost_liked=sum(bin.liked for bin in lost),
        lost_disliked=sum(bin.disliked for bin in lost),
    )


def would_change(selection: Selection, threshold: int) -> QuerySet[Turn]:
    """The turns whose answer would be another, newest first."""
    score = threshold / STEPS
    newly_kept = Q(draft_accepted=False, draft_score__gte=score)
    newly_set_aside = Q(draft_accepted=True, draft_score__lt=score)
    return judged(selection).filter(newly_kept | newly_set_aside).order_by("-created_at")


def _thumbs(turns: QuerySet[Turn]) -> dict[tuple[int, bool], tuple[int, int]]:
    rated = turns.filter(pk__in=Feedback.objects.values("turn"))
    counts = (
        rated.annotate(at=_hundredths())
        .values_list("at", "draft_accepted")
        .annotate(
            liked=Count("feedback", filter=Q(feedback__value__gt=0)),
            disliked=Count("feedback", filter=Q(feedback__value__lt=0)),
        )
    )
    return {(int(at), accepted): (up, down) for at, accepted, up, down in counts}


def _hundredths() -> Combinable:
    # 0.29 * 100 is a little less than 29.
    scaled = ExpressionWrapper(F("draft_score") * STEPS + 1e-9, output_field=FloatField())
    return ExpressionWrapper(Floor(scaled), output_field=IntegerField())
