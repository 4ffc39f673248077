"""Keys taken out of what this process tells its operators: lines of the log, pages about errors.

Our own words hold none. Those of an exception, of a library or of a frame's variables may, so what
is told is searched as a whole, for the keys this process has come to know and for what looks like
one.
"""

import logging
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

HIDDEN = "[redacted]"

SHORTEST = 8
"""Characters. What is shorter may be a part of any word."""

# Fewer than the engine takes out of what providers say: lines also hold names such as user_id.
_LOOKS_SECRET = re.compile(r"(?i)\b(?:sk|gsk|xai)[-_][\w*.-]{6,}|\bAIza[\w-]{20,}|\bbearer\s+\S+")
_NAMES = re.compile(
    r"LLM_KEY_\w+|MCP_KEY_\w+|\w+_API_KEY|METRICS_TOKEN|OIDC_CLIENT_SECRET|SECRET_KEY|FIELD_KEYS"
)

_known: set[str] = set()


def learn(*secrets: str) -> None:
    """From now on these are told to nobody."""
    _known.update(secret for secret in secrets if len(secret) >= SHORTEST)


def redacted(text: str, written: Callable[[str], str] = str) -> str:
    """`written` as the text writes what it tells. Much of it is told as Python writes strings."""
    for secret in sorted(_known | _given(), key=len, reverse=True):
        for told in (secret, repr(secret)[1:-1]):
            text = text.replace(written(told), HIDDEN)
    return _LOOKS_SECRET.sub(HIDDEN, text)


def _given() -> set[str]:
    """By the environment, which may come to hold more, and by the settings made of it."""
    found = {value.strip() for name, value in os.environ.items() if _NAMES.fullmatch(name)}
    if settings.configured:
        found |= set(settings.FIELD_KEYS)
        with suppress(ImproperlyConfigured):  # there is none yet, and that is what is told
            found.add(settings.SECRET_KEY)
    return {secret for secret in found if len(secret) >= SHORTEST}


class Lines(logging.Formatter):
    """Lines to be read by people."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


class Handler(logging.StreamHandler[TextIO]):
    """Of a line that cannot be written, `logging` would print the message as it was given."""

    def handleError(self, record: logging.LogRecord) -> None:
        kind = sys.exc_info()[0]
        sys.stderr.write(f"A line of {record.name} was not written: {kind and kind.__name__}\n")


class Report(ExceptionReporter):
    """Django's page and mail about an exception: with DEBUG it shows every variable."""

    def get_traceback_html(self) -> SafeString:
        return SafeString(redacted(redacted(super().get_traceback_html(), escape)))

    def get_traceback_text(self) -> SafeString:
        return SafeString(redacted(super().get_traceback_text()))
