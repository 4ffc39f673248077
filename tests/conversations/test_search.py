"""Search: the same on both databases, of what is one's own, and nothing typed is syntax."""

import re
import unicodedata
import uuid
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.conversations import search
from chat.models import Conversation, SearchEntry, Turn
from tests.pace import cpu_seconds
from tests.people import BOB, make_conversation, make_user
from tests.tools.test_conversations import asked

pytestmark = pytest.mark.django_db


def conversation(title: str = "A conversation") -> Conversation:
    made = make_conversation()
    Conversation.objects.filter(id=made.id).update(title=title)
    made.refresh_from_db()
    return made


def found(typed: str, name: str = "alice") -> list[str]:
    return [hit.turn.prompt for hit in search.find(make_user(name), search.Query(typed))]


def marked(pieces: object) -> str:
    return "".join(f"[{p.text}]" if p.is_found else p.text for p in pieces)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("CAFÉ", True),
        ("cafe", True),
        ("strasse", True),  # of Straße
        ("東京", True),
        ("京都", False),  # not beside each other
        ("it's", True),
        ("its", False),
        ("caf lun", True),  # beginnings
        ("afé", False),  # an end
        ("reader", False),
        ("words", False),  # no name of a column
    ],
)
def test_words_are_found_without_case_and_accents(typed: str, is_found: bool) -> None:
    asked(conversation(), "Where is a café?", "In the Straße to 東京: it's lunar 都.")
    assert found(typed) == ["Where is a café?"] * is_found


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["Köln", "koln", "Müller", "KÖL", "בראשית", "עולם", "كتاب"])
def test_a_word_is_found_however_its_accents_are_written(typed: str, form: Any) -> None:
    written = "Herr Müller aus Köln: בְּרֵאשִׁית שָׁלוֹם־עוֹלָם كِتَاب"
    asked(conversation(), "Who?", unicodedata.normalize("NFD", written))
    assert found(unicodedata.normalize(form, typed)) == ["Who?"]


@pytest.mark.parametrize("place", ["prompt", "answer", "attached"])
def test_what_was_cut_at_its_accents_is_indexed_anew(place: str) -> None:
    word = unicodedata.normalize("NFD", "Köln")
    texts = {"prompt": "Where?", "answer": "", "attached": "", place: word}
    turn = asked(conversation(), texts["prompt"], texts["answer"])
    attached = [{"name": "a", "text": texts["attached"]}]
    Turn.objects.filter(id=turn.id).update(attachments=attached)
    other = asked(conversation(), "Elsewhere?", "x")
    SearchEntry.objects.update(words="ko ln")
    import_module("chat.migrations.0023_words_with_accents").index_anew(apps, None)
    assert found("köln") == [Turn.objects.get(id=turn.id).prompt]
    assert SearchEntry.objects.get(turn=other).words == "ko ln"


def test_what_is_marked_has_its_accents_with_it() -> None:
    text = unicodedata.normalize("NFD", "Von Köln am Rhein")
    pieces = search.excerpt(search.Query("koln"), text)
    assert marked(pieces) == text.replace("Ko\u0308ln", "[Ko\u0308ln]")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(st.text(max_size=40), st.text("\"'*()^:&|!<->\\ aNOTORAND-{}+", max_size=40)))
def test_no_query_is_an_error(typed: str) -> None:
    assert isinstance(found(typed.replace("\0", "")), list)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=60), st.text(max_size=10))
def test_a_snippet_is_the_text_itself(text: str, typed: str) -> None:
    pieces = search.excerpt(search.Query(typed), text)
    shown = "".join(piece.text for piece in pieces).removeprefix("…").removesuffix("…")
    assert shown in " ".join(text.split())


def test_only_ones_own_is_found_and_nothing_that_was_deleted() -> None:
    alice = conversation()
    asked(alice, "Alice's sea", "Salt.")
    asked(make_conversation(make_user(BOB), alice.cascade), "Bob's sea", "Salt.")
    assert found("salt") == ["Alice's sea"]
    assert found("salt", BOB) == ["Bob's sea"]
    Conversation.objects.filter(id=alice.id).update(deleted_at="2026-01-01T00:00:00Z")
    assert found("salt") == []


def test_another_title_is_found_and_the_old_one_is_not() -> None:
    from chat.conversations.titles import _rename

    made = conversation("Old words")
    asked(made, "Why?", "Because.")
    assert found("old because") == ["Why?"]
    _rename(made, "New words")
    assert (found("old"), found("new because")) == ([], ["Why?"])


def test_a_title_finds_a_conversation_once_and_only_where_no_turn_of_it_is_found() -> None:
    asked(conversation(), "Is the sea salt?", "Yes.")
    titled = conversation("Of the sea")
    for number in range(search.MOST_FOUND + 10):
        last = f"Question {number}?"
        asked(titled, last, "Because.")
    assert found("sea") == [last, "Is the sea salt?"]
    assert found("sea because") == [last]
    asked(titled, "What colour has the sea?", "Blue.")
    asked(titled, "Why?", "Because.")
    assert found("sea") == ["What colour has the sea?", "Is the sea salt?"]


def test_a_long_conversation_hides_no_other_by_its_title() -> None:
    asked(conversation(), "Is the sea salt?", "Yes.")
    titled = conversation("Of the sea")
    for number in range(11 * search.MOST_FOUND):
        last = f"Question {number}?"
        asked(titled, last, "Because.")
    assert found("sea") == [last, "Is the sea salt?"]


