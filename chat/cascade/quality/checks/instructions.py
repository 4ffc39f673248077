"""Whether a draft keeps what the prompt asks of its form; see `quality/instructions/`."""

import math
from collections.abc import Iterator

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.instructions import Draft

BROKEN = 0.5
DOUBTFUL = 0.7
"""Below these shares an instruction is broken; or worth a word, as it depends on how one counts."""


def instructions(case: Case) -> Iterator[Finding]:
    """The product of the shares: one instruction broken for certain breaks them all.

    Of an excerpt nothing is counted, and text beside tool calls is not the answer yet.
    """
    if not case.instructions or not case.is_whole or case.calls or not case.draft.strip():
        return
    draft = Draft(case.draft)
    judged = [(one.asked, one.judge(draft)) for one in case.instructions]
    faults = [
        f"Asked for {asked}, {kept.found}." for asked, kept in judged if kept.share < DOUBTFUL
    ]
    yield Finding(
        "instructions",
        math.prod(kept.share for _, kept in judged),
        all(kept.share >= BROKEN for _, kept in judged),
        " ".join(faults) or f"Kept: {', '.join(asked for asked, _ in judged)}",
    )
