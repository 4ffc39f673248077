"""Beginning a turn: one short transaction, the same for a frame and for a form."""

from dataclasses import dataclass
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.models import Conversation, Turn
from chat.turns.doorbell import ring
from chat.turns.play import play


class Refused(Exception):
    """A turn that was not begun; `str()` is a sentence for the reader, `code` for programs."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def busy() -> Refused:
    return Refused("An answer is already being written. Stop it or wait for it to end.", "busy")


async def begin(conversation_id: UUID, client_id: UUID, prompt: str) -> Turn:
    """Begin a turn after the conversation's head, or return the one this client id began.

    `prompt` is checked already (`PromptForm`). Raises `Refused` where another turn is live, or the
    client id was used for another prompt.
    """
    return await _start(Request(conversation_id, client_id, prompt))


async def retry(turn: Turn, client_id: UUID) -> Turn:
    """Begin a sibling of a turn that ended: the same prompt after the same parent."""
    return await _start(Request(turn.conversation_id, client_id, turn.prompt, instead_of=turn))


@dataclass(frozen=True, slots=True)
class Request:
    conversation_id: UUID
    client_id: UUID
    prompt: str
    instead_of: Turn | None = None


async def _start(request: Request) -> Turn:
    turn, is_new = await database_sync_to_async(_store)(request)
    if is_new:
        play(turn)
        await ring(request.conversation_id)
    return turn


def _store(request: Request) -> tuple[Turn, bool]:
    try:
        with transaction.atomic():
            return _insert(request), True
    except IntegrityError as error:
        turn = Turn.objects.filter(
            conversation=request.conversation_id, client_id=request.client_id
        ).first()
        if turn is None:
            raise busy() from error
        if turn.prompt != request.prompt:
            raise Refused("This form was sent already. Reload the page.", "conflict") from error
        return turn, False


def _insert(request: Request) -> Turn:
    conversation = Conversation.objects.select_related("cascade").get(id=request.conversation_id)
    instead_of = request.instead_of
    turn = Turn.objects.create(
        conversation=conversation,
        parent_id=instead_of.parent_id if instead_of else conversation.head_id,
        client_id=request.client_id,
        prompt=request.prompt,
        cascade=conversation.cascade,
    )
    Conversation.objects.filter(id=conversation.id).update(head=turn, updated_at=timezone.now())
    return turn
