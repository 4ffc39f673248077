"""What is done beside the loop: what it sees, and what becomes of it."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from threading import current_thread, main_thread

import pytest
from django.utils import translation

from chat.process import off_loop

_seen: ContextVar[str] = ContextVar("seen", default="")


@pytest.mark.django_db(transaction=True)
async def test_a_query_speaks_the_callers_language_and_leaves_nothing_with_them() -> None:
    def query() -> str | None:
        _seen.set("here")
        return translation.get_language()

    with translation.override("de"):
        assert await off_loop.off_loop(query)() == "de"
    assert _seen.get() == ""


def test_what_nobody_waits_for_is_done_elsewhere_and_told_where_it_breaks(monkeypatch, caplog):
    done = []

    def work(what: str) -> None:
        done.append((what, current_thread() is main_thread()))
        raise OSError("no such thing")

    with monkeypatch.context() as patched, ThreadPoolExecutor() as threads:
        patched.setattr(off_loop, "querying", threads)
        off_loop.begin_off_loop(work, "a sum")
    assert done == [("a sum", False)]
    assert "no such thing" in caplog.text
