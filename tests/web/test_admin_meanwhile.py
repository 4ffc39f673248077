"""Two who change one thing at the desk: none undoes what the other did without having seen it."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chat.models import Cascade, Change
from tests.people import BOB, make_cascade, make_user
from tests.web import test_admin_people as people
from tests.web.test_admin import errors, operator  # noqa: F401  # a fixture
from tests.web.test_admin_cascades import form_of, path_of

pytestmark = pytest.mark.django_db


def seen(page: str) -> dict[str, str]:
    [number] = re.findall(r'name="seen" value="(\d+)"', page)
    return {"seen": number}


def opened(client: Client, path: str) -> dict[str, str]:
    return seen(client.get(path).content.decode())


def test_a_later_save_is_refused_once_and_keeps_what_was_typed(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade("a", "b")
    first, second = opened(operator, path_of(cascade)), opened(operator, path_of(cascade))
    prompt = form_of(cascade, [1, 2], system_prompt="Be kind.")
    assert errors(operator, path_of(cascade), prompt | first) == []
    hard = form_of(cascade, [1, 2], threshold_hard="0.4")
    answer = operator.post(path_of(cascade), hard | second)
    page = answer.content.decode()
    assert "Meanwhile this was changed: System prompt: Be kind. (operator)." in page
    assert 'value="0.4"' in page and Cascade.objects.get().system_prompt == "Be kind."
    assert errors(operator, path_of(cascade), hard | seen(page)) == []
    saved = Cascade.objects.get()
    assert (saved.system_prompt, saved.thresholds) == ("", {"hard": 0.4})


def test_another_s_change_of_the_models_counts_and_of_another_cascade_does_not(
    operator: Client,  # noqa: F811
) -> None:
    cascade, other = make_cascade("a", "b"), make_cascade("c", "d")
    before = opened(operator, path_of(cascade))
    assert errors(operator, path_of(other), form_of(other, [2, 1])) == []
    assert errors(operator, path_of(cascade), form_of(cascade, [2, 1]) | before) == []
    [sentence] = errors(operator, path_of(cascade), form_of(cascade, [1, 2]) | before)
    assert "Models: a, b → b, a (operator)" in sentence


def test_a_user_who_was_turned_off_is_not_turned_on_by_an_older_form(operator: Client) -> None:  # noqa: F811
    bob = make_user(BOB)
    path = f"/admin/auth/user/{bob.pk}/change/"
    before = opened(operator, path)
    bob.is_active = False
    bob.save()
    [sentence] = errors(operator, path, people.form_of(bob) | before)
    assert "Active: yes → no" in sentence
    assert not User.objects.get(pk=bob.pk).is_active


def test_what_a_form_says_it_saw_is_no_error_whatever_it_is(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade("a", "b")
    for number in ("", "x", "-1", "9" * 30, "9" * 5000, "²"):
        fields = form_of(cascade, [1, 2]) | {"seen": number}
        operator.post(path_of(cascade), fields)
    assert 'name="seen"' not in operator.get("/admin/chat/cascade/add/").content.decode()
    assert Change.objects.filter(kind="cascade").count() == 1
