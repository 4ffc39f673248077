"""Chat completions as they really arrive: odd, incomplete, and in the middle of failing."""

import gzip
import json
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from chat.cascade import BadResponse, ProviderError
from chat.cascade.pricing import Usage
from chat.cascade.providers import openai
from chat.cascade.providers.base import (
    Delta,
    Finish,
    Message,
    Reasoning,
    Reported,
    Request,
    Text,
    ToolChoice,
    ToolFragment,
    ToolSpec,
)
from tests.deltas import deltas_of
from tests.loopback import Loopback, Reply, event

HELLO = [event({"choices": [{"delta": {"content": "Hello"}}]})]
STOP = event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
UPSTREAM = {"cost_details": {"upstream_inference_cost": 0.02}}


async def deltas(provider: Loopback, *raw: bytes, **settings: Any) -> list[Delta]:
    provider.script("m", Reply(raw=raw, **settings))
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    return await deltas_of(openai.stream, request)


def choice(**fields: Any) -> bytes:
    return event({"choices": [{"index": 0, **fields}]})


ODD: dict[str, tuple[list[bytes], list[Delta]]] = {
    "as documented": (
        [*HELLO, STOP, event({"choices": [], "usage": USAGE}), b"data: [DONE]\n\n"],
        [Text("Hello"), Finish("stop"), Reported(Usage(7, 3))],
    ),
    "no end mark": ([*HELLO, STOP], [Text("Hello"), Finish("stop")]),
    "nothing is read after the end mark": (
        [*HELLO, STOP, b"data: [DONE]\n\n", *HELLO],
        [Text("Hello"), Finish("stop")],
    ),
    "no finish": ([*HELLO, b"data: [DONE]\n\n"], [Text("Hello")]),
    "text after the finish": (
        [*HELLO, STOP, *HELLO],
        [Text("Hello"), Finish("stop"), Text("Hello")],
    ),
    "a finish in every chunk (gateways over Gemini)": (
        [choice(delta={"content": word}, finish_reason="stop") for word in ("Hel", "lo")],
        [Text("Hel"), Finish("stop"), Text("lo")],
    ),
    "the whole once more after the finish": (
        [*HELLO, STOP, choice(message={"content": "Hello"})],
        [Text("Hello"), Finish("stop")],
    ),
    "another finish": (
        [STOP, choice(delta={}, finish_reason="length")],
        [Finish("stop"), Finish("length")],
    ),
    "a full context window (z.ai)": (
        [*HELLO, choice(delta={}, finish_reason="model_context_window_exceeded")],
        [Text("Hello"), Finish("length")],
    ),
    "a filter (z.ai)": (
        [*HELLO, choice(delta={}, finish_reason="sensitive")],
        [Text("Hello"), Finish("content_filter")],
    ),
    "a server that broke off (z.ai)": (
        [*HELLO, choice(delta={}, finish_reason="network_error")],
        [Text("Hello")],
    ),
    "a server that had no more time (watsonx)": (
        [*HELLO, choice(delta={}, finish_reason="time_limit")],
        [Text("Hello")],
    ),
    "finish twice": ([STOP, STOP], [Finish("stop")]),
    "usage with null finish after it": (
        [STOP, event({"choices": [{"delta": {}, "finish_reason": None}], "usage": USAGE})],
        [Finish("stop"), Reported(Usage(7, 3))],
    ),
    "null everywhere": (
        [
            event({"choices": None, "usage": None, "model": None, "error": None}),
            event({"choices": [None]}),
            choice(delta=None),
            choice(delta={"content": None, "reasoning": None, "refusal": None}),
            event([]),
            event("text"),
            STOP,
        ],
        [Finish("stop")],
    ),
    "choice without delta (Azure)": ([choice(content_filter_results={}), STOP], [Finish("stop")]),
    "other choices": (
        [event({"choices": [{"index": 1, "delta": {"content": "no"}}]}), STOP],
        [Finish("stop")],
    ),
    "comments (OpenRouter)": ([b": OPENROUTER PROCESSING\n\n", STOP], [Finish("stop")]),
    "reasoning under both names (vLLM)": (
        [choice(delta={"reasoning": "Hm", "reasoning_content": "Hm"}), STOP],
        [Reasoning("Hm"), Finish("stop")],
    ),
    "reasoning_content (DeepSeek)": (
        [choice(delta={"reasoning_content": "Hm"}), STOP],
        [Reasoning("Hm"), Finish("stop")],
    ),
    "reasoning in details only (Snowflake)": (
        [
            choice(delta={"reasoning_details": [{"type": "reasoning.text", "text": "Hm"}, 7]}),
            choice(delta={"reasoning_details": [{"type": "reasoning.summary", "summary": "!"}]}),
            STOP,
        ],
        [Reasoning("Hm!"), Finish("stop")],
    ),
    "reasoning in details as well (OpenRouter)": (
        [choice(delta={"reasoning": "Hm", "reasoning_details": [{"text": "Hm"}]}), STOP],
        [Reasoning("Hm"), Finish("stop")],
    ),
    "refusal": (
        [choice(delta={"refusal": "No."}), STOP],
        [Text("No.", is_refusal=True), Finish("refusal")],
    ),
    "content in parts (Mistral)": (
        [
            choice(delta={"content": [{"type": "thinking", "thinking": [{"text": "Hm"}]}]}),
            choice(delta={"content": [{"type": "text", "text": "Yes"}, None]}),
            STOP,
        ],
        [Reasoning("Hm"), Text("Yes"), Finish("stop")],
    ),
    "unknown finish reason": ([choice(delta={}, finish_reason="eos")], [Finish("stop")]),
    "length": ([choice(delta={}, finish_reason="length")], [Finish("length")]),
    "filter": ([choice(delta={}, finish_reason="content_filter")], [Finish("content_filter")]),
    "filter with its reason (Gemini)": (
        [choice(delta={}, finish_reason="content_filter: PROHIBITED_CONTENT")],
        [Finish("content_filter")],
    ),
    "filter by its reason alone (Gemini)": (
        [choice(delta={}, finish_reason="SAFETY")],
        [Finish("content_filter")],
    ),
    "length (Gemini)": ([choice(delta={}, finish_reason="MAX_TOKENS")], [Finish("length")]),
    "broken off (DeepSeek)": (
        [
            *HELLO,
            event(
                {
                    "choices": [{"delta": {}, "finish_reason": "insufficient_system_resource"}],
                    "usage": USAGE,
                }
            ),
            b"data: [DONE]\n\n",
        ],
        [Text("Hello"), Reported(Usage(7, 3))],
    ),
    "broken off (vLLM)": (
        [choice(delta={"content": "Hello"}, finish_reason="abort"), b"data: [DONE]\n\n"],
        [Text("Hello")],
    ),
    "leading blanks are kept": ([choice(delta={"content": " \nA"})], [Text(" \nA")]),
    "no blank line at the end": ([STOP.rstrip()], [Finish("stop")]),
    "usage of zero": (
        [STOP, event({"usage": {"prompt_tokens": 0, "completion_tokens": 0}})],
        [Finish("stop"), Reported(Usage(0, 0))],
    ),
    "usage before anything is counted": (
        [event({"usage": USAGE | {"completion_tokens": 0}}), *HELLO],
        [Text("Hello")],
    ),
    "usage of nonsense": (
        [STOP, event({"usage": {"prompt_tokens": -5, "completion_tokens": "many", "cost": True}})],
        [Finish("stop")],
    ),
    "half of the usage is the rest of the total": (
        [
            event({"usage": {"prompt_tokens": 7, "completion_tokens": None, "total_tokens": 10}}),
            event({"usage": {"completion_tokens": 3, "total_tokens": 10}}),
        ],
        [Reported(Usage(7, 3)), Reported(Usage(7, 3))],
    ),
    "half of the usage": (
        [
            STOP,
            event({"usage": {"prompt_tokens": 7}}),
            event({"usage": {"completion_tokens": 3, "total_tokens": 2}}),
            event({"usage": {"total_tokens": 10}}),
        ],
        [
            Finish("stop"),
            Reported(Usage(7), missing="output"),
            Reported(Usage(0, 3), missing="input"),
        ],
    ),
    "cached and reasoning tokens, clamped": (
        [
            event(
                {
                    "usage": USAGE
                    | {
                        "prompt_tokens_details": {"cached_tokens": 161},
                        "completion_tokens_details": {"reasoning_tokens": 9},
                    }
                }
            )
        ],
        [Reported(Usage(7, 3, cached_input=7, reasoning=3))],
    ),
    "reasoning beside the completion (xAI)": (
        [
            event(
                {
                    "usage": {
                        "prompt_tokens": 7,
                        "completion_tokens": 3,
                        "total_tokens": 15,
                        "completion_tokens_details": {"reasoning_tokens": 5},
                    }
                }
            )
        ],
        [Reported(Usage(7, 8, reasoning=5))],
    ),
    "usage of its own (Groq)": (
        [STOP, event({"x_groq": {"usage": USAGE}})],
        [Finish("stop"), Reported(Usage(7, 3))],
    ),
    "usage within the choice (Moonshot)": (
        [*HELLO, choice(delta={}, finish_reason="stop", usage=USAGE)],
        [Text("Hello"), Finish("stop"), Reported(Usage(7, 3))],
    ),
    "cost as text": (
        [event({"usage": USAGE | {"cost": cost}}) for cost in ("0.00012", "1.2e-05", "0")],
        [Reported(Usage(7, 3), Decimal(cost)) for cost in ("0.00012", "0.000012", "0")],
    ),
    "cost that is none": (
        [event({"usage": USAGE | {"cost": cost}}) for cost in ("", "free", "-1", "٣", "9" * 20)],
        [Reported(Usage(7, 3))] * 5,
    ),
    "tokens written to a cache, clamped": (
        [
            event({"usage": USAGE | {"prompt_tokens_details": details}})
            for details in (
                {"cache_write_tokens": 4},
                {"cached_tokens": 5, "cache_write_tokens": 4},
                {"cached_tokens": 2, "cache_creation_tokens": 3},  # LiteLLM
            )
        ],
        [
            Reported(Usage(7, 3, cache_write=4)),
            Reported(Usage(7, 3, cached_input=5, cache_write=2)),
            Reported(Usage(7, 3, cached_input=2, cache_write=3)),
        ],
    ),
    "cached tokens under other names": (
        [
            event({"usage": USAGE | {"prompt_cache_hit_tokens": 4}}),
            event({"usage": USAGE | {"cached_tokens": 5}}),
            event({"usage": USAGE | {"num_cached_tokens": 6}}),
        ],
        [Reported(Usage(7, 3, cached_input=cached)) for cached in (4, 5, 6)],
    ),
    "cost in ticks (xAI)": (
        [event({"usage": USAGE | {"cost_in_usd_ticks": 1_234_000}})],
        [Reported(Usage(7, 3), Decimal("0.0001234"))],
    ),
    "cost in an object (Perplexity)": (
        [event({"usage": USAGE | {"cost": {"total_cost": 0.005}}})],
        [Reported(Usage(7, 3), Decimal("0.005"))],
    ),
    "estimated cost (Hugging Face)": (
        [event({"usage": USAGE | {"cost": None, "estimated_cost": 1e-05}})],
        [Reported(Usage(7, 3), Decimal("0.00001"))],
    ),
    "stated cost (OpenRouter)": (
        [event({"usage": USAGE | {"cost": 0.00012}})],
        [Reported(Usage(7, 3), Decimal("0.00012"))],
    ),
    "cost upstream, to the user's own account or not (OpenRouter)": (
        [
            event({"usage": USAGE | UPSTREAM | {"cost": 0.001, "is_byok": is_byok}})
            for is_byok in (True, False)
        ],
        [Reported(Usage(7, 3), Decimal(cost)) for cost in ("0.021", "0.001")],
    ),
}


