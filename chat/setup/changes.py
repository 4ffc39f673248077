"""Every change of the set-up is kept: who, when, from, to.

By signals, so that a page, an import and a command all leave the same trace. django-simple-history
would keep a table for each model, django-auditlog a middleware and its own words; this is one table
and two listeners. What is updated in bulk sends no signal: save what is to be remembered.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from chat import localised
from chat.accounts.named_rights import called
from chat.cascade.pricing import PRICED
from chat.models import (
    CAPABILITIES,
    Budget,
    Cascade,
    Change,
    McpServer,
    McpTool,
    ModelConfig,
    Price,
    Provider,
)
from chat.setup.acting import acting_user

Fields = Iterable[tuple[str, Any, Any]]

# None: all of its fields.
TRACKED: Mapping[type[Model], frozenset[str] | None] = {
    Cascade: None,
    ModelConfig: None,
    Price: None,
    Provider: None,
    Budget: None,
    McpServer: frozenset({"name", "url", "key_variable", "command", "enabled"}),
    McpTool: frozenset({"asks_first"}),
    User: frozenset({"username", "is_active", "is_staff", "is_superuser"}),
    Group: frozenset({"name"}),
}

# What is granted by a table between: who has it, and as which of their fields.
GRANTED: tuple[tuple[type[Model], str], ...] = (
    (User, "user_permissions"),
    (User, "groups"),
    (Group, "permissions"),
)

# Of a provider's other fields, such as keys and headers, it is only said that they changed.
_OPEN = frozenset({"name", "kind", "base_url", "key_variable", "connect_timeout_s"})

# What a test of the connection says is no set-up.
_OBSERVED = frozenset({"tested_at", "test_result"})
SECRET = "not shown"  # noqa: S105  # what stands in its place

_BEFORE = "_kept_before"
_LONGEST = 2_000


def listen() -> None:
    for model in TRACKED:
        pre_save.connect(_look, model, dispatch_uid=f"look {model}")
        post_save.connect(_saved, model, dispatch_uid=f"saved {model}")
        pre_delete.connect(_removing, model, dispatch_uid=f"removing {model}")
    for model, name in GRANTED:
        granted = partial(_granted, model, name)
        through = getattr(model, name).through
        m2m_changed.connect(granted, through, weak=False, dispatch_uid=f"granted {name}")


def record(instance: Model, what: Change.What, fields: Fields) -> None:
    user = acting_user()
    Change.objects.create(
        by=None if user == instance else user,  # who deletes themselves is named all the same
        by_name=user.get_username() if user else "",
        kind=str(instance._meta.verbose_name_raw),
        object_id=str(instance.pk),
        object=str(_named(instance))[:200],
        what=what,
        fields=[[name, _plain(old), _plain(new)] for name, old, new in fields],
    )


def _named(instance: Model) -> Any:
    return f"{instance.model_config}: {instance}" if isinstance(instance, Price) else instance


def _look(sender: type[Model], instance: Model, raw: bool = False, **_: Any) -> None:
    before = None
    if not raw and not instance._state.adding:
        before = sender._default_manager.filter(pk=instance.pk).values().first()
    setattr(instance, _BEFORE, before)


def _saved(
    sender: type[Model],
    instance: Model,
    created: bool,
    raw: bool = False,
    update_fields: Iterable[str] | None = None,
    **_: Any,
) -> None:
    if raw:
        return
    before: dict[str, Any] = getattr(instance, _BEFORE, None) or {}
    after = {field.attname: _value(instance, field.attname) for field in _fields(sender)}
    if update_fields is not None:
        after = {name: value for name, value in after.items() if name in set(update_fields)}
    differ = [name for name in after if _plain(before.get(name)) != _plain(after[name])]
    if created:
        differ = [name for name in differ if after[name] not in (None, "", [], {})]
    if differ or created:
        what = Change.What.ADDED if created else Change.What.CHANGED
        kept = sender._default_manager.get(pk=instance.pk)  # its name may need what is stored
        record(kept, what, [_told(sender, n, before.get(n), after[n]) for n in differ])


def _removing(sender: type[Model], instance: Model, **_: Any) -> None:
    """Before: its name may need what is deleted with it."""
    record(instance, Change.What.REMOVED, [])


def _granted(
    holder: type[Model],
    name: str,
    *,
    instance: Any,
    action: str,
    reverse: bool,
    pk_set: set[Any] | None,
    **_: Any,
) -> None:
    """What was given or is taken, told of whoever has it, from whichever end it was done."""
    if action not in ("post_add", "pre_remove", "pre_clear"):
        return
    held: Any
    if reverse:
        held = holder._default_manager.filter(**{name: instance})
    else:
        held = getattr(instance, name).all()
    found = list(held if pk_set is None else held.filter(pk__in=pk_set))
    named = [one.name for one in ([instance] if reverse else found)]
    taken, given = ([], named) if action == "post_add" else (named, [])
    for one in found if reverse else [instance]:
        if named:
            record(one, Change.What.CHANGED, [(name, taken, given)])


def _fields(model: type[Model]) -> list[Any]:
    names = TRACKED[model]
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    if names is None:
        return [field for field in fields if field.name not in _OBSERVED]
    return [field for field in fields if field.name in names]


def _value(instance: Model, name: str) -> Any:
    """As it is kept: what was just assigned may still be a string."""
    field: Any = instance._meta.get_field(name)
    return field.to_python(getattr(instance, name))


def _told(model: type[Model], name: str, old: Any, new: Any) -> tuple[str, Any, Any]:
    if model is Provider and name not in _OPEN:
        return (name, SECRET, SECRET)
    field: Any = model._meta.get_field(name)
    if field.is_relation:  # by its name: what it is called by in the database tells nobody anything
        named = field.related_model._default_manager.in_bulk([old, new])
        return (field.name, *(str(named[pk]) if pk in named else None for pk in (old, new)))
    return (name, old, new)


def _plain(value: Any) -> Any:
    """As JSON has it, and short."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
    if value is None or isinstance(value, bool | int | float | list | dict):
        return value
    return str(value)


