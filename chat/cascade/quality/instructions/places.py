"""What stands where: the first and the last words, a paragraph's first word."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from chat.cascade.quality.instructions.amounts import NUMBER, value_of
from chat.cascade.quality.instructions.asking import QUOTE
from chat.cascade.quality.instructions.draft import Draft
from chat.cascade.quality.instructions.instruction import (
    ALLOWED,
    LEFT_OPEN,
    Ask,
    Instruction,
    Kept,
    banned_within,
    is_wanted,
    plain,
    yes_or_no,
)

_END = re.compile(
    rf"(?i)\b(?:end|ends|ending|finish|finishes|conclude|close)\b[^.;\n]{{0,50}}?\b(?:with"
    rf"|by)\b[^.;\n{QUOTE[1:-1]}]{{0,45}}?(?P<words>{QUOTE}|:\s*[^\s{QUOTE[1:-1]}].*$)"
    rf"|\b(?:(?:very )?last (?:sentence|line|words?|phrase)|(?:very )?end of (?:your"
    rf"|the) \w+)\b[^.;\n]{{0,45}}\b(?:be|is|read"
    rf"|say)\b[^.;\n{QUOTE[1:-1]}]{{0,20}}(?P<last>{QUOTE}|:\s*[^\s{QUOTE[1:-1]}].*$)"
    rf"|\b(?:beende"
    rf"|schließe)\b[^.;\n]{{0,50}}\bmit\b[^.;\n{QUOTE[1:-1]}]{{0,30}}(?P<de>{QUOTE})"
    rf"|\b(?:termina"
    rf"|acaba)\b[^.;\n]{{0,40}}\bcon\b[^.;\n{QUOTE[1:-1]}]{{0,30}}(?P<es>{QUOTE})"
    rf"|\b(?:termine"
    rf"|finis)\b[^.;\n]{{0,40}}\bpar\b[^.;\n{QUOTE[1:-1]}]{{0,30}}(?P<fr>{QUOTE})"
    rf"|以(?P<zh>{QUOTE})(?:结尾|结束)|(?:اختم|أنه)[^.\n{QUOTE[1:-1]}]{{0,30}}(?P<ar>{QUOTE})"
)
_END_ON_NEXT = re.compile(
    r"(?i)\b(?:end|finish|conclude)\b[^.;\n]{0,40}\bwith(?: the)?(?: exact)?(?: phrase"
    r"| words?| sentence)?:\s*$"
)
_END_QUESTION = re.compile(
    r"(?i)\b(?:end|finish|conclude|close)\b[^.;\n]{0,40}\b(?:with"
    r"|by asking) an?(?: \w+){0,2} question\b|\bbeende\b[^.]{0,40}\bmit einer Frage\b"
    r"|\btermina\b[^.]{0,40}\bcon una pregunta\b|\btermine\b[^.]{0,40}\bpar une question\b"
    r"|以(?:一个)?问(?:题|句)结[尾束]|اختم[^.]{0,20}بسؤال"
)
_START = re.compile(
    rf"(?i)\b(?:start|starts|begin|begins|beginning"
    rf"|starting)\b[^.;\n]{{0,40}}?\bwith\b[^.;\n{QUOTE[1:-1]}]{{0,35}}?(?P<words>{QUOTE})"
    rf"|\b(?:beginne"
    rf"|fange?)\b[^.;\n]{{0,40}}\bmit\b[^.;\n{QUOTE[1:-1]}]{{0,25}}(?P<de>{QUOTE})"
    rf"|\b(?:empieza"
    rf"|comienza)\b[^.;\n]{{0,40}}\bcon\b[^.;\n{QUOTE[1:-1]}]{{0,25}}(?P<es>{QUOTE})"
    rf"|\bcommence\b[^.;\n]{{0,40}}\bpar\b[^.;\n{QUOTE[1:-1]}]{{0,25}}(?P<fr>{QUOTE})"
    rf"|以(?P<zh>{QUOTE})开[头始]|ابدأ[^.\n{QUOTE[1:-1]}]{{0,25}}(?P<ar>{QUOTE})"
)
_OF_PARTS = re.compile(
    r"(?i)\b(?:each|every|all|section|paragraph|sentences|lines?|bullet|items?|postscript"
    r"|names?|words (?:that|which|to)|that|which|hashtags?|part|titles?|jede[rs]?|cada"
    r"|chaque)\b[^.;,\n]{0,30}$|每"
)
_NOT = banned_within(15)


_MARKS_THE_ANSWER = re.compile(
    r"(?i)^(?:the |my )?(?:final |correct )?answer\b|^#{2,}|\b[XYN]\b|_{2,}|\.\.\.|[\[<{]"
)
"""How the final answer is marked, or a form with blanks, is nothing to compare with."""


def ends(ask: Ask) -> Iterator[Instruction]:
    if found := _END.search(ask.text):
        yield from _placed(ask, found, last=True)
    elif _END_ON_NEXT.search(ask.text) and ask.after:
        yield _at_an_end([ask.unquoted(ask.after)], last=True, banned=False)
    elif (
        (found := _END_QUESTION.search(ask.text))
        and not _OF_PARTS.search(ask.text[:30])
        and not _NOT.search(before := ask.text[: found.start()])
        and not _is_apart(before)
    ):
        yield Instruction("end", "a question at the end", _ends_with_question)
    if (found := _START.search(ask.text)) and not _PART_INSIDE.search(found.group()):
        yield from _placed(ask, found, last=False)


def _placed(ask: Ask, found: re.Match[str], *, last: bool) -> Iterator[Instruction]:
    """The words found, or one of several: “Yes” or “No”."""
    name = found.lastgroup or ""
    before, inside = ask.text[: found.start()], ask.text[found.start() : found.start(name)]
    others = _OTHERS.match(ask.text, found.end())
    named = [found[name], *re.findall(QUOTE, others.group() if others else "")]
    words = [said for said in (_said(group, ask) for group in named) if said]
    if not words or any(map(_MARKS_THE_ANSWER.search, words)) or _is_apart(before):
        return
    is_of_listed = _LISTED.search(before) and inside.lower().startswith(_PARTICIPLES)
    is_mark = not last and not all(len(said) > 1 or said.isalnum() for said in words)
    if not is_of_listed and not is_mark:
        banned = bool(_NOT.search(before) or _NOT_INSIDE.search(inside))
        yield _at_an_end(words, last=last, banned=banned)


_OTHERS: Final = re.compile(
    rf"(?:\s*,\s*{QUOTE})*\s*,?\s*(?:or|oder|o|ou|/)\s*(?:with |mit )?{QUOTE}"
)
_NOT_INSIDE: Final = re.compile(r"(?i)\b(?:not|never|nicht|other than|anything but)\b|n[’']t\b")
_PART_INSIDE: Final = re.compile(
    r"(?i)\b(?:letter|paragraph|section|line|sentence|(?:jede|alle)[nrs]?|cada|chaque)\b"
)
_PARTICIPLES: Final = ("starting", "beginning", "ending")
_LISTED: Final = re.compile(
    r"(?i)\b(?:list|find|name|count|think of|show|give me)\b(?! an? )"
    r"(?:(?! (?:and|then) )[^.;,\n]){0,40}$"
)


_OF_OTHERS: Final = re.compile(
    r"(?i)\bwhy\b(?:(?! and )[^.;,\n])*$"
    r"|\b(?:my|his|her|their) (?:\w+ )?(?:always|often|usually|never) $"
)


def _is_apart(before: str) -> bool:
    """Said of parts of the answer, of what may be so or not, or of what others do."""
    return any(said.search(before) for said in (_OF_PARTS, LEFT_OPEN, ALLOWED, _OF_OTHERS))


def _said(group: str, ask: Ask) -> str:
    return ask.unquoted(group.removeprefix(":").strip())


def _at_an_end(words: list[str], *, last: bool, banned: bool) -> Instruction:
    where = "at the end" if last else "at the beginning"

    def judge(draft: Draft) -> Kept:
        said, text = tuple(map(plain, words)), plain(draft.text)
        there = text.endswith(said) if last else text.startswith(said)
        return yes_or_no(
            there != banned,
            f"{'does not end' if last else 'does not begin'} so" if not banned else "does",
        )

    return Instruction(
        "end" if last else "start", f"{'no ' if banned else ''}“{' / '.join(words)}” {where}", judge
    )


def _ends_with_question(draft: Draft) -> Kept:
    return yes_or_no(
        draft.text.rstrip().rstrip("\"'”’»)*_").endswith(("?", "？", "؟")), "does not end so"
    )


_ORDINALS: Final = tuple("first second third fourth fifth sixth seventh eighth ninth tenth".split())
_PARAGRAPH_START = re.compile(
    rf"(?i)\b(?:(?P<ordinal>{'|'.join(_ORDINALS)}|last|\d{{1,2}}(?:st|nd|rd|th)) paragraph"
    rf"|paragraph (?:number )?(?P<number>{NUMBER}))\b"
    rf"[^.;\n]{{0,50}}?\bwith\b(?: the)?(?: word)?\s+(?P<word>{QUOTE}|[a-z'’-]+)"
)


def paragraph_starts(ask: Ask) -> Iterator[Instruction]:
    if not re.search(r"(?i)\b(?:start|begin)", ask.text):
        return
    for found in _PARAGRAPH_START.finditer(ask.text):
        if not all(is_wanted(ask.text[: found.start(part)]) for part in (0, "word")):
            continue
        at = _index((found["ordinal"] or found["number"]).lower())
        word = ask.unquoted(found["word"])
        which = "the last paragraph" if at < 0 else f"paragraph {at + 1}"
        yield Instruction(f"paragraph {at}", f"{which} to begin with “{word}”", _begins(at, word))


def _index(named: str) -> int:
    if named == "last":
        return -1
    if named in _ORDINALS:
        return _ORDINALS.index(named)
    return value_of(re.sub(r"(?<=\d)\D+$", "", named)) - 1


def _begins(at: int, word: str) -> Callable[[Draft], Kept]:
    def judge(draft: Draft) -> Kept:
        blocks = draft.blocks
        block = blocks[at].lstrip("\"'“*_#> ") if -len(blocks) <= at < len(blocks) else ""
        return yes_or_no(plain(block).startswith(plain(word)), "does not")

    return judge
