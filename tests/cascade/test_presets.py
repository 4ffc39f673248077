"""The known services are data that the providers can live by, and keys stay with their owners."""

from collections.abc import AsyncIterator

import httpx
import pytest

from chat.cascade import ConfigError, ModelConfig, ProviderError
from chat.cascade.presets import COMPATIBLE, PRESETS, address, service
from chat.cascade.providers import PROVIDERS, openai

OPENAI_LIKE = {name: preset for name, preset in PRESETS.items() if preset.kind == "openai"}


@pytest.mark.parametrize("name", PRESETS)
def test_preset_is_whole(name: str) -> None:
    preset = PRESETS[name]
    assert preset.base_url or preset.domains
    assert not preset.base_url or httpx.URL(preset.base_url).scheme in ("http", "https")
    assert not preset.base_url.endswith("/")
    assert all(domain.startswith(".") for domain in preset.domains)


@pytest.mark.parametrize("name", OPENAI_LIKE)
def test_service_is_known_by_its_name_and_by_its_address(name: str) -> None:
    preset = PRESETS[name]
    url = preset.base_url or f"https://resource{preset.domains[0]}/openai/v1"
    assert service("", url) is preset
    assert service(name, "https://proxy.example") is preset


def test_unknown_service_is_a_plain_compatible_one() -> None:
    assert service("", "https://host/v1") is COMPATIBLE
    assert service("never-heard-of", "https://host/v1") is COMPATIBLE
    assert service("anthropic", "https://host/v1") is COMPATIBLE
    assert service("", "https://api.groq.com.evil.example/openai/v1") is COMPATIBLE
    assert service("", "https://eviltogether.xyz") is COMPATIBLE


@pytest.mark.parametrize("name", sorted(name for name in OPENAI_LIKE if PRESETS[name].base_url))
def test_address_needs_no_root(name: str) -> None:
    base_url = PRESETS[name].base_url
    host = f"{httpx.URL(base_url).scheme}://{httpx.URL(base_url).netloc.decode()}"
    assert address(host, "/chat/completions") == address(base_url, "/chat/completions")


@pytest.mark.parametrize(
    "name", sorted(name for name in OPENAI_LIKE if PRESETS[name].key_variables)
)
async def test_environment_s_key_goes_to_its_own_service_only(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset, keys = PRESETS[name], []

    async def nothing() -> AsyncIterator[bytes]:
        yield b""

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("authorization"))
        return httpx.Response(503, content=nothing())

    monkeypatch.setenv(preset.key_variables[0], "key-of-the-service")
    for config in (
        ModelConfig("m", name),
        ModelConfig("m", name, base_url="https://proxy.example/v1"),
        ModelConfig("m", "openai", base_url=preset.base_url.replace("https:", "http:")),
    ):
        with pytest.raises(ProviderError):
            request = config.request([], max_tokens=None, temperature=None)
            await anext(openai.stream(request, httpx.MockTransport(answer)))
    assert keys == ["Bearer key-of-the-service", None, None]


async def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLM_KEY_GROQ", raising=False)
    request = ModelConfig("m", "groq").request([], max_tokens=None, temperature=None)
    with pytest.raises(ProviderError, match="Set LLM_KEY_GROQ or") as failure:
        await anext(openai.stream(request, None))
    assert failure.value.code == "unauthorized"


@pytest.mark.parametrize("name", sorted(n for n, p in PRESETS.items() if p.kind in PROVIDERS))
def test_model_may_name_a_preset_as_its_provider(name: str) -> None:
    config = ModelConfig("m", name, base_url=None if PRESETS[name].base_url else "https://r.host")
    assert config.provider == name
    assert config.kind == PRESETS[name].kind
    assert config.kind in PROVIDERS


def test_a_preset_s_address_is_the_model_s() -> None:
    assert ModelConfig("m", "groq").base_url == "https://api.groq.com/openai/v1"
    assert ModelConfig("m", "groq", base_url="http://proxy/v1").base_url == "http://proxy/v1"
    assert ModelConfig("m", "openai").base_url is None
    assert ModelConfig("m", "openai").kind == "openai"


def test_a_preset_without_an_address_of_its_own_needs_one() -> None:
    with pytest.raises(ConfigError, match="azure needs a base_url, for every"):
        ModelConfig("m", "azure")
