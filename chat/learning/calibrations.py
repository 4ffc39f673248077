"""Labels -> calibrations, for each draft model, last model and kind of work.

The shipped scorer is used until `ENOUGH` labels are there, and `EACH` of them for and against; then
one is fitted from it on, to half of the questions, and promises are tested on the other half, which
it has not seen.
"""

from collections.abc import Mapping, Sequence

from django.db.models import CharField, F, QuerySet
from django.utils import timezone

from chat.cascade.quality.agreement import COMPARED
from chat.cascade.quality.calibration import SHIPPED
from chat.cascade.quality.calibration import Calibration as Judged
from chat.cascade.quality.case import Finding
from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.promise import Compared, Kept, Promise
from chat.cascade.quality.scorer import Scorer, read_scorer, scorer_data
from chat.models import Calibration, Cascade, Label, LabelSource
from chat.models.prepared import Given, prepared

ENOUGH = 100
"""Labels from which on a pair has numbers of its own: with fewer a fit is worse than the shipped
one on most public sets."""

EACH = 10
"""Verdicts that a draft was good, and as many that one was bad, without which nothing is fitted:
labels that all agree tell no drafts apart. A question asked again is a doubt and no verdict."""

AGAIN = 1.05
"""How much the labels must have grown for another fit."""

SEEN_ENOUGH = 20
"""Decisions from which on the share of drafts kept is taken from them."""

WEIGHTS: Mapping[str, float] = {
    LabelSource.THUMB: 1.0,
    LabelSource.SHADOW: 1.0,
    LabelSource.RETRY: 0.5,
    LabelSource.EDIT: 0.25,
}
"""How much a label says: a reader who asks again may only want more."""


_VERDICTS = frozenset((LabelSource.THUMB, LabelSource.SHADOW))

_INTERCEPT_PENALTY = 1.5
"""How firmly the share of good drafts is held to the shipped one: labels come from few readers, and
from those who are not content sooner."""

_OUTRIGHT = -3.5
"""Log-odds from which down a fault refuses a draft whatever else is found."""


def judged_with(draft_model: str, last_model: str, promise: Promise | None) -> Judged:
    """What the engine is to judge this model's drafts with. One query."""
    rows = _of_pair(draft_model=draft_model, last_model=last_model)
    by_kind = {Kind(row.kind): row for row in rows}
    scorers = {
        kind: read_scorer(row.scorer) for kind, row in by_kind.items() if row.scorer is not None
    }
    acceptance = {
        kind: row.kept / row.decided for kind, row in by_kind.items() if row.decided >= SEEN_ENOUGH
    }
    promises = {kind: _kept(promise, kind, by_kind.get(kind)) for kind in Kind} if promise else {}
    return Judged({**SHIPPED.scorers, **scorers}, acceptance, promises)


@prepared
def _of_pair() -> QuerySet[Calibration]:
    return Calibration.objects.filter(
        draft_model=Given("draft_model", CharField()), last_model=Given("last_model", CharField())
    )


def promise_of(cascade: Cascade) -> Promise | None:
    percent = cascade.promise_percent
    return None if percent is None else Promise(float(percent / 100))


def _kept(promise: Promise, kind: Kind, row: Calibration | None) -> Kept:
    threshold = row.thresholds.get(_key(promise)) if row else None
    return Kept(promise, threshold, row.compared if row else 0, kind in COMPARED)


def promises_of(row: Calibration) -> list[Kept]:
    """What is promised of this pair and kind by any cascade, and how far that is proved."""
    return [_kept(promise, Kind(row.kind), row) for promise in _promises(row)]


def _key(promise: Promise) -> str:
    return f"{promise.worse:.4f}"


def count_decision(draft_model: str, last_model: str, kind: str, *, accepted: bool) -> None:
    pair = {"draft_model": draft_model, "last_model": last_model, "kind": kind}
    counted = {"decided": F("decided") + 1, "kept": F("kept") + int(accepted)}
    if not Calibration.objects.filter(**pair).update(**counted):
        Calibration.objects.filter(pk=_row(**pair).pk).update(**counted)


