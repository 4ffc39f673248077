"""Readers of the product: `python -m tests.bench.viewers PROVIDER ADDRESS...`.

Each has an account, a conversation and a websocket to one of the addresses in turn, asks over it
and takes the HTML frames it is sent. Uses the database that `DATABASE_URL` names.
"""

import asyncio
import json
import os
import re
import sys
import uuid
from typing import Any

import django

from tests.bench.answer import Wanted, is_whole
from tests.bench.websocket import Socket
from tests.bench.work import Stream, obeying, run_lightly, staggered, told
from tests.dom import Page

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cascadeweb.settings")
django.setup()

from asgiref.sync import sync_to_async  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from chat.models import Cascade  # noqa: E402
from chat.render.markdown import render  # noqa: E402
from tests.people import make_cascade, make_conversation, make_user  # noqa: E402

EMPTY_PAGE = "".join(
    f'<div id="{name}"></div>'
    for name in (
        "turns",
        "composer-action",
        "cursor",
        "conversation-totals",
        "announcer",
        "notice",
        "cascade-choice",
    )
)
ACKNOWLEDGED = 32 * 1024
"""Characters."""

END = 'id="conversation-totals"'
"""In the frame after the last of a turn."""

LISTENS_WITHIN_S = 30.0


class Viewer:
    """One reader. What the frames show is looked at when all have come, so that nothing is
    disturbed; those of an answer that is not looked at are not kept."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._received = self._waiting = 0

    async def ask(self, prompt: str, stream: Stream, *, keeps: bool = True) -> list[str]:
        asked = {"type": "prompt", "prompt": prompt, "client_id": str(uuid.uuid4())}
        self._socket.send(json.dumps(asked))
        frames, frame = [], ""
        while END not in frame:
            frame = await self._socket.receive()
            stream.see(frame)
            self._acknowledge(len(frame))
            if keeps:
                frames.append(frame)
        return frames

    def _acknowledge(self, size: int) -> None:
        """As the page does, for the server sends only so much ahead."""
        self._received += 1
        self._waiting += size
        if self._waiting >= ACKNOWLEDGED:
            self._waiting = 0
            self._socket.send(json.dumps({"type": "seen", "count": self._received}))

    def close(self) -> None:
        self._socket.close()


class Viewers:
    def __init__(self, provider: str, *addresses: str) -> None:
        self._addresses = addresses
        self._cascade = make_cascade("draft", "strong", kind="openai", base_url=provider)
        self._places: list[tuple[str, str]] = []
        self._viewers: list[Viewer] = []
        self._streams: list[Stream] = []
        self._asking: list[asyncio.Task[list[str]]] = []
        self._told = 0

    async def prepare(self, count: int) -> None:
        """Accounts with a conversation each."""
        for _ in range(count):
            place = await sync_to_async(_account)(len(self._places), self._cascade)
            self._places.append(place)

    async def open(self, count: int) -> None:
        """So many more sockets, on conversations that are prepared where they are not yet."""
        begun = len(self._viewers)
        await self.prepare(begun + count - len(self._places))
        for number in range(begun, begun + count):
            address = self._addresses[number % len(self._addresses)]
            self._viewers.append(Viewer(await _connected(address, *self._places[number])))
        await asyncio.sleep(0.2)  # the server looks into each conversation, once

    async def close(self) -> None:
        for asking in self._asking:
            asking.cancel()
        for viewer in self._viewers:
            viewer.close()
        self._places, self._viewers, self._streams, self._asking = [], [], [], []

    async def play(self, count: int, tokens: int, rate: int) -> dict[str, Any]:
        """The last of the sockets ask, and are watched to the end of their answers."""
        wanted = Wanted(tokens, rate)

        async def one(number: int) -> tuple[Stream, list[str]]:
            stream = Stream()
            return stream, await self._viewers[number - count].ask(wanted.prompt, stream)

        played = await staggered(count, one)
        await self.close()
        pages = ["".join(frames) for _, frames in played]
        expected = Page(f'<div id="answer">{render(wanted.text)}</div>').text("answer")
        whole = sum(_shows(page, expected) for page in pages)
        return told([stream for stream, _ in played], whole, sum(map(len, pages)))

    async def begin(self, count: int, tokens: int, rate: int, every_s: float) -> None:
        """So many more sockets ask; returns when the last has been answered for a moment."""
        await self.open(count)
        prompt = Wanted(tokens, rate).prompt

        async def one(number: int) -> None:
            stream = Stream()
            asking = self._viewers[number - count].ask(prompt, stream, keeps=False)
            self._streams.append(stream)
            self._asking.append(asyncio.create_task(asking))

        await staggered(count, one, every_s)

    async def lags(self) -> list[float]:
        """Milliseconds, of what was begun and shown since this was last asked; all must go on."""
        assert not any(asking.done() for asking in self._asking), "an answer is too short for this"
        found = [lag for stream in self._streams for lag in stream.lags_ms]
        for stream in self._streams:
            stream.lags_ms.clear()
        return found


async def _connected(address: str, path: str, cookie: str) -> Socket:
    """As soon as the server listens."""
    async with asyncio.timeout(LISTENS_WITHIN_S):
        while True:
            try:
                return await Socket.open(address, path, cookie)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)


def _shows(frames: str, expected: str) -> bool:
    """One attempt with this text, on the page that the frames make."""
    page = Page(EMPTY_PAGE)
    page.apply(frames)
    bodies = re.findall(r'id="(turn-[^"]+-attempt-\d+-body)"', page.html("turns"))
    return len(bodies) == 1 and is_whole(page.text(bodies[0]), expected)


def _account(number: int, cascade: Cascade) -> tuple[str, str]:
    """The path of a new conversation's socket, and the session cookie that opens it."""
    user, browser = make_user(f"reader-{number}"), Client()
    browser.force_login(user)
    session = browser.cookies[settings.SESSION_COOKIE_NAME]
    conversation = make_conversation(user, cascade)
    return f"/ws/conversations/{conversation.id}/", f"{session.key}={session.value}"


if __name__ == "__main__":
    run_lightly(obeying(Viewers(*sys.argv[1:])))
