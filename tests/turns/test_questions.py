"""A tool that changes something asks its reader first: in every tab, once, and not for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.db import OperationalError

from chat.conversations import titles
from chat.models import Attempt, Conversation, McpServer, McpTool, Turn
from chat.process.off_loop import off_loop
from chat.turns import history, keep, questions
from chat.turns.answer import _is_asked, answer
from chat.turns.begin import Refused
from chat.turns.guard import guard
from chat.turns.log import log
from chat.turns.play import players
from chat.turns.stop import stop
from chat.turns.store import Writer
from tests.people import amake_conversation, aoffer
from tests.scripted import Scripted
from tests.turns.scenarios import GOOD, RENAME, SUM, calls
from tests.turns.test_turn_life import begun, ended

pytestmark = pytest.mark.django_db(transaction=True)


async def asking(scripted: Scripted) -> Turn:
    """A turn that waits for its reader, who is asked whether the conversation may be renamed."""
    scripted.answers = {"small": [calls(RENAME, SUM), GOOD]}
    conversation = await amake_conversation()
    await aoffer("rename_conversation", "calculate")
    turn = await begun(conversation)
    await until(turn, "tool_asking")
    return turn


async def until(turn: Turn, kind: str) -> None:
    async with asyncio.timeout(5):
        async for batch in log.follow(str(turn.id)):
            if any(event.type == kind for event in batch):
                return


async def statuses(turn: Turn) -> list[str]:
    [state] = await history.states([str(turn.id)])
    return [call.status for attempt in state.attempts for call in attempt.tool_calls]


async def asked_next(turn: Turn) -> str:
    """The id of the call about which its second attempt asks."""
    async with asyncio.timeout(5):
        while (await statuses(turn))[1:] != ["waiting"]:
            await asyncio.sleep(0.02)
    [state] = await history.states([str(turn.id)])
    return state.attempts[1].tool_calls[0].id


@asynccontextmanager
async def in_another_process(turn: Turn, call_id: str) -> AsyncIterator[None]:
    """There the turn is not among the players; its player's guard reads what was left for it."""
    async with asyncio.timeout(5):
        while not await off_loop(_is_asked)(turn, call_id):
            await asyncio.sleep(0.02)
    player = players.pop(str(turn.id))
    try:
        yield
    finally:
        players[str(turn.id)] = player
        guard.wake()


def told(scripted: Scripted) -> list[str]:
    """What the model was told of its calls."""
    return [m["content"] for m in scripted.calls[-1].messages if m["role"] == "tool"]


async def title() -> str:
    return (await Conversation.objects.aget()).title


async def test_an_allowed_call_is_run(scripted: Scripted) -> None:
    turn = await asking(scripted)
    assert await title() == "A conversation"
    await until(turn, "tool_result")
    assert await statuses(turn) == ["waiting", "done"]  # the sum does not wait for it
    await answer(turn, "call_0", allowed=True)
    turn = await ended(turn)
    assert (turn.status, await title()) == ("completed", "Tides")
    assert await statuses(turn) == ["done", "done"]
    assert told(scripted) == ["It is now called 'Tides'.", "14"]


async def test_a_refused_call_is_not_run_and_the_model_is_told(scripted: Scripted) -> None:
    turn = await asking(scripted)
    await answer(turn, "call_0", allowed=False)
    turn = await ended(turn)
    assert (turn.status, await title()) == ("completed", "A conversation")
    assert await statuses(turn) == ["refused", "done"]
    assert told(scripted)[0].startswith("The user did not allow this call")


async def test_it_may_be_answered_elsewhere_as_soon_as_it_is_asked(scripted: Scripted) -> None:
    turn = await asking(scripted)
    player = players.pop(str(turn.id))
    await answer(turn, "call_0", allowed=True)
    with pytest.raises(Refused, match="answered already"):
        await answer(turn, "call_0", allowed=False)
    players[str(turn.id)] = player
    guard.wake()
    await ended(turn)
    assert await title() == "Tides"


