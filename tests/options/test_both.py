"""Signing in elsewhere, with a second factor here."""

import pytest
from django.test import Client

from tests.options.browsing import come, shown, user_of
from tests.options.oidc_server import OidcServer
from tests.options.test_second_factor import is_in, root, secret, set_up
from tests.options.totp import code

pytestmark = pytest.mark.django_db

__all__ = ["root", "secret"]


def test_signing_in_elsewhere_takes_the_code_as_well(server: OidcServer, secret: str) -> None:
    server.claims |= {"email": "root@example.org", "email_verified": True}
    client = Client()
    answer = come(server, client)
    assert answer["Location"] == "/sign-in/code/" and user_of(answer) is None
    client.post("/sign-in/code/", {"code": code(secret)})
    assert is_in(client) and client.get("/admin/").status_code == 200


def test_who_has_no_password_is_told_of_none(server: OidcServer) -> None:
    client = Client()
    come(server, client)
    set_up(client)
    for path in ("", "remove/"):
        assert "our password" not in shown(client.get(f"/second-factor/{path}"))
