"""Pages where an address is typed in."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from chat.models.rules import looked_up


class AddressAdmin(admin.ModelAdmin):
    """Its name is looked up for who may save it, before anything is held for that."""

    address_field = "url"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        may_save = self.has_add_permission(request) or self.has_change_permission(request)
        with looked_up(request.POST.get(self.address_field, "") if may_save else ""):
            answer: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        return answer
