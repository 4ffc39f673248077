"""R43: whatever happens to a turn in whatever order, every viewer ends with what a reload shows.

A machine of hypothesis plays readers, a model, sweepers and crashes at random. `STEPS=50000` in
the environment makes it go on for longer. Rules have no preconditions: whether a player has just
ended is a matter of time, and what hypothesis draws must not be.
"""

import asyncio
import contextlib
import copy
import json
import os
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chat.cascade.pace import Pace
from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import Finish, Text
from chat.models import LIVE, Attempt, Turn
from chat.render.frames import HtmlFrames, JsonFrames
from chat.turns import follow, history, play
from chat.turns import sweep as sweeping
from chat.turns.begin import Refused, begin, retry
from chat.turns.follow import Cursor, Viewer
from chat.turns.log import Log, MemoryLog
from chat.turns.redis_log import RedisLog
from chat.turns.state import TurnState
from chat.turns.stop import stop
from chat.turns.sweep import sweep
from chat.turns.window import Window
from tests.dom import Page
from tests.faults.viewer import Seen
from tests.people import amake_conversation
from tests.scripted import Scripted

STEPS = int(os.environ.get("STEPS", "1000"))
EXAMPLE = 50
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
LOGGING = (follow, history, play, sweeping)
AROUND = "".join(
    f'<div id="{name}"></div>'
    for name in (
        "announcer",
        "notice",
        "composer-action",
        "cascade-choice",
        "conversation-title",
        "conversation-totals",
        "cursor",
    )
)


class Model(Scripted):
    """Says what the machine wants it to, when it wants."""

    def __init__(self) -> None:
        super().__init__()
        self.words: asyncio.Queue[str] = asyncio.Queue()

    async def stream(self, request: Any, transport: Any) -> Any:
        self.calls.append(request)
        self.open += 1
        try:
            while word := await self.words.get():
                yield Text(word)
            yield Finish("stop")
        finally:
            self.open -= 1


class Reader:
    """A page (or a program) on the conversation, and where it has got to."""

    def __init__(self, conversation_id: uuid.UUID, *, is_page: bool) -> None:
        self.is_page = is_page
        empty = render_to_string("chat/_turns.html", {"turns": []})
        self.page = Page(f"<main>{empty}{AROUND}</main>")
        self.turns: dict[str, list[Seen]] = {}  # of a program: each as it was after every event
        self.cursor = ""
        self._conversation_id = conversation_id
        self.task: asyncio.Task[None] | None = None

    def connect(self) -> None:
        self.cut()
        window = Window()

        async def send(message: str) -> None:
            window.sent(message)
            window.received(window._received + 1)
            self._take(message)

        frames = HtmlFrames() if self.is_page else JsonFrames()
        viewer = Viewer(self._conversation_id, frames, send, window)
        self.task = asyncio.create_task(viewer.watch(Cursor.parse(self.cursor)))

    def cut(self) -> None:
        if self.task:
            self.task.cancel()

    def _take(self, message: str) -> None:
        if self.is_page:
            self.page.apply(message)
            self.cursor = self.page.value("cursor")
            return
        match told := json.loads(message):
            case {"type": "turn", "turn": turn}:
                self._forget(told)
                self.turns[turn] = [Seen(turn)]
            case {"type": "snapshot", "turn": turn}:
                self._forget(told)
                seen = copy.deepcopy(self.turns.get(turn, [Seen(turn)])[-1])
                seen.replace(told["state"])
                self.turns[turn] = [seen]
            case {"seq": _, "turn": turn}:
                self.turns[turn].append(copy.deepcopy(self.turns[turn][-1]))
                self.turns[turn][-1].take(told)
            case _:
                return
        self.cursor = f"{turn}:{self.turns[turn][-1].seq}"

    def _forget(self, told: dict[str, Any]) -> None:
        if told["replace"]:
            self.turns = {}

    def go_back(self, seq: int) -> None:
        """A page may say what it likes. A program, which goes on from there, was there."""
        turn = self.cursor.partition(":")[0]
        if self.is_page:
            self.cursor = f"{turn}:{seq}"
            return
        seen = [each for each in self.turns.get(turn, ()) if each.seq <= seq]
        self.turns = self.turns | {turn: seen} if seen else {}
        self.cursor = f"{turn}:{seen[-1].seq}" if seen else ""

    def shows(self, turns: list[TurnState]) -> bool:
        if self.is_page:
            render = render_to_string("chat/_turns.html", {"turns": turns})
            return self.page.html("turns") == Page(f"<main>{render}</main>").html("turns")
        return [self._known(turn.id) for turn in turns] == [
            (turn.status, turn.seq, {a.number: a.text for a in turn.attempts if a.text})
            for turn in turns
        ]

    def _known(self, turn_id: str) -> tuple[str, int, dict[int, str]] | None:
        if turn_id not in self.turns:
            return None
        seen = self.turns[turn_id][-1]
        return seen.status, seen.seq, seen.texts


