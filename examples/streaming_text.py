"""Text while it is written, and every decision of the cascade.

python examples/streaming_text.py
"""

import asyncio
import time
from decimal import Decimal

from two_models import two_models

from chat.cascade import CascadeAgent, StreamEvent
from chat.cascade.streaming import StreamEventType

QUESTIONS = (
    "Why is the sky blue?",
    "Compare SQLite, PostgreSQL and Redis in a table.",
    "Prove that there are infinitely many prime numbers.",
)


def show(event: StreamEvent) -> None:
    data = event.data
    match event.type:
        case StreamEventType.ROUTING:
            print(f"→ {data['complexity']}: {data['strategy']}. {data['reason']}")
        case StreamEventType.CHUNK:
            print(event.content, end="", flush=True)
        case StreamEventType.REASONING:
            print(f"\033[2m{event.content}\033[0m", end="", flush=True)
        case StreamEventType.RETRY:
            print(f"… {data['cause']} Trying again in {data['wait_s']:.1f} s.")
        case StreamEventType.COST:
            usage, ms = data["usage"], data["latency_ms"]
            spent = "unknown" if data["cost_usd"] is None else f"${data['cost_usd']:.6f}"
            print(f"\n· {data['model']}: {usage['output']} tokens, {ms} ms, {spent}")
        case StreamEventType.DRAFT_DECISION:
            verdict = "✓ Draft accepted" if data["accepted"] else "✗ Draft set aside"
            print(f"{verdict}: {data['reason']}, {data['score']:.2f} of {data['threshold']:.2f}")
        case StreamEventType.SWITCH:
            print(f"⤴ {data['from_model']} → {data['to_model']}: {data['reason']}\n")
        case StreamEventType.COMPLETE:
            result = data["result"]
            print(f"= ${result['total_cost']:.6f} in {result['latency_ms']} ms\n")
        case StreamEventType.ERROR:
            print(f"\n! {data['error']}\n")


async def main() -> None:
    agent = CascadeAgent(models=two_models())
    if not agent.text_streaming_manager:
        print("Streaming needs two or more models.")
        return
    began, total = time.monotonic(), Decimal(0)
    for question in QUESTIONS:
        print(f"\033[1m{question}\033[0m")
        stream = agent.stream_events(question, max_tokens=500)
        async for event in stream:
            show(event)
        if stream.result and stream.result.total_usd is not None:
            total += stream.result.total_usd
    print(f"{len(QUESTIONS)} questions, ${total:.6f}, {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    asyncio.run(main())
