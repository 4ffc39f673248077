"""Rows of a form in a table: each field says what it is, also to who does not see its column."""

from typing import Any

from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext as _


class LabelledFormSet(BaseInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        row = _("new row") if index is None else _("row {index}").format(index=index + 1)
        for name, field in form.fields.items():
            _label(field.widget, f"{field.label or name.replace('_', ' ')}, {row}")

    def clean(self) -> None:
        """A row that is gone is found by its number, of which nothing is seen on the page."""
        super().clean()
        if any("id" in errors for errors in self.errors):
            raise ValidationError(
                _("A row here was removed meanwhile. Open the page again to see what there is.")
            )
        for form in self.extra_forms:
            if form.has_changed() and not form.errors:
                self._unlike_those_there(form)

    def _unlike_those_there(self, form: Any) -> None:
        """What is unique together with the thing that has the rows: Django asks it of none, and a
        form that is sent twice would break."""
        others = form._get_validation_exclusions() - {self.fk.name}
        try:
            form.instance.validate_constraints(exclude=others)
        except ValidationError as error:
            form.add_error(None, error)


def _label(widget: Any, words: str) -> None:
    """Also of the parts of which a widget is made."""
    parts = [*getattr(widget, "widgets", ()), getattr(widget, "widget", None)]
    for part in [widget, *filter(None, parts)]:
        part.attrs = {**part.attrs, "aria-label": words}
