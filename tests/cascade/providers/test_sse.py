"""The event stream format, after the examples and rules of WHATWG's HTML standard."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.errors import BadResponse
from chat.cascade.providers.sse import MAX_EVENT_BYTES, SSEDecoder


def decode(*chunks: bytes) -> list[tuple[str, str]]:
    decoder = SSEDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return [(event.event, event.data) for event in events + decoder.flush()]


STREAMS: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "one event": (b"data: a\n\n", [("message", "a")]),
    "named event": (b"event: error\ndata: a\n\n", [("error", "a")]),
    "name without data": (b"event: x\n\ndata: a\n\n", [("message", "a")]),
    "no space after the colon": (b"data:a\n\n", [("message", "a")]),
    "only one space is taken": (b"data:  a\n\n", [("message", " a")]),
    "several lines of data": (b"data: a\ndata: b\ndata:\n\n", [("message", "a\nb\n")]),
    "field without a colon": (b"data\n\n", [("message", "")]),
    "two fields without a colon": (b"data\ndata\n\n", [("message", "\n")]),
    "comments": (b": hello\n\n:\ndata: a\n: again\n\n", [("message", "a")]),
    "unknown fields": (b"id: 1\nretry: 3\nfoo: bar\ndata: a\n\n", [("message", "a")]),
    "field names are case sensitive": (b"Data: a\n\n", []),
    "CRLF": (b"data: a\r\n\r\ndata: b\r\n\r\n", [("message", "a"), ("message", "b")]),
    "CR": (b"data: a\r\rdata: b\r\r", [("message", "a"), ("message", "b")]),
    "LF before CR": (b"data: a\ndata: b\r\r", [("message", "a\nb")]),
    "all three line ends": (b"data: a\r\ndata: b\rdata: c\n\n", [("message", "a\nb\nc")]),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [("message", "a")]),
    "byte order mark later on": (b"\n\xef\xbb\xbfdata: a\n\n", []),
    "other separators do not end lines": (
        "data: a\u2028b\u2029c\x85d\x0b\x0ce\n\n".encode(),
        [("message", "a\u2028b\u2029c\x85d\x0b\x0ce")],
    ),
    "characters of many bytes": ("data: é€🌊\n\n".encode(), [("message", "é€🌊")]),
    "broken UTF-8": (b"data: a\xffb\n\n", [("message", "a\ufffdb")]),
    "no blank line at the end": (b"data: a\n\ndata: b\n", [("message", "a"), ("message", "b")]),
    "no line end at the end": (b"data: a", [("message", "a")]),
    "nothing": (b"", []),
    "only blank lines": (b"\n\r\n\r\n", []),
}


@pytest.mark.parametrize(("stream", "expected"), STREAMS.values(), ids=STREAMS)
def test_stream_whole_and_byte_by_byte(stream: bytes, expected: list[tuple[str, str]]) -> None:
    assert decode(stream) == expected
    assert decode(*(bytes([byte]) for byte in stream)) == expected
    assert decode(*(bytes([byte])[:some] for byte in stream for some in (1, 0))) == expected
    for cut in range(len(stream)):
        assert decode(stream[:cut], stream[cut:]) == expected


PIECES = st.sampled_from(
    [
        "data: é🌊",
        "data",
        "data:",
        "event: x",
        ": c",
        "id: 1",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\u2028",
        "\ufeff",
    ]
)


@given(st.lists(PIECES, max_size=30), st.data())
def test_cuts_change_nothing(pieces: list[str], data: st.DataObject) -> None:
    stream = "".join(pieces).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    ends = [0, *cuts, len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(ends)]
    assert decode(*chunks) == decode(stream)


@given(st.binary(max_size=200))
def test_no_bytes_can_break_it(stream: bytes) -> None:
    decode(stream)


@pytest.mark.parametrize(
    "line",
    [b"data: " + b"x" * 1000, b"data: " + b"x" * 1000 + b"\n", b": " + b"x" * MAX_EVENT_BYTES],
    ids=["a line without end", "lines without end", "a comment"],
)
def test_memory_is_bounded(line: bytes) -> None:
    decoder = SSEDecoder()
    with pytest.raises(BadResponse, match="1 MiB"):
        for _ in range(MAX_EVENT_BYTES // 900):
            decoder.feed(line)


def test_comments_may_go_on_for_ever() -> None:
    decoder = SSEDecoder()
    for _ in range(3000):
        assert decoder.feed(b": " + b"x" * 1000 + b"\n") == []
