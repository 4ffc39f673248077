"""Turns as they are stored in each state of the rail, also in those that are over too soon to be
looked at while an answer is made."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from chat.conversations import search
from chat.models import Attempt, Conversation, Turn

QUESTION = "How strong is the Sun's part in the tides?"
REFUSAL = "I'm sorry, but I can't say how strong the Sun's part is."
BEGUN = (
    "The **Moon** does most of it: its pull differs more from one side of the Earth to the other, "
    "since it is so near.\n\n1. The Moon's part is about 69 %.\n2. The Sun's part is about 31 %."
)
COST = Decimal("0.00004")

Fields = dict[str, Any]

LIVE: Fields = {
    "status": "running",
    "lease_owner": "elsewhere/1/1/1",  # is not looked after here, so that nobody ends it
    "lease_until": timezone.now() + timedelta(hours=1),
}
QUEUED = LIVE | {"status": "queued"}
WAITING = QUEUED | {"lease_owner": ""}


def decision(*, accepted: bool) -> Fields:
    score = 0.82 if accepted else 0.41
    checks = [
        {"name": "refusal", "value": 0.0, "contribution": 0.4, "passed": True, "note": ""},
        {"name": "length", "value": 11, "contribution": -1.2, "passed": accepted, "note": ""},
    ]
    words = {"kind": "fact", "reason": "quality_insufficient", "saves_usd": None, "promise": ""}
    numbers = {"score": score, "threshold": 0.7, "confidence": score, "early": False}
    return {"accepted": accepted, "checks": checks, **words, **numbers}


PAID: Fields = {
    "settled": True,
    "input_tokens": 240,
    "output_tokens": 60,
    "counted_by": "provider",
    "cost_usd": COST,
    "exactness": "exact",
    "finish": "stop",
    "latency_ms": 900,
    "began_ms": 0,
}
DRAFT: Fields = {"role": "draft", "model": "small", "provider": "openai", "text": BEGUN} | PAID
SET_ASIDE = DRAFT | {
    "status": "set_aside",
    "text": REFUSAL,
    "decision": decision(accepted=False),
    "switch_reason": "quality_insufficient",
    "decided_ms": 910,
}
LAST: Fields = {"role": "verifier", "model": "large", "provider": "openai", "began_ms": 920}

STATES: dict[str, tuple[Fields, list[Fields]]] = {
    "routing": (QUEUED, []),
    "waiting-in-line": (WAITING, []),
    "checking": (LIVE | {"total_usd": COST}, [DRAFT | {"status": "checking"}]),
    "switching": (LIVE | {"total_usd": COST}, [SET_ASIDE, LAST | {"status": "waiting"}]),
    "draft-used": (
        {"status": "completed", "total_usd": COST},
        [SET_ASIDE | {"status": "used"}, LAST | {"status": "failed"}],
    ),
    "interrupted": (
        {"status": "interrupted", "total_usd": COST, "exactness": "partial"},
        [DRAFT | {"status": "interrupted", "exactness": "partial"}],
    ),
    "interrupted-at-once": ({"status": "interrupted"}, []),
}


def store(like: Conversation) -> Iterator[tuple[str, str]]:
    """A conversation for each, and where it is."""
    for name, (fields, attempts) in STATES.items():
        title = name.replace("-", " ").capitalize()
        made = Conversation.objects.create(user=like.user, title=title, cascade=like.cascade)
        asked: Fields = {"prompt": QUESTION, "client_id": uuid.uuid4()}
        asked |= {"conversation": made, "cascade": like.cascade, "model_names": ["small", "large"]}
        turn = Turn.objects.create(**asked, **fields)
        for number, attempt in enumerate(attempts, start=1):
            Attempt.objects.create(turn=turn, user=like.user, number=number, **attempt)
        Conversation.objects.filter(pk=made.pk).update(head=turn)
        search.index(turn.id)
        yield name, made.get_absolute_url()
