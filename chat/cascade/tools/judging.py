"""May this call run? Asked of finished calls only: one that was cut off can look complete."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chat.cascade.errors import ToolError
from chat.cascade.providers.base import ToolSpec, cleaned
from chat.cascade.streaming.calls import FormingCall
from chat.cascade.tools.call import ToolCall, read_arguments
from chat.cascade.tools.executor import check_arguments, unknown_tool, validators
from chat.cascade.tools.result import ToolResult
from chat.cascade.waits import beside_if_long


@dataclass(frozen=True, slots=True)
class JudgedCall:
    """`error` says, in words fit for the model, why the call must not run; "" is a valid call."""

    call: ToolCall
    error: str = ""

    @property
    def refusal(self) -> ToolResult:
        """What the model is told instead of a result."""
        return ToolResult(self.call.id, self.call.name, error=self.error)


class CallJudge:
    """A call is valid that names one of these tools and whose arguments fit its schema."""

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        self._validators = validators({tool["name"]: tool["parameters"] for tool in tools})

    async def judge_all(self, calls: Iterable[FormingCall]) -> list[JudgedCall]:
        written = [(call.id, call.name, call.written) for call in calls]
        size = sum(len(arguments) for _, _, arguments in written)
        return await beside_if_long(size, lambda: [self.judge(*call) for call in written])

    def judge(self, id: str, name: str, written: str) -> JudgedCall:
        """`written` is the JSON text of the arguments as the model gave it."""
        arguments: Mapping[str, Any] = {}
        error = ""
        try:
            if name not in self._validators:
                raise unknown_tool(name, self._validators)
            arguments = cleaned(read_arguments(name, written))
            check_arguments(name, self._validators[name], arguments)
        except ToolError as exc:
            error = str(exc)
        except RecursionError:
            error = f"The arguments of {name} are nested too deeply."
        return JudgedCall(ToolCall(id, name, arguments), error)
