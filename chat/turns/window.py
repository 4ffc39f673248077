"""How much a socket may be sent ahead of its reader.

The server takes everything at once and keeps it until it can be written, so only the reader can
say that it has arrived. It acknowledges by the number of messages it has received.
"""

import asyncio

WINDOW = 128 * 1024
"""Characters on their way. Readers acknowledge long before: every 32 thousand."""

PATIENCE_S = 60.0


class TooSlow(Exception):
    """A reader has acknowledged nothing for a minute, while there was more to send."""


class Window:
    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._on_the_way = 0
        self._received = 0
        self._room: asyncio.Event | None = None  # while it is waited for

    @property
    def is_full(self) -> bool:
        return self._on_the_way >= WINDOW

    def sent(self, message: str) -> None:
        self._sizes.append(len(message))
        self._on_the_way += len(message)

    def received(self, count: int) -> None:
        """All of the first `count` messages. Raises ValueError for more than were sent."""
        new = max(0, count - self._received)
        if new > len(self._sizes):
            raise ValueError(f"{count} messages were not sent")
        self._on_the_way -= sum(self._sizes[:new])
        del self._sizes[:new]
        self._received += new
        if self._room is not None and not self.is_full:
            self._room.set()
            self._room = None

    async def room(self) -> None:
        """Wait until there is some. Raises `TooSlow`."""
        if not self.is_full:
            return
        self._room = self._room or asyncio.Event()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._room.wait()
        except TimeoutError as error:
            raise TooSlow from error
