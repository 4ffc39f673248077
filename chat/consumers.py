"""The websocket of a conversation: frames in, frames out. It decides only who may watch and ask.

A turn is played elsewhere (`chat.turns.play`): a handler starts it or stops it and returns, so a
socket hears Stop while an answer is written, and may close without ending anything.
"""

import asyncio
import contextlib
import contextvars
import logging
import uuid
from importlib import import_module
from typing import Any, cast
from urllib.parse import parse_qs

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable
from channels.auth import get_user
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.utils import await_many_dispatch
from django.conf import settings
from django.contrib.auth.models import User

from chat import frames
from chat.forms import PromptForm, ThumbForm, first_error
from chat.incidents import incident
from chat.models import Conversation, Turn
from chat.off_loop import off_loop
from chat.render.frames import Frames, HtmlFrames, JsonFrames
from chat.turns.answer import answer
from chat.turns.begin import Refused, begin, retry
from chat.turns.follow import Cursor, Viewer
from chat.turns.stop import stop
from chat.turns.thumbs import give
from chat.turns.window import TooSlow, Window

logger = logging.getLogger(__name__)

SIGNED_OUT, NOT_FOUND, TOO_SLOW, TOO_MANY, BROKEN = 4401, 4404, 4408, 4429, 4500


class ConversationConsumer(AsyncWebsocketConsumer):
    """One reader's socket on one of their conversations."""

    reader: User
    conversation_id: uuid.UUID
    frames: Frames
    watching: asyncio.Task[None] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.window, self.rate = Window(), frames.Rate()

    async def __call__(
        self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """As Channels has it, without a channel of its own: a layer that fails closes no socket."""
        self.scope, self.base_send = scope, send
        try:
            with contextlib.suppress(StopConsumer):
                await await_many_dispatch([receive], self.dispatch)  # type: ignore[list-item]  # the stubs await twice
        finally:
            if self.watching is not None:
                self.watching.cancel()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without a look at old connections, for which a thread is waited for; there are none."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        await self.accept()  # a close before it would reach the browser as 1006, and be retried
        self.reader = cast(User, self.scope["user"])  # put there by AuthMiddlewareStack
        if not self.reader.is_authenticated:
            return await self.close(SIGNED_OUT)
        conversation_id = self.scope["url_route"]["kwargs"]["conversation_id"]
        own = Conversation.objects.filter(id=conversation_id, user=self.reader)
        if not await off_loop(own.exists)():
            return await self.close(NOT_FOUND)
        self.conversation_id = conversation_id
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        self.frames = JsonFrames() if query.get("format") == ["json"] else HtmlFrames()
        viewer = Viewer(conversation_id, self.frames, self._tell, self.window)
        cursor = Cursor.parse(query.get("cursor", [""])[0])
        # A context of its own: that of the handshake would keep its request alive.
        self.watching = asyncio.create_task(
            self._watch(viewer, cursor), name="viewer", context=contextvars.Context()
        )

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.watching is None:
            return
        if not self.rate.allows():
            return await self.close(TOO_MANY)
        try:
            frame = frames.parse(text_data)
            if frame.get("type") == "seen":
                return self._seen(frame)
            if not await self._is_still_signed_in():
                return await self.close(SIGNED_OUT)
            await self._take(frame)
        except (frames.BadFrame, Refused) as error:
            await self._notice(str(error), getattr(error, "code", "bad_frame"))
        except Exception:  # a socket outlives a handler that broke; its reader is told
            name = incident(logger, "a frame broke")
            await self._notice(f"That did not work ({name}). Try again.", "internal")

    async def _watch(self, viewer: Viewer, cursor: Cursor) -> None:
        try:
            await viewer.watch(cursor)
        except TooSlow:
            await self.close(TOO_SLOW)
        except Exception:  # a socket without a viewer is deaf: the page connects again
            name = incident(logger, "a viewer broke")
            try:
                sentence = f"The answer could not be shown ({name}). The page tries again."
                await self._notice(sentence, "internal")
            finally:
                await self.close(BROKEN)

    def _seen(self, frame: dict[str, Any]) -> None:
        """The reader has received all messages up to this number."""
        count = frame.get("count")
        if not isinstance(count, int):
            raise frames.BadFrame("The message has no count of messages seen.")
        try:
            self.window.received(count)
        except ValueError as error:
            raise frames.BadFrame("So many messages were not sent.") from error

    async def _take(self, frame: dict[str, Any]) -> None:
        match frame.get("type"):
            case "prompt":
                await self._prompt(frame)
            case "stop":
                await stop(await self._turn(frame))
            case ("allow" | "deny") as said:
                turn = await self._turn(frame)
                await answer(turn, str(frame.get("call")), allowed=said == "allow")
                await self._notice("", "answered")
            case ("retry" | "ask_last") as said:
                await retry(await self._turn(frame), direct=said == "ask_last")
                await self._notice("", "begun")
            case "thumb":
                await self._thumb(frame)
            case _:
                raise frames.BadFrame("That kind of message is not known here.")

    async def _prompt(self, frame: dict[str, Any]) -> None:
        form = PromptForm(frame)
        if not form.is_valid():
            raise Refused(*first_error(form))
        await begin(self.conversation_id, **form.cleaned_data)
        await self._notice("", "begun")

    async def _thumb(self, frame: dict[str, Any]) -> None:
        form = ThumbForm(frame)
        if not form.is_valid():
            raise Refused(*first_error(form))
        await give(await self._turn(frame), form.thumb)
        await self._notice("", "noted")

    async def _turn(self, frame: dict[str, Any]) -> Turn:
        """The turn a frame names, if it is one of this conversation and this reader."""
        try:
            turn_id = uuid.UUID(str(frame.get("turn")))
        except ValueError as error:
            raise frames.BadFrame("The message names no turn.") from error
        own = Turn.objects.filter(
            id=turn_id, conversation=self.conversation_id, conversation__user=self.reader
        )
        turn = await off_loop(own.first)()
        if turn is None:
            raise Refused("That turn does not exist in this conversation.", "not_found")
        return turn

    async def _is_still_signed_in(self) -> bool:
        """By a fresh session: the one of the handshake is remembered, also after signing out."""
        store = import_module(settings.SESSION_ENGINE).SessionStore
        scope: Any = {"session": store(self.scope["session"].session_key)}
        user = await off_loop(get_user.func)(scope)  # type: ignore[attr-defined]  # it is made by a decorator
        return bool(user.is_authenticated)

    async def _notice(self, sentence: str, code: str) -> None:
        for message in self.frames.notice(sentence, code):
            await self._tell(message)

    async def _tell(self, message: str) -> None:
        self.window.sent(message)
        await self.send(message)
