"""The Model Context Protocol: asks a server what tools it has, and calls them.

A session lives for one question: it is opened, used and closed in the task that needs it, so none
is left behind by a turn that was stopped, and a dead server is an error of that call alone.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx2
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent, Tool

from chat.cascade import ToolConfig, ToolError
from chat.models import McpServer, McpTool

LIST_S = 15.0
MOST_TOOLS = 200
MOST_PAGES = 20
NAME_LENGTH = 64
Answer = TypeVar("Answer")

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


def tool(row: McpTool) -> ToolConfig:
    """A stored tool as the engine takes it."""
    server, remote_name = row.server, row.remote_name

    async def call(**arguments: Any) -> str:
        return _text(await _ask(server, lambda client: client.call_tool(remote_name, arguments)))

    return ToolConfig(row.name, row.description, row.parameters, call, row.asks_first)


async def tools_of(server: McpServer) -> list[Tool]:
    """What the server says it has. Raises `ToolError` where it cannot be asked."""
    try:
        async with asyncio.timeout(LIST_S):
            return await _ask(server, _listed)
    except TimeoutError as error:
        raise ToolError(f"{server.name} did not answer within {LIST_S:.0f} s.") from error


def safe_name(server: McpServer, remote_name: str) -> str:
    """A name that every vendor accepts: the server's, two underscores, the tool's."""
    return f"{server.name}__{_UNSAFE.sub('_', remote_name)}"[:NAME_LENGTH]


async def _ask(server: McpServer, question: Callable[[Client], Awaitable[Answer]]) -> Answer:
    try:
        async with _transport(server) as transport, Client(transport) as client:
            return await question(client)
    except ToolError:
        raise
    except Exception as error:  # groups of whatever broke in the tasks of a transport
        said = next((leaf for leaf in _leaves(error) if isinstance(leaf, MCPError)), None)
        told = f"said: {said}" if said else "cannot be reached."
        raise ToolError(f"The tool server {server.name} {told}") from error


async def _listed(client: Client) -> list[Tool]:
    found: list[Tool] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return found[:MOST_TOOLS]


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
    async with httpx2.AsyncClient(headers=_key(server), trust_env=False, timeout=LIST_S) as http:
        yield streamable_http_client(server.url, http_client=http)


def _key(server: McpServer) -> Mapping[str, str]:
    if not server.key_variable:
        return {}
    key = os.environ.get(server.key_variable, "").strip()
    if not key:
        raise ToolError(f"The environment variable {server.key_variable} is not set.")
    return {"Authorization": f"Bearer {key}"}


def _text(result: CallToolResult) -> str:
    """What a model can read of it. Raises `ToolError` where the tool says that it failed."""
    texts = [
        block.text if isinstance(block, TextContent) else f"[{block.type}]"
        for block in result.content
    ]
    text = "\n".join(texts)
    if not text and result.structured_content is not None:
        text = json.dumps(result.structured_content, ensure_ascii=False)
    if result.is_error:
        raise ToolError(text or "The tool failed and did not say why.")
    return text