def note_label(label: Label) -> None:
    """Fit again where the labels have grown enough to tell something new."""
    row = _row(label.draft_model, label.last_model, label.kind)
    if _labels(row).count() >= max(row.labels + 1, row.labels * AGAIN):
        recalibrate(row)


def prove_promise(cascade: Cascade) -> None:
    """What the cascade promises, on the comparisons that its models have already."""
    promise = promise_of(cascade)
    names = list(cascade.model_configs.values_list("name", flat=True))
    for row in Calibration.objects.filter(draft_model__in=names, last_model__in=names):
        if promise and _key(promise) not in row.thresholds:
            recalibrate(row)


def recalibrate_all() -> int:
    """Every pair and kind that has labels; returns how many."""
    pairs = Label.objects.values_list("draft_model", "last_model", "kind").distinct()
    for pair in pairs:
        recalibrate(_row(*pair))
    return len(pairs)


def _row(draft_model: str, last_model: str, kind: str) -> Calibration:
    return Calibration.objects.get_or_create(
        draft_model=draft_model, last_model=last_model, kind=kind
    )[0]


def _labels(row: Calibration) -> QuerySet[Label]:
    return Label.objects.filter(
        draft_model=row.draft_model, last_model=row.last_model, kind=row.kind
    )


def recalibrate(row: Calibration) -> None:
    labels = list(_labels(row).order_by("pk"))
    shipped = SHIPPED.scorers[Kind(row.kind)]
    is_enough = len(labels) >= ENOUGH
    scorer = _fitted(labels, shipped) if is_enough else None
    # Also where none was fitted: whether one is depends on the losses among those it sees.
    unseen = [label for label in labels if not (is_enough and _is_fitted_to(label))]
    compared = [
        Compared(label.question, (scorer or shipped).score(_findings(label)), label.loss)
        for label in unseen
        if label.loss is not None
    ]
    row.labels = len(labels)
    row.compared = len({draft.question for draft in compared})
    row.scorer = scorer_data(scorer) if scorer else None
    row.thresholds = {_key(p): p.threshold(compared) for p in _promises(row)}
    row.fitted_at = timezone.now()
    row.save(update_fields=["labels", "compared", "scorer", "thresholds", "fitted_at"])


def _promises(row: Calibration) -> list[Promise]:
    """Those that any cascade of this pair makes."""
    cascades = Cascade.objects.filter(
        promise_percent__isnull=False, model_configs__name=row.draft_model
    )
    both = cascades.filter(model_configs__name=row.last_model).distinct()
    return [promise for promise in map(promise_of, both) if promise]


def _fitted(labels: Sequence[Label], shipped: Scorer) -> Scorer | None:
    """From the comparisons alone where they are enough: whether escalating helps is the question,
    and where the last model fails as well a correct draft is not it."""
    mine = [label for label in labels if _is_fitted_to(label)]
    taught = [(label, 1 - label.loss) for label in mine if label.loss is not None]
    if len(taught) < ENOUGH / 2:
        taught = [(label, label.good) for label in mine]
    verdicts = [good > 0.5 for label, good in taught if label.source in _VERDICTS]
    if min(verdicts.count(True), verdicts.count(False)) < EACH:
        return None
    # Needs numpy, whose 11 MiB a process that fits nothing can do without.
    from chat.cascade.quality.fit import Example, fit

    examples = [Example(_findings(of), good, weight=WEIGHTS[of.source]) for of, good in taught]
    return _refusing(fit(examples, shipped, intercept_penalty=_INTERCEPT_PENALTY), shipped)


def _refusing(scorer: Scorer, shipped: Scorer) -> Scorer:
    """With what refuses a draft outright doing so, however many other drafts are good."""
    rise = max(0.0, scorer.bias - shipped.bias)
    shapes = {
        name: tuple((x, y - rise if y <= _OUTRIGHT else y) for x, y in shape)
        for name, shape in scorer.shapes.items()
    }
    return Scorer(scorer.bias, shapes)


def _is_fitted_to(label: Label) -> bool:
    """Half of the questions, by their hash; the others are for testing promises."""
    return int(label.question[:8], 16) % 2 == 0


def _findings(label: Label) -> list[Finding]:
    return [Finding(name, value, True, "") for name, value in label.findings]
