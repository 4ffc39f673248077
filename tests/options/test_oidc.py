"""Signing in by an OpenID Connect server: who gets in, whose account it is, and what goes wrong."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from chat.accounts.identity import SignInElsewhere
from chat.models import Conversation
from tests.options.browsing import come, shown, user_of
from tests.options.oidc_server import OidcServer
from tests.people import make_conversation

pytestmark = pytest.mark.django_db


def test_the_sign_in_page_leads_there_and_keeps_where_to_go_on(server: OidcServer) -> None:
    page = shown(Client().get("/sign-in/?next=/costs/"))
    assert 'href="/oidc/?next=/costs/"' in page and "Sign in with Example Inc." in page
    assert come(server, next="/costs/")["Location"] == "/costs/"
    assert come(server, next="https://evil.example/")["Location"] == "/"


def test_whoever_it_lets_in_gets_an_account_and_the_same_one_again(server: OidcServer) -> None:
    first = user_of(come(server))
    assert first is not None and first.get_username() == "carol"
    assert not first.has_usable_password() and not first.is_staff
    server.claims["preferred_username"] = "renamed"
    assert user_of(come(server)) == first
    assert User.objects.count() == 1


def test_a_name_takes_nobody_s_account_over(server: OidcServer) -> None:
    ours = User.objects.create_superuser("carol", password="x")
    theirs = user_of(come(server))
    assert theirs is not None and theirs != ours and theirs.get_username() != "carol"
    ours.refresh_from_db()
    assert ours.has_usable_password()


@pytest.mark.parametrize("email_verified", [True, "true"])
def test_a_verified_address_that_an_operator_has_entered_is_theirs(
    server: OidcServer, email_verified: object
) -> None:
    ours = User.objects.create_user("caroline", email="Carol@example.org", password="x")
    server.claims |= {"email": "carol@example.org", "email_verified": email_verified}
    assert user_of(come(server)) == ours
    ours.refresh_from_db()
    assert ours.has_usable_password()
    del server.claims["email"]
    assert user_of(come(server)) == ours


def test_an_address_that_is_not_verified_is_nobody_s(server: OidcServer) -> None:
    ours = User.objects.create_user("caroline", email="carol@example.org")
    for claim in ({"email_verified": False}, {}):
        server.claims = {"sub": f"1{claim}", "email": "carol@example.org", **claim}
        theirs = user_of(come(server))
        assert theirs is not None and theirs != ours and theirs.email == ""


def test_an_address_of_two_accounts_is_neither_s(server: OidcServer) -> None:
    for name in ("one", "two"):
        User.objects.create_user(name, email="carol@example.org")
    server.claims |= {"email": "carol@example.org", "email_verified": True}
    theirs = user_of(come(server))
    assert theirs is not None and theirs.get_username() == "carol"


def test_a_second_identity_of_an_address_does_not_get_the_account_of_the_first(
    server: OidcServer,
) -> None:
    server.claims |= {"email": "carol@example.org", "email_verified": True}
    first = user_of(come(server))
    server.claims["sub"] = "2"
    assert user_of(come(server)) not in (None, first)


def test_without_sign_up_only_who_was_entered_comes_in(server: OidcServer, settings: Any) -> None:
    settings.OIDC_SIGN_UP = False
    answer = come(server)
    assert user_of(answer) is None and "There is no account for you here" in shown(answer)
    assert not User.objects.exists()
    ours = User.objects.create_user("caroline", email="carol@example.org")
    server.claims |= {"email": "carol@example.org", "email_verified": True}
    assert user_of(come(server)) == ours


def test_a_disabled_account_stays_out(server: OidcServer) -> None:
    user = user_of(come(server))
    assert user is not None
    User.objects.update(is_active=False)
    client = Client()
    answer = come(server, client)
    assert answer["Location"] == "/sign-in/disabled/" and user_of(answer) is None
    assert "disabled" in shown(client.get("/sign-in/disabled/"))


@pytest.mark.parametrize(
    "wrong",
    [
        *("/.well-known/openid-configuration", "/token", "/userinfo", "configuration"),
        *("audience", "issuer", "expired"),
    ],
)
def test_what_is_wrong_there_lets_nobody_in_and_is_said_without_its_words(
    server: OidcServer, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    way = server.consent(client.get("/oidc/")["Location"])
    server.wrong = wrong
    answer = client.get("/oidc/" if "configuration" in wrong else way)
    assert answer.status_code == 401 and user_of(answer) is None
    assert "You were not signed in" in shown(answer)
    assert "canary" not in shown(answer) + caplog.text
    assert "nobody was signed in by OIDC" in caplog.text
    assert not User.objects.exists()


def test_claims_without_a_subject_let_nobody_in(server: OidcServer) -> None:
    server.claims = {"preferred_username": "carol"}
    assert come(server).status_code == 401
    assert not User.objects.exists()


def test_a_state_that_is_not_this_browser_s_lets_nobody_in(server: OidcServer) -> None:
    """As where an attacker has somebody follow the end of the attacker's own way."""
    theirs = server.consent(Client().get("/oidc/")["Location"])
    answer = Client().get(theirs)
    assert answer.status_code == 401 and user_of(answer) is None
    assert "/token" not in server.calls


def test_a_code_works_once(server: OidcServer) -> None:
    client = Client()
    way = server.consent(client.get("/oidc/")["Location"])
    assert client.get(way).status_code == 302
    assert Client().get(way).status_code == 401


def test_who_changed_their_mind_is_told_so(server: OidcServer) -> None:
    client = Client()
    way = server.consent(client.get("/oidc/")["Location"])
    state = way.partition("state=")[2]
    answer = client.get("/oidc/sso/callback/", {"error": "access_denied", "state": state})
    assert "cancelled" in shown(client.get(answer["Location"]))


def test_a_link_cannot_join_an_identity_to_whoever_is_signed_in(server: OidcServer) -> None:
    """Nor say what is asked for."""
    conversation = make_conversation()
    client = Client()
    client.force_login(conversation.user)
    asked = {"process": "connect", "scope": "everything", "auth_params": "prompt=none"}
    answer = come(server, client, **asked)
    assert user_of(answer) not in (None, conversation.user)
    assert client.get(f"/c/{conversation.id}/").status_code == 404
    assert Conversation.objects.get().user == conversation.user


def test_a_redirect_there_is_not_followed(server: OidcServer) -> None:
    client = Client()
    way = server.consent(client.get("/oidc/")["Location"])
    server.wrong = "redirect"
    assert client.get(way).status_code == 401
    assert "/elsewhere" not in server.calls
    assert SignInElsewhere().get_requests_session().trust_env is False


def test_no_token_is_kept(server: OidcServer) -> None:
    come(server)
    assert not SocialToken.objects.exists()
    assert "an access token" not in str(SocialAccount.objects.values())


def test_an_identity_is_exported_and_removed_with_its_user(
    server: OidcServer, tmp_path: Path
) -> None:
    server.claims |= {"email": "carol@example.org", "email_verified": True}
    user = user_of(come(server))
    assert user is not None
    call_command("export_user", "carol", str(tmp_path / "carol.zip"), stdout=io.StringIO())
    with zipfile.ZipFile(tmp_path / "carol.zip") as archive:
        [identity] = json.loads(archive.read("account.json"))["signs_in_elsewhere_as"]
    assert identity["uid"] == "1" and "carol@example.org" in str(identity["extra_data"])
    user.delete()
    assert not SocialAccount.objects.exists() and not EmailAddress.objects.exists()
