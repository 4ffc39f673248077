"""Probabilities of a draft's tokens: who is asked for them, and how they are read."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chat.cascade import CascadeAgent, CascadePolicy, ModelConfig, attempt
from chat.cascade.presets import PRESETS
from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import Logprobs, Request, Text, TokenLogprob
from chat.cascade.waits import Waits
from tests.cascade.conftest import MakeAgent, events_of
from tests.deltas import deltas_of
from tests.loopback import Loopback, Reply, event

TWO = [{"token": " Par", "logprob": -0.25}, {"token": "is", "logprob": -1}]
READ = [TokenLogprob(" Par", -0.25), TokenLogprob("is", -1)]


def choice(content: str | None, tokens: object, finish: str | None = None, **delta: Any) -> bytes:
    said = {"index": 0, "delta": {"content": content, **delta}, "finish_reason": finish}
    return event({"choices": [said | {"logprobs": tokens}]})


def gemini(**candidate: Any) -> bytes:
    return event({"candidates": [candidate]})


def line(**fields: Any) -> bytes:
    return json.dumps(fields).encode() + b"\n"


ARRIVING: dict[str, list[bytes]] = {
    "openai": [choice(" Paris", {"content": TWO, "refusal": None})],
    "openai_responses": [
        event({"type": "response.output_text.delta", "delta": " Paris", "logprobs": TWO})
    ],
    "gemini": [
        gemini(
            content={"parts": [{"text": " Paris"}]},
            logprobsResult={
                "chosenCandidates": [
                    {"token": one["token"], "logProbability": one["logprob"]} for one in TWO
                ]
            },
        )
    ],
    "ollama": [line(message={"content": " Paris"}, logprobs=TWO)],
}


async def asked(provider: Loopback, kind: str, *raw: bytes, **settings: Any) -> list[Any]:
    ndjson = "application/x-ndjson" if kind == "ollama" else "text/event-stream"
    provider.script("m", Reply(raw=raw, content_type=ndjson))
    provider.script("", Reply(raw=raw))
    messages = ({"role": "user", "content": "Hi"},)
    request = Request("m", messages, 10, 0.5, provider.base_url, **settings)  # type: ignore[arg-type]
    return await deltas_of(PROVIDERS[kind], request)


@pytest.mark.parametrize("kind", ARRIVING)
async def test_tokens_come_with_their_text(provider: Loopback, kind: str) -> None:
    assert await asked(provider, kind, *ARRIVING[kind]) == [Text(" Paris"), Logprobs(READ)]


ODD: dict[str, tuple[object, list[TokenLogprob]]] = {
    "null": (None, []),
    "another form": ({"tokens": ["a"], "token_logprobs": [-1]}, []),
    "a number": (-0.5, []),
    "empty": ({"content": []}, []),
    "without a value": ({"content": [{"token": "a"}, *TWO]}, READ),
    "not finite": ({"content": [{"token": "a", "logprob": float("-inf")}, *TWO]}, READ),
    "absurd": ({"content": [{"token": "a", "logprob": -(10**400)}, *TWO]}, READ),
    "above zero by rounding": (
        {"content": [{"token": "a", "logprob": 1e-9}]},
        [TokenLogprob("a", 0.0)],
    ),
    "half a character": (
        {"content": [{"token": "\ud83c", "bytes": [240, 159], "logprob": -1.0}]},
        [TokenLogprob("\ufffd", -1.0)],
    ),
}


@pytest.mark.parametrize(("tokens", "read"), ODD.values(), ids=ODD)
async def test_what_cannot_be_read_is_passed_over(
    provider: Loopback, tokens: object, read: list[TokenLogprob]
) -> None:
    found = await asked(provider, "openai", choice(" Paris", tokens))
    assert found == [Text(" Paris"), *([Logprobs(read)] if read else [])]


@pytest.mark.parametrize(
    "raw",
    [
        choice(None, {"content": None, "reasoning_content": TWO}, reasoning_content="Hm"),
        choice("", {"content": TWO}, reasoning="Hm"),
    ],
    ids=["as DeepSeek", "as vLLM"],
)
async def test_those_of_thoughts_are_not_the_answers(provider: Loopback, raw: bytes) -> None:
    found = await asked(provider, "openai", raw)
    assert not any(isinstance(delta, Logprobs) for delta in found)


KNOWN = [
    ("openai", "gpt-4o-mini", True),
    ("openai", "gpt-3.5-turbo", True),
    ("openai", "gpt-5-mini", False),
    ("openai", "o4-mini", False),
    ("openrouter", "openai/gpt-4.1-mini", True),
    ("openrouter", "anthropic/claude-haiku-4.5", False),
    ("deepseek", "deepseek-chat", True),
    ("deepseek", "deepseek-reasoner", False),
    ("vllm", "any/model", True),
    ("ollama", "llama3.2", True),
    ("mistral", "mistral-small-latest", False),
    ("groq", "llama-3.1-8b-instant", False),
    ("together", "meta-llama/Llama-3.3-70B", False),
    ("gemini", "gemini-2.5-flash", False),
]


@pytest.mark.parametrize(("service", "model", "known"), KNOWN)
def test_only_models_known_to_take_it_are_asked(service: str, model: str, known: bool) -> None:
    preset = PRESETS[service]
    assert preset.asks_logprobs(None, model) is known
    assert preset.asks_logprobs(True, model)
    assert not preset.asks_logprobs(False, model)


SENT: dict[str, Callable[[dict[str, Any]], bool]] = {
    "openai": lambda body: body.get("logprobs") is True,
    "openai_responses": lambda body: "message.output_text.logprobs" in body.get("include", []),
    "gemini": lambda body: body["generationConfig"].get("responseLogprobs") is True,
    "ollama": lambda body: body.get("logprobs") is True,
}


@pytest.mark.parametrize("wish", [True, False])
@pytest.mark.parametrize("kind", SENT)
async def test_each_is_asked_in_its_own_words(provider: Loopback, kind: str, wish: bool) -> None:
    await asked(provider, kind, logprobs=wish)
    assert SENT[kind](provider.requests[0].body) is wish


async def test_a_model_that_refuses_them_is_asked_without(provider: Loopback) -> None:
    refusal = {"message": "not with this model", "param": "logprobs", "code": "unsupported"}
    raw = [json.dumps({"error": refusal}).encode()]
    refused = Reply(status=400, raw=raw, content_type="application/json")
    provider.script("m", refused, Reply("Hi."))
    request = Request(
        "m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url, logprobs=True
    )
    assert await deltas_of(PROVIDERS["openai"], request)
    assert [SENT["openai"](received.body) for received in provider.requests] == [True, False]


async def test_drafts_alone_are_asked(provider: Loopback) -> None:
    provider.script("small", Reply("I'm sorry, but I can't help with that."))
    models = [
        ModelConfig(name, "vllm", base_url=provider.base_url, cost=0) for name in ("small", "large")
    ]
    agent = CascadeAgent(models, policy=CascadePolicy(direct_from=None))
    await events_of(agent.stream_events("Hi"))
    assert [SENT["openai"](received.body) for received in provider.requests] == [True, False]


async def test_a_model_can_be_set_to_be_asked_or_not(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    for wish in (True, False, None):
        await events_of(make_agent("small", "large", logprobs=wish).stream_events("Hi"))
    sent = [SENT["openai"](received.body) for received in provider.requests]
    assert sent == [True, False, False]  # of an unknown service nothing is known


async def test_an_attempt_keeps_the_first_of_them(
    provider: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "MAX_LOGPROBS", 3)
    said = choice(" Paris", {"content": TWO})
    provider.script("m", Reply(raw=[said, said, choice(None, None, "stop")]))
    model = ModelConfig("m", "openai", base_url=provider.base_url, logprobs=True)
    request = model.request(
        [{"role": "user", "content": "Hi"}], max_tokens=9, temperature=0, is_draft=True
    )
    draft, waits = attempt.Attempt(1, "draft", model, request), Waits()
    waits.clock.resume()
    async for _ in draft.play(waits, lambda *_: None, None):  # type: ignore[arg-type, return-value]
        pass
    assert draft.logprobs == [*READ, READ[0]]
    assert draft.text == " Paris Paris"


@pytest.mark.parametrize(
    ("logprob", "accepted"), [(-0.001, True), (-2.5, False)], ids=["sure", "unsure"]
)
async def test_a_draft_is_judged_by_how_sure_its_model_was(
    provider: Loopback, make_agent: MakeAgent, logprob: float, accepted: bool
) -> None:
    said = {"content": [{"token": "A", "logprob": logprob}]}
    provider.script("small", Reply(raw=[choice("A", said), choice(None, None, "stop")]))
    agent = make_agent("small", "large", logprobs=True)
    events = await events_of(agent.stream_events("Which is a river?\nA. Rhine\nB. Rome"))
    decision = next(seen.data for seen in events if seen.type == "draft_decision")
    assert decision["accepted"] is accepted
    assert "answer_doubt" in {check["name"] for check in decision["checks"]}
