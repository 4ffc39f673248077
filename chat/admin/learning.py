"""What use has taught: read here, fitted elsewhere."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.admin.reading import ReadOnlyAdmin
from chat.learning.calibrations import ENOUGH, promises_of
from chat.localised import percent
from chat.models import Calibration
from chat.sentences import told


@admin.register(Calibration)
class CalibrationAdmin(ReadOnlyAdmin):
    """Nothing here is typed in: labels come from use, and numbers from labels."""

    list_display = (
        "__str__",
        "drafts",
        "labels_so_far",
        "judged_by",
        "promise",
        "fitted_at",
    )
    list_filter = ("kind", "draft_model", "last_model")
    fields = (*list_display, "scorer", "thresholds")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("drafts kept"))
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
