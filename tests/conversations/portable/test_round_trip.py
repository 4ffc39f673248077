"""Files: what went out and came in again goes out the same, and what is none of ours says why."""

import json
import uuid
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat import ledger
from chat.conversations import search, sharing
from chat.conversations.portable.document import document
from chat.conversations.portable.markdown import markdown
from chat.conversations.portable.reading import read, store
from chat.conversations.portable.shape import Unreadable
from chat.costs import groups
from chat.costs.figures import Figures
from chat.costs.selection import Selection
from chat.models import Attempt, Conversation, Feedback, ShareLink, Turn
from chat.turns.calls import ToolCallState
from tests.costs.ledgers import add_turn
from tests.people import make_cascade, make_conversation, make_user

pytestmark = pytest.mark.django_db

CALL = asdict(ToolCallState(1, "c", "sum", '{"b": 1, "a"', "done", time_ms=3, began_ms=40))
DECISION = {"accepted": False, "score": 0.4, "threshold": 0.7, "confidence": 0.6, "reason": "short"}
DECISION |= {"kind": "fact", "promise": "", "saves_usd": "0.0001", "early": False}
DECISION |= {
    "checks": [{"name": "n", "value": 1.5, "contribution": -2, "passed": False, "note": ""}]
}
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
made = st.lists(
    st.tuples(
        st.sampled_from(["accepted", "set_aside", "direct"]),
        st.sampled_from(["completed", "stopped", "failed"]),
        st.integers(0, 6),
        texts,
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
)


def tree(rows: list[Any]) -> Conversation:
    conversation = make_conversation()
    turns: list[Turn] = []
    for route, status, parent, text, priced, thumbed in rows:
        turn = add_turn(conversation, route, status=status, priced=priced)
        turn.prompt = text
        turn.parent = turns[parent % len(turns)] if turns and parent else None
        turn.attachments = [{"name": "a.txt", "text": text}] if parent == 1 else []
        turn.save()
        turn.attempts.filter(number=1).update(
            text=text,
            tool_calls=[CALL | {"result": text}],
            decision=DECISION,
            thought_ms=parent * 100 or None,
        )
        if thumbed:
            Feedback.objects.create(turn=turn, value=-1, note=text)
        turns.append(turn)
    conversation.head = turns[-1] if turns else None
    conversation.pinned, conversation.archived = bool(turns), len(turns) == 1
    conversation.save()
    return conversation


def imported(found: dict[str, Any]) -> Conversation:
    again = store(make_user("bob"), read(json.dumps(found).encode()))
    again.refresh_from_db()
    return again


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made)
def test_a_conversation_comes_back_as_it_went(rows: list[Any]) -> None:
    found = document(tree(rows))
    assert document(imported(found)) == found


def test_what_is_marked_and_how_long_was_thought_goes_along() -> None:
    found = document(tree([("direct", "completed", 3, "Why?", True, False)]))
    assert found["pinned"] and found["archived"]
    assert found["turns"][0]["attempts"][0]["thought_ms"] == 300


def test_what_a_model_called_and_what_was_found_of_it_comes_back_at_any_length() -> None:
    """Two calls whose arguments do not fit are told in 3,000 characters."""
    conversation = tree([("set_aside", "completed", 0, "Why?", True, False)])
    [check] = DECISION["checks"]
    conversation.turns.get().attempts.filter(number=1).update(
        tool_calls=[CALL | {"id": "c" * 300, "name": "n" * 300}, CALL | {"status": "broken_off"}],
        decision=DECISION | {"checks": [check | {"note": "They do not fit. " * 200}]},
    )
    found = document(conversation)
    assert document(imported(found)) == found


def test_a_file_from_before_there_were_marks_is_read() -> None:
    found = document(tree([("direct", "completed", 0, "Why?", True, False)]))
    [attempt] = found["turns"][0]["attempts"]
    del found["pinned"], found["archived"], attempt["thought_ms"]
    del attempt["tool_calls"][0]["began_ms"]
    again = document(imported(found))
    assert (again["pinned"], again["archived"]) == (False, False)
    assert again["turns"][0]["attempts"][0]["thought_ms"] is None


def test_a_file_that_was_saved_with_a_mark_of_its_encoding_is_read() -> None:
    found = document(tree([("direct", "completed", 0, "Why?", True, False)]))
    assert read(json.dumps(found).encode("utf-8-sig")) == found


def test_tags_of_a_file_become_such_as_can_be_given_here() -> None:
    found = document(tree([]))
    found["tags"] = ["Sea", "sea", " ", "deep,  water", "\u0130" * 30]
    names = set(imported(found).tags.values_list("name", flat=True))
    assert names == {"sea", "deep water", "i\u0307" * 15}


