"""What was pushed equals what a reload shows: for every scenario, from every cut of its log."""

import random
from collections.abc import Sequence

import pytest
from asgiref.sync import async_to_sync
from django.template.loader import render_to_string

from chat.models import SHADOW, Attempt
from chat.render.frames import HtmlFrames
from chat.turns import history
from chat.turns.events import TurnEvent, to_json
from chat.turns.state import Thumb, TurnState
from tests.costs.ledgers import add_turn
from tests.dom import Page
from tests.people import make_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import SCENARIOS, Scenario, played

ID = "0f0e0d0c-0b0a-4908-8706-050403020100"


@pytest.fixture(params=SCENARIOS.values(), ids=SCENARIOS.keys())
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return request.param


@pytest.fixture
async def events(scripted: Scripted, scenario: Scenario) -> list[TurnEvent]:
    return await played(scripted, scenario)


def folded(events: Sequence[TurnEvent]) -> TurnState:
    state = TurnState(id=ID, prompt="Why are there tides?")
    for event in events:
        state.apply(event)
    return state


def page(state: TurnState) -> Page:
    """The page around a turn, reduced to what frames may change."""
    live = {"turn": state.id if state.is_live else ""}
    around = render_to_string("chat/_composer_action.html", live)
    around += "".join(render_to_string(f"chat/{name}.html") for name in ("_announcer", "_notice"))
    turn = render_to_string("chat/_turn.html", {"turn": state})
    cursor = render_to_string("chat/_cursor.html", {"cursor": state.cursor})
    return Page(f"<main>{turn}{cursor}{around}</main>")


def follow(
    shown: Page, frames: HtmlFrames, events: Sequence[TurnEvent], rng: random.Random
) -> None:
    """Deliver the events in batches of random sizes, as a viewer that is now and then slow."""
    rest = list(events)
    while rest:
        size = rng.randint(1, 4)
        for frame in frames.events(ID, rest[:size]):
            shown.apply(frame)
        del rest[:size]


def shown_parts(page: Page) -> list[str]:
    return [page.html(part) for part in (f"turn-{ID}", "cursor", "composer-action")]


def test_it_ends_as_it_should(events: list[TurnEvent], scenario: Scenario) -> None:
    assert folded(events).status == scenario.ends
    assert events[-1].is_terminal
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_after_every_event_the_page_is_the_reloaded_one(events: list[TurnEvent]) -> None:
    shown, frames = page(folded([])), HtmlFrames()
    list(frames.snapshot(folded([])))
    for seen, event in enumerate(events, start=1):
        for frame in frames.events(ID, [event]):
            shown.apply(frame)
        assert shown_parts(shown) == shown_parts(page(folded(events[:seen]))), event


def test_every_cut_of_the_log_leads_to_the_reloaded_page(events: list[TurnEvent]) -> None:
    reloaded = shown_parts(page(folded(events)))
    for cut in range(len(events) + 1):
        before = folded(events[:cut])
        shown, frames = page(folded([])), HtmlFrames()
        for frame in frames.snapshot(before):
            shown.apply(frame)
        follow(shown, frames, events[cut:], random.Random(cut))
        assert shown_parts(shown) == reloaded, f"cut after event {cut}"


def test_a_page_without_a_snapshot_is_the_same(events: list[TurnEvent]) -> None:
    """A snapshot changes nothing on a page that was just loaded."""
    for cut in range(len(events) + 1):
        shown = page(folded(events[:cut]))
        loaded = shown_parts(shown)
        for frame in HtmlFrames().snapshot(folded(events[:cut])):
            shown.apply(frame)
        assert shown_parts(shown) == loaded


@pytest.mark.parametrize("before", [Thumb(), Thumb(1), Thumb(-1, "Why <not>?")])
@pytest.mark.parametrize("after", [Thumb(), Thumb(1, 'A "word"'), Thumb(-1)])
async def test_a_thumb_is_shown_as_a_reload_shows_it(
    scripted: Scripted, before: Thumb, after: Thumb
) -> None:
    state = folded(await played(scripted, SCENARIOS["accepted"]))
    state.thumb = before
    shown = page(state)
    for frame in HtmlFrames().thumb(ID, after):
        shown.apply(frame)
    state.thumb = after
    assert shown_parts(shown) == shown_parts(page(state))


def test_an_event_survives_json(events: list[TurnEvent]) -> None:
    for event in events:
        assert to_json(event.as_dict())


@pytest.mark.parametrize(
    ("name", "exactness"), [("accepted", "estimated"), ("set aside", "exact"), ("direct", "exact")]
)
async def test_a_baseline_is_measured_where_the_last_model_answered(
    scripted: Scripted, name: str, exactness: str
) -> None:
    turn = folded(await played(scripted, SCENARIOS[name]))
    assert turn.baseline_exactness == exactness
    assert turn.saved_exactness == exactness
    turn.exactness = "partial"
    assert turn.saved_exactness == "partial"


@pytest.mark.django_db(transaction=True)
def test_what_a_shadow_check_wrote_is_in_no_readers_turn() -> None:
    turn = add_turn(make_conversation())
    Attempt.objects.create(
        turn=turn, number=2, role=SHADOW, model="large", provider="scripted", text="Unseen."
    )
    [state] = async_to_sync(history.states)([str(turn.id)])
    assert [attempt.role for attempt in state.attempts] == ["draft"]
    follower = add_turn(turn.conversation, parent=turn)
    assert "Unseen." not in history.asked(follower)
