"""Operators' second factor: asked for at every door, and kept so that it is worth something."""

import io
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from chat.accounts import sign_in_links
from chat.accounts.sign_in_limits import OF_A_NAME_FROM_AN_ADDRESS
from tests.options.browsing import shown
from tests.options.totp import code

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough passphrase"


@pytest.fixture(autouse=True)
def root() -> User:
    cache.clear()
    return User.objects.create_superuser("root", password=PASSWORD, email="root@example.org")


def sign_in(client: Client, name: str = "root", **fields: str) -> Any:
    return client.post("/sign-in/", {"username": name, "password": PASSWORD, **fields})


def set_up(client: Client) -> str:
    """Returns the secret."""
    page = shown(client.get("/second-factor/set-up/"))
    [secret] = re.findall(r"<code[^>]*>([A-Z2-7]{32})<", page)
    answer = client.post("/second-factor/set-up/", {"code": code(secret)})
    assert answer["Location"] == "/second-factor/codes/"
    cache.clear()  # the code may be used again, as another would be half a minute later
    return secret


def recovery_codes(client: Client) -> list[str]:
    return re.findall(r"<li><code>(\d+)</code>", shown(client.get("/second-factor/codes/")))


@pytest.fixture
def secret() -> str:
    client = Client()
    assert sign_in(client).status_code == 302
    return set_up(client)


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_an_operator_without_one_is_led_to_set_it_up_before_the_desk() -> None:
    client = Client()
    assert sign_in(client)["Location"] == "/"
    assert is_in(client)
    for path in ("/admin/", "/admin/auth/user/", "/admin/setup/"):
        assert client.get(path)["Location"] == "/second-factor/set-up/"
    set_up(client)
    assert client.get("/admin/").status_code == 200


def test_a_reader_needs_none_and_may_have_one() -> None:
    User.objects.create_user("alice", password=PASSWORD)
    client = Client()
    sign_in(client, "alice")
    assert is_in(client)
    assert 'href="/second-factor/"' in shown(client.get("/"))
    set_up(client)
    client.post("/sign-out/")
    assert sign_in(client, "alice")["Location"] == "/sign-in/code/"


def test_the_password_alone_lets_nobody_in(secret: str) -> None:
    client = Client()
    assert sign_in(client)["Location"] == "/sign-in/code/"
    assert not is_in(client)
    assert client.get("/admin/").status_code == 302
    answer = client.post("/sign-in/code/", {"code": "000000"})
    assert "Incorrect code" in shown(answer) and not is_in(client)
    assert client.post("/sign-in/code/", {"code": code(secret)})["Location"] == "/"
    assert is_in(client) and client.get("/admin/").status_code == 200


def test_where_to_go_on_is_kept(secret: str) -> None:
    client = Client()
    sign_in(client, next="/costs/")
    assert client.post("/sign-in/code/", {"code": code(secret)})["Location"] == "/costs/"


def test_the_desk_has_no_door_of_its_own(secret: str) -> None:
    client = Client()
    assert client.get("/admin/login/?next=/admin/auth/")["Location"] == (
        "/sign-in/?next=%2Fadmin%2Fauth%2F"
    )
    fields = {"username": "root", "password": PASSWORD}
    assert client.post("/admin/login/", fields).status_code == 302
    assert not is_in(client)
    User.objects.create_user("alice", password=PASSWORD)
    sign_in(client, "alice")
    assert client.get("/admin/login/").status_code == 403


def test_after_a_link_the_desk_asks_for_the_code(secret: str, root: User) -> None:
    client = Client()
    root.refresh_from_db()
    assert client.post(sign_in_links.path_for(root)).status_code == 302
    way = client.get("/admin/auth/user/")["Location"]
    assert way == "/second-factor/code/?next=%2Fadmin%2Fauth%2Fuser%2F"
    answer = client.post(way, {"code": code(secret), "next": "/admin/auth/user/"})
    assert answer["Location"] == "/admin/auth/user/"
    assert client.get("/admin/auth/user/").status_code == 200


