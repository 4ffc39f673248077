"""R26, R37: pages that show what others wrote, with many payloads at once.

Each page is laid beside the one that a harmless word gives: it may be longer, but is made of the
same elements and attributes.
"""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client

from chat.cascade.providers.base import clean
from chat.conversations import sharing
from chat.models import (
    NOTE_LIMIT,
    TAG_LENGTH,
    TITLE_LIMIT,
    Attempt,
    Cascade,
    CascadeStep,
    Conversation,
    Feedback,
    ModelConfig,
    Provider,
    SavedPrompt,
    Tag,
    Turn,
)
from tests.attacks.oracle import HARMLESS, strangers
from tests.attacks.payloads import EVERY, PAYLOADS
from tests.attacks.story import story, told

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = [clean(payload) for payload in (*PAYLOADS["names"][::2], *EVERY[::13])]
"""All payloads go through every partial in `test_payloads.py`; these try whole pages."""

MONEY = dict.fromkeys(("total_usd", "baseline_usd", "saved_usd", "only_draft_usd"), Decimal(1))


def furnished(words: Sequence[str], owner: User) -> Conversation:
    """A conversation with a turn for each word, others that are named so, and who answered."""
    cascades = set_up(words)
    named = [
        Conversation(user=owner, title=word[:TITLE_LIMIT], cascade=cascade)
        for word, cascade in zip(words, cascades, strict=True)
    ]
    Conversation.objects.bulk_create(named)
    tags = [Tag(user=owner, name=f"{n} {word}"[:TAG_LENGTH]) for n, word in enumerate(words)]
    for conversation, tag in zip(named[-20:], Tag.objects.bulk_create(tags)[-20:], strict=True):
        conversation.tags.add(tag)
    last = named[-1]
    turns: list[Turn] = []
    for word in words:
        turns.append(turn_of(last, word, turns[-1] if turns else None))
    Turn.objects.bulk_create(turns)
    Attempt.objects.bulk_create([row for turn in turns for row in attempts_of(turn)])
    Feedback.objects.bulk_create(
        [Feedback(turn=turn, value=1, note=turn.prompt[:NOTE_LIMIT]) for turn in turns]
    )
    SavedPrompt.objects.bulk_create(
        [SavedPrompt(user=owner, name=word[:80], text=word) for word in words]
    )
    last.head = turns[-1]
    last.save()
    return last


def set_up(words: Sequence[str]) -> list[Cascade]:
    """Names are numbered, since none is given twice."""
    providers = Provider.objects.bulk_create(
        [Provider(name=f"{n} {word}"[:80], kind="openai") for n, word in enumerate(words)]
    )
    models = ModelConfig.objects.bulk_create(
        [ModelConfig(provider=provider, name=provider.name) for provider in providers]
    )
    cascades = Cascade.objects.bulk_create([Cascade(name=row.name) for row in providers])
    CascadeStep.objects.bulk_create(
        [
            CascadeStep(cascade=cascade, model_config=model, position=position)
            for cascade, one, other in zip(cascades, models, models[1:] + models[:1], strict=True)
            for position, model in enumerate((one, other))
        ]
    )
    return cascades


def turn_of(conversation: Conversation, word: str, parent: Turn | None) -> Turn:
    return Turn(
        conversation=conversation,
        cascade=conversation.cascade,
        parent=parent,
        client_id=uuid.uuid4(),
        prompt=word,
        attachments=[{"name": word, "text": word}],
        status="completed",
        reason=word,
        complexity="simple",
        model_names=[word, word],
        answered_by=word[:120],
        notice=word[:300],
        error=word,
        draft_accepted=False,
        draft_score=0.4,
        exactness="exact",
        latency_ms=2,
        **MONEY,
    )


def attempts_of(turn: Turn) -> Iterator[Attempt]:
    state = told(turn.prompt, story(turn.prompt))
    for attempt in state.attempts:
        yield Attempt(
            turn=turn,
            user_id=turn.conversation.user_id,
            number=attempt.number,
            role=attempt.role,
            model=attempt.model[:120],
            provider=attempt.provider[:20],
            status=attempt.status,
            text=attempt.text,
            reasoning=attempt.reasoning,
            tool_calls=[asdict(call) for call in attempt.tool_calls],
            decision=attempt.decision,
            switch_reason=attempt.switch_reason[:40],
            error=attempt.error,
            settled=True,
            cost_usd=Decimal(1),
            exactness="exact",
            latency_ms=2,
        )


