"""What our websockets have in common: no channel of their own on the layer, tasks that end with
them, and a reader who must still be let in.
"""

import asyncio
import contextlib
import contextvars
import logging
import uuid
from collections.abc import Coroutine
from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable
from autobahn.exception import Disconnected
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.utils import await_many_dispatch
from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error as DatabaseError
from django.db import OperationalError

from chat import frames, rights
from chat.off_loop import off_loop
from chat.turns import doorbell

logger = logging.getLogger(__name__)

TOO_MANY, BROKEN = 4429, 4500

LET_IN_S = 6.0
"""The longest a reader waits to be let in or told that they are not: a second more than a thread
waits for a connection, however many come back at once."""

LOOK_S = 30.0
"""Between looks whether the reader still may, where no bell rings and no frame comes."""


class Socket(AsyncWebsocketConsumer):
    """As Channels has it, but a layer that fails closes no socket. `watching` ends with it."""

    reader: User
    conversation_id: uuid.UUID | None = None
    watching: asyncio.Task[None] | None = None
    guarding: asyncio.Task[None] | None = None

    def __init__(self) -> None:
        super().__init__()
        self._held = contextlib.ExitStack()
        self._looking = asyncio.Event()
        self._rate = frames.Rate()

    def allows(self, text_data: str | None, bytes_data: bytes | None) -> bool:
        """Whether a frame that came is not one too many; the socket is closed then."""
        return self._rate.allows(len(text_data or bytes_data or ""))

    async def __call__(
        self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        self.scope, self.base_send = scope, _to_whoever_is_there(send)
        try:
            with contextlib.suppress(StopConsumer):
                await await_many_dispatch([receive], self.dispatch)  # type: ignore[list-item]  # the stubs await twice
        finally:
            self._held.close()
            for task in (self.watching, self.guarding):
                if task is not None:
                    task.cancel()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without a look at old connections, for which a thread is waited for; there are none."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def let_in(self, conversation_id: uuid.UUID | None = None) -> None:
        """Once it is accepted: a handshake that waits for the database ends without a word after
        5 s, and all that wait in a process would do so one after the other.

        Raises `NotLetIn`, and a database's error where that did not answer in time.
        """
        try:
            async with asyncio.timeout(LET_IN_S):
                key = self._session_key
                self.reader = await off_loop(rights.let_in)(key, conversation_id)
        except TimeoutError as error:
            raise OperationalError("nobody was looked up in time") from error
        self.conversation_id = conversation_id

    @property
    def _session_key(self) -> str | None:
        key: str | None = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME)
        return key

    def watch(self, watching: Coroutine[Any, Any, None]) -> None:
        """From now on, as long as the reader may. Raises `TooMany` sockets."""
        try:
            self._held.enter_context(rights.held(self.reader.pk))
        except rights.TooMany:
            watching.close()
            raise
        # Contexts of their own: that of the handshake would keep its request alive.
        self.watching, self.guarding = (
            asyncio.create_task(work, name=type(self).__name__, context=contextvars.Context())
            for work in (watching, self._guard())
        )

    async def why_not(self) -> int | None:
        return await off_loop(rights.why_not)(
            self._session_key, self.reader.pk, self.conversation_id
        )

    def look(self) -> None:
        """Whether the reader still may, soon: for frames that are not to wait for a database."""
        self._looking.set()

    async def end(self, code: int) -> None:
        """Nothing is told any more, not even what is on its way to the reader."""
        if self.watching is not None:
            self.watching.cancel()
            self.watching = None
        await self.close(code)

    async def _guard(self) -> None:
        """Close as soon as its reader may watch no longer."""
        with doorbell.answered(doorbell.rights_of(self.reader.pk), self.look):
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._looking.wait()
                self._looking.clear()
                try:
                    code = await self.why_not()
                except DatabaseError as error:
                    logger.warning("a reader was not looked at: %s", type(error).__name__)
                    continue
                if code:
                    return await self.end(code)


def _to_whoever_is_there(send: ASGISendCallable) -> ASGISendCallable:
    """A server refuses what is sent to a reader who has gone, a moment before the socket is told:
    by OSError, as ASGI has it, and Daphne by an error of its websockets."""

    async def quietly(message: Any) -> None:
        with contextlib.suppress(OSError, Disconnected):
            await send(message)

    return quietly
