"""Stored keys: written once, used, and told to nobody."""

import io
import json
import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from chat.agents import cast
from chat.cascade.errors import ConfigError
from chat.models import Change, ModelConfig, Provider
from chat.setup import keys
from tests.people import make_cascade
from tests.web.test_admin import errors, operator  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db

CANARY = "sk-canary-7f3a91c04be2-LAST"
ADD = "/admin/chat/provider/add/"
FORM = {"name": "Mine", "kind": "openai", "base_url": "https://api.example.com/v1"}
FIELDS = FORM | {"extra_headers": "{}"}


@pytest.fixture(autouse=True)
def field_keys(settings: Any) -> list[str]:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    return list(settings.FIELD_KEYS)


def stored(key: str = CANARY, **fields: Any) -> Provider:
    provider = Provider(name="Mine", kind="openai", base_url="https://api.example.com/v1", **fields)
    keys.store(provider, key, by="operator")
    provider.save()
    return provider


def change_page(provider: Provider) -> str:
    return f"/admin/chat/provider/{provider.pk}/change/"


def test_a_typed_key_is_encrypted_and_sent(operator: Client) -> None:  # noqa: F811
    assert errors(operator, ADD, FIELDS | {"key": f"\ufeff {CANARY}\n"}) == []
    provider = Provider.objects.get()
    assert keys.key_of(provider) == CANARY
    assert CANARY not in provider.key_encrypted
    assert (provider.key_last_four, provider.key_set_by) == ("LAST", "operator")
    cascade = make_cascade()
    ModelConfig.objects.update(provider=provider)
    assert {model.api_key for model in cast(cascade).agent.models} == {CANARY}
    page = operator.get(change_page(provider)).content.decode()
    assert "ends in LAST" in page
    assert "by operator" in page


def test_blank_keeps_a_key_and_the_box_clears_it(operator: Client) -> None:  # noqa: F811
    provider = stored()
    assert errors(operator, change_page(provider), FIELDS | {"key": ""}) == []
    provider.refresh_from_db()
    assert keys.key_of(provider) == CANARY
    assert errors(operator, change_page(provider), FIELDS | {"clear_key": "on"}) == []
    provider.refresh_from_db()
    assert (provider.key_encrypted, provider.key_last_four) == ("", "")
    assert keys.key_of(provider) == ""


def test_R30_a_stored_key_goes_to_no_other_address(operator: Client) -> None:  # noqa: F811
    """Who may change an address cannot have the key sent to a server of their own."""
    moved = FIELDS | {"base_url": "https://evil.example.com/v1"}
    [said] = errors(operator, change_page(stored()), moved)
    assert "given for another address" in said
    assert (
        errors(operator, change_page(Provider.objects.get()), moved | {"key": "sk-new-123"}) == []
    )


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("sk-one\nsk-two-canary", "line break"),
        ("“sk-canary-1234”", "curly quotes"),
        ("'sk-canary-1234'", "Leave out the quotes"),
        ("sk canary 1234", "spaces"),
        ("sk-canary\x07", "control characters"),
        ("sk-canary\x00", "ull characters"),
        ("sk-canary" * 500, "at most 4,000"),
        ("ключ-canary", "plain ASCII"),
    ],
)
def test_R30_what_is_no_key_is_refused_and_not_repeated(
    operator: Client,  # noqa: F811
    key: str,
    sentence: str,
) -> None:
    answer = operator.post(ADD, FIELDS | {"key": key})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert sentence in page
    assert "canary" not in page
    assert not Provider.objects.exists()


def test_a_key_pasted_where_a_variable_is_named_is_not_shown_again(
    operator: Client,  # noqa: F811
) -> None:
    answer = operator.post(ADD, FIELDS | {"key_variable": CANARY})
    assert "LLM_KEY_" in str(answer.context["adminform"].form.errors)
    assert CANARY not in answer.content.decode()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [([], "FIELD_KEYS is not set"), (["nonsense"], "FIELD_KEYS is not a list of Fernet keys")],
)
def test_R30_without_field_keys_nothing_breaks_and_it_says_why(
    operator: Client,  # noqa: F811
    settings: Any,
    given: list[str],
    sentence: str,
) -> None:
    provider = stored()
    settings.FIELD_KEYS = given
    cascade = make_cascade()
    ModelConfig.objects.update(provider=provider)
    with pytest.raises(ConfigError, match=sentence):
        cast(cascade)
    for page in (change_page(provider), "/admin/chat/provider/"):
        assert sentence in operator.get(page).content.decode()
    assert "disabled" in operator.get(ADD).content.decode()
    assert errors(operator, ADD, FIELDS | {"name": "Other", "key": CANARY}) == []
    assert Provider.objects.get(name="Other").key_encrypted == ""


