"""Every run in an order of its own, so that no test leans on another before it.

Modules are shuffled, and the tests within each. `ORDER=7` repeats the order of a run that said so.
Modules marked `long` come first: begun at the end, one would be played while no other is left.
"""

import os
import random

import pytest

SEED = os.environ.setdefault("ORDER", str(random.randrange(10_000)))  # workers inherit it


def pytest_report_header() -> str:
    return f"order: ORDER={SEED}"


@pytest.hookimpl(tryfirst=True)  # before those who put some tests first
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.location[0], []).append(item)
    chance = random.Random(SEED)
    order = chance.sample([*modules.values()], len(modules))
    order.sort(key=lambda tests: tests[0].get_closest_marker("long") is None)
    items[:] = [item for tests in order for item in chance.sample(tests, len(tests))]
