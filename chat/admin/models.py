"""Model configs and their prices."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat import localised
from chat.admin.health import HealthAdmin, resting
from chat.admin.history import KeptAdmin
from chat.admin.price_import import import_prices
from chat.admin.rows import LabelledFormSet
from chat.cascade.pricing import Prices, Usage
from chat.costs import health
from chat.models import CAPABILITIES, ModelConfig, Price
from chat.render.money import usd_exact


class PriceInline(admin.TabularInline):
    """A new price is a new row: changing one would re-price what was paid under it."""

    model = Price
    formset = LabelledFormSet
    extra = 1
    verbose_name_plural = gettext_lazy("a new price, USD per million tokens")
    fields = (
        "effective_from",
        "input",
        "output",
        "cached_input",
        "cache_write",
        "reasoning",
        "tiers",
        "example",
    )
    readonly_fields = ("example",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        """Those there are stand above, where they can only be read."""
        prices: QuerySet[Price] = super().get_queryset(request)
        return prices.none()

    @admin.display(description=gettext_lazy("1,000 in + 500 out"))
    def example(self, price: Price) -> str:
        """Filled in while the price is typed, by price-example.js."""
        return ""


class ModelConfigForm(forms.ModelForm):
    capabilities = forms.MultipleChoiceField(
        label=gettext_lazy("Capabilities"),
        choices=CAPABILITIES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Drafts of a model with probabilities are judged by these too."),
    )


@admin.register(ModelConfig)
class ModelConfigAdmin(KeptAdmin, HealthAdmin):
    form = ModelConfigForm
    list_display = (
        "title",
        "provider",
        "price",
        "example",
        "state",
        "failed",
        "first_token",
        "spent",
    )
    list_select_related = ("provider",)
    list_filter = ("provider", "enabled")
    search_fields = ("name", "display_name")
    inlines = (PriceInline,)
    health_by_id = staticmethod(health.of_models)
    fieldsets = (
        (None, {"fields": ("provider", "name", "display_name", "enabled")}),
        (
            gettext_lazy("What it can"),
            {"fields": ("context_window", "max_tokens", "temperature", "capabilities")},
        ),
        (
            gettext_lazy("How long to wait"),
            {"fields": ("first_content_timeout_s", "idle_timeout_s", "total_timeout_s")},
        ),
        (
            gettext_lazy("Prices so far"),
            {"fields": ("prices_so_far",), "classes": ("prices-so-far",)},
        ),
    )
    readonly_fields = ("prices_so_far",)

    class Media:
        js = (Script("js/price-example.js", type="module"),)

    def get_urls(self) -> list[URLPattern]:
        def imported(request: HttpRequest) -> HttpResponse:
            return import_prices(request, self.admin_site)

        view = self.admin_site.admin_view(imported)
        own = [path("import-prices/", view, name="chat_modelconfig_import_prices")]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelConfig]:
        configs: QuerySet[ModelConfig] = super().get_queryset(request)
        return configs.prefetch_related("prices")

    @admin.display(description=gettext_lazy("newest first"))
    def prices_so_far(self, config: ModelConfig) -> SafeString:
        prices = list(config.prices.all()) if config.pk else []
        rows = [(price, example_of(price)) for price in prices]
        context = {"rows": rows, "now": config.price_now() if config.pk else None}
        return render_to_string("admin/chat/modelconfig/_prices.html", context)

    @admin.display(description=gettext_lazy("model"), ordering="name")
    def title(self, config: ModelConfig) -> str:
        same = config.display_name in ("", config.name)
        return config.name if same else f"{config.display_name} ({config.name})"

    @admin.display(description=gettext_lazy("USD per million tokens"))
    def price(self, config: ModelConfig) -> str:
        return price_words(config)

    @admin.display(description=gettext_lazy("1,000 in + 500 out"))
    def example(self, config: ModelConfig) -> str | None:
        price = config.price_now()
        return example_of(price) if price else None

    @admin.display(description=gettext_lazy("state"))
    def state(self, config: ModelConfig) -> SafeString:
        context = {"model": config, "resting": resting(config)}
        return render_to_string("admin/chat/_state.html", context)


def price_words(config: ModelConfig) -> str:
    price = config.price_now()
    return in_and_out(price) if price else _("price unknown")


def in_and_out(price: Price) -> str:
    amounts = {"input": localised.price(price.input), "output": localised.price(price.output)}
    return _("{input} in, {output} out").format(**amounts)


def example_of(price: Price) -> str | None:
    """What a short question and its answer cost."""
    prices = Prices.read(price.kept())
    return usd_exact(prices.cost(Usage(input=1_000, output=500))) if prices else None
