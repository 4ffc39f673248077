"""Sentences with blanks in braces, and what recognises one that is filled in."""

import re


def compiled(sentence: str, **shapes: str) -> re.Pattern[str]:
    """A blank may hold anything, or what its shape says."""
    parts = re.split(r"{(\w+)}", sentence)
    written = "".join(
        f"(?P<{part}>{shapes.get(part, '.+?')})" if at % 2 else re.escape(part)
        for at, part in enumerate(parts)
    )
    return re.compile(written, re.DOTALL)
