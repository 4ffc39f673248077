"""What the addresses of the costs pages may say."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from chat.accounts.permissions import may_read
from chat.cascade import Complexity
from chat.cascade.pricing import Prices
from chat.costs.selection import Selection
from chat.costs.what_if import Model
from chat.models import Cascade, ModelConfig, Tag
from chat.render.words import LEVELS
from chat.turns import configurations

PERIODS = {
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("a year"),
    "all": gettext_lazy("all time"),
}
DEFAULT_PERIOD = "30"
_DATE = forms.DateInput(attrs={"type": "date"})


class SelectionForm(forms.Form):
    """Days given win over the period; what is wrong is left out and said."""

    period = forms.ChoiceField(
        label=gettext_lazy("Period"), choices=list(PERIODS.items()), required=False
    )
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=_DATE)
    until = forms.DateField(label=gettext_lazy("To"), required=False, widget=_DATE)
    cascade = forms.ModelChoiceField(
        Cascade.objects.all(),
        label=gettext_lazy("Cascade"),
        required=False,
        empty_label=gettext_lazy("any cascade"),
    )
    model = forms.ChoiceField(label=gettext_lazy("Answered by"), required=False)
    complexity = forms.ChoiceField(
        label=gettext_lazy("Complexity"),
        choices=[
            ("", gettext_lazy("any question")),
            *((level.value, LEVELS[level]) for level in Complexity),
        ],
        required=False,
    )
    tag = forms.ChoiceField(label=gettext_lazy("Tag"), required=False)
    user = forms.ModelChoiceField(
        User.objects.order_by("username"),
        label=gettext_lazy("User"),
        required=False,
        empty_label=gettext_lazy("everybody"),
    )

    def __init__(self, data: Any, reader: User) -> None:
        super().__init__({"period": DEFAULT_PERIOD} | data.dict())
        self._reader = reader
        configured = ModelConfig.objects.values_list("name", flat=True)
        names = sorted(configurations.models().union(configured), key=str.casefold)
        model = cast(forms.ChoiceField, self.fields["model"])
        model.choices = [("", _("any model")), *((name, name) for name in names)]
        tags = Tag.objects.order_by("name").distinct()
        tags = tags if may_read(reader) else tags.filter(user=reader)
        words = tags.values_list("name", flat=True)
        tag = cast(forms.ChoiceField, self.fields["tag"])
        tag.choices = [("", _("any tag")), *((name, name) for name in words)]
        if not words:
            del self.fields["tag"]
        if not reader.is_staff:
            del self.fields["user"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and since > until:
            raise forms.ValidationError(_("The first day is after the last."))
        return found

    @property
    def selection(self) -> Selection:
        self.is_valid()
        found = self.cleaned_data
        user, cascade = found.get("user"), found.get("cascade")
        return Selection.of(
            self._reader,
            user_id=user.pk if user else None,
            since=found.get("since") or self._begin(found),
            until=found.get("until"),
            cascade_id=cascade.pk if cascade else None,
            complexity=found.get("complexity") or "",
            model=found.get("model") or "",
            tag=found.get("tag") or "",
        )

    @property
    def said(self) -> list[str]:
        """What is selected, in words, for where the fields have no room."""
        self.is_valid()
        found = self.cleaned_data
        days = [
            f"{self.fields[name].label} {date_format(day, pgettext('date', 'j M Y'))}"
            for name in ("since", "until")
            if (day := found.get(name))
        ]
        period = PERIODS[found.get("period") or DEFAULT_PERIOD]
        level = found.get("complexity")
        others = [found.get(name) for name in ("cascade", "model", "tag", "user")]
        if level:
            others.insert(2, LEVELS[Complexity(level)])  # where its field stands
        return [*(days or [str(period)]), *(str(other) for other in others if other)]

    @staticmethod
    def _begin(found: dict[str, Any]) -> date | None:
        period = found.get("period") or DEFAULT_PERIOD
        if period == "all" or found.get("until"):
            return None
        return timezone.localdate() - timedelta(days=int(period) - 1)


def _price(label: Any) -> forms.DecimalField:
    """USD per million tokens."""
    return forms.DecimalField(
        label=label, max_digits=20, decimal_places=10, min_value=Decimal(0), required=False
    )


class WhatIfForm(forms.Form):
    """A cascade's first and last model at their prices of now, or at those given."""

    then = forms.ModelChoiceField(
        Cascade.objects.all(),
        label=gettext_lazy("Under the cascade"),
        required=False,
        empty_label=None,
    )
    draft_in = _price(gettext_lazy("Draft, input"))
    draft_out = _price(gettext_lazy("Draft, output"))
    last_in = _price(gettext_lazy("Last model, input"))
    last_out = _price(gettext_lazy("Last model, output"))

    def model(self, config: ModelConfig, prices: Prices | None, part: str) -> Model:
        """Given prices are those of all input and all output."""
        given, taken = self.cleaned_data.get(f"{part}_in"), self.cleaned_data.get(f"{part}_out")
        given = given if given is not None else prices.input if prices else None
        taken = taken if taken is not None else prices.output if prices else None
        if given is None or taken is None:
            return Model(config.name, None)
        if prices and (given, taken) == (prices.input, prices.output):
            return Model(config.name, prices)
        return Model(config.name, Prices.read({"input": given, "output": taken}))
