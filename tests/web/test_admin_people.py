"""People on the desk: who comes in, what they may spend, and who read what they asked."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from chat.models import Budget, Conversation, Reading, SavedPrompt, Tag, Turn
from tests.people import ALICE, BOB, make_conversation, make_user
from tests.web.test_admin import errors, inline, operator  # noqa: F401  # a fixture
from tests.web.test_desk import answered

pytestmark = pytest.mark.django_db

CANARY = "Where is the canary buried?"


def asked(user: User) -> Conversation:
    conversation = make_conversation(user)
    turn = answered(conversation)
    Turn.objects.filter(pk=turn.pk).update(prompt=CANARY)
    turn.attempts.update(text="Under the **oak**.")
    Conversation.objects.filter(pk=conversation.pk).update(head=turn, title=CANARY)
    return conversation


def allow(user: User) -> None:
    user.user_permissions.add(Permission.objects.get(codename="read_conversations"))


def path_of(conversation: Conversation) -> str:
    return f"/admin/chat/conversation/{conversation.pk}/change/"


def test_not_even_a_superuser_reads_conversations_by_default(operator: Client) -> None:  # noqa: F811
    conversation = asked(make_user(ALICE))
    assert operator.get(path_of(conversation)).status_code == 403
    assert operator.get("/admin/chat/conversation/").status_code == 403
    assert "/admin/chat/conversation/" not in operator.get("/admin/").content.decode()
    assert not Reading.objects.exists()


def test_who_may_read_does_and_that_is_kept(operator: Client) -> None:  # noqa: F811
    conversation = asked(make_user(ALICE))
    conversation.turns.update(attachments=[{"name": "pasted-1.txt", "text": "All of the map."}])
    allow(User.objects.get(username="operator"))
    listed = operator.get("/admin/chat/conversation/").content.decode()
    assert ALICE in listed
    assert CANARY not in listed
    assert not Reading.objects.exists()
    page = operator.get(path_of(conversation)).content.decode()
    assert CANARY in page
    assert "Under the <strong>oak</strong>." in page
    assert "All of the map." in page
    assert "<form" not in page
    assert "ws-connect" not in page
    [reading] = Reading.objects.all()
    assert (reading.reader_name, reading.owner_name) == ("operator", ALICE)
    assert reading.conversation == conversation
    assert "operator" in operator.get("/admin/chat/reading/").content.decode()


def test_a_conversation_has_no_page_that_tells_its_title_unseen(
    operator: Client,  # noqa: F811
) -> None:
    conversation = asked(make_user(ALICE))
    allow(User.objects.get(username="operator"))
    answer = operator.get(f"/admin/chat/conversation/{conversation.pk}/history/")
    assert (answer.status_code, CANARY in answer.content.decode()) == (404, False)


def test_who_deletes_a_user_sees_how_much_goes_with_them_and_no_word_of_it(
    operator: Client,  # noqa: F811
) -> None:
    user = make_user(ALICE)
    SavedPrompt.objects.create(user=user, name=CANARY, text="x")
    Tag.objects.create(user=user, name=CANARY)
    action = {"action": "delete_selected", "_selected_action": [user.pk]}
    for answer in (
        operator.get(f"/admin/auth/user/{user.pk}/delete/"),
        operator.post("/admin/auth/user/", action),
    ):
        page = answer.content.decode()
        assert ALICE in page and "Saved prompts: 1" in page and "Tags: 1" in page
        assert CANARY not in page


def test_who_cannot_delete_somebody_who_asked_something_is_told_what_can(
    operator: Client,  # noqa: F811
) -> None:
    user = asked(make_user(ALICE)).user
    action = {"action": "delete_selected", "_selected_action": [user.pk]}
    for answer in (
        operator.get(f"/admin/auth/user/{user.pk}/delete/"),
        operator.post("/admin/auth/user/", action),
    ):
        page = answer.content.decode()
        assert "manage.py delete_user" in page and "your account" not in page


def test_ones_own_conversation_is_no_reading_and_nothing_can_be_changed(
    operator: Client,  # noqa: F811
) -> None:
    me = User.objects.get(username="operator")
    allow(me)
    conversation = asked(me)
    assert operator.get(path_of(conversation)).status_code == 200
    assert not Reading.objects.exists()
    assert operator.post(f"/admin/chat/conversation/{conversation.pk}/delete/").status_code == 403
    assert operator.get("/admin/chat/conversation/not-an-id/change/").status_code in (302, 404)
    assert operator.get("/admin/chat/conversation/add/").status_code == 403


@pytest.mark.parametrize("staff", [False, True])
def test_a_reader_with_the_permission_reads_nothing_without_the_desk(staff: bool) -> None:
    conversation = asked(make_user(ALICE))
    bob = make_user(BOB)
    allow(bob)
    User.objects.filter(pk=bob.pk).update(is_staff=staff)
    client = Client()
    client.force_login(User.objects.get(pk=bob.pk))
    assert client.get(path_of(conversation)).status_code == (200 if staff else 302)


def form_of(user: User, **fields: Any) -> dict[str, Any]:
    return {
        "username": user.username,
        "is_active": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00",
        **inline("budget_set"),
        **fields,
    }


def test_a_budget_is_set_on_the_users_page(operator: Client) -> None:  # noqa: F811
    bob = make_user(BOB)
    path = f"/admin/auth/user/{bob.pk}/change/"
    fields = form_of(bob) | inline("budget_set", {"limit_usd": "2.5"})
    assert errors(operator, path, fields) == []
    budget = Budget.objects.get()
    assert (budget.scope, budget.user, budget.limit_usd) == ("user", bob, Decimal("2.5"))
    [sentence] = errors(operator, path, fields)
    assert sentence == "This user has a budget already: change its limit."
    bad = form_of(bob) | inline("budget_set", {"id": budget.pk, "limit_usd": "-1"})
    found = errors(operator, path, bad | {"budget_set-INITIAL_FORMS": 1})
    assert found == ["Ensure this value is greater than or equal to 0."]


def test_a_budget_that_was_removed_meanwhile_is_explained(operator: Client) -> None:  # noqa: F811
    """In a form from before it: what is said of the number of a row stands nowhere on the page."""
    bob = make_user(BOB)
    budget = Budget.objects.create(scope="user", user=bob, limit_usd=Decimal(2))
    old = form_of(bob) | inline("budget_set", {"id": budget.pk, "limit_usd": "2"})
    old |= {"budget_set-INITIAL_FORMS": 1}
    budget.delete()
    page = operator.post(f"/admin/auth/user/{bob.pk}/change/", old).content.decode()
    assert "A row here was removed meanwhile." in page


@pytest.mark.parametrize("right", ["is_active", "is_staff", "is_superuser"])
def test_an_operator_cannot_lock_themselves_out(operator: Client, right: str) -> None:  # noqa: F811
    me, other = User.objects.get(is_superuser=True), User.objects.create_superuser("other")
    for one, sentences in ((me, 1), (other, 0)):
        form = form_of(one, is_staff="on", is_superuser="on")
        del form[right]
        found = errors(operator, f"/admin/auth/user/{one.pk}/change/", form)
        assert found == ["You cannot take this from yourself. Another operator can."] * sentences
        one.refresh_from_db()
        assert getattr(one, right) is bool(sentences)


def test_a_user_is_made_reset_and_turned_off(operator: Client) -> None:  # noqa: F811
    word = "correct horse battery"
    fields = {"username": "carol", "usable_password": "true", "password1": word, "password2": word}
    assert errors(operator, "/admin/auth/user/add/", fields) == []
    carol = User.objects.get(username="carol")
    assert Client().login(username="carol", password=word)
    new = {"usable_password": "true", "password1": word + "!", "password2": word + "!"}
    operator.post(f"/admin/auth/user/{carol.pk}/password/", new)
    assert not Client().login(username="carol", password=word)
    signed_in = Client()
    assert signed_in.login(username="carol", password=word + "!")
    form = form_of(carol)
    del form["is_active"]
    assert errors(operator, f"/admin/auth/user/{carol.pk}/change/", form) == []
    assert signed_in.get("/").status_code == 302
    assert not Client().login(username="carol", password=word + "!")
