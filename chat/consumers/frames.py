"""Frames that come in: one websocket message, JSON, from anybody who can open a socket."""

import json
import time
from typing import Any

from django.utils.translation import gettext as _

FRAME_LIMIT = 393_216
"""Bytes; the longest prompt there may be fits with all that may be attached, in any script."""

DEPTH_LIMIT = 20


BURST, A_SECOND = 100, 20.0
"""Frames taken at once, and in the long run. A page sends a few a second: what it has seen."""

LARGE = 10
"""Frames that one counts for, each time it is as long as none may be: the server keeps it whole."""


class Rate:
    """Whether one socket sends no more frames than people and pages do; large ones count more."""

    def __init__(self) -> None:
        self._left, self._at = float(BURST), time.monotonic()

    def allows(self, size: int = 0) -> bool:
        now = time.monotonic()
        taken = 1 + size // FRAME_LIMIT * LARGE
        self._left = min(BURST, self._left + (now - self._at) * A_SECOND) - taken
        self._at = now
        return self._left >= 0


class BadFrame(Exception):
    """Not a frame we know; `str()` is a sentence for whoever wrote the client."""


def parse(text: str | None) -> dict[str, Any]:
    """The frame's object. Raises `BadFrame` for anything but a small, shallow JSON object."""
    if text is None:
        raise BadFrame(_("Binary frames are not understood; send JSON text."))
    if len(text.encode(errors="replace")) > FRAME_LIMIT:
        raise BadFrame(_("That message is too large."))
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame(_("That message is not JSON.")) from error
    if not isinstance(frame, dict):
        raise BadFrame(_("A message is a JSON object with a type."))
    if _is_deeper(frame, DEPTH_LIMIT):
        raise BadFrame(_("That message is nested too deeply."))
    return frame


def _is_deeper(value: object, limit: int) -> bool:
    level = [value]
    for _level in range(limit):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
