"""Providers in the admin: bad input explained, connections tested, models fetched, the first set-up
led through."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from chat.admin.models import price_words
from chat.admin.services import initial, services
from chat.cascade.providers import lookup
from chat.models import Cascade, McpServer, ModelConfig, Provider
from chat.setup import keys
from tests.loopback import Loopback, Reply, event, loopback_thread
from tests.web.test_admin import errors, inline, operator  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db

ADD = "/admin/chat/provider/add/"
GOOD = {"name": "Mine", "kind": "openai", "base_url": "https://api.example.com/v1"}
NAMES = ("gpt-4o-mini", "gpt-4o", "<script>alert(1)</script>")


@pytest.fixture
def provider() -> Iterator[Loopback]:
    with loopback_thread() as provider:
        listed = json.dumps({"data": [{"id": name} for name in NAMES]}).encode()
        provider.script("", Reply(raw=[listed], content_type="application/json"))
        yield provider


def at(loopback: Loopback, **fields: Any) -> Provider:
    return Provider.objects.create(
        name="Local", kind="openai", base_url=loopback.base_url, **fields
    )


def headers(value: object) -> dict[str, str]:
    return {"extra_headers": value if isinstance(value, str) else json.dumps(value)}


BAD = [
    ({"base_url": "api.example.com/v1"}, "must be like https://"),
    ({"base_url": "ftp://example.com"}, "must be like https://"),
    ({"base_url": "javascript:alert(1)"}, "must be like https://"),
    ({"base_url": "file:///etc/passwd"}, "must be like https://"),
    ({"base_url": "https://"}, "must be like https://"),
    ({"base_url": "https://user:secret@example.com"}, "user name"),
    ({"base_url": "https://example.com/v1#x"}, "fragment"),
    ({"base_url": "https://example.com/v1?key=1"}, "query"),
    ({"base_url": "https://example.com/\nHost: x"}, "not an address"),
    ({"base_url": "https://" + "a" * 300}, "at most 300"),
    ({"base_url": "https://exa mple.com"}, "must be like https://"),
    ({"base_url": "https://example.com:99999"}, "must be like https://"),
    ({"base_url": "http://example.com/v1"}, "by https"),
    ({"base_url": "http://10.0.0.5:8000/v1"}, "private network"),
    ({"base_url": "https://192.168.1.1/v1"}, "private network"),
    ({"base_url": "https://169.254.169.254/latest"}, "private network"),
    ({"base_url": "https://2130706433/v1"}, "private network"),
    ({"base_url": "https://0x7f000001/v1"}, "private network"),
    ({"base_url": "https://10.1/v1"}, "private network"),
    ({"base_url": "https://10。0。0。1/v1"}, "private network"),
    ({"base_url": "https://[::1]/v1"}, "private network"),
    ({"base_url": "https://[::ffff:10.0.0.1]/v1"}, "private network"),
    ({"base_url": "https://[64:ff9b::7f00:1]/v1"}, "private network"),
    ({"base_url": "https://[2002:7f00:1::]/v1"}, "private network"),
    ({"key_variable": "sk-1234567890"}, "LLM_KEY_"),
    ({"key_variable": "DJANGO_SECRET_KEY"}, "LLM_KEY_"),
    ({"key_variable": "LLM_KEY_\nX"}, "LLM_KEY_"),
    ({"name": ""}, "required"),
    ({"name": "n" * 81}, "at most 80"),
    ({"name": "two\nlines"}, "one line"),
    ({"name": "right\u202eleft"}, "one line"),
    ({"name": "nul\x00"}, "ull characters"),
    ({"kind": "opnai"}, "not one of the available"),
    ({"connect_timeout_s": "-1"}, "greater than or equal"),
    ({"connect_timeout_s": "0"}, "greater than or equal"),
    ({"connect_timeout_s": "99999999999999"}, "less than or equal"),
    ({"connect_timeout_s": "soon"}, "whole number"),
    (headers("{"), "valid JSON"),
    (headers([1]), "Write an object"),
    (headers({"X": 1}), "printable ASCII"),
    (headers({"X": "a\r\nHost: evil"}), "printable ASCII"),
    (headers({"X\r\nHost": "evil"}), "letters and hyphens"),
    (headers({"": "a"}), "letters and hyphens"),
    (headers({"Authorization": "Bearer x"}), "set by the chat itself"),
    (headers({"host": "evil.example.com"}), "set by the chat itself"),
    (headers({"Content-Length": "0"}), "set by the chat itself"),
    (headers({"Transfer_Encoding": "chunked"}), "set by the chat itself"),
    (headers({"X-A": "1", "x-a": "2"}), "given twice"),
    (headers({f"X-{n}": "1" for n in range(21)}), "At most 20"),
    (headers({"X": "é"}), "printable ASCII"),
    (headers({"X": "a" * 1_001}), "at most 1,000"),
]


@pytest.mark.parametrize(("change", "sentence"), BAD, ids=lambda value: repr(value)[:48])
def test_R28_bad_input_is_a_sentence(
    operator: Client,  # noqa: F811
    change: dict[str, str],
    sentence: str,
) -> None:
    found = errors(operator, ADD, GOOD | {"extra_headers": "{}"} | change)
    assert any(sentence in error for error in found), found
    assert not Provider.objects.exists()


NAMES_LEAD_TO = [
    ["10.0.0.5"],
    ["104.18.7.192", "127.0.0.1"],
    ["::ffff:10.0.0.1"],
    ["169.254.169.254"],
    ["fe80::1%eth0"],
]


def typed(client: Client, door: str, tmp_path: Path) -> list[str]:
    """What is said where an address is typed in that is refused."""
    match door:
        case "provider":
            return errors(client, ADD, GOOD | {"extra_headers": "{}"})
        case "tool server":
            fields = {"name": "weather", "url": GOOD["base_url"]} | inline("tools")
            return errors(client, "/admin/chat/mcpserver/add/", fields)
        case _:
            file = tmp_path / "setup.yaml"
            file.write_text(json.dumps({"version": 1, "providers": [GOOD]}))
            with pytest.raises(CommandError) as raised:
                call_command("import_config", str(file))
            return [str(raised.value)]


@pytest.mark.parametrize("found", NAMES_LEAD_TO, ids=str)
@pytest.mark.parametrize("door", ["provider", "tool server", "file"])
def test_R28_a_name_that_leads_inside_is_refused_where_it_is_typed(
    operator: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    found: list[str],
    door: str,
) -> None:
    monkeypatch.setattr(lookup, "found", lambda host, port: found)
    said = typed(operator, door, tmp_path)
    assert any("api.example.com:443 is on a private network" in one for one in said), said
    assert not Provider.objects.exists() and not McpServer.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["provider", "tool server", "file"])
def test_nobody_waits_to_write_while_a_name_is_looked_up(
    operator: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    door: str,
) -> None:
    holds_the_database = []

    def found(host: str, port: int) -> list[str]:
        holds_the_database.append(connection.in_atomic_block)
        return ["10.0.0.1"]  # so that nothing is saved, and nothing asked

    monkeypatch.setattr(lookup, "found", found)
    typed(operator, door, tmp_path)
    assert holds_the_database == [False]


@pytest.mark.parametrize(
    ("found", "warned"), [([], True), (["104.18.7.192", "2606:4700::1"], False)], ids=str
)
def test_a_name_that_nobody_knows_is_let_through_with_a_warning(
    operator: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    found: list[str],
    warned: bool,
) -> None:
    monkeypatch.setattr(lookup, "found", lambda host, port: found)
    assert errors(operator, ADD, GOOD | {"extra_headers": "{}"}) == []
    page = operator.get("/admin/chat/provider/").content.decode()
    assert ("The name api.example.com is not known here" in page) is warned


def test_listed_and_written_addresses_are_not_looked_up(
    operator: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(lookup, "found", lambda host, port: asked.append(host) or [])
    for at, url in enumerate(("http://localhost:8000/v1", "https://8.8.8.8/v1", "")):
        fields = {"name": f"Mine {at}", "kind": "openai", "base_url": url, "extra_headers": "{}"}
        assert errors(operator, ADD, fields) == []
    assert asked == []


def test_no_further_headers_are_none(operator: Client) -> None:  # noqa: F811
    assert errors(operator, ADD, GOOD | {"extra_headers": ""}) == []
    assert Provider.objects.get(name="Mine").extra_headers == {}


def test_a_name_that_looks_like_markup_breaks_no_page(operator: Client) -> None:  # noqa: F811
    name = '"><img src=x onerror=alert(1)>{{ 7*7 }}'
    assert errors(operator, ADD, GOOD | {"name": name, "extra_headers": "{}"}) == []
    pk = Provider.objects.get().pk
    for address in ("/admin/chat/provider/", f"/admin/chat/provider/{pk}/change/", "/admin/setup/"):
        page = operator.get(address).content.decode()
        assert "<img src=x" not in page
        assert "{{ 7*7 }}" in page


def test_choosing_a_service_fills_the_form(operator: Client) -> None:  # noqa: F811
    page = operator.get(ADD + "?service=groq").content.decode()
    assert 'value="Groq"' in page
    assert 'value="https://api.groq.com/openai/v1"' in page
    assert operator.get(ADD + "?service=nonsense").status_code == 200


def tool_call() -> Reply:
    call = {"index": 0, "id": "c1", "function": {"name": "ready", "arguments": "{}"}}
    return Reply(
        raw=[
            event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}),
            event({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
        ]
    )


def answer_with_logprobs() -> Reply:
    logprobs = {"content": [{"token": "OK", "logprob": -0.1}]}
    choice = {"index": 0, "delta": {"content": "OK"}, "logprobs": logprobs}
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 1}
    return Reply(
        raw=[
            event({"model": "m-2026", "choices": [choice]}),
            event({"choices": [end], "usage": usage}),
            b"data: [DONE]\n\n",
        ]
    )


def result_of(client: Client, row: Provider) -> dict[str, Any]:
    client.post(f"/admin/chat/provider/{row.pk}/test/")
    row.refresh_from_db()
    return dict(row.test_result)


def test_a_connection_that_works_tells_what_it_can(
    operator: Client,  # noqa: F811
    provider: Loopback,
) -> None:
    row = at(provider)
    ModelConfig.objects.create(provider=row, name="m")
    provider.script("m", answer_with_logprobs(), tool_call())
    result = result_of(operator, row)
    assert result.pop("ms_first") >= 0
    assert result == {
        "model": "m",
        "error": "",
        "status": 200,
        "echoed": "m-2026",
        "streaming": True,
        "usage": True,
        "logprobs": True,
        "tools": True,
    }
    page = operator.get("/admin/chat/provider/").content.decode()
    assert "m-2026; streaming yes, usage yes, tools yes, logprobs yes" in page


def test_a_connection_that_fails_says_so_and_repeats_no_body(
    operator: Client,  # noqa: F811
    provider: Loopback,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LLM_KEY_TEST", "sk-canary-0123456789")
    row = at(provider, key_variable="LLM_KEY_TEST")
    ModelConfig.objects.create(provider=row, name="m")
    provider.script("m", Reply.error(401, "Incorrect API key provided: sk-canary-0123456789"))
    result = result_of(operator, row)
    assert result["status"] == 401
    assert "refused" in result["error"] or "key" in result["error"]
    assert "canary" not in str(result)
    assert "canary" not in operator.get("/admin/chat/provider/").content.decode()


def test_tests_of_a_connection_are_seconds_apart(
    operator: Client,  # noqa: F811
    provider: Loopback,
) -> None:
    row = at(provider)
    ModelConfig.objects.create(provider=row, name="m")
    result_of(operator, row)
    asked = len(provider.requests)
    result_of(operator, row)
    assert len(provider.requests) == asked
    assert "tested just now" in operator.get("/admin/chat/provider/").content.decode()


def test_a_key_that_is_missing_is_the_result(
    operator: Client,  # noqa: F811
    provider: Loopback,
) -> None:
    row = at(provider, key_variable="LLM_KEY_NOT_SET")
    ModelConfig.objects.create(provider=row, name="m")
    assert "LLM_KEY_NOT_SET is not set" in result_of(operator, row)["error"]
    assert provider.requests == []


def test_models_are_fetched_ticked_and_marked(
    operator: Client,  # noqa: F811
    provider: Loopback,
) -> None:
    address = f"/admin/chat/provider/{at(provider).pk}/models/"
    page = operator.get(address).content.decode()
    assert 'value="gpt-4o-mini"' in page
    assert "<script>alert" not in page
    operator.post(address, {"name": ["gpt-4o"], "names": "my-own\n\n"})
    assert set(ModelConfig.objects.values_list("name", flat=True)) == {"gpt-4o", "my-own"}
    page = " ".join(operator.get(address).content.decode().split())
    assert 'value="gpt-4o" checked disabled' in page
    answer = operator.post(address, {"names": "two\x07bells"})
    assert answer.status_code == 200
    assert "one line" in answer.content.decode()


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b'{"data": 7}', b"null", b'"x"'])
def test_a_list_that_is_none_leaves_names_to_be_typed(
    operator: Client,  # noqa: F811
    provider: Loopback,
    body: bytes,
) -> None:
    provider.script("", Reply(raw=[body], content_type="application/json"))
    page = operator.get(f"/admin/chat/provider/{at(provider).pk}/models/").content.decode()
    assert "sent no list of models" in page
    assert "Names of models" in page


def test_what_was_ticked_and_typed_stays_where_it_is_refused(
    operator: Client,  # noqa: F811
    provider: Loopback,
) -> None:
    path = f"/admin/chat/provider/{at(provider).pk}/models/"
    sent = {"name": "gpt-4o", "names": f"mine\n{'m' * 121}"}
    page = operator.post(path, sent).content.decode()
    assert "at most 120 characters" in page
    assert re.findall('value="([^"]*)" checked', page) == ["gpt-4o"]
    assert f"mine\n{'m' * 121}</textarea>" in page
    assert not ModelConfig.objects.exists()


def test_the_only_model_of_a_list_is_one_model(
    operator: Client,  # noqa: F811
    provider: Loopback,
) -> None:
    body = b'{"data": [{"id": "only"}]}'
    provider.script("", Reply(raw=[body], content_type="application/json"))
    page = operator.get(f"/admin/chat/provider/{at(provider).pk}/models/").content.decode()
    assert "1 model is offered." in page


def test_models_of_known_services_come_with_their_prices(operator: Client) -> None:  # noqa: F811
    row = Provider.objects.create(name="OpenAI", kind="openai")
    operator.post(f"/admin/chat/provider/{row.pk}/models/", {"name": ["gpt-4o", "gpt-4o-mini"]})
    assert all(config.prices.exists() for config in ModelConfig.objects.all())
    dear, cheap = ModelConfig.objects.order_by("pk")
    form = operator.get("/admin/setup/cascade/").context["form"]
    assert form.initial == {"draft": cheap.pk, "last": dear.pk}
    labels = [label for _, label in form.fields["draft"].choices]
    assert labels[1:] == [f"{config} · {price_words(config)}" for config in (dear, cheap)]


def test_the_chat_itself_is_not_offered_as_a_model_server(operator: Client) -> None:  # noqa: F811
    with socket.create_server(("127.0.0.1", 1234)):  # where LM Studio listens
        for port, offered in (("8000", True), ("1234", False)):
            page = operator.get("/admin/setup/", SERVER_PORT=port)
            assert ("Found here" in page.content.decode()) is offered


def test_the_first_set_up_leads_from_nothing_to_a_question(
    operator: Client,  # noqa: F811
    provider: Loopback,
    settings: Any,
) -> None:
    assert "Set up" in operator.get("/admin/").content.decode()
    fields = GOOD | {"base_url": provider.base_url, "extra_headers": "{}"}
    answer = operator.post(ADD + "?then=setup", fields)
    assert answer.url.endswith("/models/?then=setup")
    answer = operator.post(answer.url, {"name": ["gpt-4o-mini", "gpt-4o"]})
    assert answer.url == "/admin/setup/cascade/"
    assert operator.get(answer.url).context["form"].initial == {}
    draft, last = ModelConfig.objects.values_list("pk", flat=True)
    again = operator.post(answer.url, {"name": "First", "draft": draft, "last": draft})
    assert "needs two models" in again.content.decode()
    answer = operator.post(answer.url, {"name": "First", "draft": draft, "last": last})
    made = Cascade.objects.get()
    assert answer.url == f"/admin/chat/cascade/{made.pk}/try/?then=setup"
    assert 'aria-current="step">First question' in operator.get(answer.url).content.decode()
    assert made.is_default
    assert keys.problem(Provider.objects.get()) == ""
    assert "No real model answers yet" not in operator.get("/admin/").content.decode()


@pytest.mark.parametrize("variable", ["GEMINI_API_KEY", "GOOGLE_API_KEY", "LLM_KEY_GEMINI"])
def test_a_service_is_ready_with_any_of_its_variables(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "LLM_KEY_GEMINI"):
        monkeypatch.delenv(name, raising=False)
    assert not next(service for service in services() if service.name == "gemini").is_ready
    assert initial("gemini")["key_variable"] == ""
    monkeypatch.setenv(variable, "k")
    assert next(service for service in services() if service.name == "gemini").is_ready
    assert initial("gemini")["key_variable"] == variable
