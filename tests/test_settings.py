import runpy
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import ConnectionHandler

from cascadeweb.database import try_again

ROOT = Path(__file__).parent.parent


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Reads settings.py in an empty place, with these variables and no others."""
    copy = tmp_path / "cascadeweb" / "settings.py"
    copy.parent.mkdir()
    shutil.copy(ROOT / "cascadeweb" / "settings.py", copy)

    def start(**environment: str) -> dict[str, Any]:
        monkeypatch.setattr("os.environ", environment)
        return runpy.run_path(str(copy))

    return start


def test_nothing_set_serves_this_machine_alone(start):
    values = start()
    assert values["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert values["DEBUG"] is False
    assert values["DATABASES"]["default"]["NAME"] == str(values["VAR_DIR"] / "db.sqlite3")
    assert values["CHANNEL_LAYERS"]["default"]["BACKEND"].endswith("InMemoryChannelLayer")


def test_secret_key_is_made_once_and_private(start, tmp_path):
    first = start()["SECRET_KEY"]
    assert len(first) >= 50
    assert start()["SECRET_KEY"] == first
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


def test_a_secret_key_that_could_not_be_written_leaves_no_file(start, tmp_path, monkeypatch):
    (tmp_path / "var").mkdir()
    with monkeypatch.context() as broken:
        broken.setattr("os.link", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(OSError, match="full"):
            start()
    assert not list((tmp_path / "var").iterdir())
    assert len(start()["SECRET_KEY"]) >= 50


def test_an_empty_secret_key_is_named(start, tmp_path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret_key").touch()
    with pytest.raises(ImproperlyConfigured, match="secret_key is empty: remove it"):
        start()


def test_given_secret_key_wins(start, tmp_path):
    assert start(SECRET_KEY="given")["SECRET_KEY"] == "given"
    assert not (tmp_path / "var" / "secret_key").exists()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"ALLOWED_HOSTS": "127.0.0.1,chat.example.org"}, "SECRET_KEY must be set"),
        ({"ALLOWED_HOSTS": "chat.example.org", "SECRET_KEY": "k" * 31}, "SECRET_KEY has 31 char"),
        ({"DATABASE_URL": "sqlite://:memory:"}, "DATABASE_URL must name a file"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL must name a file"),
        ({"HTTPS": "yes please"}, "HTTPS is 'yes please', must be one of: 0, 1, false, true"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is 'LOUD', must be one of: INFO, DEBUG"),
        ({"DRAIN_SECONDS": "-1"}, "DRAIN_SECONDS is '-1', must be a whole number"),
        ({"OIDC_SERVER": "http://id.example.org"}, "OIDC_SERVER is 'http://id.example.org', must"),
        ({"OIDC_SERVER": "https://id.example.org"}, "OIDC_CLIENT_ID must be set where OIDC_SERVER"),
        ({"TWO_FACTOR": "1"}, "FIELD_KEYS must be set where TWO_FACTOR is"),
        ({"TWO_FACTOR": "1", "FIELD_KEYS": "no key"}, "FIELD_KEYS must be Fernet keys"),
        ({"FIELD_KEYS": f"{'k' * 43}=,no key"}, "FIELD_KEYS must be Fernet keys"),
        ({"RETENTION_DAYS": "36501"}, "RETENTION_DAYS is 36501, must be 36500 or less"),
        ({"TIME_ZONE": "Mars/Base"}, "TIME_ZONE is 'Mars/Base', must be a zone like"),
        ({"TIME_ZONE": "../etc"}, "TIME_ZONE is '../etc', must be a zone like"),
        ({"REDIS_URL": "redis://r:abc"}, "REDIS_URL has no whole number as its port"),
        ({"REDIS_URL": "redis://r?socket_timeout=no"}, "REDIS_URL: Invalid value for 'sock"),
        ({"REDIS_URL": "redis://r?patience=9"}, "REDIS_URL: "),
        ({"DATABASE_URL": "postgres://u:p@h:5432/"}, "DATABASE_URL must end in the name of a data"),
        (
            {"DATABASE_URL": "postgres://u:p@h/n?conect_timeout=9"},
            'DATABASE_URL: invalid connection option "conect_timeout"',
        ),
        ({"OIDC_SERVER": "https://[id"}, "OIDC_SERVER is 'https://[id', which is no address"),
        ({"OIDC_SERVER": "https://id:sso"}, "OIDC_SERVER is 'https://id:sso', which is no address"),
        (
            {"ALLOWED_HOSTS": "https://chat.example.org", "SECRET_KEY": "given"},
            "ALLOWED_HOSTS has 'https://chat.example.org', must be a name alone",
        ),
        (
            {"ALLOWED_HOSTS": "127.0.0.1,localhost:8000", "SECRET_KEY": "given"},
            "ALLOWED_HOSTS has 'localhost:8000', must be a name alone",
        ),
        ({"ALLOWED_HOSTS": "::1"}, "ALLOWED_HOSTS has '::1', must be a name alone"),
        ({"METRICS_ADDRESS": "9100"}, "METRICS_ADDRESS is '9100', must be like 127.0.0.1:9100"),
        ({"METRICS_ADDRESS": "0.0.0.0:9100"}, "METRICS_TOKEN must be set"),
        ({"REDIS_URL": "http://r"}, "REDIS_URL must begin with one of: redis, rediss, unix"),
        ({"DATABASE_URL": "mysql://u:p@h/n"}, "DATABASE_URL must begin with one of"),
        ({"DATABASE_URL": "nonsense://h/n"}, "DATABASE_URL: Scheme 'nonsense://' is unknown"),
    ],
    ids=[
        "foreign-host-without-key",
        "foreign-host-with-a-short-key",
        "database-in-memory",
        "database-in-memory-by-default",
        "flag",
        "choice",
        "number",
        "oidc-without-tls",
        "oidc-without-client",
        "factor-without-keys",
        "factor-with-others",
        "keys-of-which-one-is-none",
        "a-thousand-years",
        "no-zone",
        "no-zone-but-a-path",
        "redis-without-port",
        "redis-with-a-wrong-option",
        "redis-with-an-unknown-option",
        "database-without-a-name",
        "database-with-an-unknown-option",
        "oidc-at-half-an-address",
        "oidc-at-no-port",
        "host-with-scheme",
        "host-with-port",
        "host-without-brackets",
        "address",
        "metrics-for-everybody",
        "other-redis",
        "other-database",
        "unknown-scheme",
    ],
)
def test_wrong_value_stops_the_start_and_names_itself(start, environment, message):
    with pytest.raises(ImproperlyConfigured) as raised:
        start(**environment)
    assert str(raised.value).startswith(message)


def test_https_makes_cookies_secure_and_redirects(start):
    values = start(HTTPS="1", SECRET_KEY="k" * 32, ALLOWED_HOSTS="chat.example.org")
    assert values["SESSION_COOKIE_SECURE"] and values["CSRF_COOKIE_SECURE"]
    assert values["SECURE_SSL_REDIRECT"] and values["SECURE_HSTS_SECONDS"] > 0


def test_empty_variable_counts_as_not_set(start):
    assert start(ALLOWED_HOSTS="", HTTPS=" ")["ALLOWED_HOSTS"] == settings.LOOPBACK


def test_postgresql_by_url_is_pooled_and_keeps_no_connection(start):
    config = start(DATABASE_URL="postgres://u:p@db:5432/chat")["DATABASES"]["default"]
    assert (config["HOST"], config["NAME"], config["CONN_MAX_AGE"]) == ("db", "chat", 0)
    pool = {"min_size": 2, "max_size": 8, "timeout": 5, "reconnect_timeout": 5}
    assert config["OPTIONS"]["pool"] == pool | {"reconnect_failed": try_again}


def test_postgresql_that_answers_nothing_is_given_up_in_seconds_or_as_the_url_says(start):
    url = "postgres://u:p@db:5432/chat?connect_timeout=9"
    options = start(DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]
    assert options["tcp_user_timeout"] == 5000
    assert options["keepalives_idle"] == options["keepalives_interval"] == 5
    assert int(options["connect_timeout"]) == 9


def test_what_psycopg_alone_knows_is_an_option_too(start):
    url = "postgres://u:p@db:5432/chat?prepare_threshold=0"
    assert start(DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]["prepare_threshold"] == 0


def test_redis_layer_waits_longer_than_the_layer_blocks(start):
    layer = start(REDIS_URL="redis://redis:6379")["CHANNEL_LAYERS"]["default"]
    assert layer["CONFIG"]["hosts"] == [{"address": "redis://redis:6379", "socket_timeout": 30}]


def test_sqlite_readers_go_on_and_writers_wait(start, django_db_blocker):
    connection = ConnectionHandler(start()["DATABASES"])["default"]
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        pragmas = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
    connection.close()
    assert pragmas == ["wal", 1, 20_000]
