"""A provider that answers what a test wrote, at the seam where real ones are.

`Scripted.answers[model]` is a list of texts, deltas, exceptions to raise, and `asyncio.Event`s to
wait for; an answer ends well unless it says otherwise. A list of such lists holds the answers to a
model's requests one after the other. `open` counts requests under way.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import httpx
import pytest

from chat.cascade.breaker import breakers
from chat.cascade.pricing import Usage
from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import Delta, Finish, Reported, Request, Text

Line = str | Delta | Exception | asyncio.Event
USAGE = Reported(Usage(input=1000, output=200))


class Scripted:
    def __init__(self) -> None:
        self.answers: dict[str, Sequence[Line] | Sequence[list[Line]]] = {}
        self.calls: list[Request] = []
        self.open = 0

    def _answer(self, request: Request) -> Sequence[Line]:
        lines = self.answers[request.model]
        if not lines or not isinstance(lines[0], list):
            return lines
        before = sum(call.model == request.model for call in self.calls) - 1
        return lines[min(before, len(lines) - 1)]

    async def stream(
        self, request: Request, transport: httpx.AsyncBaseTransport | None
    ) -> AsyncGenerator[Delta, None]:
        self.calls.append(request)
        self.open += 1
        try:
            ended = False
            for line in self._answer(request):
                match line:
                    case str():
                        yield Text(line)
                    case Exception():
                        raise line
                    case asyncio.Event():
                        await line.wait()
                    case _:
                        ended = ended or isinstance(line, Finish)
                        yield line
            if not ended:
                yield Finish("stop")
                yield USAGE
        finally:
            self.open -= 1


@pytest.fixture
async def scripted(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scripted]:
    """The provider `scripted`. No player outlives the test, and no memory of failures enters it."""
    from chat.turns.learn import stop_learning  # need Django, which importers here may not
    from chat.turns.play import players

    breakers.reset()
    provider = Scripted()
    monkeypatch.setitem(PROVIDERS, "scripted", provider.stream)
    yield provider
    for player in list(players.values()):
        player.task.cancel()
        await asyncio.gather(player.task, return_exceptions=True)
    await stop_learning()
