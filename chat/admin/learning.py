"""What use has taught: read here, fitted elsewhere."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from chat.learning.calibrations import ENOUGH, promises_of
from chat.models import Calibration


@admin.register(Calibration)
class CalibrationAdmin(admin.ModelAdmin):
    """Nothing here is typed in: labels come from use, and numbers from labels."""

    list_display = ("__str__", "drafts", "labels_so_far", "judged_by", "promise", "fitted_at")
    list_filter = ("kind", "draft_model", "last_model")
    fields = (*list_display, "scorer", "thresholds")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="drafts kept")
    def drafts(self, row: Calibration) -> str:
        if not row.decided:
            return "none yet"
        return f"{row.kept} of {row.decided} ({row.kept / row.decided:.0%})"

    @admin.display(description="labels")
    def labels_so_far(self, row: Calibration) -> str:
        return f"{row.labels}, {row.compared} questions compared"

    @admin.display(description="judged by")
    def judged_by(self, row: Calibration) -> str:
        if row.scorer is not None:
            return "numbers of its own"
        return f"the shipped numbers, {row.labels} of {ENOUGH} labels until its own"

    @admin.display(description="promise")
    def promise(self, row: Calibration) -> str:
        return " ".join(kept.sentence for kept in promises_of(row)) or "none made"
