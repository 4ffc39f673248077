"""The question of a prompt, without what the prompt says about the form of the answer."""

import re

from chat.cascade.quality.case import excerpt

LONGEST = 4_000
"""Characters of a prompt that are looked at."""

_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_QUOTED = re.compile(r"`[^`\n]*`")
_BLOCKS = re.compile(r"\n[ \t]*\n")
_LABEL = re.compile(
    r"(?i)\A\W*(?:question|problem|exercise|task|q|frage|aufgabe|pregunta|problema|exercice|问题|题目|سؤال)"
    r"(?: \d{1,3})?[:.\uff1a]\s*"
)
_SENTENCES = re.compile(r"(?<=[.!?\n])")
_ABOUT_FORM = re.compile(r"(?i)\b(?:your|the final|final) (?:final )?answer\b")
_NUMERAL = re.compile(r"\d|[$\\?\uff1f\u061f]")


def question_with_numbers(prompt: str) -> str:
    """Without what is said about the form of the answer, examples of it, and labels."""
    bare = _QUOTED.sub(" ", _FENCED.sub(" ", excerpt(prompt, LONGEST)))
    bare = "".join(part for part in _SENTENCES.split(bare) if not _ABOUT_FORM.search(part))
    blocks = [block.strip() for block in _BLOCKS.split(bare) if _NUMERAL.search(block)]
    question = _LABEL.sub("", "\n\n".join(blocks) or bare.strip(), count=1)
    end = max(map(question.rfind, "?\uff1f\u061f")) + 1
    return question if _NUMERAL.search(question[end:]) else question[:end]