def test_a_code_works_once_and_not_for_long(secret: str) -> None:
    first, second = Client(), Client()
    sign_in(first)
    sign_in(second)
    now = code(secret)
    assert first.post("/sign-in/code/", {"code": now}).status_code == 302
    assert second.post("/sign-in/code/", {"code": now}).status_code == 200
    assert second.post("/sign-in/code/", {"code": code(secret, steps=-4)}).status_code == 200
    assert not is_in(second)


def test_guesses_of_codes_wait(secret: str) -> None:
    client = Client()
    sign_in(client)
    for _ in range(OF_A_NAME_FROM_AN_ADDRESS):
        assert "Incorrect code" in shown(client.post("/sign-in/code/", {"code": "000000"}))
    refused = client.post("/sign-in/code/", {"code": code(secret)})
    assert "Too many wrong tries. Wait 15 minutes" in shown(refused) and not is_in(client)


def test_a_recovery_code_lets_in_once() -> None:
    client = Client()
    sign_in(client)
    set_up(client)
    codes = recovery_codes(client)
    assert len(codes) == 10
    for worked in (True, False):
        other = Client()
        sign_in(other)
        other.post("/sign-in/code/", {"code": codes[0]})
        assert is_in(other) is worked
    assert codes[0] not in recovery_codes(client)


def test_who_has_used_all_recovery_codes_is_led_to_new_ones() -> None:
    client = Client()
    sign_in(client)
    set_up(client)
    used = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    used.data["used_mask"] = 2**10 - 1
    used.save()
    page = shown(client.get("/second-factor/codes/"))
    assert "All of them are used" in page and "I have kept them" not in page
    client.post("/second-factor/codes/new/")
    assert len(recovery_codes(client)) == 10


def test_it_is_shown_before_it_is_changed(secret: str, root: User) -> None:
    client = Client()
    root.refresh_from_db()
    client.post(sign_in_links.path_for(root))
    for path in ("codes/", "codes/new/", "remove/"):
        answer = client.get(f"/second-factor/{path}")
        assert answer["Location"].startswith("/second-factor/code/?next="), path
    client.post("/second-factor/remove/")
    assert Authenticator.objects.count() == 2
    client.post("/second-factor/code/", {"code": code(secret)})
    old = recovery_codes(client)
    client.post("/second-factor/codes/new/")
    assert old and not set(old) & set(recovery_codes(client))
    assert client.post("/second-factor/remove/").status_code == 302
    assert not Authenticator.objects.exists()


def test_the_secret_is_encrypted_and_can_be_rotated(secret: str, settings: Any) -> None:
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept and "gAAAA" in kept
    old, new = settings.FIELD_KEYS, Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, *old]
    call_command("rotate_keys", stdout=(out := io.StringIO()))
    assert out.getvalue() == "Encrypted anew: 2.\n"  # the secret, and the seed of recovery codes
    settings.FIELD_KEYS = [new]
    client = Client()
    sign_in(client)
    assert client.post("/sign-in/code/", {"code": code(secret)}).status_code == 302
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match=r"second factors of root: .* remove_second_factor"):
        call_command("rotate_keys", stdout=io.StringIO())


def test_a_lost_one_is_removed_by_command(secret: str) -> None:
    out = io.StringIO()
    call_command("remove_second_factor", "root", stdout=out)
    assert out.getvalue() == "Removed the second factor of root.\n"
    client = Client()
    assert sign_in(client)["Location"] == "/"
    with pytest.raises(CommandError, match="root has none"):
        call_command("remove_second_factor", "root")


def test_the_qr_code_is_an_image_of_its_own_for_who_sets_it_up() -> None:
    client = Client()
    sign_in(client)
    assert client.get("/second-factor/set-up/qr.svg").status_code == 404
    assert 'src="/second-factor/set-up/qr.svg"' in shown(client.get("/second-factor/set-up/"))
    image = client.get("/second-factor/set-up/qr.svg")
    assert image["Content-Type"] == "image/svg+xml" and b"<path" in image.content
    assert image["Cache-Control"] == "no-store"


def test_secrets_have_no_page_at_the_desk(secret: str) -> None:
    client = Client()
    sign_in(client)
    client.post("/sign-in/code/", {"code": code(secret)})
    for path in ("mfa/authenticator", "account/emailaddress", "socialaccount/socialapp"):
        assert client.get(f"/admin/{path}/").status_code == 404
