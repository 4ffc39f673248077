"""Thumbs: what a reader thinks of an answer, kept, told to all tabs, and learnt from."""

from django.utils.translation import gettext as _

from chat.learning import labels
from chat.models import Feedback, Turn
from chat.process.off_loop import off_loop
from chat.turns.begin import Refused
from chat.turns.doorbell import ring
from chat.turns.state import Thumb, TurnStatus


async def give(turn: Turn, thumb: Thumb) -> None:
    """The last one given counts; a value of 0 takes it back. Raises `Refused` without an answer."""
    if turn.status != TurnStatus.COMPLETED:
        raise Refused(_("There is no whole answer to judge."), "not_answered")
    await off_loop(_keep)(turn, thumb)
    await ring(turn.conversation_id)
    await off_loop(labels.thumb)(turn, thumb.value)


def _keep(turn: Turn, thumb: Thumb) -> None:
    if thumb.value:
        said = {"value": thumb.value, "note": thumb.note}
        Feedback.objects.update_or_create(turn=turn, defaults=said)
    else:
        Feedback.objects.filter(turn=turn).delete()
