"""Beginning a turn: one short transaction, the same for a frame and for a form."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet, UUIDField
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import LIVE, Cascade, Conversation, Turn
from chat.models.prepared import Given, prepared
from chat.process import logs
from chat.process.off_loop import off_loop
from chat.process.to_its_end import to_its_end
from chat.traces import traceparent
from chat.turns import drain, lease, limits
from chat.turns.doorbell import ring
from chat.turns.guard import guard
from chat.turns.learn import learn_of_doubt
from chat.turns.play import play
from chat.turns.state import Attachment

logger = logging.getLogger(__name__)


class Refused(Exception):
    """A turn that was not begun; `str()` is a sentence for the reader, `code` for programs."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def busy() -> Refused:
    return Refused(_("An answer is already being written. Stop it or wait for it to end."), "busy")


def draining() -> Refused:
    sentence = _("The server is restarting. Your question is kept here; send it again in a moment.")
    return Refused(sentence, "draining")


async def begin(
    conversation_id: UUID, client_id: UUID, prompt: str, attachments: Sequence[Attachment] = ()
) -> Turn:
    """Begin a turn after the conversation's head, or return the one this client id began.

    `prompt` is checked already (`PromptForm`). Raises `Refused` where another turn is live, the
    client id was used for another prompt, or this process is about to end.
    """
    return await to_its_end(_start(Request(conversation_id, client_id, prompt, attachments)))


async def retry(
    turn: Turn, *, only: str = "", cascade: Cascade | None = None, seen: int = 0
) -> Turn:
    """Begin another version of a turn: the same prompt after the same parent.

    `only` as in `Turn`, else that of the turn; `cascade`: another than the conversation's. `seen`
    is how many versions its reader saw: a second click is answered with the turn that the first
    began.
    """
    what = f"retry {only} {cascade.pk if cascade else ''} {seen}"
    request = Request(
        turn.conversation_id,
        uuid5(turn.id, what),
        turn.prompt,
        turn.attachments,
        instead_of=turn,
        only=only or ("" if cascade else turn.only),
        cascade=cascade,
    )
    return await to_its_end(_start(request))


async def edit(turn: Turn, prompt: str, *, seen: int = 0) -> Turn:
    """Begin another version of a turn, with another prompt after the same parent."""
    request = Request(
        turn.conversation_id,
        uuid5(turn.id, f"edit {seen} {prompt}"),
        prompt,
        turn.attachments,
        instead_of=turn,
    )
    return await to_its_end(_start(request))


@dataclass(frozen=True, slots=True)
class Request:
    conversation_id: UUID
    client_id: UUID
    prompt: str
    attachments: Sequence[Attachment] = ()
    instead_of: Turn | None = None
    only: str = ""
    cascade: Cascade | None = None


async def _start(request: Request) -> Turn:
    """A stored turn without a player would block its conversation."""
    turn, is_new = await off_loop(_store)(request)
    if is_new:
        with logs.about_turn(str(turn.id)):  # what is logged of it later names no request
            logger.info("turn %s began", turn.id)
        if settings.PLAYERS == "embedded":
            play(turn)
        guard.wake()
        await ring(request.conversation_id)
        if request.instead_of is not None and request.instead_of.prompt == request.prompt:
            learn_of_doubt(request.instead_of)
    return turn


def _store(request: Request) -> tuple[Turn, bool]:
    if drain.is_draining() and settings.PLAYERS == "embedded":
        return _begun_before(request, draining()), False
    try:
        with transaction.atomic():
            return _insert(request), True
    except Conversation.DoesNotExist as error:
        raise Refused(_("This conversation was deleted."), "gone") from error
    except (IntegrityError, Refused) as error:
        return _begun_before(request, error), False


def _begun_before(request: Request, error: IntegrityError | Refused) -> Turn:
    turns = Turn.objects.filter(conversation=request.conversation_id)
    turn = turns.filter(client_id=request.client_id).first()
    if turn is None:
        if isinstance(error, IntegrityError) and turns.filter(status__in=LIVE).exists():
            raise busy() from error
        raise error
    if turn.prompt != request.prompt:
        raise Refused(_("This form was sent already. Reload the page."), "conflict") from error
    return turn


def _insert(request: Request) -> Turn:
    kept = _kept(conversation=request.conversation_id)
    if not kept:
        raise Conversation.DoesNotExist
    [conversation] = kept
    if reason := limits.refusal(conversation):
        raise Refused(*reason)
    instead_of = request.instead_of
    owner, until = lease.ours() if settings.PLAYERS == "embedded" else lease.free()
    turn = Turn.objects.create(
        conversation=conversation,
        parent_id=instead_of.parent_id if instead_of else conversation.head_id,
        client_id=request.client_id,
        prompt=request.prompt,
        attachments=list(request.attachments),
        cascade=request.cascade or conversation.cascade,
        only=request.only,
        lease_owner=owner,
        lease_until=until,
        traceparent=traceparent.get(),
    )
    # Not `Now()`, which SQLite keeps to the millisecond alone: a cursor compares the whole text.
    changed = {"head_id": turn.pk, "updated_at": timezone.now()}
    if not _kept.update(changed, conversation=conversation.pk):
        raise Conversation.DoesNotExist  # deleted meanwhile: nothing is begun
    return turn


@prepared
def _kept() -> QuerySet[Conversation]:
    kept = Conversation.objects.filter(id=Given("conversation", UUIDField()), deleted_at=None)
    return kept.select_related("cascade")
