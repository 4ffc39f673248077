"""The ledger against a provider that counts: a row for each call, and every digit of its bill."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat.cascade.breaker import breakers
from chat.costs import groups
from chat.costs.figures import Figures
from chat.costs.selection import Selection
from chat.models import Attempt, Cascade, Conversation, ModelConfig, Price, Turn
from chat.turns.begin import begin
from chat.turns.play import players
from tests.loopback import Loopback, Reply, event
from tests.people import make_cascade, make_conversation
from tests.turns.scenarios import GOOD
from tests.turns.test_turn_life import ended

pytestmark = pytest.mark.django_db(transaction=True)

ANSWER, REFUSAL = "".join(GOOD), "I'm sorry, I cannot help with that."


@pytest.fixture
async def provider() -> AsyncIterator[Loopback]:
    breakers.reset()
    async with Loopback() as provider:
        yield provider


@pytest.fixture
async def conversation(provider: Loopback, monkeypatch: pytest.MonkeyPatch) -> Conversation:
    monkeypatch.setenv("LLM_KEY_TEST", "k")

    def made() -> Conversation:
        cascade = make_cascade("small", "large", kind="openai", base_url=provider.base_url)
        Cascade.objects.filter(pk=cascade.pk).update(direct_from="")
        for step in cascade.steps.all():
            step.model_config.provider.key_variable = "LLM_KEY_TEST"
            step.model_config.provider.save()
        cascade.refresh_from_db()
        return make_conversation(cascade=cascade)

    return await sync_to_async(made)()


async def ask(conversation: Conversation, provider: Loopback | None = None, **price: Any) -> Turn:
    """With a provider, another price is set once it was asked."""
    turn = await begin(conversation.id, uuid.uuid4(), "Why are there tides?")
    if provider is not None:
        async with asyncio.timeout(5):
            while not provider.requests:
                await asyncio.sleep(0.01)
        config = await ModelConfig.objects.aget(name="small")
        await Price.objects.acreate(model_config=config, **price)
    return await ended(turn)


async def bills() -> list[tuple[str, Decimal | None, str, str]]:
    rows = Attempt.objects.order_by("created_at", "number")
    return [(row.role, row.cost_usd, row.exactness, row.counted_by) async for row in rows]


async def test_a_row_for_each_call_that_was_answered(
    provider: Loopback, conversation: Conversation
) -> None:
    provider.script(
        "small",
        Reply(ANSWER, usage=(1000, 100)),
        Reply(REFUSAL, usage=(1000, 10)),
        Reply.error(404),
        Reply(ANSWER, usage=None),
    )
    provider.script("large", Reply(ANSWER, usage=(1000, 300)))
    turns = [await ask(conversation) for _ in range(4)]
    assert len(provider.requests) == await Attempt.objects.acount() == 6
    assert [turn.draft_accepted for turn in turns] == [True, False, False, True]
    assert [turn.draft_score is not None for turn in turns] == [True, True, False, True]
    assert [turn.answered_by for turn in turns] == ["small", "large", "large", "small"]
    assert (await bills())[:5] == [
        ("draft", Decimal("0.0012"), "exact", "provider"),
        ("draft", Decimal("0.00102"), "exact", "provider"),
        ("verifier", Decimal("0.016"), "exact", "provider"),
        ("draft", Decimal("0"), "exact", ""),
        ("verifier", Decimal("0.016"), "exact", "provider"),
    ]
    assert (await bills())[5][2:] == ("estimated", "estimate")


async def test_providers_reconcile_with_their_rows_and_turns_with_both(
    provider: Loopback, conversation: Conversation
) -> None:
    provider.script("small", Reply(REFUSAL, usage=(7, 3)), Reply(ANSWER, usage=(11, 13)))
    provider.script("large", Reply(ANSWER, usage=(17, 19)))
    for _ in range(2):
        await ask(conversation)

    def sums() -> tuple[Decimal, Decimal, Decimal]:
        rows = sum((row.cost_usd or 0 for row in Attempt.objects.all()), Decimal(0))
        of_models = groups.models(Selection().attempts())
        grouped = sum((group.spent_usd for group in of_models), Decimal(0))
        return rows, grouped, Figures.of(Selection().turns()).spent_usd

    assert set(await sync_to_async(sums)()) == {Decimal("0.0006")}


async def test_what_the_draft_alone_would_have_cost_is_kept_with_the_turn(
    provider: Loopback, conversation: Conversation
) -> None:
    provider.script("small", Reply(REFUSAL, usage=(1000, 10)))
    provider.script("large", Reply(ANSWER, usage=(1000, 300)))
    turn = await ask(conversation)
    assert turn.only_draft_usd == Decimal("0.00102")
    assert turn.baseline_usd == Decimal("0.016")
    assert turn.saved_usd == Decimal("-0.00102")


async def test_a_price_changed_in_the_middle_changes_nothing_that_was_asked(
    provider: Loopback, conversation: Conversation
) -> None:
    provider.script("small", Reply(ANSWER, usage=(1000, 100), delay_s=0.3))
    turn = await ask(conversation, provider, input=5, output=5)
    assert turn.total_usd == Decimal("0.0012")
    after = await ask(conversation)
    assert after.total_usd == Decimal("0.0055")
    await turn.arefresh_from_db()
    assert turn.total_usd == Decimal("0.0012")


async def test_writes_to_a_cache_and_tiers_are_priced_and_kept(
    provider: Loopback, conversation: Conversation
) -> None:
    config = await ModelConfig.objects.aget(name="small")
    tiers = [{"above": 500, "input": "4", "output": "8", "cached_input": "1", "cache_write": "5"}]
    await Price.objects.acreate(model_config=config, input=2, output=4, tiers=tiers)
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "prompt_tokens_details": {"cached_tokens": 600},
    }
    finish = {"choices": [{"index": 0, "delta": {"content": ANSWER}, "finish_reason": "stop"}]}
    provider.script("small", Reply(raw=[event(finish | {"usage": usage}), b"data: [DONE]\n\n"]))
    turn = await ask(conversation)
    row = await turn.attempts.aget()
    assert (row.input_tokens, row.cached_input_tokens) == (1000, 600)
    assert row.cost_usd == Decimal("0.003")  # 400 at $4, 600 at $1, 100 at $8
    assert row.prices["tiers"] == tiers


async def test_a_turn_that_was_stopped_is_spent_and_saves_nothing(
    provider: Loopback, conversation: Conversation
) -> None:
    provider.script("small", Reply(ANSWER, pace_s=0.2))
    turn = await begin(conversation.id, uuid.uuid4(), "Why are there tides?")
    while not provider.requests:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    players[str(turn.id)].stop()
    turn = await ended(turn)
    assert (turn.status, turn.exactness) == ("stopped", "partial")
    assert turn.total_usd and turn.total_usd > 0
    assert (turn.baseline_usd, turn.only_draft_usd, turn.saved_usd) == (None, None, None)
    assert turn.first_token_ms is not None
