"""One request and its streamed answer: what all providers do alike, whatever they speak.

A provider says in a `Call` where to ask, with what, and how a payload is read; deltas come out, or
our errors. What comes in is never trusted: `fields`, `text` and `count` read JSON of any type.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, Protocol

import httpx

from chat.cascade.errors import BadResponse, Incomplete, Rejected, Unavailable
from chat.cascade.pace import Pace
from chat.cascade.pricing import Half, Usage
from chat.cascade.providers import failures
from chat.cascade.providers.addresses import AddressRefused
from chat.cascade.providers.base import (
    Delta,
    Finish,
    Logprobs,
    Provider,
    Reported,
    Request,
    TokenLogprob,
    clean,
    made_up_id,
    together,
)
from chat.cascade.providers.sse import MAX_EVENT_BYTES, SSEDecoder
from chat.cascade.providers.thoughts import InlineThoughts
from chat.cascade.providers.transport import READ, REST, shared_client
from chat.cascade.waits import beside_if_long

reading = Pace(0.05)
"""Between two reads of an answer: half the CPU of reading each token, and no eye sees it."""

_ERROR_BODY_BYTES = 64 * 1024
_ERROR_BODY_S = 5.0
_TAIL_BYTES = 4096

_DONE = "[DONE]"

# The longest answer an attempt keeps is sent in some 30 MiB: a hundred bytes go with each letter.
_ANSWER_BYTES = 64 * 1024 * 1024

# Parameters that a model at an address has refused, remembered while the process lives.
_refused: dict[tuple[str, str], frozenset[str]] = {}


class Reader(Protocol):
    def read(self, data: str) -> list[Delta]:
        """What one payload brings. A list, not a generator: this runs once for every token."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request in a vendor's form; its `reader` is for one answer only.

    `body` is given the parameters that the model has refused before, out of those in `dispensable`.
    `thoughts` tells those in the text apart, where there may be any. `end` is asked for what only
    the proper end of the answer's stream proves.
    `request` holds the key that is sent (see `with_key`), so that it is redacted wherever it is
    echoed.
    """

    request: Request
    url: str
    body: Callable[[frozenset[str]], Mapping[str, Any]]
    reader: Reader
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    dispensable: frozenset[str] = frozenset()
    framing: Literal["sse", "ndjson"] = "sse"
    thoughts: InlineThoughts | None = None
    end: Callable[[], Iterable[Delta]] = tuple


def provider(prepare: Callable[[Request], Call]) -> Provider:
    """A provider that differs from others only in the call it prepares."""

    async def stream(
        request: Request, transport: httpx.AsyncBaseTransport | None
    ) -> AsyncGenerator[Delta, None]:
        call = prepare(request)
        client = await shared_client(transport)
        begun = False
        try:
            while True:
                refused = _refused.get((call.url, request.model), frozenset())
                async with aclosing(await _send(client, call, refused)) as response:
                    if response.is_success:
                        begun = True  # from here on it may have been worked on
                        async with aclosing(_deltas(response, call)) as deltas:
                            with reading:
                                async for delta in deltas:
                                    yield delta
                        rest = call.thoughts.rest() if call.thoughts else ()
                        for delta in (*rest, *call.end()):
                            yield delta
                        return
                    error, param = failures.from_response(
                        response.status_code, response.headers, await _some(response), call.request
                    )
                if param not in call.dispensable - refused:
                    raise error
                _refused[call.url, request.model] = refused | {param}
        except httpx.TransportError as error:
            raise _broken(error, request, begun=begun) from error

    return stream


def with_key(request: Request, *variables: str, is_own_address: bool) -> Request:
    """The request with its key; the environment's goes to the vendor's own address only."""
    if request.api_key or not is_own_address:
        return request
    keys = (os.environ.get(variable, "").strip() for variable in variables)
    if key := next(filter(None, keys), ""):
        return replace(request, api_key=key)
    raise Rejected(
        f"There is no API key for {request.model}. Set {variables[0]} or the model's own key.",
        code="unauthorized",
    )


def _body(call: Call, refused: frozenset[str]) -> bytes:
    return json.dumps(call.body(refused), default=dict).encode()


async def _send(client: httpx.AsyncClient, call: Call, refused: frozenset[str]) -> httpx.Response:
    body = partial(_body, call, refused)
    content = await beside_if_long(len(call.request.written), body)  # Ollama's room is an estimate
    wait_s = call.request.connect_timeout_s
    headers = httpx.Headers({"Content-Type": "application/json", "Accept-Encoding": "identity"})
    headers["Accept"] = "text/event-stream" if call.framing == "sse" else "application/x-ndjson"
    headers.update(call.headers)
    headers.update(call.request.extra_headers)
    timeout = httpx.Timeout(None, connect=wait_s, pool=wait_s)
    asked = client.build_request(
        "POST", call.url, content=content, headers=headers, timeout=timeout
    )
    return await client.send(asked, stream=True)


async def _some(response: httpx.Response) -> bytes:
    """Of an error's body, what comes of it: the status says the most, whatever becomes of that."""
    body = b""
    with suppress(httpx.TransportError, TimeoutError):
        async with asyncio.timeout(_ERROR_BODY_S):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > _ERROR_BODY_BYTES:
                    break
    return body[:_ERROR_BODY_BYTES]