@pytest.mark.parametrize(("raw", "expected"), ODD.values(), ids=ODD)
async def test_odd_stream(provider: Loopback, raw: list[bytes], expected: list[Delta]) -> None:
    assert await deltas(provider, *raw) == expected


GEMINI = {
    "what Google sent": ((9, 3, 105), Usage(9, 96, reasoning=93)),
    "no thoughts": ((9, 3, 12), Usage(9, 3)),
    "a total that is too small": ((9, 3, 11), Usage(9, 3)),
}


@pytest.mark.parametrize("model", ["models/gemini-2.5-flash", "google/Gemini-3-pro"])
@pytest.mark.parametrize(("told", "expected"), GEMINI.values(), ids=GEMINI)
async def test_thoughts_that_are_in_the_total_alone_are_counted(
    provider: Loopback, model: str, told: tuple[int, int, int], expected: Usage
) -> None:
    """https://discuss.ai.google.dev/t/127400: of Google's address in OpenAI's form."""
    usage = dict(zip(USAGE, told, strict=True))
    provider.script(model, Reply(raw=[*HELLO, STOP, event({"usage": usage})]))
    request = Request(model, ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    assert (await deltas_of(openai.stream, request))[-1] == Reported(expected)


async def test_json_body_instead_of_a_stream(provider: Loopback) -> None:
    body = {
        "choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}],
        "usage": USAGE,
    }
    read = await deltas(provider, json.dumps(body).encode(), content_type="application/json")
    assert read == [Text("Hello"), Finish("stop"), Reported(Usage(7, 3))]


# https://github.com/continuedev/continue/issues/10920
GROQ = (
    "Rate limit reached for model `m` in organization `org_1` service tier `on_demand` on tokens"
    " per {period}: Limit 12000, Used 2542, Requested 9855. Please try again in 9m38.016s. Need"
    " more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing"
)
OF_A_MINUTE, OF_A_DAY = GROQ.format(period="minute (TPM)"), GROQ.format(period="day (TPD)")


def routed(status: int, raw: object) -> Reply:
    """OpenRouter, of what the provider behind it said, and of the question."""
    metadata = {"raw": json.dumps({"error": raw}), "flagged_input": "my credit balance"}
    error = {"code": status, "message": "Provider returned error", "metadata": metadata}
    body = json.dumps({"error": error}).encode()
    return Reply(status=status, raw=[body], content_type="application/json")


FAILURES: dict[str, tuple[Reply, str, bool]] = {
    "400": (Reply.error(400, "bad"), "bad_request", False),
    "400 context length": (
        Reply.error(400, "This model's maximum context length is 8192 tokens"),
        "context_length",
        False,
    ),
    "400 prompt length (xAI)": (
        Reply.error(
            400,
            "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        ),
        "context_length",
        False,
    ),
    "400 input length": (
        Reply.error(400, "The input exceeds the maximum allowed input length of 8192 tokens."),
        "context_length",
        False,
    ),
    "413": (Reply.error(413, "Request too large", "rate_limit_exceeded"), "context_length", False),
    "400 wrong key (xAI)": (Reply.error(400, "Incorrect API key provided"), "unauthorized", False),
    "400 filter": (Reply.error(400, "x", "content_filter"), "refused", False),
    "400 unknown model (Groq)": (
        Reply.error(400, "The model `x` does not exist"),
        "not_found",
        False,
    ),
    "401": (Reply.error(401), "unauthorized", False),
    "403": (Reply.error(403), "unauthorized", False),
    "403 refused (xAI)": (
        Reply.error(403, "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"),
        "refused",
        False,
    ),
    "403 with a web page": (
        Reply(status=403, raw=[b"\n<!DOCTYPE html>\n<html>Sorry, you have been blocked"]),
        "unavailable",
        True,
    ),
    "400 wrong key behind a router": (
        routed(400, {"message": "API key not valid. Please pass a valid API key."}),
        "unauthorized",
        False,
    ),
    "400 a tool's name": (
        Reply.error(400, "Invalid schema for function 'authenticate_user'"),
        "bad_request",
        False,
    ),
    "402": (Reply.error(402), "quota_exceeded", False),
    "404": (Reply.error(404), "not_found", False),
    "422": (Reply.error(422), "bad_request", False),
    "408": (Reply.error(408), "unavailable", True),
    "409": (Reply.error(409), "unavailable", True),
    "429": (Reply.error(429), "rate_limited", True),
    "429 quota": (Reply.error(429, code="insufficient_quota"), "quota_exceeded", False),
    "429 quota in words alone": (
        Reply.error(429, "You exceeded your current quota, please check your plan and billing"),
        "quota_exceeded",
        False,
    ),
    "429 a minute's limit (Groq)": (
        Reply.error(429, OF_A_MINUTE, "rate_limit_exceeded", retry_after="2"),
        "rate_limited",
        True,
    ),
    "429 a minute's limit without its code": (Reply.error(429, OF_A_MINUTE), "rate_limited", True),
    "429 a limit that more credits would raise": (
        Reply.error(429, "Buy credits for a higher rate limit", "rate_limit_exceeded"),
        "rate_limited",
        True,
    ),
    "429 a day's limit (Groq)": (
        Reply.error(429, OF_A_DAY, "rate_limit_exceeded", retry_after="579"),
        "quota_exceeded",
        False,
    ),
    "429 a day's limit, free again soon (OpenAI)": (
        Reply.error(429, "on requests per day (RPD)", "rate_limit_exceeded", retry_after="9"),
        "rate_limited",
        True,
    ),
    "500": (Reply.error(500), "unavailable", True),
    "502 with a web page": (
        Reply(status=502, raw=[b"<html>Bad gateway</html>"], content_type="text/html"),
        "unavailable",
        True,
    ),
    "503 with an empty body": (Reply(status=503, raw=[]), "unavailable", True),
    "529": (Reply.error(529), "unavailable", True),
    "redirect": (
        Reply(status=302, raw=[], headers={"Location": "http://127.0.0.1:1/"}),
        "bad_response",
        False,
    ),
    "login page": (
        Reply(raw=[b"<html>Sign in</html>"], content_type="text/html"),
        "bad_response",
        False,
    ),
    "not JSON": (Reply(raw=[b"data: {nope\n\n"]), "bad_response", True),
    "nested too deep": (Reply(raw=[b"data: " + b"[" * 100_000 + b"\n\n"]), "bad_response", True),
    "compressed": (
        Reply(raw=[gzip.compress(STOP)], headers={"Content-Encoding": "gzip"}),
        "bad_response",
        True,
    ),
    "a line of 2 MiB": (Reply(raw=[b"data: " + b"x" * 2**21]), "bad_response", True),
    "error with a number as code": (
        Reply(raw=[event({"error": {"code": 429, "message": "x"}})]),
        "rate_limited",
        True,
    ),
    "error that is a text": (Reply(raw=[event({"error": "boom"})]), "unavailable", True),
    "error named by its event (Groq)": (
        Reply(raw=[b"event: error\n" + event({"error": {"message": "x", "status_code": 400}})]),
        "bad_request",
        False,
    ),
    "error as the finish (OpenRouter)": (
        Reply(raw=[choice(delta={}, finish_reason="error")]),
        "unavailable",
        True,
    ),
    "a call that cannot be read (Gemini)": (
        Reply(
            raw=[
                choice(delta={}, finish_reason="function_call_filter: MALFORMED_FUNCTION_CALL"),
            ]
        ),
        "bad_response",
        True,
    ),
    "a call nobody offered (Gemini)": (
        Reply(raw=[choice(delta={}, finish_reason="UNEXPECTED_TOOL_CALL")]),
        "bad_response",
        True,
    ),
    "an error that is not nested (vLLM)": (
        Reply(raw=[*HELLO, event({"object": "error", "message": "no such model", "code": 404})]),
        "not_found",
        False,
    ),
    "connection reset": (Reply(raw=HELLO, end="reset"), "incomplete", True),
}


GENERATED = (
    "Incorrect API key provided: rotate it",
    "show my credit balance",
    "this text is too long",
    "safety first",
    "the model x does not exist",
)


@pytest.mark.parametrize("words", GENERATED)
@pytest.mark.parametrize("is_routed", [False, True])
async def test_what_a_model_wrote_does_not_decide_what_went_wrong(
    provider: Loopback, words: str, is_routed: bool
) -> None:
    error = {"message": "Failed to call a function.", "failed_generation": words}
    body = json.dumps({"error": error}).encode()
    provider.script("m", routed(400, error) if is_routed else Reply(status=400, raw=[body]))
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    with pytest.raises(ProviderError) as failure:
        await anext(openai.stream(request, None))
    assert failure.value.code == "bad_request"


@pytest.mark.parametrize(("reply", "code", "retryable"), FAILURES.values(), ids=FAILURES)
async def test_failure(provider: Loopback, reply: Reply, code: str, retryable: bool) -> None:
    provider.script("m", reply)
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    with pytest.raises(ProviderError) as failure:
        async for _ in openai.stream(request, None):
            pass
    assert (failure.value.code, failure.value.retryable) == (code, retryable)
    assert "<html>" not in str(failure.value)


async def test_unreachable_address_is_unavailable() -> None:
    request = Request("m", (), 10, 0.5, "http://127.0.0.1:9")
    with pytest.raises(ProviderError, match="m could not be reached") as failure:
        await anext(openai.stream(request, None))
    assert failure.value.code == "unavailable"


async def test_every_foreign_error_is_translated() -> None:
    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.RemoteProtocolError("secret words of the library")

    request = Request("m", (), 10, 0.5, "http://127.0.0.1:9")
    with pytest.raises(ProviderError) as failure:
        await anext(openai.stream(request, Broken()))
    assert "secret words" not in str(failure.value) + failure.value.detail


ADDRESSES = {
    "https://host": "https://host/v1/chat/completions",
    "https://host/": "https://host/v1/chat/completions",
    "https://host/v1": "https://host/v1/chat/completions",
    "https://host/v1/": "https://host/v1/chat/completions",
    "https://host/v1/chat/completions": "https://host/v1/chat/completions",
    "https://openrouter.ai/api/v1": "https://openrouter.ai/api/v1/chat/completions",
    "http://[::1]:8080": "http://[::1]:8080/v1/chat/completions",
    "https://api.groq.com": "https://api.groq.com/openai/v1/chat/completions",
    "https://api.deepseek.com/": "https://api.deepseek.com/chat/completions",
    "https://r.openai.azure.com": "https://r.openai.azure.com/openai/v1/chat/completions",
    "https://r.openai.azure.com/openai/deployments/d?api-version=2024-10-21": (
        "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"
    ),
    None: "https://api.openai.com/v1/chat/completions",
}


@pytest.mark.parametrize(("base_url", "full"), ADDRESSES.items())
def test_address(base_url: str | None, full: str) -> None:
    request = Request("m", (), 10, 0.5, base_url, api_key="k")
    assert openai.at_service(request, "/chat/completions")[1] == full


async def test_limit_has_another_name_at_openai_itself() -> None:
    bodies: list[dict[str, Any]] = []

    async def body() -> AsyncIterator[bytes]:
        yield STOP

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, content=body())

    for base_url in ("https://api.openai.com", "https://api.mistral.ai"):
        request = Request("m", (), 10, 0.5, base_url, api_key="k")
        async for _ in openai.stream(request, httpx.MockTransport(answer)):
            pass
    assert [("max_tokens" in body, "max_completion_tokens" in body) for body in bodies] == [
        (False, True),
        (True, False),
    ]


async def test_a_refused_parameter_is_left_out_and_remembered(provider: Loopback) -> None:
    refusal = json.dumps({"error": {"message": "Unsupported value", "param": "temperature"}})
    reply = Reply(status=400, raw=[refusal.encode()], content_type="application/json")
    provider.script("m", reply, Reply())
    request = Request("m", (), 10, 0.5, provider.base_url)
    for _ in range(2):
        assert [d async for d in openai.stream(request, None)][-1] == Reported(Usage(10, 20))
    assert ["temperature" in request.body for request in provider.requests] == [True, False, False]


async def test_the_other_name_of_the_limit_is_tried(provider: Loopback) -> None:
    def refusal(param: str) -> Reply:
        body = json.dumps({"error": {"message": "Unsupported parameter", "param": param}})
        return Reply(status=400, raw=[body.encode()], content_type="application/json")

    provider.script("m", refusal("max_completion_tokens"), Reply())
    request = Request("m", (), 10, 0.5, provider.base_url, service="groq")
    assert [d async for d in openai.stream(request, None)]
    first, second = (request.body.keys() for request in provider.requests)
    assert "max_completion_tokens" in first and "max_tokens" not in first
    assert "max_tokens" in second and "max_completion_tokens" not in second


async def test_the_limit_is_never_left_out(provider: Loopback) -> None:
    replies = [
        Reply(status=400, raw=[b'{"error": {"param": "%s", "code": "unknown_parameter"}}' % name])
        for name in (b"max_tokens", b"max_completion_tokens")
    ]
    provider.script("m", *replies, Reply())
    request = Request("m", (), 10, 0.5, provider.base_url)
    with pytest.raises(ProviderError):
        await anext(openai.stream(request, None))
    assert "max_completion_tokens" in provider.requests[-1].body
    assert len(provider.requests) == 2


TOO_LARGE = {
    "max_tokens": ("max_tokens is too large: 20000. At most 16384 are supported.", "invalid_value"),
    "temperature": ("Expected a value of at most 1.", "decimal_above_max_value"),
}


@pytest.mark.parametrize("param", TOO_LARGE)
async def test_a_value_that_is_too_large_removes_no_parameter(
    provider: Loopback, param: str
) -> None:
    message, code = TOO_LARGE[param]
    body = json.dumps({"error": {"message": message, "code": code, "param": param}})
    provider.script("m", Reply(status=400, raw=[body.encode()]), Reply())
    request = Request("m", (), 10, 0.5, provider.base_url)
    with pytest.raises(ProviderError, match="did not accept the request"):
        await anext(openai.stream(request, None))
    assert [d async for d in openai.stream(request, None)]
    assert all(param in request.body for request in provider.requests)
    assert len(provider.requests) == 2


async def test_big_bodies_are_refused(provider: Loopback) -> None:
    with pytest.raises(BadResponse, match="1 MiB"):
        await deltas(provider, b"[" + b"1," * 2**20, content_type="application/json")


def piece(
    index: int | None = None,
    id: str | None = None,
    name: str | None = None,
    arguments: str | None = None,
) -> dict[str, Any]:
    """A piece of a tool call with only the fields that are given."""
    function = {"name": name, "arguments": arguments}
    outer = {
        "index": index,
        "id": id,
        "function": {k: v for k, v in function.items() if v is not None},
    }
    return {key: value for key, value in outer.items() if value is not None}


CALLED = choice(delta={}, finish_reason="tool_calls")

# What is odd -> the pieces, and of each call what they come to: id ("?": any), name, arguments.
CALLS: dict[str, tuple[list[dict[str, Any]], list[tuple[str, str, str]]]] = {
    "in many pieces, by index": (
        [
            piece(0, "a", "f", ""),
            piece(0, arguments='{"x":'),
            piece(1, "b", "g", ""),
            piece(0, arguments="1}"),
            piece(1, arguments="{}"),
        ],
        [("a", "f", '{"x":1}'), ("b", "g", "{}")],
    ),
    "whole in one piece (Groq)": (
        [piece(0, "a", "f", "{}"), piece(1, "b", "f", "{}")],
        [("a", "f", "{}"), ("b", "f", "{}")],
    ),
    "no index (Mistral)": (
        [piece(None, "a", "f", "{"), piece(arguments="}"), piece(None, "b", "f", "{}")],
        [("a", "f", "{}"), ("b", "f", "{}")],
    ),
    "no index, going on by id": (
        [piece(None, "a", "f"), piece(None, "b", "g"), piece(None, "a", None, "{}")],
        [("a", "f", "{}"), ("b", "g", "")],
    ),
    "neither index nor id": (
        [piece(name="f", arguments="{"), piece(arguments="}"), piece(name="f", arguments="[]")],
        [("?", "f", "{}"), ("?", "f", "[]")],
    ),
    "all of index 0, ids differ (Gemini)": (
        [piece(0, "a", "f", "{}"), piece(0, "b", "f", "{"), piece(0, arguments="}")],
        [("a", "f", "{}"), ("b", "f", "{}")],
    ),
    "the name repeated with the same id (OpenRouter)": (
        [piece(0, "a", "f", "{"), piece(0, "a", "f", "}")],
        [("a", "f", "{}")],
    ),
    "the name repeated without an id": (
        [piece(0, "a", "f", "{"), piece(0, None, "f", "}")],
        [("a", "f", "{}")],
    ),
    "a new id without a name": (
        [piece(0, "a", "f", "{"), piece(0, "b", None, "}")],
        [("a", "f", "{}")],
    ),
    "empty name in what follows (LM Studio)": (
        [piece(0, "a", "f", "{"), piece(0, "", "", "}")],
        [("a", "f", "{}")],
    ),
    "arguments missing in the first piece (Hugging Face)": (
        [piece(0, "a", "f"), piece(0, arguments="{}")],
        [("a", "f", "{}")],
    ),
    "empty arguments": ([piece(0, "a", "f", "")], [("a", "f", "")]),
    "arguments as an object": (
        [{"id": "a", "function": {"name": "f", "arguments": {"x": "ü"}}}],
        [("a", "f", '{"x": "ü"}')],
    ),
    "the id before the name": (
        [piece(0, "a"), piece(0, None, "f", "{}")],
        [("a", "f", "{}")],
    ),
    "nonsense between": (
        [piece(0, "a", "f", "{}"), {}, {"index": "1", "function": None}, {"id": 7}],
        [("a", "f", "{}")],
    ),
}


def joined(read: list[Delta]) -> list[tuple[str, str, str]]:
    calls: dict[int, list[ToolFragment]] = {}
    for delta in read:
        if isinstance(delta, ToolFragment):
            calls.setdefault(delta.key, []).append(delta)
    assert list(calls) == list(range(len(calls)))
    return [
        (
            "".join(part.id for part in parts),
            "".join(part.name for part in parts),
            "".join(part.arguments for part in parts),
        )
        for parts in calls.values()
    ]


@pytest.mark.parametrize(("pieces", "expected"), CALLS.values(), ids=CALLS)
async def test_tool_calls(
    provider: Loopback, pieces: list[dict[str, Any]], expected: list[tuple[str, str, str]]
) -> None:
    read = await deltas(provider, *(choice(delta={"tool_calls": [p]}) for p in pieces), CALLED)
    assert read[-1] == Finish("tool_calls")
    calls = joined(read)
    assert [
        (id if wanted[0] != "?" else "?", *rest)
        for (id, *rest), wanted in zip(calls, expected, strict=True)
    ] == expected
    ids = [id for id, _, _ in calls]
    assert all(ids) and len(set(ids)) == len(ids)


async def test_the_one_call_of_older_services_is_read(provider):
    pieces = ({"name": "f", "arguments": ""}, {"arguments": '{"a"'}, {"arguments": ": 1}"}, None)
    read = await deltas(
        provider,
        *(choice(delta={"content": None, "function_call": piece}) for piece in pieces),
        choice(delta={}, finish_reason="function_call"),
    )
    first, *others, finish = read
    assert (first.key, first.name, first.arguments) == (0, "f", "") and first.id
    assert others == [ToolFragment(0, "", "", '{"a"'), ToolFragment(0, "", "", ": 1}")]
    assert finish == Finish("tool_calls")


async def test_a_call_that_is_told_in_both_ways_is_one(provider):
    function = {"name": "f", "arguments": "{}"}
    both = {"tool_calls": [piece(0, "a", "f", "{}")], "function_call": function}
    read = await deltas(provider, choice(delta=both), CALLED)
    assert read == [ToolFragment(0, "a", "f", "{}"), Finish("tool_calls")]


async def test_a_given_id_is_one_that_every_vendor_takes_back(provider: Loopback) -> None:
    read = await deltas(provider, choice(delta={"tool_calls": [piece(name="f")]}), CALLED)
    assert re.fullmatch("[0-9a-z]{9}", joined(read)[0][0])


@pytest.mark.parametrize("pieces", [None, {}, "text", [None, 1, []]])
async def test_calls_of_another_type_are_no_calls(provider: Loopback, pieces: Any) -> None:
    assert await deltas(provider, choice(delta={"tool_calls": pieces}), STOP) == [Finish("stop")]


ENDS = {
    "stop with calls (a forced tool)": ("stop", [piece(0, "a", "f", "{}")], "tool_calls"),
    "function_call": ("function_call", [piece(0, "a", "f", "{}")], "tool_calls"),
    "tool_calls without any": ("tool_calls", [], "stop"),
    "cut by length": ("length", [piece(0, "a", "f", '{"x": "un')], "length"),
    "cut by length before the arguments": ("length", [piece(0, "a", "f")], "length"),
    "filtered": ("content_filter", [piece(0, "a", "f", "{")], "content_filter"),
}


@pytest.mark.parametrize(("said", "pieces", "finish"), ENDS.values(), ids=ENDS)
async def test_end_of_calls(
    provider: Loopback, said: str, pieces: list[dict[str, Any]], finish: Any
) -> None:
    read = await deltas(provider, choice(delta={"tool_calls": pieces}, finish_reason=said))
    assert read[-1] == Finish(finish)


async def test_calls_in_a_json_body(provider: Loopback) -> None:
    calls = [piece(None, "a", "f", "{}"), piece(None, "b", "f", "{}")]
    body = {
        "choices": [{"message": {"content": None, "tool_calls": calls}, "finish_reason": "stop"}]
    }
    read = await deltas(provider, json.dumps(body).encode(), content_type="application/json")
    assert joined(read) == [("a", "f", "{}"), ("b", "f", "{}")]
    assert read[-1] == Finish("tool_calls")


SEARCH = ToolSpec(name="search", description="Find", parameters={"type": "object"})
ROUND: tuple[Message, ...] = (
    {"role": "user", "content": "Find it"},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "a", "name": "search", "arguments": {"q": "it"}}],
    },
    {"role": "tool", "content": "Found", "tool_call_id": "a", "name": "search", "is_error": False},
)


