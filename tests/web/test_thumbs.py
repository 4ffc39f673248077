"""Thumbs and asking the last model, over the socket and by form: kept, told to all, learnt from."""

import asyncio
import json
import uuid
from typing import Any

import pytest

from chat.models import Conversation, Feedback, Label, Turn
from chat.turns import learn
from chat.turns.begin import begin
from tests.people import BOB, amake_conversation, amake_user
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD
from tests.turns.test_turn_life import ended
from tests.web.test_consumer import Socket, socket
from tests.web.test_pages import browser

pytestmark = pytest.mark.django_db(transaction=True)


async def answered(
    scripted: Scripted, *, draft: list[str] = GOOD, conversation: Conversation | None = None
) -> Turn:
    scripted.answers = {"small": draft, "large": GOOD}
    conversation = conversation or await amake_conversation()
    return await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))


async def conversation_of(turn: Turn) -> Conversation:
    return await Conversation.objects.aget(id=turn.conversation_id)


async def noted(reader: Socket) -> dict[str, Any]:
    """What a reader is told of the thumb they give, which comes before or after that it is kept."""
    told: dict[str, Any] = {}
    while "thumb" not in told or told.get("notice", {}).get("code") != "noted":
        message = json.loads(await reader.receive_from(timeout=5))
        told[message["type"]] = message
    return told["thumb"]


async def kept() -> list[tuple[int, str]]:
    return [(row.value, row.note) async for row in Feedback.objects.all()]


async def labelled() -> list[tuple[str, float]]:
    await asyncio.gather(*learn._lessons)
    return [(row.source, row.good) async for row in Label.objects.all()]


async def test_a_thumb_is_kept_labels_the_draft_and_shows_in_every_tab(scripted: Scripted) -> None:
    turn = await answered(scripted)
    conversation = await conversation_of(turn)
    async with socket(conversation) as one, socket(conversation) as other:
        for value, note, good in ((1, "", 1.0), (-1, " off\nby one ", 0.0)):
            await one.tell(type="thumb", turn=str(turn.id), value=value, note=note)
            for told in (await noted(one), await other.hear("thumb")):
                assert (told["turn"], told["value"]) == (str(turn.id), value)
            assert await labelled() == [("thumb", good)]
        assert await kept() == [(-1, "off by one")]


async def test_a_thumb_taken_back_leaves_nothing(scripted: Scripted) -> None:
    turn = await answered(scripted)
    async with socket(await conversation_of(turn)) as reader:
        for value in (1, 0):
            await reader.tell(type="thumb", turn=str(turn.id), value=str(value))
            assert (await noted(reader))["value"] == value
    assert (await kept(), await labelled()) == ([], [])


async def test_a_thumb_on_an_earlier_turn_is_told_too(scripted: Scripted) -> None:
    first = await answered(scripted)
    conversation = await conversation_of(first)
    last = await answered(scripted, conversation=conversation)
    async with socket(conversation, query=f"?cursor={last.id}:{last.last_seq}") as reader:
        client = await browser()
        await client.post(f"/turns/{first.id}/thumb/", {"value": "-1"})
        page = ""
        while f'id="turn-{first.id}-thumbs"' not in page:
            page = await reader.receive_from(timeout=5)
    assert f'id="turn-{last.id}' not in page
    assert page.count('aria-pressed="true"') == 1


async def test_who_connects_later_is_told_what_was_given(scripted: Scripted) -> None:
    first = await answered(scripted)
    conversation = await conversation_of(first)
    last = await answered(scripted, conversation=conversation)
    await Feedback.objects.acreate(turn=first, value=1)
    async with socket(conversation, query=f"?cursor={last.id}:{last.last_seq}") as reader:
        page = ""
        while f'id="turn-{first.id}-thumbs"' not in page:
            page = await reader.receive_from(timeout=5)