def _broken(error: httpx.TransportError, request: Request, *, begun: bool) -> Exception:
    detail = type(error).__name__
    if isinstance(error, AddressRefused):
        return Rejected(f"The address of {request.model} is not allowed here: {error}")
    if begun:
        return Incomplete(f"The connection to {request.model} broke off.", detail=detail)
    return Unavailable(f"{request.model} could not be reached.", detail=detail)


async def _deltas(response: httpx.Response, call: Call) -> AsyncGenerator[Delta, None]:
    payloads, read = _payloads(response, call), _reading(call)
    read_on, rest = _arriving(response), response.extensions.get(REST)
    goes_on, size = False, 0
    while received := await read_on():
        size += len(received)
        if size > _ANSWER_BYTES:
            raise BadResponse(f"{call.request.model} sent more than 64 MiB.")
        arrived = payloads.feed(received)
        is_done = _DONE in arrived
        if is_done:
            del arrived[arrived.index(_DONE) :]
        for delta in _read_together(arrived, read):
            goes_on = not isinstance(delta, Finish | Reported)
            yield delta
        if is_done:
            return
        if rest and goes_on:
            del received, arrived  # most streams rest most of the time
            await rest(reading.s)
    try:
        for data in payloads.flush():
            if data != _DONE:
                for delta in read(data):
                    yield delta
    except BadResponse as error:  # of a stream, a line that the end of the connection cut
        if isinstance(payloads, _Whole):
            raise
        raise Incomplete(f"{call.request.model} stopped in the middle of a line.") from error


def _arriving(response: httpx.Response) -> Callable[[], Awaitable[bytes]]:
    """Gives what arrives next, and nothing at the end."""
    read: Callable[[], Awaitable[bytes]] | None = response.extensions.get(READ)
    return read or partial(anext, response.aiter_raw(), b"")


def _read_together(payloads: list[str], read: Callable[[str], list[Delta]]) -> Iterator[Delta]:
    """What arrived together goes on together, also what came before a payload that raises."""
    deltas: list[Delta] = []
    try:
        for data in payloads:
            deltas += read(data)
    finally:
        yield from together(deltas)


def _reading(call: Call) -> Callable[[str], list[Delta]]:
    read, thoughts = call.reader.read, call.thoughts
    return (lambda data: thoughts.split(read(data))) if thoughts else read


def _payloads(response: httpx.Response, call: Call) -> "_Events | _Lines | _Whole":
    name, kind = call.request.model, response.headers.get("content-type", "")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise BadResponse(f"{name} answered in a compressed form that was not asked for.")
    if "html" in kind:
        raise BadResponse(f"The address of {name} answers with a web page.", retryable=False)
    if call.framing == "ndjson":
        return _Lines(name)
    return _Whole(name) if "json" in kind else _Events()


