"""An executor that no call and no function can bring down."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chat.cascade import (
    ConfigError,
    ToolCall,
    ToolCallFormat,
    ToolConfig,
    ToolError,
    ToolExecutor,
    ToolResult,
    ToolStreamEvent,
    ToolStreamEventType,
)
from chat.cascade.tools import executor as executing
from tests.cascade.test_guide import run_snippet

PLACE = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}


class Unit(Enum):
    CELSIUS = "celsius"
    KELVIN = "kelvin"


def tool(function: Callable[..., Any] | None, parameters: Any = PLACE) -> ToolConfig:
    return ToolConfig("get_weather", "Get weather", parameters, function)


def call(name: str = "get_weather", /, **arguments: Any) -> ToolCall:
    return ToolCall("call_1", name, arguments)


async def outcome(function: Callable[..., Any], /, **settings: Any) -> ToolResult:
    """Of a call of it without arguments."""
    empty = {"type": "object", "properties": {}}
    return await ToolExecutor([tool(function, empty)], **settings).execute(call())


async def test_sync_and_async_functions_run() -> None:
    def get_weather(location: str) -> str:
        return f"{location}: {threading.current_thread().name}"

    async def awaited(location: str) -> str:
        await asyncio.sleep(0)
        return get_weather(location)

    class Callable_:
        async def __call__(self, location: str) -> str:
            return get_weather(location)

    found = [
        (await ToolExecutor([tool(function)]).execute(call(location="Paris"))).result
        for function in (get_weather, awaited, Callable_())
    ]
    assert found == ["Paris: cascade-tool", "Paris: MainThread", "Paris: MainThread"]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({}, "'location' is a required property"),
        ({"location": 5}, r"\$.location: 5 is not of type 'string'"),
        ({"location": "Paris", "shell": "rm"}, "'shell' was unexpected"),
        ('{"location": "Paris"}', "is not of type 'object'"),
        (None, "is not of type 'object'"),
    ],
)
async def test_arguments_that_do_not_fit_run_nothing(arguments: Any, fault: str) -> None:
    ran: list[str] = []
    result = await ToolExecutor([tool(ran.append)]).execute(
        ToolCall("call_1", "get_weather", arguments)
    )
    with pytest.raises(AssertionError, match=fault):
        raise AssertionError(result.error)
    assert not ran and not result.success and result.call_id == "call_1"


@pytest.mark.parametrize(
    "draft",
    ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"],
)
async def test_unknown_arguments_are_refused_unless_the_schema_wants_them(draft: str) -> None:
    def get_weather(**arguments: Any) -> int:
        return len(arguments)

    schema = {"$schema": draft, **PLACE}
    shut = await ToolExecutor([tool(get_weather, schema)]).execute(call(location="Rome", more=1))
    assert shut.error and "'more' was unexpected" in shut.error
    schema["additionalProperties"] = True
    open_ = await ToolExecutor([tool(get_weather, schema)]).execute(call(location="Rome", more=1))
    assert open_.result == 2


async def test_a_faulty_schema_reference_at_run_time_is_an_error() -> None:
    endless = {"type": "object", "properties": {"location": {"$ref": "#/properties/location"}}}
    result = await ToolExecutor([tool(print, endless)]).execute(call(location="Paris"))
    assert result.error == "The call failed (RecursionError)."


async def test_a_tool_that_is_not_there_or_cannot_run_is_an_error() -> None:
    executor = ToolExecutor([tool(None)])
    unknown = await executor.execute(call("get_whether"))
    assert unknown.error == "There is no tool 'get_whether', only: get_weather"
    assert (
        await executor.execute(call(location="Paris"))
    ).error == "get_weather cannot be run here."


def fails(exception: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise exception

    return function


def fails_later(exception: BaseException) -> Callable[[], Any]:
    async def function() -> None:
        await asyncio.sleep(0)
        raise exception

    return function


@pytest.mark.parametrize("way", [fails, fails_later])
@pytest.mark.parametrize("exception", [KeyError("sk-secret"), SystemExit(3), StopIteration()])
async def test_what_a_function_raises_is_kept_from_the_model(way: Any, exception: Any) -> None:
    result = await outcome(way(exception))
    assert result.error and "get_weather failed (" in result.error
    assert "secret" not in result.error and "secret" not in repr(result)
    if not isinstance(exception, StopIteration):
        assert result.exception is exception


@pytest.mark.parametrize("way", [fails, fails_later])
async def test_what_a_function_raises_is_told_in_the_log(
    way: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await outcome(way(KeyError("celsius")))
    await outcome(way(ToolError("No such city.")))
    (record,) = caplog.records
    assert record.getMessage() == "the tool get_weather failed"
    assert record.exc_info and repr(record.exc_info[1]) == "KeyError('celsius')"


async def test_a_function_s_cancelled_error_cancels_nobody_else() -> None:
    assert (await outcome(fails(asyncio.CancelledError()))).error
    assert (await outcome(fails_later(asyncio.CancelledError()))).error


async def test_a_tool_error_s_words_reach_the_model() -> None:
    error = ToolError("No such city; try Paris.")
    result = await outcome(fails(error))
    assert (result.error, result.exception) == ("No such city; try Paris.", error)
    result = await outcome(fails(ToolError("\ud83d" * 200)), max_output=100)
    assert result.error and result.error.startswith("\ufffd" * 100 + "\n[cut here")


async def test_a_function_that_overruns_its_time_fails_at_once() -> None:
    release = threading.Event()

    async def stubborn() -> None:
        while not release.is_set():
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)

    for function in (lambda: release.wait(5), stubborn, lambda: asyncio.sleep(5)):
        result = await outcome(function, timeout_s=0.05)
        assert result.error == "get_weather did not answer within 0.05 s."
        assert 50 <= result.execution_time_ms < 400
    release.set()


def test_a_function_left_behind_does_not_keep_the_process() -> None:
    code = """
