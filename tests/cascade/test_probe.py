"""The probe prints what an endpoint sent: whole, partial or failed, and never a key."""

import asyncio
import json
import sys
from typing import Any

import pytest

from chat.cascade import ModelConfig
from chat.cascade.probe import APIS, Probe, probe
from chat.cascade.providers import PROVIDERS
from tests.loopback import Loopback, Reply, event

KEY = "sk-canary-0123456789abcdef"


def choice(**fields: Any) -> bytes:
    return event({"choices": [{"index": 0, **fields}]})


def call(name: str, arguments: str) -> bytes:
    piece = {"id": f"of-{name}", "function": {"name": name, "arguments": arguments}}
    return choice(delta={"tool_calls": [piece]})


async def probed(provider: Loopback, /, *replies: Reply, **given: Any) -> dict[str, Any]:
    provider.script("m", *replies)
    line = {
        "id": 7,
        "provider": "some-service",
        "base_url": provider.base_url,
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": None,
        "api_key": KEY,
    }
    answer: dict[str, Any] = json.loads(await probe(json.dumps(line | given)))
    return answer


async def test_an_answer_is_printed_with_all_that_came(provider: Loopback) -> None:
    answer = await probed(
        provider,
        Reply(
            raw=[
                choice(delta={"reasoning": "Hm"}),
                choice(delta={"content": " Hello"}),
                call("f", '{"x": 1}'),
                call("g", ""),
                choice(delta={}, finish_reason="stop"),
                event(
                    {
                        "usage": {
                            "prompt_tokens": 7,
                            "completion_tokens": 3,
                            "prompt_tokens_details": {"cached_tokens": 2},
                            "completion_tokens_details": {"reasoning_tokens": 1},
                            "cost": 0.00012,
                        }
                    }
                ),
            ]
        ),
    )
    assert 0 <= answer.pop("ms_first") <= answer.pop("ms") < 5000
    assert answer == {
        "id": 7,
        "text": " Hello",
        "reasoning": "Hm",
        "refusal": "",
        "tool_calls": [
            {"id": "of-f", "name": "f", "arguments": {"x": 1}},
            {"id": "of-g", "name": "g", "arguments": {}},
        ],
        "finish": "tool_calls",
        "usage": {"input": 7, "output": 3, "cached": 2, "reasoning": 1, "cost": 0.00012},
        "error": None,
    }


async def test_a_refusal_is_told_apart_from_text(provider: Loopback) -> None:
    raw = [choice(delta={"refusal": "No."}), choice(delta={}, finish_reason="stop")]
    answer = await probed(provider, Reply(raw=raw))
    assert (answer["text"], answer["refusal"], answer["finish"]) == ("", "No.", "refusal")
    assert answer["usage"] is None


async def test_a_call_that_was_cut_is_no_call_without_arguments(provider: Loopback) -> None:
    cut = choice(delta={}, finish_reason="length")
    answer = await probed(provider, Reply(raw=[call("f", '{"x": "un'), call("g", ""), cut]))
    assert [called["arguments"] for called in answer["tool_calls"]] == ['{"x": "un', ""]
    assert answer["finish"] == "length"


async def test_a_failure_is_classed_and_nothing_is_tried_again(provider: Loopback) -> None:
    answer = await probed(provider, Reply.error(429, "Slow down", Retry_After="7"), Reply("Hi"))
    assert answer["error"] == {
        "class": "rate_limited",
        "status": 429,
        "message": "Slow down",
        "retry_after": 7.0,
    }
    assert (answer["text"], answer["finish"], answer["ms_first"]) == ("", None, None)
    assert len(provider.requests) == 1


async def test_an_answer_that_breaks_off_keeps_its_text(provider: Loopback) -> None:
    answer = await probed(provider, Reply("This breaks off", end="cut"))
    assert (answer["text"], answer["finish"]) == ("This breaks off", None)
    assert answer["error"]["class"] == "incomplete"


async def test_silence_is_a_timeout(provider: Loopback) -> None:
    provider.script("m", Reply("Hi", end="hang"))
    config = ModelConfig("m", "openai", base_url=provider.base_url, idle_timeout_s=0.1)
    answer = Probe()
    await answer.run(config, config.request([], max_tokens=None, temperature=None))
    assert answer.text == "Hi"
    assert answer.error and answer.error.code == "timeout"


