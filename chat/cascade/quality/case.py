"""What is judged: a question, a draft, and what is known of how the draft was made."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Self

from chat.cascade.providers.base import Message, ToolSpec
from chat.cascade.quality.answer import Answer, read_answer
from chat.cascade.quality.code.reading import CodeOf
from chat.cascade.quality.confidence import Confidence
from chat.cascade.quality.instructions import Instruction, read_instructions
from chat.cascade.quality.options import read_options
from chat.cascade.quality.sandbox import Sandbox
from chat.cascade.tools.judging import JudgedCall

LONGEST = 100_000
"""Characters of a text that are looked at; of a longer one the beginning and the end."""


def excerpt(text: str, longest: int = LONGEST) -> str:
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]}\n{text[-half:]}"


@dataclass(frozen=True)
class Case:
    """`prompt` is the last user turn, `history` what came before it and, at its end, what tools
    called for this turn have said.

    `finish` is in our words, None while the draft is being written. `calls` are the draft's tool
    calls, judged against their schemas. Code is run only in a `sandbox`. Of long texts it keeps
    excerpts.
    """

    prompt: str
    draft: str
    history: Sequence[Message] = ()
    tools: Sequence[ToolSpec] = ()
    calls: Sequence[JudgedCall] = ()
    confidence: Confidence | None = None
    finish: str | None = "stop"
    sandbox: Sandbox | None = None
    is_whole: bool = field(init=False)
    """Whether the draft is, and no excerpt."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_whole", len(self.draft) <= LONGEST)
        object.__setattr__(self, "prompt", excerpt(self.prompt))
        object.__setattr__(self, "draft", excerpt(self.draft))

    @property
    def goes_on(self) -> bool:
        """Whether tools have been called for this turn before."""
        return bool(self.history) and self.history[-1]["role"] == "tool"

    @cached_property
    def answer(self) -> Answer:
        return read_answer(self.draft)

    @cached_property
    def code(self) -> CodeOf:
        return CodeOf(self.prompt, self.draft, self.answer)

    @cached_property
    def options(self) -> Mapping[str, str]:
        """The choices the prompt lists, by letter; empty where it lists none."""
        return read_options(self.prompt)

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """What the prompt, or the conversation before it, asks of the answer's form."""
        return read_instructions(self.prompt, self.history, has_options=bool(self.options))


class Finding(NamedTuple):
    """What one check measured. `value` is in the check's own unit, see where it is made.

    `passed` is whether a person would call that fine; `note` says it to them in one sentence. A
    check that has nothing to judge finds nothing.
    """

    name: str
    value: float
    passed: bool
    note: str

    @classmethod
    def of_faults(cls, name: str, faults: Sequence[str], most: int, fault: str, fine: str) -> Self:
        """How many there are, up to `most`; `fault` quotes the first three of them."""
        note = fault.format(", ".join(faults[:3])) if faults else fine
        return cls(name, min(most, len(faults)), not faults, note)


Check = Callable[[Case], Iterable[Finding]]
"""One scan of a case, and all it finds."""
