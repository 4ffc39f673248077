"""What a tool server says of its tools, made fit to be kept: nothing of it is trusted.

A schema's `pattern` would run in Python's `re` on the event loop, where a hostile one stops every
turn of the process; it is left out, so the server itself judges such an argument.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from chat.cascade import ConfigError, ToolConfig
from chat.cascade.providers.base import clean
from chat.models import McpServer

if TYPE_CHECKING:
    from mcp.types import Tool

MOST_TOOLS = 200
"""Of one server."""

LONGEST_SCHEMA = 20_000
LONGEST_DESCRIPTION = 2_000
LONGEST_NAME = 200
NAME_LENGTH = 64

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
"""Characters. The first two are sent with every request of a cascade that offers the tool."""

MOST_PARTS = 5_000
"""Of a schema with its references followed, which is the work of checking one call."""

# Keywords whose value maps names to schemas, and those whose value is data, not schema.
_NAMED = {"properties", "$defs", "definitions", "dependentSchemas", "dependencies"}
_DATA = {"enum", "const", "default", "examples", "required", "type"}
# Expressions, and names by which a reference would lead elsewhere than it seems to.
_LEFT_OUT = {"pattern", "patternProperties", "$id", "id", "$anchor", "$dynamicAnchor"}
# Elsewhere a reference could make a schema of what is data here; escapes could hide where it leads.
_REFERENCE = re.compile(r"#(/(\$defs|definitions)/[A-Za-z0-9_.-]+)?")


def safe_name(server: McpServer, remote_name: str) -> str:
    """A name that every vendor accepts: the server's, two underscores, the tool's."""
    return f"{server.name}__{_UNSAFE.sub('_', remote_name)}"[:NAME_LENGTH]


def config(name: str, tool: "Tool", server: str) -> ToolConfig:
    """Raises `ConfigError` where its name or schema cannot be used."""
    if len(tool.name) > LONGEST_NAME or not tool.name.isprintable():
        raise ConfigError(f"The name {tool.name[:40]!r} cannot be kept")
    said = clean(tool.description or tool.title or "").strip()
    description = said or f"{tool.name}, a tool of {server}."
    schema = without_patterns(tool.input_schema)
    written = json.dumps(schema)
    if len(written) > LONGEST_SCHEMA or "\\u0000" in written:
        raise ConfigError(f"The schema of tool {name!r} is too long, or holds a NUL")
    made = ToolConfig(name, description[:LONGEST_DESCRIPTION], schema)
    if sum(1 for _ in islice(_parts(schema, schema, ()), MOST_PARTS)) == MOST_PARTS:
        raise ConfigError(f"The schema of tool {name!r} takes too much work to check")
    return made


def without_patterns(schema: Any) -> Any:
    """Without regular expressions. Raises `ConfigError` for references other than to `$defs`."""
    if isinstance(schema, list):
        return [without_patterns(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in ("$dynamicRef", "$recursiveRef") or not _is_plain(keyword, value):
            raise ConfigError(f"{keyword} is {value!r}, must be like '#/$defs/name'")
        if keyword in _NAMED and isinstance(value, Mapping):
            kept[keyword] = {name: without_patterns(part) for name, part in value.items()}
        elif keyword not in _LEFT_OUT:
            kept[keyword] = value if keyword in _DATA else without_patterns(value)
    if "patternProperties" in schema:  # what they allowed is not to be refused
        kept["additionalProperties"] = True
    return kept


def _parts(schema: Any, root: Any, followed: tuple[str, ...]) -> Iterator[None]:
    """One for each part, again for each reference to it but those from within."""
    yield None
    if isinstance(schema, list):
        for part in schema:
            yield from _parts(part, root, followed)
    if not isinstance(schema, dict):
        return
    for keyword, part in schema.items():
        if keyword not in ("$defs", "definitions"):
            yield from _parts(part, root, followed)
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in followed and reference != "#":
        _, group, name = reference.split("/")
        yield from _parts(root[group][name], root, (*followed, reference))


def _is_plain(keyword: str, value: object) -> bool:
    return keyword != "$ref" or (isinstance(value, str) and bool(_REFERENCE.fullmatch(value)))
