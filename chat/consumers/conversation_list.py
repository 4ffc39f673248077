"""The websocket of a user's list of conversations: a bell, which carries which answers are written.

Where that is news to the page it asks for the list itself. It is told again only after it has
answered, so one that reads nothing costs nothing.
"""

import asyncio
import contextlib
import json
import logging
import random
from urllib.parse import parse_qs
from uuid import UUID

from django.contrib.auth.models import User
from django.db import Error as DatabaseError

from chat.consumers import frames, rights
from chat.consumers.sockets import BROKEN, Socket
from chat.conversations import listing
from chat.models import IS_LIVE, Turn
from chat.process.off_loop import off_loop
from chat.render.frames import JsonFrames
from chat.turns import doorbell
from chat.turns.follow import AGAIN_S
from chat.turns.guard import guard

logger = logging.getLogger(__name__)

PAUSE_S = 0.3


class ListConsumer(Socket):
    def __init__(self) -> None:
        super().__init__()
        self._heard = asyncio.Event()

    async def connect(self) -> None:
        await self.accept()
        try:
            await self.let_in()
            self.watch(self._watch())
        except rights.NotLetIn as error:
            await self.close(error.code)
        except rights.TooMany:
            await self.close(rights.TOO_MANY_SOCKETS)
        except DatabaseError as error:
            logger.warning("a list was not opened: %s", type(error).__name__)
            await self.close(BROKEN)

    async def hear(self, text: str | None) -> None:
        if _asks_who_is_there(text):
            return await self.send(JsonFrames.alive)
        self.look()
        self._heard.set()

    async def _watch(self) -> None:
        bell = asyncio.Event()
        with doorbell.answered(doorbell.list_of(self.reader_id), bell.set):
            guard.wake()
            shown = parse_qs(self.scope["query_string"].decode("latin-1")).get("shown", [""])[0]
            while True:
                self._heard.clear()
                live, is_news = await self._state(shown)
                shown = ""
                guard.told(self.reader_id, live)
                ids = [str(id) for id in live.values()]
                await self.send(json.dumps({"live": ids, "news": is_news}))
                await self._heard.wait()
                await bell.wait()
                await asyncio.sleep(PAUSE_S)
                bell.clear()

    async def _state(self, shown: str) -> tuple[dict[UUID, UUID], bool]:
        """What is live, and whether the list is another than the one with the mark that is shown.

        However long the database is away: nobody else would tell the page.
        """
        while True:
            try:
                return await off_loop(lambda: (self._live(), self._is_news(shown)))()
            except DatabaseError as error:
                logger.warning("a list waits for the database: %s", type(error).__name__)
                await asyncio.sleep(random.uniform(0.5, AGAIN_S))

    def _live(self) -> dict[UUID, UUID]:
        """Turns, and the conversations they are in."""
        live = Turn.objects.filter(IS_LIVE, conversation__user=self.reader_id).order_by()
        return dict(live.values_list("id", "conversation"))

    def _is_news(self, shown: str) -> bool:
        """Asked after what is live: an answer that the page shows as live either is told to the
        guard, which rings at its end, or is live no longer and makes another mark."""
        return not shown or shown != listing.page(User(pk=self.reader_id)).mark


def _asks_who_is_there(text: str | None) -> bool:
    """As the socket of a conversation is asked. All else says that what was told has been seen."""
    with contextlib.suppress(frames.BadFrame):
        return frames.parse(text).get("type") == "alive"
    return False
