"""Stop: the reader's end of a turn, from any tab, in any process."""

from chat.models import LIVE, Turn
from chat.process.off_loop import off_loop
from chat.process.to_its_end import to_its_end
from chat.turns import lease
from chat.turns.doorbell import ring
from chat.turns.events import TurnEventType
from chat.turns.play import players
from chat.turns.sweep import interrupt


async def stop(turn: Turn) -> None:
    """Stop a live turn. One that nobody plays any more is ended as interrupted; others stay."""
    if player := players.get(str(turn.id)):
        player.stop()
    elif turn.is_live:
        await to_its_end(_stop_elsewhere(turn))


async def _stop_elsewhere(turn: Turn) -> None:
    """Its player, where it has one, reads the wish in the database; the doorbell makes it look."""
    if lease.is_free(turn) and await interrupt(turn, TurnEventType.STOPPED):
        return
    if turn.id in [lost.id for lost in await off_loop(lease.lost)()] and await interrupt(turn):
        return
    wished = Turn.objects.filter(id=turn.id, status__in=LIVE)
    await off_loop(wished.update)(stop_requested=True)
    await ring(turn.conversation_id)
