"""What an orchestrator asks: does the process live, and may it be sent people?

Answered before Django, since a probe names no host of ours and speaks no HTTPS.
"""

import asyncio
from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable
from django.db import Error as DatabaseError
from django.db import connection

from chat.process.off_loop import off_loop
from chat.turns.drain import is_draining

READY_WITHIN_S = 1.5
"""A proxy's patience is 2 s (`ops/Caddyfile`), and a database that is away is waited for longer."""


class Probes:
    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(
        self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        match scope["path"]:
            case "/healthz":
                await _answer(send, 200, "ok")
            case "/readyz":
                reason = await _why_not_ready()
                await _answer(send, 503 if reason else 200, reason or "ready")
            case _:
                await self.application(scope, receive, send)


async def _why_not_ready() -> str:
    """Redis is not asked for: without it turns are played all the same."""
    if is_draining():
        return "draining"
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await off_loop(_connect)()
    except (DatabaseError, TimeoutError):
        return "no database"
    return ""


def _connect() -> None:
    """On the connection of the thread it runs in; `connection` is another one in every thread."""
    connection.ensure_connection()


async def _answer(send: ASGISendCallable, status: int, word: str) -> None:
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send(
        {"type": "http.response.start", "status": status, "headers": headers, "trailers": False}
    )
    await send({"type": "http.response.body", "body": f"{word}\n".encode(), "more_body": False})
