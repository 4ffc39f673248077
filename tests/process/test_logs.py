"""The log as JSON: ids on every line, and nothing of what people or providers say."""

import asyncio
import json
import logging
import sys
import uuid
from collections.abc import Iterator

import pytest
from channels.testing import HttpCommunicator
from django.conf import settings
from django.utils.html import escape

from cascadeweb.asgi import application
from chat.cascade.errors import Rejected
from chat.process import redaction
from chat.process.logs import SELDOM_S, JsonLines, Seldom, request_id
from chat.turns import play
from chat.turns.sweep import sweep
from tests.people import amake_conversation
from tests.scripted import Scripted
from tests.turns.test_sweep import left_over
from tests.turns.test_turn_life import begun, ended

PROMPT, KEY = "What did the doctor say of my knee?", "sk-a-key-of-somebodys"

pytestmark = pytest.mark.django_db(transaction=True)


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def told(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def lines() -> Iterator[Lines]:
    lines = Lines()
    logging.getLogger().addHandler(lines)
    yield lines
    logging.getLogger().removeHandler(lines)


async def test_what_breaks_in_a_turn_is_told_by_its_ids_and_never_by_its_words(
    lines: Lines, scripted: Scripted
) -> None:
    scripted.answers = {"small": ["The Moon ", RuntimeError(f"{PROMPT} {KEY}")], "large": []}
    turn = await ended(await begun(await amake_conversation(), PROMPT))
    while play.players:
        await asyncio.sleep(0)
    assert any("error" in line for line in lines.told)
    about = [line for line in lines.told if line.get("turn") == str(turn.id)]
    assert about and about[-1]["attempt"] in (1, 2)
    text = "\n".join(lines.lines)
    assert "doctor" not in text and KEY not in text and "Moon" not in text


async def test_where_a_turn_begins_its_request_is_told_and_nowhere_else(
    lines: Lines, scripted: Scripted
) -> None:
    scripted.answers = {"small": ["The Moon"], "large": ["The Moon"]}
    request_id.set("proxy-7")
    turn = await ended(await begun(await amake_conversation(), PROMPT))
    while play.players:
        await asyncio.sleep(0)
    began, *later = [line for line in lines.told if line.get("turn") == str(turn.id)]
    assert (began["message"], began["request"]) == (f"turn {turn.id} began", "proxy-7")
    assert later and all("request" not in line for line in later)


async def test_a_turn_that_lost_its_player_is_told_by_its_id(lines: Lines) -> None:
    turn = await left_over(await amake_conversation(), text="The Moon")
    assert await sweep() == 1
    [line] = [line for line in lines.told if line.get("turn") == str(turn.id)]
    assert f"turn {turn.id} interrupted: small, 1 attempts" in str(line["message"])


async def test_a_turn_that_failed_is_told_with_the_code_of_why(
    lines: Lines, scripted: Scripted
) -> None:
    scripted.answers = {
        "small": [Rejected("small", code="unauthorized")],
        "large": [Rejected("large", code="unauthorized")],
    }
    turn = await ended(await begun(await amake_conversation()))
    while play.players:
        await asyncio.sleep(0)
    assert any(
        f"turn {turn.id} failed (unauthorized)" in str(line["message"]) for line in lines.told
    )


def test_a_warning_that_is_repeated_is_counted() -> None:
    seldom, told = Seldom(), []
    for after_s, said in [(0, "away"), (1, "away"), (2, "other"), (9, "away"), (SELDOM_S, "away")]:
        record = logging.makeLogRecord({"levelno": logging.WARNING, "msg": "%s", "args": (said,)})
        record.created = after_s
        if seldom.filter(record):
            told.append(record.getMessage())
    assert told == ["away", "other", "away (and 2 times before)"]
    for level in (logging.INFO, logging.ERROR):
        record = logging.makeLogRecord({"levelno": level, "msg": "a turn ended"})
        assert seldom.filter(record) and seldom.filter(record)


def test_the_log_of_the_product_tells_repeated_warnings_seldom() -> None:
    handlers = settings.LOGGING["handlers"].values()
    assert all("seldom" in handler["filters"] for handler in handlers)


async def test_a_request_carries_the_name_its_proxy_gave_or_a_new_one(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cascadeweb import probes

    async def why_not() -> str:
        logging.getLogger("chat").warning("asked")
        return ""

    monkeypatch.setattr(probes, "_why_not_ready", why_not)
    for given in (b"proxy-7", b"a\nforged line", None):
        headers = [(b"x-request-id", given)] if given else []
        await HttpCommunicator(application, "GET", "/readyz", headers=headers).get_response()
    named, *others = [line["request"] for line in lines.told if line["message"] == "asked"]
    assert named == "proxy-7"
    assert all(uuid.UUID(str(other)) for other in others) and others[0] != others[1]
    assert request_id.get() == ""


@pytest.mark.parametrize("said", ['a"quoted\\secret', "a secret's <end>"])
def test_a_secret_is_not_told_however_it_is_written(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redaction, "_known", {said})
    for message in ("it said %s", "it said %r"):
        record = logging.LogRecord("chat", 30, "", 0, message, (said,), None)
        assert json.loads(JsonLines().format(record))["message"] in (
            "it said [redacted]",
            "it said '[redacted]'",
            'it said "[redacted]"',
        )
        assert "secret" not in redaction.Lines("%(message)s").format(record)
    try:
        raise RuntimeError(said)
    except RuntimeError:
        report = redaction.Report(None, *sys.exc_info())
    assert "secret" not in report.get_traceback_text().replace("a_secret", "")
    html = report.get_traceback_html()
    assert escape(said) not in html and escape(repr(said)[1:-1]) not in html


def test_a_line_that_ends_in_a_token_is_json_still() -> None:
    record = logging.LogRecord("chat", 30, "", 0, "it said Bearer abcdef", (), None)
    assert json.loads(JsonLines().format(record))["message"] == "it said [redacted]"


def test_a_traceback_is_told_by_its_places() -> None:
    try:
        raise ValueError(KEY)
    except ValueError:
        record = logging.LogRecord("chat", 40, "", 0, "broke: %s", ("id",), None)
        record.exc_info = sys.exc_info()
    line = json.loads(JsonLines().format(record))
    assert line["message"] == "broke: id" and line["error"] == "builtins.ValueError"
    assert "test_logs.py:" in line["trace"][0] and KEY not in json.dumps(line)
