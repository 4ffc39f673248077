"""All that a question and a draft say in code, read once for every check that needs it."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from chat.cascade.quality.answer import Answer
from chat.cascade.quality.code.asked import asked_for
from chat.cascade.quality.code.example import Example, read_examples
from chat.cascade.quality.code.prediction import expression_asked
from chat.cascade.quality.code.source import (
    LONGEST,
    Block,
    Function,
    fenced,
    functions,
    parsed,
    python_of,
)


@dataclass(frozen=True)
class CodeOf:
    prompt: str
    draft: str
    answer: Answer

    @cached_property
    def given(self) -> Sequence[Block]:
        """The Python that the question brings along."""
        return python_of(self.prompt)

    @cached_property
    def asked(self) -> Mapping[str, Function | None]:
        return asked_for(self.prompt, self.given)

    @cached_property
    def expression(self) -> str:
        """Whose value the question asks for; "" where it asks for code, or for something else."""
        return expression_asked(self.prompt, self.given)

    @cached_property
    def examples(self) -> Sequence[Example]:
        return read_examples(self.prompt, self.asked)

    @cached_property
    def written(self) -> Sequence[Block]:
        """The Python of the draft, as far as it parses."""
        return python_of(self.draft) or python_of(self.answer.final) or self._continued()

    @cached_property
    def fences(self) -> Sequence[Block]:
        """The draft's blocks in any language."""
        return fenced(self.draft)

    def _continued(self) -> Sequence[Block]:
        """A draft that is nothing but the body of the last function given."""
        stub = next(
            (b for b in reversed(self.given) if set(functions([b])) & set(self.asked)), None
        )
        fence = self.fences[0].source if self.fences else self.draft
        if stub is None or not fence.strip() or len(fence) > LONGEST:
            return []
        body = textwrap.indent(textwrap.dedent(fence.strip("\n")), "    ")
        source = f"{stub.source.rstrip()}\n{body}"
        return [Block("python", source)] if parsed(source) else []
