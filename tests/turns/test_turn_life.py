"""Begin, play, stop: what a reader is promised of a turn, on the database in use."""

import asyncio
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from chat.cascade import Unavailable
from chat.cascade.breaker import breakers
from chat.models import Attempt, Configuration, Conversation, Turn
from chat.turns import history, play
from chat.turns.answer import answer
from chat.turns.begin import Refused, begin, retry
from chat.turns.choice import choose
from chat.turns.keep import Keeper
from chat.turns.log import log
from chat.turns.play import Player
from chat.turns.stop import stop
from chat.turns.store import blank
from tests.people import amake_cascade, amake_conversation, aoffer
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD, SCENARIOS, Scenario

pytestmark = pytest.mark.django_db(transaction=True)


async def ended(turn: Turn) -> Turn:
    """The turn, read again after its player is done."""
    if player := play.players.get(str(turn.id)):
        await asyncio.wait_for(asyncio.shield(player.task), 5)
    return await Turn.objects.aget(id=turn.id)


async def answered(turn: Turn, *, allowed: bool) -> None:
    """Follows a turn to its end, and answers whatever it asks."""
    async with asyncio.timeout(5):
        async for batch in log.follow(str(turn.id)):
            for event in batch:
                if event.type == "tool_asking":
                    await answer(turn, event.data["id"], allowed=allowed)


PROMPT = "Why are there tides?"


async def begun(conversation: Conversation, prompt: str = PROMPT) -> Turn:
    return await begin(conversation.id, uuid.uuid4(), prompt)


async def test_nothing_is_begun_in_a_conversation_that_is_deleted_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def deleted(conversation: Conversation) -> None:
        Conversation.objects.filter(id=conversation.id).update(deleted_at=timezone.now())

    monkeypatch.setattr("chat.turns.limits.refusal", deleted)
    with pytest.raises(Refused) as refused:
        await begun(await amake_conversation())
    assert refused.value.code == "gone"
    assert not await Turn.objects.aexists()


async def test_a_turn_is_played_and_kept(scripted: Scripted) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    turn = await ended(await begun(await amake_conversation()))
    assert turn.status == "completed"
    draft, verifier = [row async for row in turn.attempts.all()]
    assert (draft.status, verifier.status) == ("set_aside", "answered")
    assert verifier.text == "".join(GOOD)
    assert draft.decision["accepted"] is False
    assert turn.total_usd == draft.cost_usd + verifier.cost_usd
    assert turn.configuration_id == (await Configuration.objects.aget()).pk


@pytest.mark.parametrize(
    "name", [n for n, s in SCENARIOS.items() if len(s.models) == 2 and not s.direct]
)
async def test_what_is_stored_is_what_was_folded(scripted: Scripted, name: str) -> None:
    scenario: Scenario = SCENARIOS[name]
    scripted.answers = dict(scenario.answers)
    cascade = await amake_cascade("small", "large", priced=scenario.priced)
    await aoffer(*scenario.tools)
    turn = await begun(await amake_conversation(cascade=cascade))
    if scenario.stop_after:
        await asyncio.sleep(0)
        await stop(turn)
    elif scenario.tools:
        await answered(turn, allowed=scenario.allow)
    await ended(turn)
    from_log = blank(turn)
    for event in await log.read(str(turn.id)) or ():
        from_log.apply(event)
    [from_rows] = await history.states([str(turn.id)])
    assert from_rows == from_log


