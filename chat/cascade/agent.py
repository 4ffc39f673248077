"""The guide's `CascadeAgent`: models in order, from the cheapest draft to the last word."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from chat.cascade.budget import Admit
from chat.cascade.config import (
    CascadePolicy,
    ModelConfig,
    check_sampling,
    complexity_named,
)
from chat.cascade.errors import ConfigError, Unavailable
from chat.cascade.history import read_messages
from chat.cascade.numeric import is_whole
from chat.cascade.providers.base import Message, clean
from chat.cascade.result import CascadeResult
from chat.cascade.routing import Assessment, Route, assess
from chat.cascade.streaming.ask import Ask
from chat.cascade.streaming.text import CascadeStream, TextStreaming
from chat.cascade.tools.config import ToolConfig, read_tool_choice, read_tools
from chat.cascade.tools.executor import ToolExecutor, is_async


class CascadeAgent:
    """Two or more models make a cascade; one alone can `run` but not stream.

    `enable_cascade=False` always asks the last model. `verbose` logs the end of each turn at INFO
    instead of DEBUG. `transport` replaces the network, for tests. With a `tool_executor` its tools
    are offered, the calls that stand are run, and the model goes on with the results: at most
    `max_steps` times, then it must answer. `admit` is asked before every attempt whether it may
    cost the most that it can; where it refuses the next model, a draft is kept though it was not
    accepted, and the `complete` event has a `notice` that says so.
    """

    def __init__(
        self,
        models: Sequence[ModelConfig],
        *,
        policy: CascadePolicy | None = None,
        enable_cascade: bool = True,
        verbose: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        tool_executor: ToolExecutor | None = None,
        max_steps: int = 5,
        admit: Admit | None = None,
    ) -> None:
        if not models:
            raise ConfigError("models is empty, must hold at least one ModelConfig")
        if not isinstance(models, Sequence) or not all(
            isinstance(model, ModelConfig) for model in models
        ):
            raise ConfigError("models must be a list of ModelConfig")
        if not is_whole(max_steps) or max_steps < 1:
            raise ConfigError(f"max_steps is {max_steps!r}, must be at least 1")
        if policy is not None and not isinstance(policy, CascadePolicy):
            raise ConfigError(f"policy is {policy!r}, must be a CascadePolicy")
        if tool_executor is not None and not isinstance(tool_executor, ToolExecutor):
            raise ConfigError(f"tool_executor is {tool_executor!r}, must be a ToolExecutor")
        if admit is not None and not is_async(admit):
            raise ConfigError(f"admit is {admit!r}, must be an async function")
        self.models = tuple(models)
        self.policy = policy or CascadePolicy()
        self.enable_cascade = enable_cascade
        level = logging.INFO if verbose else logging.DEBUG
        self._executor = tool_executor
        self._streaming = TextStreaming(
            self.models, self.policy, transport, level, tool_executor, max_steps, admit
        )

    @property
    def text_streaming_manager(self) -> TextStreaming | None:
        """None with one model: there is no cascade to watch."""
        return self._streaming if len(self.models) > 1 else None

    @property
    def tool_streaming_manager(self) -> TextStreaming | None:
        """The same: one engine plays turns with tools and without."""
        return self.text_streaming_manager

    def stream_events(
        self,
        query: str,
        max_tokens: int | None = None,
        temperature: float | None = None,
        complexity_hint: str | None = None,
        force_direct: bool = False,
        tools: Sequence[ToolConfig | Mapping[str, Any]] | None = None,
        tool_choice: object = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        force_draft: bool = False,
    ) -> CascadeStream:
        """Begin a turn; nothing is sent before the event after `routing` is asked for.

        `max_tokens` and `temperature` default to each model's own, else to the guide's 100 (1000
        with tools) and 0.7. `tools` are in the guide's universal format; completed calls are events
        and part of the result, and are run only by the agent's `tool_executor`.
        `force_draft` asks the first model alone, and what it says is not judged.
        `messages` are earlier turns and system text, each with `role` and `content`, an assistant's
        perhaps with `tool_calls` that messages of role `tool` then answer; `query` always follows
        as the last user message. Raises ConfigError at once, before any event; what goes
        wrong later is an `error` event.
        """
        if self.text_streaming_manager is None:
            raise ConfigError(
                "stream_events needs two or more models, and this agent has one: use run()"
            )
        ask = self._ask(query, max_tokens, temperature, tools, tool_choice, messages)
        route = self._route(ask.query, complexity_hint, force_direct, force_draft)
        return self._streaming.begin(ask, route)

    async def run(
        self,
        query: str,
        max_tokens: int | None = None,
        temperature: float | None = None,
        complexity_hint: str | None = None,
        force_direct: bool = False,
        tools: Sequence[ToolConfig | Mapping[str, Any]] | None = None,
        tool_choice: object = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        force_draft: bool = False,
    ) -> CascadeResult:
        """Play the same turn to its end. Raises ConfigError, or ProviderError when it fails."""
        ask = self._ask(query, max_tokens, temperature, tools, tool_choice, messages)
        route = self._route(ask.query, complexity_hint, force_direct, force_draft)
        stream = self._streaming.begin(ask, route)
        async for _ in stream:
            pass
        if stream.result is None:
            raise stream.error or Unavailable("The turn ended without an answer.")
        return stream.result

    def _ask(
        self,
        query: str,
        max_tokens: int | None,
        temperature: float | None,
        tools: Sequence[ToolConfig | Mapping[str, Any]] | None,
        tool_choice: object,
        messages: Sequence[Mapping[str, Any]] | None,
    ) -> Ask:
        if not isinstance(query, str) or not query.strip():
            raise ConfigError(f"query is {query!r}, must be a text that is not empty")
        check_sampling(max_tokens, temperature)
        query = clean(query)
        said = [*read_messages(messages), Message(role="user", content=query)]
        if tools is None and self._executor:
            tools = list(self._executor.tools.values())
        specs = read_tools(tools)
        choice = read_tool_choice(tool_choice, specs)
        return Ask(query, said, max_tokens, temperature, specs, choice)

    def _route(self, query: str, hint: str | None, to_last: bool, to_first: bool) -> Route:
        if to_last and to_first:
            raise ConfigError("force_direct and force_draft exclude each other, set one of them")
        found = assess(query)
        if hint is not None:
            found = Assessment(complexity_named(hint), "Complexity given by the caller")
        first, last = self.models[0].name, self.models[-1].name
        if to_first:
            return Route("direct", found.complexity, f"{first} alone was asked for", to_first=True)
        if to_last:
            return Route("direct", found.complexity, f"{last} was asked for directly")
        if not self.enable_cascade or len(self.models) == 1:
            return Route("direct", found.complexity, found.reason)
        if self.policy.goes_direct(found.complexity):
            reason = f"{found.reason}, so it goes straight to {last}"
            return Route("direct", found.complexity, reason)
        return Route("cascade", found.complexity, found.reason)
