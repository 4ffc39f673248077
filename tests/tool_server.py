"""A server of the Model Context Protocol, made with its own package, as a process of its own.

    python -m tests.tool_server                 speaks on its standard input and output
    python -m tests.tool_server --port 9200     at http://127.0.0.1:9200/mcp, over streamable HTTP

`TOOL_SERVER_NOTES` names a file in which it writes down the notes it is told.
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

from mcp.server import MCPServer
from mcp.types import ToolAnnotations
from pydantic import Field

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
STDIO = f"{sys.executable} -m tests.tool_server"

server = MCPServer("weather", log_level="ERROR")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def forecast(city: Annotated[str, Field(pattern="^(a+)+$|^[A-Z]")]) -> str:
    """Tell the weather of a city."""
    if city == "Nowhere":
        raise ValueError("There is no such city.")
    return f"{city}: 22 °C, sunny"


@server.tool(name="notes.write", annotations=ToolAnnotations(read_only_hint=False))
def write(text: str) -> str:
    """Write a note down."""
    if path := os.environ.get("TOOL_SERVER_NOTES"):
        with open(path, "a") as notes:
            notes.write(f"{text}\n")
    return "Written down."


@server.tool()
async def sleep(seconds: float) -> str:
    """Answer after a while."""
    await asyncio.sleep(seconds)
    return "Awake."


@server.tool()
def shout(times: int) -> str:
    """Say a lot."""
    return "AH " * times


@server.tool()
def die() -> str:
    """End the server in the middle of a call."""
    os._exit(1)


@contextmanager
def tool_server() -> Iterator[str]:
    """Its URL, while it runs over HTTP."""
    port = free_port()
    command = [sys.executable, "-m", "tests.tool_server", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        _await(port)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(10)


def _await(port: int) -> None:
    for _ in range(200):
        with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError("the tool server does not begin")


def main() -> None:
    parser = argparse.ArgumentParser(description="A tool server for tests.")
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args().port
    if port:
        server.run("streamable-http", port=port)
    else:
        server.run("stdio")


if __name__ == "__main__":
    main()
