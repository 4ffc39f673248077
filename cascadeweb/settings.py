"""Every setting comes from the environment or has a default that is right on one's own machine.

`.env.example` lists the variables with a sentence each. A wrong value stops the start and names
itself.
"""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from cascadeweb.database import database
from cascadeweb.environment import (
    env,
    env_address,
    env_bool,
    env_choice,
    env_fernet_keys,
    env_hosts,
    env_list,
    env_number,
    env_time_zone,
)

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
SHORTEST_KEY = 32
"""Characters: 128 bits where they are hexadecimal digits."""


def oidc_server() -> str:
    """Where people sign in, in place of us or beside: its tokens are believed because of TLS."""
    url = env("OIDC_SERVER")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # it is read to be tried
    except ValueError as error:
        raise ImproperlyConfigured(f"OIDC_SERVER is {url!r}, which is no address") from error
    is_safe = parts.scheme == "https" or f"{parts.hostname}" in {"127.0.0.1", "localhost"}
    if url and not (is_safe and parts.hostname):
        raise ImproperlyConfigured(f"OIDC_SERVER is {url!r}, must begin with https://")
    for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET") if url else ():
        if not env(name):
            raise ImproperlyConfigured(f"{name} must be set where OIDC_SERVER is")
    return url


def secret_key(hosts: list[str]) -> str:
    """The given key; on this machine alone, one made at the first start and kept in `var/`."""
    key = env("SECRET_KEY")
    if not set(hosts) <= set(LOOPBACK):
        if not key:
            raise ImproperlyConfigured(
                "SECRET_KEY must be set where ALLOWED_HOSTS names other hosts"
            )
        if len(key) < SHORTEST_KEY:
            raise ImproperlyConfigured(
                f"SECRET_KEY has {len(key)} characters, must have {SHORTEST_KEY} at least where "
                "ALLOWED_HOSTS names other hosts: whoever guesses it signs in as anybody"
            )
    if key:
        return key
    kept = VAR_DIR / "secret_key"
    VAR_DIR.mkdir(exist_ok=True)
    if not kept.exists():
        _make_secret(kept)
    key = kept.read_text()
    if not key:
        raise ImproperlyConfigured(f"{kept} is empty: remove it, and start again")
    return key


def _make_secret(kept: Path) -> None:
    """Two processes may start at once: whoever links the file decides the key, which is whole."""
    with tempfile.NamedTemporaryFile("w", dir=kept.parent) as file:  # for this user alone
        file.write(secrets.token_urlsafe(50))
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, kept)


def channel_layer() -> dict[str, Any]:
    """The doorbell between processes; without Redis there is one process."""
    if not REDIS_URL:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    if REDIS_URL.partition("://")[0] not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured("REDIS_URL must begin with one of: redis, rediss, unix")
    try:
        urlsplit(REDIS_URL).port  # noqa: B018  # it is read to be tried
    except ValueError as error:
        raise ImproperlyConfigured("REDIS_URL has no whole number as its port") from error
    from redis import ConnectionPool, RedisError  # 7 MiB, which a process alone can do without

    try:  # what comes behind a ?, of which a mistake would show when it is connected to
        ConnectionPool.from_url(REDIS_URL).make_connection()
    except (TypeError, ValueError, RedisError) as error:
        raise ImproperlyConfigured(f"REDIS_URL: {error}") from error
    # redis-py gives up on an idle socket after 5 s, as long as the layer waits for a message:
    # every quiet websocket would be closed (django/channels_redis#422).
    host = {"address": REDIS_URL, "socket_timeout": 30}
    return {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [host]}}


# Who may reach it, and how

DEBUG = env_bool("DEBUG")
HTTPS = env_bool("HTTPS")
ALLOWED_HOSTS = env_hosts("ALLOWED_HOSTS", LOOPBACK)
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [])
SECRET_KEY = secret_key(ALLOWED_HOSTS)

SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
if HTTPS:  # browsers take such names from this very host alone, for all of it, and by HTTPS
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "cascadeweb.error_pages.untrusted"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# Daphne itself speaks HTTP: with HTTPS=1 the proxy in front says what the browser spoke.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Where models are asked beside public addresses by https, as host:port; host:* is any port of it.
# These are a local Ollama, vLLM, llama.cpp and LM Studio.

MODEL_PORTS = (11434, 8000, 8080, 1234)
MODEL_SERVERS = [f"{host}:{port}" for host in LOOPBACK for port in MODEL_PORTS]
LOCAL_MODEL_ADDRESSES = env_list("LOCAL_MODEL_ADDRESSES", MODEL_SERVERS)

# What keys of providers are encrypted with in the database; the first encrypts, all decrypt

FIELD_KEYS = env_fernet_keys("FIELD_KEYS")

# Questions one user may send in a minute: a person who reads nothing sends one in three seconds
SENDS_A_MINUTE = env_number("SENDS_A_MINUTE", 20)
# and all users of one address, in a process: an office behind it in its busiest minute
SENDS_A_MINUTE_OF_AN_ADDRESS = env_number("SENDS_A_MINUTE_OF_AN_ADDRESS", 200)

# Websockets one user may have open in a process: every page has two
SOCKETS_A_USER = env_number("SOCKETS_A_USER", 20)
SOCKETS_OF_AN_ADDRESS = env_number("SOCKETS_OF_AN_ADDRESS", 400)

# Days after which a conversation nobody has used is removed; 0 keeps them
RETENTION_DAYS = env_number("RETENTION_DAYS", 0, most=36_500)

# What answers may use: the command lines of tool servers (MCP) that the admin may have started

MCP_STDIO_COMMANDS = env_list("MCP_STDIO_COMMANDS", [])

