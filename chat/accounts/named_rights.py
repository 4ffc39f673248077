"""What rights are called, in the language of whoever reads it: the database has it in English."""

from functools import cache

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

_DJANGOS = {
    "add": gettext_noop("Can add {model}"),
    "change": gettext_noop("Can change {model}"),
    "delete": gettext_noop("Can delete {model}"),
    "view": gettext_noop("Can view {model}"),
}


def translate() -> None:
    """Wherever the desk shows one it asks for its text: here once, instead of at each. Without the
    app and the model before it, behind which the verb was cut off."""
    Permission.add_to_class("__str__", lambda right: called(right.name))


def called(name: str) -> str:
    """Of what is kept as `Can add tag`."""
    if name in _kept():
        action, model = _kept()[name]
        return _(_DJANGOS[action]).format(model=model._meta.verbose_name)
    return _(name)


@cache
def _kept() -> dict[str, tuple[str, type[Model]]]:
    """As Django names them when it makes them."""
    return {
        f"Can {action} {model._meta.verbose_name_raw}": (action, model)
        for model in apps.get_models()
        for action in _DJANGOS
    }
