"""What is begun beside the loop, and waited for by nobody."""

from concurrent.futures import ThreadPoolExecutor
from threading import current_thread, main_thread

from chat import off_loop


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
