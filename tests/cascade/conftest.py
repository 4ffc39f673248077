"""A provider on the loopback interface, and agents that talk to it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest

from chat.cascade import CascadeAgent, CascadePolicy, ModelConfig, StreamEvent
from chat.cascade.breaker import breakers
from chat.cascade.providers import demo
from chat.process.event_loop import new_event_loop
from tests.loopback import Loopback

MakeAgent = Callable[..., CascadeAgent]


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The engine is awaited on asyncio's own loop, as most programs have it, and where it comes to
    sockets on the product's too."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    return loops | ({"product": new_event_loop} if item.path.stem == "test_transport" else {})


@pytest.fixture
async def provider() -> AsyncIterator[Loopback]:
    async with Loopback() as provider:
        yield provider


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo models answer at once, a retry waits for hardly any time."""
    monkeypatch.setattr(demo, "pace", 0)
    monkeypatch.setattr("chat.cascade.retries.BACKOFF_S", 0.01)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture(autouse=True)
def no_memory_of_failures() -> None:
    breakers.reset()


@pytest.fixture
def make_agent(provider: Loopback) -> MakeAgent:
    """An agent of these model names, priced 1 and 10 USD per million tokens; all drafts judged."""

    def make(
        *names: str,
        policy: CascadePolicy | None = None,
        drafts: Mapping[str, Any] = MappingProxyType({}),
        **settings: Any,
    ) -> CascadeAgent:
        last = len(names) - 1
        models = [
            ModelConfig(
                name=name,
                provider="openai",
                base_url=provider.base_url,
                cost=0.01 if at == last else 0.001,
                **settings,
                **(drafts if at < last else {}),
            )
            for at, name in enumerate(names)
        ]
        return CascadeAgent(models, policy=policy or CascadePolicy(direct_from=None))

    return make


async def events_of(stream: Any) -> list[StreamEvent]:
    return [event async for event in stream]


def flow(events: list[StreamEvent]) -> str:
    """The types in order, runs of chunks as one; with finishes, reasons and codes."""
    words: list[str] = []
    for event in events:
        match event.type:
            case "chunk" if not str(event.content):
                continue  # an accepted draft's text, once more to be counted
            case "chunk" | "reasoning" | "retry" if words and words[-1] == event.type:
                continue
            case "cost":
                words.append(f"cost:{event.data['finish']}")
            case "switch":
                words.append(f"switch:{event.data['reason']}")
            case "error":
                words.append(f"error:{event.data['code']}")
            case _:
                words.append(str(event.type))
    return " ".join(words)
