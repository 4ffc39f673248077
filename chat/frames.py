"""Frames that come in: one websocket message, JSON, from anybody who can open a socket."""

import json
import time
from typing import Any

FRAME_LIMIT = 65_536
"""Bytes; the longest prompt there may be fits, however it is written."""

DEPTH_LIMIT = 20


BURST, A_SECOND = 100, 20.0
"""Frames taken at once, and in the long run. A page sends a few a second: what it has seen."""


class Rate:
    """Whether one socket sends no more frames than people and pages do."""

    def __init__(self) -> None:
        self._left, self._at = float(BURST), time.monotonic()

    def allows(self) -> bool:
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._at) * A_SECOND) - 1
        self._at = now
        return self._left >= 0


class BadFrame(Exception):
    """Not a frame we know; `str()` is a sentence for whoever wrote the client."""


def parse(text: str | None) -> dict[str, Any]:
    """The frame's object. Raises `BadFrame` for anything but a small, shallow JSON object."""
    if text is None:
        raise BadFrame("Binary frames are not understood; send JSON text.")
    if len(text.encode(errors="replace")) > FRAME_LIMIT:
        raise BadFrame("That message is too large.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("That message is not JSON.") from error
    if not isinstance(frame, dict):
        raise BadFrame("A message is a JSON object with a type.")
    if _is_deeper(frame, DEPTH_LIMIT):
        raise BadFrame("That message is nested too deeply.")
    return frame


def _is_deeper(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
