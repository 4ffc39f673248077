"""Server-sent events from bytes, as WHATWG's HTML standard reads them, at any cut.

Lines end at CR, LF or CRLF and nowhere else: `str.splitlines` and httpx's `iter_lines` also split
at U+2028 and break JSON. Unlike the standard, an event that lacks its final blank line is handed
out at the end of the input, because proxies and servers forget it.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from dataclasses import dataclass

from chat.cascade.errors import BadResponse

MAX_EVENT_BYTES = 1024 * 1024

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerEvent:
    event: str
    data: str


class SSEDecoder:
    """Feed it bytes as they come; call `flush` once at the end of the input."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of a line that has not ended
        self._held_bytes = 0  # of that line and of the event it belongs to
        self._data: list[str] = []
        self._event = ""
        self._at_start = True
        self._skip_lf = False  # the last byte was a CR, and a LF now would belong to it

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Raises BadResponse when a line or an event outgrows `MAX_EVENT_BYTES`."""
        if self._skip_lf or b"\r" in chunk:
            chunk = self._only_lf(chunk)
        *lines, rest = chunk.split(b"\n")
        events: list[ServerEvent] = []
        for line in lines:
            self._hold(len(line))
            if self._pieces:
                line = b"".join((*self._pieces, line))
                self._pieces.clear()
            self._read_line(line, events)
        if rest:
            self._hold(len(rest))
            self._pieces.append(rest)
        return events

    def flush(self) -> list[ServerEvent]:
        return self.feed(b"\n\n")

    def _only_lf(self, chunk: bytes) -> bytes:
        if self._skip_lf and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._skip_lf = False
        if chunk.endswith(b"\r"):
            self._skip_lf = True
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _hold(self, size: int) -> None:
        self._held_bytes += size
        if self._held_bytes > MAX_EVENT_BYTES:
            raise BadResponse("The provider sent a single event of more than 1 MiB.")

    def _read_line(self, line: bytes, events: list[ServerEvent]) -> None:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        if not line:
            self._dispatch(events)
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value.decode("utf-8", "replace"))
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        else:  # a comment, or a field we have no use for
            self._held_bytes -= len(line)

    def _dispatch(self, events: list[ServerEvent]) -> None:
        if self._data:
            events.append(ServerEvent(self._event or "message", "\n".join(self._data)))
            self._data.clear()
        self._event = ""
        self._held_bytes = 0
