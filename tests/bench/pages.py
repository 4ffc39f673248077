"""Pages over what is stored: `python -m tests.bench.pages`, which obeys (`tests.bench.work`).

They are asked for as a browser would, but without a server between. Uses the database that
`DATABASE_URL` names.
"""

import os
import time

import django

from tests.bench.work import obey

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cascadeweb.settings")
django.setup()

from asgiref.sync import sync_to_async  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from chat.conversations.listing import Cursor  # noqa: E402
from chat.models import Conversation  # noqa: E402
from tests.bench.ledger import fill, fill_list, make_long_conversation  # noqa: E402
from tests.people import make_user  # noqa: E402

OPERATOR, READER = "operator", "reader"
WIDE = ("SCAN chat_turn", "SCAN chat_attempt")


class Pages:
    """Methods may be called from outside, so they take and return what JSON has."""

    @sync_to_async
    def fill(self, stored: int) -> None:
        """So many turns in all, and so many conversations of a reader who asked nothing yet."""
        fill(stored)
        fill_list(make_user(READER), stored)
        if not User.objects.filter(username=OPERATOR).exists():
            User.objects.create_superuser(OPERATOR)

    @sync_to_async
    def long_conversation(self, turns: int) -> str:
        """Its address."""
        return make_long_conversation(User.objects.get(username=READER), turns).get_absolute_url()

    @sync_to_async
    def middle_of_the_list(self) -> str:
        """Where the page begins that follows half of the reader's conversations."""
        listed = Conversation.objects.listed(User.objects.get(username=READER))
        row = listed[listed.count() // 2]
        return str(Cursor(row.updated_at, row.id))

    @sync_to_async
    def times(self, username: str, address: str, repetitions: int) -> list[tuple[float, float]]:
        """Milliseconds, and those of CPU; the first time compiles templates and does not count."""
        client, took = _client(username), []
        for _ in range(repetitions + 1):
            began, before = time.perf_counter(), time.process_time()
            assert client.get(address).status_code == 200, address
            cpu_s, wall_s = time.process_time() - before, time.perf_counter() - began
            took.append((wall_s * 1000, cpu_s * 1000))
        return took[1:]

    @sync_to_async
    def wide_scans(self, username: str, address: str) -> list[str]:
        """The steps of a page's query plans that walk all of a table's own rows."""
        with CaptureQueriesContext(connection) as seen:
            _client(username).get(address)
        found = []
        for query in seen.captured_queries:
            if not query["sql"].startswith("SELECT"):
                continue
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"))
                plan = [str(row[3]) for row in cursor.fetchall()]
            found += [step for step in plan if step in WIDE]
        return found


def _client(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


if __name__ == "__main__":
    settings.ALLOWED_HOSTS = ["testserver"]
    obey(Pages())