async def test_a_thumb_by_form_is_there_after_a_reload(scripted: Scripted) -> None:
    turn = await answered(scripted)
    alice = await browser()
    sent = await alice.post(f"/turns/{turn.id}/thumb/", {"value": "1", "note": "a <b>word</b>"})
    assert (sent.status_code, sent["Location"]) == (302, f"/c/{turn.conversation_id}/")
    page = (await alice.get(sent["Location"])).content.decode()
    assert page.count('aria-pressed="true"') == 1
    assert 'value="a &lt;b&gt;word&lt;/b&gt;"' in page


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"value": 2},
        {"value": [1]},
        {"value": True},
        {"value": "good"},
        {"value": 1, "note": "x" * 501},
        {"value": 1, "note": "a\0b"},
        {"value": 1, "note": "\ud800"},
    ],
    ids=repr,
)
async def test_a_bad_thumb_gets_a_sentence_and_keeps_nothing(
    scripted: Scripted, fields: dict[str, Any]
) -> None:
    turn = await answered(scripted)
    async with socket(await conversation_of(turn)) as reader:
        await reader.tell(type="thumb", turn=str(turn.id), **fields)
        while not (notice := await reader.hear("notice"))["notice"]:
            pass
    assert notice["notice"].endswith(".")
    assert notice["code"] != "internal"
    assert await kept() == []


async def test_a_bad_thumb_by_form_is_refused_on_the_page(scripted: Scripted) -> None:
    turn = await answered(scripted)
    answer = await (await browser()).post(f"/turns/{turn.id}/thumb/", {"value": "7"})
    assert answer.status_code == 400
    assert "A thumb is 1 or -1" in answer.content.decode()


async def test_there_is_no_thumb_without_a_whole_answer(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", asyncio.Event()]}
    conversation = await amake_conversation()
    turn = await begin(conversation.id, uuid.uuid4(), "Count")
    alice = await browser()
    assert "aria-pressed" not in (await alice.get(f"/c/{conversation.id}/")).content.decode()
    assert (await alice.post(f"/turns/{turn.id}/thumb/", {"value": "1"})).status_code == 409
    assert await kept() == []


async def test_bob_gives_no_thumb_and_asks_nothing_of_alice(scripted: Scripted) -> None:
    turn = await answered(scripted)
    bob = await amake_user(BOB)
    client = await browser(bob)
    assert (await client.post(f"/turns/{turn.id}/thumb/", {"value": "1"})).status_code == 404
    asked = await client.post(f"/turns/{turn.id}/retry/", {"only": "last"})
    assert asked.status_code == 404
    async with socket(await amake_conversation(bob)) as reader:
        for kind in ("thumb", "retry"):
            await reader.tell(type=kind, turn=str(turn.id), value=1, only="last")
            assert (await reader.hear("notice"))["code"] == "not_found"
    assert (await kept(), await labelled()) == ([], [])
    assert await Turn.objects.acount() == 1


async def test_the_last_model_is_asked_over_the_socket(scripted: Scripted) -> None:
    turn = await answered(scripted)
    async with socket(await conversation_of(turn)) as reader:
        for _ in range(2):
            await reader.tell(type="retry", turn=str(turn.id), only="last")
        while (routing := await reader.hear("routing"))["turn"] == str(turn.id):
            pass
        assert routing["data"]["strategy"] == "direct"
        await reader.hear("complete")
    assert [call.model for call in scripted.calls] == ["small", "large"]
    assert await labelled() == [("retry", 0.25)]


async def test_the_last_model_is_asked_by_form_where_a_draft_was_kept(scripted: Scripted) -> None:
    turn = await answered(scripted)
    alice = await browser()
    page = (await alice.get(f"/c/{turn.conversation_id}/")).content.decode()
    assert "Ask large" in page
    sent = await alice.post(f"/turns/{turn.id}/retry/", {"only": "last"})
    again = await ended(await Turn.objects.exclude(id=turn.id).aget())
    assert (again.strategy, again.parent_id) == ("direct", turn.parent_id)
    assert "Ask large" not in (await alice.get(sent["Location"])).content.decode()


async def test_an_answer_of_the_last_model_is_no_draft_to_label(scripted: Scripted) -> None:
    turn = await answered(scripted, draft=BAD)
    alice = await browser()
    assert "Ask large" not in (await alice.get(f"/c/{turn.conversation_id}/")).content.decode()
    await alice.post(f"/turns/{turn.id}/thumb/", {"value": "1"})
    assert (await kept(), await labelled()) == ([(1, "")], [])
