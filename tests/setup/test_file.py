"""The set-up as a file: written, applied to an empty installation, applied twice, and refused."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from chat.models import Budget, Cascade, Change, ModelConfig, Price, Provider
from tests.people import make_cascade

pytestmark = pytest.mark.django_db


def exported() -> str:
    out = io.StringIO()
    call_command("export_config", stdout=out)
    return out.getvalue()


def imported(text: str, tmp_path: Path, **options: Any) -> str:
    file = tmp_path / "setup.yaml"
    file.write_text(text, encoding="utf-8")
    out = io.StringIO()
    call_command("import_config", str(file), stdout=out, **options)
    return out.getvalue()


def set_up() -> None:
    make_cascade("small", "large", kind="openai", base_url="https://llm.example/v1")
    Provider.objects.update(key_variable="LLM_KEY_ONE", name="Häuser & Söhne", connect_timeout_s=9)
    Cascade.objects.update(
        is_default=True,
        thresholds={"hard": 0.4},
        checks_off=["hedging"],
        system_prompt="Be kind.\n",
    )
    ModelConfig.objects.filter(name="small").update(capabilities=["tools"], enabled=False)
    Price.objects.filter(model_config__name="small").update(
        tiers=[{"above": 200_000, "input": "4", "output": "18"}]
    )
    Budget.objects.create(scope="user", limit_usd="2.5")


def test_a_set_up_moves_to_an_empty_installation(tmp_path: Path) -> None:
    set_up()
    text = exported()
    for model in (Cascade, ModelConfig, Provider, Budget):
        model.objects.all().delete()
    assert imported(text, tmp_path).splitlines() == [
        "+ provider Häuser & Söhne",
        "+ model large (Häuser & Söhne)",
        "+ price large (Häuser & Söhne): $10 in, $20 out",
        "+ model small (Häuser & Söhne)",
        "+ price small (Häuser & Söhne): $1 in, $2 out",
        "+ cascade C0",
        "~ cascade C0: models small, large",
        "+ budget user_a_day: $2.5",
        "8 changed.",
    ]
    assert exported() == text
    cascade = Cascade.objects.get()
    assert (cascade.is_default, cascade.system_prompt) == (True, "Be kind.\n")
    assert cascade.checks_off == ["hedging"]
    assert not ModelConfig.objects.get(name="small").enabled


def test_applied_twice_it_changes_nothing(tmp_path: Path) -> None:
    set_up()
    Change.objects.all().delete()
    assert imported(exported(), tmp_path) == "Everything is as the file says.\n"
    assert not Change.objects.exists()
    assert Price.objects.count() == 2


def test_a_tool_that_is_here_no_more_keeps_no_file_out(tmp_path: Path) -> None:
    set_up()
    Cascade.objects.update(tools=["gone__look"])
    text = exported()
    assert imported(text, tmp_path) == "Everything is as the file says.\n"
    with pytest.raises(CommandError, match="There is no tool gone__find here"):
        imported(text.replace("- gone__look", "- gone__look\n  - gone__find"), tmp_path)


def test_what_differs_is_told_and_only_with_dry_run_not_done(tmp_path: Path) -> None:
    set_up()
    text = exported()
    ModelConfig.objects.filter(name="large").update(max_tokens=9)
    config = ModelConfig.objects.get(name="large")
    Price.objects.create(model_config=config, input=7, output=8)
    Cascade.objects.create(name="Other", is_default=False)
    told = imported(text, tmp_path, dry_run=True)
    assert "~ model large (Häuser & Söhne): max_tokens 9 → 2000" in told
    assert "+ price large (Häuser & Söhne): $10 in, $20 out" in told
    assert told.endswith("2 to change; nothing was changed.\n")
    config.refresh_from_db()
    assert config.max_tokens == 9
    imported(text, tmp_path)
    config.refresh_from_db()
    assert (config.max_tokens, str(config.price_now())) == (2_000, "$10 in, $20 out")
    assert config.prices.count() == 3
    assert Cascade.objects.filter(name="Other").exists()


def test_no_secret_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_KEY_ONE", "sk-canary-0123456789")
    set_up()
    text = exported()
    assert "LLM_KEY_ONE" in text
    assert "canary" not in text


GOOD = """
providers: [{name: P, kind: openai}]
models: [{provider: P, name: a}, {provider: P, name: b}]
cascades: [{name: C, models: [{provider: P, name: a}, {provider: P, name: b}]}]
"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1", "Line 1: this is not YAML"),
        ("a: &x 1\nb: *x", "Line 2: aliases are not taken here."),
        ("x: !!python/object/apply:os.system [ls]", "this is not YAML"),
        ('a: "\\0"', "Line 1: a text here holds what cannot be kept."),
        ('a:\n  b: "\\ud800"', "Line 2: a text here holds what cannot be kept."),
        ("- 1", "must hold sections"),
        ("", "must hold sections"),
        ("models: 5", "models: must be a list"),
        ("budgets: [1]", "budgets: must be names"),
        ("version: 2", "version 2"),
        ('version: "1"', "of version '1', and this is for 1."),
        (
            GOOD.replace("name: b}]\nc", "name: a}]\nc"),
            "models[1]: stands twice, also at models[0].",
        ),
        (
            GOOD.replace("{name: C,", "{name: C, models: []}, {name: C,"),
            "cascades[1]: stands twice, also at cascades[0].",
        ),
        (
            GOOD.replace("{name: C,", "{name: B, is_default: true}, {name: C, is_default: true,"),
            "cascades[1].is_default: cascades[0] is the default, and one can be.",
        ),
        ("secrets: []", "Unknown section 'secrets'"),
        (GOOD.replace("kind: openai", "kind: opnai"), "providers[0].kind: "),
        (GOOD.replace("kind: openai", "kind: openai, api_key: sk-1"), "There is no 'api_key' here"),
        (
            GOOD.replace("kind: openai", "kind: openai, key_variable: SECRET_KEY"),
            "providers[0].key_variable: Name LLM_KEY_",
        ),
        (
            GOOD.replace("kind: openai", "kind: openai, base_url: 'https://u:p@x.example'"),
            "providers[0].base_url: ",
        ),
        (
            GOOD.replace("provider: P, name: b}]\nc", "provider: Q, name: b}]\nc"),
            "models[1]: There is no provider 'Q'",
        ),
        (GOOD.replace("name: a},", "name: a, max_tokens: 0},", 1), "models[0].max_tokens: "),
        (GOOD.replace("name: a},", "name: a, max_tokens: many},", 1), "models[0].max_tokens: "),
        (
            GOOD.replace("name: a},", "name: a, capabilities: [fly]},", 1),
            "models[0].capabilities: ",
        ),
        (GOOD.replace("name: a},", "name: a, price: cheap},", 1), "models[0].price: "),
        (
            GOOD.replace("name: a},", "name: a, price: {input: -1, output: 1}},", 1),
            "models[0].input: A price is $0 or more.",
        ),
        (
            GOOD.replace("name: a},", "name: a, price: {input: .nan, output: 1}},", 1),
            "models[0].input: ",
        ),
        (GOOD.replace("name: C,", "name: C, thresholds: {hard: 2},"), "cascades[0].thresholds: "),
        (GOOD.replace("name: C,", "name: C, thresholds: [2],"), "cascades[0].thresholds: "),
        (GOOD.replace("name: C,", "name: C, checks_off: [charm],"), "cascades[0].checks_off: "),
        (GOOD.replace("name: C,", "name: C, tools: [fly],"), "There is no tool fly here."),
        (GOOD.replace("name: C,", "name: C, tools: 5,"), "cascades[0].tools: must be a list."),
        (
            GOOD.replace("name: C,", "name: C, tools: {current_time: 1},"),
            "cascades[0].tools: must be a list.",
        ),
        (
            GOOD.replace("name: C,", "name: C, tools: [[1]],"),
            "cascades[0].tools: must be a list of names.",
        ),
        (
            GOOD.replace("name: a},", "name: a, capabilities: [[1]]},", 1),
            "models[0].capabilities: must be a list of names.",
        ),
        (
            GOOD.replace("name: a},", "name: a, temperature: .nan},", 1),
            "models[0].temperature: must be a number.",
        ),
        (
            GOOD.replace("name: a},", "name: a, max_tokens: .inf},", 1),
            "models[0].max_tokens: must be a number.",
        ),
        (
            GOOD.replace("name: a},", "name: a, max_tokens: 1.5},", 1),
            "models[0].max_tokens: must be a whole number.",
        ),
        (
            GOOD.replace("name: a},", "name: a, display_name: [x]},", 1),
            "models[0].display_name: must be text.",
        ),
        (
            GOOD.replace("kind: openai", "kind: openai, base_url: "),
            "providers[0].base_url: must be text.",
        ),
        (
            GOOD.replace("name: C,", "name: C, tools: , direct_from: ,"),
            "cascades[0].direct_from: must be text.",
        ),
        (GOOD.replace("name: C,", "name: C, tools: ,"), "cascades[0].tools: must be a list."),
        (GOOD + "budgets: {everybody: true}", "budgets.everybody.limit_usd: must be a number."),
        (GOOD.replace("name: C,", "name: 7,"), "cascades[0].name: must be given, as text."),
        (GOOD.replace(", {provider: P, name: b}]}]", "]}]"), "at least two models"),
        (GOOD.replace("{provider: P, name: b}]}]", "{provider: P, name: a}]}]"), "stands twice"),
        (GOOD + "budgets: {everybody: -1}", "budgets.everybody.limit_usd: "),
        (GOOD + "budgets: {everybody: lots}", "budgets.everybody.limit_usd: "),
        (GOOD + "budgets: {nobody: 1}", "budgets.nobody: must be one of"),
    ],
)
def test_R28_what_makes_no_sense_is_explained_and_nothing_changes(
    text: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError) as refused:
        imported(text, tmp_path)
    assert sentence in str(refused.value)
    assert str(refused.value).endswith("Nothing was changed.")
    assert not Provider.objects.exists()


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("name: C,", "name: C, thresholds: {hard: 2},").replace(
        "name: a},", "name: a, max_tokens: 0},", 1
    )
    with pytest.raises(CommandError) as refused:
        imported(text, tmp_path)
    assert "models[0].max_tokens" in str(refused.value)
    assert "cascades[0]" in str(refused.value)


