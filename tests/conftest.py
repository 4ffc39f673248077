import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connections
from django.db.models.signals import post_migrate
from django.test import override_settings
from django.utils import translation
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware

from chat.cascade.providers import lookup
from chat.process import off_loop
from chat.process.event_loop import new_event_loop
from tests.scripted import scripted  # noqa: F401  # a fixture

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}

set_hypothesis_home_dir("var/hypothesis")
# A busy machine takes long over some example; where time is tested, `tests.pace` measures it.
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")


def pytest_asyncio_loop_factories() -> Mapping[str, LoopFactory]:
    """Tests await on the loop that the product runs on, those of the engine on others."""
    return {"product": new_event_loop}


@pytest.hookimpl(tryfirst=True)  # before `-m` selects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & fixtures(item):
            item.add_marker("database")


def fixtures(item: pytest.Item) -> set[str]:
    return set(item.fixturenames) if isinstance(item, pytest.Function) else set()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """SQLite in a file: in memory a second connection fails instead of waiting. On PostgreSQL each
    of several processes has a database of its own, and no commit waits for the disk: no test ends
    PostgreSQL itself."""
    connection = connections["default"]
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = (
            tmp_path_factory.mktemp("database") / "db.sqlite3"
        )
    else:
        connection.settings_dict["OPTIONS"]["options"] = "-c synchronous_commit=off"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Closes what the async ORM holds."""
    with django_db_blocker.unblock():
        keep_permissions()
    if connections["default"].vendor == "postgresql":
        delete_few_rows()
        drop_also_what_is_in_use()
    yield
    asyncio.run(sync_to_async(connections.close_all)())


def keep_permissions() -> None:
    """What empties the database after a test has them worked out again: that took longer than most
    tests. Now they are put back as they were."""
    from django.contrib.auth.models import Permission  # need Django's apps
    from django.contrib.contenttypes.models import ContentType

    kept = {model: list(model.objects.all()) for model in (ContentType, Permission)}

    def put_back(**_: object) -> None:
        for model, rows in kept.items():
            model.objects.bulk_create(rows, ignore_conflicts=True)

    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.connect(put_back, sender=apps.get_app_config("auth"), weak=False)


def delete_few_rows() -> None:
    """TRUNCATE makes files anew for each table: of the rows of one test that takes twenty times as
    long as to delete them."""
    from django.db.backends.postgresql.operations import DatabaseOperations  # needs its driver

    def sql_flush(
        self: DatabaseOperations, style: object, tables: Sequence[str], **_: object
    ) -> list[str]:
        return [f"DELETE FROM {self.quote_name(table)}" for table in tables]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]


def drop_also_what_is_in_use() -> None:
    """A thread that has ended holds its connection until it is collected."""
    from django.db.backends.postgresql.creation import DatabaseCreation  # needs its driver

    def destroy(self: DatabaseCreation, test_database_name: str, verbosity: int) -> None:
        self.connection.close_pool()
        with self._nodb_cursor() as cursor:
            name = self.connection.ops.quote_name(test_database_name)
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")

    DatabaseCreation._destroy_test_db = destroy  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def no_name_is_looked_up() -> Iterator[None]:
    """Of what is typed into a form: no test reaches a name server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "found", lambda host, port: [])
        yield


@pytest.fixture(scope="session", autouse=True)
def passwords_are_hashed_fast() -> Iterator[None]:
    """What keeps them from being guessed takes longer than most tests. Processes of their own hash
    as they are set to."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_listed_once() -> Iterator[None]:
    """Every client of a test has middleware of its own, whose list takes longer than most tests."""
    listed: dict[str, object] = {}
    list_them = WhiteNoiseMiddleware.add_files_from_finders

    def once(self: WhiteNoiseMiddleware) -> None:
        if not listed:
            list_them(self)
            listed.update(self.files)
        self.files.update(listed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", once)
        yield


@pytest.fixture(autouse=True)
def no_query_left() -> Iterator[None]:
    """Threads for queries outlive a test's loop; none may write into the next test's database."""
    yield
    if off_loop.querying._threads:
        together = threading.Barrier(off_loop.querying._max_workers)
        for _ in range(together.parties):  # each thread comes once it has ended what it does
            last = off_loop.querying.submit(together.wait, 30)
        last.result()


@pytest.fixture(autouse=True)
def no_language_left() -> Iterator[None]:
    """A request leaves its thread in the language it was answered in."""
    yield
    translation.deactivate()


class NothingSkipped:
    """Makes a run fail in which a test was skipped or expected to fail."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for nodeid in self.skipped:
            terminalreporter.write_line(
                f"Skipped, which fails the run under CI: {nodeid}", red=True
            )


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("CI") == "true":
        config.pluginmanager.register(NothingSkipped())