class _Events:
    """The data of events, if there is any: an event without may keep a connection alive.

    Also hands out a bare JSON object at the very end: Gemini's and gateways' way to fail.
    """

    def __init__(self) -> None:
        self._decoder = SSEDecoder()
        self._tail = b"\n\n"

    def feed(self, chunk: bytes) -> list[str]:
        tail = self._tail + chunk
        last = tail.rfind(b"\ndata:")  # what is before it does not come at the very end
        self._tail = tail[max(0, last, len(tail) - _TAIL_BYTES) :]
        return [event.data for event in self._decoder.feed(chunk) if event.data.strip()]

    def flush(self) -> list[str]:
        data = [event.data for event in self._decoder.flush() if event.data.strip()]
        _, blank, last = self._tail.replace(b"\r\n", b"\n").rstrip().rpartition(b"\n\n")
        return [*data, last.decode("utf-8", "replace")] if blank and last[:1] in b"{[" else data


class _Lines:
    """A JSON value a line; the last line may lack its end."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[str]:
        *lines, rest = chunk.split(b"\n")
        if lines:
            lines[0] = b"".join((*self._pieces, lines[0]))
            self._pieces, self._size = [], 0
        self._size += len(rest)
        if max(self._size, *map(len, lines), 0) > MAX_EVENT_BYTES:
            raise BadResponse(f"{self._model} sent a line of more than 1 MiB.")
        self._pieces.append(rest)
        return [line.decode("utf-8", "replace") for line in lines if line.strip()]

    def flush(self) -> list[str]:
        return self.feed(b"\n")


class _Whole:
    """Some servers ignore that a stream was asked for and answer with one JSON body."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._body = bytearray()

    def feed(self, chunk: bytes) -> list[str]:
        self._body += chunk
        if len(self._body) > MAX_EVENT_BYTES:
            raise BadResponse(f"{self._model} sent a body of more than 1 MiB.")
        return []

    def flush(self) -> list[str]:
        return [self._body.decode("utf-8", "replace")]


def alternating(said: Iterable[tuple[str, Any]], content: str) -> list[dict[str, Any]]:
    """Messages of (role, part): what one side says in a row is one, as roles must alternate."""
    return [
        {"role": role, content: [part for _, part in run]}
        for role, run in groupby(said, key=itemgetter(0))
    ]


def parsed(data: str, request: Request) -> Any:
    """Raises BadResponse for what is not JSON."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadResponse(f"{request.model} sent something unreadable.") from error


def fields(value: object) -> dict[str, Any]:
    """An object's fields; none where it is anything else."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """A string, cleaned; "" for anything else."""
    return clean(value) if isinstance(value, str) else ""


def stated(counts: Mapping[str, Any], name: str) -> int | None:
    """A plausible number of tokens; None for anything else."""
    value = counts.get(name)
    return value if isinstance(value, int) and 0 <= value < 10**9 else None


def count(counts: Mapping[str, Any], name: str) -> int:
    return stated(counts, name) or 0


def reported(
    given: int | None,
    taken: int | None,
    total: int | None = None,
    *,
    cached: int = 0,
    written: int = 0,
    reasoning: int = 0,
    cost_usd: Decimal | None = None,
) -> list[Reported]:
    """One, or none where nothing was counted. A half that was left out is what the other one leaves
    of the total, else it is missing. Vendors contradict themselves, so no part is more than its
    whole."""
    if given is None and taken is None:
        return []
    rest = None if total is None else total - (given or taken or 0)
    if rest is not None and rest >= 0:
        given, taken = (rest if half is None else half for half in (given, taken))
    missing: Half = "input" if given is None else "output" if taken is None else ""
    given, taken = given or 0, taken or 0
    cached = min(cached, given)
    written, reasoning = min(written, given - cached), min(reasoning, taken)
    return [Reported(Usage(given, taken, cached, reasoning, written), cost_usd, missing)]


def logprobs(tokens: object, value: str = "logprob") -> list[Delta]:
    """One delta, or none; `value` is the vendor's name for the logarithm."""
    listed = map(fields, tokens if isinstance(tokens, list) else ())
    read = [
        TokenLogprob(text(token.get("token")), min(0.0, token[value]))
        for token in listed
        if isinstance(token.get(value), int | float) and -10_000 <= token[value] <= 1
    ]
    return [Logprobs(read)] if read else []


def call_id(value: object) -> str:
    """A tool call's id, made up where the vendor gave none."""
    return text(value) or made_up_id()
