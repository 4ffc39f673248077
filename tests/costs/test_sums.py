"""Whatever the filter, figures in all, in groups and in exports are the same to the last digit."""

import csv
import io
import json
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.conversations import tags
from chat.costs import groups, tables
from chat.costs.exports import as_csv, as_json
from chat.costs.figures import Figures
from chat.costs.money import usd
from chat.costs.selection import Selection
from chat.models import Attempt, Cascade, Conversation, Turn
from tests.costs.ledgers import add_turn
from tests.people import make_cascade, make_conversation, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = st.integers(-1, 4).map(lambda days: (NOON + timedelta(days=days)).date())

turns = st.tuples(
    st.integers(0, 2),
    st.sampled_from(["accepted", "set_aside", "direct"]),
    st.tuples(st.integers(0, 10**7), st.integers(0, 10**6)),
    st.sampled_from(["completed", "completed", "stopped", "failed", "running"]),
    st.sampled_from([True, True, False, "small", "large"]),
    st.integers(0, 72),
    st.sampled_from(["simple", "hard"]),
)
ANY = {
    "user": None,
    "since": None,
    "until": None,
    "cascade": None,
    "complexity": "",
    "model": "",
    "tag": "",
}
FILTERS = {
    "user": st.integers(0, 1),
    "since": DAYS,
    "until": DAYS,
    "cascade": st.integers(0, 1),
    "complexity": st.sampled_from(["simple", "hard"]),
    "model": st.sampled_from(["small", "large"]),
    "tag": st.sampled_from(["work", "none"]),
}
# Mostly one or two: with all of them at once nothing is left to add up.
selections = st.lists(st.sampled_from(list(FILTERS)), max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: FILTERS[name] for name in names})
)


