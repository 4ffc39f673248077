import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests import served
from tests.databases import Migrated
from tests.faults import judge
from tests.faults.fleet import Fleet, alone, two
from tests.loopback import Loopback, Reply

composed, migrated = served.composed, served.migrated
provider, unscripted = served.provider, served.unscripted


@pytest.fixture(scope="session")
def fleet_alone(
    provider: Loopback, migrated: Migrated, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    with alone(tmp_path_factory.mktemp("alone"), provider, migrated) as fleet:
        yield fleet


@pytest.fixture(scope="session")
def fleet_of_two(
    provider: Loopback, migrated: Migrated, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    with two(tmp_path_factory.mktemp("two"), provider, migrated) as fleet:
        yield fleet


@pytest.fixture(params=["fleet_alone", "fleet_of_two"])
async def fleet(request: pytest.FixtureRequest) -> AsyncIterator[Fleet]:
    fleet = request.getfixturevalue(request.param)
    yield fleet
    await asyncio.sleep(0.05)  # for lines that were cut to be closed
    judge.nothing_left(fleet)


@pytest.fixture
def prompt(request: pytest.FixtureRequest) -> str:
    """One for each test, by which the judges know its calls and rows."""
    return f"What of {request.node.name}?"


@pytest.fixture
def answers(provider: Loopback) -> Callable[..., str]:
    """Script the model: numbered words, at a pace. Returns the whole text."""

    def script(words: int, pace_s: float, width: int = 1) -> str:
        text = " ".join(f"{'w' * width}{number}" for number in range(words))
        provider.script("large", Reply(text, pace_s=pace_s, usage=(10, words)))
        return text

    return script
