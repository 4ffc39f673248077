"""A cascade on the desk: its models in order, copies, what is said of it, a first question."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from chat.agents import cast
from chat.models import Cascade, Conversation, McpServer, McpTool
from tests.people import ALICE, make_cascade, make_user
from tests.web.test_admin import SHADOWS, errors, inline, operator  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db


def form_of(cascade: Cascade, order: list[int], **fields: Any) -> dict[str, Any]:
    """The change form as a browser sends it, with these places for its models."""
    steps = list(cascade.steps.all())
    rows = [
        {"id": step.pk, "model_config": step.model_config_id, "position": place}
        for step, place in zip(steps, order, strict=True)
    ]
    form = {"name": cascade.name, "enabled": "on", **SHADOWS, **inline("steps", *rows), **fields}
    return form | {"steps-INITIAL_FORMS": len(rows)}


def path_of(cascade: Cascade, page: str = "change") -> str:
    return f"/admin/chat/cascade/{cascade.pk}/{page}/"


def names(cascade: Cascade) -> list[str]:
    return [step.model_config.name for step in cascade.steps.all()]


def test_models_can_change_places(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade("a", "b", "c")
    assert errors(operator, path_of(cascade), form_of(cascade, [2, 1, 0])) == []
    assert names(cascade) == ["c", "b", "a"]
    assert errors(operator, path_of(cascade), form_of(cascade, [3, 3, 1])) == []
    assert names(cascade) == ["a", "c", "b"]


def test_a_form_from_before_a_save_can_be_saved_too(operator: Client) -> None:  # noqa: F811
    """In another tab, or where a browser goes back to: its rows are there no more."""
    cascade = make_cascade("a", "b", "c")
    old = form_of(cascade, [1, 2, 3], system_prompt="Be kind.")
    assert errors(operator, path_of(cascade), form_of(cascade, [3, 2, 1])) == []
    assert errors(operator, path_of(cascade), old) == []
    assert (names(cascade), Cascade.objects.get().system_prompt) == (["a", "b", "c"], "Be kind.")


def test_a_form_that_does_not_count_its_rows_is_explained(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade()
    fields = form_of(cascade, [1, 2]) | {"steps-TOTAL_FORMS": "x"}
    assert "ManagementForm" in errors(operator, path_of(cascade), fields)[0]


def test_a_model_that_stands_twice_is_explained(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade()
    first = cascade.steps.first().model_config_id
    fields = form_of(cascade, [1, 2]) | {"steps-1-model_config": first}
    [error] = errors(operator, path_of(cascade), fields)
    assert "stands twice" in error


def test_checks_and_budget_reach_the_engine(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade(kind="openai")
    fields = form_of(cascade, [1, 2], checks_off=["hedging", "loop"], budget_usd="0.02")
    fields |= {"threshold_hard": "0.5", "direct_from": ""}
    assert errors(operator, path_of(cascade), fields) == []
    kept = Cascade.objects.get(pk=cascade.pk)
    policy = cast(kept).agent.policy
    assert policy.checks_off == {"hedging", "loop"}
    assert (policy.thresholds["hard"], policy.thresholds["simple"]) == (0.5, 0.6)
    assert policy.direct_from is None
    page = operator.get(path_of(cascade)).content.decode()
    assert 'name="threshold_hard" value="0.5"' in page
    assert 'placeholder="0.60"' in page


def test_thresholds_are_suggested_as_ones_language_writes_them(operator: Client) -> None:  # noqa: F811
    path = path_of(make_cascade("small", "large"))
    for language, point in (("en", "."), ("de", ",")):
        page = operator.get(path, headers={"accept-language": language}).content.decode()
        found = re.findall(r'name="threshold_\w+"[^>]*placeholder="([^"]*)"', page)
        assert len(found) == 5 and all(
            re.fullmatch(rf"0{re.escape(point)}\d\d", it) for it in found
        )


def test_a_clone_is_off_and_has_the_same_models(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade("a", "b", "c")
    Cascade.objects.update(is_default=True, thresholds={"hard": 0.4}, tools=["calculate"])
    for name in (f"{cascade}, copy", f"{cascade}, copy 2"):
        answer = operator.post(path_of(cascade, "clone"))
        copy = Cascade.objects.get(name=name)
        assert answer.url == path_of(copy)
        assert (copy.enabled, copy.is_default) == (False, False)
        assert (copy.thresholds, copy.tools) == ({"hard": 0.4}, ["calculate"])
        assert names(copy) == ["a", "b", "c"]
    assert operator.get(path_of(cascade, "clone")).status_code == 302
    assert Cascade.objects.count() == 3


def test_the_page_and_the_list_say_what_is_to_be_seen_to(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade(priced=False)
    said = "No price of small is known, so nothing can be said to be saved."
    for path in (path_of(cascade), "/admin/chat/cascade/"):
        assert said in operator.get(path).content.decode()


def test_what_is_to_be_seen_to_is_said_before_saving(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade()
    answer = operator.post("/admin/chat/cascade/advice/", form_of(cascade, [2, 1]))
    assert answer.json()["advice"] == [
        "small is cheaper than large, which drafts: a draft saves nothing."
    ]
    for odd in (
        {"steps-TOTAL_FORMS": "x"},
        {"steps-0-model_config": "9" * 30},
        {"budget_usd": "-"},
    ):
        answer = operator.post("/admin/chat/cascade/advice/", form_of(cascade, [1, 2]) | odd)
        assert answer.status_code == 200


def test_tools_that_are_gone_are_told_on_the_page_and_the_list(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade()
    server = McpServer.objects.create(name="files", url="https://example.org/mcp")
    McpTool.objects.create(
        server=server, name="files__look", remote_name="look", description="x", parameters={}
    )
    tools = ["calculate", "files__look", "files__read"]
    Cascade.objects.update(tools=tools)
    said = "Not offered, since their servers are off or have them no longer: {}."
    for path in (path_of(cascade), "/admin/chat/cascade/"):
        page = operator.get(path).content.decode()
        assert said.format("files__read") in page
    McpServer.objects.update(enabled=False)
    posted = form_of(cascade, [1, 2], tools=tools)
    answer = operator.post("/admin/chat/cascade/advice/", posted)
    assert answer.json()["advice"] == [said.format("files__look, files__read")]


def test_who_cannot_remove_a_model_is_told_which_cascade_has_it(operator: Client) -> None:  # noqa: F811
    step = make_cascade().steps.last()
    assert step
    Cascade.objects.update(name="Everyday")
    page = operator.get(f"/admin/chat/modelconfig/{step.model_config_id}/delete/")
    assert f"Cascade step: Everyday, {step.position}: " in page.content.decode()


def test_tools_of_a_server_that_is_off_stay_until_they_are_taken_off(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade()
    Cascade.objects.update(tools=["calculate", "files__look"])
    assert "files__look, not offered now" in operator.get(path_of(cascade)).content.decode()
    fields = form_of(cascade, [1, 2], tools=["calculate", "files__look"])
    assert errors(operator, path_of(cascade), fields) == []
    assert Cascade.objects.get().tools == ["calculate", "files__look"]
    assert errors(operator, path_of(cascade), fields | {"tools": ["calculate"]}) == []
    assert Cascade.objects.get().tools == ["calculate"]
    assert len(errors(operator, path_of(cascade), fields)) == 1


def test_trying_a_cascade_is_a_conversation_of_ones_own(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade()
    page = operator.get(path_of(cascade, "try"))
    assert f'name="cascade" value="{cascade.pk}"' in page.content.decode()
    assert not Conversation.objects.exists()
    Cascade.objects.update(enabled=False)
    assert "This cascade is off." in operator.get(path_of(cascade, "try")).content.decode()


def test_what_is_to_be_seen_to_is_a_click_away_where_a_cascade_is_tried(
    operator: Client,  # noqa: F811
) -> None:
    cascade = make_cascade()
    page = operator.get(path_of(cascade, "try")).content.decode()
    for step in cascade.steps.all():
        assert f'href="/admin/chat/modelconfig/{step.model_config_id}/change/"' in page


@pytest.mark.parametrize(
    ("method", "page", "needed"),
    [
        ("get", "change", "view_cascade"),
        ("get", "try", "change_cascade"),
        ("post", "clone", "add_cascade"),
        ("post", "advice", "change_cascade"),
    ],
)
def test_the_desk_is_for_those_who_may(method: str, page: str, needed: str) -> None:
    cascade = make_cascade()
    path = "/admin/chat/cascade/advice/" if page == "advice" else path_of(cascade, page)
    user = make_user(ALICE)
    statuses = []
    for staff, permissions in ((None, ()), (False, ()), (True, ()), (True, (needed,))):
        client = Client()
        if staff is not None:
            user.is_staff = staff
            user.save()
            user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
            client.force_login(User.objects.get(pk=user.pk))
        statuses.append(getattr(client, method)(path).status_code)
    assert statuses == [302, 302, 403, 302 if page == "clone" else 200]
