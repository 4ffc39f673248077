"""The costs pages: who sees what, and what the address selects."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import Permission, User
from django.test import AsyncClient, Client
from django.utils import timezone

from chat.conversations import deletion, tags
from chat.costs import compare, tables
from chat.costs.latency import Spread, spreads
from chat.costs.selection import Selection
from chat.models import Attempt, Configuration, Conversation, Feedback, Turn
from tests.costs.ledgers import add_turn
from tests.people import BOB, make_cascade, make_conversation, make_user

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = [
    "/costs/",
    "/costs/by/model/",
    "/costs/by/cascade/",
    "/costs/by/day/",
    "/costs/by/complexity/",
    "/costs/compare/",
    "/costs/threshold/",
    "/costs/what-if/",
]
TABLES = ["conversations", "model", "cascade", "day", "complexity", "turns", "attempts"]
MORE_TABLES = ["explorer", "what-if", "changes"]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def operator(*, reads: bool = True) -> User:
    """`reads`: may also see what others asked."""
    user = User.objects.create(username="operator", is_staff=True)
    if reads:
        user.user_permissions.add(Permission.objects.get(codename="read_conversations"))
    return user


def exported(user: User, address: str) -> str:
    return async_to_sync(body)(user, address)


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


async def rows(user: User, address: str) -> list[dict[str, Any]]:
    return json.loads(await body(user, address))


async def body(user: User, address: str) -> str:
    client = AsyncClient()
    await client.aforce_login(user)
    answer = await client.get(address)
    assert answer.status_code == 200
    return b"".join([piece async for piece in answer]).decode()  # type: ignore[attr-defined]  # it streams


@pytest.mark.parametrize("address", [*PAGES, "/costs/by/user/", "/costs/turns.csv"])
def test_nobody_sees_costs_without_signing_in(address: str) -> None:
    assert Client().get(address)["Location"] == f"/sign-in/?next={address}"


@pytest.mark.parametrize("address", PAGES)
def test_a_page_shows_ones_own_and_nothing_of_another(address: str) -> None:
    cascade = make_cascade()
    mine = make_conversation(make_user(), cascade)
    mine.title = "Tides and ships"
    mine.save()
    add_turn(mine, "set_aside")
    for query in ("", "?period=all", "?user=1", f"?user={mine.user_id}"):
        assert "Tides" not in text(browser(make_user(BOB)), address + query)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_without_any_turn_says_so(address: str) -> None:
    page = text(browser(make_user()), address)
    assert 'class="nothing"' in page


def test_the_table_shows_what_a_conversation_cost_and_saved() -> None:
    conversation = make_conversation()
    add_turn(conversation, "accepted")  # $0.0014, against $0.0140
    add_turn(conversation, "set_aside")  # $0.0154, against $0.0140
    add_turn(conversation, "direct", status="stopped")  # $0.0140, compared with nothing
    page = text(browser(conversation.user), "/costs/")
    assert '<data value="0.0308">$0.0308</data>' in page
    assert '<data value="0.028">≈ $0.0280</data>' in page
    assert '<data value="0.0112">≈ $0.0112</data>' in page
    assert "Acceptance 50 %" in page
    assert "break-even 10 %" in page
    assert "3 answers" in page


def test_a_sum_is_no_surer_than_its_parts() -> None:
    conversation = make_conversation()
    add_turn(conversation, "accepted")
    client = browser(conversation.user)
    about = text(client, "/costs/by/model/").count("≈ $0.0014<")
    Attempt.objects.update(exactness="estimated")
    page = text(client, "/costs/by/model/")
    assert page.count("≈ $0.0014<") == about + 3  # its model, its provider, in all
    assert "at a price unknown" not in page
    add_turn(conversation, priced=False)
    page = text(client, "/costs/by/model/")
    assert page.count("1 at a price unknown") == 4  # as well as among all answers
    assert page.count("+ 1 at a price unknown") == 3


def test_more_spent_than_saved_is_overhead() -> None:
    conversation = make_conversation()
    add_turn(conversation, "set_aside")
    page = text(browser(conversation.user), "/costs/")
    assert "<dt>Overhead</dt>" in page
    assert "overhead ≈ $0.0014" in page


def test_where_nothing_can_be_compared_no_sum_says_that_it_would_have_cost_nothing() -> None:
    conversation = make_conversation()
    add_turn(conversation, priced=False)
    add_turn(conversation, "direct", status="stopped")
    page = text(browser(conversation.user), "/costs/")
    summary = page.split('<dl class="numbers">')[1].split("</dl>")[0]
    assert summary.count("not compared") == 3 and "$0.0140" in summary
    assert "≈\u00a0$0<" not in summary and "spent on the compared" not in summary


def test_an_unknown_price_is_never_nothing() -> None:
    conversation = make_conversation()
    add_turn(conversation, priced=False)
    page = text(browser(conversation.user), "/costs/")
    assert "price unknown" in page
    assert "1 at a price unknown" in page


def test_what_is_known_of_the_spending_beside_answers_is_not_told_as_all_of_it() -> None:
    conversation = make_conversation()
    add_turn(conversation)
    add_turn(conversation, priced=False)
    conversation.delete()
    page = text(browser(conversation.user), "/costs/")
    beside = page.split("Spent beside these answers")[-1]
    assert "$0.0014" in beside and "1 at a price unknown" in beside


def test_an_operator_sees_everybody_and_may_choose_one() -> None:
    cascade = make_cascade()
    for name in ("alice", BOB):
        conversation = make_conversation(make_user(name), cascade)
        Conversation.objects.filter(pk=conversation.pk).update(title=f"Asked by {name}")
        add_turn(conversation)
    client = browser(operator())
    assert "Asked by alice" in (page := text(client, "/costs/")) and "Asked by bob" in page
    page = text(client, f"/costs/?user={make_user(BOB).pk}")
    assert "Asked by alice" not in page and "Asked by bob" in page


def test_what_others_asked_is_told_to_those_alone_who_may_read_it() -> None:
    conversation = make_conversation(make_user("alice"))
    Conversation.objects.filter(pk=conversation.pk).update(title="Asked by alice")
    add_turn(conversation)
    tags.add(conversation, "private")
    looker = operator(reads=False)
    compared = f"?c={conversation.id}"
    told = [text(browser(looker), f"{page}{compared}&at=99") for page in PAGES]
    told += [exported(looker, f"/costs/{table}.csv{compared}") for table in (*TABLES, "compare")]
    assert "Asked by alice" not in str(told) and "private" not in str(told)
    assert str(told).count(f"Conversation {conversation.id.hex[:8]} of alice") >= 3


def test_what_others_asked_is_left_out_where_their_conversations_are_compared() -> None:
    own, asked = make_conversation(make_user(BOB)), make_conversation(make_user("alice"))
    for conversation in (own, asked):
        turn = add_turn(conversation)
        turn.prompt = f"Asked by {conversation.user.username}"
        turn.save()
    looker = operator(reads=False)
    Conversation.objects.filter(pk=own.pk).update(user=looker)
    address = f"/costs/compare/?c={own.id}&c={asked.id}"
    page = text(browser(looker), address)
    assert "Asked by bob" in page and "Asked by alice" not in page
    assert page.count("$0.0014") == 6  # the conversations', their turns' and attempts'
    looker.user_permissions.add(Permission.objects.get(codename="read_conversations"))
    assert "Asked by alice" in text(browser(looker), address)


def test_of_a_deleted_conversation_there_are_figures_and_no_words() -> None:
    user = make_user()
    deleted, other = make_conversation(user), make_conversation(user)
    add_turn(other)
    add_turn(deleted, "set_aside")
    at = timezone.now() - timedelta(seconds=deletion.GRACE_S)  # what could be undone is told of
    Conversation.objects.filter(pk=deleted.pk).update(title="Regretted", deleted_at=at)
    compared = f"?c={deleted.id}&c={other.id}&at=30"
    client = browser(user)
    told = [text(client, f"{page}{compared}") for page in PAGES]
    told += [exported(user, f"/costs/{table}.csv{compared}") for table in (*TABLES, "compare")]
    assert "Regretted" not in str(told) and f"/c/{deleted.id}/" not in str(told)
    assert str(told).count("Why are there tides?") == 1  # the other's, compared
    assert "Acceptance 50 %" in told[0] and "$0.0168" in told[0]


def test_whose_tag_it_is_is_told_to_those_alone_who_may_read_it() -> None:
    conversation = make_conversation(make_user(BOB))
    add_turn(conversation)
    tags.add(conversation, "divorce")
    looker = operator(reads=False)
    own = make_conversation(looker, conversation.cascade)
    tags.add(own, "divorce")
    address = "/costs/user.csv?tag=divorce"
    assert BOB not in exported(looker, address)
    looker.user_permissions.add(Permission.objects.get(codename="read_conversations"))
    assert BOB in exported(User.objects.get(pk=looker.pk), address)


def test_only_operators_see_costs_by_user() -> None:
    assert browser(operator()).get("/costs/by/user/").status_code == 200
    assert browser(make_user()).get("/costs/by/user/").status_code == 404
    assert browser(make_user()).get("/costs/user.csv").status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "30 days"),
        ("period=ever", "30 days"),
        ("period=all&user={user}", "all time · alice"),
        ("period=7&since=2026-01-02", "From 2 Jan 2026"),
        (
            "until=2026-02-01&cascade={cascade}&model=small&complexity=simple",
            "To 1 Feb 2026 · C0 · small · simple",
        ),
    ],
)
def test_what_is_selected_is_said_in_words(query: str, said: str) -> None:
    cascade = make_cascade()
    user = make_user()
    query = query.format(user=user.pk, cascade=cascade.pk)
    assert f'<span class="filters-said">{said}</span>' in text(
        browser(operator()), f"/costs/?{query}"
    )


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-02-01&until=2026-01-01",
        "since=soon",
        "period=ever",
        "cascade=999&model=none&complexity=odd&user=x",
        "order=-nothing&page=-1",
        "page=99999999999999999999&at=1e9",
        "page=0&at=0",
        "c=not-a-uuid&c=5d1f0c56-0a53-4b7e-8a39-1c51f8f7c0d2",
        "then=999&draft_in=-1&last_out=NaN",
        "until=9999-12-31&since=0001-01-01",
    ],
)
@pytest.mark.parametrize("address", PAGES)
def test_an_address_that_makes_no_sense_breaks_nothing(
    address: str, query: str, settings: Any
) -> None:
    settings.TIME_ZONE = "Asia/Kathmandu"  # where the first day there is has no midnight in UTC
    conversation = make_conversation()
    add_turn(conversation)
    assert browser(conversation.user).get(f"{address}?{query}").status_code == 200


def test_turns_of_a_model_that_is_configured_no_more_can_still_be_chosen() -> None:
    user = make_user()
    old = make_conversation(user)
    Turn.objects.filter(pk=add_turn(old).pk).update(answered_by="retired")
    add_turn(make_conversation(user))
    steps = [{"name": "retired"}, {"name": "large"}]
    Configuration.objects.create(digest="0", data={"models": steps})
    page = text(browser(user), "/costs/?model=retired")
    assert '<option value="retired" selected>' in page
    _, row = exported(user, "/costs/conversations.csv?model=retired").splitlines()
    assert str(old.id) in row


def test_conversations_are_sorted_by_any_column() -> None:
    user, cascade = make_user(), make_cascade()
    for title, tokens in (("Cheap", 10), ("Dear", 1000)):
        conversation = make_conversation(user, cascade)
        Conversation.objects.filter(pk=conversation.pk).update(title=title)
        add_turn(conversation, tokens=(tokens, tokens))
    client = browser(user)
    for order in ("spent", "saved", "baseline"):
        up, down = (text(client, f"/costs/?order={sign}{order}") for sign in ("", "-"))
        table = "One row for each conversation"
        assert up.split(table)[1].index("Cheap") < up.split(table)[1].index("Dear")
        assert down.split(table)[1].index("Cheap") > down.split(table)[1].index("Dear")


def test_after_the_last_page_it_is_not_said_that_nothing_was_answered() -> None:
    conversation = make_conversation()
    add_turn(conversation)
    page = text(browser(conversation.user), "/costs/?page=3&order=-spent")
    assert "There are fewer pages than 3." in page and "Nothing was answered" not in page
    assert '<a href="?order=-spent">To the first page</a>' in page


def test_compared_conversations_stand_side_by_side_turn_by_turn() -> None:
    user, cascade = make_user(), make_cascade()
    one, other = make_conversation(user, cascade), make_conversation(user, cascade)
    add_turn(one, "accepted")
    add_turn(one, "direct")
    add_turn(other, "set_aside")
    address = f"/costs/compare/?c={one.id}&c={other.id}"
    page = text(browser(user), address)
    assert "Turn 2" in page and "Turn 3" not in page
    assert page.count("$0.0154") == 3  # the conversation's, twice, and its only turn's
    assert "Tick two to four" in text(
        browser(make_user(BOB)), f"/costs/compare/?c={one.id}&c={other.id}"
    )


def test_of_long_conversations_the_page_shows_the_first_turns_and_the_export_has_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compare, "SHOWN", 2)
    user = make_user()
    long, short = make_conversation(user), make_conversation(user)
    for conversation in (long, long, short):
        add_turn(conversation, "direct")
    query = f"?c={long.id}&c={short.id}"
    assert "turns of each are shown" not in text(browser(user), f"/costs/compare/{query}")
    add_turn(long, "direct")
    page = text(browser(user), f"/costs/compare/{query}")
    assert "The first 2 turns of each are shown" in page and "Turn 3" not in page
    assert len(exported(user, f"/costs/compare.csv{query}").splitlines()) == 1 + 3 + 1


def test_what_saved_nothing_has_not_the_colour_of_a_saving() -> None:
    conversation = make_conversation()
    add_turn(conversation, "direct")
    page = browser(conversation.user).get("/costs/").content.decode()
    assert 'data-kind="">nothing</data>' in page
    assert 'data-kind=""><dt>Saved</dt>' in page


def test_what_has_nothing_to_be_compared_with_is_not_said_to_save_nothing() -> None:
    user = make_user()
    one, other = make_conversation(user), make_conversation(user)
    add_turn(one, "direct", status="stopped")
    add_turn(other, "accepted")
    page = text(browser(user), f"/costs/compare/?c={one.id}&c={other.id}")
    assert page.count("not compared") == 1 and ">nothing<" not in page


def test_another_threshold_tells_what_would_change_and_what_it_would_cost() -> None:
    conversation = make_conversation()
    kept = add_turn(conversation, "accepted", draft_score=0.75)
    aside = add_turn(conversation, "set_aside", draft_score=0.65)
    Feedback.objects.create(turn=kept, value=-1)
    client = browser(conversation.user)
    lower = text(client, "/costs/threshold/?at=60")
    assert '<data value="0.0028">$0.0028</data>' in lower  # two drafts, exactly
    assert f"#turn-{aside.id}" in lower and f"#turn-{kept.id}" not in lower
    higher = text(client, "/costs/threshold/?at=80")
    assert '<data value="0.0308">≈ $0.0308</data>' in higher
    assert f"#turn-{kept.id}" in higher and "0 up, 1 down" in higher
    assert "0 of 2 drafts; it was 1" in higher
    assert "None: at 0.70" in text(client, "/costs/threshold/?at=70")


def test_other_prices_are_exact_and_another_cascade_is_estimated() -> None:
    conversation = make_conversation()
    add_turn(conversation, "set_aside")  # 1000 in and 200 out, twice
    other = make_cascade("tiny", "huge")
    client = browser(conversation.user)
    as_it_was = f"/costs/what-if/?then={conversation.cascade_id}"
    assert "<dt>Difference</dt><dd>$0</dd>" in text(client, as_it_was)
    same = f"{as_it_was}&draft_in=2&draft_out=2"
    assert '<data value="0.0164">$0.0164</data>' in text(client, same)
    assert '<data value="0.0154">≈ $0.0154</data>' in text(
        client, f"/costs/what-if/?then={other.pk}"
    )


def test_an_answer_of_the_draft_model_alone_is_priced_as_a_draft() -> None:
    conversation = make_conversation()
    add_turn(conversation, "direct")
    alone = add_turn(conversation, "direct", only="draft", total_usd=Decimal("0.0014"))
    alone.attempts.update(model="small", cost_usd=Decimal("0.0014"))
    address = f"/costs/what-if.json?then={conversation.cascade_id}"
    found = json.loads(exported(conversation.user, address))
    assert [(row["model"], row["then_model"], row["then_usd"]) for row in found] == [
        ("large", "large", "0.0140000000"),
        ("small", "small", "0.0014000000"),
    ]
    page = text(browser(conversation.user), address.replace(".json", "/"))
    assert "<dt>Difference</dt><dd>$0</dd>" in page


def test_another_selection_keeps_the_prices_that_were_entered() -> None:
    conversation = make_conversation()
    add_turn(conversation)
    address = f"/costs/what-if/?then={conversation.cascade_id}&draft_in=3.5"
    page = text(browser(conversation.user), address)
    [selecting] = re.findall(r'<form class="filter" method="get">(?:(?!</form>).)*?>Show<', page)
    assert '<input type="hidden" name="draft_in" value="3.5">' in selecting
    assert f'<input type="hidden" name="then" value="{conversation.cascade_id}">' in selecting
    assert 'name="draft_out"' not in selecting and 'id="id_draft_in"' not in selecting


def test_one_is_counted_as_one() -> None:
    conversation = make_conversation()
    add_turn(conversation, "direct")
    client = browser(conversation.user)
    assert "1 attempt<" in text(client, f"/costs/what-if/?then={conversation.cascade_id}")
    german = client.get("/costs/", headers={"accept-language": "de"}).content.decode()
    assert "für die 1 verglichene<" in german
    add_turn(conversation, "set_aside")
    assert "0 of 1 draft kept" in text(client, "/costs/")
    page = text(client, "/costs/threshold/?at=0")
    assert "Score of 1 draft<" in page and "1 of 1 draft; it was 0" in page
    assert "1 draft kept that was set aside, 0 set aside that were kept" in page


def test_what_if_compares_nothing_with_what_was_spent_at_a_price_unknown() -> None:
    conversation = make_conversation()
    add_turn(conversation, "direct")
    add_turn(conversation, "direct", priced=False)
    client, query = browser(conversation.user), f"?then={conversation.cascade_id}"
    page = text(client, f"/costs/what-if/{query}")
    assert "2 attempts · 1 at a price unknown" in page
    assert '<data value="0.028">$0.0280</data>' in page  # both, at today's prices
    assert "<dt>Difference</dt><dd>price unknown</dd>" in page
    [row] = json.loads(exported(conversation.user, f"/costs/what-if.json{query}"))
    assert (row["attempts"], row["unpriced"], row["spent_usd"]) == (2, 1, "0.0140000000")


def test_a_model_without_a_price_makes_what_if_unknown() -> None:
    conversation = make_conversation()
    add_turn(conversation)
    other = make_cascade("tiny", "huge", priced=False)
    page = text(browser(conversation.user), f"/costs/what-if/?then={other.pk}")
    assert "price unknown" in page


@pytest.mark.parametrize("table", [*TABLES, *MORE_TABLES])
async def test_every_table_is_there_as_csv_and_json(table: str) -> None:
    conversation = await sync_to_async(make_conversation)()
    await sync_to_async(add_turn)(conversation, "set_aside")
    address = f"/costs/{table}.{{}}?at=10"
    found = await rows(conversation.user, address.format("json"))
    read = list(csv.DictReader(io.StringIO(await body(conversation.user, address.format("csv")))))
    assert found and len(found) == len(read)
    for row, cells in zip(found, read, strict=True):
        assert {name: "" if value is None else str(value) for name, value in row.items()} == cells


@pytest.mark.parametrize("table", [*TABLES, *MORE_TABLES, "compare"])
def test_a_table_without_rows_has_the_columns_that_it_has_with_some(table: str) -> None:
    conversation = make_conversation()
    add_turn(conversation, "set_aside")
    full = exported(conversation.user, f"/costs/{table}.csv?at=10&c={conversation.id}")
    empty = exported(make_user(BOB), f"/costs/{table}.csv?at=10&c={conversation.id}")
    assert empty.splitlines() == full.splitlines()[:1]


async def test_a_spreadsheet_runs_nothing_of_a_title() -> None:
    titles = ["=1+1", "+1", "-1", "@x", "\tx", "\uff1d1", 'plain, with a "quote"']
    user, cascade = await sync_to_async(make_user)(), await sync_to_async(make_cascade)()
    for title in titles:
        conversation = await sync_to_async(make_conversation)(user, cascade)
        await Conversation.objects.filter(pk=conversation.pk).aupdate(title=title)
        await sync_to_async(add_turn)(conversation, "set_aside")
    read = list(csv.DictReader(io.StringIO(await body(user, "/costs/conversations.csv"))))
    assert {row["title"] for row in read} == {*(f"'{title}" for title in titles[:-1]), titles[-1]}
    assert {Decimal(row["saved_usd"]) for row in read} == {Decimal("-0.0014")}
    found = await rows(user, "/costs/conversations.json")
    assert {row["title"] for row in found} == set(titles)


async def test_an_export_holds_ones_own_only() -> None:
    conversation = await sync_to_async(make_conversation)()
    await sync_to_async(add_turn)(conversation)
    bob = await sync_to_async(make_user)(BOB)
    for table in ("turns", "attempts", "conversations"):
        assert await rows(bob, f"/costs/{table}.json?user={conversation.user_id}") == []


async def test_a_long_export_comes_in_pages_and_whole() -> None:
    conversation = await sync_to_async(make_conversation)()
    for _ in range(7):
        await sync_to_async(add_turn)(conversation, "set_aside")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "PAGE", 3)
        found = await rows(conversation.user, "/costs/attempts.json")
    assert len({row["id"] for row in found}) == len(found) == 14


def test_days_are_told_as_the_reader_writes_them_and_exported_as_programs_do() -> None:
    conversation = make_conversation()
    for day in (1, 2):
        add_turn(conversation, made=datetime(2026, 3, day, 12, tzinfo=UTC))
    client = Client(headers={"accept-language": "de"})
    client.force_login(conversation.user)
    page = text(client, "/costs/by/day/?period=all")
    assert page.count("1. Mär 2026<") == 2  # its row, and where the drawing begins
    assert "2026-03-01," in exported(conversation.user, "/costs/day.csv?period=all")


def test_costs_are_linked_from_the_chat() -> None:
    make_cascade()
    assert 'href="/costs/"' in text(browser(make_user()), "/")


def test_times_are_told_by_path() -> None:
    conversation = make_conversation()
    for route in ("accepted", "set_aside", "direct"):
        add_turn(conversation, route)
    found = spreads(Selection().turns(), "latency_ms")
    ends = {name: spread.p95 for name, spread in found.by_path.items()}
    assert ends == {"Draft accepted": 1000, "Switched": 2000, "Direct": 1000}
    assert found.in_all == Spread(1000, 2000)
    page = browser(conversation.user).get("/costs/").content.decode()
    assert all(name in page for name in ("Time by path", *ends))


def test_a_tag_selects() -> None:
    tagged, other = make_conversation(), make_conversation()
    for conversation in (tagged, other):
        add_turn(conversation)
    tags.add(tagged, "work")
    alice = browser(tagged.user)
    pages = tables.TABLES["conversations"].pages(Selection(tag="work"))
    rows = [row for page in pages for row in page]
    assert [row["conversation"] for row in rows] == [str(tagged.id)]
    assert "tag=work" in alice.get("/costs/?tag=work").content.decode()
