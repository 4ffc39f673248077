"""What use tells of a draft, and of which drafts it tells anything."""

import pytest

from chat.learning import labels
from chat.models import Attempt, Configuration, Label, Turn
from tests.people import make_conversation

pytestmark = pytest.mark.django_db

CHECKS = [{"name": "refusal", "value": 1.0, "contribution": 0, "passed": True, "note": ""}]
DECISION = {"kind": "fact", "score": 0.8, "threshold": 0.7, "accepted": True, "checks": CHECKS}


def answered(role: str = "draft", status: str = "accepted", prompt: str = "Who?") -> Turn:
    conversation = make_conversation()
    turn = Turn.objects.create(
        conversation=conversation,
        client_id="7e57ed00-0000-4000-8000-000000000001",
        prompt=prompt,
        status="completed",
        model_names=["small", "large"],
    )
    decision = DECISION if role == "draft" else None
    Attempt.objects.create(
        turn=turn, number=1, role=role, model="small", status=status, decision=decision
    )
    return turn


def test_a_thumb_labels_a_kept_draft_with_what_was_found():
    labels.thumb(answered(), -1)
    label = Label.objects.get()
    assert (label.draft_model, label.last_model, label.kind) == ("small", "large", "fact")
    assert (label.good, label.loss, label.score) == (0, None, 0.8)
    assert label.findings == [["refusal", 1.0]]


def test_a_draft_that_lacked_checks_teaches_nothing():
    turn = answered()
    for data in ({"checks_off": ["refusal"]}, {"checks_off": []}):
        assert not Label.objects.exists()
        turn.configuration = Configuration.objects.create(digest=str(data), data=data)
        turn.save()
        labels.thumb(turn, 1)
    assert Label.objects.exists()


def test_a_changed_thumb_replaces_the_label():
    turn = answered()
    labels.thumb(turn, 1)
    labels.thumb(turn, -1)
    assert Label.objects.get().good == 0


def test_a_thumb_taken_back_takes_its_label_and_no_other():
    turn = answered()
    labels.asked_again(turn)
    labels.thumb(turn, 1)
    labels.thumb(turn, 0)
    assert Label.objects.get().source == "retry"


def test_a_kept_draft_is_no_answer_where_another_came_after_its_tools():
    turn = answered()
    Attempt.objects.create(turn=turn, number=2, role="verifier", model="large", status="answered")
    labels.thumb(turn, 1)
    assert not Label.objects.exists()


def test_a_retry_after_stop_says_nothing_of_a_draft():
    turn = answered()
    turn.status = "stopped"
    labels.asked_again(turn)
    assert not Label.objects.exists()


def test_a_comparison_does_not_hide_the_draft():
    turn = answered()
    Attempt.objects.create(turn=turn, number=2, role="shadow", model="large", status="answered")
    labels.thumb(turn, 1)
    assert Label.objects.get().attempt.role == "draft"


@pytest.mark.parametrize(
    ("role", "status"), [("draft", "set_aside"), ("verifier", "answered"), ("direct", "answered")]
)
def test_what_is_said_of_another_answer_is_no_label_of_a_draft(role, status):
    labels.thumb(answered(role, status), 1)
    assert not Label.objects.exists()


def test_asking_again_is_a_doubt_and_not_a_verdict():
    labels.asked_again(answered())
    assert 0 < Label.objects.get().good < 0.5


def test_a_comparison_that_differs_counts_as_a_loss():
    turn = answered()
    labels.compared(turn.attempts.get(), agrees=False)
    assert (Label.objects.get().good, Label.objects.get().loss) == (0, 1)


def test_no_text_is_kept_and_spacing_is_no_other_question():
    one, other = labels.question_hash("Who  is it?"), labels.question_hash("who is it?\n")
    assert one == other
    assert "who" not in one


@pytest.mark.parametrize(
    ("again", "labelled"),
    [
        ("Who was the first person on the Moon?", True),
        ("who was the FIRST person on the moon", True),
        ("The first person on the Moon, who was it?", True),
        ("No, I mean: who was really the first person on the Moon, please?", True),
        ("Who was the first person on the Moon's south pole?", False),
        ("Who was the first woman on the Moon?", False),
        ("How far away is the Moon?", False),
        ("Thanks!", False),
    ],
)
def test_a_question_reworded_doubts_the_answer_before_it(again, labelled):
    before = answered(prompt="Who was the first person on the Moon?")
    turn = Turn.objects.create(
        conversation=before.conversation,
        parent=before,
        client_id="7e57ed00-0000-4000-8000-000000000002",
        prompt=again,
        status="completed",
    )
    labels.reworded(turn)
    assert [label.source for label in Label.objects.all()] == ["edit"] * labelled


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("What is the capital of France?", "What is the capital of Spain?"),
        ("What is 15% of 80?", "What is 12% of 240?"),
        ("Please calculate 12 + 34 * 5.", "Please calculate 12 - 34 * 5."),
        ("Translate to French: good morning", "Translate to French: good night"),
        ("Write a Python function that sorts a list.", "Write a Python function that reverses it."),
        ("Wer war 1998 Weltmeister im Fußball?", "Wer war 2002 Weltmeister im Fußball?"),
        ("法国的首都是哪个城市", "德国的首都是哪个城市"),
        (f"{'A long text. ' * 60} Who wrote it?", f"{'A long text. ' * 60} What is it about?"),
        ("yes", "yes"),
        ("Go on, please", "Go on, please"),
    ],
)
def test_an_ordinary_next_question_doubts_no_answer(before, after):
    first = answered(prompt=before)
    turn = Turn.objects.create(
        conversation=first.conversation,
        parent=first,
        client_id="7e57ed00-0000-4000-8000-000000000002",
        prompt=after,
        status="completed",
    )
    labels.reworded(turn)
    assert not Label.objects.exists()
