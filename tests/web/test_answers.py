"""A closer look at an answer: beside its draft, and its raw events."""

import json
import uuid

import pytest

from chat.turns.begin import begin
from chat.turns.log import log
from tests.people import BOB, amake_conversation, amake_user
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD
from tests.turns.test_turn_life import ended
from tests.web.test_pages import browser

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_draft_set_aside_is_compared_with_the_answer(scripted: Scripted) -> None:
    scripted.answers = {"small": ["I cannot help with <that>."], "large": ["Ask <about> the Moon."]}
    turn = await ended(await begin((await amake_conversation()).id, uuid.uuid4(), "Why?"))
    alice = await browser()
    page = (await alice.get(f"/turns/{turn.id}/compare/")).content.decode()
    part = (await alice.get(f"/turns/{turn.id}/compare/", headers={"HX-Request": "true"})).content
    for html in (page, part.decode()):
        assert "<del>" in html and "<ins>" in html
        assert "&lt;about&gt;" in html and "&lt;that&gt;" in html
    assert b"<html" not in part


async def test_a_kept_draft_is_compared_with_nothing(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    turn = await ended(await begin((await amake_conversation()).id, uuid.uuid4(), "Why?"))
    alice = await browser()
    assert (await alice.get(f"/turns/{turn.id}/compare/")).status_code == 404


async def test_two_texts_too_long_are_not_compared_and_say_so(scripted: Scripted) -> None:
    scripted.answers = {"small": ["I cannot. " * 8_000], "large": ["word " * 15_000]}
    turn = await ended(await begin((await amake_conversation()).id, uuid.uuid4(), "Why?"))
    page = (await (await browser()).get(f"/turns/{turn.id}/compare/")).content.decode()
    assert "too long to be compared" in page


async def test_raw_events_come_from_the_log_and_then_from_what_was_kept(
    scripted: Scripted,
) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    turn = await ended(await begin((await amake_conversation()).id, uuid.uuid4(), "Why?"))
    alice, address = await browser(), f"/turns/{turn.id}/events"
    events = json.loads((await alice.get(f"{address}.json")).content)["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert (
        f"From the log: {len(events)} events" in (await alice.get(f"{address}/")).content.decode()
    )
    log.forget(str(turn.id))
    kept = json.loads((await alice.get(f"{address}.json")).content)["kept"]
    assert kept["attempts"][1]["text"] == "".join(GOOD)
    assert "The log is gone" in (await alice.get(f"{address}/")).content.decode()


async def test_bob_sees_none_of_it(scripted: Scripted) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    turn = await ended(await begin((await amake_conversation()).id, uuid.uuid4(), "Why?"))
    bob = await browser(await amake_user(BOB))
    for address in ("compare/", "events/", "events.json"):
        assert (await bob.get(f"/turns/{turn.id}/{address}")).status_code == 404
