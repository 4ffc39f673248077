"""Runs tool calls: arguments checked, time and output bounded, failures returned as results."""

import asyncio
import contextvars
import inspect
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from chat.cascade.errors import ConfigError, ToolError
from chat.cascade.numeric import is_number, is_whole
from chat.cascade.tools.call import ToolCall
from chat.cascade.tools.config import ToolConfig, unique
from chat.cascade.tools.result import MAX_OUTPUT, ToolResult, written
from chat.cascade.tools.schema import fitted

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

logger = logging.getLogger(__name__)

# Threads left behind by functions that overran their time, before sync tools are refused.
MAX_LEFT_BEHIND = 16
SHOWN_FAULTS = 5
FAULT_LENGTH = 300


class ToolExecutor:
    """Sync functions run in threads of their own, async ones on the event loop.

    A sync function that overruns `timeout_s` cannot be killed: the call fails at once, and its
    thread runs on unheeded until the function returns or the process ends. `max_output` is in
    characters. `approve` is asked before a tool that `asks_first`, with its valid call, and may
    take its time; without it such a tool is refused.
    """

    def __init__(
        self,
        tools: Iterable[ToolConfig],
        timeout_s: float = 10,
        max_output: int = MAX_OUTPUT,
        approve: Callable[[ToolCall], Awaitable[bool]] | None = None,
    ) -> None:
        if not is_number(timeout_s) or timeout_s <= 0:
            raise ConfigError(f"timeout_s is {timeout_s!r}, must be a number of seconds above 0")
        if not is_whole(max_output) or max_output < 1:
            raise ConfigError(f"max_output is {max_output!r}, must be at least 1")
        if approve is not None and not is_async(approve):
            raise ConfigError(f"approve is {approve!r}, must be an async function")
        tools = list(tools) if isinstance(tools, Iterable) else [None]
        if not all(isinstance(tool, ToolConfig) for tool in tools):
            raise ConfigError("tools must be a list of ToolConfig")
        self.tools: Mapping[str, ToolConfig] = MappingProxyType(unique(tools))
        self.timeout_s = timeout_s
        self.max_output = max_output
        self._approve = approve
        self._validators = validators({tool.name: tool.parameters for tool in self.tools.values()})
        self._left_behind: list[threading.Thread] = []

    async def execute(self, call: ToolCall) -> ToolResult:
        """Raises ConfigError for what is no ToolCall, and whatever happens to a call is its result;
        a cancellation of the caller passes through."""
        (result,) = await self.execute_parallel([call])
        return result

    async def _execute(self, call: ToolCall, free: AbstractAsyncContextManager[None]) -> ToolResult:
        """A place is taken once the call may run: no other waits for an answer to its question."""
        began: float | None = None
        result, error, exception = None, None, None
        try:
            tool = await self._admitted(call)
            async with free:
                began = time.perf_counter()
                result = await self._run(tool, call)
        except ToolError as exc:
            error, exception = str(exc), exc.__cause__ or exc
        except Exception as exc:  # a tool may raise anything, and its error is a result
            error, exception = f"The call failed ({type(exc).__name__}).", exc
            _tell_developer(call.name, exc)
        return ToolResult(
            call_id=call.id,
            name=call.name,
            result=result,
            error=error and written(error, self.max_output),
            execution_time_ms=(time.perf_counter() - began) * 1000 if began else 0.0,
            exception=exception,
            max_output=self.max_output,
        )

    async def execute_parallel(
        self,
        calls: Sequence[ToolCall],
        max_parallel: int = 5,
        begin: Callable[[ToolCall], Awaitable[object]] | None = None,
        tell: Callable[[ToolResult], object] | None = None,
    ) -> list[ToolResult]:
        """The results in the order of the calls; `tell` hears of each when it is there. `begin` is
        awaited before each call that has a place, and is run then."""
        if max_parallel < 1:
            raise ConfigError(f"max_parallel is {max_parallel!r}, must be at least 1")
        for call in calls:
            if not isinstance(call, ToolCall):
                kind = type(call).__name__
                raise ConfigError(
                    f"A call is {kind}, must be like ToolCall(**event.data['tool_call'])"
                )
        free = asyncio.Semaphore(max_parallel)

        @asynccontextmanager
        async def place(call: ToolCall) -> AsyncIterator[None]:
            async with free:
                if begin is not None:
                    await begin(call)
                yield

        async def in_turn(call: ToolCall) -> ToolResult:
            result = await self._execute(call, place(call))
            if tell is not None:
                tell(result)
            return result

        return await asyncio.gather(*map(in_turn, calls))

    async def _admitted(self, call: ToolCall) -> ToolConfig:
        tool = self.tools.get(call.name)
        if tool is None:
            raise unknown_tool(call.name, self.tools)
        if tool.function is None:
            raise ToolError(f"{tool.name} cannot be run here.")
        check_arguments(tool.name, self._validators[tool.name], call.arguments)
        if tool.asks_first and not await self._is_approved(call):
            raise ToolError(f"The user did not allow this call of {tool.name}; it was not run.")
        return tool

    async def _is_approved(self, call: ToolCall) -> bool:
        """A question that is cancelled by itself is no yes; with the turn, it ends with that."""
        if self._approve is None:
            return False
        try:
            return await self._approve(call)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return False

    async def _run(self, tool: ToolConfig, call: ToolCall) -> Any:
        assert tool.function is not None, "admitted"
        value = await self._in_time(tool.name, tool.function, call.arguments)
        text = written(value, self.max_output)
        return text if len(text) > self.max_output else value

    async def _in_time(
        self, name: str, function: Callable[..., Any], arguments: Mapping[str, Any]
    ) -> Any:
        """Waits on a task rather than in it: a function may swallow its cancellation."""
        task = asyncio.ensure_future(self._outcome(function, arguments))
        try:
            await asyncio.wait({task}, timeout=self.timeout_s)
        finally:
            ended = task.done()
            task.cancel()
        if not ended:
            raise ToolError(f"{name} did not answer within {self.timeout_s:g} s.")
        if task.cancelled():
            raise ToolError(f"{name} was cancelled.")
        value, exception = task.result()
        if isinstance(exception, ToolError):
            raise exception
        if exception is not None:
            _tell_developer(name, exception)
            raise ToolError(f"{name} failed ({type(exception).__name__}).") from exception
        return value

    async def _outcome(
        self, function: Callable[..., Any], arguments: Mapping[str, Any]
    ) -> tuple[Any, BaseException | None]:
        """A SystemExit is a tool's failure too: raised in a task, it would stop the loop."""
        try:
            kwargs = fitted(function, arguments)
            if inspect.iscoroutinefunction(function):
                return await function(**kwargs), None
            value, exception = await self._off_loop(function, kwargs)
            if inspect.isawaitable(value):
                value = await value
            return value, exception
        except (Exception, SystemExit) as exc:
            return None, exc

    async def _off_loop(
        self, function: Callable[..., Any], kwargs: Mapping[str, Any]
    ) -> tuple[Any, BaseException | None]:
        """In a daemon thread: a pool would wait for a hung function when the process ends."""
        self._left_behind = [thread for thread in self._left_behind if thread.is_alive()]
        if len(self._left_behind) >= MAX_LEFT_BEHIND:
            raise ToolError("Too many tools are still running, try again later.")
        outcome: Future[tuple[Any, BaseException | None]] = Future()
        outcome.set_running_or_notify_cancel()
        context = contextvars.copy_context()

        def work() -> None:
            try:
                outcome.set_result((context.run(function, **kwargs), None))
            except BaseException as exc:  # carried over to the loop, which raises it there
                outcome.set_result((None, exc))

        thread = threading.Thread(target=work, name="cascade-tool", daemon=True)
        thread.start()
        try:
            return await asyncio.wrap_future(outcome)
        except asyncio.CancelledError:
            self._left_behind.append(thread)
            raise


