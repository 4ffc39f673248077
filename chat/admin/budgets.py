"""Budgets, and what is spent and reserved under them."""

from decimal import Decimal

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from chat.models import Budget, Spending


@admin.register(Budget)
class BudgetAdmin(admin.ModelAdmin):
    list_display = ("scope", "user", "limit_usd")
    list_select_related = ("user",)


@admin.register(Spending)
class SpendingAdmin(admin.ModelAdmin):
    """Counted, never entered; a budget for everybody can be begun anew, as every month."""

    list_display = ("scope", "key", "spent_usd", "reserved_usd")
    list_filter = ("scope",)
    actions = ("begin_anew",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Spending | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Spending | None = None) -> bool:
        return False

    @admin.action(description="Begin anew at $0", permissions=["view"])
    def begin_anew(self, request: HttpRequest, chosen: QuerySet[Spending]) -> None:
        if not request.user.has_perm("chat.change_budget"):
            return messages.error(request, "That takes the permission to change budgets.")
        chosen.update(spent_usd=Decimal(0))
        messages.success(request, "Counting begins at $0; what is under way stays reserved.")
