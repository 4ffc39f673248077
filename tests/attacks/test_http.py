"""R36: what every answer says of itself, and what no request gets past it. R19: bad forms."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT

from cascadeweb.security import CONTENT_SECURITY_POLICY
from chat.models import Conversation, Turn
from tests.test_settings import start  # noqa: F401  # a fixture
from tests.web.access import ROUTES, Route
from tests.web.test_access import Place, clients_of, everything, furnished, name

pytestmark = pytest.mark.django_db(transaction=True)

STRICTER = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SAID = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
UNSAFE = re.compile(r"unsafe|https?:|\*|data:|blob:")


@pytest.fixture
def place() -> Place:
    conversation = furnished()
    turn = Turn.objects.create(
        conversation=conversation, client_id=conversation.id, prompt="Why?", status="completed"
    )
    conversation.head = turn
    conversation.save()
    return Place(conversation, turn, clients_of(conversation.user), "no-such-token")


def owner(place: Place, **options: Any) -> Client:
    """Who owns it all and may do all at the desk."""
    user = User.objects.get(pk=place.conversation.user_id)
    user.is_staff = user.is_superuser = True
    user.save()
    client = Client(raise_request_exception=False, **options)
    client.force_login(user)
    return client


POSTED = [route for route in ROUTES if route.post is not None]


def test_R36_every_answer_says_how_it_may_be_used(place: Place) -> None:
    for client in (owner(place), Client()):
        for route in ROUTES:
            answer = client.get(place.address(route))
            assert answer.status_code < 500, route
            policy = answer["Content-Security-Policy"]
            is_shared = route.pattern.startswith("shared/")
            assert policy == (STRICTER if is_shared else CONTENT_SECURITY_POLICY), route
            assert not UNSAFE.search(policy)
            expected = "no-referrer" if is_shared else "same-origin"
            assert answer["Referrer-Policy"] == expected, route
            assert "no-store" in answer["Cache-Control"], route
            assert {key: answer[key] for key in SAID} == SAID, route
            assert "Server" not in answer and "X-Powered-By" not in answer


def test_R36_no_page_has_a_script_or_a_style_of_its_own(place: Place) -> None:
    """The policy would stop them; so it has nothing to do."""
    client = owner(place)
    for route in ROUTES:
        answer = client.get(place.address(route))
        if answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        page = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", page), route
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), route
        for address in re.findall(r"<(?:script|link|img)[^>]*\s(?:src|href)=\"([^\"]*)", page):
            assert address.startswith("/static/"), (route, address)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace", "PROPFIND"])
def test_R36_other_methods_change_nothing(place: Place, method: str) -> None:
    client, before = owner(place), async_to_sync(everything)()
    for route in ROUTES:
        answer = client.generic(method.upper(), place.address(route))
        assert answer.status_code < 500, route
    assert async_to_sync(everything)() == before


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"X-CSRFToken": "x" * 64},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:8000"},
    ],
    ids=["no token", "any token", "origin", "null", "suffix", "port"],
)
def test_R36_no_form_is_taken_from_another_page(place: Place, sent: dict[str, str]) -> None:
    """With the token as well, where a page of another origin brings it."""
    client = owner(place, enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "y" * 32
    token = client.get("/").context["csrf_token"] if "Origin" in sent else None
    before = async_to_sync(everything)()
    for route in POSTED:
        headers = sent | ({"X-CSRFToken": str(token)} if token else {})
        answer = client.post(place.address(route), {"prompt": "?"}, headers=headers)
        assert answer.status_code == 403, route
    assert async_to_sync(everything)() == before


def test_R36_our_own_page_s_form_is_taken(place: Place) -> None:
    client = owner(place, enforce_csrf_checks=True)
    token = str(client.get("/").context["csrf_token"])
    headers = {"Origin": "http://testserver", "X-CSRFToken": token}
    assert client.post("/estimate/", {"prompt": "?"}, headers=headers).status_code == 200


TRAVERSALS = [
    "/static/../manage.py",
    "/static/..%2fmanage.py",
    "/static/%2e%2e/%2e%2e/etc/passwd",
    "/static/....//manage.py",
    "/static/..\\manage.py",
    "/static//etc/passwd",
    "/static/%00",
    "/static/css/tokens.css%00.html",
    "/../../etc/passwd",
    "//evil.example/",
    "/%2f%2fevil.example/",
    "/c/..%2f..%2fadmin/",
    "/shared/../admin/",
    "/shared/%2e%2e%2fadmin%2f/",
    "/costs/..%2f.env.csv",
    "/.env",
    "/.git/config",
    "/var/db.sqlite3",
    "/%ff%fe",
    "/" + "a" * 8000,
]


@pytest.mark.parametrize("path", TRAVERSALS, ids=lambda path: path[:30])
def test_R36_no_path_leads_out(path: str) -> None:
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code in (301, 302, 400, 404)
    if answer.status_code in (301, 302):
        assert not urlsplit(answer["Location"]).netloc
    for told in (b"DJANGO_SETTINGS_MODULE", b"root:", b"SQLite"):
        assert told not in answer.content


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "127.0.0.1@evil.example", "a b", "[::1"]
)
def test_R36_another_host_is_not_served(settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = settings.LOOPBACK
    for headers in ({"Host": host}, {"Host": "127.0.0.1", "X-Forwarded-Host": host}):
        answer = Client(raise_request_exception=False).get("/sign-in/", headers=headers)
        assert answer.status_code == (400 if headers["Host"] == host else 200)
        assert host.encode() not in answer.content


@pytest.mark.parametrize(
    "where", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_R36_nobody_is_led_away_after_signing_in(where: str) -> None:
    User.objects.create_user("alice", password="a long enough one")
    fields = {"username": "alice", "password": "a long enough one", "next": where}
    answer = Client().post(f"/sign-in/?next={where}", fields)
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_R36_cookies_are_for_this_server_alone(start: Any, settings: Any) -> None:  # noqa: F811
    values = start(HTTPS="1", SECRET_KEY="k" * 50, ALLOWED_HOSTS="chat.example.org")
    for setting, value in values.items():
        if setting.startswith(("SESSION_", "CSRF_", "SECURE_")):
            setattr(settings, setting, value)
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    User.objects.create_user("alice", password="a long enough one")
    client = Client(headers={"host": "chat.example.org", "x-forwarded-proto": "https"})
    fields = {"username": "alice", "password": "a long enough one"}
    client.get("/sign-in/", secure=True)
    answer = client.post("/sign-in/", fields, secure=True)
    assert answer.status_code == 302
    assert {cookie["samesite"] for cookie in client.cookies.values()} == {"Lax"}
    for kept in ("__Host-sessionid", "__Host-csrftoken"):
        cookie = client.cookies[kept]
        assert cookie["secure"] and cookie["httponly"] and cookie["path"] == "/"
        assert not cookie["domain"]
    assert answer["Strict-Transport-Security"].startswith("max-age=31536000")
    insecure = Client(headers={"host": "chat.example.org"}).get("/sign-in/")
    assert insecure["Location"].startswith("https://")


# R19

ODD = [
    "",
    " ",
    "\0",
    "\ufffd\ud800",
    "{}",
    "9" * 400,
    "<b>",
    "%",
    "x" * 90,
]
FIELDS = ["prompt", "client_id", "title", "tag", "remove", "cascade", "only", "seen", "value"]
FIELDS += ["note", "call", "type", "days", "name", "text", "q", "then", "next", "language"]


def bodies() -> Iterator[tuple[bytes, str]]:
    """What a form's address may be sent instead of one: its content and type."""
    form = "application/x-www-form-urlencoded"
    yield from ((text, form) for text in (b"", b"=", b"&&&", b"%", b"%ff=%fe", b"a" * 5000))
    yield b"prompt=%00&client_id=%00&title=%00&tag=%00", form
    yield b"prompt=%ED%A0%80&title=%ED%A0%80&tag=%ED%A0%80&name=%ED%A0%80", form
    yield b"&".join(b"f%d=1" % n for n in range(1001)), form
    yield b"prompt=" + b"x" * 1_100_000, form
    for odd in ODD:
        text = "&".join(f"{field}={odd}" for field in FIELDS)
        yield text.encode("utf-8", "surrogatepass"), form
    yield from ((json.dumps(odd).encode(), "application/json") for odd in (None, [], {"a": 1}, "x"))
    yield b"[" * 20_000, "application/json"
    yield b"", MULTIPART_CONTENT
    yield b"--no such boundary", MULTIPART_CONTENT
    yield f"--{BOUNDARY}\r\n\r\n".encode() * 50, MULTIPART_CONTENT
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="../../x\0"'
    yield f"{head}\r\n\r\n{{".encode(), MULTIPART_CONTENT
    yield b"x", "multipart/form-data"
    yield b"x", "multipart/form-data; boundary=" + "b" * 300
    yield b"x", "text/plain; charset=no-such"
    yield b"prompt=x", f"{form}; charset=utf-16"


