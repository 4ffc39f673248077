"""What is remembered of the set-up: who changed what, and what a turn ran under."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import translation

from chat.admin.cascades import cloned
from chat.agents import cast
from chat.models import (
    Budget,
    Cascade,
    Change,
    Configuration,
    McpServer,
    McpTool,
    ModelConfig,
    Price,
    Provider,
    Spending,
)
from chat.setup.changes import SECRET, described, subject, word
from chat.turns.configurations import remember
from tests.people import BOB, make_cascade, make_user
from tests.web.test_admin import errors, inline, operator  # noqa: F401  # a fixture
from tests.web.test_admin_cascades import form_of, path_of

pytestmark = pytest.mark.django_db


def lines(change: Change) -> list[str]:
    return described(change)


def test_a_change_on_the_desk_is_kept_with_who_from_and_to(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade("a", "b")
    Change.objects.all().delete()
    fields = form_of(cascade, [2, 1], threshold_hard="0.4")
    assert errors(operator, path_of(cascade), fields) == []
    moved, changed = Change.objects.all()
    assert (changed.by_name, changed.kind, changed.what) == ("operator", "cascade", "changed")
    assert lines(changed) == ["Thresholds: hard 0.4"]
    assert lines(moved) == ["Models: a, b → b, a"]
    page = operator.get(path_of(cascade, "history"), follow=True).content.decode()
    assert "Thresholds: hard 0.4" in page
    assert "cascade C0: changed" in page


def test_what_is_kept_as_data_is_told_in_words() -> None:
    tiers = [{"above": 200_000, "input": "4"}, {"above": 400_000, "input": "6"}]
    assert word(tiers) == "above 200000, input 4; above 400000, input 6"
    assert word(["a", "b"]) == "a, b"
    assert word({"hard": 0.4}) == "hard 0.4"


def test_saving_without_a_change_leaves_no_trace(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade("a", "b")
    Change.objects.all().delete()
    assert errors(operator, path_of(cascade), form_of(cascade, [1, 2])) == []
    assert not Change.objects.exists()


def test_prices_models_and_what_is_removed_leave_a_trace(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade("a", "b")
    config = ModelConfig.objects.get(name="a")
    Change.objects.all().delete()
    price = {
        "input": "3",
        "output": "4",
        "effective_from_0": "2026-01-01",
        "effective_from_1": "0:0",
    }
    fields = {"provider": config.provider_id, "name": "a", "max_tokens": 900, "enabled": "on"}
    path = f"/admin/chat/modelconfig/{config.pk}/change/"
    assert errors(operator, path, fields | inline("prices", price)) == []
    operator.post(f"/admin/chat/cascade/{cascade.pk}/delete/", {"post": "yes"})
    said = {(change.kind, change.what): lines(change) for change in Change.objects.all()}
    assert said["model config", "changed"] == ["Max tokens: 2000 → 900"]
    assert "Input: $3 per million tokens" in said["price", "added"]
    assert f"Model config: {config}" in said["price", "added"]
    assert "Effective from: 2026-01-01 00:00:00 UTC" in said["price", "added"]
    assert said["cascade", "removed"] == []
    assert {change.by_name for change in Change.objects.all()} == {"operator"}


def test_a_price_is_told_in_words_and_in_the_language_of_the_reader(
    operator: Client,  # noqa: F811
) -> None:
    make_cascade("a", "b")
    config = ModelConfig.objects.get(name="a")
    Change.objects.all().delete()
    tiers = [{"above": 200_000, "input": "4", "output": "18.5"}]
    Price.objects.create(model_config=config, input="2.5", output=10, tiers=tiers)
    change = Change.objects.get()
    assert lines(change)[-1] == "Tiers: above 200,000 tokens: input $4, output $18.5"
    named = f"{config}, input $2.5, output $10 per million tokens"
    assert subject(change) == named
    path = f"/admin/chat/modelconfig/{config.pk}/history/"
    for page in (operator.get(path, follow=True), operator.get("/admin/")):
        assert named in page.content.decode()
    with translation.override("de"):
        assert subject(change) == f"{config}, Eingabe 2,5 $, Ausgabe 10 $ je Million Tokens"
        assert lines(change)[-3:] == [
            "Eingabe: 2,5 $ je Million Tokens",
            "Ausgabe: 10 $ je Million Tokens",
            "Staffeln: über 200.000 Tokens: Eingabe 4 $, Ausgabe 18,5 $",
        ]


def test_what_a_model_can_is_told_in_words() -> None:
    provider = Provider.objects.create(name="P", kind="openai")
    ModelConfig.objects.create(provider=provider, name="a", capabilities=["tools"])
    assert "Capabilities: calls tools" in lines(Change.objects.all()[0])


def test_a_user_that_is_deleted_with_a_budget_leaves_a_trace_of_both() -> None:
    user = make_user()
    Budget.objects.create(scope="user", user=user, limit_usd=1)
    Change.objects.all().delete()
    user.delete()
    removed = {change.kind: change.object for change in Change.objects.filter(what="removed")}
    assert removed.keys() == {"budget", "user"} and user.username in removed["budget"]


def test_what_a_command_changes_has_nobody_signed_in() -> None:
    make_cascade()
    assert {change.by_name for change in Change.objects.all()} == {""}


def test_of_a_secret_only_its_change_is_kept() -> None:
    provider = Provider.objects.create(name="P", kind="openai")
    provider.extra_headers = {"X-Key": "canary-0123456789"}
    provider.key_encrypted = "canary-9876543210"
    provider.test_result = {"status": 200}
    provider.save()
    change = Change.objects.first()
    assert change and {name: rest for name, *rest in change.fields} == {
        "key_encrypted": [SECRET, SECRET],
        "extra_headers": [SECRET, SECRET],
    }
    assert "Extra headers: changed" in lines(change)
    assert "canary" not in str([kept.fields for kept in Change.objects.all()])


def test_turning_a_user_off_is_kept_and_signing_in_is_not() -> None:
    user = User.objects.create(username="carol")
    Change.objects.all().delete()
    client = Client()
    client.force_login(user)
    user.refresh_from_db()
    user.set_password("canary")
    user.is_active = False
    user.save()
    [change] = Change.objects.all()
    assert lines(change) == ["Active: yes → no"]


def test_what_a_user_is_granted_and_denied_is_kept(operator: Client) -> None:  # noqa: F811
    user, reads = make_user(), Permission.objects.get(codename="read_conversations")
    group = Group.objects.create(name="Readers")
    Change.objects.all().delete()
    fields = {"username": user.username, "is_active": "on", "date_joined_0": "2026-01-01"}
    fields |= {"date_joined_1": "12:00", **inline("budget_set")}
    granted = {"user_permissions": [reads.pk], "groups": [group.pk]}
    for form in (fields | granted, fields):
        assert errors(operator, f"/admin/auth/user/{user.pk}/change/", form) == []
    assert {(kept.by_name, kept.kind, kept.object) for kept in Change.objects.all()} == {
        ("operator", "user", user.username)
    }
    assert {line for kept in Change.objects.all() for line in lines(kept)} == {
        f"User permissions: {reads.name}",
        "Groups: Readers",
        f"User permissions: {reads.name} → nothing",
        "Groups: Readers → nothing",
    }


def test_what_a_group_is_granted_is_kept(operator: Client) -> None:  # noqa: F811
    reads = Permission.objects.get(codename="read_conversations")
    Change.objects.all().delete()
    form = {"name": "Readers", "permissions": [reads.pk]}
    assert errors(operator, "/admin/auth/group/add/", form) == []
    group = Group.objects.get()
    granted, added = Change.objects.all()
    assert (added.kind, added.object, lines(added)) == ("group", "Readers", ["Name: Readers"])
    assert (granted.by_name, lines(granted)) == ("operator", [f"Permissions: {reads.name}"])
    group.permissions.clear()
    assert lines(Change.objects.all()[0]) == [f"Permissions: {reads.name} → nothing"]


def test_a_grant_from_the_other_end_is_kept_of_who_has_it() -> None:
    user, other, group = make_user(), make_user(BOB), Group.objects.create(name="Readers")
    Change.objects.all().delete()
    group.user_set.add(user)
    group.user_set.remove(user, other)
    group.user_set.add(other)
    group.user_set.clear()
    assert [(kept.object, *lines(kept)) for kept in Change.objects.order_by("id")] == [
        (user.username, "Groups: Readers"),
        (user.username, "Groups: Readers → nothing"),
        (other.username, "Groups: Readers"),
        (other.username, "Groups: Readers → nothing"),
    ]


@pytest.mark.parametrize("label", ["chat/provider", "chat/mcpserver", "auth/user", "auth/group"])
def test_the_history_on_a_page_tells_what_happened_elsewhere(
    operator: Client,  # noqa: F811
    label: str,
) -> None:
    model = apps.get_model(label.replace("/", "."))
    name = "username" if model is User else "name"
    url = {"url": "http://127.0.0.1:9/mcp"} if model is McpServer else {}
    row = model.objects.create(**{name: "once"}, **url)
    setattr(row, name, "canary")
    row.save()
    page = operator.get(f"/admin/{label}/{row.pk}/history/", follow=True).content.decode()
    assert "once → canary" in page


def test_the_history_of_a_model_is_that_of_its_prices_too(operator: Client) -> None:  # noqa: F811
    make_cascade("a", "b")
    mine, other = ModelConfig.objects.order_by("name")
    for config, amount in ((mine, 31), (other, 77)):
        Price.objects.create(model_config=config, input=amount, output=amount)
    page = operator.get(f"/admin/chat/modelconfig/{mine.pk}/history/", follow=True)
    kinds = {(change.kind, change.object_id) for change in page.context["cl"].result_list}
    prices = mine.prices.values_list("pk", flat=True)
    assert kinds == {("model config", str(mine.pk)), *(("price", str(pk)) for pk in prices)}
    told = page.content.decode()
    assert "Input: $31 " in told and "Input: $77 " not in told
    assert f"model config {mine}" in told  # what it is narrowed to


@pytest.mark.parametrize(
    "of", ["x", "model config:", "model config:x", "model config:\u0663", f"model config:{10**30}"]
)
def test_a_history_of_nothing_is_empty(operator: Client, of: str) -> None:  # noqa: F811
    make_cascade()
    page = operator.get("/admin/chat/change/", {"of": of})
    assert page.status_code == 200 and not page.context["cl"].result_list


def test_what_was_chosen_is_told_in_words() -> None:
    cascade = make_cascade()
    Change.objects.all().delete()
    cascade.direct_from = "hard"
    cascade.save()
    Budget.objects.create(scope="user", limit_usd=1)
    with translation.override("de"):
        told = [line for kept in Change.objects.order_by("id") for line in lines(kept)]
    assert "Direkt ab: Experte → schwer" in told
    assert "Geltungsbereich: ein Benutzer am Tag" in told


def test_a_budget_begun_anew_is_kept(operator: Client) -> None:  # noqa: F811
    spending = Spending.objects.create(scope="global", spent_usd="9.5")
    action = {"action": "begin_anew", "_selected_action": [spending.pk]}
    operator.post("/admin/chat/spending/", action)
    [change] = Change.objects.filter(kind="spending")
    assert (change.by_name, change.object_id) == ("operator", str(spending.pk))
    assert lines(change) == ["Spent usd: 9.5 → 0"]


def test_a_tool_that_asks_no_more_is_kept(operator: Client) -> None:  # noqa: F811
    server = McpServer.objects.create(name="files", url="http://127.0.0.1:9/mcp")
    tool = McpTool.objects.create(
        server=server, name="files__a", remote_name="a", description="", parameters={}
    )
    Change.objects.all().delete()
    row = {"tools-0-id": tool.pk, "tools-0-server": server.pk}
    fields = {"url": server.url, "enabled": "on", **inline("tools"), **row}
    fields |= {"tools-TOTAL_FORMS": 1, "tools-INITIAL_FORMS": 1}
    assert errors(operator, f"/admin/chat/mcpserver/{server.pk}/change/", fields) == []
    [change] = Change.objects.all()
    assert (change.by_name, change.kind, change.object) == ("operator", "MCP tool", "files__a")
    assert lines(change) == ["Asks the reader first: yes → no"]


def test_the_same_set_up_is_kept_once_and_another_anew() -> None:
    cascade = cloned(make_cascade(kind="openai"))
    Cascade.objects.update(enabled=True, system_prompt="canary prompt")
    cascade.refresh_from_db()
    first = remember(cascade, cast(cascade))
    assert remember(cascade, cast(cascade)) == first
    cascade.checks_off = ["hedging"]
    second = remember(cascade, cast(cascade))
    assert second and first and second != first
    assert Configuration.objects.count() == 2
    kept = Configuration.objects.get(pk=second)
    assert kept.data["checks_off"] == ["hedging"]
    assert kept.data["thresholds"]["simple"] == 0.6
    assert "canary" not in str(kept.data)


def test_changes_can_only_be_read(operator: Client) -> None:  # noqa: F811
    make_cascade()
    change = Change.objects.first()
    assert change
    assert operator.get("/admin/chat/change/add/").status_code == 403
    assert operator.post(f"/admin/chat/change/{change.pk}/delete/").status_code == 403
    assert operator.get("/admin/chat/change/?kind=cascade&what__exact=added").status_code == 200


def test_rights_that_were_given_are_told_in_the_reader_s_language() -> None:
    user = make_user()
    rights = ("add_price", "read_conversations")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    kept = Change.objects.get(object=user.username, fields__0__0="user_permissions")
    with translation.override("de"):
        [told] = lines(kept)
    assert "Can" not in told
    assert "Kann Preis hinzufügen" in told
    with translation.override("en"):
        assert "Can add price" in lines(kept)[0]
