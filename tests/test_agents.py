"""A stored cascade as an agent: which of its models an attempt belongs to."""

import pytest

from chat.agents import cast
from chat.cascade.streaming.events import Role
from chat.models import Cascade, CascadeStep
from chat.turns.attempts import AttemptState
from chat.turns.state import TurnState
from tests.people import make_cascade

pytestmark = pytest.mark.django_db


def turn(models: list[str], *attempts: tuple[Role, str, str]) -> TurnState:
    """Of attempts as (role, model, why the next model took over or ""), in order."""
    made = [
        AttemptState(number, role, model, "scripted", switch_reason=reason)
        for number, (role, model, reason) in enumerate(attempts, start=1)
    ]
    return TurnState("turn", "Why?", models=models, attempts=made)


TURNS = {
    "a switch": (
        turn(
            ["a", "b", "c"], ("draft", "a", "empty"), ("draft", "b", "empty"), ("verifier", "c", "")
        ),
        [0, 1, 2],
    ),
    "steps with tools": (
        turn(["a", "b", "c"], ("draft", "a", ""), ("draft", "a", "empty"), ("draft", "b", "")),
        [0, 0, 1],
    ),
    "a draft that rests": (
        turn(["b", "c"], ("draft", "b", "empty"), ("verifier", "c", "")),
        [1, 2],
    ),
    "direct": (turn(["c"], ("direct", "c", ""), ("direct", "c", "")), [2, 2]),
}


@pytest.mark.parametrize(("state", "steps"), TURNS.values(), ids=TURNS)
def test_an_attempt_belongs_to_the_model_that_made_it(state: TurnState, steps: list[int]) -> None:
    who = cast(make_cascade("a", "b", "c", kind="demo"))
    assert [who.step_of(state, attempt) for attempt in state.attempts] == steps


def test_two_models_of_one_name_are_told_apart() -> None:
    cascade = make_cascade("a", "b", kind="demo")
    twin = make_cascade("a", "c", kind="demo").steps.first()
    assert twin
    CascadeStep.objects.create(cascade=cascade, model_config=twin.model_config, position=7)
    who = cast(Cascade.objects.get(pk=cascade.pk))
    state = turn(
        ["a", "b", "a"], ("draft", "a", "empty"), ("draft", "b", "empty"), ("verifier", "a", "")
    )
    assert [who.step_of(state, attempt) for attempt in state.attempts] == [0, 1, 2]
