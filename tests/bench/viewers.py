"""Readers of the product: `python -m tests.bench.viewers ADDRESS PROVIDER`.

Each has an account, a conversation and a websocket, asks over it and keeps the HTML frames it is
sent. What they show is looked at afterwards, so that looking disturbs nothing. Uses the database
that `DATABASE_URL` names.
"""

import asyncio
import json
import os
import re
import sys
import time
import uuid

import django

from tests.bench.answer import ANSWER, MARK, PROMPT, Seen, is_whole
from tests.bench.websocket import Socket
from tests.bench.work import obey
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
    for name in ("turns", "composer-action", "cursor", "conversation-totals", "announcer", "notice")
)
ACKNOWLEDGED = 16
"""Messages."""

END = 'id="conversation-totals"'
"""In the frame after the last of a turn."""


class Viewers:
    def __init__(self, address: str, provider: str) -> None:
        self._address = address
        self._cascade = make_cascade("draft", "strong", kind="openai", base_url=provider)
        self._sockets: list[Socket] = []

    async def prepare(self, streams: int) -> None:
        self._sockets = [await self._connect(number) for number in range(streams)]
        await asyncio.sleep(0.2)  # the server looks into each conversation, once

    async def _connect(self, number: int) -> Socket:
        path, cookie = await sync_to_async(_account)(number, self._cascade)
        return await Socket.open(self._address, path, cookie)

    async def play(self, number: int) -> Seen:
        socket, asked, first, frames = self._sockets[number], time.monotonic(), 0.0, [""]
        prompt = {"type": "prompt", "prompt": PROMPT, "client_id": str(uuid.uuid4())}
        socket.send(json.dumps(prompt))
        while END not in frames[-1]:
            frames.append(await socket.receive())
            self._acknowledge(socket, frames)
            if not first and MARK.search(frames[-1]):
                first = time.monotonic()
        socket.close()
        return Seen(asked, first, "".join(frames))

    def _acknowledge(self, socket: Socket, frames: list[str]) -> None:
        """As the page does, for the server sends only so much ahead."""
        if len(frames) % ACKNOWLEDGED == 0:
            socket.send(json.dumps({"type": "seen", "count": len(frames) - 1}))

    def is_whole(self, text: str) -> bool:
        """Of one attempt, by the page that the frames make."""
        page = Page(EMPTY_PAGE)
        page.apply(text)
        bodies = re.findall(r'id="(turn-[^"]+-attempt-\d+-body)"', page.html("turns"))
        expected = Page(f'<div id="answer">{render(ANSWER)}</div>').text("answer")
        return len(bodies) == 1 and is_whole(page.text(bodies[0]), expected)


def _account(number: int, cascade: Cascade) -> tuple[str, str]:
    """The path of a new conversation's socket, and the session cookie that opens it."""
    user, browser = make_user(f"reader-{number}"), Client()
    browser.force_login(user)
    session = browser.cookies[settings.SESSION_COOKIE_NAME]
    conversation = make_conversation(user, cascade)
    return f"/ws/conversations/{conversation.id}/", f"{session.key}={session.value}"


if __name__ == "__main__":
    obey(Viewers(*sys.argv[1:]))
