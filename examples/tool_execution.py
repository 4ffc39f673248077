"""Calls that are really run: by hand, as the events come, and by the agent itself.

python examples/tool_execution.py
"""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from two_models import two_models

from chat.cascade import CascadeAgent, ToolError
from chat.cascade.streaming import ToolStreamEventType
from chat.cascade.tools import ToolCall, ToolCallFormat, ToolConfig, ToolExecutor

ZONES = {"Paris": "Europe/Paris", "Oslo": "Europe/Oslo", "Cairo": "Africa/Cairo"}
WEATHER = {"Paris": "22 °C, sunny", "Oslo": "9 °C, rain", "Cairo": "31 °C, clear"}
QUESTION = "What's the weather in Paris and in Oslo?"


def get_weather(location: str) -> str:
    """Get current weather for a location."""
    if location not in WEATHER:
        raise ToolError(f"There is no weather for {location}, only for {', '.join(WEATHER)}.")
    return f"{location}: {WEATHER[location]}"


def get_time(location: str) -> str:
    """Get the local time of a location."""
    if location not in ZONES:
        raise ToolError(f"There is no time for {location}, only for {', '.join(ZONES)}.")
    return f"{datetime.now(ZoneInfo(ZONES[location])):%H:%M}"


TOOLS = [ToolConfig.from_function(get_weather), ToolConfig.from_function(get_time)]


async def by_hand(executor: ToolExecutor) -> None:
    """The calls are yours: whatever you do with a result, the model is not told."""
    agent = CascadeAgent(models=two_models())
    async for event in agent.stream_events(QUESTION, tools=TOOLS):
        if event.type == ToolStreamEventType.TOOL_CALL_COMPLETE:
            made = event.data["tool_call"]
            call = ToolCall(
                id=made["id"],
                name=made["name"],
                arguments=made["arguments"],
                provider_format=ToolCallFormat.OPENAI,
            )
            result = await executor.execute(call)
            print(f"{call.name}: {result.result if result.success else result.error}")


async def by_the_agent(executor: ToolExecutor) -> None:
    """The agent runs them, tells the model what they gave, and the model answers."""
    agent = CascadeAgent(models=two_models(), tool_executor=executor)
    async for event in agent.stream_events(QUESTION):
        match event.type:
            case ToolStreamEventType.TEXT_CHUNK:
                print(event.content, end="", flush=True)
            case ToolStreamEventType.TOOL_EXECUTING:
                print(f"🔧 {event.data['name']}({event.data['arguments']})")
            case ToolStreamEventType.TOOL_RESULT:
                print(f"✓ {event.data['result']} ({event.data['time_ms']} ms)")
            case ToolStreamEventType.TOOL_ERROR | ToolStreamEventType.ERROR:
                print(f"✗ {event.data['error']}")
            case ToolStreamEventType.COMPLETE:
                print(f"\n= ${event.data['result']['total_cost']:.6f}")


async def main() -> None:
    executor = ToolExecutor(TOOLS, timeout_s=10)
    await by_hand(executor)
    print()
    await by_the_agent(executor)


if __name__ == "__main__":
    asyncio.run(main())