_PRICE = re.compile(r"(.*): \$([\d.]+) in, \$([\d.]+) out", re.DOTALL)


def subject(change: Change) -> str:
    """What it happened to, for an operator: a price is kept by its name, in which there are only
    figures."""
    is_price = change.kind == Price._meta.verbose_name_raw
    found = _PRICE.fullmatch(change.object) if is_price else None
    if found is None:
        return change.object
    model, *amounts = found.groups()
    told = _("{model}, input {input}, output {output} per million tokens")
    input, output = (localised.price(Decimal(amount)) for amount in amounts)
    return told.format(model=model, input=input, output=output)


def described(change: Change) -> list[str]:
    """A line for each field, for an operator."""
    return [_line(_field(change.kind, name), name, old, new) for name, old, new in change.fields]


def _field(kind: str, name: str) -> Any:
    """None for what is no field, or not any more."""
    for model in TRACKED:
        if model._meta.verbose_name_raw == kind:
            with contextlib.suppress(FieldDoesNotExist):
                return model._meta.get_field(name)
    return None


def _line(field: Any, name: str, old: Any, new: Any) -> str:
    """In the words of the desk, where it has some."""
    label = str(field.verbose_name) if field else _(name.replace("_", " "))
    choices = dict(field.flatchoices) if field and field.choices else {}
    old, new = (_labelled(choices, one) for one in (old, new))
    if field and (told := _TOLD.get((field.model, field.name))):
        old, new = (told(one) if one else one for one in (old, new))
    if field and field.related_model is Permission:
        old, new = ([called(right) for right in rights] for rights in (old, new))
    return f"{capfirst(label)}: {_said(old, new)}"


def _labelled(choices: Mapping[str, Any], value: Any) -> Any:
    return str(choices[value]) if isinstance(value, str) and value in choices else value


def _per_million(amount: str) -> str:
    return _("{price} per million tokens").format(price=localised.price(Decimal(amount)))


def _tiers(tiers: Iterable[Mapping[str, Any]]) -> str:
    return "; ".join(map(_tier, tiers))


def _tier(tier: Mapping[str, Any]) -> str:
    kinds: list[Any] = [Price._meta.get_field(name) for name in PRICED if name in tier]
    amounts = ((kind, localised.price(Decimal(str(tier[kind.name])))) for kind in kinds)
    prices = ", ".join(f"{kind.verbose_name} {amount}" for kind, amount in amounts)
    told = _("above {count} tokens: {prices}")
    return told.format(count=localised.number(tier["above"]), prices=prices)


def _capabilities(names: Iterable[str]) -> list[str]:
    return [str(CAPABILITIES.get(name, name)) for name in names]


_TOLD: Mapping[tuple[type[Model], str], Callable[[Any], Any]] = {
    **{(Price, name): _per_million for name in PRICED},
    (Price, "tiers"): _tiers,
    (ModelConfig, "capabilities"): _capabilities,
}
"""What is kept as figures and names, in words."""


def _said(old: Any, new: Any) -> str:
    if old == new == SECRET:
        return _("changed")
    return f"{word(old)} → {word(new)}" if old not in (None, "", [], {}) else word(new)


def word(value: Any) -> str:
    """As it is told: without the signs of a program."""
    if value in (None, "", [], {}):
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ("; " if isinstance(value[0], dict) else ", ").join(map(word, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {word(held)}" for name, held in value.items())
    return str(value)