def test_amounts_may_be_written_as_plain_numbers(tmp_path: Path) -> None:
    prices = "price: {input: 0.15, output: 0.6, cached_input: 0.075}"
    text = GOOD.replace("name: a},", f"name: a, {prices}}},", 1) + "budgets: {everybody: 0.1}"
    text = text.replace("name: C,", "name: C, budget_usd: 0.07, promise_percent: 0.3,")
    imported(text, tmp_path)
    assert str(ModelConfig.objects.get(name="a").price_now()) == "$0.15 in, $0.6 out"
    assert f"{Budget.objects.get().limit_usd:f}".rstrip("0") == "0.1"
    cascade = Cascade.objects.get()
    assert (cascade.budget_usd, cascade.promise_percent) == (Decimal("0.07"), Decimal("0.3"))
    assert imported(text, tmp_path) == "Everything is as the file says.\n"


def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"/no/setup\.yaml cannot be written: No such file"):
        call_command("export_config", output=str(tmp_path / "no" / "setup.yaml"))


KEPT = {"name": "P", "kind": "openai", "base_url": "https://llm.example/v1"}


@pytest.mark.parametrize(
    ("holds", "differs", "sentence"),
    [
        pytest.param(held, {name: value}, f"providers[0].{name}: The {what} given for another")
        for held, what in (
            ({"key_encrypted": "gAAAAA"}, "stored key was"),
            ({"extra_headers": {"X-Auth": "canary"}}, "extra headers were"),
        )
        for name, value in (("base_url", "https://evil.example/v1"), ("kind", "anthropic"))
    ]
    + [
        pytest.param(
            {"key_encrypted": "gAAAAA"},
            {"key_variable": "LLM_KEY_NEW"},
            "providers[0].key_variable: There is a stored key, which would stay in use.",
        )
    ],
)
def test_R30_what_is_stored_for_an_address_goes_to_no_other_by_a_file(
    holds: dict[str, Any], differs: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    Provider.objects.create(**KEPT, **holds)
    assert "Everything is" in imported(yaml.safe_dump({"providers": [KEPT]}), tmp_path)
    with pytest.raises(CommandError) as refused:
        imported(yaml.safe_dump({"providers": [KEPT | differs]}), tmp_path)
    assert sentence in str(refused.value)
    assert Provider.objects.filter(**KEPT, key_variable="").exists()


def test_a_file_that_is_not_there_is_explained() -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_config", "/nowhere/setup.yaml")
