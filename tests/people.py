"""Who and what the tests are about: Alice owns, Bob does not; a cascade of scripted models."""

from decimal import Decimal

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User

from chat.cascade.quality.scorer import scorer_data
from chat.models import (
    Calibration,
    Cascade,
    CascadeStep,
    Conversation,
    ModelConfig,
    Price,
    Provider,
)
from tests.turns.scenarios import LENIENT

ALICE, BOB = "alice", "bob"


def make_user(name: str = ALICE) -> User:
    return User.objects.get_or_create(username=name)[0]


def make_cascade(
    *names: str, kind: str = "scripted", base_url: str = "", priced: bool = True
) -> Cascade:
    """Models in order, the first at $1 and $2 per million tokens, each next ten times dearer."""
    provider = Provider.objects.create(
        name=f"P{Provider.objects.count()}", kind=kind, base_url=base_url
    )
    cascade = Cascade.objects.create(name=f"C{Cascade.objects.count()}")
    for position, name in enumerate(names or ("small", "large")):
        config = ModelConfig.objects.create(provider=provider, name=name)
        CascadeStep.objects.create(cascade=cascade, model_config=config, position=position)
        if priced:
            dearer = Decimal(10) ** position
            Price.objects.create(model_config=config, input=dearer, output=2 * dearer)
    return cascade


def make_conversation(user: User | None = None, cascade: Cascade | None = None) -> Conversation:
    return Conversation.objects.create(
        user=user or make_user(), title="A conversation", cascade=cascade or make_cascade()
    )


def offer(*tools: str) -> None:
    """Every cascade offers them, and keeps any draft that calls them."""
    Cascade.objects.update(tools=list(tools))
    Calibration.objects.create(
        draft_model="small", last_model="large", kind="tools", scorer=scorer_data(LENIENT)
    )


aoffer = sync_to_async(offer)
amake_conversation = sync_to_async(make_conversation)
amake_cascade = sync_to_async(make_cascade)
amake_user = sync_to_async(make_user)
