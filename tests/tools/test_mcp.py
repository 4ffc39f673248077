"""Tool servers in processes of their own, over both transports."""

import asyncio
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.types import Tool

from chat.cascade import ConfigError, ToolCall, ToolError, ToolExecutor, ToolResult
from chat.models import McpServer, McpTool
from chat.tools import foreign, mcp
from chat.tools.listing import list_tools
from tests.tool_server import STDIO, tool_server


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with tool_server() as url:
        yield url


@pytest.fixture(params=["http", "stdio"])
def server(request: pytest.FixtureRequest, url: str, settings: Any) -> McpServer:
    settings.MCP_STDIO_COMMANDS = [STDIO]
    if request.param == "http":
        return McpServer(name="weather", url=url)
    return McpServer(name="weather", command=STDIO)


def executor(server: McpServer, remote_name: str, **settings: Any) -> ToolExecutor:
    row = McpTool(
        server=server,
        name="it",
        remote_name=remote_name,
        description="It",
        parameters={"type": "object", "additionalProperties": True},
        asks_first=False,
    )
    return ToolExecutor([mcp.tool(row)], **settings)


async def called(
    server: McpServer, remote_name: str, arguments: dict[str, Any], **settings: Any
) -> ToolResult:
    call = ToolCall("call_1", "it", arguments)
    return await executor(server, remote_name, **settings).execute(call)


def children() -> str:
    """The processes this one has started and not yet seen ending."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


async def alone(with_children: str = "") -> bool:
    """Whether no task is left but the test's own; a cancelled one gets a moment to end."""
    for _ in range(200):
        if len(asyncio.all_tasks()) == 1 and with_children in ("", children()):
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_tool_is_called_and_nothing_is_left_behind(server: McpServer) -> None:
    result = await called(server, "forecast", {"city": "Paris"})
    assert (result.error, result.text) == (None, "Paris: 22 °C, sunny")
    assert await alone()


async def test_what_fails_is_an_error_for_the_model(server: McpServer) -> None:
    assert "Error executing tool" in (await called(server, "forecast", {"city": "Nowhere"})).text
    unknown = await called(server, "forcast", {})
    assert not unknown.success
    assert await alone()


async def test_a_server_that_dies_in_a_call_is_an_error_of_that_call(
    settings: Any,
) -> None:
    settings.MCP_STDIO_COMMANDS = [STDIO]
    server = McpServer(name="weather", command=STDIO)
    assert (
        await called(server, "die", {})
    ).text == "The tool server weather broke off the connection."
    assert (await called(server, "forecast", {"city": "Paris"})).success
    assert await alone()


async def test_a_server_that_is_not_there_is_an_error() -> None:
    gone = McpServer(name="weather", url="http://127.0.0.1:9/mcp")
    result = await called(gone, "forecast", {})
    assert result.error == "The tool server weather cannot be reached."
    with pytest.raises(ToolError, match="cannot be reached"):
        await mcp.tools_of(gone)
    assert await alone()


async def test_a_slow_tool_is_left_in_time(server: McpServer) -> None:
    before = children()
    result = await called(server, "sleep", {"seconds": 60}, timeout_s=3)
    assert result.error == "it did not answer within 3 s."
    assert await alone(before)


async def test_a_tool_has_longer_than_a_list(
    server: McpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp, "LIST_S", 0.5)
    assert (await called(server, "sleep", {"seconds": 1.5})).text == "Awake."


async def test_a_tool_that_is_stopped_leaves_nothing_behind(server: McpServer) -> None:
    before = children()
    calling = asyncio.create_task(called(server, "sleep", {"seconds": 60}))
    await asyncio.sleep(0.5)
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)
    assert await alone(before)


async def test_a_long_result_is_cut(server: McpServer) -> None:
    result = await called(server, "shout", {"times": 10_000}, max_output=100)
    assert len(result.text) < 200


