"""A line that is cut again and again: nothing is missed, nothing comes twice."""

import asyncio
import json
import random
import uuid
from collections.abc import Callable
from itertools import islice

import pytest
from django.template.loader import render_to_string

from chat.cascade.pace import Pace
from chat.cascade.providers.base import Text
from chat.models import Conversation, Turn
from chat.turns import history
from chat.turns.begin import begin
from tests.dom import Page
from tests.people import amake_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, LONG
from tests.turns.test_turn_life import ended
from tests.web.test_consumer import socket

pytestmark = pytest.mark.django_db(transaction=True)

CUTS, MOST_READ = 5, 12


async def begun(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> tuple[Conversation, Turn, Callable[[], None]]:
    """What is returned last lets the model write on: so little that however slow a reader is, it is
    cut off more than `CUTS` times."""
    monkeypatch.setattr("chat.turns.play.JOIN_S", 0.001)
    monkeypatch.setattr("chat.turns.follow.showing", Pace(0.001))
    words = [word for line in LONG * 4 for word in line.split(" ")]
    holds = [asyncio.Event() for _ in words]
    lines = [
        part for pair in zip(words, holds, strict=True) for part in (Text(pair[0] + " "), pair[1])
    ]
    scripted.answers = {"small": BAD, "large": lines}
    held, at_once = iter(holds), len(holds) // ((CUTS + 1) * (MOST_READ + 1))

    def write_on() -> None:
        for hold in islice(held, at_once):
            hold.set()

    conversation = await amake_conversation()
    turn = await begin(conversation.id, uuid.uuid4(), "Why are there tides?")
    return conversation, turn, write_on


@pytest.mark.parametrize("seed", range(3))
async def test_a_program_that_is_cut_off_sees_every_event_once(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    conversation, turn, write_on = await begun(scripted, monkeypatch)
    rng, seen, cuts = random.Random(seed), [], 0
    while not seen or seen[-1]["type"] != "complete":
        query = f"?format=json&cursor={turn.id}:{len(seen)}"
        write_on()
        async with socket(conversation, query=query) as reader:
            for _ in range(rng.randint(0, MOST_READ)):
                message = json.loads(await reader.receive_from(timeout=20))
                write_on()
                if "seq" in message:
                    seen.append(message)
                    if message["type"] == "complete":
                        break
        cuts += 1
    assert [event["seq"] for event in seen] == list(range(1, len(seen) + 1))
    text = "".join(e["content"] for e in seen if e["type"] == "chunk" and e["attempt"] == 2)
    [state] = await history.states([str(turn.id)])
    assert state.attempts[1].text == text
    assert cuts > CUTS


@pytest.mark.parametrize("seed", range(3))
async def test_a_page_that_is_cut_off_ends_as_a_reload(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    conversation, turn, write_on = await begun(scripted, monkeypatch)
    rng = random.Random(seed)
    around = '<div id="turns"></div><p id="announcer"></p><p id="notice"></p>'
    around += (
        '<p id="composer-action"></p><p id="conversation-totals"></p><data id="cursor"></data>'
        '<select id="cascade-choice"></select>'
    )
    page, cursor, cuts = Page(f"<main>{around}</main>"), "", 0

    def has_ended() -> bool:
        return 'data-status="completed" id="turn-' in page.html("turns")

    while not has_ended():
        write_on()
        async with socket(conversation, query=f"?cursor={cursor}") as reader:
            for _ in range(rng.randint(1, MOST_READ)):
                page.apply(await reader.receive_from(timeout=20))
                write_on()
                if has_ended():
                    break
        cursor, cuts = page.value("cursor"), cuts + 1
    await ended(turn)
    [state] = await history.states([str(turn.id)])
    reloaded = Page(render_to_string("chat/_turn.html", {"turn": state}))
    assert page.html(f"turn-{turn.id}") == reloaded.html(f"turn-{turn.id}")
    assert cuts > CUTS