ACTS = ("/retry/", "/edit/", "/fork/")
"""These begin a turn without an id of the page's: one that was named already is enough."""


@pytest.mark.parametrize("route", POSTED, ids=name)
def test_R19_a_bad_form_is_answered_and_begins_nothing(place: Place, route: Route) -> None:
    client, address = owner(place), place.address(route)
    before = Turn.objects.count(), Conversation.objects.count()
    for content, kind in bodies():
        answer = client.generic("POST", address, content, kind)
        assert answer.status_code < 500, (kind, content[:80])
    if not address.endswith(ACTS):
        assert (Turn.objects.count(), Conversation.objects.count()) == before


QUERIES = ("q", "tag", "before", "at", "archived", "c", "order", "page", "then", "since", "until")
QUERIES += ("cascade", "model", "user", "complexity", "format", "next", "o", "p", "e", "all")


def test_R19_a_bad_query_is_answered(place: Place) -> None:
    client = owner(place)
    for route in ROUTES:
        for odd in ("%00", "%ED%A0%80", "-1", "9" * 30, "%27%22%3C", "a" * 3000):
            asked = "&".join(f"{name}={odd}" for name in QUERIES)
            answer = client.get(f"{place.address(route)}?{asked}")
            assert answer.status_code < 500, (route.pattern, odd)