@asynccontextmanager
async def always(
    *pieces: bytes, kind: str, status: int = 200, encoding: str = ""
) -> AsyncIterator[tuple[McpServer, list[str]]]:
    """A server that answers whatever it is asked with these, one after the other."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.decode().lower())
        compressed = f"Content-Encoding: {encoding}\r\n" if encoding else ""
        writer.write(
            f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\n{compressed}"
            "Connection: close\r\n\r\n".encode()
        )
        with suppress(ConnectionError):  # it is left before its end
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        writer.close()

    asked: list[str] = []
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield McpServer(name="weather", url=f"http://127.0.0.1:{port}/mcp"), asked


@asynccontextmanager
async def speaking(
    *, silent: str = "", **results: Any
) -> AsyncIterator[tuple[McpServer, list[str]]]:
    """A server that gives these, by the last word of a method, and the methods it was asked. It
    does not answer where the method, or the verb of a request without, is `silent`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):  # it is left
            while head := (await reader.readuntil(b"\r\n\r\n")).decode().lower():
                length = re.search(r"content-length: (\d+)", head)
                asked = json.loads(
                    await reader.readexactly(int(length[1]) if length else 0) or "{}"
                )
                await say(writer, head.split(" ")[0], asked)
        writer.close()

    async def say(writer: asyncio.StreamWriter, verb: str, asked: dict[str, Any]) -> None:
        heard.append(asked.get("method", verb))
        if heard[-1] == silent:
            return
        status, told = 202 if verb == "post" else 405, b""
        if "id" in asked:
            given = greeting | results
            name = asked["method"].split("/")[-1]
            said = {"result": given[name]} if name in given else {"error": unknown}
            status, told = 200, json.dumps({"jsonrpc": "2.0", "id": asked["id"], **said}).encode()
        head = f"HTTP/1.1 {status} Said\r\nContent-Type: {JSON}\r\nMcp-Session-Id: 1\r\n"
        writer.write(f"{head}Content-Length: {len(told)}\r\n\r\n".encode() + told)
        await writer.drain()

    heard: list[str] = []
    unknown = {"code": -32601, "message": "unknown"}
    greeting = {
        "initialize": {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "weather", "version": "1"},
        }
    }
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield McpServer(name="weather", url=f"http://127.0.0.1:{port}/mcp"), heard


async def test_a_result_is_not_held_to_what_the_server_says_of_it() -> None:
    """Its expressions would run on the event loop; this one takes seconds there."""
    schema = {"type": "object", "properties": {"word": {"type": "string", "pattern": "^(a+)+$"}}}
    tool = {"name": "say", "inputSchema": {"type": "object"}, "outputSchema": schema}
    said = {"content": [], "structuredContent": {"word": "a" * 24 + "!"}}
    async with speaking(list={"tools": [tool]}, call=said) as (server, heard):
        result = await called(server, "say", {})
    assert (result.error, result.text) == (None, json.dumps(said["structuredContent"]))
    assert "tools/list" not in heard


PICTURE = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
FILE = {"uri": "file:///notes.md", "mimeType": "text/markdown", "text": "Buy milk."}
LINK = {"type": "resource_link", "uri": "file:///plan.pdf", "name": "plan.pdf"}


@pytest.mark.parametrize(
    ("content", "read"),
    [
        pytest.param([PICTURE], "[image]", id="picture"),
        pytest.param(
            [{"type": "text", "text": "Found."}, {"type": "resource", "resource": FILE}],
            "Found.\nfile:///notes.md:\nBuy milk.",
            id="file",
        ),
        pytest.param(
            [{"type": "resource", "resource": {"uri": "file:///a", "blob": "aGk="}}],
            "[resource]",
            id="bytes",
        ),
        pytest.param([LINK], "plan.pdf: file:///plan.pdf", id="link"),
        pytest.param([LINK | {"title": "Plan"}], "Plan: file:///plan.pdf", id="link with a title"),
    ],
)
async def test_what_is_text_in_a_result_is_read(content: list[Any], read: str) -> None:
    async with speaking(call={"content": content}) as (server, _):
        assert (await called(server, "say", {})).text == read


async def test_a_result_stands_where_the_server_does_not_end_the_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mcp, "GOODBYE_S", 0.2)
    said = {"content": [{"type": "text", "text": "Said."}]}
    async with speaking(silent="delete", call=said) as (server, heard):
        assert (await called(server, "say", {}, timeout_s=5)).text == "Said."
    assert "delete" in heard  # what listens beside it may be heard before or after


