"""Stop: the reader's end of a turn, from any tab."""

from channels.db import database_sync_to_async

from chat.models import Turn
from chat.turns.doorbell import ring
from chat.turns.play import players
from chat.turns.sweep import interrupt


async def stop(turn: Turn) -> None:
    """Stop a live turn. One that nobody plays any more is ended as interrupted; others stay."""
    if player := players.get(str(turn.id)):
        player.stop()
    elif turn.is_live:
        await database_sync_to_async(interrupt)(turn)
        await ring(turn.conversation_id)
