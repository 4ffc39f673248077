"""JSON schemas of tools: checked, made from type hints, and used to judge arguments."""

import inspect
import json
import types
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

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
ACCEPTED_HINTS = "str, int, float, bool, list[...], dict[str, ...], Literal, Enum, Optional, Any"


def checked_schema(parameters: object, tool: str) -> dict[str, Any]:
    """A copy of its own; ConfigError unless it is a valid JSON schema of an object."""
    try:
        schema = json.loads(json.dumps(parameters, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise ConfigError(f"parameters of tool {tool!r} must be plain JSON values") from None
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise ConfigError(
            f"parameters of tool {tool!r} must be a JSON schema of an object, "
            'like {"type": "object", "properties": {"location": {"type": "string"}}}'
        )
    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    except SchemaError as exc:
        raise ConfigError(
            f"parameters of tool {tool!r} are no JSON schema: {exc.json_path}: {exc.message}"
        ) from None
    _check_references(schema, tool)
    return schema


def _check_references(schema: dict[str, Any], tool: str) -> None:
    resource = DRAFT202012.create_resource(schema)
    resolver = Registry[Any]().with_resource("", resource).resolver()
    for reference in _references(schema):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            raise ConfigError(
                f"parameters of tool {tool!r} refer to {reference!r}, must be within the schema"
            ) from None


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        for keyword in ("$ref", "$dynamicRef"):
            if isinstance(schema.get(keyword), str):
                yield schema[keyword]
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def validator_of(schema: Mapping[str, Any]) -> Validator:
    """Refuses properties that the schema does not speak of, unless it allows them expressly.

    It never fetches anything: jsonschema's own registry would open the addresses in `$ref`.
    """
    kind = validator_for(schema, default=Draft202012Validator)
    # Older drafts lack the keyword that sees through `$ref` and `allOf`.
    closed = "unevaluatedProperties"
    if closed not in kind.VALIDATORS:
        closed = "additionalProperties"
    return kind({closed: False, **schema}, registry=Registry())


def schema_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The schema of a function's arguments, from its type hints.

    `Annotated[str, "City name"]` describes a parameter. Raises ConfigError for what JSON cannot
    give: positional-only and starred parameters, missing hints and other types.
    """
    name = getattr(function, "__name__", repr(function))
    try:
        hints = get_type_hints(function, include_extras=True)
        parameters = inspect.signature(function).parameters.values()
    except (NameError, TypeError, ValueError) as exc:
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
    if hint in SIMPLE:
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
    except (NameError, TypeError):
        hints = {}
    return {name: _fitted(hints.get(name), value) for name, value in arguments.items()}


def _fitted(hint: Any, value: Any) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if origin is list and isinstance(value, list):
        return [_fitted(args[0], item) for item in value]
    if origin is dict and isinstance(value, dict):
        return {key: _fitted(args[1], item) for key, item in value.items()}
    if origin in (Union, types.UnionType):
        return next((_fitted(arg, value) for arg in args if _admits(arg, value)), value)
    return value


def _admits(hint: Any, value: Any) -> bool:
    try:
        return Draft202012Validator(_schema_of_hint(hint)).is_valid(value)
    except ConfigError:
        return False
