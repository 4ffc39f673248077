"""What the prompt gives to be said: its own words, repeated first; or phrases to choose from."""

import re
from collections.abc import Iterator

from chat.cascade.quality.instructions.asking import QUOTE
from chat.cascade.quality.instructions.draft import Draft
from chat.cascade.quality.instructions.instruction import (
    NOT_JUST,
    Ask,
    Instruction,
    Kept,
    banned_within,
    is_wanted,
    plain,
    yes_or_no,
)

_NOT = banned_within(15)
_REPEAT = re.compile(
    r"(?i)\b(?:repeat|rep?leat|copy|restate)\b[^.;\n]{0,60}\b(?:request|question|prompt"
    r"|sentences?|text|line|it|instructions?|above|below|task|query)\b"
)
_FIRST = re.compile(
    r"(?i)\b(?:first|before|beginning|then|without (?:any )?chang\w*|word (?:for|by) word"
    r"|exact\w*|as it is)\b"
)
_ABOVE = re.compile(r"(?i)\babove\b|\b(?:entire )?first line\b")
_LINE = re.compile(r"(?i)\bfirst line\b")


def repeats(ask: Ask) -> Iterator[Instruction]:
    found = _REPEAT.search(ask.text)
    if (
        not found
        or not _FIRST.search(ask.text + " " + ask.after)
        or _NOT.search(ask.text[: found.start()])
    ):
        return
    if expected := _to_repeat(ask):
        yield Instruction(
            "repeat", "the request repeated first", lambda draft: _repeated(draft, expected)
        )


def _to_repeat(ask: Ask) -> str:
    """What stands before the sentence that asks; or after its block, where that comes first."""
    start = _place(ask)
    above, below = ask.prompt[:start].strip(), ask.prompt[start:].partition("\n\n")[2].strip()
    if _LINE.search(ask.text):
        return ask.prompt.strip().splitlines()[0]
    if _ABOVE.search(ask.text) or not below or (above and "below" not in ask.text.lower()):
        return above
    return below


def _place(ask: Ask) -> int:
    """Where the sentence stands in the prompt, by its first words; its quotations were put away."""
    opening = ask.unquoted(ask.text[:25]).strip()[:25]
    return max(0, ask.prompt.rfind(opening))


def _repeated(draft: Draft, expected: str) -> Kept:
    """Word for word; marks and capitals are not looked at."""
    wanted = re.findall(r"\w+", expected.casefold())
    said = re.findall(r"\w+", draft.text[: 3 * len(expected) + 200].casefold())[: len(wanted)]
    same = next(
        (at for at, (a, b) in enumerate(zip(wanted, said, strict=False)) if a != b),
        min(len(wanted), len(said)),
    )
    return yes_or_no(same >= 0.97 * len(wanted), "is not")


_CHOOSE = re.compile(r"(?i)\b(?:one of|either|choose|following|just say|only say|say)\b")
_HOW = re.compile(r"(?i)how\b")
_ANSWERING = re.compile(r"(?i)\b(?:answer|respond|reply|say|response|output|choose|contain)\w*\b")
_YES_NO = re.compile(
    r"(?i)\b(?:answer|respond|reply|say)\b[^.;\n]{0,30}\b(?:yes|true)(?: or "
    r"|/)(?:no|false)\b|\bantworte\b[^.]{0,20}\bja oder nein\b"
    r"|\bresponde\b[^.]{0,15}\bsí o no\b|\bréponds\b[^.]{0,15}\bpar oui ou non\b|回答是或否"
)
_YES = re.compile(r"(?i)^\W*(?:yes|no|true|false|ja|nein|sí|si|oui|non|是|否|不|نعم|لا)(?!\w)")


def choices(ask: Ask) -> Iterator[Instruction]:
    """An answer that has one of the phrases the prompt quotes."""
    if found := _YES_NO.search(ask.text):
        is_enough = not NOT_JUST.search(ask.text[: found.end()])
        if is_enough and is_wanted(ask.text[: found.start()]):
            yield Instruction(
                "choice",
                "a yes or no",
                lambda draft: yes_or_no(bool(_YES.search(draft.text)), "does not begin with one"),
            )
        return
    phrases = [ask.quotes[char].strip() for char in re.findall(QUOTE, ask.text)]
    if (
        len(phrases) > 1
        and all(phrase[-1:] == "." or len(phrase.split()) > 1 for phrase in phrases)
        and _CHOOSE.search(ask.text)
        and _ANSWERING.search(ask.text)
        and not _HOW.match(ask.text)
    ):
        yield Instruction(
            "choice", "one of the phrases given", lambda draft: _has_one(draft, phrases)
        )


def _has_one(draft: Draft, phrases: list[str]) -> Kept:
    if any(phrase in draft.text for phrase in phrases):
        return Kept(1.0, "")
    text = plain(draft.text)
    said = any(plain(phrase) in text for phrase in phrases)
    return Kept(0.6 if said else 0.0, "has it in other letters" if said else "has none of them")
