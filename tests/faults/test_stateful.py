"""R43: whatever happens to a turn in whatever order, every viewer ends with what a reload shows.

A machine of hypothesis plays readers, a model, sweepers and crashes at random. `STEPS=50000` in
the environment makes it go on for longer. Rules have no preconditions: whether a player has just
ended is a matter of time, and what hypothesis draws must not be.
"""

import asyncio
import contextlib
import json
import os
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.template.loader import render_to_string
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import Finish, Text
from chat.models import LIVE, Attempt, Turn
from chat.render.frames import HtmlFrames, JsonFrames
from chat.turns import history, play
from chat.turns.begin import Refused, begin, retry
from chat.turns.events import TERMINAL
from chat.turns.follow import Cursor, Viewer
from chat.turns.log import log
from chat.turns.stop import stop
from chat.turns.sweep import sweep
from chat.turns.window import Window
from tests.dom import Page
from tests.people import amake_conversation
from tests.scripted import Scripted

STEPS = int(os.environ.get("STEPS", "1000"))
EXAMPLE = 50
AROUND = "".join(
    f'<div id="{name}"></div>'
    for name in (
        "announcer",
        "notice",
        "composer-action",
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
        listed = f'<div id="listed-{conversation_id}"></div>'
        self.page = Page(f"<main>{empty}{AROUND}{listed}</main>")
        self.events: dict[str, list[dict[str, Any]]] = {}
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
        told = json.loads(message)
        if told["type"] == "snapshot":
            self.events[told["turn"]] = []
            self.cursor = f"{told['turn']}:{told['state']['seq']}"
        elif "seq" in told:
            seen = self.events.setdefault(told["turn"], [])
            assert not seen or told["seq"] == seen[-1]["seq"] + 1
            assert not seen or seen[-1]["type"] not in TERMINAL
            seen.append(told)
            self.cursor = f"{told['turn']}:{told['seq']}"


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
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
            try:
                await retry(last)
            except Refused as refusal:
                assert refusal.code == "not_last"

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
            log.forget(turn_id)
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
        if not reader.is_page:
            reader.events = {}
        reader.cursor = reader.cursor.partition(":")[0] + f":{seq}"
        self.run(_at_once(reader.connect))

    @invariant()
    def one_is_live_and_has_its_player(self) -> None:
        async def look() -> None:
            live = Turn.objects.filter(conversation=self.conversation, status__in=LIVE)
            leases = [until async for until in live.values_list("lease_until", flat=True)]
            assert len(leases) <= 1
            assert play.players or not any(leases)

        self.run(look())

    def teardown(self) -> None:
        try:
            self.run(self._settle())
        finally:
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
        shown = await sync_to_async(history.shown_ids)(self.conversation.id)
        turns = await history.states(shown)
        assert not any(turn.is_live for turn in turns)
        reloaded = Page(f"<main>{render_to_string('chat/_turns.html', {'turns': turns})}</main>")
        pages = [reader.page for reader in self.readers if reader.is_page and turns]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                while any(page.html("turns") != reloaded.html("turns") for page in pages):
                    await asyncio.sleep(0.02)
        for reader in self.readers:
            if reader.task and reader.task.done():
                reader.task.result()  # what broke it says more than what it lacks
        for page in pages:
            assert page.html("turns") == reloaded.html("turns")


async def _refused() -> bool:
    return False


async def _at_once(do: Any) -> None:
    do()
    await asyncio.sleep(0.005)


@pytest.mark.django_db(transaction=True)
def test_R43_in_any_order_viewers_end_with_what_a_reload_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chat.turns.follow.FRAME_S", 0.001)
    monkeypatch.setattr("chat.turns.follow.POLL_S", 0.05)
    monkeypatch.setitem(PROVIDERS, "scripted", None)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=max(1, STEPS // EXAMPLE),
            stateful_step_count=EXAMPLE,
            deadline=None,
            phases=[Phase.generate],  # a failed life takes seconds, too long to be made smaller
            suppress_health_check=list(HealthCheck),
        ),
    )
