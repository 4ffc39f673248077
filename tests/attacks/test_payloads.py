"""R26: what a model, a tool, a provider or a reader writes is text, and never part of the page."""

from collections.abc import Iterator
from typing import Any

import lxml.html
import pytest
from django.template.loader import render_to_string

from chat.cascade.providers.base import clean
from chat.render.difference import Piece
from chat.render.frames import HtmlFrames
from chat.render.markdown import Blocks, render
from chat.turns.state import Thumb
from tests.attacks.oracle import HARMLESS, differences, offences
from tests.attacks.payloads import EVERY, PAYLOADS
from tests.attacks.story import ID, asked, ends, executing, failure, story, told
from tests.dom import Page

AROUND = [
    "{}",
    "> {}",
    "- a\n- {}",
    "| a |\n|---|\n| {} |",
    "a {} b",
    "*a {} b*",
    "[{}](x)",
    "    {}",
]

PLACES = ("turns", "notice", "announcer", "cursor", "composer-action")
PAGE = "".join(f'<div id="{place}"></div>' for place in (*PLACES, "conversation-title"))

families = pytest.mark.parametrize("family", PAYLOADS)


def test_R26_the_corpus_is_large_enough() -> None:
    assert len(set(EVERY)) == len(EVERY) >= 150


@families
def test_R26_rendered_markdown_holds_only_what_is_allowed(family: str) -> None:
    for payload in PAYLOADS[family]:
        for around in AROUND:
            assert offences(render(around.format(payload))) == [], (around, payload)


@families
def test_R26_and_so_does_every_beginning_of_it(family: str) -> None:
    for payload in PAYLOADS[family]:
        blocks = Blocks()
        for letter in payload:
            html = "".join(blocks.feed(letter)) + blocks.tail_html
            assert offences(html) == [], payload


@families
def test_R26_nothing_around_it_is_lost(family: str) -> None:
    for payload in PAYLOADS[family]:
        html = render(f"What came before.\n\n{payload}\n\nWhat came after.")
        shown = lxml.html.fragment_fromstring(html, create_parent="main").text_content()
        assert "What came before." in shown and "What came after." in shown, payload


def pushed(word: str) -> Iterator[str]:
    """All that a page is sent, from the first sight of the turn to its end, event by event."""
    frames = HtmlFrames()
    yield "".join(frames.show([asked(word)], instead_of=()))
    *events, end = story(word)
    for event in events:
        yield "".join(frames.events(ID, [event]))
    yield "".join(frames.events(ID, [executing(word)]))
    for last in (failure(word), *ends(word), end):
        yield "".join(frames.snapshot(told(word, events)))
        yield "".join(frames.events(ID, [last]))
    yield "".join(frames.notice(word, word))
    yield "".join(frames.thumb(ID, Thumb(1, word)))
    named: Any = {"id": ID, "title": word}
    yield render_to_string("chat/_conversation_title.html", {"conversation": named, "oob": True})


@families
def test_R26_live_frames_are_built_as_of_a_harmless_word(family: str) -> None:
    """And the page that took them is the one a reload shows."""
    harmless = list(pushed(HARMLESS))
    for payload in map(clean, PAYLOADS[family]):
        shown = Page(PAGE)
        for frame, expected in zip(pushed(payload), harmless, strict=True):
            assert differences(frame, expected) == [], payload
            shown.apply(frame)
        turn = told(payload, story(payload))
        reloaded = Page(render_to_string("chat/_turn.html", {"turn": turn}))
        assert shown.html(f"turn-{ID}") == reloaded.html(f"turn-{ID}"), payload


@families
def test_R26_what_is_loaded_of_a_turn_is_built_as_of_a_harmless_word(family: str) -> None:
    for payload in map(clean, PAYLOADS[family]):
        for part, expected in zip(loaded(payload), loaded(in_its_lines(payload)), strict=True):
            assert differences(part, expected) == [], payload


def in_its_lines(payload: str) -> str:
    """A harmless word wherever it has one or more, since each line of a difference is marked."""
    parts = Piece("both", payload).parts
    return "".join(part if part.isspace() else HARMLESS for part in parts)


def loaded(word: str) -> Iterator[str]:
    turn = told(word, story(word))
    pieces: list[Any] = [Piece("both", word), Piece("draft", word), Piece("answer", word)]
    compared = {"draft": turn.attempts[0], "answer": turn.answer, "pieces": pieces}
    yield render_to_string("chat/turn/_compare.html", compared)
    yield render_to_string("chat/turn/_events.html", {"turn": turn, "written": word, "count": 1})
    yield render_to_string("chat/turn/_retry.html", {"turn": turn, "cascades": [{"name": word}]})
