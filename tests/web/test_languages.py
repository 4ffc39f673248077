"""Each reader's own language: pages, frames and refusals; what is kept knows none."""

import asyncio
import json
import re
import uuid

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from cascadeweb.asgi import application
from chat.cascade.providers import demo
from chat.models import Attempt, Conversation, Turn
from chat.render.markdown import render
from chat.turns.begin import begin
from tests.people import amake_conversation, make_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD
from tests.turns.test_turn_life import ended
from tests.web.test_consumer import HOST, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


def visited(conversation: Conversation, language: str = "", address: str = "") -> str:
    client = Client(headers={"accept-language": language})
    client.force_login(User.objects.get(id=conversation.user_id))
    return client.get(address or f"/c/{conversation.id}/").content.decode()


async def pushed(conversation: Conversation, headers: dict[str, str]) -> str:
    """What a socket first tells of the conversation."""
    session = await signed_in(await User.objects.aget(id=conversation.user_id))
    cookie = f"sessionid={session}; {headers.pop('cookie', '')}"
    sent = {"host": HOST, "origin": f"http://{HOST}", "cookie": cookie} | headers
    communicator = WebsocketCommunicator(
        application,
        f"/ws/conversations/{conversation.id}/",
        headers=[(name.encode(), value.encode()) for name, value in sent.items()],
    )
    await communicator.connect(timeout=5)
    told = [await communicator.receive_from(timeout=5) for _ in range(2)]
    await communicator.send_to(json.dumps({"type": "prompt", "prompt": " "}))
    while not re.search(r'id="notice"[^>]*>[^<\s]', told[-1]):
        told.append(await communicator.receive_from(timeout=5))
    await communicator.disconnect()
    return "".join(told)


async def answered(scripted: Scripted) -> Conversation:
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await amake_conversation()
    turn = await begin(conversation.id, prompt="Write a function", client_id=uuid.uuid4())
    await ended(turn)
    return conversation


def test_a_page_is_in_the_language_the_browser_asks_for() -> None:
    conversation = make_conversation()
    german, english = visited(conversation, GERMAN["accept-language"]), visited(conversation, "fr")
    assert '<html lang="de">' in german and "Neue Unterhaltung" in german
    assert '<html lang="en">' in english and "New conversation" in english


def test_a_language_that_was_chosen_is_kept() -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(id=make_conversation().user_id))
    answer = client.post("/language/", {"language": "de"}, headers={"referer": "/costs/"})
    assert answer.status_code == 302
    page = client.get("/").content.decode()
    assert '<html lang="de">' in page
    assert re.search(r'<option value="de" lang="de" selected>Deutsch</option>', page)
    assert client.cookies["django_language"]["max-age"] > 300 * 24 * 3600


async def test_frames_speak_the_language_of_their_page(scripted: Scripted) -> None:
    conversation = await answered(scripted)
    german, chosen, english = await asyncio.gather(
        pushed(conversation, dict(GERMAN)),
        pushed(conversation, {"accept-language": "en", "cookie": "django_language=de"}),
        pushed(conversation, {"accept-language": "en"}),
    )
    for told in (german, chosen):
        assert "Entwurf zurückgestellt" in told and "Schreiben Sie zuerst eine Frage." in told
        assert "Draft set aside" not in told
    assert "Draft set aside" in english and "Write a question first." in english


async def test_what_is_kept_of_a_turn_is_told_in_both(scripted: Scripted) -> None:
    """A German asks: what is stored is what an English reader's question would have stored."""
    with translation.override("de"):
        conversation = await answered(scripted)
    turn = await Turn.objects.aget()
    assert turn.reason == "Asks for code"
    drafts = Attempt.objects.filter(decision__isnull=False)
    async for attempt in drafts:
        assert "Verlangt" not in json.dumps(attempt.decision, ensure_ascii=False)
    visit = asyncio.to_thread
    assert "Verlangt Code" in await visit(visited, conversation, "de")
    assert "Asks for code" in await visit(visited, conversation, "en")


@pytest.mark.parametrize(
    ("text", "german", "english"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\n", 'aria-label="Tabelle"', 'aria-label="Table"'),
        ("```python\nprint()\n```\n\n", "Umbrechen", "Wrap"),
        ("![A cat](https://example.org/cat.png)\n\n", "Bild: A cat", "Image: A cat"),
    ],
    ids=["table", "code", "image"],
)
def test_words_around_a_text_are_in_the_language_of_each_reader(
    text: str, german: str, english: str
) -> None:
    """Readers of one turn share what was rendered of it."""
    for language, words in (("en", english), ("de", german), ("en", english)):
        with translation.override(language):
            assert words in render(text)


def test_money_times_and_machines_read_the_same_amount() -> None:
    conversation = make_conversation()
    Turn.objects.update(total_usd="0.0125")
    page = visited(conversation, "de", "/costs/")
    for value in re.findall(r'<data value="([^"]*)"', page):
        assert re.fullmatch(r"-?[\d.]*", value)
    assert not re.search(r'(?:x|y|width|height)="\d+,', page)


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_begins_is_offered_questions_in_their_language(language: str) -> None:
    page = visited(make_conversation(), language, "/")
    offered = re.findall(r'name="prompt" value="([^"]*)"', page)
    assert offered == [suggestion.prompt for suggestion in demo.SUGGESTIONS[language]]