JSON, EVENTS = "application/json", "text/event-stream"
MEBIBYTE = b"a" * 2**20
NOTICE = (
    b'{"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "'
)
FLOOD = b"event: message\ndata: " + NOTICE + MEBIBYTE[: 2**19] + b'"}}\n\n'
ERROR = {"jsonrpc": "2.0", "id": None, "error": {"code": -32603, "message": "No. " * 1000}}
UNFIT: dict[str, tuple[Sequence[bytes], dict[str, Any], str]] = {
    "compressed": (
        [gzip.compress(MEBIBYTE)],
        {"kind": JSON, "encoding": "gzip"},
        "answered in a compressed form that was not asked for.",
    ),
    "without end": ([MEBIBYTE] * 50, {"kind": JSON}, "sent more than 4 MiB."),
    "events without end": ([FLOOD] * 50, {"kind": EVENTS}, "did not answer to the end."),
    "not JSON": ([b"<b>secret</b>"], {"kind": JSON}, "sent something unreadable."),
    "an event that is not JSON": (
        [b"event: message\ndata: <b>secret</b>\n\n"],
        {"kind": EVENTS},
        "sent something unreadable.",
    ),
    "no event": ([b": hello\n\n"], {"kind": EVENTS}, "did not answer to the end."),
    "a long error": (
        [json.dumps(ERROR).encode()],
        {"kind": JSON, "status": 400},
        f"said: {'No. ' * 125}",
    ),
}


@pytest.mark.parametrize(("pieces", "settings", "told"), UNFIT.values(), ids=UNFIT)
async def test_an_answer_that_is_not_fit_is_not_read_on(
    pieces: Sequence[bytes], settings: dict[str, Any], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with always(*pieces, **settings) as (server, asked):
        result = await called(server, "forecast", {})
        with pytest.raises(ToolError) as listed:
            await mcp.tools_of(server)
    assert result.error == str(listed.value) == f"The tool server weather {told}"
    assert [record.name for record in caplog.records] == ["chat.tools.mcp"] * 2
    assert caplog.messages[0].startswith("asking the tool server weather failed: ")
    assert not re.search("secret|No\\.", caplog.text)
    assert asked and all("\r\naccept-encoding: identity\r\n" in head for head in asked)


async def test_what_is_read_is_bounded_over_all_answers_to_a_question() -> None:
    transport = mcp._EngineTransport()
    async with (
        always(*[MEBIBYTE] * 3, kind=JSON) as (server, _),
        httpx2.AsyncClient(transport=transport) as client,
    ):
        assert len((await client.get(server.url)).content) == 3 * 2**20
        with pytest.raises(mcp._Unfit, match="more than 4 MiB"):
            await client.get(server.url)


async def test_a_command_that_is_not_listed_any_more_is_not_run(settings: Any) -> None:
    settings.MCP_STDIO_COMMANDS = []
    result = await called(McpServer(name="weather", command=STDIO), "forecast", {"city": "Paris"})
    assert result.error == "The command of weather is not allowed here any more."


async def test_a_key_goes_with_the_request_and_must_be_there(url: str) -> None:
    server = McpServer(name="weather", url=url, key_variable="MCP_KEY_TEST")
    assert (await called(server, "forecast", {"city": "Oslo"})).error == (
        "The environment variable MCP_KEY_TEST is not set."
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "MCP_KEY_TEST", "secret")
        assert (await called(server, "forecast", {"city": "Oslo"})).success
        assert mcp._key(server) == {"Authorization": "Bearer secret"}


@pytest.mark.django_db
def test_what_a_server_has_is_kept_as_it_says_it(server: McpServer) -> None:
    server.save()
    listed = list_tools(server)
    assert (listed.kept, listed.refused) == (5, [])
    rows = {row.name: row for row in McpTool.objects.all()}
    assert rows["weather__notes_write"].remote_name == "notes.write"
    assert rows["weather__forecast"].description == "Tell the weather of a city."
    assert "pattern" not in str(rows["weather__forecast"].parameters)
    asking = {name for name, row in rows.items() if row.asks_first}
    assert asking == set(rows) - {"weather__forecast"}


@pytest.mark.django_db
def test_an_operator_s_word_holds_until_the_tool_changes(url: str) -> None:
    server = McpServer.objects.create(name="weather", url=url)
    list_tools(server)
    McpTool.objects.filter(name="weather__sleep").update(asks_first=False)
    McpTool.objects.filter(name="weather__shout").update(asks_first=False, description="Was other.")
    McpTool.objects.create(
        server=server, name="weather__gone", remote_name="gone", description="x", parameters={}
    )
    list_tools(server)
    asks = dict(McpTool.objects.values_list("name", "asks_first"))
    assert (asks["weather__sleep"], asks["weather__shout"]) == (False, True)
    assert "weather__gone" not in asks


@pytest.mark.django_db
def test_a_tool_may_be_called_as_another_was_before(url: str) -> None:
    server = McpServer.objects.create(name="weather", url=url)
    McpTool.objects.create(
        server=server,
        name="weather__notes_write",
        remote_name="notes_write",
        description="x",
        parameters={},
        asks_first=False,
    )
    listed = list_tools(server)
    assert (listed.kept, listed.refused) == (5, [])
    row = McpTool.objects.get(name="weather__notes_write")
    assert (row.remote_name, row.asks_first) == ("notes.write", True)


@pytest.mark.django_db
def test_tools_that_are_too_many_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def tools_of(server: McpServer) -> list[Tool]:
        return [described({}, name=f"tool{n}") for n in range(203)]

    monkeypatch.setattr(mcp, "tools_of", tools_of)
    listed = list_tools(McpServer.objects.create(name="many", command="many"))
    assert (listed.kept, listed.refused) == (200, ["3 tools after the first 200"])


def test_two_tools_of_one_name_are_told_apart() -> None:
    server = McpServer(name="a")
    assert foreign.safe_name(server, "read/file.v1 é") == "a__read_file_v1__"
    assert len(foreign.safe_name(server, "x" * 100)) == 64


EVIL = {"type": "string", "pattern": "(a+)+$"}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": EVIL}},
        {"properties": {"pattern": EVIL}},
        {"$defs": {"pattern": EVIL}, "properties": {"a": {"$ref": "#/$defs/pattern"}}},
        {"properties": {"a": {"anyOf": [EVIL, {"items": EVIL}]}}},
        {"patternProperties": {"(a+)+$": {}}},
        {"properties": {"a": {"not": {"not": EVIL}}}},
    ],
)
def test_no_expression_of_a_schema_is_kept(schema: dict[str, Any]) -> None:
    assert "(a+)+$" not in str(foreign.without_patterns({"type": "object", **schema}))


