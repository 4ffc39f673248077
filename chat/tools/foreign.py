"""What a tool server says of its tools, made fit to be kept: nothing of it is trusted.

A schema's `pattern` would run in Python's `re` on the event loop, where a hostile one stops every
turn of the process; it is left out, so the server itself judges such an argument.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from mcp.types import Tool

from chat.cascade import ConfigError, ToolConfig
from chat.cascade.providers.base import clean

LONGEST_SCHEMA = 20_000
LONGEST_DESCRIPTION = 2_000
"""Characters. Both are sent with every request of a cascade that offers the tool."""

# Keywords whose value maps names to schemas, and those whose value is data, not schema.
_NAMED = {"properties", "$defs", "definitions", "dependentSchemas", "dependencies"}
_DATA = {"enum", "const", "default", "examples", "required", "type"}
# Elsewhere a reference could make a schema of what is data here.
_REFERENCE = re.compile(r"#(/(\$defs|definitions)/[^/]+)?")


def config(name: str, tool: Tool, server: str) -> ToolConfig:
    """Raises `ConfigError` where its name or schema cannot be used."""
    said = clean(tool.description or tool.title or "").strip()
    description = said or f"{tool.name}, a tool of {server}."
    schema = without_patterns(tool.input_schema)
    if len(json.dumps(schema)) > LONGEST_SCHEMA:
        raise ConfigError(f"The schema of tool {name!r} has over {LONGEST_SCHEMA:,} characters")
    return ToolConfig(name, description[:LONGEST_DESCRIPTION], schema)


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
        elif keyword not in ("pattern", "patternProperties"):
            kept[keyword] = value if keyword in _DATA else without_patterns(value)
    if "patternProperties" in schema:  # what they allowed is not to be refused
        kept["additionalProperties"] = True
    return kept


def _is_plain(keyword: str, value: object) -> bool:
    return keyword != "$ref" or (isinstance(value, str) and bool(_REFERENCE.fullmatch(value)))