def is_async(given: object) -> bool:
    """Also of an object with an async `__call__`. One that is not would be found at its call."""
    return callable(given) and any(map(inspect.iscoroutinefunction, (given, type(given).__call__)))


def _tell_developer(tool: str, exception: BaseException) -> None:
    """The model is told no more than its type, and in an agent nobody holds the result."""
    logger.warning("the tool %.64s failed", tool, exc_info=exception)


def validators(schemas: Mapping[str, Mapping[str, Any]]) -> "dict[str, Validator]":
    """By name."""
    if not schemas:
        return {}
    from chat.cascade.tools.validation import validator_of  # where there is a tool

    return {name: validator_of(schema) for name, schema in schemas.items()}


def unknown_tool(name: str, known: Iterable[str]) -> ToolError:
    return ToolError(f"There is no tool {name[:64]!r}, only: {', '.join(known) or '(none)'}")


def check_arguments(tool: str, validator: "Validator", arguments: object) -> None:
    """Raises ToolError with what a model needs to mend its call."""
    given: Any = dict(arguments) if isinstance(arguments, Mapping) else arguments
    faults = []
    for fault in validator.iter_errors(given):
        faults.append(f"{fault.json_path}: {fault.message}"[:FAULT_LENGTH])
        if len(faults) == SHOWN_FAULTS:
            break
    if faults:
        raise ToolError(f"The arguments of {tool} do not fit: {'; '.join(faults)}")
