"""What reading the provider costs without a product: `python -m tests.bench.readers floor URL`.

`floor` is httpx and a JSON parse, the least that a client library in Python does; `engine` is
`CascadeAgent.stream_events`, whose draft is accepted.
"""

import json
import sys
import time

import httpx

from chat.cascade import CascadeAgent, ModelConfig, StreamEventType
from tests.bench.answer import PROMPT, Seen, is_whole
from tests.bench.work import obey


class Floor:
    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/chat/completions"
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
        self._client = httpx.AsyncClient(limits=limits, trust_env=False, timeout=30)

    async def prepare(self, streams: int) -> None: ...

    async def play(self, number: int) -> Seen:
        asked, first, texts, rest = time.monotonic(), 0.0, [], b""
        body = {"model": "draft", "stream": True, "messages": [{"role": "user", "content": PROMPT}]}
        async with self._client.stream("POST", self._url, json=body) as response:
            async for received in response.aiter_bytes():
                *events, rest = (rest + received).split(b"\n\n")
                for event in events:
                    if text := _text(event):
                        first = first or time.monotonic()
                        texts.append(text)
        return Seen(asked, first, "".join(texts))

    def is_whole(self, text: str) -> bool:
        return is_whole(text)


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

    async def prepare(self, streams: int) -> None: ...

    async def play(self, number: int) -> Seen:
        asked, first, texts = time.monotonic(), 0.0, []
        stream = self._agent.stream_events(PROMPT)
        async for event in stream:
            if event.type == StreamEventType.CHUNK:
                first = first or time.monotonic()
                texts.append(event.content)
        assert stream.result and stream.result.draft_accepted, "the draft is good enough"
        return Seen(asked, first, "".join(texts))

    def is_whole(self, text: str) -> bool:
        return is_whole(text)


if __name__ == "__main__":
    kind, base_url = sys.argv[1:]
    obey(Floor(base_url) if kind == "floor" else Engine(base_url))
