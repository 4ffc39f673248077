import pytest
from channels.testing import WebsocketCommunicator
from django.test import Client

from cascadeweb.asgi import application
from cascadeweb.security import CONTENT_SECURITY_POLICY, is_our_origin

STYLES = "/static/admin/css/base.css"
PATHS = [STYLES, "/admin/login/", "/no-such-page/"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_policy(client, path):
    assert client.get(path).headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", PATHS)
async def test_every_asynchronous_answer_carries_the_policy(async_client, path):
    response = await async_client.get(path)
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_pages_are_not_stored_but_static_files_are(client):
    assert "no-store" in client.get("/admin/login/").headers["Cache-Control"]
    assert client.get("/no-such-page/").headers["Cache-Control"] == "no-store"
    assert client.get(STYLES).headers["Cache-Control"].startswith("max-age=")


async def test_static_file_is_whole_and_typed(async_client):
    response = await async_client.get(STYLES)
    assert response.headers["Content-Type"].startswith("text/css")
    assert len(response.content) == int(response.headers["Content-Length"]) > 1000
    assert not response.streaming


async def test_part_of_a_static_file_can_be_asked_for(async_client):
    response = await async_client.get(STYLES, headers={"Range": "bytes=2-5"})
    whole = await async_client.get(STYLES)
    assert (response.status_code, response.content) == (206, whole.content[2:6])


async def test_unchanged_static_file_is_not_sent_again(async_client):
    first = await async_client.get(STYLES)
    again = await async_client.get(STYLES, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("origin", "host", "ours"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://localhost:5000", "localhost:5000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://127.0.0.1:9999", "127.0.0.1:8000", False),
        ("https://127.0.0.1:8000", "127.0.0.1:8000", False),
        ("http://127.0.0.1:8000.evil.example", "127.0.0.1:8000", False),
        ("http://evil.example", "127.0.0.1:8000", False),
        ("http://evil.example:8000", "evil.example:8000", False),
        ("null", "127.0.0.1:8000", False),
        ("", "127.0.0.1:8000", False),
        ("http://", "", False),
    ],
    ids=[
        "own",
        "own-on-any-port",
        "own-ipv6",
        "other-port",
        "other-scheme",
        "suffix",
        "other-host",
        "rebound-name",
        "null",
        "none",
        "no-host",
    ],
)
def test_R25_only_our_own_pages_open_websockets(settings, origin, host, ours):
    settings.ALLOWED_HOSTS = settings.LOOPBACK
    assert is_our_origin(origin, host=host) is ours


def test_R25_behind_https_the_page_must_be_https(settings):
    settings.HTTPS, settings.ALLOWED_HOSTS = True, ["chat.example.org"]
    assert is_our_origin("https://chat.example.org", host="chat.example.org")
    assert not is_our_origin("http://chat.example.org", host="chat.example.org")


def test_trusted_origin_is_accepted_whatever_the_host(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example.org"]
    assert is_our_origin("https://chat.example.org", host="web:8000")


@pytest.mark.parametrize("origin", [b"http://localhost:8000", b"http://evil.example"])
async def test_unknown_path_is_refused_without_an_error(settings, origin):
    settings.ALLOWED_HOSTS = settings.LOOPBACK
    headers = [(b"host", b"localhost:8000"), (b"origin", origin)]
    socket = WebsocketCommunicator(application, "/no/such/socket/", headers=headers)
    assert (await socket.connect())[0] is False


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cookie", "origin", "said"),
    [
        ("", "http://testserver", "Your browser sent no cookie"),
        ("x" * 32, "https://testserver", "HTTPS=1 behind a proxy"),
        ("x" * 32, "http://evil.example", "This came from another address"),
        ("x" * 32, "http://testserver", "The page was open for too long"),
    ],
    ids=["cookies-refused", "proxy-not-told-of", "foreign-page", "stale-token"],
)
def test_R36_a_form_that_is_not_trusted_is_told_what_can_be_done(cookie, origin, said):
    client = Client(enforce_csrf_checks=True)
    if cookie:
        client.cookies["csrftoken"] = cookie
    sent = {"username": "alice", "password": "-", "csrfmiddlewaretoken": "y" * 32}
    answer = client.post("/sign-in/", sent, headers={"origin": origin})
    assert answer.status_code == 403 and said in answer.content.decode()


def test_R36_who_comes_by_another_name_is_told_where_names_are_set(client):
    answer = client.get("/sign-in/", headers={"host": "192.0.2.1:8000"})
    page = answer.content.decode()
    assert answer.status_code == 400 and "192.0.2.1" not in page
    assert "It answers only to the names in ALLOWED_HOSTS" in page