import asyncio, time
from chat.cascade import ToolCall, ToolConfig, ToolExecutor

tool = ToolConfig("hang", "Hang", {"type": "object"}, lambda: time.sleep(30))
call = ToolCall("call_1", "hang", {})
print(asyncio.run(ToolExecutor([tool], timeout_s=0.01).execute(call)).error)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=15, check=True
    )
    assert (ended.stdout, ended.stderr) == ("hang did not answer within 0.01 s.\n", "")


async def test_functions_left_behind_are_not_gathered_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executing, "MAX_LEFT_BEHIND", 2)
    release = threading.Event()
    empty = {"type": "object"}
    executor = ToolExecutor([tool(lambda: release.wait(5), empty)], timeout_s=0.02)
    late, also_late, refused = [(await executor.execute(call())).error for _ in range(3)]
    assert late == also_late == "get_weather did not answer within 0.02 s."
    assert refused == "Too many tools are still running, try again later."
    release.set()
    while any(thread.name == "cascade-tool" for thread in threading.enumerate()):
        await asyncio.sleep(0.01)
    assert (await executor.execute(call())).success


async def test_a_cancelled_caller_is_cancelled() -> None:
    ended = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.sleep(5)
        finally:
            ended.set()

    task = asyncio.create_task(outcome(slow))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 1)


async def test_sync_functions_run_at_the_same_time_while_the_loop_ticks() -> None:
    def get_weather(location: str) -> str:
        time.sleep(0.2)
        return location

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticks = 0
    ticking = asyncio.create_task(tick())
    began = time.perf_counter()
    results = await ToolExecutor([tool(get_weather)]).execute_parallel(
        [call(location=city) for city in ("Paris", "Rome", "Oslo")]
    )
    took = time.perf_counter() - began
    ticking.cancel()
    assert [result.result for result in results] == ["Paris", "Rome", "Oslo"]
    assert took < 0.4 and ticks >= 8


async def test_no_more_run_at_a_time_than_allowed() -> None:
    running, most = 0, 0

    async def get_weather(location: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1

    executor = ToolExecutor([tool(get_weather)])
    await executor.execute_parallel([call(location="Paris")] * 7, max_parallel=3)
    assert most == 3
    with pytest.raises(ConfigError, match="max_parallel"):
        await executor.execute_parallel([], max_parallel=0)


@pytest.mark.parametrize(
    "settings", [{"timeout_s": 0}, {"timeout_s": "9"}, {"max_output": 0}, {"max_output": None}]
)
def test_an_executor_s_bounds_are_numbers_above_zero(settings: Any) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        ToolExecutor([], **settings)


@pytest.mark.parametrize("approve", [True, bool, lambda call: True], ids=["no", "class", "sync"])
def test_who_is_asked_can_be_awaited(approve: Any) -> None:
    with pytest.raises(ConfigError, match=r"approve is .*, must be an async function"):
        ToolExecutor([], approve=approve)


def test_an_object_that_can_be_awaited_may_be_asked() -> None:
    class Asked:
        async def __call__(self, call: ToolCall) -> bool:
            return True

        async def method(self, call: ToolCall) -> bool:
            return True

    for approve in (Asked(), Asked().method, partial(Asked().method)):
        ToolExecutor([], approve=approve)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["text", "count", "unit", "parts", "other"])


