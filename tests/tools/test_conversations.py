"""Tools over one's own conversations: what they find and change, and whose they never touch."""

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat.cascade import ToolCall, ToolExecutor
from chat.conversations.search import index
from chat.models import Attempt, Conversation, Turn
from chat.tools import SHIPPED
from tests.people import BOB, make_conversation, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def asked(conversation: Conversation, prompt: str, *texts: str) -> Turn:
    """A turn whose last text is the answer, and whose others were set aside."""
    turn = Turn.objects.create(
        conversation=conversation, client_id=uuid.uuid4(), prompt=prompt, status="completed"
    )
    for number, text in enumerate(texts, start=1):
        reason = "" if number == len(texts) else "quality_insufficient"
        Attempt.objects.create(
            turn=turn, number=number, role="draft", model="m", text=text, switch_reason=reason
        )
    if texts:
        index(turn.id)
    return turn


async def search(turn: Turn, query: str) -> Any:
    tool = SHIPPED["search_conversations"].make(turn)
    call = ToolCall("call_1", tool.name, {"query": query})
    result = await ToolExecutor([tool]).execute(call)
    return result.result if result.success else result.error


@sync_to_async
def two_readers() -> tuple[Turn, Turn]:
    """Alice's new turn and Bob's, after each has asked about the sea."""
    alice = make_conversation()
    bob = make_conversation(make_user(BOB), alice.cascade)
    asked(alice, "Why are there tides?", "The Sun.", "The Moon pulls at 50% of the_sea.")
    asked(bob, "Is the sea salt?", "Yes; bob's secret is 1234.")
    return asked(alice, "And now?"), asked(bob, "And now?")


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("tides", True),
        ("MOON", True),
        ("tides moon", True),
        ("conversation tides", True),  # the title counts
        ("50%", True),
        ("the_sea", True),
        ("5%0", False),  # nor is a % anything but itself
        ("thexsea", False),
        ("tides Mars", False),
        ("Sun", False),  # it was set aside
    ],
)
async def test_it_finds_turns_that_hold_every_word(query: str, is_found: bool) -> None:
    turn, _ = await two_readers()
    found = await search(turn, query)
    assert [one["asked"] for one in found] == ["Why are there tides?"] * is_found


async def test_it_never_shows_another_reader_s_words() -> None:
    alice, bob = await two_readers()
    assert await search(alice, "secret") == []
    assert [one["answered"] for one in await search(bob, "secret")] == [
        "Yes; bob's secret is 1234."
    ]
    assert "1234" not in str(await search(alice, "sea"))


async def test_the_turn_that_asks_is_not_found() -> None:
    turn, _ = await two_readers()
    assert await search(turn, "And now") == []
    assert await search(turn, "  ") == "The query holds no word."


async def test_what_it_gives_is_short() -> None:
    turn, _ = await two_readers()
    conversation = await Conversation.objects.aget(id=turn.conversation_id)
    for _ in range(12):
        await sync_to_async(asked)(conversation, "Long?", "word " * 500 + "needle" + " word" * 500)
    found = await search(turn, "needle")
    assert len(found) == 8
    assert all("needle" in one["answered"] and len(one["answered"]) <= 302 for one in found)


async def test_a_title_is_changed_for_this_conversation_only() -> None:
    alice, bob = await two_readers()
    tool = SHIPPED["rename_conversation"].make(alice)
    assert tool.asks_first

    async def approve(call: ToolCall) -> bool:
        return True

    executor = ToolExecutor([tool], approve=approve)
    result = await executor.execute(ToolCall("call_1", tool.name, {"title": " High\ntides "}))
    assert result.text == "It is now called 'High tides'."
    titles = {c.id: c.title async for c in Conversation.objects.all()}
    assert titles == {alice.conversation_id: "High tides", bob.conversation_id: "A conversation"}
    for bad in ("", "x" * 61):
        assert not (await executor.execute(ToolCall("c", tool.name, {"title": bad}))).success
