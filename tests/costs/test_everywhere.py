"""Whatever happened to answers, in whatever order: what they cost is the same to the last digit
wherever it is told, from the receipt to the budget."""

import asyncio
import csv
import io
import json
import random
import re
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import lxml.html
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from prometheus_client import generate_latest

from chat.cascade.pricing import Usage
from chat.cascade.providers.base import Finish, Reported
from chat.conversations import deletion, sharing
from chat.conversations.portable.document import document
from chat.conversations.portable.reading import read, store
from chat.costs import tables
from chat.costs.budgets import room
from chat.costs.exports import as_csv, as_json
from chat.costs.groups import GROUPINGS
from chat.costs.selection import Selection
from chat.metrics.prometheus import Prometheus
from chat.models import (
    BESIDE,
    Attempt,
    Budget,
    Cascade,
    Conversation,
    ModelConfig,
    Price,
    Reservation,
    Scope,
    Spending,
    Turn,
)
from chat.turns import learn
from chat.turns.begin import begin, edit, retry
from chat.turns.fork import fork
from chat.turns.play import players
from chat.turns.stop import stop
from chat.turns.sweep import sweep
from chat.turns.use_draft import use_draft
from chat.turns.versions import show
from tests.people import amake_conversation, make_cascade, offer
from tests.scripted import Line, Scripted
from tests.turns.scenarios import BAD, GOOD, LOST, RENAME, SUM, WRONG_SUM, calls
from tests.turns.test_shadow import DRAFT, SAME
from tests.turns.test_shadow import SUM as COMPARABLE
from tests.turns.test_sweep import left_over
from tests.turns.test_turn_life import PROMPT, answered, ended

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

LIMIT = Decimal(1000)
PAGES_AFTER = 5  # acts, since they take the longest
NOTHING = Decimal(0)
Answers = dict[str, Any]


