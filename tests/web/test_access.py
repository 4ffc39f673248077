"""R23: every address by every role, every frame and event by every socket; none is forgotten."""

import ast
import inspect
import re
import textwrap
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.http.response import HttpResponseBase
from django.test import AsyncClient, Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from chat.cascade.streaming.events import StreamEventType, ToolStreamEventType
from chat.consumers.conversation import ConversationConsumer
from chat.conversations import sharing
from chat.models import (
    Attempt,
    Budget,
    Calibration,
    Conversation,
    McpServer,
    Reading,
    Spending,
    Turn,
)
from chat.turns.begin import begin
from chat.turns.events import TurnEventType
from tests.people import ALICE, BOB, make_cascade, make_conversation, make_user
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD
from tests.turns.test_turn_life import ended
from tests.web import access
from tests.web.access import DESK_MODELS, ROUTES, Policy, Role, Route, Verdict
from tests.web.test_consumer import Socket, socket

pytestmark = pytest.mark.django_db(transaction=True)

ACCESS = "tests/web/access.py"
UNTOLD = (Session, Reading)
"""A browser has a session whatever it does; that somebody read is kept because they read."""


# The tables are whole


def patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path
        else:
            yield from patterns(entry, path)


def desk_patterns(label: str) -> dict[str, Policy]:
    """The admin's own addresses for a model."""
    base, managed = f"admin/{label.replace('.', '/')}/", DESK_MODELS[label]
    one = f"{base}<path:object_id>/"
    return {
        base: managed.view,
        f"{base}add/": managed.add,
        f"{one}history/": managed.history or managed.view,
        f"{one}delete/": managed.delete,
        f"{one}change/": managed.view,
        one: access.AT_DESK,
    }


DESK_ROUTES = [
    Route(pattern, policy)
    for label in DESK_MODELS
    for pattern, policy in desk_patterns(label).items()
]


def test_every_address_has_its_row() -> None:
    there = set(patterns(get_resolver()))
    told = {route.pattern for route in (*ROUTES, *DESK_ROUTES)}
    assert sorted(there - told) == [], f"{ACCESS} does not say who may see these"
    assert sorted(told - there) == [], f"{ACCESS} tells of addresses that are gone"


def test_every_model_of_the_desk_has_its_row() -> None:
    assert {model._meta.label_lower for model in admin.site._registry} == set(DESK_MODELS)


def test_every_frame_has_its_row() -> None:
    handled = textwrap.dedent(inspect.getsource(ConversationConsumer))
    cases = [node for node in ast.walk(ast.parse(handled)) if isinstance(node, ast.match_case)]
    named = {
        literal.value
        for case in cases
        for literal in ast.walk(case.pattern)
        if isinstance(literal, ast.Constant) and isinstance(literal.value, str)
    }
    assert named | {"seen", "alive"} == access.FRAMES, (
        f"{ACCESS} names other frames than the consumer"
    )


def test_every_event_has_its_row() -> None:
    kinds = (StreamEventType, ToolStreamEventType, TurnEventType)
    assert {str(kind) for every in kinds for kind in every} - {"text_chunk"} == access.EVENTS


# Addresses


@dataclass
class Place:
    """What there is to be seen: a conversation of Alice with an answer, and a row of each model."""

    conversation: Conversation
    turn: Turn
    clients: dict[Role, AsyncClient]
    token: str = ""

    def address(self, route: Route) -> str:
        path = (route.address or route.pattern).replace("<token>", self.token)
        ids = {"conversation_id": self.conversation.id, "turn_id": self.turn.id}
        for name, value in ids.items():
            path = path.replace(f"<uuid:{name}>", str(value))
        return "/" + re.sub(r"<(?:\w+:)?(?:object_id|pk|id)>", lambda _: self._row(path), path)

    def _row(self, path: str) -> str:
        model = apps.get_model(*path.split("/")[1:3])
        row = model._default_manager.first()
        return str(row.pk if row else 0)