def ledger(made: list[Any]) -> None:
    Conversation.objects.all().delete()
    Attempt.objects.all().delete()
    users = [make_user("alice"), make_user("bob")]
    cascades = list(Cascade.objects.all()) or [make_cascade(), make_cascade()]
    conversations = [make_conversation(users[at % 2], cascades[at // 2]) for at in range(3)]
    for conversation in conversations[1:]:  # of both users
        tags.add(conversation, "work")
    live: set[int] = set()
    for at, route, tokens, status, priced, hours, complexity in made:
        if status == "running" and at in live:
            status = "stopped"
        live |= {at} if status == "running" else set()
        add_turn(
            conversations[at],
            route,
            tokens=tokens,
            status=status,
            priced=priced,
            made=NOON + timedelta(hours=hours),
            complexity=complexity,
        )


def selection(chosen: dict[str, Any]) -> Selection:
    user, cascade = chosen["user"], chosen["cascade"]
    ids = list(Cascade.objects.order_by("pk").values_list("pk", flat=True))
    return Selection(
        user_id=None if user is None else make_user(["alice", "bob"][user]).pk,
        since=chosen["since"],
        until=chosen["until"],
        cascade_id=None if cascade is None else ids[cascade],
        complexity=chosen["complexity"],
        model=chosen["model"],
        tag=chosen["tag"],
    )


def exported(name: str, chosen: Selection) -> list[dict[str, Any]]:
    table = tables.TABLES[name]
    rows = json.loads("".join(as_json(table.columns, table.pages(chosen))))
    text = "".join(as_csv(table.columns, table.pages(chosen)))
    assert len(list(csv.DictReader(io.StringIO(text)))) == len(rows)
    return rows


def total(rows: list[Any], column: str) -> Decimal:
    return sum((getattr(row, column) or 0 for row in rows), Decimal(0))


def spent(rows: list[dict[str, Any]], column: str) -> Decimal:
    return sum((Decimal(row[column] or 0) for row in rows), Decimal(0))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(turns, min_size=3, max_size=8), selections)
def test_sums_groups_and_exports_agree_whatever_the_filter(made: list[Any], chosen: Any) -> None:
    ledger(made)
    choice = selection(ANY | chosen)
    rows = list(choice.turns())
    in_all = Figures.of(choice.turns())

    assert in_all.turns == len(rows)
    assert in_all.spent_usd == total(rows, "total_usd")
    saved = total(rows, "saved_usd")
    assert in_all.saved_usd == saved == in_all.baseline_usd - in_all.compared_usd
    compared = [turn for turn in rows if turn.saved_usd is not None]
    assert in_all.baseline_usd == total(compared, "baseline_usd")
    assert in_all.only_draft_usd == total(compared, "only_draft_usd")
    drafted = [turn for turn in compared if turn.draft_accepted is not None]
    last_usd = total(drafted, "baseline_usd")
    drafts_usd = total([turn.attempts.get(number=1) for turn in drafted], "cost_usd")
    expected = float(drafts_usd / last_usd) if last_usd else None
    assert in_all.break_even == pytest.approx(expected)
    for grouping in groups.GROUPINGS.values():
        assert Figures.sum(group.figures for group in grouping(choice)) == in_all
    found = groups.conversations(choice)
    assert Figures.sum(group.figures for group in found) == in_all
    for begin in (0, len(found)):  # a page of some, and the one after the last
        assert groups.page(choice, "-spent", begin=begin, end=begin + 1)[1] == in_all
    of_models = usd(sum(group.spent for group in groups.models(choice.attempts())))
    # Of a turn with an attempt whose price is not known, the others' are in no sum over turns.
    rest = [cost for turn in rows if turn.total_usd is None for cost in turn.attempts.all()]
    assert of_models == in_all.spent_usd + total(rest, "cost_usd")

    for name in ("conversations", *groups.GROUPINGS):
        assert spent(exported(name, choice), "spent_usd") == in_all.spent_usd
        assert spent(exported(name, choice), "saved_usd") == in_all.saved_usd
    assert spent(exported("turns", choice), "total_usd") == in_all.spent_usd
    assert spent(exported("attempts", choice), "cost_usd") == of_models
    assert spent(exported("model", choice), "spent_usd") == of_models


def test_ten_thousand_amounts_add_up_to_the_last_digit() -> None:
    turn = add_turn(make_conversation())
    amounts = [Decimal(n).scaleb(-10) * 7_654_321 for n in range(1, 10_001)]
    copies = [
        Turn(
            conversation=turn.conversation,
            client_id=uuid.uuid4(),
            prompt="p",
            status="completed",
            total_usd=amount,
        )
        for amount in amounts
    ]
    Turn.objects.bulk_create(copies)
    assert Figures.of(Selection().turns()).spent_usd == sum(amounts) + turn.total_usd


def test_shadow_checks_and_deleted_conversations_are_spent_beside_the_answers() -> None:
    kept, deleted = make_conversation(), make_conversation()
    turn = add_turn(kept)
    add_turn(deleted, "direct")
    Attempt.objects.create(
        turn=turn,
        user=kept.user,
        number=9,
        role="shadow",
        model="large",
        provider="scripted",
        cost_usd=Decimal("0.5"),
        exactness="exact",
    )
    deleted.delete()
    choice = Selection()
    assert Figures.of(choice.turns()).spent_usd == turn.total_usd
    beside = {group.role: group.spent_usd for group in groups.models(choice.beside())}
    assert beside == {"shadow": Decimal("0.5"), "direct": Decimal("0.014")}


def test_a_day_is_the_servers(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Kathmandu"  # 5 h 45 min ahead
    conversation = make_conversation()
    add_turn(conversation, made=datetime(2026, 3, 1, 18, 14, tzinfo=UTC))
    add_turn(conversation, made=datetime(2026, 3, 1, 18, 16, tzinfo=UTC))
    assert [group.name for group in groups.days(Selection())] == ["2026-03-01", "2026-03-02"]
    first = Selection(until=date(2026, 3, 1))
    assert Figures.of(first.turns()).turns == 1


def test_a_conversation_used_while_all_are_exported_is_neither_missed_nor_doubled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "PAGE", 3)
    made = [make_conversation() for _ in range(7)]
    for conversation in made:
        add_turn(conversation)
    pages = tables.TABLES["conversations"].pages(Selection())
    first = next(pages)
    for row in first:
        add_turn(Conversation.objects.get(pk=row["conversation"]))
    found = [row["conversation"] for page in (first, *pages) for row in page]
    assert sorted(found) == sorted(str(conversation.pk) for conversation in made)
