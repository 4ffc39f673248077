"""What use has taught: read here, fitted elsewhere."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.admin.decisions import KindFilter
from chat.admin.reading import ReadOnlyAdmin
from chat.learning.calibrations import ENOUGH, promises_of
from chat.localised import percent
from chat.models import Calibration
from chat.render.words import KINDS
from chat.sentences import told


class KindOfWorkFilter(KindFilter):
    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(kind=self.value()) if self.value() else rows


@admin.register(Calibration)
class CalibrationAdmin(ReadOnlyAdmin):
    """Nothing here is typed in: labels come from use, and numbers from labels."""

    list_display = (
        "models",
        "kind_of_work",
        "drafts",
        "labels_so_far",
        "judged_by",
        "promise",
        "fitted_at",
    )
    list_filter = (KindOfWorkFilter, "draft_model", "last_model")
    linked_by = ("kind",)
    fields = (*list_display, "scorer", "thresholds")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("models"))
    def models(self, row: Calibration) -> str:
        return f"{row.draft_model} → {row.last_model}"

    @admin.display(description=gettext_lazy("judged as"), ordering="kind")
    def kind_of_work(self, row: Calibration) -> str:
        return str(KINDS.get(row.kind, row.kind))

    @admin.display(description=gettext_lazy("drafts passed"))
    def drafts(self, row: Calibration) -> str:
        if not row.decided:
            return _("none yet")
        return _("{kept} of {decided} ({share})").format(
            kept=row.kept, decided=row.decided, share=percent(row.kept / row.decided)
        )

    @admin.display(description=gettext_lazy("labels"))
    def labels_so_far(self, row: Calibration) -> str:
        return _("{labels}, {compared} questions compared").format(
            labels=row.labels, compared=row.compared
        )

    @admin.display(description=gettext_lazy("judged by"))
    def judged_by(self, row: Calibration) -> str:
        if row.scorer is not None:
            return _("numbers of its own")
        if row.labels >= ENOUGH:
            return _("the shipped numbers, as too few labels say good or too few say bad")
        return _("the shipped numbers, {labels} of {needed} labels until its own").format(
            labels=row.labels, needed=ENOUGH
        )

    @admin.display(description=gettext_lazy("promise"))
    def promise(self, row: Calibration) -> str:
        return " ".join(told(kept.sentence) for kept in promises_of(row)) or _("none made")