def test_what_came_in_costs_nothing_here() -> None:
    original = tree([("set_aside", "completed", 0, "Why are there tides?", True, False)])
    spent, attempts = Figures.of(Selection().turns()), Attempt.objects.count()
    again = imported(document(original))
    assert Figures.of(Selection().turns()) == spent
    assert sum(g.spent for g in groups.models(Selection().attempts())) == spent.spent
    assert Attempt.objects.count() == attempts
    assert ledger.totals(again.id).turns == 0
    hits = search.find(make_user("bob"), search.Query("tides"))
    assert [hit.turn.conversation_id for hit in hits] == [again.id]
    again.delete()
    assert groups.models(Selection().beside()) == []


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_what_came_in() -> None:
    file = json.dumps(document(tree([("set_aside", "completed", 0, "Why <b>?", True, True)])))
    bob = Client()
    bob.force_login(make_user("bob"))
    answer = bob.post("/import/", {"file": SimpleUploadedFile("x.json", file.encode())})
    page = bob.get(answer["Location"]).content.decode()
    assert "Why &lt;b&gt;?" in page and "Draft set aside" in page
    again = bob.get(f"{answer['Location']}export.json")
    assert again.json() == json.loads(file)
    assert again["Content-Disposition"] == 'attachment; filename="a-conversation.json"'
    text = bob.get(f"{answer['Location']}export.md").content.decode()
    assert "> Why <b>?" in text and "set aside (0.40, needed 0.70)" in text


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_was_judged_as_what_is_not_known_here_is_shown_as_such() -> None:
    found = document(tree([("set_aside", "completed", 0, "Why?", True, False)]))
    found["turns"][0]["attempts"][0]["decision"]["kind"] = "haiku"
    again = imported(found)
    bob = Client()
    bob.force_login(again.user)
    assert "Judged as haiku." in bob.get(again.get_absolute_url()).content.decode()


def test_what_was_asked_by_clocks_that_differ_comes_back_as_it_went() -> None:
    conversation = tree([("direct", "completed", n, "Why?", True, False) for n in (0, 3, 2)])
    first, *_, last = conversation.turns.order_by("created_at")
    Turn.objects.filter(id=last.id).update(created_at=first.created_at - timedelta(seconds=10))
    Turn.objects.filter(id=last.id).update(parent=first)
    found = document(conversation)
    assert found["turns"][0]["parent"] is None
    assert document(imported(found)) == found


@pytest.mark.django_db
def test_a_step_that_used_tools_is_told_by_them_and_not_as_a_draft() -> None:
    conversation = tree([("accepted", "completed", 0, "Why?", True, False)])
    names = ["current_time", "s__a*b`", "current_time"]
    calls = [CALL | {"number": at, "name": name} for at, name in enumerate(names, start=1)]
    judged = DECISION | {"accepted": True}
    Attempt.objects.update(model="small", decision=judged, tool_calls=calls)
    assert "\n*small asked for `current time`, `s__a*b` · " in markdown(conversation)
    Attempt.objects.update(tool_calls=[])
    assert "\n*Draft by small accepted (0.40, needed 0.70) · " in markdown(conversation)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("priced", "said"), [(True, "$0.0140"), ("small", "price unknown"), (False, "price unknown")]
)
def test_the_markdown_says_where_a_price_is_not_known(priced: bool | str, said: str) -> None:
    conversation = make_conversation()
    conversation.head = add_turn(conversation, "direct", priced=priced)
    conversation.save()
    assert f"*Completed · {said}*" in markdown(conversation)


def test_code_that_was_left_open_swallows_nothing_of_the_markdown_after_it() -> None:
    conversation = tree([("direct", "stopped", 0, "Why?", True, False)])
    Attempt.objects.update(text="So:\n\n````python\nx = 1")
    assert "\nx = 1\n````\n\n*" in markdown(conversation)


@pytest.mark.django_db
def test_the_markdown_holds_what_was_attached_in_a_fence_that_it_cannot_leave() -> None:
    conversation = tree([("direct", "completed", 0, "What does it do?", True, False)])
    attached = {"name": "a `b`\n.md", "text": "# Tides\n\n````\nx = 1"}
    Turn.objects.update(attachments=[attached])
    said = "\nAttached: `a b .md`\n\n`````\n# Tides\n\n````\nx = 1\n`````\n\n## large"
    assert said in markdown(conversation)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Ebbe & Flut: wieso?", 'filename="ebbe-flut-wieso.md"'),
        ("潮汐", "filename*=utf-8''%E6%BD%AE%E6%B1%90.md"),
        ('../../etc/passwd"; x=', 'filename="etcpasswd-x.md"'),
        ("?", 'filename="conversation.md"'),
        ("a" * 120, f'filename="{"a" * 60}.md"'),
    ],
)
def test_a_file_is_named_by_the_title(title: str, named: str) -> None:
    conversation = make_conversation()
    Conversation.objects.update(title=title)
    reader = Client()
    reader.force_login(conversation.user)
    told = reader.get(f"{conversation.get_absolute_url()}export.md")["Content-Disposition"]
    assert told == f"attachment; {named}"


