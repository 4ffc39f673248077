"""Every way a turn can go, as scripts for two (or three) models; and the events each gives."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chat.cascade import CascadeAgent, CascadePolicy, ModelConfig, Rejected, Unavailable
from chat.cascade.providers.base import Finish, Reasoning
from chat.turns.events import TurnEvent, TurnEventType
from tests.scripted import Line, Scripted

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
    """`stop_after`: the reader stops when this many events have come. `ends`: the turn's status."""

    answers: dict[str, Sequence[Line]]
    ends: str = "completed"
    stop_after: int = 0
    direct: bool = False
    priced: bool = True
    interrupted: bool = False
    models: Sequence[str] = field(default=("small", "large"))


LOST = Unavailable("The model cannot be reached.", retryable=False)

SCENARIOS = {
    "accepted": Scenario({"small": GOOD}),
    "set aside": Scenario({"small": BAD, "large": LONG}),
    "direct": Scenario({"large": LONG}, direct=True),
    "reasoning": Scenario({"small": [Reasoning("The tides… "), Reasoning("yes."), *GOOD]}),
    "draft failed": Scenario({"small": [LOST], "large": GOOD}),
    "draft broke": Scenario({"small": [*GOOD[:2], LOST], "large": GOOD}),
    "draft cut off": Scenario({"small": [*GOOD[:2], Finish("length")], "large": GOOD}),
    "empty draft": Scenario({"small": [], "large": GOOD}),
    "verifier unreachable": Scenario({"small": BAD, "large": [LOST]}, ends="failed"),
    "verifier broke": Scenario({"small": BAD, "large": [*LONG[:2], LOST]}, ends="failed"),
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


async def played(scripted: Scripted, scenario: Scenario) -> list[TurnEvent]:
    """The scenario's log, as a player would append it."""
    scripted.answers = dict(scenario.answers)
    agent = CascadeAgent(
        [_model(name, scenario.priced and 10**place) for place, name in enumerate(scenario.models)],
        policy=CascadePolicy(direct_from=None),
    )
    stream = agent.stream_events("Why are there tides?", force_direct=scenario.direct)
    events: list[TurnEvent] = []
    async for event in stream:
        events.append(TurnEvent.of(event, len(events) + 1))
        if len(events) == scenario.stop_after:
            stream.stop()
    if scenario.stop_after:
        kind = TurnEventType.INTERRUPTED if scenario.interrupted else TurnEventType.STOPPED
        number = events[-1].attempt
        events.append(TurnEvent(kind, "", {}, len(events) + 1, events[-1].at_ms, number))
    return events


def _model(name: str, price: int) -> ModelConfig:
    prices = {"input_price": price, "output_price": 2 * price} if price else {}
    return ModelConfig(name=name, provider="scripted", **prices)
