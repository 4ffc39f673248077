"""Which functions a question asks for by name."""

import re
from collections.abc import Mapping, Sequence

from chat.cascade.quality.code.source import Block, Function, functions, is_stub

_NAMED = re.compile(
    r"(?i)\b(?:function|method|fonction|funktion|funci[oó]n)[ \t]+(?:called|named|with the name)?"
    r"[ \t]*[`'\"“*]*([A-Za-z_]\w*)(?=[`'\"”*]*\(|[`'\"”*])"
    r"|\b(?:called|named)[ \t]+[`'\"“*]+([A-Za-z_]\w*)[`'\"”*(]"
    r"|^[ \t]*assert[ \t]+(?:not[ \t]+)?([A-Za-z_]\w*)\("
    r"|^[ \t]*>>>[ \t]+([A-Za-z_]\w*)\(",
    re.MULTILINE,
)
_BUILT_IN = frozenset(
    """
    print len sorted list set dict tuple str int float bool isinstance sum max min abs round all
    any is_close isclose range map filter type repr
    """.split()
)


def asked_for(prompt: str, blocks: Sequence[Block]) -> Mapping[str, Function | None]:
    """Those to be completed, else those named in words or called in tests, with their signature
    where the question gives one."""
    given = functions(blocks)
    stubs = {name: function for name, function in given.items() if is_stub(function)}
    if stubs:
        return stubs
    named = (next(filter(None, found.groups())) for found in _NAMED.finditer(prompt[:20_000]))
    return {name: given.get(name) for name in dict.fromkeys(named) if name not in _BUILT_IN}
