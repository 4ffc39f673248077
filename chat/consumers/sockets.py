"""What our websockets have in common: no channel of their own on the layer, tasks that end with
them, and a reader who must still be let in.
"""

import asyncio
import contextlib
import contextvars
import logging
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable
from autobahn.exception import Disconnected
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import OperationalError

from chat.consumers import frames, rights
from chat.process.incidents import incident
from chat.process.off_loop import off_loop
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

    reader_id: int

    def __init__(self) -> None:
        super().__init__()
        # All that it may have: an attribute that many objects lack at first takes each of them a
        # dict of its own later.
        self.conversation_id: uuid.UUID | None = None
        self.watching: asyncio.Task[None] | None = None
        self._rate = frames.Rate()
        self._give_back: Callable[[], None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._looks_again = False
        self._look_later: asyncio.TimerHandle | None = None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.watching is None:
            return
        if not self._rate.allows(len(text_data or bytes_data or "")):
            return await self.close(TOO_MANY)
        await self.hear(text_data)

    async def hear(self, text: str | None) -> None:
        """A frame of a reader who is let in and sends none too many; None if it is binary."""
        raise NotImplementedError

    async def __call__(
        self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        self.scope, self.base_send = scope, _to_whoever_is_there(send)
        try:
            with contextlib.suppress(StopConsumer):
                while True:
                    await self.dispatch(await receive())
        finally:
            self._leave()

    async def dispatch(self, message: Any) -> None:
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
                self.reader_id = await off_loop(rights.let_in)(key, conversation_id)
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
            self._give_back = rights.hold(self.reader_id)
        except rights.TooMany:
            watching.close()
            raise
        doorbell.hang(doorbell.rights_of(self.reader_id), self.look)
        self._rest()
        self.watching = self._task(watching)

    def _leave(self) -> None:
        if self._give_back is not None:
            self._give_back()
            doorbell.take_down(doorbell.rights_of(self.reader_id), self.look)
        if self._look_later is not None:
            self._look_later.cancel()
        for task in (self.watching, self._looking):
            if task is not None:
                task.cancel()
        self.watching = self._looking = None  # cancelled, they keep the socket by their tracebacks

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """In a context of its own: that of the handshake would keep its request alive."""
        name = type(self).__name__
        return asyncio.create_task(self._whole(work), name=name, context=contextvars.Context())

    async def _whole(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # deaf, or never looked at again, it would stay: the page connects again
            incident(logger, f"a {type(self).__name__} broke")
            await self.close(BROKEN)

    async def why_not(self) -> int | None:
        return await off_loop(rights.why_not)(
            self._session_key, self.reader_id, self.conversation_id
        )

    def look(self) -> None:
        """Whether the reader still may, soon: for frames that are not to wait for a database."""
        self._looks_again = True
        if self._looking is None:
            self._looking = self._task(self._look())

    async def end(self, code: int) -> None:
        """Nothing is told any more, not even what is on its way to the reader."""
        if self.watching is not None:
            self.watching.cancel()
            self.watching = None
        await self.close(code)

    async def _look(self) -> None:
        """Close as soon as the reader may watch no longer. A task only while it looks: most sockets
        are idle."""
        while self._looks_again:
            self._looks_again = False
            try:
                if code := await self.why_not():
                    return await self.end(code)
            except DatabaseError as error:
                logger.warning("a reader was not looked at: %s", type(error).__name__)
        self._looking = None
        self._rest()

    def _rest(self) -> None:
        if self._look_later is not None:
            self._look_later.cancel()
        loop = asyncio.get_running_loop()
        self._look_later = loop.call_later(LOOK_S, self.look, context=contextvars.Context())


def _to_whoever_is_there(send: ASGISendCallable) -> ASGISendCallable:
    """A server refuses what is sent to a reader who has gone, a moment before the socket is told:
    by OSError, as ASGI has it, and Daphne by an error of its websockets."""

    async def quietly(message: Any) -> None:
        with contextlib.suppress(OSError, Disconnected):
            await send(message)

    return quietly
