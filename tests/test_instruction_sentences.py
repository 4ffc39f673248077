"""What the check of instructions says, told in German: each phrase of it that there is."""

import pytest
from django.utils import translation

from chat.cascade.quality.case import Case
from chat.cascade.quality.checks.instructions import instructions
from chat.cascade.quality.instructions import _READERS, read_instructions
from chat.cascade.quality.instructions.amounts import _RELATIONS, between
from chat.cascade.quality.instructions.asking import asks
from chat.cascade.quality.instructions.counts import _UNITS
from chat.cascade.quality.instructions.formats import _FORMATS, _MARKUP
from chat.cascade.quality.instructions.language import NAMES
from chat.cascade.quality.instructions.marks import _THINGS
from chat.cascade.quality.instructions.tongues import english_name
from chat.sentences import instructions as phrases
from chat.sentences import known, told
from tests.cascade.quality.test_instructions import ALL, BOTH, READ

MORE = (
    "Write in a formal voice; use no parentheses, dashes, question marks, quotation marks, hashtags"
    " or lists.",
    "Write without headings, Markdown, code blocks, asterisks, links, line breaks or punctuation.",
    "Highlight at least one section with markdown, like *this*.",
    "Use at least 1 placeholder, like [name].",
    "Have at least one word in all caps.",
    "It needs 1 section. Mark it with Chapter X.",
    "Use the letter q at least once.",
    'Use the word "ocean" at least once.',
    'Do not end with the words "In short".',
    "Close with a postscript that starts with P.S.",
    "Explain it in a few sentences.",
    "Explain it in a few paragraphs.",
    "Which rivers are there? Name three.",
    "Give it to me as XML.",
    "Give it to me as YAML.",
    "Give it to me in HTML.",
)
DRAFTS = (
    "We, sure?! (So: “x”; y.) #a 😀 https://a.b",
    "# Head\n\n* a\n* b\n\n| a |\n|---|\n| b |\n\n```\ncode\n```",
    "Do the **bold** -- and *it* [name] P.S. P.P.S.",
    'Sure:\n```json\n{"a": 1}\n```',
    '{"a": 1',
    "one\n***\none",
    "one ****** two ******",
    "it is so.",
    "In short",
    "blue BLUE very very very good bad ocean plum we we we e q 但是 amour imperio sehr جدا",
    "Ich bin zu Hause und habe den ganzen Tag mit dem Hund gespielt, und das war nicht schlecht.",
    "I am at home and I have been here the whole day with my dog.",
    "Já estou em casa e não é o que se fala por aqui.",
    *(draft for kept, broken, _ in BOTH.values() for draft in (kept, broken)),
)
PROMPTS = (*READ, *BOTH, *MORE, ALL)
ASKED_FOR = {one.asked for prompt in PROMPTS for one in read_instructions(prompt)}


@pytest.fixture(scope="module")
def notes() -> set[str]:
    """All that the check says of each of these drafts for each of these prompts, and more that it
    can say: every amount of every unit, each form, whatever can be done without, every language."""
    ranges = [make(number) for make, _ in _RELATIONS for number in (0, 1, 5)]
    ranges.append(between(3, 5))
    languages = [english_name(code) for code in NAMES]
    return {
        *(
            finding.note
            for prompt in PROMPTS
            for draft in DRAFTS
            for finding in instructions(Case(prompt, draft))
        ),
        *(f"Kept: {asked}" for asked in ASKED_FOR),
        *(f"Kept: {wanted.of(unit.name)}" for wanted in ranges for unit in _UNITS),
        *(f"Kept: {name}" for name, *_ in (*_FORMATS, *_MARKUP)),
        *(f"Kept: no {name}" for name, *_ in _THINGS),
        *(f"Asked for an answer in {name}, it is in {name}." for name in languages),
    }


@pytest.mark.parametrize("reader", [reader for _, reader in _READERS])
def test_every_reader_finds_what_it_reads(reader):
    """So that what it says is among what is told below."""
    assert any(list(reader(ask)) for prompt in PROMPTS for ask in asks(prompt))


def test_all_that_is_said_of_drafts_is_told(notes):
    with translation.override("de"):
        assert [note for note in sorted(notes) if not known(note)] == []


def test_every_phrase_is_said(notes, monkeypatch):
    """What nothing says any more needs no words; and what is never said here was not looked at."""
    spoken = set()

    def heard(phrase):
        spoken.add(phrase)
        return phrase

    monkeypatch.setattr(phrases, "gettext", heard)
    for note in notes:
        phrases.told(note)
    all_phrases = {*phrases.SENTENCES, *phrases.AMOUNTS, *phrases.ASKED, *phrases.FOUND}
    assert all_phrases - spoken == set()


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (
            "Asked for at most 5 bullet points, has 7.",
            "Verlangt: höchstens 5 Stichpunkte; der Entwurf hat 7.",
        ),
        ("Kept: exactly 1 word, no commas", "Eingehalten: genau 1 Wort, keine Kommas"),
        (
            "Asked for no commas, has 1. Asked for JSON, and there is none. Asked for 3 Flüsse, "
            "has 4.",
            "Verlangt: keine Kommas; der Entwurf hat 1. Verlangt: JSON; es gibt keines. "
            "Verlangt: 3 Flüsse; der Entwurf hat 4.",
        ),
        (
            "Asked for “tide” at least 3 times, has it 1 times.",
            "Verlangt: mindestens 3 Mal „tide“; es kommt 1 Mal vor.",
        ),
        (
            "Kept: no “a, no commas”, “Go on. Asked for JSON, has 5.” at the end",
            "Eingehalten: kein „a, no commas“, „Go on. Asked for JSON, has 5.“ am Ende",
        ),
        (
            "Kept: “say “hi”, {name}” at the beginning, no letter “””, no letter ““”",
            "Eingehalten: „say “hi”, {name}“ am Anfang, kein „”“ als Zeichen, kein „““ als Zeichen",
        ),
        (
            "Asked for exactly 2 parts set apart by ***, has 1.",
            "Verlangt: genau 2 durch *** getrennte Teile; der Entwurf hat 1.",
        ),
        # All of it or nothing.
        ("Asked for no commas, has 1. Asked for a sonnet, has 5.", ""),
        ("Asked for no commas, sings.", ""),
        ("Kept: no commas, a sonnet", ""),
        ("Kept: “a “ b”", ""),
    ],
)
def test_phrases_are_told_and_quotations_stay(english, german):
    with translation.override("de"):
        assert known(english) == german
    assert told(english) == english
