"""The German catalogue: whole, true to its placeholders, and compiled as it stands."""

import json
import re
from pathlib import Path

import polib
import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.utils import translation
from django.views.i18n import JavaScriptCatalog

from tests.words.catalogue import MO, PO, is_translated, marked, read

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


def test_whatever_saves_says_so_in_one_word() -> None:
    saving = {one.msgid: one.msgstr for one in read() if re.match(r"Save\b", one.msgid)}
    assert "Save and add another" in saving
    assert [text for text, german in saving.items() if "speichern" not in german.casefold()] == []


def test_what_django_s_scripts_say_is_in_german_too() -> None:
    """Those of the pickers on the desk."""
    scripts = Path(admin.__file__).parent / "static" / "admin" / "js"
    said = {
        text.replace("\\'", "'")
        for path in scripts.rglob("Select*.js")
        for _, text in re.findall(r"""\bgettext\((["'])((?:\\.|(?!\1).)*)\1""", path.read_text())
    }
    with translation.override("de"):
        answer = JavaScriptCatalog.as_view(packages=["django.contrib.admin"])(
            RequestFactory().get("/")
        )
    known = answer.content.decode()
    assert len(said) > 5
    assert [text for text in said if json.dumps(text) not in known] == []


def test_what_is_compiled_for_scripts_is_what_is_written() -> None:
    written = polib.pofile(str(PO.with_name("djangojs.po")))
    assert PO.with_name("djangojs.mo").read_bytes() == written.to_binary()


@pytest.mark.parametrize("text", ["Conversations", "Send", "Sign in"])
def test_django_finds_it(text):
    with translation.override("de"):
        assert translation.gettext(text) != text