async def test_silence_after_the_finish_is_none_of_the_answer_s(
    provider: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.cascade.probe._AFTER_FINISH_S", 0.1)
    finish = choice(delta={"content": "Hi"}, finish_reason="stop")
    answer = await probed(provider, Reply(raw=[finish], end="hang"))
    assert (answer["text"], answer["finish"], answer["error"]) == ("Hi", "stop", None)


async def test_a_break_after_a_finish_that_was_none_is_the_answer_s(provider: Loopback) -> None:
    pieces = [choice(delta={"content": word}, finish_reason="stop") for word in ("Half", " of it")]
    answer = await probed(provider, Reply(raw=pieces, end="reset"))
    assert (answer["text"], answer["error"]["class"]) == ("Half of it", "incomplete")


async def test_no_key_is_ever_printed(provider: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "environment-0123456789")
    for reply in (Reply.error(401, f"Bad {KEY}"), Reply([KEY, " and environment-0123456789"])):
        printed = json.dumps(await probed(provider, reply))
        assert "canary" not in printed and "0123456789" not in printed
        assert "[redacted]" in printed
    assert all(request.key == KEY for request in provider.requests)


@pytest.mark.parametrize(
    ("provider_name", "api", "path"),
    [
        ("some-service", "chat_completions", "/v1/chat/completions"),
        ("openai", None, "/v1/chat/completions"),
        ("openai", "responses", "/v1/responses"),
        ("ollama", None, "/api/chat"),
        ("ollama", "chat_completions", "/v1/chat/completions"),
        ("openrouter", "messages", "/v1/messages"),
        ("anthropic", None, "/v1/messages"),
    ],
)
async def test_api_is_chosen(
    provider: Loopback, provider_name: str, api: str | None, path: str
) -> None:
    await probed(provider, Reply.error(400), provider=provider_name, api=api)
    assert [request.path for request in provider.requests] == [path]


async def test_a_service_is_known_by_its_name_at_any_address(provider: Loopback) -> None:
    tool = {"name": "f", "description": "Do", "parameters": {"type": "object"}}
    await probed(provider, provider="azure", tools=[tool])
    await probed(provider, provider="mistral", tools=[tool], tool_choice="required")
    azure, mistral = provider.requests
    assert azure.headers["api-key"] == KEY
    assert "max_completion_tokens" in azure.body and azure.body["tools"]
    assert mistral.body["tool_choice"] == "any"


MISUNDERSTOOD: dict[str, tuple[str, str]] = {
    "not JSON": ("{", "not JSON"),
    "no object": ("[]", "not a JSON object"),
    "no address": ('{"provider": "some-service", "model": "m"}', "needs a base_url"),
    "no model": ('{"provider": "groq"}', "name is ''"),
    "messages of text": ('{"provider": "groq", "model": "m", "messages": ["Hi"]}', "messages must"),
    "content of parts": (
        '{"provider": "groq", "model": "m", "messages": [{"role": "user", "content": [1]}]}',
        "text or null",
    ),
    "a call in another form": (
        '{"provider": "groq", "model": "m", "messages": [{"role": "assistant", "tool_calls":'
        ' [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]}]}',
        "arguments as an object",
    ),
    "a tool in another form": (
        '{"provider": "groq", "model": "m", "tools": [{"type": "function", "function": {}}]}',
        "A tool must be like",
    ),
}


@pytest.mark.parametrize(("line", "message"), MISUNDERSTOOD.values(), ids=MISUNDERSTOOD)
async def test_a_line_that_cannot_be_understood_is_answered(line: str, message: str) -> None:
    error = json.loads(await probe(line))["error"]
    assert error["class"] == "bad_request" and error["status"] is None
    assert message in error["message"]


def test_every_api_is_spoken() -> None:
    assert set(APIS.values()) <= PROVIDERS.keys()


async def test_it_runs_as_a_program_without_django(provider: Loopback) -> None:
    line = json.dumps({"id": "a", "base_url": provider.base_url, "model": "m", "messages": []})
    code = (
        "import runpy, sys; sys.modules['django'] = None;"
        "runpy.run_module('chat.cascade.probe', run_name='__main__')"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(f"{line}\n\n[]\n".encode())
    first, second = map(json.loads, out.splitlines())
    assert not err
    assert (first["id"], first["finish"], first["error"]) == ("a", "stop", None)
    assert second["error"]["class"] == "bad_request"
