"""Pages of what is only read: nothing can be added, changed or deleted there."""

from typing import Any

from django.http import HttpRequest

from chat.admin.narrowing import NarrowAdmin


class ReadOnlyAdmin(NarrowAdmin):
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
