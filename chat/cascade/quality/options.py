"""The choices that a prompt lists, and which of them an answer names.

`A. text`, `B) text`, `(C) text`, `D: text`, a line each; `(A) one (B) two` within a line; with
small letters or numbers too, where the prompt says that there is something to choose.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

_OPTION = re.compile(
    r"(?m)^[ \t]*(```)|^([ \t]*)(?:[-*•][ \t]+)?\*{0,2}[(\[\uff08]?([A-Za-z]|\d{1,2})"
    r"([.):\]\uff1a\uff09\u3001\uff0e])\*{0,2}[ \t]*(\S.*)"
)
"""The fence of a block of code, or a labelled line: its indent, label, mark and text."""

_INLINE = re.compile(r"[(\uff08]([A-Za-z])[)\uff09]|(?<![\w.(])([A-Z])\)(?=\s)")
_FAR = 4000
"""Characters of the beginning and of the end in which a prompt says that there is a choice."""

_MOST = 500
"""Labelled lines that are looked at, the last of the prompt."""

_LONGEST_INLINE = 300
_LONGEST_REST = 60
"""Characters after a question with its options; where more follows, more than a choice is asked."""

_LETTER = re.compile(
    r"(?i)(?:(?:option|choice|answer|letter|opción|réponse|antwort|选项)\b)?"
    r"[ \t:*_(\[{\"'$\uff08]{0,9}"
    r"(?:\\?text(?:bf)?\{)?([A-Z]|\d{1,2})(?![\w'\u2019])"
)
_NEXT = re.compile(
    r"[)\]*. ]{0,4}(?:,|and|or|&|/|y|und|et|和|、)[ (\[*]{0,4}([A-Z])(?![\w'\u2019])"
)
_SO = re.compile(
    r"(?i:\b(?:so|therefore|thus|hence|also|donc|alors|por (?:lo )?tanto|así que)|所以|因此|选"
    r"|إذن)"
    r"[ ,:]{0,2}[*(]{0,3}([A-Z])[*).\u3002]{0,4}\s*\Z"
)
_ENDING = 60
_WORD = re.compile(r"[^\W_]+")

_TO_CHOOSE = re.compile(
    r"(?i)\b(?=[a-w])(?:which (?:of|one|option|answer|statement|choice|is|are|was|were)\b"
    r"|(?:choose|select|pick) (?:one|an?|all|the|from|between|which)\b"
    r"|multiple[- ]choice\b|(?:correct|best|right|wrong) (?:answer|option|choice|letter)\b"
    r"|(?:options|choices|optionen|opciones)[ \t]*:|answer:\s*\Z|true or false\b"
    r"|welche[rsn]? (?:von|der|dieser|antwort|aussage)\b|w[aä]hlen? \w+|cu[aá]l de\b"
    r"|el[ei]g[ei]r? \w+|lequel|laquelle|lesquel|choisi\w+|parmi\b)"
    r"|下列|以下哪|选择|选项|哪(?:个|一|项|种)|اختر|أي (?:من|مما)"
)
_TASK = re.compile(
    r"(?i)(?:find|calculate|compute|determine|explain|describe|show|prove|list|write|discuss|draw"
    r"|sketch|derive|state|define|identify|summari[sz]e)\b"
)


class _Line(NamedTuple):
    label: str
    style: str
    text: str


def read_options(prompt: str) -> Mapping[str, str]:
    """By upper-case letter or number, in order and without a gap from the first; at least two.

    Of several lists the last. A dialogue, the parts of a task and a listing of code are none.
    """
    runs = list(_runs(_labelled(prompt)))
    if len(runs) > 1 and all(run[0].style == "A:" and len(run) == 2 for run in runs):
        return {}
    if not _TO_CHOOSE.search(f"{prompt[:_FAR]}\n{prompt[-_FAR:]}"):
        return _by_label([run for run in runs if _read_like_choices(run)])
    return _by_label(runs) or _within_a_line(prompt)


def _by_label(runs: Sequence[Sequence[_Line]]) -> Mapping[str, str]:
    return {line.label.upper(): line.text for line in runs[-1]} if runs else {}


def _labelled(prompt: str) -> Iterator[_Line]:
    fenced = False
    for found in deque(_OPTION.finditer(prompt), maxlen=_MOST):
        fence, indent, label, mark, text = found.groups()
        fenced ^= bool(fence)
        if fence or fenced:
            continue
        mark = ":" if mark in ":\uff1a" else "."
        if mark == "." or (label.isupper() and len(indent.expandtabs(4)) < 4):
            yield _Line(label, _first(label) + mark, text.strip())


def _first(label: str) -> str:
    return "1" if label.isdecimal() else "A" if label.isupper() else "a"


def _runs(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    """Lines whose labels follow each other from the first; what is labelled otherwise is text."""
    run: list[_Line] = []
    for line in lines:
        if line.label == line.style[0]:
            if len(run) > 1:
                yield run
            run = [line]
        elif run and line.style == run[0].style and line.label == _nth(line.style, len(run)):
            run.append(line)
    if len(run) > 1:
        yield run


def _nth(style: str, at: int) -> str:
    return str(at + 1) if style[0] == "1" else chr(ord(style[0]) + at)


def _read_like_choices(run: Sequence[_Line]) -> bool:
    """Only capitals list choices without a word for it, and not the parts of a task."""
    tasks = sum(line.text.endswith(("?", "\uff1f")) or bool(_TASK.match(line.text)) for line in run)
    return run[0].style[0] == "A" and 2 * tasks <= len(run)


def _within_a_line(prompt: str) -> Mapping[str, str]:
    marks = list(_INLINE.finditer(prompt))
    options: dict[str, str] = {}
    rest = ""
    for mark, after in zip_longest(marks, marks[1:]):
        letter = (mark.group(1) or mark.group(2)).upper()
        end = after.start() if after else mark.end() + _LONGEST_INLINE
        text, rest = _clause(prompt[mark.end() : end])
        if letter == "A":
            options = {}
        if letter == _nth("A", len(options)) and text:
            options[letter] = text
    return options if len(options) > 1 and len(rest) <= _LONGEST_REST else {}


def _clause(text: str) -> tuple[str, str]:
    """Up to the end of the line or of a question, and what follows it."""
    line = text.strip().split("\n", 1)[0]
    clause, _, rest = line.partition("?")
    return clause.strip(" \t,;"), rest


def chosen(text: str, options: Mapping[str, str]) -> tuple[str, ...]:
    """Of what an answer says, the options it names: by letter, or else by an option's own text.

    A letter with the text of another option names both.
    """
    if letters := tuple(_leading(text, options)):
        found = _LETTER.match(text)
        rest = text[found.end() :] if found and len(letters) == 1 else ""
        return (*letters, *contrary(rest, letters[0], options))
    if (so := _SO.search(text[-_ENDING:])) and so.group(1) in options:
        return (so.group(1),)
    said = _plain(text)
    named = [label for label, option in options.items() if _is_said(_plain(option), said)]
    return (max(named, key=lambda label: len(options[label])),) if named else ()


def _leading(text: str, options: Mapping[str, str]) -> Iterator[str]:
    """`B`, `(b) Paris`, `B. Paris`, `A, C and D`; but not the words of `A dog` and `I think`."""
    found = _LETTER.match(text)
    if not found or (label := found.group(1).upper()) not in options:
        return
    rest = text[found.end() :]
    if label in "AI" and rest[:1].isspace() and not _goes_on(rest, options[label]):
        return
    yield label
    while (found := _NEXT.match(rest)) and found.group(1) in options:
        yield found.group(1)
        rest = rest[found.end() :]


def contrary(text: str, label: str, options: Mapping[str, str]) -> tuple[str, ...]:
    """The other option whose words a text begins with, where it has not those of `label`."""
    said, own = _plain(text[:_LONGEST_INLINE]), _plain(options[label])
    if not said or not own or own in said or own.startswith(said) or _DENIED.search(said):
        return ()
    others = {other: _plain(option) for other, option in options.items() if other != label}
    found = (other for other, option in others.items() if option and _begins(said, option))
    return tuple(sorted(found, key=lambda other: -len(others[other]))[:1])


_DENIED = re.compile(r"\b(?:not|no|never|t|than|nicht|kein\w{0,2}|pas|ne|不)\b")
"""The t is that of *isn't*."""


def _begins(said: str, option: str) -> bool:
    return said == option or said.startswith(f"{option} ")


def _goes_on(text: str, option: str) -> bool:
    """Whether what follows a letter shows that it is no word."""
    repeats = _plain(text[:200]).startswith(_plain(option)[:20])
    return repeats or not text.strip() or bool(_NEXT.match(text))


def _is_said(option: str, said: str) -> bool:
    """Whether an answer says little else."""
    return bool(option) and option in said and 2 * len(option) >= len(said)


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
