"""Whether a draft keeps what the prompt asks of its form; see `quality/instructions/`."""

import math
from collections.abc import Iterator, Sequence

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.instructions import Draft, Instruction

_MOST_LINES = 8000

BROKEN = 0.5
DOUBTFUL = 0.7
"""Below these shares an instruction is broken; or worth a word, as it depends on how one counts."""


def instructions(case: Case) -> Iterator[Finding]:
    """The product of the shares: one instruction broken for certain breaks them all.

    Of an excerpt, or of endless lines, nothing is counted; text beside tool calls is not the answer
    yet.
    """
    if not case.instructions or case.calls or not case.draft.strip() or _is_too_long(case):
        return
    yield _product(case.draft, case.instructions)


def instructions_so_far(case: Case) -> Iterator[Finding]:
    """Limits and bans that are broken already."""
    final = [instruction for instruction in case.instructions if instruction.final]
    if final and not case.calls and not _is_too_long(case):
        finding = _product(case.draft, final)
        if finding.value == 0:
            yield finding


def _is_too_long(case: Case) -> bool:
    return not case.is_whole or case.draft.count("\n") > _MOST_LINES


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
