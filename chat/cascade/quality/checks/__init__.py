"""The checks, by the kind of work they judge. Each file is one scan and what it finds.

A scan passes over its texts a constant number of times, with patterns that cannot backtrack far.
Where it cannot judge (another script, nothing asked) it finds nothing: no evidence is no fault.
"""

from collections.abc import Mapping

from chat.cascade.quality.case import Check
from chat.cascade.quality.checks.calls import calls, calls_so_far
from chat.cascade.quality.checks.form import form, form_so_far
from chat.cascade.quality.kinds import Kind

CHECKS: Mapping[Kind, tuple[Check, ...]] = {
    Kind.TOOLS: (calls, form),
    Kind.CHOICE: (form,),
    Kind.CODE: (form,),
    Kind.NUMBER: (form,),
    Kind.INSTRUCTIONS: (form,),
    Kind.FACT: (form,),
    Kind.PROSE: (form,),
}

SO_FAR: tuple[Check, ...] = (form_so_far, calls_so_far)
"""What a draft that is still being written cannot recover from."""
