"""An OpenAI-compatible provider on 127.0.0.1 that says what it was told to, as slowly as told.

Replies are scripted by model name and used up in order; the last one repeats. A model without a
script answers with a sentence. The server remembers every request and when its client went away.

    async with Loopback() as provider:                  in the test's own loop
        provider.script("small", Reply("Hi."), ...)
    with loopback_thread() as provider:                 beside synchronous code
    python -m tests.loopback --port 9100 --pace 0.02    as a process of its own

As a process it reads scripts from model names: `refuse`, `fail-503`, `cut`, `slow` and so on, see
`NAMED`; any other model answers at length.
"""

import argparse
import asyncio
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `text` is sent word by word, or piece by piece if it is a list.

    `usage` is (prompt tokens, completion tokens) or None for no usage at all. `raw` replaces the
    whole body, piece by piece. `end` says what happens after the last piece: a proper end, the same
    without the end mark, a reset connection, or silence.
    """

    text: str | Sequence[str] = "This is a plain answer to the question."
    finish: str | None = "stop"
    usage: tuple[int, int] | None = (10, 20)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: Sequence[bytes] | None = None
    content_type: str = "text/event-stream"
    delay_s: float = 0.0
    pace_s: float = 0.0
    end: Literal["done", "cut", "reset", "hang"] = "done"

    @classmethod
    def error(cls, status: int, message: str = "no", code: str = "", **headers: str) -> "Reply":
        body = json.dumps({"error": {"message": message, "type": code, "code": code}})
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(
            status=status, raw=[body.encode()], content_type="application/json", headers=named
        )

    def pieces(self) -> Iterator[bytes]:
        if self.raw is not None:
            yield from self.raw
            return
        texts = re.findall(r"\s*\S+", self.text) if isinstance(self.text, str) else self.text
        for text in texts:
            yield event(
                {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
            )
        if self.end != "done":
            return
        if self.finish:
            yield event({"choices": [{"index": 0, "delta": {}, "finish_reason": self.finish}]})
        if self.usage:
            given, taken = self.usage
            usage = {
                "prompt_tokens": given,
                "completion_tokens": taken,
                "total_tokens": given + taken,
            }
            yield event({"choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"


def event(payload: object) -> bytes:
    return f"data: {json.dumps(payload)}\n\n".encode()


@dataclass(slots=True)
class Received:
    """`left_at` is `time.monotonic()` when the client went away before the reply was finished.

    `usage` is what it was told by then.
    """

    model: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    left_at: float | None = None
    is_finished: bool = False
    usage: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


NAMED = {
    "refuse": Reply("I'm sorry, but I can't help with that."),
    "fail-503": Reply.error(503),
    "fail-401": Reply.error(401),
    "cut": Reply("This answer breaks off in the", end="cut"),
    "hang": Reply("This answer never", end="hang"),
    "slow": Reply("This answer takes its time. " * 40, pace_s=0.1),
    "hedge": Reply("I think maybe. Perhaps it could be. Possibly, but I'm not sure. It depends."),
}


class Loopback:
    """Starts with `start` or `async with`; `base_url` is for a ModelConfig."""

    def __init__(self, *, pace_s: float = 0.0) -> None:
        self.requests: list[Received] = []
        self.base_url = ""
        self._pace_s = pace_s
        self._scripts: dict[str, list[Reply]] = {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def script(self, model: str, *replies: Reply) -> None:
        self._scripts[model] = list(replies)

    def forget(self) -> None:
        """Every script: what is asked from now on is answered in the usual way."""
        self._scripts.clear()

    def requests_of(self, model: str) -> list[Received]:
        return [request for request in self.requests if request.model == model]

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except asyncio.CancelledError:  # the server stops; asyncio would log a cancelled handler
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received = await _receive(reader)
        self.requests.append(received)
        reply = self._next_reply(received.model)
        sending = asyncio.ensure_future(self._send(reply, received, writer))
        leaving = asyncio.ensure_future(reader.read())  # returns when the client goes away
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            try:
                if sending.done():
                    sending.result()
                    received.is_finished = True
            except ConnectionError:
                pass  # the client's leaving may also show as a failed write
            if not received.is_finished:
                received.left_at = time.monotonic()
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    def _next_reply(self, model: str) -> Reply:
        script = self._scripts.get(model)
        if not script:
            return NAMED.get(model, Reply())
        return script.pop(0) if len(script) > 1 else script[0]

    async def _send(self, reply: Reply, received: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(reply.delay_s)
        writer.write(_head(reply))
        for piece in reply.pieces():
            writer.write(piece)
            if b'"usage"' in piece:
                received.usage = reply.usage
            await writer.drain()
            await asyncio.sleep(reply.pace_s or self._pace_s)
        if reply.end == "hang":
            await asyncio.Event().wait()
        if reply.end == "reset":
            await asyncio.sleep(0.02)  # let what was sent arrive
            no_lingering = struct.pack("ii", 1, 0)  # close with RST instead of FIN
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_lingering)
            writer.transport.abort()


def _head(reply: Reply) -> bytes:
    headers = {"Content-Type": reply.content_type, "Connection": "close"} | reply.headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} Scripted\r\n{lines}\r\n".encode()


async def _receive(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
    return Received(str(body.get("model", "")), request_line.split(" ")[1], headers, body)


@contextmanager
def loopback_thread(*, pace_s: float = 0.0) -> Iterator[Loopback]:
    """A provider in a thread with its own loop; `script` and `requests` may be used from here."""
    provider = Loopback(pace_s=pace_s)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="loopback provider", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(provider.start(), loop).result()
    try:
        yield provider
    finally:
        asyncio.run_coroutine_threadsafe(provider.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _run(port: int, pace_s: float) -> None:
    provider = Loopback(pace_s=pace_s)
    await provider.start(port)
    try:
        print(provider.base_url, flush=True)
        await asyncio.Event().wait()
    finally:
        await provider.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="An OpenAI-compatible provider for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pace", type=float, default=0.02, help="seconds between pieces")
    options = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(options.port, options.pace))


if __name__ == "__main__":
    main()
