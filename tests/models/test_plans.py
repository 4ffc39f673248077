"""What a process looks for all along costs the same however much has ended."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from chat.costs.selection import Selection
from chat.metrics import looking
from chat.turns import lease, limits, unpaid
from chat.turns.guard import _live

LIVE_ONES = "one_live_turn_per_conversation"

LOOKS: dict[str, tuple[Callable[[], Any], str]] = {
    "live turns": (_live, LIVE_ONES),
    "turns that lost their player": (lease.lost, LIVE_ONES),
    "leases that are renewed": (lambda: lease.Renewals().held(), LIVE_ONES),
    "turns that wait for one": (lambda: list(lease.waiting()[:5]), LIVE_ONES),
    "live turns of a user": (lambda: limits._live_of(user=1), LIVE_ONES),
    "live turns for a scrape": (lambda: list(looking._database()), LIVE_ONES),
    "a turn's own, to be renewed": (lambda: lease.renew([str(uuid.uuid4())]), "(id=?)"),
    "attempts of ended turns": (lambda: Selection().attempts().first(), LIVE_ONES),
    "attempts that nobody settled": (unpaid.settle_unpaid, "unsettled_attempts"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("look", "index"), LOOKS.values(), ids=LOOKS)
def test_only_what_is_sought_is_read(look: Callable[[], Any], index: str) -> None:
    """PostgreSQL scans what is small, whatever index there is: there it is only asked."""
    asked, elsewhere = [], []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """With its parameters apart, as it is asked: values in the SQL can make another plan."""
        asked.append(sql)
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                plan = " ".join(str(row[3]) for row in cursor.cursor.fetchall())
                elsewhere.extend([] if index in plan else [plan])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        look()
    assert asked and elsewhere == []