@settings(max_examples=150, deadline=1000, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES | st.text(), JSON, max_size=5) | JSON, st.text())
@example({"text": "a", "count": 10**30}, "join")
@example({"text": "a", "count": 1e300}, "join")
def test_no_arguments_bring_the_executor_down(arguments: Any, name: str) -> None:
    def join(
        text: str, count: int = 1, unit: Unit | None = None, parts: list[Any] | None = None
    ) -> str:
        """Join."""
        return text[:count] + str(unit) + "".join(parts or [])

    executor = ToolExecutor([ToolConfig.from_function(join)], timeout_s=0.5)
    for called in ("join", name):
        result = asyncio.run(executor.execute(ToolCall("call_1", called, arguments)))
        assert result.success or result.error
        result.to_message()["content"].encode()


async def test_hints_that_are_remarks_do_not_matter_beside_a_schema() -> None:
    def look(city: "City name", day: "asyncio.Day") -> str:  # type: ignore  # noqa: F722
        return f"{city}, {day}"

    schema = {"type": "object", "properties": {"city": {}, "day": {}}}
    executor = ToolExecutor([ToolConfig("look", "Look", schema, look)])
    result = await executor.execute(call("look", city="Paris", day=1))
    assert (result.error, result.result) == (None, "Paris, 1")


async def test_an_event_s_data_is_no_call_yet() -> None:
    ran: list[str] = []

    def remember(city: str) -> None:
        """Remember."""
        ran.append(city)

    executor = ToolExecutor([ToolConfig.from_function(remember)])
    given: Any = {"id": "call_1", "name": "remember", "arguments": {"city": "Oslo"}}
    made = ToolCall("call_0", "remember", {"city": "Paris"})
    with pytest.raises(ConfigError, match=r"A call is dict, must be like ToolCall\(\*\*event"):
        await executor.execute(given)
    with pytest.raises(ConfigError, match="A call is dict"):
        await executor.execute_parallel([made, given])
    assert not ran
    assert (await executor.execute(ToolCall(**given))).success


async def test_a_function_gets_what_its_hints_promise() -> None:
    def convert(days: int, unit: Unit, others: list[Unit], maybe: Unit | int | None = None) -> str:
        """Convert."""
        return repr((days, unit, others, maybe))

    executor = ToolExecutor([ToolConfig.from_function(convert)])
    asked = call("convert", days=2.0, unit="kelvin", others=["celsius"], maybe="celsius")
    result = await executor.execute(asked)
    assert result.result == repr((2, Unit.KELVIN, [Unit.CELSIUS], Unit.CELSIUS))


@pytest.mark.parametrize("value", ["x" * 10**6, ["x"] * 10**6, {"text": "x" * 10**6}])
async def test_a_long_result_is_cut_and_says_so(value: Any) -> None:
    result = await outcome(lambda: value, max_output=100)
    assert result.text == result.result
    assert len(result.text) < 200 and "only the first 100 characters" in result.text


async def test_writing_a_result_stops_where_it_is_cut() -> None:
    class Endless(list[str]):
        def __iter__(self) -> Iterator[str]:
            for _ in range(1000):
                yield "x"
            raise AssertionError("read to the end")

    result = await outcome(lambda: Endless("x"), max_output=100)
    assert result.success and result.text.startswith('["x", "x"')


async def test_a_result_without_a_form_in_json_is_an_error() -> None:
    loop: list[Any] = []
    loop.append(loop)
    for value in (object(), loop, float("nan"), {(1, 2): 3}, iter([])):
        result = await outcome(lambda value=value: value)
        assert result.error and "no form in JSON" in result.error and result.result is None


class AgentWithACall:
    async def stream_events(self, query: str, tools: Any) -> Any:
        arguments: Mapping[str, Any] = {"location": "Paris"}
        tool_call = {"id": "call_7", "name": tools[0]["name"], "arguments": arguments}
        yield ToolStreamEvent(ToolStreamEventType.TOOL_CALL_COMPLETE, data={"tool_call": tool_call})


