"""What is asked of a turn's models: the caller's question, and what tools have added to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from chat.cascade.config import AUTO, ModelConfig
from chat.cascade.providers.base import Message, Request, ToolChoice, ToolSpec
from chat.cascade.quality.case import Case
from chat.cascade.quality.kinds import Kind, kind_of


@dataclass(frozen=True)
class Ask:
    """One question as the caller put it, already validated."""

    query: str
    messages: list[Message]
    max_tokens: int | None
    temperature: float | None
    tools: tuple[ToolSpec, ...]
    tool_choice: ToolChoice

    @cached_property
    def kind(self) -> Kind:
        """Of work, as far as the question shows it."""
        return kind_of(Case(self.query, "", history=self.context, tools=self.tools))

    @property
    def context(self) -> Sequence[Message]:
        """What was said before the question, and after it by tools that were called for it."""
        asked = next(
            at for at in reversed(range(len(self.messages))) if self.messages[at]["role"] == "user"
        )
        return [*self.messages[:asked], *self.messages[asked + 1 :]]

    def request(self, model: ModelConfig, *, is_draft: bool) -> Request:
        return model.request(
            self.messages,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            tools=self.tools,
            tool_choice=self.tool_choice,
            is_draft=is_draft,
        )

    def after_tools(self, messages: Sequence[Message], *, may_call: bool) -> "Ask":
        """A call that was forced is not forced again: the model could never answer."""
        choice = AUTO if may_call else ToolChoice("none")
        return replace(self, messages=[*self.messages, *messages], tool_choice=choice)

    def for_another_model(self) -> "Ask":
        """Signatures and the like are good for the model that gave them only."""
        return replace(self, messages=[_without_opaque(message) for message in self.messages])


def _without_opaque(message: Message) -> Message:
    kept = message.copy()
    kept.pop("opaque", None)
    return kept
