"""The guide's tool snippets, run as they stand there; only the root of the imports differs."""

import pytest

from chat.cascade import ConfigError
from tests.cascade.calling import call, calling
from tests.cascade.test_guide import TWO_MODELS, guide_world, run_snippet
from tests.loopback import Loopback

__all__ = ["guide_world"]  # a fixture, used by being here


TOOLS = """
tools = [{
    "name": "get_weather",
    "description": "Get current weather for a location",
    "parameters": {
        "type": "object",
        "properties": {
            "location": {"type": "string", "description": "City name"}
        },
        "required": ["location"]
    }
}]
"""


async def test_quick_start_with_tools(
    provider: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.script("gpt-4o-mini", calling(call()))
    await run_snippet(
        TWO_MODELS
        + TOOLS
        + """
async for event in agent.stream_events(
    "What's the weather in Paris?",
    tools=tools
):
    if event.type == ToolStreamEventType.TOOL_CALL_COMPLETE:
        tool = event.data.get('tool_call', {})
        print(f"Tool: {tool.get('name')}")
"""
    )
    assert capsys.readouterr().out == "Tool: get_weather\n"


async def test_basic_usage_with_tools(
    provider: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.script("gpt-4o-mini", calling(call("{}"), text="Hm."))
    provider.script("gpt-4o", calling(call(), text="Let me see."))
    await run_snippet(
        TWO_MODELS
        + TOOLS
        + """
if not agent.tool_streaming_manager:
    print("Tool streaming not available (need 2+ models)")
    return

async for event in agent.stream_events(
    "What's the weather in Paris?",
    tools=tools
):
    match event.type:
        case ToolStreamEventType.TEXT_CHUNK:
            print(event.content, end='', flush=True)
        case ToolStreamEventType.TOOL_CALL_START:
            print(f"\\n> Tool call starting...")
        case ToolStreamEventType.TOOL_CALL_COMPLETE:
            tool = event.data.get('tool_call', {})
            print(f"= Tool: {tool.get('name')}({tool.get('arguments')})")
        case ToolStreamEventType.COMPLETE:
            print("\\n+ Done")
"""
    )
    assert capsys.readouterr().out == (
        "Hm.\n> Tool call starting...\n"
        "Let me see.\n> Tool call starting...\n"
        "= Tool: get_weather({'location': 'Paris'})\n\n+ Done\n"
    )


async def test_tool_format_of_openai_is_refused_with_the_right_one() -> None:
    with pytest.raises(ConfigError, match="wrapped in OpenAI's format"):
        await run_snippet(
            TWO_MODELS
            + """
tools = [{
    "type": "function",
    "function": {
        "name": "get_weather",
    }
}]
agent.stream_events("What's the weather in Paris?", tools=tools)
"""
        )


async def test_tool_execution(provider: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    provider.script("gpt-4o-mini", calling(call()))
    await run_snippet(
        TWO_MODELS
        + TOOLS
        + """
from chat.cascade.tools import ToolConfig, ToolExecutor, ToolCall, ToolCallFormat

def get_weather(location: str, unit: str = "celsius") -> str:
    return f"{location}: 22°C, sunny"

tool_configs = [
    ToolConfig(
        name="get_weather",
        description="Get weather",
        parameters={
            "type": "object",
            "properties": {
                "location": {"type": "string"},
                "unit": {"type": "string"}
            },
            "required": ["location"]
        },
        function=get_weather
    )
]
executor = ToolExecutor(tool_configs)
query = "What's the weather in Paris?"

async for event in agent.stream_events(query, tools=tools):
    if event.type == ToolStreamEventType.TOOL_CALL_COMPLETE:
        tool_call_data = event.data.get('tool_call', {})
        tc = ToolCall(
            id=tool_call_data.get('id', 'call_0'),
            name=tool_call_data['name'],
            arguments=tool_call_data['arguments'],
            provider_format=ToolCallFormat.OPENAI
        )
        result = await executor.execute(tc)
        print(f"Result: {result.result}")
"""
    )
    assert capsys.readouterr().out == "Result: Paris: 22°C, sunny\n"


@pytest.mark.parametrize(
    "choice",
    [
        "None",
        '{"type": "auto"}',
        '{"type": "required"}',
        '{"type": "function", "function": {"name": "get_weather"}}',
    ],
)
async def test_documented_parameters_with_tools(provider: Loopback, choice: str) -> None:
    left = await run_snippet(
        TWO_MODELS
        + TOOLS
        + f"""
stream = agent.stream_events(
    query="Your question",
    tools=tools,
    max_tokens=1000,
    temperature=0.7,
    complexity_hint=None,
    force_direct=False,
    tool_choice={choice},
)
types = [event.type async for event in stream]
"""
    )
    assert left["types"][-1] == "complete"


async def test_custom_handler_is_told_of_tools(provider: Loopback) -> None:
    provider.script("gpt-4o-mini", calling(call(), text="Let me see."))
    left = await run_snippet(
        TWO_MODELS
        + TOOLS
        + """
class MyStreamHandler:
    def __init__(self):
        self.chunks = []
        self.tools_called = []

    async def on_chunk(self, content: str):
        self.chunks.append(content)

    async def on_tool_call(self, tool: dict):
        self.tools_called.append(tool)

    async def handle_stream(self, agent, query, tools=None):
        async for event in agent.stream_events(query, tools=tools):
            if event.type in (StreamEventType.CHUNK, ToolStreamEventType.TEXT_CHUNK):
                await self.on_chunk(event.content)
            elif event.type == ToolStreamEventType.TOOL_CALL_COMPLETE:
                tool = event.data.get('tool_call', {})
                await self.on_tool_call(tool)

handler = MyStreamHandler()
await handler.handle_stream(agent, "What's the weather?", tools)
"""
    )
    handler = left["handler"]
    assert "".join(handler.chunks) == "Let me see."
    assert [tool["name"] for tool in handler.tools_called] == ["get_weather"]