Pages = list[tuple[str, str]]
"""By name, in which ids and words stand for any."""


def pages(conversation: Conversation) -> Pages:
    """What its owner, an operator and a stranger with a link see."""
    own, operator, anybody = client(conversation.user), client(root()), Client()
    turn = Turn.objects.filter(conversation=conversation).earliest("created_at")
    draft = turn.attempts.earliest("number")
    there, desk = f"/c/{conversation.id}/", "/admin/chat/"
    paths = [
        *("/prompts/", "/prompts/menu/"),
        *("/", "/find/", "/find/?q=harmless", "/find/?q=canary", "/shares/", "/costs/", there),
        *(f"{there}{name}/" for name in ("manage", "title", "share")),
        *(f"/list/?{asked}" for asked in ("", "q=harmless", f"at={conversation.id}")),
        *(f"/turns/{turn.id}/{name}/" for name in ("retry", "fork", "compare", "events")),
        *(f"/costs/by/{name}/" for name in ("model", "cascade", "day", "complexity")),
        *("/costs/threshold/", "/costs/what-if/", f"/costs/compare/?c={conversation.id}"),
    ]
    names = list(conversation.user.tags.values_list("name", flat=True).order_by("id"))
    tags = [f"/find/?tag={quote(tag)}" for tag in names[-20::7]]
    kinds = ("provider/", "modelconfig/", "cascade/", "conversation/", "decision/", "change/")
    desk_paths = [
        *("/costs/by/user/", "/admin/"),
        *(f"{desk}{kind}" for kind in kinds),
        *(f"{desk}cascade/add/", f"{desk}cascade/{conversation.cascade_id}/change/"),
        *(f"{desk}conversation/{conversation.id}/change/", f"{desk}decision/{draft.pk}/change/"),
    ]
    model = CascadeStep.objects.filter(cascade=conversation.cascade_id).earliest("position")
    desk_paths += [
        *("/admin/setup/", "/admin/setup/cascade/", f"{desk}modelconfig/import-prices/"),
        *(f"{desk}cascade/{conversation.cascade_id}/try/", f"{desk}provider/add/"),
        f"{desk}modelconfig/{model.model_config_id}/change/",
        f"{desk}provider/{model.model_config.provider_id}/change/",
    ]
    link = sharing.create(conversation, days=1, with_costs=True)
    return [
        *((named(path), page(own.get(path))) for path in paths),
        *(("a tag", page(own.get(path))) for path in tags),
        *((named(path), page(operator.get(path))) for path in desk_paths),
        ("shared", page(anybody.get(f"/shared/{link}/"))),
        *typed(own, there, conversation.title),
    ]


def typed(own: Client, there: str, word: str) -> Iterator[tuple[str, str]]:
    """What is sent and refused is shown again."""
    refused = {"prompt": f"{word}{'.' * 20_000}", "client_id": str(uuid.uuid4())}
    yield "a prompt", page(own.post(f"{there}turns/", refused), status=400)
    yield "a title", page(own.post(f"{there}title/", {"title": word + "\0"}), status=400)
    yield "a tag's name", page(own.post(f"{there}tags/", {"tag": word + "\0"}), status=400)
    yield "a name", page(Client().post("/sign-in/", {"username": word, "password": word}))


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def root() -> User:
    """Who may read what others asked as well."""
    found = User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)[0]
    found.user_permissions.set(Permission.objects.all())
    return found


def named(path: str) -> str:
    return re.sub(r"[0-9a-f-]{36}|\d+", "0", path)


def page(answer: HttpResponse, status: int = 200) -> str:
    assert answer.status_code == status, (answer.request["PATH_INFO"], answer)
    return answer.content.decode()


def test_R26_pages_are_made_of_what_they_are_with_a_harmless_word() -> None:
    harmless = dict(
        pages(furnished([HARMLESS] * len(WORDS), User.objects.create(username=HARMLESS)))
    )
    Attempt.objects.all().delete()
    hostile = User.objects.create(username="'\"><img src=x onerror=canary(1)>")
    for name, found in pages(furnished(WORDS, hostile)):
        assert strangers(found, harmless[name]) == [], name
