"""A ledger of many turns, made quickly: as a year of use would leave it."""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from chat.models import Attempt, Cascade, Conversation, Turn
from tests.people import make_cascade, make_user

_DAYS = 365
_TURNS_IN_A_CONVERSATION = 20
_AT_A_TIME = 2_000
_PRICES = {"small": {"input": "1", "output": "2"}, "large": {"input": "10", "output": "20"}}


def fill(turns: int) -> None:
    """So many turns in all, of ten users and two cascades, a fifth of the drafts set aside."""
    stored = Turn.objects.count()
    rng = random.Random(stored)
    users = [make_user(f"user{number}") for number in range(10)]
    cascades = list(Cascade.objects.order_by("pk")[:2])
    cascades = cascades or [make_cascade("small", "large") for _ in range(2)]
    size = _TURNS_IN_A_CONVERSATION
    for begun in range(stored, turns, _AT_A_TIME):
        count = min(_AT_A_TIME, turns - begun)
        _store(rng, [_conversation(rng, users, cascades) for _ in range(-(-count // size))], count)


def fill_list(user: User, conversations: int) -> None:
    """So many conversations of one user in all; those that are added are empty."""
    lacking = conversations - Conversation.objects.filter(user=user).count()
    for begun in range(0, lacking, _AT_A_TIME):
        count = min(_AT_A_TIME, lacking - begun)
        Conversation.objects.bulk_create(
            Conversation(user=user, title=f"Question {begun + number} about tides")
            for number in range(count)
        )


def make_long_conversation(user: User, turns: int) -> Conversation:
    """With one path of so many turns."""
    rng = random.Random(turns)
    cascade = Cascade.objects.earliest("pk")
    conversation = Conversation(user=user, title=f"{turns} questions", cascade=cascade)
    _store(rng, [conversation], turns)
    return conversation


def _conversation(rng: random.Random, users: list[User], cascades: list[Cascade]) -> Conversation:
    title = f"A question about tides, number {rng.randrange(10_000)}"
    return Conversation(user=rng.choice(users), title=title, cascade=rng.choice(cascades))


def _store(rng: random.Random, conversations: list[Conversation], count: int) -> None:
    Conversation.objects.bulk_create(conversations)
    made = [_turn(rng, conversations[at % len(conversations)]) for at in range(count)]
    heads: dict[uuid.UUID, Turn] = {}
    for turn, _ in made:
        turn.parent, heads[turn.conversation_id] = heads.get(turn.conversation_id), turn
    with _given_times():
        Turn.objects.bulk_create([turn for turn, _ in made])
        Attempt.objects.bulk_create([attempt for _, tried in made for attempt in tried])
    for conversation in conversations:
        conversation.head = heads[conversation.id]
    Conversation.objects.bulk_update(conversations, ["head"])


@contextmanager
def _given_times() -> Iterator[None]:
    """What is stored now may have been made a year ago."""
    fields = [model._meta.get_field("created_at") for model in (Turn, Attempt)]
    for field in fields:
        field.auto_now_add = False
    yield
    for field in fields:
        field.auto_now_add = True


def _turn(rng: random.Random, conversation: Conversation) -> tuple[Turn, list[Attempt]]:
    route = rng.choices(["accepted", "set_aside", "direct"], [7, 2, 1])[0]
    turn = Turn(
        conversation=conversation,
        cascade_id=conversation.cascade_id,
        client_id=uuid.uuid4(),
        prompt="Why are there tides? " * rng.randrange(1, 60),
        status=rng.choices(["completed", "stopped", "failed"], [95, 4, 1])[0],
        model_names=["small", "large"],
        strategy="direct" if route == "direct" else "cascade",
        complexity=rng.choice(["trivial", "simple", "moderate", "hard"]),
        exactness=rng.choices(["exact", "estimated"], [9, 1])[0],
        created_at=timezone.now() - timedelta(seconds=rng.randrange(_DAYS * 86_400)),
    )
    roles = {"accepted": ["draft"], "set_aside": ["draft", "verifier"], "direct": ["direct"]}[route]
    attempts = [_attempt(rng, turn, number, role, route) for number, role in enumerate(roles, 1)]
    _sum_up(rng, turn, attempts, route)
    return turn, attempts


def _attempt(rng: random.Random, turn: Turn, number: int, role: str, route: str) -> Attempt:
    model = "small" if role == "draft" else "large"
    given, taken = rng.randrange(50, 4_000), rng.randrange(20, 1_500)
    is_draft = role == "draft"
    return Attempt(
        turn=turn,
        user_id=turn.conversation.user_id,
        number=number,
        role=role,
        model=model,
        provider="openai" if is_draft else "anthropic",
        prices=_PRICES[model],
        status=route if is_draft else "answered",
        switch_reason="quality_insufficient" if route == "set_aside" and is_draft else "",
        text="The Moon pulls at the sea. " * (taken // 20),
        settled=True,
        input_tokens=given,
        output_tokens=taken,
        cost_usd=_cost(model, given, taken),
        exactness=turn.exactness,
        counted_by="provider",
        first_token_ms=rng.randrange(150, 900),
        latency_ms=rng.randrange(900, 9_000),
        created_at=turn.created_at,
    )


def _cost(model: str, given: int, taken: int) -> Decimal:
    prices = _PRICES[model]
    millionths = given * Decimal(prices["input"]) + taken * Decimal(prices["output"])
    return millionths / 1_000_000


def _sum_up(rng: random.Random, turn: Turn, attempts: list[Attempt], route: str) -> None:
    first, last = attempts[0], attempts[-1]
    turn.total_usd = sum((attempt.cost_usd or 0 for attempt in attempts), Decimal(0))
    turn.baseline_usd = _cost("large", last.input_tokens, last.output_tokens)
    turn.only_draft_usd = _cost("small", first.input_tokens, first.output_tokens)
    turn.saved_usd = turn.baseline_usd - turn.total_usd
    turn.draft_accepted = None if route == "direct" else route == "accepted"
    if turn.status != "completed":
        turn.baseline_usd = turn.only_draft_usd = turn.saved_usd = None
    scores = {"accepted": rng.uniform(0.7, 1), "set_aside": rng.uniform(0.1, 0.7)}
    turn.draft_score = scores.get(route)
    turn.answered_by = last.model
    turn.first_token_ms = first.first_token_ms
    turn.latency_ms = sum(attempt.latency_ms or 0 for attempt in attempts)