def clients_of(owner: User) -> dict[Role, AsyncClient]:
    return {role: client_of(role, owner) for role in Role}


def client_of(role: Role, owner: User) -> AsyncClient:
    client = AsyncClient()
    match role:
        case Role.TOKEN:
            browser = Client()
            browser.force_login(owner)
            return AsyncClient(headers=tokens(owner, browser.cookies["sessionid"].value))
        case Role.OWNER:
            client.force_login(owner)
        case Role.OTHER:
            client.force_login(make_user(BOB))
        case Role.EXPIRED:
            client.force_login(owner)
            Session.objects.filter(pk=client.cookies["sessionid"].value).update(
                expire_date=timezone.now() - timedelta(seconds=1)
            )
        case Role.DISABLED:
            gone = make_user("disabled")
            client.force_login(gone)
            User.objects.filter(pk=gone.pk).update(is_active=False)
        case Role.AIDE | Role.OPERATOR | Role.READER:
            client.force_login(staff(role))
    return client


def tokens(user: User, session: str) -> dict[str, str]:
    named = ("X-API-Key", "Api-Key", "X-Auth-Token", "X-Session-Token", "X-Access-Token")
    users = ("Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Forwarded-Email")
    return {
        "Authorization": f"Bearer {session}",
        **dict.fromkeys(named, session),
        **dict.fromkeys(users, user.username),
    }


def staff(role: Role) -> User:
    user = make_user(role.name.lower())
    user.is_staff = True
    user.save()
    match role:
        case Role.OPERATOR:
            all_but = Permission.objects.exclude(codename="read_conversations")
            user.user_permissions.set(all_but)
        case Role.READER:
            user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture
async def place(scripted: Scripted) -> Place:
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await sync_to_async(furnished)()
    turn = await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    clients = await sync_to_async(clients_of)(conversation.user)
    token = await sync_to_async(shared)(conversation)
    assert (await clients[Role.LINK].get(f"/shared/{token}/")).status_code == 200
    return Place(conversation, turn, clients, token)


def shared(conversation: Conversation) -> str:
    ended = Conversation.objects.get(id=conversation.id)
    return sharing.create(ended, days=1, with_costs=False) or ""


def furnished() -> Conversation:
    """A row at least of whatever the desk shows."""
    conversation = make_conversation(make_user(ALICE))
    make_conversation(make_user(BOB), conversation.cascade)
    Group.objects.create(name="Everybody")
    Budget.objects.create(scope="global", limit_usd=1)
    Spending.objects.create(scope="global")
    Calibration.objects.create(draft_model="small", last_model="large", kind="fact")
    McpServer.objects.create(name="Tools", url="https://tools.example/mcp")
    Reading.objects.create(reader_name="root", owner_name=ALICE, conversation=conversation)
    decision = {"accepted": True, "score": 0.9, "threshold": 0.7, "confidence": 0.9}
    decision |= {"kind": "fact", "reason": "", "checks": [], "early": False}
    decision |= {"saves_usd": None, "note": "", "promise": ""}
    Attempt.objects.create(number=1, role="draft", model="small", decision=decision)
    return conversation


def verdict(answer: HttpResponseBase) -> Verdict:
    assert answer.status_code < 500
    if answer.status_code == 302 and re.match("/(sign-in|admin/login)/", answer["Location"]):
        return Verdict.SIGN_IN
    return {403: Verdict.REFUSED, 404: Verdict.HIDDEN}.get(answer.status_code, Verdict.IN)


@sync_to_async
def everything() -> dict[str, list[Any]]:
    """All rows of all tables, but for `UNTOLD`."""
    models: list[type[Model]] = [model for model in apps.get_models() if model not in UNTOLD]
    rows = {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in models
    }
    for user in rows["User"]:
        del user["last_login"]
    return rows


def name(route: Route) -> str:
    return route.address or route.pattern or "home"


