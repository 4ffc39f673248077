"""Who is at work: known to whatever is changed meanwhile, however deep below the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_user: ContextVar[Any] = ContextVar("user", default=None)


@contextmanager
def by(user: Any) -> Iterator[None]:
    token = _user.set(user)
    try:
        yield
    finally:
        _user.reset(token)


def acting_user() -> Any:
    """None where nobody is signed in, as in a command."""
    user = _user.get()
    return user if user is not None and user.is_authenticated else None