class Story:
    """A conversation to which things happen, and others that come of it."""

    def __init__(self, scripted: Scripted, conversation: Conversation) -> None:
        self.scripted, self.conversation = scripted, conversation
        self.user, self.cascade = conversation.user, conversation.cascade

    async def _played(self, turn: Turn) -> Turn:
        player = players.get(str(turn.id))
        turn = await ended(turn)
        if player:
            await asyncio.gather(player.task, return_exceptions=True)
        await asyncio.gather(*learn._lessons, return_exceptions=True)
        return await Turn.objects.select_related("conversation", "cascade").aget(id=turn.id)

    async def _asked(self, answers: Answers, prompt: str = PROMPT, **attached: Any) -> Turn:
        self._will_say(answers)
        turn = await begin(self.conversation.id, uuid.uuid4(), prompt, **attached)
        return await self._played(turn)

    def _will_say(self, answers: Answers) -> None:
        self.scripted.answers = answers
        self.scripted.calls.clear()

    async def _last(self) -> Turn:
        head = Conversation.objects.filter(id=self.conversation.id).values("head")
        return await Turn.objects.select_related("conversation", "cascade").aget(id__in=head)

    async def kept(self) -> None:
        await self._asked({"small": GOOD})

    async def set_aside(self) -> None:
        files = [{"name": "tides.txt", "text": "Tides are caused by the Moon. " * 20}]
        await self._asked({"small": BAD, "large": GOOD}, attachments=files)

    async def draft_broke(self) -> None:
        await self._asked({"small": [*GOOD[:2], LOST], "large": GOOD})

    async def failed(self) -> None:
        await self._asked({"small": BAD, "large": [*GOOD[:2], LOST]})

    async def draft_used(self) -> None:
        await use_draft(await self._asked({"small": BAD, "large": [LOST]}))

    async def billed_by_its_provider(self) -> None:
        stated = Reported(Usage(1000, 200, 400), Decimal("0.00001234567891234"))
        await self._asked({"small": [*GOOD, Finish("stop"), stated]})

    async def stopped(self) -> None:
        self._will_say({"small": [*GOOD[:2], asyncio.Event()]})
        turn = await begin(self.conversation.id, uuid.uuid4(), PROMPT)
        while not await Attempt.objects.filter(turn=turn).exclude(text="").aexists():
            await asyncio.sleep(0.02)
        await stop(await Turn.objects.select_related("conversation").aget(id=turn.id))
        await self._played(turn)

    async def interrupted(self) -> None:
        turn = await left_over(self.conversation, text="The Moon " * 100, user=self.user)
        async for spending in Spending.objects.all():
            held = {"spending": spending, "turn": turn, "number": 1, "usd": NOTHING}
            await Reservation.objects.acreate(**held)
        await Conversation.objects.filter(id=self.conversation.id).aupdate(head=turn)
        assert await sweep() == 1

    async def tools_ran(self) -> None:
        await self._with_tools([calls(SUM, WRONG_SUM), GOOD], allowed=True)

    async def tool_refused(self) -> None:
        await self._with_tools([calls(SUM, RENAME), GOOD], allowed=False)

    async def _with_tools(self, small: list[list[Line]], *, allowed: bool) -> None:
        chosen = Cascade.objects.filter(pk=self.conversation.cascade_id)
        await chosen.aupdate(tools=["calculate", "rename_conversation"])
        self._will_say({"small": small, "large": GOOD})
        turn = await begin(self.conversation.id, uuid.uuid4(), PROMPT)
        await answered(turn, allowed=allowed)
        await self._played(turn)
        await chosen.aupdate(tools=[])

    async def the_draft_alone(self) -> None:
        await self._again(only="draft")

    async def the_strongest_alone(self) -> None:
        await self._again(only="last")

    async def another_cascade(self) -> None:
        other = await Cascade.objects.exclude(pk=self.conversation.cascade_id).afirst()
        await self._again(cascade=other)

    async def _again(self, **how: Any) -> None:
        self._will_say({"small": BAD, "large": GOOD})
        last = await self._last()
        count = await Turn.objects.filter(parent=last.parent_id).acount()
        await self._played(await retry(last, seen=count, **how))

    async def edited(self) -> None:
        self._will_say({"small": GOOD})
        await self._played(await edit(await self._last(), f"Why {uuid.uuid4()}?"))

    async def another_version_shown(self) -> None:
        last = await self._last()
        found = Turn.objects.filter(conversation=self.conversation, parent=last.parent_id)
        await show(await found.select_related("conversation").order_by("created_at").afirst())

    async def another_price(self) -> None:
        """Of more digits than a cost has."""
        price = {"input": Decimal("0.1234567891"), "output": Decimal("3.0000000007")}
        for model in [model async for model in ModelConfig.objects.filter(name="small")]:
            await Price.objects.acreate(model_config=model, **price)
        await self._asked({"small": [*GOOD, Finish("stop"), Reported(Usage(1001, 207))]})

    async def free(self) -> None:
        await self._priced_otherwise({"input": NOTHING, "output": NOTHING})

    async def price_unknown(self) -> None:
        """No budget would allow it."""
        budgets = [budget async for budget in Budget.objects.all()]
        await Budget.objects.all().adelete()
        await self._priced_otherwise(None)
        for budget in budgets:
            budget.pk = None
            await budget.asave(force_insert=True)

    async def _priced_otherwise(self, price: dict[str, Decimal] | None) -> None:
        kept = [row async for row in Price.objects.all()]
        await Price.objects.all().adelete()
        async for model in ModelConfig.objects.filter(name="small"):
            if price:
                await Price.objects.acreate(model_config=model, **price)
        async for model in ModelConfig.objects.filter(name="large"):
            await Price.objects.acreate(model_config=model, input=Decimal(10), output=Decimal(20))
        await self._asked({"small": BAD, "large": GOOD})
        await Price.objects.all().adelete()
        await Price.objects.abulk_create(kept)

    async def compared_and_named(self) -> None:
        """A shadow check and a title, which belong to no answer."""
        chosen = Cascade.objects.filter(pk=self.conversation.cascade_id)
        await chosen.aupdate(shadow_percent=100, titles=True)
        await self._asked({"small": [DRAFT, ["Eggs"]], "large": SAME}, COMPARABLE)
        await chosen.aupdate(shadow_percent=0, titles=False)

    async def forked(self) -> None:
        await fork(await self._last())

    async def out_and_in_again(self) -> None:
        await sync_to_async(_imported)(self.user, self.conversation)

    async def shared(self) -> None:
        await sync_to_async(_shared)((await self._last()).conversation)

    async def deleted_and_taken_back(self) -> None:
        await deletion.delete(self.conversation)
        await deletion.undo(self.conversation)

    async def deleted(self) -> None:
        gone = self.conversation
        self.conversation = await amake_conversation(self.user, self.cascade)
        await self.kept()
        await deletion.delete(gone)
        await deletion.remove(Conversation.objects.filter(id=gone.id))

    async def deleted_while_it_was_answered(self) -> None:
        gone = self.conversation
        self.conversation = await amake_conversation(self.user, self.cascade)
        await self.kept()
        self._will_say({"small": [*GOOD[:2], asyncio.Event()]})
        turn = await begin(gone.id, uuid.uuid4(), PROMPT)
        while not await Attempt.objects.filter(turn=turn).exclude(text="").aexists():
            await asyncio.sleep(0.02)
        player = players[str(turn.id)]
        await sync_to_async(Conversation.objects.filter(id=gone.id).delete)()
        player.stop()
        await asyncio.gather(player.task, return_exceptions=True)
        await Spending.objects.all().adelete()  # what was held for it would be counted in full


