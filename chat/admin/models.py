"""Providers, model configs and their prices."""

from django.contrib import admin
from django.http import HttpRequest

from chat.models import ModelConfig, Price, Provider


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "base_url", "key_variable")


class PriceInline(admin.TabularInline):
    """A new price is a new row: changing one would re-price what was paid under it."""

    model = Price
    extra = 1

    def has_change_permission(self, request: HttpRequest, obj: ModelConfig | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ModelConfig | None = None) -> bool:
        return False


@admin.register(ModelConfig)
class ModelConfigAdmin(admin.ModelAdmin):
    list_display = ("name", "provider", "price", "max_tokens", "enabled")
    list_select_related = ("provider",)
    list_filter = ("provider", "enabled")
    search_fields = ("name",)
    inlines = (PriceInline,)

    @admin.display(description="price per million tokens")
    def price(self, config: ModelConfig) -> str:
        price = config.prices.first()
        return str(price) if price else "price unknown"