def test_R30_a_foreign_field_key_is_a_sentence(operator: Client, settings: Any) -> None:  # noqa: F811
    provider = stored()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert "cannot be read by any of FIELD_KEYS" in keys.problem(provider)
    assert "cannot be read" in operator.get("/admin/chat/provider/").content.decode()


def test_R30_keys_are_rotated_to_the_first_field_key(settings: Any, field_keys: list[str]) -> None:
    provider = stored()
    new = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, *field_keys]
    call_command("rotate_keys", stdout=(out := io.StringIO()))
    assert "Encrypted anew: 1." in out.getvalue()
    settings.FIELD_KEYS = [new]
    provider.refresh_from_db()
    assert keys.key_of(provider) == CANARY


def test_R30_a_rotation_that_cannot_read_a_key_changes_none(settings: Any) -> None:
    before = stored().key_encrypted
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="Mine"):
        call_command("rotate_keys")
    assert Provider.objects.get().key_encrypted == before


def test_R30_keys_are_not_rotated_past_second_factors_that_are_not_seen(
    settings: Any, field_keys: list[str]
) -> None:
    before = stored().key_encrypted
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *field_keys]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE mfa_authenticator (user_id integer)")
        try:
            cursor.execute("INSERT INTO mfa_authenticator VALUES (1)")
            with pytest.raises(CommandError, match="TWO_FACTOR=1"):
                call_command("rotate_keys")
            assert Provider.objects.get().key_encrypted == before
            cursor.execute("DELETE FROM mfa_authenticator")
            call_command("rotate_keys", stdout=(out := io.StringIO()))
            assert "Encrypted anew: 1." in out.getvalue()
        finally:
            cursor.execute("DROP TABLE mfa_authenticator")


def test_who_may_only_look_sees_names_of_headers_and_no_fields() -> None:
    provider = stored(extra_headers={"X-Team": "canary-header"})
    user = User.objects.create(username="aide", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_provider"))
    client = Client()
    client.force_login(user)
    page = client.get(change_page(provider)).content.decode()
    assert "X-Team" in page
    assert "canary-header" not in page


def test_R30_a_key_is_nowhere_but_encrypted_in_its_column(
    operator: Client,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The canary scan: pages, history, log, dump, export and every column of the database."""
    caplog.set_level(logging.DEBUG)
    headers = json.dumps({"X-Team": "canary-header"})
    assert errors(operator, ADD, FIELDS | {"key": CANARY, "extra_headers": headers}) == []
    provider = Provider.objects.get()
    make_cascade("small", "large")
    ModelConfig.objects.update(provider=provider)
    changed = FIELDS | {"name": "New name", "key": CANARY + "-2", "extra_headers": headers}
    assert errors(operator, change_page(provider), changed) == []
    pages = admin_pages(operator)
    assert len(pages) > 25
    for address, page in pages.items():
        assert "sk-canary" not in page, address
    provider.refresh_from_db()
    assert "sk-canary" not in repr(provider) + repr(vars(provider)) + caplog.text
    assert "canary-header" not in caplog.text
    dump, export = io.StringIO(), io.StringIO()
    call_command("dumpdata", stdout=dump)
    call_command("export_config", stdout=export)
    for text in (dump.getvalue(), export.getvalue(), *map(str, Change.objects.values())):
        assert "canary" not in text
        assert provider.key_encrypted not in text
    assert LogEntry.objects.exists()
    assert "sk-canary" not in database()


def admin_pages(client: Client) -> dict[str, str]:
    """Every list, form, history and delete page there is, by address."""
    addresses = {"/admin/", "/", "/costs/"}
    apps = client.get("/admin/").context["app_list"]
    for model in (model for group in apps for model in group["models"]):
        addresses |= {model["admin_url"] or "/admin/", model["add_url"] or "/admin/"}
        for row in model["model"].objects.all()[:3]:
            base = f"{model['admin_url']}{row.pk}"
            addresses |= {f"{base}/{page}/" for page in ("change", "history", "delete")}
    answers = {address: client.get(address) for address in sorted(addresses)}
    assert {answer.status_code for answer in answers.values()} <= {200, 302, 403}
    return {address: answer.content.decode() for address, answer in answers.items()}


def database() -> str:
    """All that all tables hold."""
    held = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            held += [str(row) for row in cursor.fetchall()]
    return "\n".join(held)
