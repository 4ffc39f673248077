"""Budgets, and what is spent and reserved under them."""

from decimal import Decimal

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.admin.history import KeptAdmin
from chat.models import Budget, Change, Spending
from chat.render.money import usd_exact
from chat.setup.changes import record


@admin.register(Budget)
class BudgetAdmin(KeptAdmin):
    list_display = ("scope", "user", "limit")
    list_select_related = ("user",)

    @admin.display(description=gettext_lazy("Limit"), ordering="limit_usd")
    def limit(self, budget: Budget) -> str:
        return usd_exact(budget.limit_usd)


@admin.register(Spending)
class SpendingAdmin(KeptAdmin):
    """Counted, never entered; a budget for everybody can be begun anew, as every month."""

    fields = list_display = ("scope", "key", "spent", "reserved")
    list_filter = ("scope",)
    actions = ("begin_anew",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Spending | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Spending | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("Spent"), ordering="spent_usd")
    def spent(self, spending: Spending) -> str:
        return usd_exact(spending.spent_usd)

    @admin.display(description=gettext_lazy("Reserved"), ordering="reserved_usd")
    def reserved(self, spending: Spending) -> str:
        return usd_exact(spending.reserved_usd)

    @admin.action(description=gettext_lazy("Begin anew at $0"), permissions=["view"])
    def begin_anew(self, request: HttpRequest, chosen: QuerySet[Spending]) -> None:
        if not request.user.has_perm("chat.change_budget"):
            return messages.error(request, _("That takes the permission to change budgets."))
        with transaction.atomic():
            for spending in chosen.select_for_update():
                record(spending, Change.What.CHANGED, [("spent_usd", spending.spent_usd, 0)])
            chosen.update(spent_usd=Decimal(0))
        messages.success(request, _("Counting begins at $0; what is under way stays reserved."))
