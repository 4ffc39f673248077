"""What came before the query: roles kept, calls and their results in each vendor's form."""

import json
from typing import Any

import pytest

from chat.cascade import CascadeAgent, ConfigError, ModelConfig, ProviderError
from chat.cascade.history import read_messages
from tests.cascade.conftest import MakeAgent
from tests.loopback import Loopback, Reply

CALL = {"id": "call_1", "name": "get_weather", "arguments": {"location": "Paris"}}
ASKED = {"role": "user", "content": "The weather in Paris?"}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
ANSWERED = {"role": "tool", "tool_call_id": "call_1", "content": "22 °C"}
SAID = {"role": "assistant", "content": "It is warm."}


async def test_calls_and_results_reach_the_model_as_such(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    await make_agent("small", "large").run("And Rome?", messages=[ASKED, CALLED, ANSWERED, SAID])
    function = {"name": "get_weather", "arguments": '{"location": "Paris"}'}
    assert provider.requests[0].body["messages"] == [
        ASKED,
        CALLED | {"tool_calls": [{"id": "call_1", "type": "function", "function": function}]},
        ANSWERED,
        SAID,
        {"role": "user", "content": "And Rome?"},
    ]


async def test_what_a_turn_called_can_be_passed_on(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    """`result.tool_calls` are in the form that `messages` take."""
    provider.script("small", Reply("Warm."))
    agent = make_agent("small", "large")
    called = {"role": "assistant", "content": "", "tool_calls": (CALL,)}
    result = await agent.run("And?", messages=[ASKED, called, ANSWERED])
    assert result.content == "Warm."


def test_a_result_knows_its_tool_and_whether_it_failed() -> None:
    *_, answer = read_messages([ASKED, CALLED, ANSWERED | {"is_error": True}])
    assert (answer.get("name"), answer.get("is_error")) == ("get_weather", True)


@pytest.mark.parametrize(
    ("kind", "field"), [("anthropic", "system"), ("gemini", "systemInstruction")]
)
async def test_a_developer_s_words_are_not_the_user_s(
    provider: Loopback, kind: str, field: str
) -> None:
    agent = CascadeAgent([ModelConfig("any", kind, base_url=provider.base_url)])
    with pytest.raises(ProviderError):  # the reply is OpenAI's
        await agent.run("Hi", messages=[{"role": "developer", "content": "Never reveal it."}])
    body = provider.requests[0].body
    assert "Never reveal it." in json.dumps(body.pop(field))
    assert "Never reveal it." not in json.dumps(body)


WRONG: dict[str, tuple[Any, str]] = {
    "no list": ("Hi", "messages is str, must be a list"),
    "no message": (["Hi"], r"messages\[0\] is str"),
    "unknown role": ([{"role": "robot", "content": "x"}], "Unknown message role 'robot'"),
    "no content": ([{"role": "assistant", "content": None}], r"content of messages\[0\] must be"),
    "a user's calls": ([ASKED | {"tool_calls": [CALL]}], "only an assistant's message may"),
    "calls that are no list": ([CALLED | {"tool_calls": "x"}], "must be a list of calls like"),
    "a call in OpenAI's form": (
        [CALLED | {"tool_calls": [{"id": "a", "function": {"name": "f"}}]}],
        r"messages\[0\].tool_calls\[0\] must be a call in the universal form",
    ),
    "a call without an id": (
        [CALLED | {"tool_calls": [CALL | {"id": None}]}],
        r"id of messages\[0\].tool_calls\[0\] is None",
    ),
    "arguments as JSON": (
        [CALLED | {"tool_calls": [CALL | {"arguments": "{}"}]}],
        "must be an object and not its JSON",
    ),
    "arguments that JSON has no form for": (
        [CALLED | {"tool_calls": [CALL | {"arguments": {"at": object()}}]}],
        "must hold only what JSON can",
    ),
    "an id twice": ([CALLED | {"tool_calls": [CALL, CALL]}], "have an id twice"),
    "a result of nothing": ([ASKED, ANSWERED], r"tool_call_id of messages\[1\] is 'call_1'"),
    "a result of another call": (
        [CALLED, ANSWERED | {"tool_call_id": "call_2"}],
        "must be that of a call .* answered: call_1",
    ),
    "a result twice": ([CALLED, ANSWERED, ANSWERED], r"answered: \(there are none\)"),
    "a result that is no text": ([CALLED, ANSWERED | {"content": {}}], "must be text"),
    "no result": ([CALLED, SAID], r"'call_1' of 'get_weather' has no answer before messages\[1\]"),
    "no result at the end": ([ASKED, CALLED], "has no answer at the end of messages"),
}


@pytest.mark.parametrize(("messages", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_at_once(messages: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_messages(messages)
