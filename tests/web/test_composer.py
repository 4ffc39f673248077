"""What is sent with a question, and what it will about cost."""

import re
from decimal import Decimal

import pytest
from asgiref.sync import sync_to_async
from django.test import override_settings

from chat.costs.estimate import ANSWER_TOKENS, estimate
from chat.models import ATTACHMENT_LIMIT, Attempt, Conversation, Turn
from tests.costs.ledgers import add_turn
from tests.people import (
    ALICE,
    BOB,
    amake_cascade,
    amake_conversation,
    amake_user,
    make_conversation,
)
from tests.scripted import Scripted
from tests.turns.scenarios import GOOD
from tests.turns.test_turn_life import ended
from tests.web.test_consumer import socket
from tests.web.test_pages import browser, form

pytestmark = pytest.mark.django_db(transaction=True)


async def test_attached_texts_are_kept_sent_and_shown_folded(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    alice = await browser()
    attached = {
        "attachment_name": ["a.txt", "../<b>"],
        "attachment_text": ["One & one\r\n", "```\n"],
    }
    await alice.post(f"/c/{conversation.id}/turns/", form("What is this?", **attached))
    turn = await ended(await Turn.objects.aget())
    assert [item["name"] for item in turn.attachments] == ["a.txt", "..b"]
    sent = scripted.calls[0].messages[-1]["content"]
    assert sent == "What is this?\n\na.txt:\n```\nOne & one\n\n```\n\n..b:\n````\n```\n\n````"
    page = (await alice.get(f"/c/{conversation.id}/")).content.decode()
    assert "One &amp; one" in page and "10</span> characters" in page


async def test_what_is_typed_is_kept_for_whoever_typed_it() -> None:
    """By keys of the tab, which may be another's next."""
    kept = re.compile(r'data-draft="([^"]*)"')
    homes = set()
    for name in (ALICE, BOB):
        user = await amake_user(name)
        reader = await browser(user)
        [home] = kept.findall((await reader.get("/")).content.decode())
        there = f"/c/{(await amake_conversation(user)).id}/"
        page = (await reader.get(there)).content.decode()
        assert kept.findall(page) == [f"{user.pk}:{there}"]
        assert f'data-first-draft="{home}"' in page
        homes.add(home)
    assert len(homes) == 2


async def test_attached_texts_come_by_frame_as_well(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    async with socket(conversation) as reader:
        sent = form("What is this?", attachment_name="a.txt", attachment_text="One")
        await reader.tell(type="prompt", **sent)
        await reader.hear("complete")
    turn = await Turn.objects.aget()
    assert turn.attachments == [{"name": "a.txt", "text": "One"}]


@pytest.mark.parametrize(
    "attached",
    [["x" * (ATTACHMENT_LIMIT + 1)], ["x"] * 11, ["a\0b"], [7]],
    ids=["too long", "too many", "unstorable", "no text"],
)
async def test_what_cannot_be_attached_gets_a_sentence(attached: list[object]) -> None:
    conversation = await amake_conversation()
    async with socket(conversation) as reader:
        await reader.tell(type="prompt", **form("Why?", attachment_text=attached))
        assert (await reader.hear("notice"))["notice"].endswith(".")
    assert await Turn.objects.acount() == 0


async def test_an_estimate_counts_what_came_before_and_prices_both_ends(
    scripted: Scripted,
) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    alice = await browser()
    address = f"/c/{conversation.id}/estimate/"
    first = (await alice.post(address, form("Why are there tides?"))).content.decode()
    assert "tokens" in first and "if the draft is kept" in first and "if not" in first
    kept = f"{(2 * ANSWER_TOKENS + 5) / 1_000_000:.4f}"
    assert f"${kept} if the draft is kept" in first
    await alice.post(f"/c/{conversation.id}/turns/", form("Why?"))
    await ended(await Turn.objects.aget())
    later = (await alice.post(address, form("Why are there tides?"))).content.decode()
    assert int(later.split()[0].removeprefix("≈&nbsp;")) > 40


def test_an_estimate_goes_by_answers_and_not_by_titles_nor_by_what_gave_no_word() -> None:
    conversation = make_conversation()
    turn = add_turn(conversation, "direct", tokens=(1000, 400))
    alone = estimate("Why?", conversation.cascade, conversation)
    for number, role, output_tokens in ((8, "title", 6), (9, "direct", 0)):
        Attempt.objects.create(
            turn=turn, number=number, role=role, settled=True, output_tokens=output_tokens
        )
    assert estimate("Why?", conversation.cascade, conversation) == alone
    assert alone.kept_usd == Decimal(alone.tokens + 2 * 400) / 1_000_000


async def test_an_estimate_says_what_is_too_long_and_nothing_of_nothing() -> None:
    await amake_cascade()
    alice = await browser()
    assert (
        "too long to send" in (await alice.post("/estimate/", form("x" * 16_001))).content.decode()
    )
    assert (await alice.post("/estimate/", form(" "))).content.decode().strip() == ""


async def test_an_unknown_price_is_no_number(scripted: Scripted) -> None:
    cascade = await amake_cascade(priced=False)
    said = (await (await browser()).post("/estimate/", form(cascade=cascade.id))).content.decode()
    assert "price unknown" in said and "$" not in said


async def test_bob_estimates_nothing_of_alices() -> None:
    conversation = await amake_conversation()
    bob = await browser(await amake_user(BOB))
    assert (await bob.post(f"/c/{conversation.id}/estimate/", form())).status_code == 404


async def test_a_first_prompt_takes_its_attached_texts_along(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    await amake_cascade()
    await (await browser()).post("/c/", form(attachment_name=["a"], attachment_text=["One"]))
    turn = await ended(await Turn.objects.aget())
    assert turn.attachments == [{"name": "a", "text": "One"}]
    assert await sync_to_async(Conversation.objects.count)() == 1


@pytest.mark.parametrize("prompt", ["Why?", "x" * 16_001], ids=["one too many", "too long"])
async def test_a_first_prompt_that_is_refused_keeps_its_attached_texts(prompt: str) -> None:
    await amake_cascade()
    sent = form(prompt, attachment_name=["a.txt", "b"], attachment_text=["One & one", "\nTwo\n"])
    with override_settings(SENDS_A_MINUTE=0):
        page = (await (await browser()).post("/c/", sent)).content.decode()
    kept = page.partition('id="attached"')[2].partition("</ul>")[0]
    assert "<b data-name>a.txt</b>" in kept and 'name="attachment_name" value="a.txt"' in kept
    # A newline at the beginning is the markup's.
    assert 'name="attachment_text" hidden>\nOne &amp; one</textarea>' in kept
    assert 'name="attachment_text" hidden>\n\nTwo\n</textarea>' in kept


@pytest.mark.parametrize("prompt", ["Why?", "x" * 16_001], ids=["one too many", "too long"])
async def test_a_first_prompt_that_is_refused_keeps_the_cascade_it_was_meant_for(
    prompt: str,
) -> None:
    made = [await amake_cascade(), await amake_cascade()]
    alice = await browser()
    for cascade in made:
        with override_settings(SENDS_A_MINUTE=0):
            page = await alice.post("/c/", form(prompt, cascade=cascade.pk))
        chosen = re.findall(r'<option value="(\d+)" selected>', page.content.decode())
        assert chosen == [str(cascade.pk)]
