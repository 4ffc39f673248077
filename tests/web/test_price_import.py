"""Prices from a list: seen beside ours before anything changes, then added, never edited."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chat.models import ModelConfig, Price
from chat.setup.prices.proposals import proposals
from tests.people import ALICE, make_cascade, make_user
from tests.web.test_admin import errors, inline, operator  # noqa: F401  # one is a fixture

pytestmark = pytest.mark.django_db

PATH = "/admin/chat/modelconfig/import-prices/"


def listed(**prices: tuple[float, float]) -> SimpleUploadedFile:
    rows = [
        {"id": name.replace("_", "-"), "vendor": "openai", "input": given, "output": taken}
        for name, (given, taken) in prices.items()
    ]
    return SimpleUploadedFile("prices.json", json.dumps({"prices": rows}).encode())


def looked_at(client: Client, file: SimpleUploadedFile) -> dict[str, str]:
    """The proposals by model, signed."""
    context = client.post(PATH, {"source": "file", "file": file}).context
    return {row.config.name: signed for row, signed in context["rows"]}


def test_a_list_is_looked_at_before_anything_changes(operator: Client) -> None:  # noqa: F811
    make_cascade("small", "large", kind="openai")
    ModelConfig.objects.create(provider_id=ModelConfig.objects.first().provider_id, name="extra")
    answer = operator.post(PATH, {"source": "file", "file": listed(small=(1, 3), extra=(5, 6))})
    page = answer.content.decode()
    assert "$2 → <b>$3</b>" in page
    assert '<span class="tag">new</span>' in page
    assert "Not in the list: large." in page
    assert Price.objects.count() == 2


def test_what_is_ticked_is_added_from_now_on(operator: Client) -> None:  # noqa: F811
    make_cascade("small", "large", kind="openai")
    signed = looked_at(operator, listed(small=(1, 3), large=(7, 8)))
    answer = operator.post(PATH, {"apply": "1", "take": [signed["small"]]}, follow=True)
    assert "1 new price, from now on: small." in answer.content.decode()
    small = ModelConfig.objects.get(name="small")
    assert [(price.input, price.output) for price in small.prices.all()] == [(1, 3), (1, 2)]
    assert Price.objects.filter(model_config__name="large").count() == 1
    operator.post(PATH, {"apply": "1", "take": [signed["small"]]})
    assert small.prices.count() == 2


def test_a_list_of_one_model_is_one_of_one_model(operator: Client) -> None:  # noqa: F811
    page = operator.post(PATH, {"source": "file", "file": listed(small=(1, 3))}).content.decode()
    assert "1 model in the list." in page


def test_what_was_changed_meanwhile_is_left_alone(operator: Client) -> None:  # noqa: F811
    make_cascade("small", "large", kind="openai")
    signed = looked_at(operator, listed(small=(1, 3)))
    Price.objects.create(model_config=ModelConfig.objects.get(name="small"), input=9, output=9)
    page = operator.post(PATH, {"apply": "1", "take": [signed["small"]]}, follow=True)
    assert "Changed by somebody meanwhile and left alone: small." in page.content.decode()


def test_what_was_removed_meanwhile_is_not_said_to_be_unticked(operator: Client) -> None:  # noqa: F811
    cascade = make_cascade("small", "large", kind="openai")
    signed = looked_at(operator, listed(small=(1, 3)))
    cascade.delete()
    ModelConfig.objects.get(name="small").delete()
    answer = operator.post(PATH, {"apply": "1", "take": [signed["small"]]}, follow=True)
    assert "What was ticked was removed meanwhile" in answer.content.decode()
    answer = operator.post(PATH, {"apply": "1"}, follow=True)
    assert "Nothing was ticked" in answer.content.decode()


def test_a_tier_typed_in_plain_numbers_is_compared_like_any_other(
    operator: Client,  # noqa: F811
) -> None:
    make_cascade("small", "large", kind="openai", priced=False)
    small = ModelConfig.objects.get(name="small")
    tiers = '[{"above": 200000, "input": 4.5, "output": 18, "cached_input": null}]'
    price = {"input": "1", "output": "2", "tiers": tiers}
    fields = {"provider": small.provider_id, "name": "small", "max_tokens": 500, "enabled": "on"}
    fields |= inline(
        "prices", price | {"effective_from_0": "2026-01-01", "effective_from_1": "00:00"}
    )
    assert errors(operator, f"/admin/chat/modelconfig/{small.pk}/change/", fields) == []
    [row] = [row for row in proposals([]) if row.config == small]
    assert row.old["tiers"] == [{"above": 200_000, "input": "4.5", "output": "18"}]
    assert operator.post(PATH, {"source": "bundled"}).status_code == 200


def test_a_proposal_cannot_be_forged_or_handed_on(operator: Client) -> None:  # noqa: F811
    make_cascade("small", "large", kind="openai")
    signed = looked_at(operator, listed(small=(1, 3)))["small"]
    answer = operator.post(PATH, {"apply": "1", "take": [signed[:-2] + "xx"]}, follow=True)
    assert "Compare again." in answer.content.decode()
    other = Client()
    other.force_login(User.objects.create_superuser("other"))
    other.post(PATH, {"apply": "1", "take": [signed]})
    assert Price.objects.count() == 2


def test_a_model_elsewhere_is_not_ticked(operator: Client) -> None:  # noqa: F811
    make_cascade("small", "large", kind="openai", base_url="https://gateway.example/v1")
    page = operator.post(PATH, {"source": "file", "file": listed(small=(1, 3))}).content.decode()
    assert "priced as at openai; here it may differ" in page
    assert " checked" not in page


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("2026-11-01", "1. Nov 2026"),
        ("2026-11-01T23:30:00+00:00", "1. Nov 2026"),
        ("autumn <2026>", "autumn &lt;2026&gt;"),
    ],
)
def test_the_day_of_a_list_is_told_as_days_are(operator: Client, given: str, told: str) -> None:  # noqa: F811
    rows = [{"id": "small", "vendor": "openai", "input": 1, "output": 2}]
    content = json.dumps({"prices": rows, "updated_at": given}).encode()
    file = SimpleUploadedFile("prices.json", content)
    german = {"accept-language": "de"}
    page = operator.post(PATH, {"source": "file", "file": file}, headers=german).content.decode()
    assert f"Sie ist vom {told}." in page
    assert ", vom 25. Nov 2026, aus" in operator.get(PATH, headers=german).content.decode()


def test_the_bundled_list_knows_what_the_first_start_sets_up(operator: Client) -> None:  # noqa: F811
    make_cascade("gpt-4o-mini", "gpt-4o", kind="openai", priced=False)
    context = operator.post(PATH, {"source": "bundled"}).context
    assert [row.config.name for row, _ in context["rows"] if row.is_own] == [
        "gpt-4o",
        "gpt-4o-mini",
    ]
    operator.post(PATH, {"apply": "1", "take": [signed for _, signed in context["rows"]]})
    mini = ModelConfig.objects.get(name="gpt-4o-mini")
    assert (str(mini.price_now()), mini.context_window) == ("$0.15 in, $0.6 out", 128_000)
    assert mini.capabilities == ["tools"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"source": "file"}, "Choose a file first."),
        ({"source": "elsewhere"}, "not one of the available choices"),
        ({"source": "url", "url": ""}, "must be like https://"),
        ({"source": "url", "url": "http://example.org/p.json"}, "must be like https://"),
        ({"source": "url", "url": "file:///etc/passwd"}, "must be like https://"),
        ({"source": "url", "url": "https://me:secret@example.org/"}, "user name"),
        ({"source": "url", "url": "https://[::1/"}, "not an address"),
        ({"source": "url", "url": "https://" + "a" * 600}, "at most 500"),
        ({"source": "url", "url": "https://127.0.0.1:9/p.json"}, "127.0.0.1"),
    ],
)
def test_what_cannot_be_read_is_explained(
    operator: Client,  # noqa: F811
    fields: dict[str, Any],
    sentence: str,
) -> None:
    page = operator.post(PATH, fields).content.decode()
    [note] = page.split('role="alert">')[1:]
    assert sentence in note.split("</p>")[0]


def test_only_who_may_add_prices_imports_them() -> None:
    user = make_user(ALICE)
    user.is_staff = True
    user.save()
    statuses = []
    for permissions in ((), ("add_price",)):
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(User.objects.get(pk=user.pk))
        statuses.append(client.get(PATH).status_code)
    assert statuses == [403, 200]
