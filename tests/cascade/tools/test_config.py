"""What a tool is, and what callers may pass."""

import warnings
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Dict, List, Literal, Optional  # noqa: UP035

import pytest
from referencing.exceptions import Unresolvable

from chat.cascade import ConfigError, ToolConfig, ToolExecutor
from chat.cascade.providers.base import ToolChoice
from chat.cascade.tools.config import read_tool_choice, read_tools
from chat.cascade.tools.validation import validator_of

PLACE = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}
WEATHER = {"name": "get_weather", "description": "Get weather", "parameters": PLACE}


class Unit(Enum):
    CELSIUS = "celsius"
    KELVIN = "kelvin"


def tool(function: Callable[..., Any] | None, parameters: Any = PLACE) -> ToolConfig:
    return ToolConfig("get_weather", "Get weather", parameters, function)


@pytest.mark.parametrize("name", ["", "two words", "1st", "naïve", "a" * 65, "a.b", "a\n", None])
def test_a_name_that_some_vendor_refuses_is_refused(name: Any) -> None:
    with pytest.raises(ConfigError, match="must be 1 to 64"):
        ToolConfig(name, "Get weather", PLACE)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"properties": {}}, "schema of an object"),
        ({"type": "string"}, "schema of an object"),
        ("object", "schema of an object"),
        ({"type": "object", "properties": {...}}, "plain JSON"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, r"\$.properties.a.type"),
        ({"type": "object", "required": "a"}, r"\$.required"),
        ({"type": "object", "$schema": []}, r"\$\['\$schema'\]: \[\] is not of type 'string'"),
        ({"type": "object", "$schema": 7}, "7 is not of type 'string'"),
        ({"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1/"}}}, "within the"),
        ({"type": "object", "properties": {"a": {"$ref": "#/type"}}}, "'#/type', no schema"),
        ({"type": "object", "$dynamicRef": "http://127.0.0.1/"}, "within the schema"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/gone"}}}, "within the schema"),
    ],
)
def test_a_schema_that_cannot_judge_is_refused(parameters: Any, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        tool(None, parameters)


def test_judging_never_opens_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr("urllib.request.urlopen", opened.append)
    with pytest.raises(Unresolvable), warnings.catch_warnings(action="ignore"):
        validator_of({"$ref": "http://127.0.0.1/schema"}).is_valid({})
    assert not opened


def test_a_tool_says_what_it_does_and_its_function_can_be_called() -> None:
    with pytest.raises(ConfigError, match="must say what"):
        ToolConfig("get_weather", " ", PLACE)
    with pytest.raises(ConfigError, match="function of tool"):
        tool("get_weather")  # type: ignore[arg-type]


def test_a_later_change_of_the_schema_given_changes_no_tool() -> None:
    parameters: dict[str, Any] = {"type": "object", "properties": {}}
    config = tool(None, parameters)
    parameters["properties"]["more"] = {}
    assert config.parameters == {"type": "object", "properties": {}}


def test_a_function_describes_itself() -> None:
    def forecast(
        city: Annotated[str, "City name"],
        days: int,
        height: float,
        hourly: bool,
        unit: Unit,
        tags: list[str],
        extra: dict[str, int],
        anything: Any,
        mode: Literal["fast", "slow"] = "fast",
        level: Literal[1, "max"] = 1,
        near: Optional[str] = None,  # noqa: UP045
        far: list[Unit] | None = None,
        rows: List = [],  # type: ignore[type-arg]  # noqa: B006, UP006
        more: Optional[Dict] = None,  # type: ignore[type-arg]  # noqa: UP006, UP045
        noted: list[Annotated[str, {"not": "hashable"}]] = [],  # noqa: B006
    ) -> str:
        """Tell the weather
        of days to come.

        Not for sailors.
        """
        return city

    config = ToolConfig.from_function(forecast)
    assert (config.name, config.description) == ("forecast", "Tell the weather of days to come.")
    assert config.spec["parameters"] == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "City name"},
            "days": {"type": "integer"},
            "height": {"type": "number"},
            "hourly": {"type": "boolean"},
            "unit": {"type": "string", "enum": ["celsius", "kelvin"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "extra": {"type": "object", "additionalProperties": {"type": "integer"}},
            "anything": {},
            "mode": {"type": "string", "enum": ["fast", "slow"]},
            "level": {"enum": [1, "max"]},
            "near": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "far": {
                "anyOf": [
                    {
                        "type": "array",
                        "items": {"type": "string", "enum": ["celsius", "kelvin"]},
                    },
                    {"type": "null"},
                ]
            },
            "rows": {"type": "array"},
            "more": {"anyOf": [{"type": "object"}, {"type": "null"}]},
            "noted": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["city", "days", "height", "hourly", "unit", "tags", "extra", "anything"],
    }


def no_hint(city) -> None:  # type: ignore[no-untyped-def]
    """Refused."""


def starred(*cities: str) -> None:
    """Refused."""


def positional(city: str, /) -> None:
    """Refused."""


def strange(city: complex) -> None:
    """Refused."""


def strange_keys(city: dict[int, str]) -> None:
    """Refused."""


def remarked(city: "City name") -> None:  # type: ignore[valid-type]  # noqa: F722
    """Refused."""


def unknown_in_module(city: "warnings.City") -> None:  # type: ignore[name-defined]
    """Refused."""


def undocumented() -> None: ...


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (no_hint, "no type hint for city"),
        (starred, "named parameters only"),
        (positional, "named parameters only"),
        (strange, "is not one of: str"),
        (strange_keys, "is not one of: str"),
        (remarked, "type hints of remarked cannot be read"),
        (unknown_in_module, "type hints of unknown_in_module cannot be read"),
        (undocumented, "must say what"),
        (lambda: None, "name of a tool"),
    ],
)
def test_a_function_that_json_cannot_call_is_refused(
    function: Callable[..., Any], reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        ToolConfig.from_function(function)


def test_tools_are_read_from_dicts_and_configs() -> None:
    other = ToolConfig("other", "Something else", {"type": "object"}, print)
    specs = read_tools([WEATHER, other])
    assert specs == (WEATHER, other.spec)
    assert read_tools(None) == read_tools([]) == ()


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        ([{"type": "function", "function": WEATHER}], "OpenAI's format"),
        ([{"type": "function", **WEATHER}], "OpenAI's format"),
        ([{**WEATHER, "input_schema": PLACE}], "'input_schema', must be 'parameters'"),
        ([{"name": "get_weather", "description": "Get weather"}], "lacks 'parameters'"),
        ([{**WEATHER, "strict": True}], "unknown field 'strict'"),
        ([WEATHER, 3], r"tools\[1\] is int"),
        (WEATHER, "must be a list"),
        ("get_weather", "must be a list"),
    ],
)
def test_another_format_is_refused_with_the_right_one(tools: Any, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        read_tools(tools)
    assert '{"name": "get_weather", "description": "Get weather", "param' in str(caught.value)


@pytest.mark.parametrize("tools", [None, tool(None), [WEATHER], {"get_weather": print}, [print]])
def test_an_executor_takes_configs_alone(tools: Any) -> None:
    with pytest.raises(ConfigError, match="must be a list of ToolConfig"):
        ToolExecutor(tools)


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two tools called 'get_weather'"):
        read_tools([WEATHER, tool(None)])
    with pytest.raises(ConfigError, match="two tools called 'get_weather'"):
        ToolExecutor([tool(None), tool(None)])


@pytest.mark.parametrize(
    ("value", "choice"),
    [
        (None, ToolChoice("auto")),
        ({"type": "auto"}, ToolChoice("auto")),
        ("auto", ToolChoice("auto")),
        ({"type": "none"}, ToolChoice("none")),
        ("none", ToolChoice("none")),
        ({"type": "required"}, ToolChoice("required")),
        ("required", ToolChoice("required")),
        (
            {"type": "function", "function": {"name": "get_weather"}},
            ToolChoice("one", "get_weather"),
        ),
    ],
)
def test_tool_choice_is_read_in_the_guide_s_forms(value: Any, choice: ToolChoice) -> None:
    assert read_tool_choice(value, read_tools([WEATHER])) == choice


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("any", "must be None"),
        ("function", "must be None"),
        ({}, "must be None"),
        ({"type": ["auto"]}, "must be None"),
        (1, "must be None"),
        ({"type": "tool", "name": "get_weather"}, "must be None"),
        ({"type": "function"}, "names no function"),
        ({"type": "function", "name": "get_weather"}, "names no function"),
        ({"type": "function", "function": {"name": "gone"}}, "must be one of: get_weather"),
    ],
)
def test_another_tool_choice_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        read_tool_choice(value, read_tools([WEATHER]))


def test_a_tool_cannot_be_required_where_there_is_none() -> None:
    with pytest.raises(ConfigError, match="without tools"):
        read_tool_choice("required", ())
