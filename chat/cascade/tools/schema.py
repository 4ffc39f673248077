"""Type hints of tools as JSON schemas, and arguments as the hints want them."""

import inspect
import types
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from chat.cascade.errors import ConfigError

SIMPLE: Mapping[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
    type(None): "null",
}
# What reading a hint that is no type, but a remark in quotes or a name nobody imported, may raise.
_UNREADABLE = (NameError, AttributeError, SyntaxError, TypeError, ValueError)
ACCEPTED_HINTS = "str, int, float, bool, list[...], dict[str, ...], Literal, Enum, Optional, Any"


def schema_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The schema of a function's arguments, from its type hints.

    `Annotated[str, "City name"]` describes a parameter. Raises ConfigError for what JSON cannot
    give: positional-only and starred parameters, missing hints and other types.
    """
    name = getattr(function, "__name__", repr(function))
    try:
        hints = get_type_hints(function, include_extras=True)
        parameters = inspect.signature(function).parameters.values()
    except _UNREADABLE as exc:
        raise ConfigError(f"The type hints of {name} cannot be read: {exc}") from None
    properties = {}
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ConfigError(f"{name} takes {parameter}, must take named parameters only")
        if parameter.name not in hints:
            raise ConfigError(f"{name} has no type hint for {parameter.name}")
        properties[parameter.name] = _schema_of_hint(hints[parameter.name])
    required = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    schema = {"type": "object", "properties": properties}
    return schema | ({"required": required} if required else {})


def _schema_of_hint(hint: Any) -> dict[str, Any]:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        texts = [note for note in args[1:] if isinstance(note, str)]
        return _schema_of_hint(args[0]) | ({"description": texts[0]} if texts else {})
    if hint is Any:
        return {}
    if origin in (list, dict) and not args:  # `List` and `Dict` alone
        hint = origin
    if isinstance(hint, type) and hint in SIMPLE:
        return {"type": SIMPLE[hint]}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _one_of([member.value for member in hint], hint)
    if origin is Literal:
        return _one_of(list(args), hint)
    if origin is list:
        return {"type": "array", "items": _schema_of_hint(args[0])}
    if origin is dict and args[0] is str:
        return {"type": "object", "additionalProperties": _schema_of_hint(args[1])}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema_of_hint(arg) for arg in args]}
    raise _not_accepted(hint)


def _one_of(values: list[Any], hint: Any) -> dict[str, Any]:
    kinds = {type(value) for value in values}
    if not kinds or not kinds <= {str, int, bool, type(None)}:
        raise _not_accepted(hint)
    only = kinds.pop() if len(kinds) == 1 else None
    return ({"type": SIMPLE[only]} if only else {}) | {"enum": values}


def _not_accepted(hint: Any) -> ConfigError:
    return ConfigError(f"The type hint {hint!r} is not one of: {ACCEPTED_HINTS}")


def fitted(function: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as the hints want them: JSON has no enum members, and 2.0 is a JSON integer."""
    try:
        hints = get_type_hints(function)
    except _UNREADABLE:
        hints = {}
    return {name: _fitted(hints.get(name), value) for name, value in arguments.items()}


def _fitted(hint: Any, value: Any) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if origin is list and args and isinstance(value, list):
        return [_fitted(args[0], item) for item in value]
    if origin is dict and args and isinstance(value, dict):
        return {key: _fitted(args[1], item) for key, item in value.items()}
    if origin in (Union, types.UnionType):
        return next((_fitted(arg, value) for arg in args if _admits(arg, value)), value)
    return value


def _admits(hint: Any, value: Any) -> bool:
    from chat.cascade.tools.validation import fits  # where there is a tool

    try:
        return fits(_schema_of_hint(hint), value)
    except ConfigError:
        return False
