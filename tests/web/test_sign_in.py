"""Signing in: guesses are counted, whoever waits is told how long, cookies are kept to us."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.utils import timezone

from chat.accounts import sign_in_limits
from chat.accounts.sign_in_limits import OF_A_NAME, OF_A_NAME_FROM_AN_ADDRESS
from chat.accounts.whence import address_of
from chat.models import SignInTry

pytestmark = pytest.mark.django_db

RIGHT = "a long enough passphrase"


@pytest.fixture(autouse=True)
def alice() -> User:
    return User.objects.create_superuser("alice", password=RIGHT)


def guess(password: str, name: str = "alice", address: str = "192.0.2.1") -> HttpResponseBase:
    fields = {"username": name, "password": password}
    return Client().post("/sign-in/", fields, REMOTE_ADDR=address)


def said(answer: HttpResponseBase) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]  # a page


@pytest.mark.parametrize("name", ["alice", "ALICE", "nobody"])
def test_after_some_guesses_even_the_right_password_waits(name: str) -> None:
    for _ in range(OF_A_NAME_FROM_AN_ADDRESS):
        assert "Too many" not in said(guess("wrong", name))
    refused = guess(RIGHT, name)
    assert "Too many wrong tries. Wait 15 minutes, then try again." in said(refused)
    assert refused.status_code == 429
    SignInTry.objects.update(at=timezone.now() - timedelta(minutes=14))
    assert "Wait a minute" in said(guess("wrong", name))
    SignInTry.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert "Too many" not in said(guess("wrong", name))
    assert SignInTry.objects.count() == 1


def test_the_desk_has_no_door_of_its_own() -> None:
    client, fields = Client(), {"username": "alice", "password": RIGHT}
    for answer in (client.get("/admin/auth/user/"), client.post("/admin/login/", fields)):
        assert answer.status_code == 302
    way = client.get("/admin/login/?next=/admin/auth/user/")["Location"]
    assert way == "/sign-in/?next=%2Fadmin%2Fauth%2Fuser%2F"
    assert client.post(way, fields | {"next": "/admin/auth/user/"})["Location"] == (
        "/admin/auth/user/"
    )
    assert client.get("/admin/login/")["Location"] == "/admin/"
    client.force_login(User.objects.create_user("bob"))
    refused = client.get("/admin/auth/user/", follow=True)
    assert refused.status_code == 403 and "This is not yours to see" in said(refused)


def test_others_are_not_kept_out() -> None:
    for _ in range(OF_A_NAME_FROM_AN_ADDRESS + 1):
        guess("wrong")
    assert guess(RIGHT, address="192.0.2.2").status_code == 302


def test_a_right_password_is_forgotten_at_once() -> None:
    for _ in range(3 * OF_A_NAME_FROM_AN_ADDRESS):
        assert guess(RIGHT).status_code == 302
    assert not SignInTry.objects.exists()


def test_guesses_of_many_names_from_one_address_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_limits, "FROM_AN_ADDRESS", 3)
    for number in range(3):
        guess("wrong", f"name{number}")
    assert guess(RIGHT).status_code == 429


def test_guesses_of_one_name_from_many_addresses_wait() -> None:
    for number in range(OF_A_NAME):
        guess("wrong", address=f"198.51.100.{number}")
    assert guess(RIGHT).status_code == 429


def test_no_name_is_kept_as_it_was_typed() -> None:
    guess("x", "a password typed in the wrong field")
    assert "password" not in SignInTry.objects.get().name_digest


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_all_counted() -> None:
    def one(_: int) -> int:
        try:
            return guess("wrong").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(16)))
    assert answers.count(200) <= OF_A_NAME_FROM_AN_ADDRESS
    assert set(answers) <= {200, 429}


@pytest.mark.parametrize(
    ("https", "forwarded", "address"),
    [
        (False, "203.0.113.9", "192.0.2.1"),
        (True, "", "192.0.2.1"),
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (True, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (True, "::ffff:203.0.113.9", "203.0.113.9"),
        (True, "nonsense", ""),
    ],
)
def test_an_address_is_what_our_own_proxy_says(
    settings, https: bool, forwarded: str, address: str
) -> None:
    settings.HTTPS = https
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory(headers=headers).get("/", REMOTE_ADDR="192.0.2.1")
    assert address_of(request) == address


def test_cookies_are_for_this_site_and_not_for_scripts() -> None:
    client = Client()
    client.get("/sign-in/")
    client.post("/sign-in/", {"username": "alice", "password": RIGHT})
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["domain"]


def test_signing_in_gives_another_session() -> None:
    """A session that was planted before is worth nothing after."""
    client = Client()
    client.cookies["sessionid"] = planted = "planted0planted0planted0planted0"
    client.post("/sign-in/", {"username": "alice", "password": RIGHT})
    assert client.cookies["sessionid"].value not in ("", planted)


def signed_in(name: str = "alice") -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def change(client: Client, old: str, new: str = "quite another passphrase") -> HttpResponseBase:
    return client.post(
        "/password/", {"old_password": old, "new_password1": new, "new_password2": new}
    )


def test_a_reader_changes_their_password_and_is_signed_out_elsewhere() -> None:
    User.objects.create_user("bob", password=RIGHT)
    here, elsewhere = signed_in("bob"), signed_in("bob")
    assert 'href="/password/">bob</a>' in said(here.get("/"))
    assert "Change the password" in said(here.get("/password/"))
    changed = change(here, RIGHT)
    assert changed["Location"] == "/password/changed/"
    assert "The password is changed" in said(here.get("/password/changed/"))
    assert elsewhere.get("/")["Location"].startswith("/sign-in/")
    assert guess(RIGHT, "bob").status_code == 200
    assert guess("quite another passphrase", "bob").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "said_of_it"),
    [
        ("wrong", "quite another passphrase", "Your old password was entered incorrectly"),
        (RIGHT, "alice", "too similar to the username"),
        (RIGHT, "12345678", "too common"),
    ],
)
def test_a_password_that_is_refused_changes_nothing(old: str, new: str, said_of_it: str) -> None:
    assert said_of_it in said(change(signed_in(), old, new))
    assert guess(RIGHT).status_code == 302


def test_the_old_password_is_guessed_no_more_often_than_at_the_door() -> None:
    client = signed_in()
    for _ in range(OF_A_NAME_FROM_AN_ADDRESS):
        assert change(client, "wrong").status_code == 200
    refused = change(client, RIGHT)
    assert refused.status_code == 429 and "Too many wrong tries" in said(refused)
    assert guess(RIGHT, address="127.0.0.1").status_code == 429
    assert guess(RIGHT).status_code == 302


def test_the_desk_has_no_form_of_its_own_for_another_password() -> None:
    client = signed_in()
    desk, theirs = said(client.get("/admin/")), "/admin/password_change/"
    assert 'href="/password/"' in desk and theirs not in desk
    fields = {"old_password": "wrong", "new_password1": "n", "new_password2": "n"}
    for _ in range(OF_A_NAME_FROM_AN_ADDRESS + 1):
        assert client.post(theirs, fields)["Location"] == "/password/"
    assert client.get("/admin/password_change/done/")["Location"] == "/password/changed/"
    assert 'href="/admin/"' in said(client.get("/password/"))


def test_who_has_no_password_is_told_so() -> None:
    User.objects.create_user("carol")
    page = said(signed_in("carol").get("/password/"))
    assert "You have no password here" in page and 'type="password"' not in page
    assert "Ask whoever operates this server" in page and "/admin/" not in page


def test_an_operator_who_came_by_a_link_gives_themselves_a_password() -> None:
    dana = User.objects.create_superuser("dana")
    assert not dana.has_usable_password()
    client, way = signed_in("dana"), f"/admin/auth/user/{dana.pk}/password/"
    page = said(client.get("/password/"))
    assert f'href="{way}"' in page and "Ask whoever" not in page
    new = {"usable_password": "true", "password1": RIGHT, "password2": RIGHT}
    assert 'name="set-password"' in said(client.get(way))
    assert client.post(way, new | {"set-password": ""}).status_code == 302
    assert "Change the password" in said(client.get("/password/")), "still signed in"
    assert guess(RIGHT, "dana").status_code == 302
