"""Links by which strangers may read a conversation as it was: revocable, and for a time."""

import base64
import hashlib
import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models import LIVE, Conversation, ShareLink, Turn
from chat.tools import is_inward
from chat.turns import history
from chat.turns.calls import ToolCallState
from chat.turns.state import TurnState

DAYS = {1: _("a day"), 7: _("7 days"), 30: _("30 days"), 365: _("a year")}
DEFAULT_DAYS = 7
TOKEN_BYTES = 16


def create(
    conversation: Conversation, *, days: int, with_costs: bool, client_id: str = ""
) -> str | None:
    """The token, which is kept nowhere. None where no answer has ended that could be shown.

    A form that is sent twice, with one `client_id`, makes one link, whatever has become of it.
    """
    last = last_ended(conversation)
    if last is None:
        return None
    token = _token(conversation.id, days, with_costs, client_id or uuid.uuid4())
    ShareLink.objects.get_or_create(
        token_hash=_hash(token),
        defaults={
            "conversation": conversation,
            "last": last,
            "title": conversation.title,
            "with_costs": with_costs,
            "expires_at": timezone.now() + timedelta(days=days),
        },
    )
    return token


def last_ended(conversation: Conversation) -> Turn | None:
    """The last turn that is shown; while an answer is written, what was shown before: another
    version of its turn, where it was asked again."""
    head = conversation.head
    if head is None or not head.is_live:
        return head
    versions = conversation.turns.filter(parent=head.parent_id).exclude(status__in=LIVE)
    before = versions.order_by("created_at").last()
    return conversation.turns.get(id=history.leaf_under(before)) if before else head.parent


def links(user: User) -> QuerySet[ShareLink]:
    """A user's that can still be opened."""
    now = timezone.now()
    own = ShareLink.objects.filter(conversation__user=user, conversation__deleted_at=None)
    return own.filter(revoked_at=None, expires_at__gt=now).select_related("conversation")


def opened_by(token: str) -> ShareLink | None:
    """Where the link, its conversation and its owner's account are all still good."""
    found = ShareLink.objects.select_related("conversation").filter(
        token_hash=_hash(token),
        conversation__deleted_at=None,
        conversation__user__is_active=True,
    )
    link = found.first()
    return link if link and link.is_open else None


def shown(link: ShareLink) -> list[TurnState]:
    """The path as it was. Without costs there is no figure in it that a page could show."""
    beside = history.tree(link.conversation_id)
    kept = history.kept_states(beside.path_to(link.last_id), beside)
    turns = [_without_findings(turn) for turn in kept]
    return turns if link.with_costs else [_without_costs(turn) for turn in turns]


def _without_findings(turn: TurnState) -> TurnState:
    """What tools found elsewhere, as in other conversations, nobody has looked at to share it."""
    attempts = [
        replace(attempt, tool_calls=[_unread(call) for call in attempt.tool_calls])
        for attempt in turn.attempts
    ]
    return replace(turn, attempts=attempts)


def _unread(call: ToolCallState) -> ToolCallState:
    if call.time_ms is None or is_inward(call.name):
        return call
    return replace(call, result=gettext("not shared"))


def _without_costs(turn: TurnState) -> TurnState:
    attempts = []
    for attempt in turn.attempts:
        decision = attempt.decision
        if decision is not None:
            decision = {**decision, "saves_usd": None}
        attempts.append(replace(attempt, receipt=None, decision=decision))
    return replace(
        turn,
        attempts=attempts,
        total_usd=Decimal(0),
        baseline_usd=None,
        saved_usd=None,
        only_draft_usd=None,
        exactness="free",
    )


def _token(*of: object) -> str:
    """Nobody can tell it who has not the key that this server signs with."""
    made = salted_hmac("chat.sharing", " ".join(map(str, of)), algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made[:TOKEN_BYTES]).decode().rstrip("=")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
