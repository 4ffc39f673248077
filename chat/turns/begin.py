"""Beginning a turn: one short transaction, the same for a frame and for a form."""

import asyncio
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.models import LIVE, Conversation, Turn
from chat.off_loop import off_loop
from chat.turns import drain, lease
from chat.turns.doorbell import ring
from chat.turns.guard import guard
from chat.turns.learn import learn_of_doubt
from chat.turns.play import play


class Refused(Exception):
    """A turn that was not begun; `str()` is a sentence for the reader, `code` for programs."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def busy() -> Refused:
    return Refused("An answer is already being written. Stop it or wait for it to end.", "busy")


def draining() -> Refused:
    sentence = "The server is restarting. Your question is kept here; send it again in a moment."
    return Refused(sentence, "draining")


async def begin(conversation_id: UUID, client_id: UUID, prompt: str) -> Turn:
    """Begin a turn after the conversation's head, or return the one this client id began.

    `prompt` is checked already (`PromptForm`). Raises `Refused` where another turn is live, the
    client id was used for another prompt, or this process is about to end.
    """
    return await _start(Request(conversation_id, client_id, prompt))


async def retry(turn: Turn, *, direct: bool = False) -> Turn:
    """Begin a sibling of the conversation's last turn: the same prompt after the same parent.

    `direct`: by the last model alone, as are retries of such a turn. A second click is answered
    with the turn that the first began.
    """
    request = Request(
        turn.conversation_id,
        uuid5(turn.id, "retry, direct" if direct else "retry"),
        turn.prompt,
        instead_of=turn,
        force_direct=direct or turn.force_direct,
    )
    return await _start(request)


@dataclass(frozen=True, slots=True)
class Request:
    conversation_id: UUID
    client_id: UUID
    prompt: str
    instead_of: Turn | None = None
    force_direct: bool = False


_starting: set[asyncio.Task[Turn]] = set()


async def _start(request: Request) -> Turn:
    """To the end, also when whoever asked has gone: a stored turn without a player would block."""
    task = asyncio.create_task(_store_and_play(request), name="begin")
    _starting.add(task)
    task.add_done_callback(_starting.discard)
    return await asyncio.shield(task)


async def _store_and_play(request: Request) -> Turn:
    turn, is_new = await off_loop(_store)(request)
    if is_new:
        play(turn)
        guard.wake()
        await ring(request.conversation_id)
        if request.instead_of is not None:
            learn_of_doubt(request.instead_of)
    return turn


def _store(request: Request) -> tuple[Turn, bool]:
    if drain.is_draining():
        return _begun_before(request, draining()), False
    try:
        with transaction.atomic():
            return _insert(request), True
    except Conversation.DoesNotExist as error:
        raise Refused("This conversation was deleted.", "gone") from error
    except IntegrityError as error:
        return _begun_before(request, error), False


def _begun_before(request: Request, error: IntegrityError | Refused) -> Turn:
    turns = Turn.objects.filter(conversation=request.conversation_id)
    turn = turns.filter(client_id=request.client_id).first()
    if turn is None:
        if isinstance(error, IntegrityError) and turns.filter(status__in=LIVE).exists():
            raise busy() from error
        raise error
    if turn.prompt != request.prompt:
        raise Refused("This form was sent already. Reload the page.", "conflict") from error
    return turn


def _insert(request: Request) -> Turn:
    conversation = Conversation.objects.select_related("cascade").get(id=request.conversation_id)
    instead_of = request.instead_of
    begun = Turn.objects.filter(conversation=conversation, client_id=request.client_id)
    if instead_of and instead_of.id != conversation.head_id and not begun.exists():
        raise Refused("Only the last answer can be asked for again.", "not_last")
    turn = Turn.objects.create(
        conversation=conversation,
        parent_id=instead_of.parent_id if instead_of else conversation.head_id,
        client_id=request.client_id,
        prompt=request.prompt,
        cascade=conversation.cascade,
        force_direct=request.force_direct,
        lease_owner=lease.owner(),
        lease_until=lease.until(),
    )
    Conversation.objects.filter(id=conversation.id).update(head=turn, updated_at=timezone.now())
    return turn
