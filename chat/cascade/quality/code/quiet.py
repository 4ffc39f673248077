"""Parsing what others wrote without a word on stderr: Python warns of escapes such as "\\d"."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_turn = threading.Lock()
"""`catch_warnings` changes what all threads share."""


@contextmanager
def quietly() -> Iterator[None]:
    with _turn, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