AT_DESK = [route for route in (*ROUTES, *DESK_ROUTES) if route.pattern.startswith("admin/")]
ELSEWHERE = [route for route in ROUTES if route not in AT_DESK]


@pytest.mark.parametrize("route", ELSEWHERE, ids=name)
async def test_R23_every_address_by_every_role(place: Place, route: Route) -> None:
    assert await wrongs(place, route) == []


@pytest.mark.django_db(transaction=False)  # several times quicker
@pytest.mark.parametrize("route", AT_DESK, ids=name)
def test_R23_every_address_of_the_desk_by_every_role(route: Route) -> None:
    conversation = furnished()
    turn = Turn(conversation=conversation)
    place = Place(conversation, turn, clients_of(conversation.user))
    assert async_to_sync(wrongs)(place, route) == []


async def wrongs(place: Place, route: Route) -> list[str]:
    """Where the table is not kept; GET changes nothing, nor a POST by whoever is not let in."""
    address, wrong = await sync_to_async(place.address)(route), []
    before = await everything()
    for role in Role:
        answer = await place.clients[role].get(address)
        if verdict(answer) != route.get[role]:
            wrong.append(f"GET, {role}: {verdict(answer)}, not {route.get[role]}")
    assert await everything() == before, "GET changed something"
    if route.post is None:
        return wrong
    refused = [role for role in Role if route.post[role] != Verdict.IN]
    for role in sorted(Role, key=lambda role: role not in refused):
        answer = await place.clients[role].post(address, {"prompt": "?", "type": "deny"})
        if verdict(answer) != route.post[role]:
            wrong.append(f"POST, {role}: {verdict(answer)}, not {route.post[role]}")
        if role in refused[-1:]:
            assert await everything() == before, "a POST that was refused changed something"
    return wrong


# Sockets


async def closed(reader: Socket) -> tuple[int, list[str]]:
    """The code it was closed with, and what it was told before."""
    told = []
    while (message := await reader.receive_output(5))["type"] != "websocket.close":
        told.append(message.get("text", ""))
    return message["code"], told


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
async def test_R23_no_event_reaches_another_than_the_owner(place: Place, role: Role) -> None:
    cookie = place.clients[role].cookies.get("sessionid")
    cursor = f"?format=json&cursor={place.turn.id}:0"
    session = cookie.value if cookie else ""
    async with socket(place.conversation, query=cursor, session=session) as reader:
        code, told = await closed(reader)
    assert told == []
    assert code == (4401 if role in access.OUTSIDERS else 4404)


@pytest.mark.parametrize("kind", sorted(access.FRAMES_ABOUT_A_TURN))
async def test_R23_a_frame_names_no_turn_of_another_conversation(place: Place, kind: str) -> None:
    """Neither another reader's, nor one of one's own elsewhere."""
    bob = await User.objects.aget(username=BOB)
    theirs = await Conversation.objects.aget(user=bob)
    mine = await sync_to_async(make_conversation)(place.conversation.user, None)
    before = await everything()
    frame = {"prompt": "Why?", "client_id": str(uuid.uuid4()), "call": "call_0", "value": 1}
    for conversation in (theirs, mine):
        async with socket(conversation) as reader:
            await reader.tell(type=kind, turn=str(place.turn.id), **frame)
            assert (await reader.hear("notice"))["code"] == "not_found"
    assert await everything() == before


async def test_R23_a_cursor_on_another_reader_s_turn_shows_nothing_of_it(place: Place) -> None:
    theirs = await Conversation.objects.aget(user__username=BOB)
    async with socket(theirs, query=f"?format=json&cursor={place.turn.id}:1") as reader:
        assert await reader.receive_nothing(0.5)


def test_the_desk_s_own_forms_need_a_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root"))
    make_cascade()
    for label in DESK_MODELS:
        path = f"/admin/{label.replace('.', '/')}/add/"
        assert client.post(path, {}).status_code == 403
