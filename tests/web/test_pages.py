"""Pages and forms over HTTP: what works without JavaScript, and who may see what."""

import asyncio
import gzip
import re
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient, Client, RequestFactory
from django.views.defaults import server_error

from chat.models import Conversation, Turn
from chat.turns.begin import begin, edit
from tests.people import BOB, amake_cascade, amake_conversation, amake_user, aoffer
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD, RENAME, calls
from tests.turns.test_turn_life import ended

pytestmark = pytest.mark.django_db(transaction=True)


async def browser(user: User | None = None) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(user or await amake_user())
    return client


def form(prompt: str = "Why are there tides?", **fields: Any) -> dict[str, Any]:
    return {"prompt": prompt, "client_id": str(uuid.uuid4()), **fields}


async def test_a_first_prompt_begins_a_conversation(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    cascade = await amake_cascade()
    alice = await browser()
    answer = await alice.post("/c/", form(cascade=cascade.id))
    conversation = await Conversation.objects.aget()
    assert answer.status_code == 302
    assert answer["Location"] == f"/c/{conversation.id}/"
    await ended(await Turn.objects.aget())
    page = (await alice.get(answer["Location"])).content.decode()
    assert "Why are there tides?" in page
    assert "<strong>Moon</strong>" in page


async def test_a_form_sent_twice_begins_one_conversation(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    await amake_cascade()
    alice, sent = await browser(), form()
    for _ in range(2):
        assert (await alice.post("/c/", sent)).status_code == 302
    assert await Conversation.objects.acount() == 1
    await ended(await Turn.objects.aget())


@pytest.mark.parametrize("prompt", ["", " \n ", "x" * 16_001, "a\0b"])
async def test_a_bad_prompt_stores_nothing_and_keeps_what_was_typed(prompt: str) -> None:
    answer = await (await browser()).post("/c/", form(prompt))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert await Conversation.objects.acount() == 0


async def test_a_second_prompt_is_refused_and_kept(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", asyncio.Event()]}
    conversation = await amake_conversation()
    await begin(conversation.id, uuid.uuid4(), "First")
    answer = await (await browser()).post(f"/c/{conversation.id}/turns/", form("Second & last"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "An answer is already being written." in page
    assert "Second &amp; last</textarea>" in page


async def test_who_comes_for_another_version_is_told_and_led_to_it(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    first = await ended(await begin(conversation.id, uuid.uuid4(), "First"))
    other = await ended(await edit(first, "Other"))
    alice, there = await browser(), f"/c/{conversation.id}/?turn="

    page = (await alice.get(f"{there}{first.id}")).content.decode()
    show = f"/turns/{first.id}/show/"
    assert f'action="{show}#turn-{first.id}"' in page and "another version" in page
    for shown in (other.id, uuid.uuid4(), "x"):
        assert "another version of" not in (await alice.get(f"{there}{shown}")).content.decode()

    assert (await alice.post(show))["Location"] == f"/c/{conversation.id}/"
    page = (await alice.get(f"{there}{first.id}")).content.decode()
    assert f'id="turn-{first.id}"' in page and "another version of" not in page


async def test_a_retry_names_a_cascade_only_where_another_was_chosen(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    turn = await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    alice = await browser()
    named = '<input type="hidden" name="cascade"'
    assert named not in (await alice.get(f"/c/{conversation.id}/")).content.decode()
    assert named in (await alice.get(f"/turns/{turn.id}/retry/")).content.decode()


async def test_a_retry_by_form(scripted: Scripted) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await amake_conversation()
    turn = await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    answer = await (await browser()).post(f"/turns/{turn.id}/retry/")
    assert answer.status_code == 302
    again = await Turn.objects.exclude(id=turn.id).aget()
    assert (await ended(again)).prompt == "Why?"


@pytest.mark.parametrize(("said", "called"), [("allow", "Tides"), ("deny", "A conversation")])
async def test_a_tool_s_question_is_on_the_page_and_answered_by_form(
    scripted: Scripted, said: str, called: str
) -> None:
    scripted.answers = {"small": [calls(RENAME), GOOD]}
    conversation = await amake_conversation()
    await aoffer("rename_conversation")
    turn = await begin(conversation.id, uuid.uuid4(), "Rename it.")
    alice, page = await browser(), ""
    while "wants to use" not in page:
        page = (await alice.get(f"/c/{conversation.id}/")).content.decode()
    assert page.count(f'action="/turns/{turn.id}/answer/"') == 2
    sent = {"type": said, "call": "call_0"}
    answer = await alice.post(f"/turns/{turn.id}/answer/", sent)
    assert answer["Location"] == f"/c/{conversation.id}/"
    await ended(turn)
    again = await alice.post(f"/turns/{turn.id}/answer/", sent)
    assert again.status_code == 409
    assert "answered already" in again.content.decode()
    await conversation.arefresh_from_db()
    assert conversation.title == called


async def test_every_address_refuses_bob(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    turn = await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    bob = await browser(await amake_user(BOB))
    assert (await bob.get(f"/c/{conversation.id}/")).status_code == 404
    for path in (
        f"/c/{conversation.id}/turns/",
        f"/turns/{turn.id}/stop/",
        f"/turns/{turn.id}/retry/",
        f"/turns/{turn.id}/answer/",
        f"/turns/{turn.id}/thumb/",
        f"/turns/{turn.id}/edit/",
        f"/turns/{turn.id}/show/",
        f"/turns/{turn.id}/fork/",
        f"/c/{conversation.id}/cascade/",
    ):
        assert (await bob.post(path, form())).status_code == 404
    for path in (f"/turns/{turn.id}/retry/", f"/turns/{turn.id}/fork/"):
        assert (await bob.get(path)).status_code == 404
    assert "A conversation" not in (await bob.get("/")).content.decode()
    assert await Turn.objects.acount() == 1


async def test_every_address_asks_a_stranger_to_sign_in() -> None:
    conversation = await amake_conversation()
    stranger = AsyncClient()
    for path in ("/", f"/c/{conversation.id}/"):
        assert (await stranger.get(path))["Location"].startswith("/sign-in/")
    for path in ("/c/", f"/c/{conversation.id}/turns/", f"/turns/{uuid.uuid4()}/stop/"):
        assert (await stranger.post(path, form()))["Location"].startswith("/sign-in/")


async def test_who_was_signed_out_meanwhile_signs_in_to_go_on_where_they_were() -> None:
    conversation = await amake_conversation()
    alice = await browser()
    for here in (f"/c/{conversation.id}/", "/find/?q=why+%26+how"):
        back = {"next": here}
        page = (await alice.get(here)).content.decode()
        doors = re.findall(r'Signed out. <a href="([^"]+)"', page)
        assert doors and set(doors) == {f"/sign-in/?{urlencode(back, safe='/')}"}
        assert (await alice.get(doors[0]))["Location"] == here


async def test_a_form_s_address_leads_back_to_the_page() -> None:
    conversation = await amake_conversation()
    alice = await browser()
    assert (await alice.get("/c/"))["Location"] == "/"
    for address in ("edit", "show", "stop"):
        assert (await alice.get(f"/turns/{uuid.uuid4()}/{address}/"))["Location"] == "/"
    back = await alice.get(f"/c/{conversation.id}/turns/")
    assert back["Location"] == f"/c/{conversation.id}/"
    assert (await alice.get("/sign-out/")).status_code == 405
    assert await Turn.objects.acount() == 0


def test_what_broke_is_said_in_the_product_s_look_with_nothing_to_ask() -> None:
    page = server_error(RequestFactory().get("/")).content.decode()
    assert "Something broke on our side" in page
    assert 'class="page-card"' in page and "css/page.css" in page and "<script" not in page


async def test_styles_and_scripts_are_sent_packed_to_who_can_unpack() -> None:
    client, address = AsyncClient(), "/static/css/tokens.css"
    plain = await client.get(address)
    packed = await client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain
    assert gzip.decompress(packed.content) == plain.content
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content)


async def test_forms_without_a_token_are_refused() -> None:
    alice = AsyncClient(enforce_csrf_checks=True)
    await alice.aforce_login(await amake_user())
    assert (await alice.post("/c/", form())).status_code == 403


class TestSignInLink:
    @pytest.fixture
    def link(self) -> str:
        from chat.accounts import sign_in_links

        return sign_in_links.path_for(User.objects.create_superuser("operator"))

    def test_it_signs_in_once(self, link: str) -> None:
        browser, other = Client(), Client()
        assert browser.get(link).status_code == 200
        assert other.get(link).status_code == 200
        assert browser.post(link)["Location"] == "/"
        assert browser.get("/").status_code == 200
        assert other.post(link).status_code == 404
        assert other.get("/").status_code == 302

    def test_looking_at_it_signs_nobody_in(self, link: str) -> None:
        browser = Client()
        browser.get(link)
        assert browser.get("/").status_code == 302

    def test_a_link_that_was_changed_is_refused(self, link: str) -> None:
        for changed in (link[:-2] + "x/", "/sign-in/AAAA/x-y/", "/sign-in/%20/x/"):
            assert Client().post(changed).status_code == 404

    def test_a_disabled_user_is_not_signed_in(self, link: str) -> None:
        User.objects.update(is_active=False)
        assert Client().post(link).status_code == 404


async def test_the_page_of_an_empty_installation_says_what_to_do() -> None:
    page = (await (await browser()).get("/")).content.decode()
    assert "What would you like to know?" in page
