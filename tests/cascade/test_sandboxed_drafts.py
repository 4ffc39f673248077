"""With a sandbox in its policy, a cascade runs the code of drafts beside the loop."""

import threading
from typing import Any

from chat.cascade import CascadePolicy
from chat.cascade.quality.sandbox import Ran
from tests.cascade.conftest import MakeAgent, events_of
from tests.loopback import Loopback, Reply

QUERY = "Write a Python function double(x).\n\n>>> double(2)\n4\n"
DRAFT = "```python\ndef double(x):\n    return x + 3\n```"


class Nothing:
    """Holds every program to have run without a result; remembers where it was asked to."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []

    def run(self, program: str, timeout_s: float = 2.0) -> Ran:
        self.threads.append(threading.current_thread())
        return Ran(ok=False, output="", timed_out=False)


async def test_a_draft_s_code_is_run_beside_the_loop(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply(DRAFT))
    sandbox: Any = Nothing()
    agent = make_agent("small", "large", policy=CascadePolicy(direct_from=None, sandbox=sandbox))
    await events_of(agent.stream_events(QUERY))
    assert sandbox.threads
    assert threading.main_thread() not in sandbox.threads


async def test_without_one_nothing_is_run(provider: Loopback, make_agent: MakeAgent) -> None:
    provider.script("small", Reply(DRAFT))
    events = await events_of(make_agent("small", "large").stream_events(QUERY))
    decision = next(seen.data for seen in events if seen.type == "draft_decision")
    assert "examples" not in {check["name"] for check in decision["checks"]}
