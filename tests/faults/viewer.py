"""A program that watches a conversation, and is the judge of what it is sent.

It holds the product to its promise by its own count: every event of a turn once and in order,
none after the end. It may be cut off anywhere and come back with its cursor, to any server.
"""

import asyncio
import itertools
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.bench.websocket import Socket
from tests.faults.fleet import Fleet

ENDS = {"complete": "completed", "stopped": "stopped", "error": "failed"}
ENDS["interrupted"] = "interrupted"
SEEN_EVERY = 32 * 1024  # characters, as a page does


@dataclass
class Seen:
    """One turn as its viewer knows it."""

    turn: str
    seq: int = 0
    texts: dict[int, str] = field(default_factory=dict)
    status: str = ""
    ends: int = 0

    def take(self, event: dict[str, Any]) -> None:
        assert event["seq"] == self.seq + 1, f"event {event['seq']} after {self.seq}"
        assert not self.status, f"{event['type']} after the end"
        self.seq = event["seq"]
        number = event["attempt"]
        if event["type"] == "chunk":
            self.texts[number] = self.texts.get(number, "") + event["content"]
        if event["type"] in ENDS:
            self.status = ENDS[event["type"]]
            self.ends += 1

    def replace(self, state: dict[str, Any]) -> None:
        self.seq = state["seq"]
        self.texts = {one["number"]: one["text"] for one in state["attempts"] if one["text"]}
        if state["status"] in ENDS.values():
            assert self.status in ("", state["status"]), "two ends"
            self.status, self.ends = state["status"], 1


class Viewer:
    def __init__(self, fleet: Fleet, conversation: str, server: int = 0) -> None:
        self.fleet = fleet
        self.conversation = conversation
        self.server = server
        self.seen: dict[str, Seen] = {}
        self.last: Seen | None = None
        self.notices: list[dict[str, Any]] = []
        self.socket: Any = None
        self._received = self._waiting = 0

    async def __aenter__(self) -> "Viewer":
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.socket.close()

    async def connect(self, server: int | None = None) -> None:
        self.server = self.server if server is None else server
        self.cut()
        self._received = self._waiting = 0
        cursor = f"&cursor={self.last.turn}:{self.last.seq}" if self.last else ""
        path = f"/ws/conversations/{self.conversation}/?format=json{cursor}"
        address = self.fleet.server(self.server).address
        self.socket = await Socket.open(address, path, self.fleet.cookie(self.conversation))

    async def connect_again(self, server: int | None = None) -> None:
        """As a page does, until it is let in: here, else by each server in turn."""
        first = self.server if server is None else server
        async with asyncio.timeout(30):
            for server in itertools.count(first):
                try:
                    return await self.connect(server)
                except (OSError, asyncio.IncompleteReadError):
                    await asyncio.sleep(0.1)

    def cut(self) -> None:
        if self.socket is not None:
            self.socket.abort()

    def tell(self, **frame: object) -> None:
        self.socket.send(json.dumps(frame))

    def ask(self, prompt: str, client_id: str = "") -> None:
        self.tell(type="prompt", prompt=prompt, client_id=client_id or str(uuid.uuid4()))

    async def next(self) -> dict[str, Any]:
        text = await self.socket.receive()
        message: dict[str, Any] = json.loads(text)
        self._received += 1
        self._waiting += len(text)
        if self._waiting >= SEEN_EVERY:
            self._waiting = 0
            self.tell(type="seen", count=self._received)
        match message:
            case {"type": "notice"}:
                self.notices.append(message)
            case {"type": "turn", "turn": turn}:
                self.last = self.seen.setdefault(turn, Seen(turn))
            case {"type": "snapshot", "turn": turn}:
                self.last = self.seen.setdefault(turn, Seen(turn))
                self.last.replace(message["state"])
            case {"seq": _, "turn": turn}:
                self.last = self.seen[turn]
                self.last.take(message)
        return message

    async def until(self, *kinds: str, within_s: float = 30) -> dict[str, Any]:
        async with asyncio.timeout(within_s):
            while (message := await self.next())["type"] not in kinds:
                pass
            return message

    async def written(self, characters: int) -> None:
        async with asyncio.timeout(30):
            while not self.last or len("".join(self.last.texts.values())) < characters:
                await self.next()

    async def end(self, within_s: float = 40, *, again: bool = True) -> Seen:
        """The end of the last turn; whoever is cut off connects again."""
        deadline = time.monotonic() + within_s
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + within_s):
            while not self.last or not self.last.status:
                try:
                    await self.next()
                except (ConnectionError, asyncio.IncompleteReadError):
                    assert again and time.monotonic() < deadline
                    await self.connect_again(self.server + 1)
        assert self.last
        return self.last
