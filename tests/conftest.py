import asyncio
import os
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from hypothesis.configuration import set_hypothesis_home_dir

from tests.scripted import scripted  # noqa: F401  # a fixture

DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}

set_hypothesis_home_dir("var/hypothesis")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & fixtures(item):
            item.add_marker("database")


def fixtures(item: pytest.Item) -> set[str]:
    return set(item.fixturenames) if isinstance(item, pytest.Function) else set()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file: in memory a second connection fails instead of waiting."""
    connection = connections["default"]
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = (
            tmp_path_factory.mktemp("database") / "db.sqlite3"
        )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Closes what the async ORM holds: PostgreSQL drops no database that is in use."""
    yield
    asyncio.run(sync_to_async(connections.close_all)())


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
