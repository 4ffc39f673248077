"""What becomes of the calls of an attempt that stands: for events, and for the model to read."""

import asyncio
from collections.abc import Sequence

from chat.cascade.attempt import Attempt
from chat.cascade.providers.base import Message
from chat.cascade.streaming.events import (
    CallData,
    ToolCallCompleteData,
    ToolErrorData,
    ToolResultData,
    ToolStreamEventType,
)
from chat.cascade.tools.call import ToolCall
from chat.cascade.tools.judging import JudgedCall
from chat.cascade.tools.result import ToolResult

Told = tuple[ToolStreamEventType, CallData | ToolCallCompleteData | ToolErrorData | ToolResultData]


def told(judged: JudgedCall) -> Told:
    call = judged.call
    if judged.error:
        error = ToolErrorData(id=call.id, name=call.name, error=judged.error)
        return ToolStreamEventType.TOOL_ERROR, error
    return ToolStreamEventType.TOOL_CALL_COMPLETE, ToolCallCompleteData(tool_call=call.as_data())


class News(asyncio.Queue[ToolCall | ToolResult]):
    """Of the calls that are run: those about to begin, and what came of them."""

    async def begin(self, call: ToolCall) -> None:
        """Waits until it was told: what might change something is on record before it does."""
        self.put_nowait(call)
        await self.join()


def happened(new: ToolCall | ToolResult) -> Told:
    if isinstance(new, ToolCall):
        return ToolStreamEventType.TOOL_EXECUTING, new.as_data()
    id, name, time_ms = new.call_id, new.name, round(new.execution_time_ms)
    if new.success:
        found = ToolResultData(id=id, name=name, result=new.text, time_ms=time_ms)
        return ToolStreamEventType.TOOL_RESULT, found
    error = ToolErrorData(id=id, name=name, error=new.text, time_ms=time_ms)
    return ToolStreamEventType.TOOL_ERROR, error


def messages(
    attempt: Attempt, calls: Sequence[JudgedCall], results: Sequence[ToolResult]
) -> list[Message]:
    """What the model said, and an answer to each of its calls in their order; `results` are those
    of the valid ones."""
    said: Message = {
        "role": "assistant",
        "content": attempt.text,
        "tool_calls": [judged.call.as_data() for judged in calls],
    }
    if attempt.opaque:
        said["opaque"] = attempt.opaque
    of_valid = iter(results)
    answers = [judged.refusal if judged.error else next(of_valid) for judged in calls]
    return [said, *(answer.to_message() for answer in answers)]
