"""Texts made to take long: whatever a model writes at length, the loop goes on with all else."""

import asyncio
import json
import random
import uuid

import pytest

from chat.cascade.providers.base import Finish, ToolFragment
from chat.models import ATTACHMENT_LIMIT, PROMPT_LIMIT, Conversation
from chat.render.frames import HtmlFrames
from chat.turns.begin import begin
from chat.turns.follow import LONGEST_PAUSE_S, Cursor, Viewer, pause_s
from chat.turns.state import Attachment
from chat.turns.window import Window
from tests.attacks.bombs import BOMBS
from tests.pace import steps
from tests.people import amake_conversation, aoffer
from tests.scripted import USAGE, Line, Scripted
from tests.turns.scenarios import GOOD
from tests.turns.test_turn_life import ended
from tests.web.test_pages import browser

pytestmark = pytest.mark.django_db(transaction=True)

SIZE, SMALL = 200_000, 1_500
ARGUMENTS = {
    "long": json.dumps({"expression": "1+" * (SIZE // 2)}),
    "deep": '{"a":' * (SIZE // 5),
    "wide": json.dumps({str(n): n for n in range(SIZE // 12)}),
    "digits": f'{{"a": {"9" * SIZE}}}',
}
LAG_S = 0.1 / 3
"""Of a machine three times as slow as that of the bounds: a tenth of a second."""


@pytest.mark.parametrize("bomb", BOMBS)
async def test_an_answer_of_200_kB_never_holds_the_loop(scripted: Scripted, bomb: str) -> None:
    text = BOMBS[bomb](SIZE)
    scripted.answers = {"small": [text], "large": [text[:SMALL], text[SMALL:]]}
    asked: Attachment = {"name": "a bomb", "text": text[:ATTACHMENT_LIMIT]}
    await shown_to_its_end(await amake_conversation(), f"Why? {text}"[:PROMPT_LIMIT], asked)


@pytest.mark.parametrize("arguments", ARGUMENTS)
async def test_a_call_of_200_kB_never_holds_the_loop(scripted: Scripted, arguments: str) -> None:
    written = ARGUMENTS[arguments]
    pieces = [written[start : start + 20_000] for start in range(0, len(written), 20_000)]
    call: list[Line] = [ToolFragment(0, "call_0", "calculate")]
    call += [ToolFragment(0, arguments=piece) for piece in pieces]
    scripted.answers = {"small": [[*call, Finish("tool_calls"), USAGE], GOOD], "large": GOOD}
    conversation = await amake_conversation()
    await aoffer("calculate")
    await shown_to_its_end(conversation)


async def shown_to_its_end(
    conversation: Conversation, prompt: str = "Why?", *attachments: Attachment
) -> None:
    """Asked while a page watches."""
    told = asyncio.Event()

    async def tell(frame: str) -> None:
        if "conversation-totals" in frame:
            told.set()

    viewer = Viewer(conversation.id, HtmlFrames(), tell, Window())
    with steps(LAG_S):
        turn = await begin(conversation.id, uuid.uuid4(), prompt, attachments)
        watching = asyncio.create_task(viewer.watch(Cursor()))
        async with asyncio.timeout(60):
            await told.wait()
        watching.cancel()
    assert (await ended(turn)).status == "completed"


def test_a_long_frame_is_followed_by_a_longer_pause_and_the_longest_by_a_bounded_one() -> None:
    assert pause_s(100) < pause_s(100_000) < pause_s(10_000_000) == LONGEST_PAUSE_S


DIFFERENT = {
    "shuffled": [" ".join(random.Random(n).choices("abcdefgh", k=9_000)) for n in (1, 2)],
    "alike": ["the " * 9_000, "a the " * 4_500],
    "long words": ["x" * SIZE, "y" * SIZE],
}


@pytest.mark.parametrize("texts", DIFFERENT)
async def test_no_page_about_a_long_answer_holds_the_loop(scripted: Scripted, texts: str) -> None:
    draft, answer = DIFFERENT[texts]
    scripted.answers = {"small": [draft, Finish("length")], "large": [answer]}
    conversation = await amake_conversation()
    turn = await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    reader = await browser()
    there = f"/c/{conversation.id}/"
    about = (f"/turns/{turn.id}/{page}" for page in ("compare/", "events/", "events.json"))
    with steps(LAG_S):
        for path in (there, f"{there}export.md", f"{there}export.json", *about):
            assert (await reader.get(path)).status_code == 200
        for typed in (draft[:15_000], draft):
            assert (await reader.post("/estimate/", {"prompt": typed})).status_code == 200
