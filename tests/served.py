"""Fixtures of what is served whole: the browser's tests and those of faults import them."""

from collections.abc import Iterator

import pytest

from tests.databases import Migrated
from tests.faults.fleet import Fleet
from tests.faults.topology import topology
from tests.loopback import Loopback, loopback_thread


@pytest.fixture(scope="session")
def provider() -> Iterator[Loopback]:
    with loopback_thread() as provider:
        yield provider


@pytest.fixture(autouse=True)
def unscripted(provider: Loopback) -> None:
    """No test is answered by what another one scripted."""
    provider.forget()


@pytest.fixture(scope="session")
def migrated(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    own = tmp_path_factory.getbasetemp()
    return Migrated(own if worker_id == "master" else own.parent)


@pytest.fixture(scope="module")
def composed(
    provider: Loopback, migrated: Migrated, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Fleet, Fleet]]:
    """What docker-compose.yml describes: through its proxy, and its web processes themselves."""
    with topology(tmp_path_factory.mktemp("topology"), provider, migrated) as both:
        yield both
