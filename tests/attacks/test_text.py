"""R37: any text comes out as it went in: on the page, in the database, by socket and in files.

What no database or encoder takes, NUL and halves of a character, is refused from readers with a
sentence, and replaced in what models write.
"""

import json
import uuid
from dataclasses import dataclass

import lxml.html
import pytest
from django.test import AsyncClient

from chat.cascade.attempt import MAX_ANSWER_CHARACTERS
from chat.models import Conversation, Turn
from tests.loopback import Loopback, Reply
from tests.people import amake_cascade, amake_conversation, amake_user
from tests.turns.test_turn_life import ended
from tests.web.test_consumer import socket
from tests.web.test_pages import browser, form

# With the fixture no player and nothing learned outlives a test.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("scripted")]

WHOLE = {
    "right to left": "مرحبا بالعالم، هذا نصّ. שלום 123 abc",
    "overrides": "a\u202egnp.exe\u202c b\u2066c\u2069 \u200f",
    "separators": "one\u2028two\u2029three\x85four\x0bfive",
    "accents upon accents": "Z\u0351\u036b\u0343\u036a\u0302a" * 50,
    "joined signs": "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 é 한글 \U0010ffff",
    "no characters": "\ufeffbegin \ufffe\uffff end \ue000",
    "invisible": "\u200b\u200c\u200d\u2060 zero \u00ad",
    "markup": "a < b & c > d \"quoted\" 'so' {{ x }} %s",
    "one line": "ab " * 5_000,
}
BROKEN = {"NUL": "a\0b", "half a character": "a\ud83db", "its other half": "a\ude00b"}
REPLACED = {
    **{kind: (text, text[0] + "\ufffd" + text[2]) for kind, text in BROKEN.items()},
    "a character cut in two": (["\ud83d", "\ude00 so"], None),
}


@dataclass
class Shown:
    """A turn as each way out has it: prompt and answer, or the answer alone."""

    page: tuple[str, str]
    files: set[str]
    rows: tuple[str, str]


async def shown(reader: AsyncClient, conversation: Conversation) -> Shown:
    turn = await Turn.objects.select_related("conversation").aget(conversation=conversation)
    answer = await turn.attempts.alatest("number")
    there = f"/c/{conversation.id}/"
    page = lxml.html.document_fromstring(await body(reader, there))
    prompt, *_ = page.xpath("//*[@class='prompt-text']")
    blocks = page.xpath("(//*[contains(@class, 'attempt')]/*[@class='body'])[last()]")
    kept = json.loads(await body(reader, f"{there}export.json"))["turns"][0]
    events: list[str] = []
    async with socket(conversation, query=f"?format=json&cursor={turn.id}:0") as program:
        while (event := json.loads(await program.receive_from(timeout=5)))["type"] != "complete":
            if event["type"] == "chunk" and event["attempt"] == answer.number:
                events.append(event["content"])
    return Shown(
        (prompt.text_content(), blocks[0].text_content()),
        {
            (await body(reader, f"/turns/{turn.id}/answer.md")),
            kept["attempts"][-1]["text"],
            "".join(events),
        },
        (turn.prompt, answer.text),
    )


async def body(reader: AsyncClient, path: str) -> str:
    answer = await reader.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def words(text: str) -> list[str]:
    """As lxml has them, which knows no characters that are none."""
    for none in "\ufffe\uffff":
        text = text.replace(none, "")
    return text.split()


@pytest.mark.parametrize("kind", WHOLE)
async def test_R37_what_is_asked_and_answered_is_kept_and_shown(kind: str) -> None:
    text = WHOLE[kind]
    async with Loopback() as provider:
        conversation = await played(provider, text, [text[:7], text[7:]])
        found = await shown(await browser(), conversation)
    assert found.rows == (text, text)
    assert found.files == {text}
    assert [words(part) for part in found.page] == [words(text)] * 2


@pytest.mark.parametrize("kind", REPLACED)
async def test_R37_what_cannot_be_kept_of_an_answer_is_replaced(kind: str) -> None:
    """Everywhere alike."""
    sent, expected = REPLACED[kind]
    async with Loopback() as provider:
        conversation = await played(provider, "Why?", sent if isinstance(sent, list) else [sent])
        found = await shown(await browser(), conversation)
    answer = found.rows[1]
    assert found.files == {answer}
    assert found.page[1].split() == answer.split()
    assert expected in (None, answer)


@pytest.mark.parametrize("size", [MAX_ANSWER_CHARACTERS, 1_000_000])
async def test_R37_a_line_without_end_is_shown_as_far_as_it_is_kept(size: int) -> None:
    async with Loopback() as provider:
        conversation = await played(provider, "Why?", ["x" * (size // 20)] * 20)
    turn = await Turn.objects.aget()
    answer = await turn.attempts.alatest("number")
    reader, there = await browser(), f"/c/{conversation.id}/"
    kept = json.loads(await body(reader, f"{there}export.json"))["turns"][0]["attempts"][-1]
    assert kept["text"] == await body(reader, f"/turns/{turn.id}/answer.md") == answer.text
    assert (await body(reader, there)).count("x" * 1000) >= len(answer.text) // 1000
    assert turn.status == ("completed" if size <= MAX_ANSWER_CHARACTERS else "failed")
    assert len(answer.text) <= MAX_ANSWER_CHARACTERS


@pytest.mark.parametrize("kind", BROKEN)
async def test_R37_what_cannot_be_kept_of_a_question_is_refused(kind: str) -> None:
    """By a frame and by a form, whose encoding has no halves of characters."""
    conversation, text = await amake_conversation(), f"Why {BROKEN[kind]}?"
    async with socket(conversation) as reader:
        await reader.tell(type="prompt", prompt=text, client_id=str(uuid.uuid4()))
        notice = await reader.hear("notice")
    assert notice["code"] == "unstorable" and "plain text" in notice["notice"]
    if "\0" in text:
        answer = await (await browser()).post(f"/c/{conversation.id}/turns/", form(text))
        assert answer.status_code == 400
    assert await Turn.objects.acount() == 0


async def played(provider: Loopback, prompt: str, answer: list[str]) -> Conversation:
    """By a form, and a provider as they are."""
    for model in ("small", "large"):
        provider.script(model, Reply(answer))
    cascade = await amake_cascade(kind="openai", base_url=provider.base_url)
    conversation = await amake_conversation(await amake_user(), cascade)
    sent = await (await browser()).post(f"/c/{conversation.id}/turns/", form(prompt))
    assert sent.status_code == 302
    await ended(await Turn.objects.aget())
    return conversation
