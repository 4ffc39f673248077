"""Every way a turn can go, as scripts for two (or three) models; and the events each gives."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from chat.cascade import (
    CascadeAgent,
    CascadePolicy,
    ModelConfig,
    Rejected,
    ToolCall,
    ToolConfig,
    ToolExecutor,
    Unavailable,
)
from chat.cascade.providers.base import Finish, Reasoning, ToolFragment
from chat.cascade.quality.calibration import SHIPPED, Calibration
from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.scorer import Scorer
from chat.cascade.streaming.events import StreamEventType
from chat.cascade.tools.ready import CALCULATE
from chat.turns.events import TurnEvent, TurnEventType
from tests.scripted import USAGE, Line, Scripted

GOOD = [
    "The **Moon** orbits the Earth ",
    "in about 27.3 days.\n\nIts gravity ",
    "raises the tides:\n\n- high tide\n- low",
    " tide\n\n```python\nprint('tide')\n",
    "```\n\nand that is why ships wait for it.",
]
BAD = ["I'm sorry, I ", "cannot help with that."]
LONG = [
    "# Tides\n\nThe Moon pulls at the sea, ",
    "and the sea follows. | no table\n\n| when | how |\n|---|---|\n",
    "| noon | high |\n| six | low |\n\nSo tides come **twice",
    "** a day, [as said](https://example.org/tides).",
]


@dataclass(frozen=True)
class Scenario:
    """`stop_after`: the reader stops when this many events have come. `ends`: the turn's status.

    `spends`: with every piece of text it is told what was spent.

    `uses_draft`: after its end the reader takes the draft.

    `tools` are names of shipped tools; to one that asks first, `allow` is what its reader says.
    """

    answers: dict[str, Sequence[Line] | Sequence[list[Line]]]
    ends: str = "completed"
    stop_after: int = 0
    direct: bool = False
    priced: bool = True
    spends: bool = False
    interrupted: bool = False
    uses_draft: bool = False
    models: Sequence[str] = field(default=("small", "large"))
    tools: Sequence[str] = ()
    allow: bool = True


def calls(*calls: tuple[str, str], finish: str = "tool_calls") -> list[Line]:
    """An answer that calls tools, each with these JSON arguments; the pieces come interleaved."""
    pieces: list[Line] = [
        ToolFragment(key, f"call_{key}", name) for key, (name, _) in enumerate(calls)
    ]
    for at in range(0, max(len(arguments) for _, arguments in calls), 6):
        for key, (_, arguments) in enumerate(calls):
            if piece := arguments[at : at + 6]:
                pieces.append(ToolFragment(key, arguments=piece))
    return [*pieces, Finish(finish), USAGE]


LENIENT = Scorer(2.0, dict.fromkeys(("refusal", "tool_calls"), ((0.0, -5.0), (1.0, 0.0))))
"""Keeps any draft that calls tools: what is told of calls does not depend on which are wise."""

ANY_CALL = Calibration({**SHIPPED.scorers, Kind.TOOLS: LENIENT})

LOST = Unavailable("The model cannot be reached.", retryable=False)

SCENARIOS = {
    "accepted": Scenario({"small": GOOD}),
    "set aside": Scenario({"small": BAD, "large": LONG}),
    "direct": Scenario({"large": LONG}, direct=True),
    "spending told": Scenario({"small": BAD, "large": LONG}, spends=True),
    "reasoning": Scenario({"small": [Reasoning("The tides… "), Reasoning("yes."), *GOOD]}),
    "draft failed": Scenario({"small": [LOST], "large": GOOD}),
    "draft broke": Scenario({"small": [*GOOD[:2], LOST], "large": GOOD}),
    "draft cut off": Scenario({"small": [*GOOD[:2], Finish("length")], "large": GOOD}),
    "empty draft": Scenario({"small": [], "large": GOOD}),
    "verifier unreachable": Scenario({"small": BAD, "large": [LOST]}, ends="failed"),
    "verifier broke": Scenario({"small": BAD, "large": [*LONG[:2], LOST]}, ends="failed"),
    "draft used": Scenario({"small": BAD, "large": [LOST]}, uses_draft=True),
    "draft used instead": Scenario({"small": BAD, "large": [*LONG[:2], LOST]}, uses_draft=True),
    "both failed": Scenario(
        {"small": [LOST], "large": [Rejected("The key was refused.")]}, ends="failed"
    ),
    "verifier cut off": Scenario({"small": BAD, "large": [*LONG[:3], Finish("length")]}),
    "retried": Scenario({"small": [Unavailable("Busy.", retry_after_s=0)], "large": GOOD}),
    "unpriced": Scenario({"small": BAD, "large": GOOD}, priced=False),
    "three models": Scenario(
        {"small": BAD, "middle": BAD, "large": GOOD}, models=("small", "middle", "large")
    ),
    "stopped at once": Scenario({"small": GOOD}, ends="stopped", stop_after=1),
    "draft stopped": Scenario({"small": GOOD}, ends="stopped", stop_after=4),
    "verifier stopped": Scenario({"small": BAD, "large": LONG}, ends="stopped", stop_after=8),
    "draft interrupted": Scenario({"small": GOOD}, "interrupted", stop_after=3, interrupted=True),
}

SUM = ("calculate", '{"expression": "2 * (3 + 4)"}')
WRONG_SUM = ("calculate", '{"expression": "2 / 0"}')
NO_SUM = ("calculate", '{"sum": ["\\u0000", "<b>"]}')
RENAME = ("rename_conversation", '{"title": "Tides"}')
BOTH = ("calculate", "rename_conversation")

TOOL_SCENARIOS = {
    "tool": Scenario({"small": [calls(SUM), GOOD]}, tools=BOTH),
    "text and two tools": Scenario(
        {"small": [["Let me see.\n\n", *calls(SUM, WRONG_SUM)], GOOD]}, tools=BOTH
    ),
    "reasoning and a tool": Scenario(
        {"small": [[Reasoning("So."), *calls(SUM)], GOOD]}, tools=BOTH
    ),
    "tool again and again": Scenario({"small": [calls(SUM)], "large": GOOD}, tools=BOTH),
    "tool, then set aside": Scenario({"small": [calls(SUM), BAD], "large": GOOD}, tools=BOTH),
    "bad call set aside": Scenario(
        {"small": calls(NO_SUM), "large": [calls(SUM), GOOD]}, tools=BOTH
    ),
    "call cut off": Scenario({"small": calls(SUM, finish="length"), "large": GOOD}, tools=BOTH),
    "call broke": Scenario({"small": [*calls(SUM)[:3], LOST], "large": GOOD}, tools=BOTH),
    "bad call of the last": Scenario(
        {"small": BAD, "large": [calls(NO_SUM, ("nothing", "{}")), GOOD]}, tools=BOTH
    ),
    "nameless call of the last": Scenario(
        {"small": BAD, "large": [[ToolFragment(0, "x", "", "{}"), Finish("tool_calls")], GOOD]},
        tools=BOTH,
    ),
    "call of the last cut off": Scenario(
        {"small": BAD, "large": ["Let me see.", *calls(SUM, finish="length")]}, tools=BOTH
    ),
    "direct tool": Scenario({"large": [calls(SUM), GOOD]}, direct=True, tools=BOTH),
    "tool allowed": Scenario({"small": [calls(SUM, RENAME), GOOD]}, tools=BOTH),
    "tool refused": Scenario({"small": [calls(RENAME), GOOD]}, tools=BOTH, allow=False),
    "stopped while a call forms": Scenario(
        {"small": [calls(SUM), GOOD]}, "stopped", stop_after=4, tools=BOTH
    ),
    "stopped while asked": Scenario(
        {"small": [calls(RENAME), GOOD]}, "stopped", stop_after=9, tools=BOTH
    ),
    "stopped after a step": Scenario(
        {"small": [calls(SUM), GOOD]}, "stopped", stop_after=15, tools=BOTH
    ),
}
SCENARIOS |= TOOL_SCENARIOS


def _rename(title: str) -> str:
    """Give this conversation another title."""
    return f"It is now called {title!r}."


TOOLS = (
    CALCULATE,
    ToolConfig(
        "rename_conversation",
        "Give this conversation another title.",
        {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]},
        _rename,
        asks_first=True,
    ),
)


async def played(scripted: Scripted, scenario: Scenario) -> list[TurnEvent]:
    """The scenario's log, as a player would append it."""
    scripted.answers = dict(scenario.answers)
    events: list[TurnEvent] = []

    async def approve(call: ToolCall) -> bool:
        add(TurnEventType.TOOL_ASKING, {"id": call.id, "name": call.name})
        if len(events) == scenario.stop_after:
            stream.stop()
            await asyncio.Event().wait()
        add(TurnEventType.TOOL_ANSWERED, {"id": call.id, "allowed": scenario.allow})
        return scenario.allow

    def add(kind: TurnEventType, data: dict[str, object]) -> None:
        last = events[-1]
        events.append(TurnEvent(kind, "", data, len(events) + 1, last.at_ms, last.attempt))

    agent = CascadeAgent(
        [_model(name, scenario.priced and 10**place) for place, name in enumerate(scenario.models)],
        policy=CascadePolicy(
            direct_from=None, calibrations=dict.fromkeys(scenario.models, ANY_CALL)
        ),
        tool_executor=ToolExecutor(TOOLS, approve=approve) if scenario.tools else None,
    )
    stream = agent.stream_events("Why are there tides?", force_direct=scenario.direct)
    async for event in stream:
        events.append(TurnEvent.of(event, len(events) + 1))
        if scenario.spends and event.type == StreamEventType.CHUNK:
            add(TurnEventType.SPENDING, {"total_usd": f"0.{len(events):04}"})
        if len(events) == scenario.stop_after:
            stream.stop()
    if scenario.stop_after:
        add(TurnEventType.INTERRUPTED if scenario.interrupted else TurnEventType.STOPPED, {})
    if scenario.uses_draft:
        events.append(TurnEvent(TurnEventType.DRAFT_USED, seq=len(events) + 1, at_ms=9_000))
    return events


def _model(name: str, price: int) -> ModelConfig:
    prices = {"input_price": price, "output_price": 2 * price} if price else {}
    return ModelConfig(name=name, provider="scripted", **prices)
