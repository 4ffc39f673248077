"""What is remembered of the set-up: who changed what, and what a turn ran under."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chat.admin.cascades import cloned
from chat.agents import cast
from chat.changes import SECRET, described, word
from chat.configurations import remember
from chat.models import Budget, Cascade, Change, Configuration, ModelConfig, Provider
from tests.people import make_cascade, make_user
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
    assert "Input: 3" in said["price", "added"]
    assert f"Model config: {config}" in said["price", "added"]
    assert "Effective from: 2026-01-01 00:00:00 UTC" in said["price", "added"]
    assert said["cascade", "removed"] == []
    assert {change.by_name for change in Change.objects.all()} == {"operator"}


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
    assert second.data["checks_off"] == ["hedging"]
    assert second.data["thresholds"]["simple"] == 0.6
    assert "canary" not in str(second.data)


def test_changes_can_only_be_read(operator: Client) -> None:  # noqa: F811
    make_cascade()
    change = Change.objects.first()
    assert change
    assert operator.get("/admin/chat/change/add/").status_code == 403
    assert operator.post(f"/admin/chat/change/{change.pk}/delete/").status_code == 403
    assert operator.get("/admin/chat/change/?kind=cascade&what__exact=added").status_code == 200