def changed(**fields: Any) -> bytes:
    found = document(tree([("direct", "completed", 0, "Why?", True, False)]))
    for path, value in fields.items():
        *way, name = path.split("__")
        place: Any = found
        for step in way:
            place = place[int(step) if step.isdigit() else step]
        place[name] = value
    return json.dumps(found).replace("Infinity", "1e400").encode()


def nested(times: int) -> list[Any]:
    return [nested(times - 1)] if times else []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"format": "other"}, "not exported from Cascade Chat"),
        ({"version": 2}, "another version"),
        ({"title": " "}, "a 'title' that cannot be read"),
        ({"more": 1}, "an unknown 'more'"),
        ({"head": 7}, "last turn of the conversation is not in the file"),
        ({"turns__0__parent": 0}, "follows a turn that comes after it"),
        ({"turns__0__status": "running"}, "a 'status' that cannot be read"),
        ({"turns__0__total_usd": "NaN"}, "a 'total_usd' that cannot be read"),
        ({"turns__0__total_usd": 0.1}, "a 'total_usd' that cannot be read"),
        ({"turns__0__total_usd": "-1"}, "a 'total_usd' that cannot be read"),
        ({"turns__0__saved_usd": "1E-3000000000"}, "a 'saved_usd' that cannot be read"),
        ({"turns__0__attempts__0__cost_usd": "1E-99999"}, "a 'attempts'"),
        ({"turns__0__attempts__0__exactness": ""}, "a 'attempts'"),
        ({"turns__0__prompt": "a\0b"}, "a 'prompt' that cannot be read"),
        ({"turns__0__prompt": "x" * 16_001}, "a 'prompt' that cannot be read"),
        ({"turns__0__created_at": "2026-02-31T00:00:00Z"}, "a 'created_at'"),
        ({"turns__0__created_at": "9999-12-31T23:59:59-12:00"}, "a 'created_at'"),
        ({"updated_at": "9999-12-31T23:59:59-12:00"}, "a 'updated_at'"),
        ({"turns__0__attempts__0__prices": {"input": nested(900)}}, "a 'attempts'"),
        ({"turns__0__attempts__0__prices": {"input": float("1e400")}}, "a 'attempts'"),
        ({"turns__0__attempts__0__decision": {}}, "a 'attempts'"),
        ({"turns__0__attempts__0__role": "shadow"}, "a 'attempts'"),
    ],
)
def test_every_fault_of_a_file_is_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(changed(**fields))


def test_what_is_not_in_a_file_is_said_in_the_readers_language() -> None:
    with translation.override("de"), pytest.raises(Unreadable, match="hat kein 'title'"):
        read(b'{"format": "cascade-chat", "version": 1}')


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[1]", b"{", b"[" * 100_000, b'{"format": NaN}', b"1" * 5000, b"null"],
)
def test_what_is_no_file_of_ours_stores_nothing(content: bytes) -> None:
    alice = Client()
    alice.force_login(make_user())
    make_cascade()
    for sent in ({"file": SimpleUploadedFile("x.json", content)}, {}):
        answer = alice.post("/import/", sent)
        assert answer.status_code == 400
        assert 'role="alert"' in answer.content.decode()
    assert not Conversation.objects.exists()


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(Unreadable, match="larger than 10 MB"):
        read(b" " * (10 * 1024 * 1024 + 1))


def test_a_turn_that_is_written_stays_here() -> None:
    conversation = tree([("direct", "completed", 0, "Why?", True, False)])
    live = Turn.objects.create(
        conversation=conversation, parent=conversation.head, client_id=uuid.uuid4(), prompt="Now?"
    )
    Conversation.objects.filter(id=conversation.id).update(
        head=live, created_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1)
    )
    conversation.refresh_from_db()
    found = document(conversation)
    assert (found["head"], len(found["turns"])) == (0, 1)


@pytest.mark.parametrize("follows", [False, True], ids=["the first", "a later one"])
def test_while_a_turn_is_asked_again_the_answer_there_was_goes_out(follows: bool) -> None:
    """With what was asked after it."""
    rows = [("direct", "completed", int(place > 0), "Why?", True, False) for place in range(3)]
    conversation = tree(rows)
    first, second, third = conversation.turns.order_by("created_at")
    Turn.objects.filter(id=third.id).update(parent=second)
    live = Turn.objects.create(
        conversation=conversation, parent=first if follows else None, client_id=uuid.uuid4()
    )
    Conversation.objects.filter(id=conversation.id).update(head=live)
    conversation.refresh_from_db()
    found = document(conversation)
    assert (found["head"], len(found["turns"])) == (2, 3)
    assert sharing.create(conversation, days=1, with_costs=False)
    assert ShareLink.objects.get().last_id == third.id
