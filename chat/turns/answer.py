"""Allow or Don't: the reader's answer to a tool that asks first, from any tab."""

from chat.models import Turn
from chat.turns.begin import Refused
from chat.turns.play import players


def answer(turn: Turn, call_id: str, *, allowed: bool) -> None:
    """Raises `Refused` where the question is not open: answered already, or its turn has ended."""
    player = players.get(str(turn.id))
    if player is None or not player.questions.answer(call_id, allowed=allowed):
        raise Refused("That was answered already, or its time is over.", "not_asked")