def described(schema: dict[str, Any], name: str = "tool") -> Tool:
    return Tool(name=name, input_schema={"type": "object", **schema})


def test_a_schema_that_would_take_for_ever_is_refused() -> None:
    twice = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    bomb = {"$defs": {**twice, "d40": {}}, "properties": {"a": {"$ref": "#/$defs/d0"}}}
    with pytest.raises(ConfigError, match="too much work"):
        foreign.config("tool", described(bomb), "server")


def test_a_schema_may_refer_to_itself() -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}}}
    schema = {"$defs": {"tree": tree}, "properties": {"root": {"$ref": "#/$defs/tree"}}}
    assert foreign.config("tool", described(schema), "server").description == (
        "tool, a tool of server."
    )


@pytest.mark.parametrize(
    "tool",
    [
        described({}, name="x" * 201),
        described({}, name="a\0b"),
        described({"title": "a\0b"}),
        described({"title": "x" * 20_000}),
        described({"properties": 7}),
        described({"default": float("inf")}),
        described({"$ref": "#/$defs/none"}),
        described({"$id": "http://a.test/", "properties": {"a": {"$ref": "http://a.test/"}}}),
    ],
)
def test_what_cannot_be_kept_is_refused(tool: Tool) -> None:
    with pytest.raises(ConfigError):
        foreign.config("tool", tool, "server")


def test_arguments_called_pattern_stay() -> None:
    schema = {"type": "object", "properties": {"pattern": {"type": "string"}, "id": {}}}
    assert foreign.without_patterns(schema) == schema


@pytest.mark.parametrize(
    "reference",
    [
        "#/default",
        "#/properties",
        "#/$defs/a/const",
        "#anchor",
        "#/$defs/a%30",
        "https://example.org/s",
    ],
)
def test_what_is_data_cannot_be_made_a_schema(reference: str) -> None:
    with pytest.raises(ConfigError, match="must be like"):
        foreign.without_patterns({"type": "object", "default": EVIL, "$ref": reference})


def test_a_server_starts_without_the_protocol() -> None:
    """Its library takes half a second to import."""
    looked = "import chat.consumers.conversation, chat.admin, chat.process.server, sys"
    code = f"import django; django.setup(); {looked}; print('mcp' in sys.modules)"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "cascadeweb.settings"}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert said.stdout == b"False\n"
