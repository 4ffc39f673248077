"""Whether a draft keeps what the prompt asks of its form; see `quality/instructions/`."""

import math
from collections.abc import Iterator, Sequence

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.instructions import Draft, Instruction

BROKEN = 0.5
DOUBTFUL = 0.7
"""Below these shares an instruction is broken; or worth a word, as it depends on how one counts."""


def instructions(case: Case) -> Iterator[Finding]:
    """The product of the shares: one instruction broken for certain breaks them all.

    Of an excerpt nothing is counted, and text beside tool calls is not the answer yet.
    """
    if not case.instructions or not case.is_whole or case.calls or not case.draft.strip():
        return
    yield _product(case.draft, case.instructions)


def instructions_so_far(case: Case) -> Iterator[Finding]:
    """Limits and bans that are broken already."""
    final = [instruction for instruction in case.instructions if instruction.final]
    if final and case.is_whole and not case.calls:
        finding = _product(case.draft, final)
        if finding.value == 0:
            yield finding


def _product(text: str, asked: Sequence[Instruction]) -> Finding:
    draft = Draft(text)
    judged = [(one.asked, one.judge(draft)) for one in asked]
    faults = [f"Asked for {one}, {kept.found}." for one, kept in judged if kept.share < DOUBTFUL]
    return Finding(
        "instructions",
        math.prod(kept.share for _, kept in judged),
        all(kept.share >= BROKEN for _, kept in judged),
        " ".join(faults) or f"Kept: {', '.join(one for one, _ in judged)}",
    )