class Life(RuleBasedStateMachine):
    new_log: Callable[[], Log] = MemoryLog

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.log = self.run(_called(type(self).new_log))
        for module in LOGGING:
            module.log = self.log  # type: ignore[attr-defined]
        self.model = Model()
        PROVIDERS["scripted"] = self.model.stream
        self.killed = 0
        self.conversation = self.run(amake_conversation())
        self.readers = [
            Reader(self.conversation.id, is_page=is_page) for is_page in (True, True, False)
        ]

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    @property
    def player(self) -> play.Player | None:
        return next(iter(play.players.values()), None)

    @rule(times=st.integers(1, 3))
    def ask(self, times: int) -> None:
        async def ask() -> None:
            client_id, prompt = uuid.uuid4(), "Why?"
            for _ in range(times):
                try:
                    await begin(self.conversation.id, client_id, prompt)
                except Refused as refusal:
                    assert refusal.code == "busy"
            await asyncio.sleep(0.005)

        self.run(ask())

    @rule()
    def ask_again(self) -> None:
        async def ask_again() -> None:
            last = await Turn.objects.filter(conversation=self.conversation).alast()
            if last is None or last.is_live or self.player is not None:
                return
            await retry(last)

        self.run(ask_again())

    @rule(
        words=st.lists(st.sampled_from(["one ", "**two** ", "\n\n", "```\n", "- x\n"]), min_size=1)
    )
    def write(self, words: list[str]) -> None:
        async def write() -> None:
            for word in words if self.player else ():
                self.model.words.put_nowait(word)
            await asyncio.sleep(0.01)

        self.run(write())

    @rule()
    def finish(self) -> None:
        async def finish() -> None:
            if self.player is not None:
                self.model.words.put_nowait("")
            await asyncio.sleep(0.02)

        self.run(finish())

    @rule(times=st.integers(1, 2))
    def stop(self, times: int) -> None:
        async def stop_it() -> None:
            for turn_id in list(play.players):
                for _ in range(times):
                    await stop(await Turn.objects.aget(id=turn_id))
            await asyncio.sleep(0.02)

        self.run(stop_it())

    @rule()
    def crash(self) -> None:
        """The player is gone without a word, as with its process; so is the log."""

        async def crash() -> None:
            if (player := self.player) is None:
                return
            turn_id = player._id
            player._keeper.now = player._keeper.end = _refused  # type: ignore[method-assign]
            await Turn.objects.filter(id=turn_id).aupdate(lease_until=None)
            player.task.cancel()
            await asyncio.gather(player.task, return_exceptions=True)
            self.log.forget(turn_id)
            self.killed += 1

        self.run(crash())

    @rule()
    def sweep(self) -> None:
        self.run(sweep())

    @rule(which=st.integers(0, 2))
    def connect(self, which: int) -> None:
        self.run(_at_once(self.readers[which].connect))

    @rule(which=st.integers(0, 2))
    def cut(self, which: int) -> None:
        self.run(_at_once(self.readers[which].cut))

    @rule(which=st.integers(0, 2), seq=st.integers(0, 9))
    def come_back_from(self, which: int, seq: int) -> None:
        """With a cursor of long ago, or of nobody."""
        reader = self.readers[which]
        reader.cut()
        reader.go_back(seq)
        self.run(_at_once(reader.connect))

    @invariant()
    def one_is_live_and_has_its_player(self) -> None:
        async def look() -> None:
            is_played = bool(play.players)  # before, for one may end while rows are read
            live = Turn.objects.filter(conversation=self.conversation, status__in=LIVE)
            leases = [until async for until in live.values_list("lease_until", flat=True)]
            assert len(leases) <= 1
            assert is_played or not any(leases)

        self.run(look())

    def teardown(self) -> None:
        try:
            self.run(self._settle())
        finally:
            if isinstance(self.log, RedisLog):
                self.run(self.log.close())
            self.runner.close()

    async def _settle(self) -> None:
        """Everything ends; then all agree."""
        for player in list(play.players.values()):
            player.stop()
            await asyncio.wait_for(asyncio.shield(player.task), 5)
        await sweep()
        for reader in self.readers:
            reader.connect()
        await self._agree()
        for reader in self.readers:
            reader.cut()
        await asyncio.sleep(0.01)
        assert self.model.open == 0
        mine = Attempt.objects.filter(turn__conversation=self.conversation)
        # Every call has its row. A row has no call where the turn ended between the two.
        ended_early = Turn.objects.filter(conversation=self.conversation).exclude(
            status="completed"
        )
        unasked = await mine.acount() - len(self.model.calls)
        assert 0 <= unasked <= await ended_early.acount()
        assert not await mine.filter(settled=False).aexists()

    async def _agree(self) -> None:
        turns = await history.states_of(self.conversation.id)
        assert not any(turn.is_live for turn in turns)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                while turns and not all(reader.shows(turns) for reader in self.readers):
                    await asyncio.sleep(0.02)
        for reader in self.readers:
            if reader.task and reader.task.done():
                reader.task.result()  # what broke it says more than what it lacks
        for reader in self.readers:
            assert not turns or reader.shows(turns), (reader.is_page, reader.cursor)


class RedisLife(Life):
    """After a crash the log of the turn is in Redis, as far as it got there."""

    new_log = staticmethod(lambda: RedisLog(REDIS, quiet_s=0.05))


async def _called(make: Callable[[], Log]) -> Log:
    return make()


async def _refused() -> bool:
    return False


async def _at_once(do: Any) -> None:
    do()
    await asyncio.sleep(0.005)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("life", "steps"), [(Life, STEPS), (RedisLife, STEPS // 4)])
def test_R43_in_any_order_viewers_end_with_what_a_reload_shows(
    monkeypatch: pytest.MonkeyPatch, life: type[Life], steps: int
) -> None:
    for module in LOGGING:
        monkeypatch.setattr(module, "log", module.log)  # type: ignore[attr-defined]
    monkeypatch.setattr("chat.turns.follow.showing", Pace(0.001))
    monkeypatch.setattr("chat.turns.follow.POLL_S", 0.05)
    monkeypatch.setattr("django.conf.settings.SENDS_A_MINUTE", 1_000_000)
    monkeypatch.setitem(PROVIDERS, "scripted", None)
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=max(1, steps // EXAMPLE),
            stateful_step_count=EXAMPLE,
            deadline=None,
            phases=[Phase.generate],  # a failed life takes seconds, too long to be made smaller
            suppress_health_check=list(HealthCheck),
        ),
    )