async def sent(base_url: str, **settings: Any) -> tuple[httpx.Request, dict[str, Any]]:
    """The request, and its body, to a service that refuses nothing."""
    seen: list[httpx.Request] = []

    async def body() -> AsyncIterator[bytes]:
        yield STOP

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=body())

    messages: Any = settings.pop("messages", ROUND)
    request = Request("m", messages, 10, 0.5, base_url, api_key="secret-key", **settings)
    async for _ in openai.stream(request, httpx.MockTransport(answer)):
        pass
    return seen[0], json.loads(seen[0].content)


async def test_tools_and_their_results_are_sent_in_openai_s_form() -> None:
    _, body = await sent("https://host", tools=(SEARCH,))
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "search",
                "description": "Find",
                "parameters": {"type": "object"},
            },
        }
    ]
    assert "tool_choice" not in body
    function = {"name": "search", "arguments": '{"q": "it"}'}
    assert body["messages"] == [
        {"role": "user", "content": "Find it"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "a", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "a", "content": "Found"},
    ]


@pytest.mark.parametrize(
    ("base_url", "choice", "word"),
    [
        ("https://host", ToolChoice("none"), "none"),
        ("https://host", ToolChoice("required"), "required"),
        ("https://api.mistral.ai/v1", ToolChoice("required"), "any"),
        (
            "https://host",
            ToolChoice("one", "search"),
            {"type": "function", "function": {"name": "search"}},
        ),
    ],
)
async def test_tool_choice(base_url: str, choice: ToolChoice, word: object) -> None:
    _, body = await sent(base_url, tools=(SEARCH,), tool_choice=choice)
    assert body["tool_choice"] == word


async def test_without_tools_no_word_of_them_is_sent() -> None:
    _, body = await sent("https://host", tool_choice=ToolChoice("required"))
    assert body.keys() == {
        "model",
        "messages",
        "max_tokens",
        "temperature",
        "stream",
        "stream_options",
    }


async def test_azure_gets_the_key_in_its_own_header_and_its_version_in_the_query() -> None:
    request, body = await sent("https://r.openai.azure.com/openai/deployments/d?api-version=1")
    assert str(request.url).endswith("/openai/deployments/d/chat/completions?api-version=1")
    assert request.headers["api-key"] == "secret-key"
    assert "authorization" not in request.headers
    assert "max_completion_tokens" in body


async def test_mistral_gets_no_field_that_it_does_not_know() -> None:
    _, body = await sent("https://api.mistral.ai/v1")
    assert body.keys() == {"model", "messages", "max_tokens", "temperature", "stream"}


async def test_a_service_asked_for_by_name_is_treated_as_such_at_any_address() -> None:
    request, body = await sent("http://127.0.0.1:1/v1", service="azure")
    assert request.headers["api-key"] == "secret-key"
    assert "max_completion_tokens" in body
