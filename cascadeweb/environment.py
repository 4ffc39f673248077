"""Reads variables of the environment. A wrong value raises ImproperlyConfigured, which names it."""

import os
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured


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


def env_hosts(name: str, default: list[str]) -> list[str]:
    """Names of hosts. With a scheme or a port they would match nothing, and nobody be let in."""
    hosts = env_list(name, default)
    for host in hosts:
        if "/" in host or (":" in host and not (host.startswith("[") and host.endswith("]"))):
            raise ImproperlyConfigured(
                f"{name} has {host!r}, must be a name alone, as chat.example.org or [::1]"
            )
    return hosts


def env_number(name: str, default: int, *, most: int | None = None) -> int:
    """A whole number, zero or more."""
    value = env(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}, must be a whole number")
    if most is not None and int(value) > most:
        raise ImproperlyConfigured(f"{name} is {value}, must be {most} or less")
    return int(value)


def env_time_zone(name: str) -> str:
    """By the name that the machine's list of time zones has for it."""
    value = env(name, "UTC")
    try:
        return ZoneInfo(value).key
    except (ValueError, OSError, KeyError) as error:  # of odd paths, directories, unknown names
        raise ImproperlyConfigured(
            f"{name} is {value!r}, must be a zone like Europe/Berlin"
        ) from error


def env_choice(name: str, *choices: str) -> str:
    """One of `choices`, the first when not set."""
    value = env(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}, must be one of: {', '.join(choices)}")
    return value


def env_address(name: str) -> tuple[str, int] | None:
    """Where to listen, as `host:port`."""
    value = env(name)
    host, _, port = value.rpartition(":")
    if value and not (host and port.isdecimal() and 0 < int(port) < 65536):
        raise ImproperlyConfigured(f"{name} is {value!r}, must be like 127.0.0.1:9100")
    return (host, int(port)) if value else None


def env_fernet_keys(name: str) -> list[str]:
    """With others no stored key could be read, and no provider that needs one be asked."""
    keys = env_list(name, [])
    if keys:
        from cryptography.fernet import Fernet  # takes a while, and few need it here

        try:
            for key in keys:
                Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} must be Fernet keys: 32 random bytes each, as URL-safe base64"
            ) from error
    return keys
