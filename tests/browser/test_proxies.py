"""C17: through either proxy pages come by HTTPS, and answers while they are written."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.steps import ask, settled, text_of
from tests.faults import judge
from tests.faults.fleet import Fleet
from tests.faults.nginx import nginx
from tests.loopback import Loopback, Reply

WORDS = " ".join(f"w{number}" for number in range(30))


@pytest.fixture(params=["caddy", "nginx"])
def address(
    request: pytest.FixtureRequest, composed: tuple[Fleet, Fleet], tmp_path: Path
) -> Iterator[str]:
    front, behind = composed
    if request.param == "caddy":
        yield front.server(0).address
    else:
        with nginx(tmp_path, [server.port for server in behind.servers]) as address:
            yield address
    judge.nothing_left(front)


def test_c17_an_answer_streams_through_the_proxy_to_a_page_that_came_by_https(
    chromium: Browser, composed: tuple[Fleet, Fleet], provider: Loopback, address: str
) -> None:
    provider.script("large", Reply(WORDS, pace_s=0.1))
    conversation = composed[0].conversation()
    name, _, value = composed[0].cookie(conversation).partition("=")
    with chromium.new_context(base_url=address, ignore_https_errors=True) as context:
        context.add_cookies([{"name": name, "value": value, "url": address}])
        page = context.new_page()
        came = page.goto(f"/c/{conversation}/")
        assert came and "max-age" in came.headers["strict-transport-security"]
        ask(page, "Does it stream?")
        expect(page.locator("[id$=attempt-1-body]")).to_contain_text("w3")
        first = time.monotonic()
        settled(page)
        assert time.monotonic() - first > 1.5, "nothing is held back"
        assert text_of(page, 1) == WORDS
