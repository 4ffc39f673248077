"""What the check of explicit instructions says, in the language of the reader.

It says a sentence for each instruction that is broken, or names those that are kept. Such a
sentence is put together from phrases, and so it is told: phrase by phrase, all of them or none.
What stands in quotation marks is the user's and may hold anything, even what looks like another
phrase. It is put away before the rest is read, and stays as it is.
"""

import re
from functools import cache
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from chat.sentences.blanks import compiled

SENTENCES: Final = (
    _("Kept: {asked}"),
    # Whole, and before the last: elsewhere "none" has the gender of what there is none of.
    _("Asked for a table, and there is none."),
    _("Asked for code, and there is none."),
    _("Asked for a numbered list, and there is none."),
    _("Asked for bullet points, and there are none."),
    _("Asked for JSON, and there is none."),
    _("Asked for XML, and there is none."),
    _("Asked for HTML, and there is none."),
    _("Asked for YAML, and there is none."),
    _("Asked for a title in double angular brackets, and there is none."),
    _("Asked for a postscript ({mark}), and there is none."),
    _("Asked for {asked}, {found}."),
)
AMOUNTS: Final = (
    _("exactly {number}"),
    _("at least {number}"),
    _("at most {number}"),
    _("fewer than {number}"),
    _("more than {number}"),
    _("about {number}"),
    _("{low} to {high}"),
)
ASKED: Final = (
    # How much.
    _("{number} of them"),
    _("a few sentences"),
    _("a few paragraphs"),
    _("{amount} word"),
    _("{amount} words"),
    _("{amount} sentence"),
    _("{amount} sentences"),
    _("{amount} paragraph"),
    _("{amount} paragraphs"),
    _("{amount} character"),
    _("{amount} characters"),
    _("{amount} line"),
    _("{amount} lines"),
    _("{amount} stanza"),
    _("{amount} stanzas"),
    _("{amount} bullet point"),
    _("{amount} bullet points"),
    _("{amount} hashtag"),
    _("{amount} hashtags"),
    _("{amount} emoji"),
    _("{amount} emojis"),
    _("{amount} heading"),
    _("{amount} headings"),
    _("{amount} question mark"),
    _("{amount} question marks"),
    _("{amount} exclamation mark"),
    _("{amount} exclamation marks"),
    _("{amount} highlighted part"),
    _("{amount} highlighted parts"),
    _("{amount} placeholder in brackets"),
    _("{amount} placeholders in brackets"),
    _("{amount} word in capitals"),
    _("{amount} words in capitals"),
    _("{amount} section marked “{term}”"),
    _("{amount} sections marked “{term}”"),
    _("{amount} parts set apart by {mark}"),
    _("{number} {items}"),
    # Words and letters.
    _("“{term}”"),
    _("no “{term}”"),
    _("“{term}” {amount} time"),
    _("“{term}” {amount} times"),
    _("no letter “{term}”"),
    _("the letter “{term}” {amount} time"),
    _("the letter “{term}” {amount} times"),
    _("capital letters only"),
    _("small letters only"),
    # What to do without.
    _("no commas"),
    _("no semicolons"),
    _("no exclamation marks"),
    _("no question marks"),
    _("no dashes"),
    _("no parentheses"),
    _("no quotation marks"),
    _("no emoji"),
    _("no hashtags"),
    _("no bullet points"),
    _("no lists"),
    _("no tables"),
    _("no headings"),
    _("no Markdown"),
    _("no code blocks"),
    _("no asterisks"),
    _("no links"),
    _("no line breaks"),
    _("no punctuation"),
    # The form.
    _("a table"),
    _("code"),
    _("a numbered list"),
    _("bullet points"),
    _("JSON"),
    _("XML"),
    _("HTML"),
    _("YAML"),
    _("a title in double angular brackets"),
    _("a postscript ({mark})"),
    _("the whole in quotation marks"),
    # Places, choices and the language.
    _("a question at the end"),
    _("“{term}” at the end"),
    _("no “{term}” at the end"),
    _("“{term}” at the beginning"),
    _("no “{term}” at the beginning"),
    _("paragraph {number} to begin with “{term}”"),
    _("the last paragraph to begin with “{term}”"),
    _("the request repeated first"),
    _("a yes or no"),
    _("one of the phrases given"),
    _("an answer in {language}"),
    _("{amount} {items}"),  # what is neither of these, as "5 to 7 ideas"
)
FOUND: Final = (
    _("has {number}"),
    _("has {number} capital letters"),
    _("has {number} small letters"),
    _("has it once"),
    _("has it twice"),
    _("has it {number} times"),
    _("is without it"),
    _("it is in {language}"),
    _("it is in another language"),
    _("has text around it"),  # of JSON
    _("which cannot be read"),
    _("has empty or equal ones"),  # of parts
    _("and it is not"),  # in quotation marks
    _("is not"),  # repeated
    _("does not"),  # begin, of a paragraph
    _("does not begin so"),
    _("does not end so"),
    _("does"),  # begin or end with what it should not
    _("does not begin with one"),  # yes or no
    _("has none of them"),  # of the phrases given
    _("has it in other letters"),
)
_WITHIN: Final = {"asked": ASKED, "found": FOUND, "amount": AMOUNTS}
"""Blanks that hold phrases themselves; of what is kept several, with commas between."""

_FIRST_TERM = 0xE000
"""Terms that are put away become characters of the private use area from here."""

_SHAPES: Final = {
    "found": "[^,]+",
    "term": "[\ue000-\uf8ff]",
    "number": r"\d+",
    "low": r"\d+",
    "high": r"\d+",
    "items": r"\D+",  # the user's words, as "European rivers"
    "mark": "[!-~]+",
    "language": r"[A-Z]\w+",
}
_OURS = re.compile("Kept: |Asked for ")
_NEXT = re.compile(r"(?<=\.) (?=Asked for )")
_QUOTED = re.compile("“([“”]|(?:[^“”]|“[^“”]*”)++)”")
"""A term may be such a mark, or hold a quotation."""


def told(sentence: str) -> str | None:
    """In the reader's language; "" where that has no words for a part of it, None where it is no
    sentence of this check."""
    if not _OURS.match(sentence):
        return None
    terms: dict[int, str] = {}

    def put_away(found: re.Match[str]) -> str:
        char = _FIRST_TERM + len(terms)
        terms[char] = found[1]
        return f"“{chr(char)}”"

    read = _QUOTED.sub(put_away, sentence)
    said = [_told(one, SENTENCES) for one in _NEXT.split(read)]
    return " ".join(said).translate(terms) if all(said) else ""


def _told(text: str, phrases: tuple[str, ...]) -> str:
    for pattern, phrase in _patterns(phrases):
        if found := pattern.fullmatch(text):
            blanks = {name: _filled(name, value) for name, value in found.groupdict().items()}
            if all(blanks.values()):
                return gettext(phrase).format(**blanks)
    return ""


def _filled(name: str, value: str) -> str:
    if name == "language":
        return gettext(value)
    if name not in _WITHIN:
        return value
    said = [_told(one, _WITHIN[name]) for one in value.split(", ")]
    return ", ".join(said) if all(said) else ""


@cache
def _patterns(phrases: tuple[str, ...]) -> list[tuple[re.Pattern[str], str]]:
    return [(compiled(phrase, **_SHAPES), phrase) for phrase in phrases]
