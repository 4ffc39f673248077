"""A browser on its way to the server people sign in by, and back."""

from typing import Any

from django.contrib.auth.models import User
from django.http.response import HttpResponseBase
from django.test import Client

from tests.options.oidc_server import OidcServer


def come(server: OidcServer, client: Client | None = None, **asked: str) -> HttpResponseBase:
    """There, and back with a code."""
    client = client or Client()
    sent = client.get("/oidc/", asked)
    assert sent.status_code == 302
    return client.get(server.consent(sent["Location"]))


def user_of(answer: Any) -> User | None:
    user_id = answer.wsgi_request.session.get("_auth_user_id")
    return User.objects.get(pk=user_id) if user_id else None


def shown(answer: Any) -> str:
    content: str = answer.content.decode()
    return content
