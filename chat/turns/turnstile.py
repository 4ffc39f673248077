"""What begins and ends turns goes through in the order it came, a few at a time.

To begin a turn and to end it take some fifty times what a frame of text does (`make bench`). Where
many do so within a second, each of them would go on a little between two frames of an answer, which
would wait for all of them, and all would be done last of all. In turn, most are done long before,
and a frame waits for few.
"""

import asyncio
from collections import deque
from typing import Any

ROOM = 2
"""So many are within: one goes on while another waits for the database."""

PATIENCE_S = 2.0
"""Who has waited so long goes on beside those within, as where the database does not answer."""


class Turnstile:
    """`async with` it. Nobody may wait for a reader within: others would with them."""

    def __init__(self) -> None:
        self._within = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._places: dict[asyncio.Task[Any] | None, asyncio.Future[None]] = {}

    async def __aenter__(self) -> None:
        if self._within < ROOM:
            self._within += 1
            return
        loop = asyncio.get_running_loop()
        place, task = loop.create_future(), asyncio.current_task()
        self._waiting.append(place)
        self._places[task] = place
        patience = loop.call_later(PATIENCE_S, self._let_in, place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # let in just before
                self._leave()
            raise
        finally:
            patience.cancel()
            del self._places[task]

    def hurry(self, task: asyncio.Task[Any]) -> None:
        """Where it waits, it goes on at once."""
        if place := self._places.get(task):
            self._let_in(place)

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        self._within -= 1
        while self._waiting and self._within < ROOM:
            self._let_in(self._waiting.popleft())

    def _let_in(self, place: asyncio.Future[None]) -> None:
        if not place.done():
            self._within += 1
            place.set_result(None)