# Where things are kept

DATABASES = {"default": database(VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env("REDIS_URL")
CHANNEL_LAYERS = {"default": channel_layer()}

# Who plays turns: each web process those it begins, or processes of their own (`manage.py play`)

PLAYERS = env_choice("PLAYERS", "embedded", "apart")

# How it ends: seconds that running turns have after SIGTERM. A little more passes before the exit.
DRAIN_SECONDS = env_number("DRAIN_SECONDS", 25)

# What it tells its operators

METRICS_ADDRESS = env_address("METRICS_ADDRESS")
METRICS_TOKEN = env("METRICS_TOKEN")
if METRICS_ADDRESS and METRICS_ADDRESS[0] not in LOOPBACK and not METRICS_TOKEN:
    raise ImproperlyConfigured(
        "METRICS_TOKEN must be set where METRICS_ADDRESS can be reached from other machines"
    )

# Spans of the turns played here, to where OTEL_EXPORTER_OTLP_ENDPOINT says

TRACES = env_bool("TRACES")

# What it is made of

INSTALLED_APPS = [
    "cascadeweb.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "chat",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "cascadeweb.security.Headers",
    "cascadeweb.static.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "cascadeweb.urls"
ASGI_APPLICATION = "cascadeweb.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["chat.templatetags.icons", "chat.templatetags.moulds"],
            # Frames are rendered many times a second, with DEBUG on as well.
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]

# Static files: as they lie in the source, until `collectstatic` has hashed and compressed them

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
COLLECTED = (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_USE_FINDERS = not COLLECTED
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if COLLECTED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

# Running the code of drafts: see docs/sandbox.md

SANDBOX = env_bool("SANDBOX")

# Signing in

LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds a sign-in link stays good
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Signing in elsewhere (OpenID Connect), and operators' second factor: see docs/sign-in.md. allauth
# is imported and has addresses and tables only where one of them is asked for.

OIDC_SERVER = oidc_server()
OIDC_NAME = env("OIDC_NAME", "single sign-on")
OIDC_SIGN_UP = env_bool("OIDC_SIGN_UP")
TWO_FACTOR = env_bool("TWO_FACTOR")
USES_ALLAUTH = bool(OIDC_SERVER) or TWO_FACTOR
if TWO_FACTOR and not FIELD_KEYS:
    raise ImproperlyConfigured(
        "FIELD_KEYS must be set where TWO_FACTOR is: it encrypts the secrets"
    )
if USES_ALLAUTH:
    INSTALLED_APPS[:0] = [  # before the desk, which takes their pages away
        "allauth",
        "allauth.account",
        *(["allauth.mfa"] if TWO_FACTOR else []),
        *(["allauth.socialaccount"] if OIDC_SERVER else []),
        *(["allauth.socialaccount.providers.openid_connect"] if OIDC_SERVER else []),
    ]
    MIDDLEWARE.append("allauth.account.middleware.AccountMiddleware")
    ACCOUNT_ADAPTER = "chat.accounts.account.Accounts"
    ACCOUNT_EMAIL_VERIFICATION = "none"
    ACCOUNT_LOGIN_METHODS = {"username"}
    ACCOUNT_SIGNUP_FIELDS = ["username*"]
    ACCOUNT_UNIQUE_EMAIL = False
    ACCOUNT_RATE_LIMITS = False  # counted by process: `chat.accounts.sign_in_limits` counts for all
    ACCOUNT_REAUTHENTICATION_METHODS = ["mfa"]
    MFA_ADAPTER = "chat.accounts.second_factor.Secrets"
    MFA_FORMS = {
        "authenticate": "chat.accounts.second_factor.CodeForm",
        "reauthenticate": "chat.accounts.second_factor.CodeAgainForm",
    }
    MFA_TOTP_ISSUER = "Cascade Chat"
    MFA_TOTP_TOLERANCE = 1  # clocks of phones may be half a minute off
    SOCIALACCOUNT_ADAPTER = "chat.accounts.identity.SignInElsewhere"
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "sso",
                    "name": OIDC_NAME,
                    "client_id": env("OIDC_CLIENT_ID"),
                    "secret": env("OIDC_CLIENT_SECRET"),
                    "settings": {"server_url": OIDC_SERVER},
                }
            ],
        }
    }
    SOCIALACCOUNT_LOGIN_ON_GET = True  # `form-action` would stop a form that leads elsewhere
    if REDIS_URL:  # remembers which codes were used
        CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": REDIS_URL,
                "KEY_PREFIX": "cascade:cache",
            }
        }

# Words, times and the log

LANGUAGE_CODE = "en"  # also what is kept is written in it
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "cascadeweb.formats"
USE_TZ = True
TIME_ZONE = env_time_zone("TIME_ZONE")
DEFAULT_EXCEPTION_REPORTER = "chat.process.redaction.Report"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "chat.process.redaction.Lines",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "chat.process.logs.JsonLines"},
    },
    "filters": {
        "seldom": {"()": "chat.process.logs.Seldom"},
        "outages": {"()": "chat.process.logs.Outages"},
    },
    "handlers": {
        "console": {
            "class": "chat.process.redaction.Handler",
            "filters": ["seldom"],
            "formatter": env_choice("LOG_FORMAT", "line", "json"),
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "chat": {"level": env_choice("LOG_LEVEL", "INFO", "DEBUG", "WARNING", "ERROR")},
        "django.request": {"filters": ["outages"]},
        # Answered with a 400; a traceback for every probe would bury what matters.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # It quotes what tool servers send, at any length. `chat.tools.mcp` tells what went wrong.
        "mcp": {"level": "CRITICAL"},
    },
}
