"""The provider that is read: OpenAI's format, a steady pace, hardly any work.

    python -m tests.bench.provider

What a prompt wants is what is answered. A token is due at a moment counted from the stream's begin,
so a late one does not delay the next. Prints its address and runs until its input ends.
"""

import asyncio
import json
import re
import sys
import time
from functools import cache

from tests.bench.answer import Wanted, mark, marked, wanted
from tests.bench.work import run_lightly

FIRST_S = 0.1
"""From a request to its first token: the provider's own time, which nobody is charged for."""

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)\r\n")
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """As large as OpenAI's own."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _chunk({"choices": [choice], "usage": None})


def _chunk(rest: dict[str, object]) -> bytes:
    payload = {
        "id": "chatcmpl-Bk2YQ3nIhrJ5tCeXbW0pDzUvLaFgS",
        "object": "chat.completion.chunk",
        "created": 1750000000,
        "model": "draft",
        "service_tier": "default",
        "system_fingerprint": "fp_62a23a81ef",
    }
    return _framed(f"data: {json.dumps(payload | rest, separators=(',', ':'))}\n\n".encode())


def _framed(event: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(event), event)


@cache
def _word(word: str) -> bytes:
    return _event({"content": word})


@cache
def _plan(wanted: Wanted) -> tuple[list[str], list[bool]]:
    words = wanted.words
    words[0] = words[0].lstrip()
    return words, marked(words)


def _end(tokens: int) -> bytes:
    usage = {"prompt_tokens": 24, "completion_tokens": tokens, "total_tokens": tokens + 24}
    ending = _event({}, "stop") + _chunk({"choices": [], "usage": usage})
    return ending + _framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Connection(asyncio.Protocol):
    """One stream after another, as its client asks for them."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._received = b""
        self._next: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # of a socket it writes as well

    def connection_lost(self, exc: Exception | None) -> None:
        if self._next:
            self._next.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if end and length and len(body) >= int(length[1]):
            self._received = b""
            self._begin(wanted(body.decode()))

    def _begin(self, wanted: Wanted) -> None:
        self.transport.write(_HEAD + _event({"role": "assistant", "content": ""}))
        self._asked = time.monotonic()
        self._first_at = asyncio.get_running_loop().time() + FIRST_S
        self._words, self._marked = _plan(wanted)
        self._pace_s = 1 / wanted.rate
        self._wait(0)

    def _wait(self, number: int) -> None:
        due = self._first_at + number * self._pace_s
        self._next = asyncio.get_running_loop().call_at(due, self._send, number)

    def _send(self, number: int) -> None:
        word = self._words[number]
        if self._marked[number]:
            marks = mark(time.monotonic())
            if number == 0:
                marks = mark(self._asked) + marks
            self.transport.write(_event({"content": word + marks}))
        else:
            self.transport.write(_word(word))
        if number + 1 < len(self._words):
            self._wait(number + 1)
        else:
            self.transport.write(_end(len(self._words)))


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    run_lightly(serve())
