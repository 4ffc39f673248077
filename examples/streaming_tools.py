"""Tool calls while they form: their names, then their arguments piece by piece. Nothing is run.

python examples/streaming_tools.py
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from two_models import two_models

from chat.cascade import CascadeAgent, StreamEvent
from chat.cascade.streaming import ToolStreamEventType

TOOLS = [
    {
        "name": "get_weather",
        "description": "Get current weather for a location",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string", "description": "City name"}},
            "required": ["location"],
        },
    }
]
QUESTIONS = (
    "What's the weather in Paris?",
    "Compare the weather in Oslo and Cairo.",
    "Why is the sky blue?",
)


def written(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, ensure_ascii=False)


def show(event: StreamEvent) -> None:
    data = event.data
    match event.type:
        case ToolStreamEventType.TEXT_CHUNK:
            print(event.content, end="", flush=True)
        case ToolStreamEventType.TOOL_CALL_START:
            print(f"\n🔧 {data['name']}")
        case ToolStreamEventType.TOOL_CALL_DELTA:
            print(f"   {event.delta!r}: {written(data['arguments'])}", flush=True)
        case ToolStreamEventType.TOOL_CALL_COMPLETE:
            call = data["tool_call"]
            print(f"✓ {call['name']}: {written(call['arguments'])}")
        case ToolStreamEventType.TOOL_ERROR:
            print(f"\n✗ {data['name']}: {data['error']}")
        case ToolStreamEventType.DRAFT_DECISION if not data["accepted"]:
            print(f"\n✗ Draft set aside: {data['reason']}")
        case ToolStreamEventType.SWITCH:
            print(f"⤴ {data['from_model']} → {data['to_model']}")
        case ToolStreamEventType.COMPLETE:
            print(f"\n= ${data['result']['total_cost']:.6f}\n")
        case ToolStreamEventType.ERROR:
            print(f"\n! {data['error']}\n")


async def main() -> None:
    agent = CascadeAgent(models=two_models())
    if not agent.tool_streaming_manager:
        print("Tool streaming needs two or more models.")
        return
    for question in QUESTIONS:
        print(f"\033[1m{question}\033[0m")
        async for event in agent.stream_events(question, tools=TOOLS, max_tokens=500):
            show(event)


if __name__ == "__main__":
    asyncio.run(main())
