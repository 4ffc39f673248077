"""What a tool is, and what callers may pass as `tools=` and `tool_choice=`."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chat.cascade.errors import ConfigError
from chat.cascade.providers.base import ToolChoice, ToolSpec
from chat.cascade.tools.schema import schema_of

# What OpenAI (no dots, 64), Anthropic (the same) and Gemini (no digit first) all accept.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
FIELDS = ("name", "description", "parameters")
RIGHT_FORM = (
    '{"name": "get_weather", "description": "Get weather", '
    '"parameters": {"type": "object", "properties": {...}}}'
)
CHOICES = (
    'None, {"type": "auto"}, {"type": "none"}, {"type": "required"} '
    'or {"type": "function", "function": {"name": "get_weather"}}'
)


@dataclass(frozen=True, slots=True)
class ToolConfig:
    """`parameters` is a JSON schema of an object; `function` takes its properties by name.

    `asks_first` marks a tool that changes something: an executor runs it only once its `approve`
    has said yes to the call.
    """

    name: str
    description: str
    parameters: Mapping[str, Any] = field(hash=False)
    function: Callable[..., Any] | None = None
    asks_first: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            raise ConfigError(
                f"name of a tool is {self.name!r}, must be 1 to 64 ASCII letters, digits, "
                "hyphens and underscores, and begin with a letter or an underscore"
            )
        if not isinstance(self.description, str) or not self.description.strip():
            raise ConfigError(f"description of tool {self.name!r} must say what the tool does")
        if self.function is not None and not callable(self.function):
            raise ConfigError(f"function of tool {self.name!r} is {self.function!r}, must be one")
        from chat.cascade.tools.validation import checked_schema  # where there is a tool

        object.__setattr__(self, "parameters", checked_schema(self.parameters, self.name))

    @classmethod
    def from_function(
        cls, function: Callable[..., Any], *, asks_first: bool = False
    ) -> "ToolConfig":
        """Name, schema and description (the docstring's first paragraph) are the function's own."""
        name = getattr(function, "__name__", "")
        paragraph = (inspect.getdoc(function) or "").partition("\n\n")[0]
        description = " ".join(paragraph.split())
        return cls(name, description, schema_of(function), function, asks_first)

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(name=self.name, description=self.description, parameters=self.parameters)


def unique(tools: Iterable[ToolConfig]) -> dict[str, ToolConfig]:
    """By name, in their order."""
    named: dict[str, ToolConfig] = {}
    for tool in tools:
        if tool.name in named:
            raise ConfigError(f"There are two tools called {tool.name!r}, names must differ")
        named[tool.name] = tool
    return named


def read_tools(tools: object) -> tuple[ToolSpec, ...]:
    """ToolConfigs and dicts of the universal format; None means none."""
    if tools is None:
        return ()
    if not isinstance(tools, Sequence) or isinstance(tools, str | bytes):
        raise ConfigError(f"tools is {type(tools).__name__}, must be a list of: {RIGHT_FORM}")
    configs = [_read_tool(tool, f"tools[{at}]") for at, tool in enumerate(tools)]
    return tuple(tool.spec for tool in unique(configs).values())


def _read_tool(tool: object, place: str) -> ToolConfig:
    if isinstance(tool, ToolConfig):
        return tool
    if not isinstance(tool, Mapping):
        raise ConfigError(f"{place} is {type(tool).__name__}, must be like {RIGHT_FORM}")
    if "function" in tool or tool.get("type") == "function":
        raise ConfigError(
            f"{place} is wrapped in OpenAI's format, must be unwrapped, like {RIGHT_FORM}"
        )
    for foreign in ("input_schema", "inputSchema"):
        if foreign in tool:
            raise ConfigError(
                f"{place} calls its schema {foreign!r}, must be 'parameters', like {RIGHT_FORM}"
            )
    missing = [name for name in FIELDS if name not in tool]
    unknown = [str(name) for name in tool if name not in FIELDS]
    if missing or unknown:
        what = f"lacks {missing[0]!r}" if missing else f"has the unknown field {unknown[0]!r}"
        raise ConfigError(f"{place} {what}, must be like {RIGHT_FORM}")
    return ToolConfig(tool["name"], tool["description"], tool["parameters"])


def read_tool_choice(value: object, tools: Sequence[ToolSpec]) -> ToolChoice:
    """The guide's forms, and their `type` alone as a string."""
    kind = value.get("type") if isinstance(value, Mapping) else value
    match kind:
        case None if value is None:
            return ToolChoice()
        case "auto" | "none":
            return ToolChoice(kind)
        case "required" if tools:
            return ToolChoice("required")
        case "required":
            raise ConfigError("tool_choice is 'required', must not be without tools")
        case "function" if isinstance(value, Mapping):
            return ToolChoice("one", _chosen(value.get("function"), tools))
    raise ConfigError(f"tool_choice is {value!r}, must be {CHOICES}")


def _chosen(function: object, tools: Sequence[ToolSpec]) -> str:
    names = [tool["name"] for tool in tools]
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(name, str):
        raise ConfigError(f"tool_choice names no function, must be {CHOICES}")
    if name not in names:
        known = ", ".join(names) or "(there are no tools)"
        raise ConfigError(f"tool_choice names {name!r}, must be one of: {known}")
    return name