async def test_the_same_client_id_begins_one_turn(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation, client_id = await amake_conversation(), uuid.uuid4()
    turns = await asyncio.gather(*(begin(conversation.id, client_id, PROMPT) for _ in range(20)))
    assert len({turn.id for turn in turns}) == 1
    await ended(turns[0])
    assert len(scripted.calls) == 1
    assert await Attempt.objects.acount() == 1


async def test_a_client_id_is_not_used_for_two_prompts(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation, client_id = await amake_conversation(), uuid.uuid4()
    await ended(await begin(conversation.id, client_id, PROMPT))
    with pytest.raises(Refused, match="sent already"):
        await begin(conversation.id, client_id, "Something else")


async def test_a_second_prompt_waits_for_the_live_one(scripted: Scripted) -> None:
    scripted.answers = {"small": ["It ", hold := asyncio.Event(), "ends."]}
    conversation = await amake_conversation()
    results = await asyncio.gather(begun(conversation), begun(conversation), return_exceptions=True)
    [turn] = [result for result in results if isinstance(result, Turn)]
    [refusal] = [result for result in results if isinstance(result, Refused)]
    assert refusal.code == "busy"
    hold.set()
    await ended(turn)
    assert await Turn.objects.acount() == 1


async def test_the_ledger_row_stands_before_the_request(scripted: Scripted) -> None:
    scripted.answers = {"small": [hold := asyncio.Event(), *GOOD]}
    turn = await begun(await amake_conversation())
    while not scripted.calls:
        await asyncio.sleep(0.01)
    row = await Attempt.objects.aget(turn=turn)
    assert (row.settled, row.model, row.prices["input"]) == (False, "small", "1")
    hold.set()
    await ended(turn)
    await row.arefresh_from_db()
    assert row.settled
    assert row.cost_usd == Decimal("0.0014")


async def test_stop_keeps_text_and_cost_and_closes_the_request(scripted: Scripted) -> None:
    scripted.answers = {"small": ["The Moon", asyncio.Event()]}
    turn = await begun(await amake_conversation())
    async with asyncio.timeout(5):
        async for batch in log.follow(str(turn.id)):
            if batch[-1].type == "chunk":
                await stop(turn)
    turn = await ended(turn)
    assert turn.status == "stopped"
    row = await Attempt.objects.aget(turn=turn)
    assert (row.text, row.exactness, row.finish) == ("The Moon", "partial", "stopped")
    assert row.cost_usd > 0
    assert scripted.open == 0


async def test_stop_before_the_first_word_asks_no_second_model(scripted: Scripted) -> None:
    scripted.answers = {"small": [asyncio.Event()], "large": GOOD}
    turn = await begun(await amake_conversation())
    await stop(turn)
    assert (await ended(turn)).status == "stopped"
    assert "large" not in [call.model for call in scripted.calls]


async def test_a_turn_that_breaks_lets_go_of_its_provider_before_its_end_is_kept(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.answers = {"small": ["The Moon", "pulls", asyncio.Event()]}
    end, open_at_the_end = Keeper.end, []

    async def looked_at(keeper: Keeper) -> bool:
        open_at_the_end.append(scripted.open)
        return await end(keeper)

    monkeypatch.setattr(Keeper, "end", looked_at)
    monkeypatch.setattr(Player, "_join", None)
    turn = await ended(await begun(await amake_conversation()))
    assert (turn.status, turn.error_code) == ("failed", "internal")
    assert open_at_the_end == [0]


async def test_an_engine_that_breaks_ends_the_turn(scripted: Scripted) -> None:
    scripted.answers = {"small": ["Half", RuntimeError("secret sk-1234")]}
    turn = await ended(await begun(await amake_conversation()))
    assert (turn.status, turn.error_code) == ("failed", "internal")
    assert "sk-1234" not in turn.error


async def test_a_cascade_of_one_model_says_so(scripted: Scripted) -> None:
    conversation = await amake_conversation(cascade=await amake_cascade("only"))
    turn = await ended(await begun(conversation))
    assert turn.status == "failed"
    assert "at least two enabled models" in turn.error


async def test_a_retry_takes_the_place_of_its_turn(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    first = await ended(await begun(conversation))
    scripted.answers = {"small": [lost := Unavailable("Gone.", retryable=False)], "large": [lost]}
    second = await ended(await begun(conversation, "And why two a day?"))
    assert second.status == "failed"
    scripted.answers = {"small": GOOD}
    third = await ended(await retry(second))
    assert (third.status, third.prompt, third.parent_id) == ("completed", second.prompt, first.id)
    shown = await history.states_of(conversation.id)
    assert [turn.id for turn in shown] == [str(first.id), str(third.id)]


async def test_the_last_model_can_be_asked_instead_of_a_draft(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD, "large": [Unavailable("Gone.", retryable=False)]}
    conversation = await amake_conversation()
    first = await ended(await begun(conversation))
    asked = await asyncio.gather(*(retry(first, only="last") for _ in range(5)))
    assert len({turn.id for turn in asked}) == 1
    second = await ended(asked[0])
    assert (second.strategy, second.status, second.parent_id) == ("direct", "failed", None)
    assert [call.model for call in scripted.calls] == ["small", "large"]
    breakers.reset()
    scripted.answers["large"] = GOOD
    third = await ended(await retry(second))
    assert (third.strategy, third.status) == ("direct", "completed")


async def test_a_model_is_told_the_earlier_turns(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    await ended(await begun(conversation))
    await ended(await begun(conversation, "And why two a day?"))
    told = [(message["role"], message["content"]) for message in scripted.calls[-1].messages]
    assert told == [
        ("user", PROMPT),
        ("assistant", "".join(GOOD)),
        ("user", "And why two a day?"),
    ]


async def test_text_is_kept_while_it_is_written(scripted: Scripted) -> None:
    scripted.answers = {"small": ["The Moon ", asyncio.Event()]}
    turn = await begun(await amake_conversation())
    async with asyncio.timeout(3):
        while not await Attempt.objects.filter(turn=turn, text="The Moon ").aexists():
            await asyncio.sleep(0.02)


async def test_who_asks_a_cascade_that_was_removed_is_told_to_choose_another(
    scripted: Scripted,
) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    await conversation.cascade.adelete()
    turn = await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    assert turn.status == "failed" and "Choose another one at the top" in turn.error
    await choose(conversation, await amake_cascade())
    assert (await ended(await retry(turn))).status == "completed"
