"""An answer of 1,000 chunks in each provider's format, served on 127.0.0.1.

    python -m tests.bench.bodies

Every event is an HTTP chunk of its own. They come as fast as they are taken, so that several arrive
at once. Prints its address and runs until its input ends.
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench.answer import Wanted

CHUNKS = 1_000
_WORDS = Wanted(CHUNKS).words
TEXT = "".join(_WORDS)
_USED = {"prompt_tokens": 24, "completion_tokens": CHUNKS, "total_tokens": CHUNKS + 24}


def _sse(payload: dict[str, Any], name: str = "") -> bytes:
    named = f"event: {name}\n" if name else ""
    return f"{named}data: {json.dumps(payload, separators=(',', ':'))}\n\n".encode()


def _openai() -> Iterator[bytes]:
    head = {"id": "chatcmpl-Bk2YQ3nIhrJ5tCeXbW0pDzUvLaFgS", "object": "chat.completion.chunk"}
    head |= {"created": 1750000000, "model": "m", "system_fingerprint": "fp_62a23a81ef"}
    for word in _WORDS:
        choice = {"index": 0, "delta": {"content": word}, "logprobs": None, "finish_reason": None}
        yield _sse(head | {"choices": [choice], "usage": None})
    yield _sse(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield _sse(head | {"choices": [], "usage": _USED})
    yield b"data: [DONE]\n\n"


def _responses() -> Iterator[bytes]:
    kind = "response.output_text.delta"
    for at, word in enumerate(_WORDS):
        place = {"item_id": "msg_68a1b2c3d4e5f6", "output_index": 0, "content_index": 0}
        yield _sse({"type": kind, "sequence_number": at, "delta": word} | place, kind)
    ended = {"object": "response", "status": "completed", "output": []}
    yield _sse({"type": "response.completed", "response": ended}, "response.completed")


def _anthropic() -> Iterator[bytes]:
    def named(kind: str, **fields: Any) -> bytes:
        return _sse({"type": kind} | fields, kind)

    yield named("message_start", message={"usage": {"input_tokens": 24, "output_tokens": 1}})
    yield named("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for word in _WORDS:
        yield named("content_block_delta", index=0, delta={"type": "text_delta", "text": word})
    yield named("content_block_stop", index=0)
    usage = {"output_tokens": CHUNKS}
    yield named("message_delta", delta={"stop_reason": "end_turn"}, usage=usage)
    yield named("message_stop")


def _gemini() -> Iterator[bytes]:
    for at, word in enumerate(_WORDS, 1):
        candidate: dict[str, Any] = {"content": {"parts": [{"text": word}], "role": "model"}}
        if at == CHUNKS:
            candidate["finishReason"] = "STOP"
        usage = {"promptTokenCount": 24, "candidatesTokenCount": at, "totalTokenCount": at + 24}
        yield _sse({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m"})


def _ollama() -> Iterator[bytes]:
    for word in _WORDS:
        message = {"role": "assistant", "content": word}
        yield _line({"created_at": "2026-11-25T12:00:00.000000Z", "message": message})
    yield _line({"message": {"content": ""}, "done": True, "done_reason": "stop", "eval_count": 1})


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps({"model": "m", "done": False} | fields).encode() + b"\n"


BODIES: dict[str, tuple[str, Callable[[], Iterator[bytes]]]] = {
    "openai": ("/chat/completions", _openai),
    "openai_responses": ("/responses", _responses),
    "anthropic": ("/v1/messages", _anthropic),
    "gemini": (":streamGenerateContent?alt=sse", _gemini),
    "ollama": ("/api/chat", _ollama),
}
"""By provider: how its paths end, and its events."""


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    path = head.split(" ", 2)[1]
    length = re.search(r"(?i)content-length: *(\d+)", head)
    await reader.readexactly(int(length[1]) if length else 0)
    kind = next(kind for kind, (ending, _) in BODIES.items() if path.endswith(ending))
    type = "application/x-ndjson" if kind == "ollama" else "text/event-stream"
    writer.write(
        f"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    for event in BODIES[kind][1]():
        writer.write(b"%x\r\n%b\r\n" % (len(event), event))
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
