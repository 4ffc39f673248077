import asyncio
from collections.abc import AsyncIterator

import pytest

from chat.models import Turn
from chat.turns import play
from tests.scripted import scripted  # noqa: F401  # a fixture


@pytest.fixture(autouse=True)
async def no_player_outlives_its_test() -> AsyncIterator[None]:
    yield
    for player in list(play.players.values()):
        player.task.cancel()
        await asyncio.gather(player.task, return_exceptions=True)


async def ended(turn: Turn) -> Turn:
    """The turn, read again after its player is done."""
    if player := play.players.get(str(turn.id)):
        await asyncio.wait_for(asyncio.shield(player.task), 5)
    return await Turn.objects.aget(id=turn.id)
