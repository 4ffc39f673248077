"""How long the costs pages take over a long ledger: `python -m tests.bench.costs`.

A ledger of 100,000 turns is made in a SQLite of its own. Every page is asked for by an operator,
over everybody and all time, and by a reader of a tenth of it, and must come within `LIMIT_MS` in
the median. The plans of the queries behind them must read indexes only, never the wide rows.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

LIMIT_MS = 300
REPETITIONS = 7
PAGES = {
    "conversations": "/costs/?period=all",
    "conversations, by saved": "/costs/?period=all&order=-saved",
    "conversations, 30 days": "/costs/?period=30",
    "conversations, one cascade": "/costs/?period=all&cascade=1",
    "by model": "/costs/by/model/?period=all",
    "by cascade": "/costs/by/cascade/?period=all",
    "by day": "/costs/by/day/?period=all",
    "threshold": "/costs/threshold/?period=all&at=60",
    "what if": "/costs/what-if/?period=all",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.costs", description=__doc__)
    parser.add_argument("--turns", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'db.sqlite3'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "cascadeweb.settings"
        sys.exit(bench(options.turns))


def bench(turns: int) -> int:
    """How many pages were too slow or read rows."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)

    from tests.bench.ledger import fill

    began = time.monotonic()
    fill(turns)
    print(f"{turns:,} turns, made in {time.monotonic() - began:.0f} s; ms a page, of {REPETITIONS}")
    return sum(_told(who, name, address) for who in readers() for name, address in PAGES.items())


def readers() -> list["User"]:
    from django.contrib.auth.models import User

    operator = User.objects.create(username="operator", is_staff=True)
    return [operator, User.objects.get(username="user0")]


def _told(who: "User", name: str, address: str) -> bool:
    from django.test import Client

    client = Client()
    client.force_login(who)
    took = []
    for _ in range(REPETITIONS + 1):
        began = time.perf_counter()
        assert client.get(address).status_code == 200
        took.append((time.perf_counter() - began) * 1000)
    median, worst = statistics.median(took[1:]), max(took[1:])  # the first compiles the templates
    scans = wide_scans(client, address)
    fits = median < LIMIT_MS and not scans
    said = "" if fits else f"  too slow, or reads rows: {scans}"
    print(f"{who.get_username():10}{name:28}{median:6.0f}{worst:6.0f}{said}")
    return not fits


def wide_scans(client: "Client", address: str) -> list[str]:
    """The steps of a page's query plans that walk all of a table's own rows."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        client.get(address)
    found = []
    for query in seen.captured_queries:
        if not query["sql"].startswith("SELECT"):
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"))
            plan = [str(row[3]) for row in cursor.fetchall()]
        found += [step for step in plan if step in ("SCAN chat_turn", "SCAN chat_attempt")]
    return found


if __name__ == "__main__":
    main()
