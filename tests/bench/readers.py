"""What reading the provider costs without a product: `python -m tests.bench.readers floor URL`.

`floor` is httpx and a JSON parse, the least that a client library in Python does; `engine` is
`CascadeAgent.stream_events`, whose draft is accepted.
"""

import json
import sys
from typing import Any, Protocol

import httpx

from chat.cascade import CascadeAgent, ModelConfig, StreamEventType
from tests.bench.answer import Wanted, is_whole
from tests.bench.work import Stream, obey, staggered, told


class Reader(Protocol):
    async def read(self, prompt: str, stream: Stream) -> str:
        """All of one answer."""


class Floor:
    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/chat/completions"
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
        self.client = httpx.AsyncClient(limits=limits, trust_env=False, timeout=30)

    async def read(self, prompt: str, stream: Stream) -> str:
        texts, rest = [], b""
        body = {"model": "draft", "stream": True, "messages": [{"role": "user", "content": prompt}]}
        async with self.client.stream("POST", self._url, json=body) as response:
            async for received in response.aiter_bytes():
                *events, rest = (rest + received).split(b"\n\n")
                for event in events:
                    if text := _text(event):
                        stream.see(text)
                        texts.append(text)
        return "".join(texts)


def _text(event: bytes) -> str:
    data = event.removeprefix(b"data: ")
    choices = [] if data == b"[DONE]" else json.loads(data)["choices"]
    return choices[0]["delta"].get("content", "") if choices else ""


class Engine:
    def __init__(self, base_url: str) -> None:
        models = [
            ModelConfig(name=name, provider="openai", base_url=base_url, cost=cost)
            for name, cost in (("draft", 0.001), ("strong", 0.01))
        ]
        self._agent = CascadeAgent(models)

    async def read(self, prompt: str, stream: Stream) -> str:
        texts = []
        events = self._agent.stream_events(prompt)
        async for event in events:
            if event.type == StreamEventType.CHUNK:
                stream.see(str(event.content))  # a draft's shows as its text and joins as nothing
                texts.append(event.content)
        assert events.result and events.result.draft_accepted, "the draft is good enough"
        return "".join(texts)


class Readers:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def open(self, count: int) -> None:
        """There is nothing to prepare."""

    async def play(self, count: int, tokens: int, rate: int) -> dict[str, Any]:
        wanted = Wanted(tokens, rate)

        async def one(number: int) -> tuple[Stream, str]:
            stream = Stream()
            return stream, await self._reader.read(wanted.prompt, stream)

        played = await staggered(count, one)
        whole = sum(is_whole(text, wanted.text) for _, text in played)
        return told([stream for stream, _ in played], whole)


if __name__ == "__main__":
    kind, base_url = sys.argv[1:]
    obey(Readers(Floor(base_url) if kind == "floor" else Engine(base_url)))