def _imported(user: User, conversation: Conversation) -> None:
    store(user, read(json.dumps(document(conversation)).encode()))


def _shared(conversation: Conversation) -> None:
    """What strangers are shown."""
    for with_costs in (True, False):
        token = sharing.create(conversation, days=1, with_costs=with_costs)
        shown = strips(_page(Client(), f"/shared/{token}/"))
        costs = {id: usd for id, usd in _totals(conversation).items() if id in shown}
        assert shown == (costs if with_costs else dict.fromkeys(costs))


def _page(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200
    return lxml.html.document_fromstring(answer.content.decode())


ACTS: dict[str, Callable[[Story], Awaitable[None]]] = {
    name: act for name, act in vars(Story).items() if not name.startswith("_")
}


@pytest.fixture
def meters(monkeypatch: pytest.MonkeyPatch) -> Prometheus:
    meters = Prometheus()
    for module in ("chat.turns.ended", "chat.turns.follow"):
        monkeypatch.setattr(f"{module}.meters", meters)
    return meters


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens_every_sum_is_the_ledgers(
    scripted: Scripted, meters: Prometheus, settings: Any, seed: int
) -> None:
    settings.SENDS_A_MINUTE = settings.SENDS_A_MINUTE_OF_AN_ADDRESS = 1000
    conversation = await amake_conversation()
    await sync_to_async(make_cascade)()
    await sync_to_async(offer)()
    for scope in (Scope.GLOBAL, Scope.CONVERSATION):
        await Budget.objects.acreate(scope=scope, limit_usd=LIMIT)
    story = Story(scripted, conversation)
    acts = list(ACTS)
    random.Random(seed).shuffle(acts)
    await story.kept()
    for place, name in enumerate(acts, 1):
        await ACTS[name](story)
        periods = ["all"] if place % PAGES_AFTER == 0 else []
        await sync_to_async(agree)(story.user, f"after {name}", periods)
    await sync_to_async(agree)(story.user, "in the end", ["7", "30", "365"])
    await counted(meters)


def amount(rows: list[Any], name: str) -> Decimal:
    return sum((Decimal(row[name] or 0) for row in rows), NOTHING)


def agree(user: User, when: str, periods: list[str]) -> None:
    Told(user).agree(when, periods)


class Told:
    """What a reader, an operator and a program are told."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._client = Client()
        self._client.force_login(user)

    def agree(self, when: str, periods: list[str]) -> None:
        ledger = list(Attempt.objects.values("turn", "role", "cost_usd", "settled"))
        assert all(row["settled"] for row in ledger), when
        in_all = amount(ledger, "cost_usd")
        turns = list(Turn.objects.filter(is_copy=False).values("id", "conversation", "total_usd"))
        spent = amount(turns, "total_usd")
        of_turns = [row for row in ledger if row["turn"] and row["role"] not in BESIDE]
        for turn in turns:
            costs = [row["cost_usd"] for row in of_turns if row["turn"] == turn["id"]]
            assert turn["total_usd"] == (None if None in costs else sum(costs, NOTHING)), when
        self._budgets(in_all, when)
        for period in periods:
            self._pages(period, spent, amount(of_turns, "cost_usd"), in_all)
        self._exports(spent, amount(of_turns, "cost_usd"), in_all, when)
        for conversation in Conversation.objects.all():
            self._conversation(conversation, when)

    def _budgets(self, in_all: Decimal, when: str) -> None:
        for spending in Spending.objects.all():
            used = in_all
            if spending.scope == Scope.CONVERSATION:
                own = Attempt.objects.filter(turn__conversation=spending.key)
                used = amount(list(own.values("cost_usd")), "cost_usd")
            assert (spending.spent_usd, spending.reserved_usd) == (used, 0), (when, spending.scope)
        left = room(self._user)
        assert left and left.usd == LIMIT - in_all, when

    def _pages(self, period: str, spent: Decimal, of_attempts: Decimal, in_all: Decimal) -> None:
        """What was spent beside answers is in a table of its own."""
        for name in ("", *(f"by/{name}/" for name in GROUPINGS if name != "user"), "by/model/"):
            page = _page(self._client, f"/costs/{name}?period={period}")
            head = page.find('.//section[@class="summary"]//div[@data-kind="spent"]//data')
            assert Decimal(head.get("value")) == spent, name
            *tables, last = page.xpath('//table[@class="ledger"][.//td/data]')
            has_beside = page.find('.//section[@class="beside"]') is not None
            told = _spent(tables[0] if has_beside or tables else last)
            assert told == (of_attempts if name == "by/model/" else spent), name
            if name in ("", "by/model/"):
                beside = _spent(last) if has_beside else NOTHING
                assert of_attempts + beside == in_all, name

    def _exports(self, spent: Decimal, of_attempts: Decimal, in_all: Decimal, when: str) -> None:
        expected = dict.fromkeys(("conversations", *GROUPINGS), ("spent_usd", spent))
        expected |= {"turns": ("total_usd", spent), "model": ("spent_usd", in_all)}
        expected |= {"attempts": ("cost_usd", in_all)}
        assert expected.keys() == tables.TABLES.keys()
        selection = Selection.of(self._user)
        for name, (column, sum_usd) in expected.items():
            table = tables.TABLES[name]
            rows = json.loads("".join(as_json(table.columns, table.pages(selection))))
            text = "".join(as_csv(table.columns, table.pages(selection)))
            assert amount(rows, column) == sum_usd, (when, name)
            assert amount(list(csv.DictReader(io.StringIO(text))), column) == sum_usd, (when, name)

    def _conversation(self, conversation: Conversation, when: str) -> None:
        turns = list(conversation.turns.filter(is_copy=False))
        spent = sum((turn.total_usd or NOTHING for turn in turns), NOTHING)
        page = _page(self._client, f"/c/{conversation.id}/")
        head = page.xpath('//*[@id="conversation-totals"]/data/@value')
        assert [Decimal(told) for told in head] == ([spent] if turns else []), when
        shown = receipts(page)
        totals = _totals(conversation)
        assert shown == {id: usd for id, usd in totals.items() if id in shown}, when
        assert strips(page).items() >= shown.items(), when
        told = document(conversation)["turns"]
        if len(told) == len(turns):  # where some came from elsewhere, they cost nothing here
            assert amount(told, "total_usd") == spent, when


def _totals(conversation: Conversation) -> dict[str, Decimal | None]:
    return {str(turn.id): turn.total_usd for turn in conversation.turns.all()}


def receipts(page: Any) -> dict[str, Decimal | None]:
    """What those of a page come to, of which each adds up."""
    found = {}
    for receipt in page.xpath('//details[@class="receipt"]'):
        bill = receipt.find(".//table")
        costs = [_usd(cell) for cell in bill.xpath("tbody/tr/td[last()]")]
        total = _usd(bill.xpath("tfoot/tr[1]/td[last()]")[0])
        assert total == (None if None in costs else sum(costs, NOTHING))
        found[receipt.get("id").removeprefix("turn-").removesuffix("-receipt")] = total
    return found


def strips(page: Any) -> dict[str, Decimal | None]:
    """What those of a page say; None where that is nothing."""
    costs = page.xpath('//data[@class="strip-cost figure"]')
    ids = [cost.get("id").removeprefix("turn-").removesuffix("-cost") for cost in costs]
    said = [cost.get("value") for cost in costs]
    return {id: Decimal(usd) if usd else None for id, usd in zip(ids, said, strict=True)}


def _spent(table: Any) -> Decimal:
    """The first amount of each row."""
    return sum(map(Decimal, table.xpath("tbody/tr/td[data][1]/data/@value")), NOTHING)


def _usd(cell: Any) -> Decimal | None:
    """As a receipt has it, to the last digit."""
    text = "".join(cell.xpath("text() | *[not(self::small)]//text()")).strip()
    return None if text == "price unknown" else Decimal(re.sub(r"[^0-9.-]", "", text))


async def counted(meters: Prometheus) -> None:
    text = (await asyncio.to_thread(generate_latest, meters.registry)).decode()
    told = {
        model: float(value)
        for model, value in re.findall(r'^cascade_cost_usd_total{model="(\w+)"} (\S+)$', text, re.M)
    }
    ledger = Counter[str]()
    async for row in Attempt.objects.exclude(cost_usd=None):
        ledger[row.model] += float(row.cost_usd or 0)
    assert told == pytest.approx(dict(ledger), rel=1e-9)
