"""A file -> the set-up: all of it or nothing, by names, nothing deleted; what changes is told."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import (
    CharField,
    DecimalField,
    FloatField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)
from django.utils import timezone

from chat.models import Budget, Cascade, CascadeStep, Change, ModelConfig, Price, Provider
from chat.models.rules import looked_up
from chat.setup.changes import record, word
from chat.setup.file.parsing import BadFile, parsed
from chat.setup.file.shape import BUDGETS, FIELDS, TEXTS
from chat.tools import offered


def applied(text: str, *, dry_run: bool = False) -> list[str]:
    """Lines for each thing that is new or changed; none where the file says what there is.

    Raises `BadFile` with every sentence there is to say, having changed nothing.
    """
    data = parsed(text)
    typed = [row.get("base_url") for row in data.get("providers") or []]
    with looked_up(*(url for url in typed if isinstance(url, str))), transaction.atomic():
        applying = _Applying()
        applying.all(data)
        if applying.faults:
            raise BadFile(*applying.faults)
        transaction.set_rollback(dry_run)
    return applying.lines


class _Applying:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.faults: list[str] = []

    def all(self, data: Mapping[str, Any]) -> None:
        for at, row in enumerate(data.get("providers") or []):
            with self._at(f"providers[{at}]"):
                self._provider(row)
        for at, row in enumerate(data.get("models") or []):
            with self._at(f"models[{at}]"):
                self._model(row)
        for at, row in enumerate(data.get("cascades") or []):
            with self._at(f"cascades[{at}]"):
                self._cascade(row)
        for name, usd in (data.get("budgets") or {}).items():
            with self._at(f"budgets.{name}"):
                self._budget(name, usd)

    @contextmanager
    def _at(self, path: str) -> Iterator[None]:
        """What is wrong there is told with all else that is wrong."""
        try:
            with transaction.atomic():
                yield
        except ValidationError as error:
            told = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            for name, sentences in told.items():
                where = path if name in ("", "__all__") else f"{path}.{name}"
                self.faults += [f"{where}: {sentence}" for sentence in sentences]

    def _provider(self, row: Mapping[str, Any]) -> None:
        provider = Provider.objects.filter(name=_text(row, "name")).first() or Provider()
        _keep_secrets_in_place(provider, row)
        self._save("provider", provider, row)

    def _model(self, row: Mapping[str, Any]) -> None:
        provider = _found(Provider, name=_text(row, "provider"))
        config = ModelConfig.objects.filter(provider=provider, name=_text(row, "name")).first()
        rest = {name: value for name, value in row.items() if name not in ("provider", "price")}
        config = config or ModelConfig(provider=provider)
        self._save("model", config, rest)
        if row.get("price") is not None:
            self._price(config, row["price"])

    def _price(self, config: ModelConfig, given: Any) -> None:
        """Added from now on, where it is another than the one in force."""
        if not isinstance(given, dict):
            raise ValidationError({"price": "must be names with USD per million tokens."})
        price = Price(model_config=config, effective_from=timezone.now())
        _fill(price, given)
        price.full_clean()
        now = config.price_now()
        if now is None or now.kept() != price.kept():
            price.save()
            self.lines.append(f"+ price {config}: {price}")

    def _cascade(self, row: Mapping[str, Any]) -> None:
        name = _text(row, "name")
        cascade = Cascade.objects.filter(name=name).first() or Cascade()
        rest = {key: value for key, value in row.items() if key != "models"}
        models = _members(row.get("models"))
        had = set(cascade.tools)  # some of which a server may have no more
        if rest.get("is_default"):
            for other in Cascade.objects.filter(is_default=True).exclude(name=name):
                other.is_default = False
                other.save(update_fields=["is_default"])
        self._save("cascade", cascade, rest)
        if unknown := set(cascade.tools) - had - {tool for tool, _ in offered()}:
            raise ValidationError({"tools": f"There is no tool {min(unknown)} here."})
        before = [step.model_config for step in cascade.steps.select_related("model_config")]
        if before == models:
            return
        old, new = ([config.name for config in found] for found in (before, models))
        record(cascade, Change.What.CHANGED, [("models", old, new)])
        cascade.steps.all().delete()
        for at, config in enumerate(models, start=1):
            CascadeStep.objects.create(cascade=cascade, model_config=config, position=at)
        self.lines.append(f"~ cascade {cascade}: models {word(new)}")

    def _budget(self, name: str, usd: Any) -> None:
        if name not in BUDGETS:
            raise ValidationError(f"must be one of: {', '.join(BUDGETS)}")
        scope = BUDGETS[name]
        budget = Budget.objects.filter(scope=scope, user=None).first() or Budget(scope=scope)
        before = budget.limit_usd
        _fill(budget, {"limit_usd": usd})
        budget.full_clean()
        if before != budget.limit_usd:
            self.lines.append(f"{'~' if budget.pk else '+'} budget {name}: ${budget.limit_usd:f}")
            budget.save()

    def _save(self, kind: str, row: Any, given: Mapping[str, Any]) -> None:
        """What the file leaves out is as it is by default, so that the file says all there is."""
        before = {name: getattr(row, name) for name in FIELDS[type(row)]}
        is_new = row.pk is None
        _fill(row, given)
        row.full_clean()
        after = {name: getattr(row, name) for name in FIELDS[type(row)]}
        differ = [name for name in after if after[name] != before[name]]
        if is_new or differ:
            row.save()
        if is_new:
            self.lines.append(f"+ {kind} {row}")
        elif differ:
            told = ", ".join(
                f"{name} {word(before[name])} → {word(after[name])}" for name in differ
            )
            self.lines.append(f"~ {kind} {row}: {told}")


def _keep_secrets_in_place(provider: Provider, given: Mapping[str, Any]) -> None:
    """A file holds no key and no header, so those there are would go to where the file says."""
    names = ("base_url", "kind")
    moved = next((name for name in names if given.get(name, "") != getattr(provider, name)), "")
    for held, told in (
        (provider.key_encrypted, "The stored key was"),
        (provider.extra_headers, "The extra headers were"),
    ):
        if held and moved:
            way_out = "Change it on the desk, or clear what is stored there first."
            raise ValidationError({moved: f"{told} given for another address. {way_out}"})
    if provider.key_encrypted and given.get("key_variable"):
        sentence = "There is a stored key, which would stay in use. Clear it on the desk first."
        raise ValidationError({"key_variable": sentence})


def _fill(row: Model, given: Mapping[str, Any]) -> None:
    known = FIELDS[type(row)]
    for name in given:
        if name not in known:
            raise ValidationError(f"There is no {name!r} here; there is: {', '.join(known)}.")
    misfits = {}
    for name in known:
        field: Any = row._meta.get_field(name)
        value = given.get(name, field.get_default())
        if wanted := _misfit(field, value):
            misfits[name] = f"must be {wanted}."
        # Of a float what was written: its nearest binary has twenty digits.
        is_amount = isinstance(field, DecimalField) and isinstance(value, float)
        setattr(row, name, Decimal(str(value)) if is_amount else value)
    if misfits:
        raise ValidationError(misfits)


def _misfit(field: Any, value: Any) -> str:
    """What it must be instead, where Django would make something of it or break; else ""."""
    is_float = isinstance(value, float)
    match field:
        case _ if value is None and field.null:
            return ""
        case JSONField() if not isinstance(value, type(field.get_default())):
            return "a list" if field.get_default() == [] else "names and values"
        case JSONField() if field.name in TEXTS and not all(isinstance(one, str) for one in value):
            return "a list of names"
        case CharField() | TextField() if not isinstance(value, str):
            return "text"
        case DecimalField() | FloatField() | IntegerField() if isinstance(value, bool) or (
            is_float and not math.isfinite(value)
        ):
            return "a number"
        case IntegerField() if is_float and not value.is_integer():
            return "a whole number"
    return ""


def _members(given: Any) -> list[ModelConfig]:
    if not isinstance(given, list) or len(given) < 2:
        raise ValidationError({"models": "A cascade needs at least two models, in order."})
    found = []
    for entry in given:
        if not isinstance(entry, dict):
            raise ValidationError({"models": "Each model needs its provider and its name."})
        provider = _found(Provider, name=_text(entry, "provider"))
        found.append(_found(ModelConfig, provider=provider, name=_text(entry, "name")))
    for config in found:
        if found.count(config) > 1:
            raise ValidationError({"models": f"{config} stands twice."})
    return found


def _found(model: Any, **by: Any) -> Any:
    row = model.objects.filter(**by).first()
    if row is None:
        raise ValidationError(f"There is no {model._meta.verbose_name_raw} {by['name']!r}.")
    return row


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValidationError({name: "must be given, as text."})
    return value