async def test_tool_execution(capsys: pytest.CaptureFixture[str]) -> None:
    left = await run_snippet(
        """
from chat.cascade.tools import ToolConfig, ToolExecutor, ToolCall, ToolCallFormat

# Define tools with executable functions
def get_weather(location: str, unit: str = "celsius") -> str:
    # Your actual implementation
    return f"{location}: 22°C, sunny"

tool_configs = [
    ToolConfig(
        name="get_weather",
        description="Get weather",
        parameters={
            "type": "object",
            "properties": {
                "location": {"type": "string"},
                "unit": {"type": "string"}
            },
            "required": ["location"]
        },
        function=get_weather  # ← Actual function
    )
]

# Create executor
executor = ToolExecutor(tool_configs)

# Define tools for model (universal format)
tools = [{
    "name": "get_weather",
    "description": "Get weather",
    "parameters": {...}
}]

# Stream and execute
async for event in agent.stream_events(query, tools=tools):
    if event.type == ToolStreamEventType.TOOL_CALL_COMPLETE:
        tool_call_data = event.data.get('tool_call', {})

        # Create ToolCall object
        tc = ToolCall(
            id=tool_call_data.get('id', 'call_0'),
            name=tool_call_data['name'],
            arguments=tool_call_data['arguments'],
            provider_format=ToolCallFormat.OPENAI
        )

        # Execute the tool
        result = await executor.execute(tc)
        print(f"Result: {result.result}")
""",
        agent=AgentWithACall(),
        query="What's the weather in Paris?",
    )
    assert capsys.readouterr().out == "Result: Paris: 22°C, sunny\n"
    assert (left["result"].call_id, left["tc"].provider_format) == ("call_7", ToolCallFormat.OPENAI)


def note(ran: list[str]) -> Callable[[str], None]:
    def get_weather(location: str) -> None:
        ran.append(location)

    return get_weather


def asking(function: Callable[..., Any]) -> ToolConfig:
    return ToolConfig("get_weather", "Get weather", PLACE, function, asks_first=True)


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_tool_that_asks_first_runs_only_when_allowed(allowed: bool) -> None:
    asked: list[ToolCall] = []
    ran: list[str] = []

    async def approve(call: ToolCall) -> bool:
        asked.append(call)
        await asyncio.sleep(0.25)
        return allowed

    executor = ToolExecutor([asking(note(ran))], timeout_s=0.2, approve=approve)
    result = await executor.execute(call(location="Paris"))
    assert [one.arguments for one in asked] == [{"location": "Paris"}]
    assert ran == (["Paris"] if allowed else [])
    assert result.success is allowed
    assert result.execution_time_ms < 200


async def test_a_call_that_may_run_does_not_wait_for_questions_about_others() -> None:
    asked: list[ToolCall] = []
    answer = asyncio.Event()

    async def approve(call: ToolCall) -> bool:
        asked.append(call)
        return await answer.wait()

    def told(result: ToolResult) -> None:
        if result.name == "get_time":
            answer.set()

    ran: list[str] = []
    clock = ToolConfig("get_time", "Get the time", {"type": "object"}, lambda: "12:00")
    executor = ToolExecutor([asking(note(ran)), clock], approve=approve)
    calls = [*[call(location="Paris")] * 3, ToolCall("call_2", "get_time", {})]
    async with asyncio.timeout(30):
        await executor.execute_parallel(calls, max_parallel=2, tell=told)
    assert len(asked) == len(ran) == 3


async def test_a_question_that_is_cancelled_is_no_yes() -> None:
    ran: list[str] = []

    async def approve(call: ToolCall) -> bool:
        unanswered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        unanswered.cancel()
        return await unanswered

    result = await ToolExecutor([asking(note(ran))], approve=approve).execute(
        call(location="Paris")
    )
    assert result.error == "The user did not allow this call of get_weather; it was not run."
    assert ran == []


async def test_a_question_ends_with_who_waits_for_it() -> None:
    ended: list[bool] = []

    async def approve(call: ToolCall) -> bool:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)
        return True

    executor = ToolExecutor([asking(note([]))], approve=approve)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await executor.execute(call(location="Paris"))
    assert ended == [True]


async def test_a_tool_that_asks_first_is_refused_where_nobody_can_be_asked() -> None:
    ran: list[str] = []
    result = await ToolExecutor([asking(note(ran))]).execute(call(location="Paris"))
    assert result.error == "The user did not allow this call of get_weather; it was not run."
    assert ran == []


async def test_an_invalid_call_is_not_asked_about() -> None:
    async def approve(call: ToolCall) -> bool:
        raise AssertionError("asked")

    result = await ToolExecutor([asking(note([]))], approve=approve).execute(call())
    assert "'location' is a required property" in result.text
