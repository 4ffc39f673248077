"""What a turn's reader is asked before a tool that changes something is run, and their answer."""

import asyncio
from collections.abc import Callable

from chat.cascade import ToolCall
from chat.turns.events import TurnEventType

ANSWER_S = 120.0
"""Silence for so long is a refusal."""

Tell = Callable[[TurnEventType, dict[str, object]], None]


class Questions:
    """The open questions of one turn, by the id of their call. `tell` puts an event on its log."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._open: dict[str, asyncio.Future[bool]] = {}

    async def ask(self, call: ToolCall) -> bool:
        """Whether the call may run. A turn that is stopped meanwhile cancels this."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._open[call.id] = answer
        self._tell(TurnEventType.TOOL_ASKING, {"id": call.id, "name": call.name})
        try:
            async with asyncio.timeout(ANSWER_S):
                allowed = await answer
        except TimeoutError:
            allowed = False
        finally:
            del self._open[call.id]
        self._tell(TurnEventType.TOOL_ANSWERED, {"id": call.id, "allowed": allowed})
        return allowed

    def close(self) -> None:
        """Nothing is asked any more. Who was told refers to this, and is freed without it."""
        self._tell = lambda kind, data: None

    def answer(self, call_id: str, *, allowed: bool) -> bool:
        """False where this was not asked, or was answered already."""
        answer = self._open.get(call_id)
        if answer is None or answer.done():
            return False
        answer.set_result(allowed)
        return True
