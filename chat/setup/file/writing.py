"""The set-up -> a file. What is as it is by default is left out."""

from decimal import Decimal
from typing import Any

import yaml
from django.db.models import Model

from chat.models import Budget, Cascade, ModelConfig, Provider
from chat.setup.file.shape import BUDGETS, FIELDS, VERSION

_HEAD = """\
# A set-up of Cascade Chat, applied by `manage.py import_config`. Keys are named, not held.
# What is left out is as it is by default; what is not in the file is left alone.
"""


def written() -> str:
    data = {
        "version": VERSION,
        "providers": [_fields(provider) for provider in Provider.objects.all()],
        "models": [_model(config) for config in ModelConfig.objects.select_related("provider")],
        "cascades": [_cascade(cascade) for cascade in Cascade.objects.order_by("name")],
        "budgets": _budgets(),
    }
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
    return _HEAD + text


def _fields(row: Model) -> dict[str, Any]:
    found = {}
    for name in FIELDS[type(row)]:
        field: Any = row._meta.get_field(name)
        value = getattr(row, name)
        if name == "name" or value != field.get_default():
            found[name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _model(config: ModelConfig) -> dict[str, Any]:
    price = config.price_now()
    kept = {name: value for name, value in (price.kept() if price else {}).items() if value}
    return {
        "provider": config.provider.name,
        **_fields(config),
        **({"price": kept} if kept else {}),
    }


def _cascade(cascade: Cascade) -> dict[str, Any]:
    steps = cascade.steps.select_related("model_config__provider")
    models = [
        {"provider": step.model_config.provider.name, "name": step.model_config.name}
        for step in steps
    ]
    return {**_fields(cascade), "models": models}


def _budgets() -> dict[str, str]:
    limits = dict(Budget.objects.filter(user=None).values_list("scope", "limit_usd"))
    return {name: _plain(limits[scope]) for name, scope in BUDGETS.items() if scope in limits}
