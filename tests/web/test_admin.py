"""Adding models and cascades in the admin: what is accepted is used at once, the rest explained."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models import Model
from django.test import Client, RequestFactory

from chat.agents import cast
from chat.models import Cascade, McpServer, McpTool, ModelConfig, Price, Provider
from chat.tools.listing import Listed
from tests.people import make_cascade
from tests.tool_server import STDIO, tool_server

pytestmark = pytest.mark.django_db

SHADOWS = {"shadow_percent": "0", "shadow_usd_a_day": "1"}


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    return client


def inline(prefix: str, *rows: dict[str, Any]) -> dict[str, Any]:
    counts = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    fields = {
        f"{prefix}-{i}-{name}": value for i, row in enumerate(rows) for name, value in row.items()
    }
    return counts | fields


def errors(client: Client, path: str, fields: dict[str, Any]) -> list[str]:
    """What the form says; empty where it was saved."""
    answer = client.post(path, fields)
    if answer.status_code == 302:
        return []
    form = answer.context["adminform"].form
    found = [error for messages in form.errors.values() for error in messages]
    for formset in answer.context["inline_admin_formsets"]:
        found += formset.formset.non_form_errors()
        found += [e for row in formset.formset.errors for es in row.values() for e in es]
    return found


PROVIDER = {"name": "Local", "kind": "openai", "base_url": "http://127.0.0.1:9/v1"}


def test_a_provider_model_and_cascade_can_be_added_and_used(operator: Client) -> None:
    assert errors(operator, "/admin/chat/provider/add/", PROVIDER) == []
    provider = Provider.objects.get(name="Local")
    for name in ("small", "large"):
        fields = {"provider": provider.pk, "name": name, "max_tokens": 500}
        price = {"input": "1", "output": "2", "effective_from_0": "2026-01-01"}
        price["effective_from_1"] = "00:00"
        fields |= {"enabled": "on"} | inline("prices", price)
        assert errors(operator, "/admin/chat/modelconfig/add/", fields) == []
    small, large = ModelConfig.objects.order_by("-name")
    steps = inline(
        "steps",
        {"model_config": large.pk, "position": 2},
        {"model_config": small.pk, "position": 1},
    )
    fields = {"name": "Mine", "threshold_simple": "0.9", "enabled": "on", "is_default": "on"}
    fields["tools"] = ["calculate", "search_conversations"]
    fields |= SHADOWS
    assert errors(operator, "/admin/chat/cascade/add/", fields | steps) == []
    agent = cast(Cascade.objects.get(name="Mine")).agent
    assert [model.name for model in agent.models] == ["small", "large"]
    assert agent.policy.thresholds["simple"] == 0.9
    assert Cascade.objects.get(name="Mine").tools == ["calculate", "search_conversations"]
    assert str(agent.models[0].prices and agent.models[0].prices.output) == "2"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "opnai"}, "not one of the available choices"),
        ({"base_url": "api.example.com/v1"}, "must be like https://"),
        ({"base_url": "ftp://example.com"}, "must be like https://"),
        ({"base_url": "http://"}, "must be like https://"),
        ({"base_url": "http://[::1"}, "must be like https://"),
        ({"base_url": "https://user:secret@example.com"}, "user name"),
        ({"base_url": "https://example.com/v1?key=1"}, "query"),
        ({"key_variable": "sk-1234567890"}, "LLM_KEY_"),
        ({"key_variable": "SECRET_KEY"}, "LLM_KEY_"),
        ({"name": ""}, "required"),
    ],
)
def test_R28_a_bad_provider_is_explained(
    operator: Client, change: dict[str, str], sentence: str
) -> None:
    [error] = errors(operator, "/admin/chat/provider/add/", PROVIDER | change)
    assert sentence in error
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"prices-0-input": "-1"}, "A price is $0 or more."),
        ({"prices-0-output": "10001"}, "$10,000 is the most"),
        ({"prices-0-input": "0.00000015"}, "that would be $0.15 per million"),
        ({"prices-0-input": "1" * 30}, "no more than"),
        ({"prices-0-tiers": '[{"above": 9, "input": 20000, "output": 1}]'}, "is the most"),
        ({"max_tokens": "99999999"}, "less than or equal to 10000000"),
        ({"context_window": "-5"}, "greater than or equal to 0"),
        ({"context_window": "many"}, "Enter a whole number"),
        ({"idle_timeout_s": "0"}, "greater than or equal to 1"),
        ({"total_timeout_s": "86400"}, "less than or equal to 3600"),
        ({"display_name": "a\u202eb"}, "one line of text"),
        ({"capabilities": ["vision"]}, "not one of the available choices"),
        ({"prices-0-output": "cheap"}, "Enter a number"),
        ({"prices-0-output": "NaN"}, "Enter a number"),
        ({"max_tokens": "0"}, "greater than or equal to 1"),
        ({"temperature": "3"}, "less than or equal to 2"),
        ({"name": "two\nlines"}, "one line of text"),
    ],
)
def test_R28_a_bad_model_is_explained(
    operator: Client, change: dict[str, str], sentence: str
) -> None:
    provider = Provider.objects.create(**PROVIDER)
    price = {
        "input": "1",
        "output": "2",
        "effective_from_0": "2026-01-01",
        "effective_from_1": "0:0",
    }
    fields = {"provider": provider.pk, "name": "m", "max_tokens": 5}
    found = errors(
        operator, "/admin/chat/modelconfig/add/", fields | inline("prices", price) | change
    )
    assert any(sentence in error for error in found), found
    assert not ModelConfig.objects.exists()
    assert not Price.objects.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"steps-1-DELETE": "on"}, "at least two models"),
        ({"threshold_simple": "1.5"}, "less than or equal to 1"),
        ({"threshold_simple": "-0.1"}, "greater than or equal to 0"),
        ({"threshold_simple": "nan"}, "Enter a number"),
        ({"threshold_simple": "high"}, "Enter a number"),
        ({"checks_off": ["everything"]}, "not one of the available choices"),
        ({"budget_usd": "0"}, "greater than or equal to"),
        ({"budget_usd": "-1"}, "greater than or equal to"),
        ({"budget_usd": "Infinity"}, "Enter a number"),
        ({"name": "a\u2028b"}, "one line of text"),
        ({"steps-1-position": "-1"}, "greater than or equal to 0"),
        ({"promise_percent": "0"}, "greater than or equal to 0.1"),
        ({"promise_percent": "51"}, "less than or equal to 50"),
        ({"shadow_percent": "101"}, "less than or equal to 100"),
        ({"shadow_usd_a_day": "-1"}, "greater than or equal to 0"),
        ({"direct_from": "never"}, "not one of the available choices"),
        ({"tools": ["launch_rockets"]}, "not one of the available choices"),
        ({"steps-1-model_config": ""}, "required"),
    ],
)
def test_R28_a_bad_cascade_is_explained(
    operator: Client, change: dict[str, str], sentence: str
) -> None:
    small, large = (row.model_config for row in make_cascade().steps.all())
    rows = ({"model_config": model.pk, "position": at} for at, model in enumerate((small, large)))
    fields = {"name": "Mine"} | SHADOWS | inline("steps", *rows) | change
    found = errors(operator, "/admin/chat/cascade/add/", fields)
    assert any(sentence in error for error in found), found
    assert not Cascade.objects.filter(name="Mine").exists()


def test_a_new_default_takes_the_mark_from_the_old_one(operator: Client) -> None:
    old = make_cascade()
    Cascade.objects.update(is_default=True)
    rows = ({"model_config": s.model_config_id, "position": s.position} for s in old.steps.all())
    fields = {"name": "New", "is_default": "on"} | SHADOWS
    fields |= inline("steps", *rows)
    assert errors(operator, "/admin/chat/cascade/add/", fields) == []
    assert [cascade.name for cascade in Cascade.objects.filter(is_default=True)] == ["New"]


def test_a_price_that_was_paid_cannot_be_changed(operator: Client) -> None:
    config = ModelConfig.objects.get(pk=make_cascade().steps.first().model_config_id)
    path = f"/admin/chat/modelconfig/{config.pk}/change/"
    paid = config.prices.get()
    page = operator.get(path).content.decode()
    assert "$0.002</td>" in page
    new = {"input": "3", "output": "4", "effective_from_0": "2026-01-01", "effective_from_1": "0:0"}
    forged = {"prices-0-id": paid.pk, "prices-INITIAL_FORMS": 1}
    fields = {"provider": config.provider_id, "name": "small", "max_tokens": 5}
    operator.post(path, fields | inline("prices", new) | forged)
    paid.refresh_from_db()
    assert (paid.input, paid.output) == (1, 2)
    assert errors(operator, path, fields | inline("prices", new)) == []
    assert config.prices.count() == 2


@pytest.fixture(scope="module")
def tool_server_url() -> Iterator[str]:
    with tool_server() as url:
        yield url


SERVER = "/admin/chat/mcpserver/add/"

ASKED_ONCE_SAVED = pytest.mark.django_db(transaction=True)


def said(client: Client) -> list[str]:
    """The messages on the next page."""
    return [str(message) for message in client.get("/admin/chat/mcpserver/").context["messages"]]


@ASKED_ONCE_SAVED
def test_a_tool_server_can_be_added_and_its_tools_offered(
    operator: Client, tool_server_url: str
) -> None:
    fields = {"name": "weather", "url": tool_server_url, "enabled": "on"} | inline("tools")
    assert errors(operator, SERVER, fields) == []
    assert "weather: 5 tools. Offer them in a cascade." in said(operator)
    page = operator.get("/admin/chat/cascade/add/").content.decode()
    assert "weather__forecast" in page
    assert "notes.write, from weather" in page


@ASKED_ONCE_SAVED
def test_a_command_of_the_allow_list_can_be_added(operator: Client, settings: Any) -> None:
    settings.MCP_STDIO_COMMANDS = [STDIO]
    fields = {"name": "weather", "command": STDIO, "enabled": "on"} | inline("tools")
    assert errors(operator, SERVER, fields) == []
    assert McpTool.objects.count() == 5


@ASKED_ONCE_SAVED
def test_a_tool_server_that_is_down_is_kept_and_can_be_asked_again(
    operator: Client, tool_server_url: str
) -> None:
    fields = {"name": "weather", "url": "http://127.0.0.1:9/mcp", "enabled": "on"}
    assert errors(operator, SERVER, fields | inline("tools")) == []
    assert "The tool server weather cannot be reached." in said(operator)
    McpServer.objects.update(url=tool_server_url)
    action = {"action": "list_again", "_selected_action": [McpServer.objects.get().pk]}
    operator.post("/admin/chat/mcpserver/", action)
    assert "weather: 5 tools. Offer them in a cascade." in said(operator)
    assert McpTool.objects.count() == 5


@ASKED_ONCE_SAVED
def test_nobody_waits_to_write_while_a_tool_server_is_asked(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds_the_database = []

    def asked(server: McpServer) -> Listed:
        holds_the_database.append(connection.in_atomic_block)
        return Listed(kept=1, refused=["It is odd"])

    monkeypatch.setattr("chat.admin.tools.list_tools", asked)
    fields = {"name": "weather", "url": "http://127.0.0.1:9/mcp", "enabled": "on"}
    assert errors(operator, SERVER, fields | inline("tools")) == []
    assert holds_the_database == [False]
    assert said(operator)[-2:] == [
        "weather: 1 tool. Offer it in a cascade.",
        "Left out: It is odd.",
    ]


def test_who_may_only_look_at_a_tool_server_lists_no_tools(tool_server_url: str) -> None:
    server = McpServer.objects.create(name="weather", url=tool_server_url)
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_mcpserver"))
    client = Client()
    client.force_login(viewer)
    action = {"action": "list_again", "_selected_action": [server.pk]}
    client.post("/admin/chat/mcpserver/", action)
    assert not McpTool.objects.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"url": "ftp://example.org"}, "must be like https://"),
        ({"url": "https://user:secret@example.org/mcp"}, "user name"),
        ({"url": ""}, "Give a URL or a command, and not both."),
        ({"url": "", "command": "rm -rf /"}, "not listed in the setting MCP_STDIO_COMMANDS"),
        ({"key_variable": "SECRET_KEY"}, "Name MCP_KEY_"),
        ({"name": "Two words"}, "Lower-case letters"),
    ],
)
def test_a_bad_tool_server_is_explained(
    operator: Client, change: dict[str, str], sentence: str
) -> None:
    fields = {"name": "weather", "url": "https://example.org/mcp"} | inline("tools") | change
    found = errors(operator, SERVER, fields)
    assert any(sentence in error for error in found), found
    assert not McpServer.objects.exists()


@pytest.mark.parametrize("listed", site._registry, ids=lambda model: model.__name__)
def test_a_list_is_narrowed_by_its_filters_alone(listed: type[Model]) -> None:
    desk, request = site._registry[listed], RequestFactory().get("/")
    by = {*desk.list_filter, *desk.linked_by}
    for field in listed._meta.get_fields():
        for lookup in (field.name, f"{field.name}__startswith", f"{field.name}__x__startswith"):
            assert field.name in by or not desk.lookup_allowed(lookup, "x", request)


@pytest.mark.parametrize("listed", site._registry, ids=lambda model: model.__name__)
def test_a_list_is_not_narrowed_by_a_nul(listed: type[Model], operator: Client) -> None:
    """Which PostgreSQL takes in no query."""
    path = f"/admin/{listed._meta.app_label}/{listed._meta.model_name}/"
    person = User.objects.get(username="operator")
    person.user_permissions.add(Permission.objects.get(codename="read_conversations"))
    for name in ("kind", "of", "draft", "scope__exact", "o"):
        answer = operator.get(path, {name: "x:\0"})
        assert (answer.status_code, answer.headers.get("Location")) == (302, f"{path}?e=1")
    assert operator.get(path, {"q": "\0"}).status_code == 200
