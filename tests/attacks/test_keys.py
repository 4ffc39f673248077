"""R30: a key that is planted wherever it may go wrong is told by nobody."""

import copy
import io
import logging
import logging.config
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from cryptography.fernet import Fernet
from django.conf import settings as the_settings
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from cascadeweb import urls
from chat.models import Conversation, Provider
from chat.process import redaction
from chat.setup import keys
from chat.turns import log as logs
from chat.turns.begin import begin
from tests.attacks.test_pages import client
from tests.people import make_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import BAD
from tests.turns.test_turn_life import ended
from tests.web.test_consumer import socket
from tests.web.test_keys import database

pytestmark = pytest.mark.django_db(transaction=True)

STORED, NAMED, HEADER = "canary/stored+5f1c", "canary:named:77ab", "canary~header~0d3e"
PLANTED = (STORED, NAMED, HEADER)
"""None looks like a key: that they are is known."""


@pytest.fixture(autouse=True)
def planted(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    monkeypatch.setenv("LLM_KEY_CANARY", NAMED)
    monkeypatch.setattr(redaction, "_known", set())


@pytest.fixture(params=["line", "json"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """The log as it is written in production, down to its last detail."""
    kept = io.StringIO()
    made = {"version": 1, "formatters": copy.deepcopy(the_settings.LOGGING["formatters"])}
    handler = logging.StreamHandler(kept)
    configured = logging.config.DictConfigurator(made)
    handler.setFormatter(configured.configure_formatter(made["formatters"][request.param]))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(handler)
    root.setLevel(level)


def furnished() -> Conversation:
    conversation = make_conversation()
    draft, last = (step.model_config for step in conversation.cascade.steps.all())
    first = draft.provider
    first.extra_headers = {"X-Team": HEADER}
    keys.store(first, STORED, by="operator")
    first.save()
    last.provider = Provider.objects.create(
        name="By name", kind="scripted", key_variable="LLM_KEY_CANARY"
    )
    last.save()
    return conversation


def said() -> str:
    return f"Illegal header value b'Bearer {STORED}\\n', {NAMED}, {HEADER}"


@pytest.mark.parametrize("error", [RuntimeError, ValueError, OSError])
async def test_R30_a_planted_key_is_in_no_log_event_page_or_file(
    scripted: Scripted, written: io.StringIO, error: type[Exception]
) -> None:
    """An exception that quotes them breaks the turn, and a library logs them besides."""
    conversation = await sync_to_async(furnished)()
    scripted.answers = {"small": BAD, "large": ["The Moon ", error(said())]}
    turn = await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    logging.getLogger("some.library").debug("sent %s", said(), extra={"key": STORED})
    logging.getLogger("some.library").error("%r", {"key": STORED, "headers": [HEADER]})
    assert turn.status == "failed"
    told = [event.as_dict() for event in await logs.log.read(str(turn.id)) or ()]
    async with socket(conversation) as reader:
        told.append(await reader.hear("error"))
    pages = await sync_to_async(lambda: list(everything(conversation, str(turn.id))))()
    assert "some.library" in written.getvalue()
    for text in (written.getvalue(), repr(told), *pages):
        for key in PLANTED:
            assert key not in text


def everything(conversation: Conversation, turn_id: str) -> Iterator[str]:
    reader, there = client(conversation.user), f"/c/{conversation.id}/"
    files = (f"{there}export.md", f"{there}export.json", f"/turns/{turn_id}/events.json")
    for address in ("/", there, f"/turns/{turn_id}/events/", *files):
        answer = reader.get(address)
        assert answer.status_code == 200
        yield answer.content.decode()
    for command in ("export_config", "dumpdata"):
        kept = io.StringIO()
        call_command(command, stdout=kept)
        yield kept.getvalue()
    yield database().replace(HEADER, "")  # in its column, which is no key's


def broken(request: HttpRequest) -> HttpResponse:
    key, headers = STORED, {"Authorization": f"Bearer {NAMED}", "X-Team": HEADER}
    raise RuntimeError(f"{key} {headers} {the_settings.SECRET_KEY}")


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_R30_the_debug_page_shows_no_key(
    settings: Any, monkeypatch: pytest.MonkeyPatch, debug: bool, kind: str
) -> None:
    """Not even where it is a variable, or in the environment."""
    furnished()
    for provider in Provider.objects.all():
        keys.key_of(provider)
    settings.DEBUG = debug
    monkeypatch.setattr(urls, "urlpatterns", [*urls.urlpatterns, path("broken/", broken)])
    settings.ROOT_URLCONF = "tests.attacks.test_keys"
    monkeypatch.setattr(sys.modules[__name__], "urlpatterns", urls.urlpatterns, raising=False)
    asking = Client(raise_request_exception=False, headers={"accept": kind})
    page = asking.get("/broken/").content.decode()
    assert ("RuntimeError" in page) is debug
    for key in (*PLANTED, settings.SECRET_KEY, *settings.FIELD_KEYS):
        assert key not in page
