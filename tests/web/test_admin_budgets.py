"""Budgets and prices in the admin: what can be set, and what is explained."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from chat.models import Budget, Spending
from tests.people import BOB, make_cascade, make_user
from tests.web.test_admin import errors, inline, operator  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db

ADD = "/admin/chat/budget/add/"


def test_budgets_are_set_for_everybody_and_for_one(operator: Client) -> None:  # noqa: F811
    bob = make_user(BOB)
    for scope, user in (("global", ""), ("user", ""), ("user", bob.pk), ("conversation", "")):
        assert errors(operator, ADD, {"scope": scope, "user": user, "limit_usd": "2.5"}) == []
    assert Budget.objects.count() == 4


def test_amounts_are_shown_without_the_zeros_of_their_column(operator: Client) -> None:  # noqa: F811
    budget = Budget.objects.create(scope="global", limit_usd=Decimal("20.5"))
    Spending.objects.create(scope="global", spent_usd=Decimal("0.00000005"))
    assert (
        'value="20.5"' in operator.get(f"/admin/chat/budget/{budget.pk}/change/").content.decode()
    )
    assert ">$20.5<" in operator.get("/admin/chat/budget/").content.decode()
    page = operator.get("/admin/chat/spending/").content.decode()
    assert ">$0.00000005<" in page and ">$0<" in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"scope": "user"}, "There is such a budget already: change its limit."),
        ({"scope": "global", "user": True}, "Only a budget for a user a day can be one user's."),
        (
            {"scope": "global", "limit_usd": "-1"},
            "Ensure this value is greater than or equal to 0.",
        ),
    ],
)
def test_a_budget_that_makes_no_sense_is_explained(
    operator: Client,  # noqa: F811
    fields: dict[str, Any],
    sentence: str,
) -> None:
    Budget.objects.create(scope="user", limit_usd=1)
    user = make_user(BOB).pk if fields.get("user") else ""
    assert errors(operator, ADD, {"limit_usd": "1", **fields, "user": user}) == [sentence]


@pytest.mark.parametrize(
    ("tiers", "sentence"),
    [
        ('[{"above": 200000, "input": "4", "output": "18"}]', None),
        ('[{"above": 200000, "input": "4"}]', "price_tiers lack output"),
        ('[{"above": 0, "input": "4", "output": "18"}]', "above is 0 in price_tiers"),
        ('[{"above": 9, "input": "-4", "output": "18"}]', "input is '-4'"),
        ('{"above": 9}', "price_tiers must be a list"),
        ("", None),
    ],
)
def test_tiers_are_checked_as_the_engine_would(
    operator: Client,  # noqa: F811
    tiers: str,
    sentence: str | None,
) -> None:
    step = make_cascade().steps.first()
    assert step
    price = {"input": "1", "output": "2", "effective_from_0": "2026-01-01", "tiers": tiers}
    config = step.model_config
    prices = inline("prices", price | {"effective_from_1": "00:00"})
    fields = {"provider": config.provider_id, "name": "long", "max_tokens": 500}
    said = errors(operator, "/admin/chat/modelconfig/add/", fields | prices)
    assert said == [] if sentence is None else said[0].startswith(sentence)


def test_a_price_that_is_sent_twice_is_explained(operator: Client) -> None:  # noqa: F811
    step = make_cascade().steps.first()
    assert step
    config = step.model_config
    path = f"/admin/chat/modelconfig/{config.pk}/change/"
    price = {"input": "3", "output": "4", "effective_from_0": "2030-01-01", "tiers": "[]"}
    price |= {"effective_from_1": "00:00"}
    fields = {"provider": config.provider_id, "name": config.name, "max_tokens": 500}
    assert errors(operator, path, fields | inline("prices", price)) == []
    sentence = "Price with this Model config and Effective from already exists."
    assert errors(operator, path, fields | inline("prices", price)) == [sentence]
    later = price | {"effective_from_0": "2031-01-01"}
    assert "duplicate" in errors(operator, path, fields | inline("prices", later, later))[0]
    assert config.prices.count() == 2


def test_counting_begins_anew_for_whoever_may_change_budgets() -> None:
    staff = User.objects.create(username="staff", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename="view_spending"))
    spending = Spending.objects.create(scope="global", spent_usd=5, reserved_usd=1)
    client = Client()
    client.force_login(staff)
    chosen = {"action": "begin_anew", "_selected_action": [spending.pk]}
    client.post("/admin/chat/spending/", chosen)
    spending.refresh_from_db()
    assert spending.spent_usd == 5
    staff.user_permissions.add(Permission.objects.get(codename="change_budget"))
    client.post("/admin/chat/spending/", chosen)
    spending.refresh_from_db()
    assert (spending.spent_usd, spending.reserved_usd) == (Decimal(0), Decimal(1))
