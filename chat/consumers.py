"""The websocket of a conversation: frames in, frames out. It decides only who may watch and ask.

A turn is played elsewhere (`chat.turns.play`): a handler starts it or stops it and returns, so a
socket hears Stop while an answer is written, and may close without ending anything.
"""

import asyncio
import logging
import uuid
from importlib import import_module
from typing import Any, cast
from urllib.parse import parse_qs

from channels.auth import get_user
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import User

from chat import frames
from chat.forms import PromptForm, first_error
from chat.models import Conversation, Turn
from chat.render.frames import Frames, HtmlFrames, JsonFrames
from chat.turns.answer import answer
from chat.turns.begin import Refused, begin, retry
from chat.turns.doorbell import group
from chat.turns.follow import Cursor, Viewer
from chat.turns.stop import stop

logger = logging.getLogger(__name__)

SIGNED_OUT, NOT_FOUND, BROKEN = 4401, 4404, 4500


class ConversationConsumer(AsyncWebsocketConsumer):
    """One reader's socket on one of their conversations."""

    reader: User
    conversation_id: uuid.UUID
    frames: Frames
    viewer: Viewer
    watching: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        await self.accept()  # a close before it would reach the browser as 1006, and be retried
        self.reader = cast(User, self.scope["user"])  # put there by AuthMiddlewareStack
        if not self.reader.is_authenticated:
            return await self.close(SIGNED_OUT)
        conversation_id = self.scope["url_route"]["kwargs"]["conversation_id"]
        own = Conversation.objects.filter(id=conversation_id, user=self.reader)
        if not await own.aexists():
            return await self.close(NOT_FOUND)
        self.conversation_id = conversation_id
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        self.frames = JsonFrames() if query.get("format") == ["json"] else HtmlFrames()
        self.viewer = Viewer(conversation_id, self.frames, self.send)
        await self.channel_layer.group_add(group(conversation_id), self.channel_name)
        cursor = Cursor.parse(query.get("cursor", [""])[0])
        self.watching = asyncio.create_task(self._watch(cursor), name="viewer")

    async def disconnect(self, code: int) -> None:
        if self.watching is not None:
            self.watching.cancel()
            await self.channel_layer.group_discard(group(self.conversation_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.watching is None:
            return
        try:
            frame = frames.parse(text_data)
            if not await self._is_still_signed_in():
                return await self.close(SIGNED_OUT)
            await self._take(frame)
        except (frames.BadFrame, Refused) as error:
            await self._notice(str(error), getattr(error, "code", "bad_frame"))
        except Exception:  # a socket outlives a handler that broke; its reader is told
            incident = uuid.uuid4().hex[:8]
            logger.exception("frame broke, incident %s", incident)
            await self._notice(f"That did not work ({incident}). Try again.", "internal")

    async def _watch(self, cursor: Cursor) -> None:
        try:
            await self.viewer.watch(cursor)
        except Exception:  # a socket without a viewer is deaf: the page connects again
            logger.exception("a viewer broke")
            await self.close(BROKEN)

    async def doorbell(self, event: dict[str, Any]) -> None:
        self.viewer.ring()

    async def _take(self, frame: dict[str, Any]) -> None:
        match frame.get("type"):
            case "prompt":
                await self._prompt(frame)
            case "stop":
                await stop(await self._turn(frame))
            case ("allow" | "deny") as said:
                turn = await self._turn(frame)
                answer(turn, str(frame.get("call")), allowed=said == "allow")
                await self._notice("", "answered")
            case "retry":
                await retry(await self._turn(frame))
                await self._notice("", "begun")
            case _:
                raise frames.BadFrame("That kind of message is not known here.")

    async def _prompt(self, frame: dict[str, Any]) -> None:
        form = PromptForm(frame)
        if not form.is_valid():
            raise Refused(*first_error(form))
        await begin(self.conversation_id, **form.cleaned_data)
        await self._notice("", "begun")

    async def _turn(self, frame: dict[str, Any]) -> Turn:
        """The turn a frame names, if it is one of this conversation and this reader."""
        try:
            turn_id = uuid.UUID(str(frame.get("turn")))
        except ValueError as error:
            raise frames.BadFrame("The message names no turn.") from error
        turn = await Turn.objects.filter(
            id=turn_id, conversation=self.conversation_id, conversation__user=self.reader
        ).afirst()
        if turn is None:
            raise Refused("That turn does not exist in this conversation.", "not_found")
        return turn

    async def _is_still_signed_in(self) -> bool:
        """By a fresh session: the one of the handshake is remembered, also after signing out."""
        store = import_module(settings.SESSION_ENGINE).SessionStore
        scope: Any = {"session": store(self.scope["session"].session_key)}
        return (await get_user(scope)).is_authenticated

    async def _notice(self, sentence: str, code: str) -> None:
        for message in self.frames.notice(sentence, code):
            await self.send(message)
