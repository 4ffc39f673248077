"""What Prometheus is told, and that the dashboard asks for nothing else."""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from django.utils import timezone
from prometheus_client import generate_latest

from chat import metrics
from chat.metrics import endpoint
from chat.metrics.looking import Looking
from chat.metrics.prometheus import Prometheus
from chat.models import Attempt, Conversation, Turn
from chat.process.off_loop import off_loop
from chat.turns import ended as ends
from chat.turns import follow, keep, play
from chat.turns.sweep import sweep
from chat.turns.unpaid import settle_unpaid
from tests.people import amake_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD
from tests.turns.test_shadow import OTHER
from tests.turns.test_shadow import taught as shadowed
from tests.turns.test_sweep import left_over
from tests.turns.test_turn_life import begun, ended

DASHBOARD = Path(__file__).parent.parent.parent / "ops" / "grafana.json"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meters(monkeypatch: pytest.MonkeyPatch) -> Prometheus:
    meters = Prometheus()
    meters.registry.register(Looking())
    for module in (ends, follow, endpoint):
        monkeypatch.setattr(module, "meters", meters)
    return meters


async def told(meters: Prometheus) -> str:
    """Asked in another thread, as by the endpoint."""
    return (await asyncio.to_thread(generate_latest, meters.registry)).decode()


def value(text: str, name: str) -> float:
    return float(re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[0])


async def test_a_turn_is_counted_with_its_tokens_and_cost(
    meters: Prometheus, scripted: Scripted
) -> None:
    scripted.answers = {"small": GOOD}
    turn = await ended(await begun(await amake_conversation()))
    while play.players:
        await asyncio.sleep(0)
    text = await told(meters)
    assert value(text, 'cascade_turns_total{status="completed",strategy="cascade"}') == 1
    counted = 'cascade_attempts_total{model="small",role="draft",status="accepted"}'
    assert value(text, counted) == 1
    assert value(text, 'cascade_tokens_total{kind="output",model="small"}') == 200
    cost = Decimal(str(value(text, 'cascade_cost_usd_total{model="small"}')))
    assert cost == turn.total_usd
    assert value(text, "cascade_first_token_seconds_count") == 1


async def test_a_turn_that_lost_its_player_is_counted_with_what_it_cost(
    meters: Prometheus,
) -> None:
    await left_over(await amake_conversation(), text="The Moon " * 100)
    assert await sweep() == 1
    text = await told(meters)
    assert value(text, 'cascade_turns_total{status="interrupted",strategy=""}') == 1
    assert value(text, 'cascade_tokens_total{kind="output",model="small"}') == 200
    assert value(text, 'cascade_cost_usd_total{model="small"}') == pytest.approx(0.000405)


