"""The provider that is read: OpenAI's format, a steady pace, hardly any work.

    python -m tests.bench.provider --pace 0.02

Every request gets the same answer. A token is due at a moment counted from the stream's begin, so
a late one does not delay the next. Prints its address and runs until its input ends.
"""

import argparse
import asyncio
import json
import re
import sys
import time

from tests.bench.answer import mark, tokens

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


_TOKENS = [_event({"content": token}) for token in tokens()]
_USAGE = {"prompt_tokens": 24, "completion_tokens": len(_TOKENS), "total_tokens": len(_TOKENS) + 24}
_END = (
    _event({}, "stop")
    + _chunk({"choices": [], "usage": _USAGE})
    + _framed(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)


class Connection(asyncio.Protocol):
    """One stream after another, as its client asks for them."""

    transport: asyncio.Transport

    def __init__(self, pace_s: float) -> None:
        self._pace_s = pace_s
        self._received = b""
        self._next: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._next:
            self._next.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if end and length and len(body) >= int(length[1]):
            self._received = b""
            self._begin(time.monotonic())

    def _begin(self, now: float) -> None:
        self.transport.write(_HEAD + _event({"role": "assistant", "content": ""}))
        self._next = asyncio.get_running_loop().call_at(now + FIRST_S, self._send_first, now)

    def _send_first(self, asked: float) -> None:
        self.transport.write(_event({"content": mark(asked, time.monotonic())}))
        self._wait(0, asked + FIRST_S)

    def _wait(self, number: int, first_at: float) -> None:
        due = first_at + (number + 1) * self._pace_s
        self._next = asyncio.get_running_loop().call_at(due, self._send, number, first_at)

    def _send(self, number: int, first_at: float) -> None:
        self.transport.write(_TOKENS[number])
        if number + 1 < len(_TOKENS):
            self._wait(number + 1, first_at)
        else:
            self.transport.write(_END)


async def serve(pace_s: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(pace_s), "127.0.0.1", 0, backlog=512)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A steady provider.")
    parser.add_argument("--pace", type=float, default=0.02, help="seconds between tokens")
    asyncio.run(serve(parser.parse_args().pace))
