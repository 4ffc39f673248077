"""Every setting comes from the environment or has a default that is right on one's own machine.

`.env.example` lists the variables with a sentence each. A wrong value stops the start and names
itself.
"""

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]


def env(name: str, default: str = "") -> str:
    """The variable without surrounding white space; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str) -> bool:
    value = env(name, "0").lower()
    if value not in {"0", "1", "false", "true"}:
        raise ImproperlyConfigured(f"{name} is {value!r}, must be one of: 0, 1, false, true")
    return value in {"1", "true"}


def env_list(name: str, default: list[str]) -> list[str]:
    """Values separated by commas."""
    return [part.strip() for part in env(name).split(",") if part.strip()] or default


def env_number(name: str, default: int) -> int:
    """A whole number, zero or more."""
    value = env(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}, must be a whole number")
    return int(value)


def env_choice(name: str, *choices: str) -> str:
    """One of `choices`, the first when not set."""
    value = env(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}, must be one of: {', '.join(choices)}")
    return value


def secret_key(hosts: list[str]) -> str:
    """The given key; on this machine alone, one made at the first start and kept in `var/`."""
    if key := env("SECRET_KEY"):
        return key
    if not set(hosts) <= set(LOOPBACK):
        raise ImproperlyConfigured("SECRET_KEY must be set where ALLOWED_HOSTS names other hosts")
    kept = VAR_DIR / "secret_key"
    VAR_DIR.mkdir(exist_ok=True)
    try:
        # Two processes may start at once: whoever creates the file decides the key.
        with open(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return kept.read_text()


def database() -> dict[str, Any]:
    """SQLite in `var/` by default; connections are never kept, as Django asks under ASGI."""
    url = env("DATABASE_URL", f"sqlite:///{VAR_DIR}/db.sqlite3")
    try:
        config: dict[str, Any] = {**dj_database_url.parse(url, conn_max_age=0)}
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {error}") from error
    if config["ENGINE"].endswith("sqlite3"):
        VAR_DIR.mkdir(exist_ok=True)
        options = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        }
    elif config["ENGINE"].endswith("postgresql"):
        options = {"pool": {"min_size": 2, "max_size": 8, "timeout": 5}}
        config["CONN_HEALTH_CHECKS"] = True  # a pool keeps what a restart of the database has cut
    else:
        raise ImproperlyConfigured("DATABASE_URL must begin with one of: sqlite, postgres")
    return {**config, "OPTIONS": {**options, **config.get("OPTIONS", {})}}


def channel_layer() -> dict[str, Any]:
    """The doorbell between processes; without Redis there is one process."""
    if not REDIS_URL:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    if REDIS_URL.partition("://")[0] not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured("REDIS_URL must begin with one of: redis, rediss, unix")
    # redis-py gives up on an idle socket after 5 s, as long as the layer waits for a message:
    # every quiet websocket would be closed (django/channels_redis#422).
    host = {"address": REDIS_URL, "socket_timeout": 30}
    return {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [host]}}


# Who may reach it, and how

DEBUG = env_bool("DEBUG")
HTTPS = env_bool("HTTPS")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", LOOPBACK)
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [])
SECRET_KEY = secret_key(ALLOWED_HOSTS)

SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
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

# What answers may use: the command lines of tool servers (MCP) that the admin may have started

MCP_STDIO_COMMANDS = env_list("MCP_STDIO_COMMANDS", [])

# Where things are kept

DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env("REDIS_URL")
CHANNEL_LAYERS = {"default": channel_layer()}

# How it ends: seconds that running turns have after SIGTERM. A little more passes before the exit.
DRAIN_SECONDS = env_number("DRAIN_SECONDS", 25)

# What it is made of

INSTALLED_APPS = [
    "django.contrib.admin",
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

# Words, times and the log

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = env("TIME_ZONE", "UTC")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "chat": {"level": env_choice("LOG_LEVEL", "INFO", "DEBUG", "WARNING", "ERROR")},
        # Answered with a 400; a traceback for every probe would bury what matters.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