async def test_a_question_that_could_not_be_kept_is_kept_a_moment_later(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, failed = Writer.write, list[bool]()

    def fails_once(writer: Writer, fields: Any, attempts: Any) -> bool:
        if not failed and any(c["status"] == "waiting" for row in attempts for c in row.tool_calls):
            failed.append(True)
            raise OperationalError("gone away")
        return write(writer, fields, attempts)

    monkeypatch.setattr(Writer, "write", fails_once)
    monkeypatch.setattr(keep, "SNAPSHOT_S", 0.05)
    turn = await asking(scripted)
    async with in_another_process(turn, "call_0"):
        assert failed
        await answer(turn, "call_0", allowed=True)
    assert (await ended(turn)).status == "completed"


async def test_silence_is_a_refusal(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "ANSWER_S", 0.05)
    turn = await ended(await asking(scripted))
    assert (turn.status, await title()) == ("completed", "A conversation")
    assert (await statuses(turn))[0] == "refused"


async def test_a_question_is_answered_once(scripted: Scripted) -> None:
    turn = await asking(scripted)
    with pytest.raises(Refused, match="answered already"):
        await answer(turn, "call_1", allowed=True)  # which does not ask
    await answer(turn, "call_0", allowed=False)
    with pytest.raises(Refused, match="answered already"):
        await answer(turn, "call_0", allowed=True)
    await ended(turn)
    with pytest.raises(Refused, match="answered already"):
        await answer(turn, "call_0", allowed=True)
    assert await title() == "A conversation"


async def test_stop_ends_a_turn_that_waits(scripted: Scripted) -> None:
    turn = await asking(scripted)
    await stop(turn)
    turn = await ended(turn)
    assert (turn.status, await title()) == ("stopped", "A conversation")
    assert (await statuses(turn))[0] == "dropped"
    assert len(scripted.calls) == 1
    log.forget(str(turn.id))
    assert (await statuses(turn))[0] == "dropped"


async def test_a_tool_that_ran_when_its_turn_ended_is_not_told_as_one_that_did_not(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def rename(conversation: Conversation, title: str) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(titles, "rename", rename)
    turn = await asking(scripted)
    await answer(turn, "call_0", allowed=True)
    await begun.wait()
    await stop(turn)
    turn = await ended(turn)
    assert (await statuses(turn))[0] == "broken_off"
    log.forget(str(turn.id))
    assert (await statuses(turn))[0] == "broken_off"


async def test_the_row_of_a_step_stands_before_its_request(scripted: Scripted) -> None:
    scripted.answers = {"small": [calls(SUM), [hold := asyncio.Event(), *GOOD]]}
    conversation = await amake_conversation()
    await aoffer("calculate")
    turn = await begun(conversation)
    while len(scripted.calls) < 2:
        await asyncio.sleep(0.01)
    first, second = [row async for row in Attempt.objects.filter(turn=turn)]
    assert (first.settled, second.settled) == (True, False)
    assert (second.role, second.model, second.prices) == ("draft", "small", first.prices)
    assert first.tool_calls[0]["result"] == "14"
    hold.set()
    assert (await ended(turn)).status == "completed"


async def test_a_step_and_a_switch_are_charged_at_their_models_prices(scripted: Scripted) -> None:
    scripted.answers = {"small": [calls(SUM), ["I'm sorry, I cannot help."]], "large": GOOD}
    conversation = await amake_conversation()
    await aoffer("calculate")
    turn = await ended(await begun(conversation))
    rows = [row async for row in Attempt.objects.filter(turn=turn)]
    assert [(row.model, row.prices["input"]) for row in rows] == [
        ("small", "1"),
        ("small", "1"),
        ("large", "10"),
    ]


async def test_what_is_not_there_any_more_is_not_offered(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    await aoffer("gone", "weather__forecast")
    server = await McpServer.objects.acreate(name="weather", url="http://a.test", enabled=False)
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    await McpTool.objects.acreate(
        server=server, name="weather__forecast", remote_name="f", description="d", parameters=schema
    )
    assert (await ended(await begun(conversation))).status == "completed"
    assert scripted.calls[0].tools == ()
    await McpServer.objects.aupdate(enabled=True)
    await ended(await begun(conversation))
    assert [tool["name"] for tool in scripted.calls[1].tools] == ["weather__forecast"]


async def test_pieces_of_arguments_are_joined_like_text(scripted: Scripted) -> None:
    long = ("calculate", '{"expression": "' + "1 + " * 700 + '1"}')
    scripted.answers = {"small": [calls(long), GOOD]}
    conversation = await amake_conversation()
    await aoffer("calculate")
    turn = await ended(await begun(conversation))
    events = await log.read(str(turn.id))
    assert events
    deltas = [event for event in events if event.type == "tool_call_delta"]
    assert "".join(event.content for event in deltas) == long[1]
    assert len(deltas) < 20
    assert all(set(event.data) == {"id", "name"} for event in deltas)


async def test_an_answer_given_in_another_process_is_heard(
    scripted: Scripted,
) -> None:
    turn = await asking(scripted)
    player = players[str(turn.id)]
    async with in_another_process(turn, "call_0"):
        await answer(turn, "call_0", allowed=True)
        with pytest.raises(Refused):
            await answer(turn, "call_0", allowed=False)
        with pytest.raises(Refused):
            await answer(turn, "call_9", allowed=True)
    await player.task
    [state] = await history.states([str(turn.id)])
    assert state.attempts[0].tool_calls[0].status == "done"


async def test_an_allowed_call_allows_no_later_one_of_its_id(scripted: Scripted) -> None:
    """Some models number the calls of each answer anew; an answer left for a player stays there."""
    again = ("rename_conversation", '{"title": "Another"}')
    scripted.answers = {"small": [calls(RENAME), calls(again), GOOD]}
    conversation = await amake_conversation()
    await aoffer("rename_conversation")
    turn = await begun(conversation)
    await until(turn, "tool_asking")
    async with in_another_process(turn, "call_0"):
        await answer(turn, "call_0", allowed=True)
    second = await asked_next(turn)
    await guard._look()
    assert (await statuses(turn), await title()) == (["done", "waiting"], "Tides")

    async with in_another_process(turn, second):
        await answer(turn, second, allowed=False)
    turn = await ended(turn)
    assert (turn.status, await title()) == ("completed", "Tides")
    assert await statuses(turn) == ["done", "refused"]
