"""The guide's text snippets, run as they stand there; only the root of the imports differs."""

import json
import logging
import textwrap
from typing import Any

import pytest

from chat.cascade.providers import openai
from tests.loopback import Loopback, Reply

SETUP = """
import asyncio, json, logging
from chat.cascade import CascadeAgent, ModelConfig
from chat.cascade.streaming import StreamEventType, ToolStreamEventType

logger = logging.getLogger("snippet")
"""

TWO_MODELS = """
agent = CascadeAgent(models=[
    ModelConfig(name="gpt-4o-mini", provider="openai", cost=0.00015),
    ModelConfig(name="gpt-4o", provider="openai", cost=0.00625),
])
"""


@pytest.fixture(autouse=True)
def guide_world(provider: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenAI's own address is the loopback provider, and the environment holds the key."""
    monkeypatch.setattr(openai, "DEFAULT_BASE_URL", provider.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-guide")


async def run_snippet(code: str, **names: Any) -> dict[str, Any]:
    """Runs it as the body of an async function, and returns what it leaves behind."""
    body = textwrap.indent(textwrap.dedent(code).strip(), "    ")
    source = f"{SETUP}\nasync def snippet():\n{body}\n    return locals()\n"
    scope: dict[str, Any] = dict(names)
    exec(source, scope)
    return await scope["snippet"]()


async def test_availability_of_streaming() -> None:
    left = await run_snippet(
        TWO_MODELS
        + """
two = bool(agent.text_streaming_manager)

agent = CascadeAgent(models=[
    ModelConfig(name="gpt-4o", provider="openai"),
])
one = (agent.text_streaming_manager, agent.tool_streaming_manager)
"""
    )
    assert left["two"] and left["one"] == (None, None)


async def test_quick_start(provider: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    await run_snippet(
        TWO_MODELS
        + """
async for event in agent.stream_events("Hello"):
    if event.type == StreamEventType.CHUNK:
        print(event.content, end='', flush=True)
"""
    )
    assert capsys.readouterr().out == Reply().text
    assert provider.requests[0].key == "sk-of-the-guide"


BASIC_USAGE = (
    TWO_MODELS
    + """
if not agent.text_streaming_manager:
    print("Streaming not available (need 2+ models)")
    return

async for event in agent.stream_events(
    "Explain Python in one sentence.",
    max_tokens=100,
    temperature=0.7
):
    match event.type:
        case StreamEventType.CHUNK:
            print(event.content, end='', flush=True)
        case StreamEventType.DRAFT_DECISION:
            if event.data['accepted']:
                print(f"\\n+ Draft accepted")
            else:
                print(f"\\n- Rejected: {event.data['reason']}")
        case StreamEventType.SWITCH:
            print(f"\\n> Cascading to {event.data['to_model']}")
        case StreamEventType.COMPLETE:
            result = event.data['result']
            print(f"\\n= ${result['total_cost']:.6f}")
"""
)


async def test_basic_usage(provider: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    provider.script("gpt-4o-mini", Reply("I'm sorry, but I can't."), Reply("A language."))
    provider.script("gpt-4o", Reply("Python is a language."))
    await run_snippet(BASIC_USAGE)
    await run_snippet(BASIC_USAGE)
    assert capsys.readouterr().out == (
        "I'm sorry, but I can't.\n- Rejected: refusal\n\n> Cascading to gpt-4o\n"
        "Python is a language.\n= $0.000192\n"
        "A language.\n+ Draft accepted\n\n= $0.000005\n"
    )


async def test_documented_parameters() -> None:
    left = await run_snippet(
        TWO_MODELS
        + """
stream = agent.stream_events(
    query="Your question",
    max_tokens=100,
    temperature=0.7,
    complexity_hint="simple",
    force_direct=False,
    tools=None,
)
types = [event.type async for event in stream]
"""
    )
    assert left["types"][0] == "routing" and left["types"][-1] == "complete"


async def test_custom_handler_reads_both_enums() -> None:
    left = await run_snippet(
        TWO_MODELS
        + """
class MyStreamHandler:
    def __init__(self):
        self.chunks = []
        self.tools_called = []

    async def on_chunk(self, content: str):
        self.chunks.append(content)

    async def handle_stream(self, agent, query, tools=None):
        async for event in agent.stream_events(query, tools=tools):
            if event.type in (StreamEventType.CHUNK, ToolStreamEventType.TEXT_CHUNK):
                await self.on_chunk(event.content)
            elif event.type == ToolStreamEventType.TOOL_CALL_COMPLETE:
                tool = event.data.get('tool_call', {})
                await self.on_tool_call(tool)

handler = MyStreamHandler()
await handler.handle_stream(agent, "What's the weather?")
"""
    )
    assert "".join(left["handler"].chunks) == Reply().text


COLLECT = (
    TWO_MODELS
    + """
async def collect_stream_content(agent, query):
    chunks = []
    async for event in agent.stream_events(query):
        if event.type == StreamEventType.CHUNK:
            chunks.append(event.content)
        elif event.type == StreamEventType.COMPLETE:
            return ''.join(chunks), event.data['result']
    return ''.join(chunks), None

content, result = await collect_stream_content(agent, "Explain AI")
cost = f"Cost: ${result['total_cost']:.6f}"
"""
)


async def test_collecting_results() -> None:
    left = await run_snippet(COLLECT)
    assert left["content"] == left["result"]["content"]
    assert left["cost"] == "Cost: $0.000005"
    guide = {"content", "total_cost", "latency_ms", "model_used", "draft_accepted"}
    assert guide <= left["result"].keys()


async def test_collecting_leaves_out_a_draft_that_was_set_aside(provider: Loopback) -> None:
    provider.script("gpt-4o-mini", Reply("I'm sorry, but I can't help with that."))
    provider.script("gpt-4o", Reply("AI is software that learns."))
    left = await run_snippet(COLLECT)
    assert left["content"] == left["result"]["content"] == "AI is software that learns."


async def test_collecting_leaves_out_a_draft_that_failed(provider: Loopback) -> None:
    provider.script("gpt-4o-mini", Reply("AI is", end="cut"))
    provider.script("gpt-4o", Reply("AI is software that learns."))
    left = await run_snippet(COLLECT)
    assert left["content"] == left["result"]["content"] == "AI is software that learns."


async def test_a_draft_is_printed_while_it_is_written(
    provider: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.script("gpt-4o-mini", Reply("The draft is", end="hang"))
    await run_snippet(
        TWO_MODELS
        + """
async with asyncio.timeout(5):
    async for event in agent.stream_events("Hello"):
        if event.type == StreamEventType.CHUNK:
            print(event.content, end='', flush=True)
            if "is" in f"{event.content}":
                break
"""
    )
    assert capsys.readouterr().out == "The draft is"


async def test_timeout_handling(provider: Loopback) -> None:
    provider.script("gpt-4o-mini", Reply(end="hang"))
    left = await run_snippet(
        TWO_MODELS
        + """
async def stream_with_timeout(agent, query, timeout=30):
    try:
        async with asyncio.timeout(timeout):
            async for event in agent.stream_events(query):
                if event.type == StreamEventType.CHUNK:
                    print(event.content, end='', flush=True)
                elif event.type == StreamEventType.COMPLETE:
                    return event.data['result']
    except asyncio.TimeoutError:
        return None

result = await stream_with_timeout(agent, "Hello", timeout=0.1)
"""
    )
    assert left["result"] is None


async def test_error_recovery(provider: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    provider.script("gpt-4o-mini", Reply.error(404), Reply("Fine."))
    provider.script("gpt-4o", Reply.error(404))
    left = await run_snippet(
        TWO_MODELS
        + """
async def stream_with_retry(agent, query, max_retries=3):
    for attempt in range(max_retries):
        try:
            async for event in agent.stream_events(query):
                if event.type == StreamEventType.ERROR:
                    print(f"Attempt {attempt + 1} failed: {event.data['error']}")
                    break
                if event.type == StreamEventType.CHUNK:
                    print(event.content, end='', flush=True)
                if event.type == StreamEventType.COMPLETE:
                    return event.data['result']
        except Exception as e:
            if attempt < max_retries - 1:
                print(f"Retrying... ({attempt + 1}/{max_retries})")
                await asyncio.sleep(2 ** attempt)
            else:
                raise
    return None

result = await stream_with_retry(agent, "Hello")
"""
    )
    assert left["result"]["content"] == "Fine."
    assert "Attempt 1 failed: The provider does not know" in capsys.readouterr().out


async def test_fallback_to_run_with_one_model() -> None:
    left = await run_snippet(
        """
query = "Hello"
agent = CascadeAgent(models=[ModelConfig(name="gpt-4o", provider="openai")], verbose=False)
if not agent.text_streaming_manager:
    result = await agent.run(query)
else:
    async for event in agent.stream_events(query):
        ...
"""
    )
    assert left["result"].content == Reply().text


async def test_progress_to_a_web_page() -> None:
    class WebSocket:
        sent: list[dict[str, Any]] = []

        async def send(self, text: str) -> None:
            self.sent.append(json.loads(text))

    await run_snippet(
        TWO_MODELS
        + """
async for event in agent.stream_events("Hello"):
    if event.type == StreamEventType.CHUNK:
        await websocket.send(json.dumps({
            'type': 'content',
            'data': event.content
        }))
    elif event.type == StreamEventType.COMPLETE:
        result = event.data['result']
        await websocket.send(json.dumps({
            'type': 'complete',
            'cost': result['total_cost']
        }))
""",
        websocket=WebSocket(),
    )
    content = "".join(sent["data"] for sent in WebSocket.sent if sent["type"] == "content")
    assert content == Reply().text
    assert WebSocket.sent[-1] == {"type": "complete", "cost": 4.5e-06}


async def test_events_after_a_switch_follow_the_guide_s_flow(provider: Loopback) -> None:
    """`cost` and `reasoning` are ours; without them the flow is the guide's."""
    provider.script("gpt-4o-mini", Reply("I can't help with that."))
    left = await run_snippet(
        TWO_MODELS
        + """
types = []
async for event in agent.stream_events("Hello"):
    if event.type not in ("cost", types[-1:] and types[-1]):
        types.append(event.type)
"""
    )
    expected = ["routing", "chunk", "draft_decision", "switch", "chunk", "complete"]
    assert left["types"] == expected


async def test_common_data_fields(provider: Loopback) -> None:
    provider.script("gpt-4o-mini", Reply("I can't help with that."))
    left = await run_snippet(
        TWO_MODELS
        + """
data = {}
async for event in agent.stream_events("Hello"):
    data[event.type] = event.data
"""
    )
    data = left["data"]
    assert data["routing"]["strategy"] == "cascade" and data["routing"]["complexity"]
    assert {"accepted", "confidence", "reason", "score"} <= data["draft_decision"].keys()
    switch = data["switch"]
    assert (switch["from_model"], switch["to_model"]) == ("gpt-4o-mini", "gpt-4o")
    assert switch["reason"] == "quality_insufficient"
    assert data["complete"]["result"]["model_used"] == "gpt-4o"
    assert data["complete"]["result"]["draft_accepted"] is False


async def test_handling_all_event_types(
    provider: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    """The guide's last case is for events that it does not know, such as `cost`."""
    provider.script("gpt-4o-mini", Reply(), Reply.error(404))
    provider.script("gpt-4o", Reply.error(404))
    with caplog.at_level(logging.INFO, "snippet"):
        for _ in range(2):
            left = await run_snippet(
                TWO_MODELS
                + """
async def play(query):
    async for event in agent.stream_events(query):
        match event.type:
            case StreamEventType.CHUNK:
                print(event.content, end='')
            case StreamEventType.DRAFT_DECISION:
                logger.info(f"Draft: {event.data['accepted']}")
            case StreamEventType.COMPLETE:
                return event.data['result']
            case StreamEventType.ERROR:
                logger.error(f"Error: {event.data['error']}")
            case _:
                logger.warning(f"Unknown event: {event.type}")

result = await play("Hello")
"""
            )
    assert left["result"] is None
    assert "Draft: True" in caplog.messages
    assert any(
        message.startswith("Error: The provider does not know") for message in caplog.messages
    )
    assert {"Unknown event: routing", "Unknown event: cost"} <= {*caplog.messages}


async def test_logging_important_events(
    provider: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    provider.script("gpt-4o-mini", Reply("I can't help with that."))
    provider.script("gpt-4o", Reply.error(404))
    with caplog.at_level(logging.INFO, "snippet"):
        await run_snippet(
            TWO_MODELS
            + """
async for event in agent.stream_events("Hello"):
    if event.type == StreamEventType.DRAFT_DECISION:
        logger.info(f"Draft {'accepted' if event.data['accepted'] else 'rejected'}")

    if event.type == StreamEventType.ERROR:
        logger.error(f"Stream error: {event.data.get('error')}")
"""
        )
    assert caplog.messages[0] == "Draft rejected"
    assert caplog.messages[1].startswith("Stream error: The provider does not know")


async def test_implementing_timeouts(
    provider: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.script("gpt-4o-mini", Reply(end="hang"))
    await run_snippet(
        TWO_MODELS
        + """
try:
    async with asyncio.timeout(0.1):
        async for event in agent.stream_events("Hello"):
            ...
except asyncio.TimeoutError:
    print("Streaming timeout")
"""
    )
    assert capsys.readouterr().out == "Streaming timeout\n"


async def test_optimization_tips() -> None:
    left = await run_snippet(
        """
fast = ModelConfig(name="gpt-3.5-turbo", provider="openai")
faster = ModelConfig(name="gpt-4o-mini", provider="openai")
fastest = ModelConfig(name="llama-3.1-8b", provider="groq")
agent = CascadeAgent(models=[fastest, fast], verbose=False)
"""
    )
    assert left["agent"].text_streaming_manager
    assert left["fastest"].base_url == "https://api.groq.com/openai/v1"
