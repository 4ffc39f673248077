"""The checks, by the kind of work they judge. Each file is one scan and what it finds.

A scan passes over its texts a constant number of times, with patterns that cannot backtrack far.
Where it cannot judge (another script, nothing asked) it finds nothing: no evidence is no fault.
"""

from collections.abc import Mapping

from chat.cascade.quality.case import Check
from chat.cascade.quality.checks.calls import calls, calls_so_far
from chat.cascade.quality.checks.choice import choice
from chat.cascade.quality.checks.code import code
from chat.cascade.quality.checks.confidence import confidence
from chat.cascade.quality.checks.examples import examples
from chat.cascade.quality.checks.fact import fact
from chat.cascade.quality.checks.form import form, form_so_far
from chat.cascade.quality.checks.instructions import instructions, instructions_so_far
from chat.cascade.quality.checks.numbers import numbers
from chat.cascade.quality.checks.numbers.question_sum import question_sum
from chat.cascade.quality.checks.numbers.sums import wrong_sums
from chat.cascade.quality.checks.tongue import tongue
from chat.cascade.quality.kinds import Kind

CHECKS: Mapping[Kind, tuple[Check, ...]] = {
    Kind.TOOLS: (calls, question_sum, wrong_sums, form, instructions),
    Kind.CHOICE: (choice, confidence, form, instructions),
    Kind.CODE: (examples, code, form, instructions, tongue),
    Kind.NUMBER: (numbers, question_sum, form, instructions, tongue),
    Kind.INSTRUCTIONS: (question_sum, form, instructions, tongue),
    Kind.FACT: (fact, question_sum, wrong_sums, confidence, form, instructions, tongue),
    Kind.PROSE: (question_sum, wrong_sums, form, instructions, tongue),
}

SO_FAR: tuple[Check, ...] = (form_so_far, calls_so_far, instructions_so_far)
"""What a draft that is still being written cannot recover from."""