async def test_an_end_that_was_not_kept_is_counted_by_whoever_sweeps_it_alone(
    meters: Prometheus, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_taken(keeper: keep.Keeper) -> bool:
        return False

    monkeypatch.setattr(keep.Keeper, "end", is_taken)
    scripted.answers = {"small": GOOD}
    await begun(await amake_conversation())
    while play.players:
        await asyncio.sleep(0.01)
    assert "cascade_turns_total{" not in await told(meters)


async def test_what_is_asked_beside_a_turn_is_counted_with_what_it_cost(
    meters: Prometheus, scripted: Scripted
) -> None:
    await shadowed(scripted, OTHER)
    text = await told(meters)
    counted = 'cascade_attempts_total{model="large",role="shadow",status="answered"}'
    assert value(text, counted) == 1
    assert value(text, 'cascade_cost_usd_total{model="large"}') == pytest.approx(0.014)
    assert value(text, 'cascade_turns_total{status="completed",strategy="cascade"}') == 1


async def test_a_turn_that_was_deleted_while_it_was_played_is_counted(
    meters: Prometheus, scripted: Scripted
) -> None:
    scripted.answers = {"small": BAD, "large": [*GOOD, asyncio.Event()]}
    turn = await begun(await amake_conversation())
    while not await Attempt.objects.filter(turn=turn, role="verifier").exclude(text="").aexists():
        await asyncio.sleep(0.01)
    player = play.players[str(turn.id)]
    await Conversation.objects.all().adelete()
    player.stop()
    await player.task
    costs = {row.model: float(row.cost_usd or 0) async for row in Attempt.objects.all()}
    text = await told(meters)
    for model, cost_usd in costs.items():
        found = value(text, f'cascade_cost_usd_total{{model="{model}"}}')
        assert found == pytest.approx(cost_usd) and found > 0


async def test_what_nobody_settled_is_counted_by_whoever_does(meters: Prometheus) -> None:
    turn = await left_over(await amake_conversation(), text="The Moon " * 100, role="shadow")
    await Attempt.objects.aupdate(created_at=timezone.now() - timedelta(seconds=1000))
    await Turn.objects.filter(id=turn.id).aupdate(status="completed")
    assert await off_loop(settle_unpaid)() == 1
    text = await told(meters)
    assert value(text, 'cascade_cost_usd_total{model="small"}') == pytest.approx(0.000405)


async def test_turns_under_way_are_seen_and_nothing_that_was_asked(
    meters: Prometheus, scripted: Scripted
) -> None:
    scripted.answers = {"small": ["The Moon ", asyncio.Event()]}
    turn = await begun(await amake_conversation(), "A private question")
    while not scripted.open:
        await asyncio.sleep(0.01)
    text = await told(meters)
    assert value(text, "cascade_players") == 1
    assert value(text, "cascade_database_up") == 1
    assert value(text, "cascade_log_events") >= 2
    [closed] = re.findall(r"cascade_breakers\{(.*)closed.\} 1.0", text)
    assert "small" in closed
    assert "private" not in text and str(turn.id) not in text


async def test_a_database_that_is_away_is_a_figure_and_no_error(
    meters: Prometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from chat.metrics import looking

    class Away:
        def filter(self, *_: object) -> None:
            raise OperationalError("gone away")

    monkeypatch.setattr(looking.Turn, "objects", Away())
    assert value(await told(meters), "cascade_database_up") == 0


async def test_a_loop_that_is_blocked_is_seen(meters: Prometheus) -> None:
    watching = asyncio.create_task(endpoint.watch_the_loop())
    await asyncio.sleep(0)
    threading.Event().wait(2 * endpoint.WATCH_S)
    await asyncio.sleep(0.01)
    watching.cancel()
    assert value(await told(meters), "cascade_loop_lag_seconds_sum") > endpoint.WATCH_S / 2


def names_in(text: str) -> set[str]:
    return set(re.findall(r"\b(?:cascade|process)_\w+", text))


async def test_the_dashboard_asks_for_what_there_is_and_for_all_of_ours(
    meters: Prometheus, scripted: Scripted, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chat.metrics import looking

    settings.REDIS_URL = "redis://127.0.0.1:1"
    scripted.answers = {"small": GOOD}
    await ended(await begun(await amake_conversation()))
    there = names_in(re.sub(r"(?m)^(?:#|\w+_created\b).*$", "", await told(meters)))
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = names_in(" ".join(target["expr"] for panel in panels for target in panel["targets"]))
    assert asked <= there
    ours = {re.sub(r"_(?:sum|count|bucket)$", "", name) for name in there}
    shown = {re.sub(r"_bucket$", "", name) for name in asked}
    assert {name for name in ours if name.startswith("cascade_")} <= shown
    assert looking._redis_answers() is False


@pytest.fixture(params=["127.0.0.1", "[::1]"])
def served(request: pytest.FixtureRequest, meters: Prometheus, settings) -> Iterator[str]:
    settings.METRICS_TOKEN = "a token"
    server = endpoint.serving(request.param, 0, meters)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{request.param}:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_endpoint_wants_its_token(served: str) -> None:
    assert httpx.get(f"{served}/metrics").status_code == 401
    right = {"Authorization": "Bearer a token"}
    assert (
        httpx.get(f"{served}/metrics", headers={"Authorization": b"Bearer \xe9"}).status_code == 401
    )
    assert "cascade_players" in httpx.get(f"{served}/metrics", headers=right).text
    assert httpx.get(f"{served}/elsewhere", headers=right).status_code == 404


def test_without_an_address_nothing_is_counted_or_imported() -> None:
    assert isinstance(metrics.meters, metrics.Unread)
