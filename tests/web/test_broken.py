"""Pages that could not be made: what their reader is told, without a single query."""

import sqlite3
from collections.abc import Callable

import psycopg
import pytest
from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import AsyncClient, Client


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """From now on every query fails, and none is needed: these tests have no database at all."""

    def from_now_on(error: Exception) -> None:
        def cursor(_: BaseDatabaseWrapper) -> None:
            raise error

        monkeypatch.setattr(BaseDatabaseWrapper, "cursor", cursor)

    return from_now_on


def signed_in(client: Client | AsyncClient) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "s" * 32


@pytest.mark.parametrize("error", [OperationalError("gone away"), InterfaceError("closed")])
def test_without_the_database_a_page_says_so_and_when_to_ask_again(fails, error) -> None:
    fails(error)
    client = Client(raise_request_exception=False)
    signed_in(client)
    answer = client.get("/?q=tides")
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "The database does not answer" in page
    assert 'href="/?q=tides"' in page


def test_an_outage_is_one_line_in_the_log(fails, caplog) -> None:
    fails(OperationalError("gone away\nfor good"))
    client = Client(raise_request_exception=False)
    signed_in(client)
    client.get("/")
    lines = [line for line in caplog.records if line.name == "django.request"]
    assert [(line.levelname, line.getMessage(), line.exc_info) for line in lines] == [
        ("WARNING", "Service Unavailable: /: gone away", None)
    ]


async def test_it_is_said_of_a_page_that_is_made_on_the_loop_as_well(fails) -> None:
    fails(OperationalError("gone away"))
    client = AsyncClient(raise_request_exception=False)
    signed_in(client)
    answer = await client.post("/c/", {"prompt": "Hi"}, headers={"Accept-Language": "de"})
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "Die Datenbank antwortet nicht" in page
    assert 'class="button" href="/"' in page  # to ask again is not to send again


def of_sqlite(name: str) -> OperationalError:
    error = OperationalError("told by SQLite")
    error.__cause__ = sqlite3.OperationalError("told by SQLite")
    error.__cause__.sqlite_errorname = name
    return error


def test_a_locked_file_is_an_outage(fails) -> None:
    fails(of_sqlite("SQLITE_BUSY"))
    client = Client(raise_request_exception=False)
    signed_in(client)
    assert client.get("/").status_code == 503


def of_a_full_sqlite() -> OperationalError:
    """As SQLite itself says it."""
    full = sqlite3.connect(":memory:")
    full.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError) as told:
        full.execute("CREATE TABLE a (b)")
    full.close()
    error = OperationalError(str(told.value))
    error.__cause__ = told.value
    return error


def of_a_full_postgresql() -> OperationalError:
    error = OperationalError("could not extend file")
    error.__cause__ = psycopg.errors.DiskFull("could not extend file")
    return error


@pytest.mark.parametrize("full", [of_a_full_sqlite, of_a_full_postgresql])
def test_a_full_disk_is_told_from_a_database_that_does_not_answer(fails, full) -> None:
    fails(full())
    client = Client(raise_request_exception=False)
    signed_in(client)
    answer = client.get("/")
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "The database has no room left" in page and "does not answer" not in page


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(DataError("too long"), id="a value"),
        pytest.param(of_sqlite("SQLITE_ERROR"), id="a statement"),  # as of a missing table
    ],
)
def test_anything_else_that_breaks_is_no_outage(fails, error) -> None:
    fails(error)
    client = Client(raise_request_exception=False)
    signed_in(client)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
