"""What measures is right itself: nothing is called whole that is not, and lag is lag."""

import asyncio
import time

import pytest

from chat.render.markdown import render
from tests.bench.answer import MARK, Wanted, is_whole, mark, marked, wanted
from tests.bench.capacity import LIMIT_MS, Step, carried
from tests.bench.provider import Connection
from tests.bench.readers import Floor, Readers
from tests.bench.report import Figure, bar, grid, part_of
from tests.bench.work import Stream

TOKENS = Wanted().words
WHOLE = "".join(TOKENS)


@pytest.mark.parametrize(
    "text",
    [
        "".join(TOKENS[:-1]),
        "".join([*TOKENS[:9], *TOKENS[10:]]),
        "".join([*TOKENS[:10], TOKENS[9], *TOKENS[10:]]),
        "".join([*TOKENS[:9], TOKENS[10], TOKENS[9], *TOKENS[11:]]),
    ],
    ids=["cut", "lost", "doubled", "moved"],
)
def test_an_answer_is_whole_with_every_token_once_and_in_order(text):
    assert is_whole(WHOLE, WHOLE)
    assert not is_whole(text, WHOLE)


@pytest.mark.parametrize("tokens", [50, 300, 1_000])
def test_marks_change_nothing_of_what_is_rendered(tokens):
    words = Wanted(tokens).words
    sent = [w + mark(7) * is_marked for w, is_marked in zip(words, marked(words), strict=True)]
    html = render("".join(sent))
    assert len(MARK.findall(html)) == sum(marked(words)) > tokens / 30
    assert MARK.sub("", html) == render("".join(words))


def test_a_prompt_says_what_is_wanted():
    first, last = Wanted(300, 50), Wanted(50_000, 2_000)
    assert wanted(f"{first.prompt}\n{last.prompt}") == last


def test_lag_is_from_the_sending_of_a_token_to_its_first_showing():
    stream, now = Stream(), time.monotonic()
    stream.see(f"High{mark(now - 1)}{mark(now - 0.5)}")
    stream.see(f"High{mark(now - 1)}{mark(now - 0.5)} tides come in pairs{mark(now - 0.2)}")
    assert stream.lags_ms == pytest.approx([500, 200], abs=50)
    assert stream.request_ms == pytest.approx(-1000, abs=50)


async def test_a_bare_read_of_the_provider_is_whole_and_in_time():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        floor = Floor(f"http://{host}:{port}")
        async with floor.client:
            seen = await Readers(floor).play(3, 100, 1_000)
    assert seen["whole"] == 3
    assert 0 <= part_of(seen["lag_ms"], 0.5) < 50


@pytest.mark.parametrize(
    ("lags", "streams"),
    [((10, 20, 300, 300), 24), ((10, 300, 20, 300), 28), ((300, 300), 0)],
    ids=["too many", "late once", "never"],
)
def test_carried_are_the_most_that_were_in_time(lags, streams):
    steps = [Step(20 + 4 * number, 1, lag, 1, 1, 0) for number, lag in enumerate(lags)]
    assert LIMIT_MS == 250
    assert carried(steps) == streams


def test_the_bar_says_what_is_reached_and_what_is_missed():
    told = bar([Figure("CPU", 1.2, 1, " x"), Figure("carried", 310, 300, at_least=True)])
    assert [line.split()[-1] for line in told.splitlines()] == ["aim", "missed", "reached"]


def test_columns_of_a_table_are_as_wide_as_what_is_in_them():
    assert (
        grid("|ms", [("a list", 1234), ("b", 0.5)]) == "           ms\na list  1,234\nb         0.5"
    )
