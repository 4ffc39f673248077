"""Prompts that somebody keeps: theirs alone, changed, deleted, taken back."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone

from chat.conversations import deletion, prompts
from chat.models import SavedPrompt
from chat.process.off_loop import off_loop
from tests.people import ALICE, BOB, amake_user, make_user

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Translate into {{language}}: {{text}}"


def client(name: str = ALICE) -> Client:
    client = Client()
    client.force_login(make_user(name))
    return client


def saved(name: str = "Translate", text: str = TEXT) -> SavedPrompt:
    return SavedPrompt.objects.create(user=make_user(), name=name, text=text)


def test_a_prompt_is_saved_and_in_the_menu() -> None:
    alice = client()
    answer = alice.post("/prompts/", {"name": " Trans  late ", "text": TEXT + "\r\n"})
    assert answer.status_code == 302
    kept = SavedPrompt.objects.get()
    assert (kept.name, kept.text) == ("Trans late", TEXT + "\n")
    menu = alice.get("/prompts/menu/").content.decode()
    assert 'role="option"' in menu and f'data-text="{TEXT}' in menu
    assert client(BOB).get("/prompts/menu/").content.decode().strip() == ""


@pytest.mark.parametrize(
    ("name", "text", "refusal"),
    [
        ("", "Text", "This field is required."),
        ("Name", " \n", "Write the prompt first."),
        ("Name", "x" * 16_001, "That is 16,001 characters; the most is 16,000. Shorten it."),
        ("x" * 81, "Text", "at most 80 characters"),
        ("Name", "a\0b", "Null characters are not allowed."),
    ],
    ids=["no name", "no text", "long text", "long name", "NUL"],
)
def test_what_cannot_be_kept_comes_back_as_it_was_typed(name: str, text: str, refusal: str) -> None:
    answer = client().post("/prompts/", {"name": name, "text": text})
    assert answer.status_code == 400 and refusal in answer.content.decode()
    assert not SavedPrompt.objects.exists()


def test_a_prompt_is_changed() -> None:
    prompt = saved()
    alice = client()
    assert TEXT in alice.get(f"/prompts/{prompt.id}/").content.decode()
    alice.post(f"/prompts/{prompt.id}/", {"name": "Into German", "text": "Hallo"})
    prompt.refresh_from_db()
    assert (prompt.name, prompt.text) == ("Into German", "Hallo")


def test_deleting_can_be_taken_back_for_a_while() -> None:
    prompt = saved()
    alice = client()
    page = alice.post(f"/prompts/{prompt.id}/delete/", follow=True).content.decode()
    assert '<q dir="auto">Translate</q>' in page
    assert not prompts.of(make_user()).exists()
    assert alice.get(f"/prompts/{prompt.id}/").status_code == 404
    async_to_sync(deletion.remove_expired)()
    alice.post(f"/prompts/{prompt.id}/undo/")
    assert prompts.of(make_user()).get() == prompt

    long_ago = timezone.now() - timedelta(seconds=deletion.GRACE_S + 1)
    SavedPrompt.objects.update(deleted_at=long_ago)
    assert alice.post(f"/prompts/{prompt.id}/undo/").status_code == 404
    async_to_sync(deletion.remove_expired)()
    assert not SavedPrompt.objects.exists()


@pytest.mark.parametrize("what", ["", "delete/", "undo/"])
def test_bob_does_nothing_to_alices_prompts(what: str) -> None:
    prompt = saved()
    if what == "undo/":
        prompts.delete(make_user(), prompt.id)
    before = SavedPrompt.objects.values().get()
    answer = client(BOB).post(f"/prompts/{prompt.id}/{what}", {"name": "Mine", "text": "Mine"})
    assert answer.status_code == 404
    assert SavedPrompt.objects.values().get() == before
    assert "Translate" not in client(BOB).get("/prompts/").content.decode()


def test_no_two_have_one_name_since_the_menu_could_not_tell_them_apart() -> None:
    first, other, alice = saved(), saved("Shorten"), client()
    for address in ("/prompts/", f"/prompts/{other.id}/"):
        answer = alice.post(address, {"name": " Translate", "text": "Another text"})
        page = answer.content.decode()
        assert answer.status_code == 400 and "another prompt of that name" in page
        assert "Another text" in page
    assert set(prompts.of(make_user())) == {first, other}
    alice.post(f"/prompts/{first.id}/", {"name": "Translate", "text": "In other words"})
    first.refresh_from_db()
    assert first.text == "In other words"
    client(BOB).post("/prompts/", {"name": "Translate", "text": TEXT})
    assert prompts.of(make_user(BOB)).exists()


def test_a_prompt_that_is_saved_twice_is_kept_once() -> None:
    alice = client()
    for _ in range(2):
        assert alice.post("/prompts/", {"name": "Translate", "text": TEXT}).status_code == 302
    assert prompts.of(make_user()).get().text == TEXT


def test_a_deleted_prompt_waits_until_its_name_is_free_again() -> None:
    first, alice = saved(), client()
    alice.post(f"/prompts/{first.id}/delete/")
    alice.post("/prompts/", {"name": "Translate", "text": "Another"})
    answer = alice.post(f"/prompts/{first.id}/undo/")
    assert answer.status_code == 400 and "another prompt of that name" in answer.content.decode()
    second = prompts.of(make_user()).get()
    alice.post(f"/prompts/{second.id}/", {"name": "Translate too", "text": "Another"})
    assert alice.post(f"/prompts/{first.id}/undo/").status_code == 302
    assert prompts.of(make_user()).count() == 2


async def test_however_often_it_is_sent_at_once_there_is_one_of_a_name() -> None:
    user = await amake_user()
    keep = partial(off_loop(prompts.keep), user, "Translate")
    await asyncio.gather(*(keep(f"Text {n}") for n in range(5)), return_exceptions=True)
    assert await prompts.of(user).acount() == 1


def test_there_are_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "MOST", 1)
    first, alice = saved(), client()
    answer = alice.post("/prompts/", {"name": "Another", "text": "Text"})
    assert answer.status_code == 400 and "Delete one first." in answer.content.decode()
    alice.post(f"/prompts/{first.id}/delete/")
    alice.post("/prompts/", {"name": "Another", "text": "Text"})
    assert alice.post(f"/prompts/{first.id}/undo/").status_code == 400
    assert [kept.name for kept in prompts.of(make_user())] == ["Another"]
