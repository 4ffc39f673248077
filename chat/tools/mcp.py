"""The Model Context Protocol: asks a server what tools it has, and calls them.

A session lives for one question: it is opened, used and closed in the task that needs it, so none
is left behind by a turn that was stopped, and a dead server is an error of that call alone.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import httpx
import httpx2
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import (
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ResourceLink,
    TextContent,
    TextResourceContents,
    Tool,
)

from chat.cascade import ToolConfig, ToolError
from chat.cascade.providers.addresses import AddressRefused
from chat.cascade.providers.transport import Transport
from chat.models import McpServer, McpTool

logger = logging.getLogger(__name__)

LIST_S = 15.0
GOODBYE_S = 2.0
"""For a server to end a session: what it was asked has been answered by then."""

MOST_PAGES = 20
MOST_BYTES = 4 * 1024 * 1024
"""All that a server may send while it is asked one thing: as much as the most tools with the
longest schemas that are kept. Read, it takes up to some twenty times as much."""

LONGEST_SAID = 500

# Errors that the client makes itself: a library's words, perhaps with some of what was sent.
_OF_THE_CLIENT = {
    "Failed to parse ": "sent something unreadable.",
    "SSE stream ": "did not answer to the end.",
    "Connection closed": "broke off the connection.",
}

Answer = TypeVar("Answer")


def tool(row: McpTool) -> ToolConfig:
    """A stored tool as the engine takes it."""
    server, remote_name = row.server, row.remote_name

    async def call(**arguments: Any) -> str:
        return _text(await _ask(server, partial(_called, name=remote_name, arguments=arguments)))

    return ToolConfig(row.name, row.description, row.parameters, call, row.asks_first)


async def tools_of(server: McpServer) -> list[Tool]:
    """What the server says it has. Raises `ToolError` where it cannot be asked."""
    try:
        async with asyncio.timeout(LIST_S):
            return await _ask(server, _listed)
    except TimeoutError as error:
        raise ToolError(f"{server.name} did not answer within {LIST_S:.0f} s.") from error


async def _ask(server: McpServer, question: Callable[[Client], Awaitable[Answer]]) -> Answer:
    try:
        async with _transport(server) as transport, Client(transport) as client:
            return await question(client)
    except ToolError:
        raise
    except Exception as error:  # groups of whatever broke in the tasks of a transport
        kinds = sorted({type(leaf).__name__ for leaf in _leaves(error)})
        logger.warning("asking the tool server %s failed: %s", server.name, ", ".join(kinds))
        raise ToolError(f"The tool server {server.name} {_told(error)}") from error


async def _called(client: Client, *, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
    """The client would ask for all tools once more after the call, and hold its result to what the
    server says of it: by the server's expressions, on the event loop."""
    client.session.validate_tool_result = _unjudged  # type: ignore[method-assign]  # it has no switch
    return await client.call_tool(name, dict(arguments))


async def _unjudged(name: str, result: CallToolResult) -> None:
    pass


def _told(error: Exception) -> str:
    leaves = list(_leaves(error))
    for leaf in leaves:
        if isinstance(leaf, AddressRefused):
            return f"is not asked. {leaf}"
        if isinstance(leaf, _Unfit):
            return str(leaf)
    said = next((str(leaf) for leaf in leaves if isinstance(leaf, MCPError)), None)
    if said is None:
        return "cannot be reached."
    ours = (told for begin, told in _OF_THE_CLIENT.items() if said.startswith(begin))
    return next(ours, f"said: {said[:LONGEST_SAID]}")


async def _listed(client: Client) -> list[Tool]:
    found: list[Tool] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error


@asynccontextmanager
async def _transport(server: McpServer) -> AsyncIterator[Any]:
    if server.command:
        if not server.may_run:
            raise ToolError(f"The command of {server.name} is not allowed here any more.")
        command, *args = server.argv
        yield stdio_client(StdioServerParameters(command=command, args=args), errlog=sys.stderr)
        return
    key = _key(server)  # first, since a transport must be closed once it is made
    async with httpx2.AsyncClient(
        transport=_EngineTransport(),
        headers={"Accept-Encoding": "identity", **key},
        trust_env=False,
        timeout=httpx2.Timeout(LIST_S, read=None),  # who asks knows how long it may take
    ) as http:
        yield streamable_http_client(server.url, http_client=http)


class _Unfit(Exception):
    """An answer that is not read on; the message ends a sentence that begins with its server."""


class _EngineTransport(httpx2.AsyncBaseTransport):
    """The engine's way out, for a client of httpx2: the same addresses are refused, and nothing
    compressed is taken, of which little is sent to fill a memory."""

    def __init__(self) -> None:
        self._transport = Transport()
        self._bytes = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        content = await request.aread()
        extensions = dict(request.extensions)
        if request.method == "DELETE":
            extensions["timeout"] |= {"read": GOODBYE_S}
        asked = httpx.Request(
            request.method,
            str(request.url),
            headers=request.headers.raw,
            content=content,
            extensions=extensions,
        )
        answer = await self._transport.handle_async_request(asked)
        if answer.headers.get("content-encoding", "identity") != "identity":
            await answer.aclose()
            raise _Unfit("answered in a compressed form that was not asked for.")
        return httpx2.Response(
            answer.status_code,
            headers=answer.headers.raw,
            stream=_EngineStream(answer, self._count),
        )

    async def aclose(self) -> None:
        await self._transport.aclose()

    def _count(self, received: bytes) -> None:
        self._bytes += len(received)
        if self._bytes > MOST_BYTES:
            raise _Unfit(f"sent more than {MOST_BYTES >> 20} MiB.")


class _EngineStream(httpx2.AsyncByteStream):
    def __init__(self, answer: httpx.Response, count: Callable[[bytes], None]) -> None:
        self._answer = answer
        self._count = count

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for received in self._answer.aiter_raw():
            self._count(received)
            yield received

    async def aclose(self) -> None:
        await self._answer.aclose()


def _key(server: McpServer) -> Mapping[str, str]:
    if not server.key_variable:
        return {}
    key = os.environ.get(server.key_variable, "").strip()
    if not key:
        raise ToolError(f"The environment variable {server.key_variable} is not set.")
    return {"Authorization": f"Bearer {key}"}


def _text(result: CallToolResult) -> str:
    """What a model can read of it. Raises `ToolError` where the tool says that it failed."""
    text = "\n".join(map(_read, result.content))
    if not text and result.structured_content is not None:
        text = json.dumps(result.structured_content, ensure_ascii=False)
    if result.is_error:
        raise ToolError(text or "The tool failed and did not say why.")
    return text


def _read(block: ContentBlock) -> str:
    match block:
        case TextContent():
            return block.text
        case EmbeddedResource(resource=TextResourceContents() as held):
            return f"{held.uri}:\n{held.text}"
        case ResourceLink():
            return f"{block.title or block.name}: {block.uri}"
    return f"[{block.type}]"