def test_the_index_goes_with_the_conversation() -> None:
    made = conversation()
    asked(made, "Why?", "Because.")
    assert SearchEntry.objects.count() == 1
    made.delete()
    assert found("because") == []
    asked(conversation(), "Another", "Because.")  # may have the same place in the index
    assert found("because") == ["Another"]


def test_where_it_was_found_is_shown_and_marked() -> None:
    long = "so " * 60
    asked(conversation("Sea & <land>"), "Why?", f"{long}the sea is <b>salt</b> {long}")
    [hit] = search.find(make_user(), search.Query("sea sal"))
    assert marked(hit.title) == "[Sea] & <land>"
    assert "the [sea] is <b>[salt]</b>" in marked(hit.snippet)
    assert marked(hit.snippet).startswith("…") and len(marked(hit.snippet)) < 250


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("| | Tide |\n|---|:-:|\n| **high** | the sea |", "Tide high · the [sea]"),
        ("## Why\n\n- The **sea** rises", "Why The [sea] rises"),
        ("```python\nsea = 2 ** 3 | 1\n```", "python [sea] = 2 ** 3 | 1"),
        ("The sea - and no list | no table", "The [sea] - and no list | no table"),
    ],
)
def test_where_it_was_found_has_no_marks_of_markdown(answer: str, shown: str) -> None:
    asked(conversation(), "Why?", answer)
    [hit] = search.find(make_user(), search.Query("sea"))
    assert marked(hit.snippet) == " ".join(shown.split())


def test_what_was_attached_is_found_by_its_words_and_its_name() -> None:
    turn = asked(conversation(), "Why?", "Because.")
    Turn.objects.filter(id=turn.id).update(
        attachments=[{"name": "harbour.txt", "text": "The gauge stood at four metres."}]
    )
    search.index(turn.id)
    for typed in ("gauge", "harbour"):
        [hit] = search.find(make_user(), search.Query(typed))
        assert f"[{typed}]" in marked(hit.snippet)


def test_the_pages_show_what_was_found() -> None:
    turn = asked(conversation("<b>Sea"), "Why?", "Salt & <i>water</i>.")
    browser = Client()
    browser.force_login(make_user())
    for address in ("/find/?q=water", "/list/?q=water"):
        page = browser.get(address).content.decode()
        assert f'href="/c/{turn.conversation_id}/?turn={turn.id}#turn-{turn.id}"' in page
        assert "&lt;i&gt;<mark>water</mark>&lt;/i&gt;" in page
        assert "&lt;b&gt;Sea" in page
    for address in ("/find/?q=nowhere", "/list/?q=nowhere"):
        assert "Nothing holds all of these words." in browser.get(address).content.decode()
    assert "Type a word to search for" in browser.get("/find/?q=%25%25").content.decode()


@pytest.mark.parametrize("address", ["/find/", "/list/"])
def test_all_that_was_found_comes_in_pages_each_once(address: str) -> None:
    first, titled, last = conversation(), conversation("Of the sea"), conversation("The sea")
    for number in range(search.MOST_FOUND + 5):
        asked(first, f"Is sea {number} salt & deep?", "Yes.")
    for number in range(search.MOST_FOUND):
        asked(titled, f"Question {number}?", "Because.")
    for number in range(search.MOST_FOUND + 5):
        asked(first, f"Is sea {number} deep?", "Yes.")
    asked(last, "Why?", "Because.")
    browser = Client()
    browser.force_login(make_user())
    page = browser.get(address, {"q": "sea"}).content.decode()
    assert "30 found, and there are older ones." in page or address == "/find/"
    seen = re.findall(r"\?turn=([^#]*)#", page)
    while older := re.search(r'hx-get="(/list/\?q=[^"]*)"', page):
        page = browser.get(older[1].replace("&amp;", "&")).content.decode()
        seen += re.findall(r"\?turn=([^#]*)#", page)
    prompts = {str(turn.id): turn.prompt for turn in Turn.objects.all()}
    backwards = range(search.MOST_FOUND + 4, -1, -1)
    assert [prompts[id] for id in seen] == [
        "Why?",
        *(f"Is sea {number} deep?" for number in backwards),
        f"Question {search.MOST_FOUND - 1}?",
        *(f"Is sea {number} salt & deep?" for number in backwards),
    ]


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "²", "1.5"])
def test_what_is_no_place_begins_with_the_first_that_were_found(before: str) -> None:
    asked(conversation(), "Is the sea salt?", "Yes.")
    browser = Client()
    browser.force_login(make_user())
    page = browser.get("/find/", {"q": "sea", "before": before}).content.decode()
    assert "Is the <mark>sea</mark> salt?" in page


def test_what_is_typed_at_length_is_looked_for_by_its_first_words() -> None:
    for typed in ("a." * 500, "a b " * 250, "東京" * 500):
        phrases = search.Query(typed).phrases
        assert len(phrases) <= 8 and sum(map(len, phrases)) <= 32


def test_a_turn_that_is_written_is_not_there_yet() -> None:
    made = conversation()
    turn = Turn.objects.create(conversation=made, client_id=uuid.uuid4(), prompt="Live words")
    search.index(turn.id)
    assert found("live") == []


def test_long_answers_are_looked_through_in_a_moment() -> None:
    made, user, query = conversation(), make_user(), search.Query("tide granite")
    text = (
        "## The **garden** in the winter of the tide\n\n- a granite cherry by the river\n" * 2_600
    )
    for number in range(10):
        asked(made, f"Question {number}?", text)
    assert cpu_seconds(lambda: search.find(user, query), tries=3) < 0.24
