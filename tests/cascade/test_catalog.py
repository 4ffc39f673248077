"""What an endpoint offers, by the list each kind of provider sends."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chat.cascade import catalog
from chat.cascade.catalog import offered
from chat.cascade.config import ModelConfig
from chat.cascade.errors import ProviderError
from chat.cascade.presets import PRESETS
from tests.loopback import Loopback, Reply

LISTS: dict[str, tuple[str, str, Any, list[str]]] = {
    "openai": ("/v1/models", "authorization", {"data": [{"id": "b"}, {"id": "a"}]}, ["a", "b"]),
    "anthropic": (
        "/v1/models?limit=1000",
        "x-api-key",
        {"data": [{"type": "model", "id": "claude-x", "display_name": "X"}], "has_more": False},
        ["claude-x"],
    ),
    "gemini": (
        "/v1beta/models?pageSize=1000",
        "x-goog-api-key",
        {
            "models": [
                {"name": "models/writes", "supportedGenerationMethods": ["generateContent"]},
                {"name": "models/embeds", "supportedGenerationMethods": ["embedContent"]},
            ]
        },
        ["writes"],
    ),
    "ollama": (
        "/api/tags",
        "authorization",
        {"models": [{"name": "qwen3:8b", "model": "qwen3:8b", "size": 5}]},
        ["qwen3:8b"],
    ),
    "together": ("/v1/models", "authorization", [{"id": "org/model"}], ["org/model"]),
}


@pytest.mark.parametrize("kind", LISTS)
async def test_each_kind_is_asked_its_own_way_and_its_list_is_read(
    provider: Loopback, kind: str
) -> None:
    path, header, sent, names = LISTS[kind]
    provider.script("", Reply(raw=[json.dumps(sent).encode()], content_type="application/json"))
    config = ModelConfig("any", kind, base_url=provider.base_url, api_key="sk-canary")
    assert await offered(config) == names
    [asked] = provider.requests
    assert asked.path == path
    assert asked.headers[header].removeprefix("Bearer ") == "sk-canary"
    assert "sk-canary" not in asked.path


@pytest.mark.parametrize("kind", LISTS)
async def test_a_key_that_is_not_accepted_is_said(provider: Loopback, kind: str) -> None:
    provider.script("", Reply.error(401, "no such key sk-canary"))
    config = ModelConfig("any", kind, base_url=provider.base_url, api_key="sk-canary")
    with pytest.raises(ProviderError) as refused:
        await offered(config)
    assert "key" in str(refused.value) and "sk-canary" not in str(refused.value)


OWN = {
    "anthropic": ("ANTHROPIC_API_KEY", "x-api-key"),
    "gemini": ("GEMINI_API_KEY", "x-goog-api-key"),
}


@pytest.mark.parametrize("kind", OWN)
async def test_the_environment_s_key_goes_to_its_own_vendor_only(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    variable, header = OWN[kind]
    keys = []

    async def listed() -> AsyncIterator[bytes]:
        yield b'{"data": [{"id": "m"}]}'

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get(header, ""))
        return httpx.Response(200, content=listed())

    async def client() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(answer))

    monkeypatch.setenv(variable, "from-env-0123")
    monkeypatch.setattr(catalog, "shared_client", client)
    own = PRESETS[kind].base_url
    stranger = own.replace(".com", ".com.evil.test")
    for base_url in (None, own, stranger, own.replace("https", "http")):
        assert await offered(ModelConfig("any", kind, base_url=base_url)) == ["m"]
    assert keys == ["from-env-0123", "from-env-0123", "", ""]
