"""JSON schemas of tools: checked, and used to judge arguments.

To be imported where there is a tool: jsonschema takes 4 MiB, which others can do without.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from chat.cascade.errors import ConfigError


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
    stated = schema if isinstance(schema.get("$schema"), str) else {}
    try:
        validator_for(stated, default=Draft202012Validator).check_schema(schema)
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
            found = resolver.lookup(reference).contents
        except Unresolvable:
            raise ConfigError(
                f"parameters of tool {tool!r} refer to {reference!r}, must be within the schema"
            ) from None
        if not isinstance(found, dict | bool):
            raise ConfigError(f"parameters of tool {tool!r} refer to {reference!r}, no schema")


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


def fits(schema: Mapping[str, Any], value: Any) -> bool:
    return Draft202012Validator(schema).is_valid(value)
