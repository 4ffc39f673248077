"""Exceptions that nobody caught, told by the log, which holds no key.

Python itself prints them as they are, on standard error, with whatever they quote. Those of asyncio
come by the log already.
"""

import logging
import sys
import threading
import traceback
from types import TracebackType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from chat.process.redaction import redacted

logger = logging.getLogger(__name__)


def tell() -> None:
    """From now on, in a process of our own."""
    sys.excepthook = _at_the_end
    threading.excepthook = _in_a_thread
    sys.unraisablehook = _where_none_can_be_raised


def _at_the_end(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return sys.__excepthook__(kind, error, trace)
    _told("the process", error)


def _in_a_thread(about: threading.ExceptHookArgs) -> None:
    if about.exc_value is not None and not isinstance(about.exc_value, SystemExit):
        _told(f"the thread {about.thread.name if about.thread else ''}", about.exc_value)


def _where_none_can_be_raised(about: "sys.UnraisableHookArgs") -> None:
    """As in the finalizer of an object, of which only the type is told."""
    if about.exc_value is not None:
        _told(f"{about.err_msg or 'a finalizer'} ({type(about.object).__name__})", about.exc_value)


def _told(where: str, error: BaseException) -> None:
    """Of what is wrongly set up its sentence alone, which names it: where that was found out helps
    nobody who is to change it."""
    is_set_up = not isinstance(error, ImproperlyConfigured)
    if settings.configured and is_set_up:
        logger.critical("nobody caught what broke in %s", where, exc_info=error)
    elif settings.configured:
        logger.critical("it is wrongly set up: %s", error)
    else:  # they are what is wrong, so there is no log yet
        told = "".join(traceback.format_exception(error)) if is_set_up else f"Error: {error}\n"
        sys.stderr.write(redacted(told))
