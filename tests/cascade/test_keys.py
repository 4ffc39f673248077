"""Each model keeps its own endpoint and key, and no report ever holds a key."""

import json
import logging

import pytest

from chat.cascade import CascadeAgent, ConfigError, ModelConfig
from chat.cascade.providers import openai
from tests.cascade.conftest import MakeAgent, events_of
from tests.loopback import Loopback, Reply

KEY = "sk-canary-0123456789abcdef"
BAD = Reply("I can't help with that.")


async def test_each_model_s_request_goes_to_its_own_endpoint_with_its_own_key() -> None:
    async with Loopback() as one, Loopback() as other:
        one.script("small", BAD)
        agent = CascadeAgent(
            [
                ModelConfig("small", "openai", base_url=one.base_url, api_key="key-of-one"),
                ModelConfig("large", "openai", base_url=other.base_url, api_key="key-of-other"),
            ]
        )
        await agent.run("Hello?")
        assert [(seen.model, seen.key) for seen in one.requests] == [("small", "key-of-one")]
        assert [(seen.model, seen.key) for seen in other.requests] == [("large", "key-of-other")]


async def test_the_environment_s_key_goes_to_openai_only(
    provider: Loopback, make_agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    await make_agent("small", "large").run("Hello?")
    assert "authorization" not in provider.requests[0].headers

    monkeypatch.setattr(openai, "DEFAULT_BASE_URL", provider.base_url)
    await make_agent("small", "large").run("Hello?")
    assert provider.requests[1].key == KEY


async def test_R30_a_missing_key_is_reported_before_anything_is_sent() -> None:
    agent = CascadeAgent([ModelConfig("a", "openai"), ModelConfig("b", "openai")])
    events = await events_of(agent.stream_events("Hello?"))
    assert events[-1].data["code"] == "unauthorized"
    assert "OPENAI_API_KEY" in events[-1].data["error"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_R30_an_echoed_key_is_in_no_report(
    provider: Loopback, make_agent: MakeAgent, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = Reply.error(status, f"Bad key {KEY}, Bearer {KEY}, sk-other-98765432, header-secret-1")
    provider.script("small", echo)
    provider.script("large", echo)
    agent = make_agent("small", "large", api_key=KEY, extra_headers={"X-Token": "header-secret-1"})

    stream = agent.stream_events("Hello?")
    events = await events_of(stream)

    assert stream.error and "Bad key [redacted]" in stream.error.detail
    own_logs = [r.getMessage() for r in caplog.records if r.name.startswith("chat")]
    report = repr([events, agent.models, stream.error, stream.error.detail, own_logs])
    for secret in (KEY, "sk-other-98765432", "header-secret-1"):
        assert secret not in report
    assert provider.requests[0].key == KEY
    assert provider.requests[0].headers["x-token"] == "header-secret-1"


def test_R30_a_key_is_tidied_but_never_shown() -> None:
    assert ModelConfig("m", "openai", api_key=f"\ufeff {KEY}\n").api_key == KEY
    for spoiled in (f"{KEY}\x00", f"{KEY}é", f"a b{KEY}", f"{KEY}\nX-Evil: 1"):
        with pytest.raises(ConfigError) as failure:
            ModelConfig("m", "openai", api_key=spoiled)
        assert "canary" not in str(failure.value)


def test_configuration_can_be_logged() -> None:
    config = ModelConfig("m", "openai", api_key=KEY, extra_headers={"X-Token": KEY})
    assert "canary" not in repr(config) + json.dumps(str(config))
    request = config.request([], max_tokens=None, temperature=None)
    assert "canary" not in repr(request)
