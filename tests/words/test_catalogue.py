"""The German catalogue: whole, true to its placeholders, and compiled as it stands."""

import re

import polib
import pytest

from tests.words.catalogue import MO, is_translated, marked, read

PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|\{[\w!:.]*\}|&nbsp;")
TAG = re.compile(r"<[^>]+>")


def texts(entry: polib.POEntry) -> list[tuple[str, str]]:
    """Pairs of English and German."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [(entry.msgid, entry.msgstr_plural[0]), (entry.msgid_plural, entry.msgstr_plural[1])]


PAIRS = [pair for entry in read() for pair in texts(entry)]


def test_every_marked_message_is_in_the_catalogue_and_no_other():
    """`make words` brings both together."""
    kept = {(entry.msgctxt or "", entry.msgid) for entry in read()}
    assert kept == {message.key for message in marked()}


def test_every_message_is_in_german():
    assert [entry.msgid for entry in read() if not is_translated(entry)] == []


def test_placeholders_and_tags_agree():
    wrong = [
        english
        for english, german in PAIRS
        if not english.startswith("{count} minutes")  # of one minute, it needs no number
        and sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(german))
    ]
    assert wrong == []
    assert [e for e, g in PAIRS if sorted(TAG.findall(e)) != sorted(TAG.findall(g))] == []


def test_german_can_stand_in_an_attribute():
    """A translation in a template is written as it is."""
    assert [g for e, g in PAIRS if '"' in g and '"' not in e] == []


def test_both_begin_and_end_with_the_same_marks():
    def edges(text: str) -> tuple[bool, str]:
        end = text[-1:]
        return text[:1].isspace(), end if end in ":…?" else ""

    assert [e for e, g in PAIRS if edges(e)[0] != edges(g)[0]] == []
    assert [e for e, g in PAIRS if edges(e)[1] != edges(g)[1]] == []


def test_what_is_compiled_is_what_is_written():
    """Kept compiled, so that a fresh clone needs no gettext; `make words` compiles."""
    assert MO.read_bytes() == read().to_binary()


@pytest.mark.parametrize("text", ["Conversations", "Send", "Sign in"])
def test_django_finds_it(text):
    from django.utils import translation

    with translation.override("de"):
        assert translation.gettext(text) != text
