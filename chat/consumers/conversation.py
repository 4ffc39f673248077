"""The websocket of a conversation: frames in, frames out. It decides only who may watch and ask.

A turn is played elsewhere (`chat.turns.play`): a handler starts it or stops it and returns, so a
socket hears Stop while an answer is written, and may close without ending anything.
"""

import logging
import uuid
from typing import Any
from urllib.parse import parse_qs

from django.db import InterfaceError, OperationalError
from django.forms import Form
from django.utils import translation
from django.utils.translation import gettext as _

from chat.consumers import frames, languages, rights
from chat.consumers.sockets import BROKEN, Socket
from chat.forms import EditForm, PromptForm, RetryForm, ThumbForm, first_error
from chat.models import Turn
from chat.process.incidents import incident
from chat.process.off_loop import off_loop
from chat.render.frames import Frames, HtmlFrames, JsonFrames
from chat.turns.answer import answer
from chat.turns.begin import Refused, begin, edit, retry
from chat.turns.follow import Cursor, Viewer
from chat.turns.stop import stop
from chat.turns.thumbs import give
from chat.turns.use_draft import use_draft
from chat.turns.versions import show
from chat.turns.window import TooSlow, Window

logger = logging.getLogger(__name__)

TOO_SLOW = 4408


class ConversationConsumer(Socket):
    """One reader's socket on one of their conversations."""

    conversation_id: uuid.UUID
    frames: Frames
    language: str

    def __init__(self) -> None:
        super().__init__()
        self.window = Window()

    async def connect(self) -> None:
        await self.accept()  # a close before it would reach the browser as 1006, and be retried
        self.language = languages.activate_for(self.scope)
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        self.frames = JsonFrames() if query.get("format") == ["json"] else HtmlFrames()
        try:
            await self._let_in(Cursor.parse(query.get("cursor", [""])[0]))
        except rights.NotLetIn as error:
            await self.close(error.code)
        except rights.TooMany:
            await self._notice(
                _("Too many pages are open. Close some of them."), "too_many_sockets"
            )
            await self.close(rights.TOO_MANY_SOCKETS)
        except Exception as error:  # raised, it would close with 1011 and say nothing
            await self._apologise(error, "a socket was not opened")
            await self.close(BROKEN)

    async def hear(self, text: str | None) -> None:
        try:
            frame = frames.parse(text)
            if frame.get("type") == "seen":
                self.look()
                return self._seen(frame)
            if frame.get("type") == "alive":
                return await self._tell(self.frames.alive)
            if code := await self.why_not():
                return await self.end(code)
            await self._take(frame)
        except (frames.BadFrame, Refused) as error:
            await self._notice(str(error), getattr(error, "code", "bad_frame"))
        except Exception as error:  # a socket outlives a handler that broke; its reader is told
            await self._apologise(error, "a frame broke")

    async def _let_in(self, cursor: Cursor) -> None:
        await self.let_in(self.scope["url_route"]["kwargs"]["conversation_id"])
        viewer = Viewer(self.conversation_id, self.frames, self._tell, self.window)
        self.watch(self._watch(viewer, cursor))

    async def _watch(self, viewer: Viewer, cursor: Cursor) -> None:
        translation.activate(self.language)  # for all that this task renders
        try:
            await viewer.watch(cursor)
        except TooSlow:
            await self.close(TOO_SLOW)
        except Exception:  # a socket without a viewer is deaf: the page connects again
            name = incident(logger, "a viewer broke")
            try:
                sentence = _(
                    "The answer could not be shown ({name}). The page tries again."
                ).format(name=name)
                await self._notice(sentence, "internal")
            finally:
                await self.close(BROKEN)

    def _seen(self, frame: dict[str, Any]) -> None:
        """The reader has received all messages up to this number."""
        count = frame.get("count")
        if not isinstance(count, int):
            raise frames.BadFrame(_("The message has no count of messages seen."))
        try:
            self.window.received(count)
        except ValueError as error:
            raise frames.BadFrame(_("So many messages were not sent.")) from error

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
            case "use_draft":
                await use_draft(await self._turn(frame))
                await self._notice("", "draft_used")
            case "retry":
                await self._retry(frame)
            case "edit":
                await self._edit(frame)
            case "show":
                await show(await self._turn(frame))
                await self._notice("", "shown")
            case "thumb":
                await self._thumb(frame)
            case _:
                raise frames.BadFrame(_("That kind of message is not known here."))

    async def _prompt(self, frame: dict[str, Any]) -> None:
        await begin(self.conversation_id, **_cleaned(PromptForm(frame)))
        await self._notice("", "begun")

    async def _retry(self, frame: dict[str, Any]) -> None:
        asked = await off_loop(_cleaned)(RetryForm(frame))
        await retry(await self._turn(frame), **asked)
        await self._notice("", "begun")

    async def _edit(self, frame: dict[str, Any]) -> None:
        asked = _cleaned(EditForm(frame))
        await edit(await self._turn(frame), **asked)
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
            raise frames.BadFrame(_("The message names no turn.")) from error
        own = Turn.objects.filter(
            id=turn_id,
            conversation=self.conversation_id,
            conversation__user=self.reader_id,
            conversation__deleted_at=None,
        )
        turn = await off_loop(own.first)()
        if turn is None:
            raise Refused(_("That turn does not exist in this conversation."), "not_found")
        return turn

    async def _apologise(self, error: Exception, what: str) -> None:
        """A database that is away, or whose disk is full, is no incident: its own words say it to
        whoever runs this."""
        if isinstance(error, OperationalError | InterfaceError):
            why = str(error).partition("\n")[0]
            logger.warning("%s without the database: %s: %s", what, type(error).__name__, why)
            return await self._notice(
                _("Nothing can be stored just now. What you wrote is kept here; try again soon."),
                "database",
            )
        name = incident(logger, what)
        await self._notice(
            _("That did not work ({name}). Try again.").format(name=name), "internal"
        )

    async def _notice(self, sentence: str, code: str) -> None:
        for message in self.frames.notice(sentence, code):
            await self._tell(message)

    async def _tell(self, message: str) -> None:
        self.window.sent(message)
        await self.send(message)


def _cleaned(form: Form) -> dict[str, Any]:
    """What was sent by it; else `Refused`. Who waits then holds no form: one refers to itself, and
    is not freed before garbage is sought among all that is old."""
    if not form.is_valid():
        raise Refused(*first_error(form))
    cleaned: dict[str, Any] = form.cleaned_data
    return cleaned
