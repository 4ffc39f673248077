"""How what is listed has done lately: columns for the lists of models, providers and cascades."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from chat.cascade.breaker import Resting, breakers
from chat.costs.drawings import spark
from chat.costs.health import Health
from chat.models import ModelConfig, Provider

NONE = Health()


class HealthChangeList(ChangeList):
    """All rows of a page are looked up together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found = cast(HealthAdmin, self.model_admin).health_by_id()
        for row in self.result_list:
            row.health = found.get(row.pk, NONE)


class HealthAdmin(admin.ModelAdmin):
    """With `health_by_id`, columns of `health`, of the last seven days."""

    health_by_id: Callable[[], Mapping[Any, Health]]

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return HealthChangeList

    @admin.display(description=gettext_lazy("failed"))
    def failed(self, row: Any) -> SafeString:
        return drawn("failed", row.health)

    @admin.display(description=gettext_lazy("first token, p95"))
    def first_token(self, row: Any) -> SafeString:
        return drawn("first_token", row.health)

    @admin.display(description=gettext_lazy("spent, 7 days"))
    def spent(self, row: Any) -> SafeString:
        return drawn("spent", row.health)

    @admin.display(description=gettext_lazy("drafts kept"))
    def kept(self, row: Any) -> SafeString:
        return drawn("kept", row.health)


def drawn(column: str, health: Health) -> SafeString:
    context = {"column": column, "health": health, "spark": spark(health.daily)}
    return render_to_string("admin/chat/_health.html", context)


def resting(config: ModelConfig) -> Resting | None:
    """Why a model is not asked just now by this process; None where it is."""
    for held in breakers.states():
        if held.state != "closed" and held.model == config.name and _is_at(held, config.provider):
            return held
    return None


def resting_at(provider: Provider) -> list[Resting]:
    return [held for held in breakers.states() if held.state != "closed" and _is_at(held, provider)]


def _is_at(held: Resting, provider: Provider) -> bool:
    """A provider without an address is at the one that its kind brings along."""
    same_place = not provider.base_url or held.base_url == provider.base_url
    return held.provider == provider.kind and same_place
