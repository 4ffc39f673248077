"""What was done to a thing while a form of it was open, as in another tab or by another operator: a
save that would undo it unseen is refused once, and keeps what was typed."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from chat.models import Change
from chat.setup.changes import described

_NUMBER = re.compile(r"[0-9]{1,18}")

LONGEST = 300
"""Characters of what is told: a text for a model may be long, and all of it is in the history."""


class MeanwhileAdmin(admin.ModelAdmin):
    """Its forms know the last change they show. What is no part of the history is not told of."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **options)
        return form if obj is None else type(form)(form.__name__, (_Seeing, form), {})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        if thing := options.get("obj"):
            last = _changes_of(thing).order_by("pk").last()
            context["seen"] = last.pk if last else 0
        return super().render_change_form(request, context, *args, **options)


class _Seeing:
    data: Any
    instance: Any

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]  # of the form it is mixed into
        seen = self.data.get("seen", "")
        if _NUMBER.fullmatch(seen) and (told := _told(self.instance, int(seen))):
            sentence = _(
                "Meanwhile this was changed: {changes}. What you typed is still here; save it "
                "again to put it in the place of that."
            )
            self.add_error(None, sentence.format(changes=told))  # type: ignore[attr-defined]  # as above
        return cleaned


def _told(instance: Model, seen: int) -> str:
    changes = _changes_of(instance).filter(pk__gt=seen).order_by("pk")
    return Truncator("; ".join(map(_line, changes))).chars(LONGEST)


def _changes_of(instance: Model) -> QuerySet[Change]:
    kind = str(instance._meta.verbose_name_raw)
    return Change.objects.filter(kind=kind, object_id=str(instance.pk))


def _line(change: Change) -> str:
    lines = "; ".join(described(change))
    return f"{lines} ({change.by_name})" if change.by_name else lines
