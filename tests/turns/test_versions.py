"""Versions of a turn, and forks: what is shown, what a model is told, and what it costs."""

import uuid
from collections import Counter

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import Model
from django.db.models.signals import post_init
from django.template.loader import get_template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat import ledger
from chat.conversations import sharing
from chat.costs.figures import Figures
from chat.costs.selection import Selection
from chat.models import Attempt, Conversation, Feedback, ShareLink, Turn
from chat.turns import fork, history, versions
from chat.turns.begin import Refused, edit, retry
from tests.costs.ledgers import add_turn
from tests.people import amake_cascade, amake_conversation, make_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD
from tests.turns.test_turn_life import begun, ended

pytestmark = pytest.mark.django_db(transaction=True)


async def prompts(conversation: Conversation) -> list[str]:
    return [turn.prompt for turn in await history.states_of(conversation.id)]


def test_a_turn_that_was_just_begun_is_looked_up_in_a_query_and_its_tree_in_another() -> None:
    """With the thumbs given there."""
    conversation = make_conversation()
    first = Turn.objects.create(conversation=conversation, client_id=uuid.uuid4(), status="failed")
    Feedback.objects.create(turn=first, value=1)
    turn = Turn.objects.create(conversation=conversation, client_id=uuid.uuid4(), parent=first)
    Conversation.objects.update(head=turn)
    with CaptureQueriesContext(connection) as seen:
        tree = history.tree(conversation.id)
        [state] = history.kept_states([str(turn.id)], tree)
    assert len(seen) == 2
    assert [shown.turn_id for shown in tree.shown] == [str(first.id), str(turn.id)]
    assert (state.number, state.attempts, tree.thumbs[str(first.id)].value) == (2, [], 1)


@pytest.mark.parametrize("page", ["conversation", "export_md"])
def test_how_the_turns_of_a_page_hang_together_is_looked_up_once(
    page: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = make_conversation()
    turn = Turn.objects.create(conversation=conversation, client_id=uuid.uuid4(), status="failed")
    Conversation.objects.update(head=turn)
    client.force_login(conversation.user)
    looked_up, tree = list[tuple[uuid.UUID, ...]](), history.tree

    def noted(*ids: uuid.UUID) -> history.Tree:
        looked_up.append(ids)
        return tree(*ids)

    monkeypatch.setattr(history, "tree", noted)
    assert client.get(reverse(f"chat:{page}", args=[conversation.id])).status_code == 200
    assert looked_up == [(conversation.id,)]


@pytest.mark.parametrize("what", ["asked", "shared"])
def test_no_text_of_another_version_is_read_for_what_is_asked_or_shared(what: str) -> None:
    conversation = make_conversation()
    path = list[Turn]()
    for number in range(3):
        above = path[-1] if path else None
        for version in range(3):
            made = add_turn(conversation, parent=above)
            Turn.objects.filter(id=made.id).update(prompt=f"Question {number}.{version}?")
        path.append(made)
    link = ShareLink(conversation=conversation, last=path[-1])
    read = list[Model]()

    def noted(instance: Model, **_: object) -> None:
        read.append(instance)

    post_init.connect(noted, sender=Turn)
    post_init.connect(noted, sender=Attempt)
    try:
        shown = history.path_to(path[-1]) if what == "asked" else sharing.shown(link)
    finally:
        post_init.disconnect(noted, sender=Turn)
        post_init.disconnect(noted, sender=Attempt)
    assert [turn.prompt for turn in shown] == [f"Question {n}.2?" for n in range(3)]
    assert Counter(map(type, read)) == {Turn: 3, Attempt: 3}


async def test_an_edited_prompt_is_another_version_in_the_place_of_the_first(
    scripted: Scripted,
) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    first = await ended(await begun(conversation, "Why tides?"))
    await ended(await begun(conversation, "And why two?"))
    other = await ended(await edit(first, "Why waves?"))
    assert other.parent_id is None
    assert await prompts(conversation) == ["Why waves?"]
    [state] = await history.states_of(conversation.id)
    assert state.versions == [str(first.id), str(other.id)]
    assert (state.version, state.previous_version, state.next_version) == (2, str(first.id), "")


async def test_another_version_is_shown_with_what_was_asked_after_it(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    first = await ended(await begun(conversation, "Why tides?"))
    await ended(await begun(conversation, "And why two?"))
    other = await ended(await edit(first, "Why waves?"))
    await versions.show(first)
    assert await prompts(conversation) == ["Why tides?", "And why two?"]
    await versions.show(other)
    assert await prompts(conversation) == ["Why waves?"]


async def test_a_model_is_told_the_shown_version_only(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    first = await ended(await begun(conversation, "Why tides?"))
    await ended(await edit(first, "Why waves?"))
    await ended(await begun(conversation, "And why two?"))
    told = [message["content"] for message in scripted.calls[-1].messages]
    assert told == ["Why waves?", "".join(GOOD), "And why two?"]


async def test_no_other_version_is_shown_while_an_answer_is_written(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    first = await ended(await begun(conversation))
    other = await ended(await edit(first, "Why waves?"))
    await Turn.objects.filter(id=other.id).aupdate(status="running")
    with pytest.raises(Refused, match="already being written"):
        await versions.show(first)


async def test_a_retry_of_an_old_version_shown_again_begins_a_new_one(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    first = await ended(await begun(conversation))
    await ended(await retry(first))
    await versions.show(first)
    third = await ended(await retry(first, seen=2))
    [state] = await history.states_of(conversation.id)
    assert (state.id, state.version, len(state.versions)) == (str(third.id), 3, 3)


async def test_the_draft_model_alone_is_asked_at_its_own_price(scripted: Scripted) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await amake_conversation()
    first = await ended(await begun(conversation))
    alone = await ended(await retry(first, only="draft"))
    [attempt] = [row async for row in alone.attempts.all()]
    assert (alone.status, attempt.role, attempt.model) == ("completed", "direct", "small")
    assert attempt.text == "".join(BAD)
    assert attempt.prices["input"] == "1"
    assert (alone.total_usd, alone.saved_usd) == (attempt.cost_usd, 9 * attempt.cost_usd)
    [state] = await history.states_of(conversation.id)
    assert (state.exactness, state.baseline_exactness) == ("exact", "estimated")
    receipt = get_template("chat/_receipt.html").render({"turn": state})
    assert "Always the strongest" in receipt and "Always small" not in receipt
    assert alone.draft_accepted is None
    again = await ended(await retry(alone, seen=2))
    assert [call.model for call in scripted.calls] == ["small", "large", "small", "small"]
    assert again.only == "draft"


async def test_a_retry_may_be_answered_by_another_cascade(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD, "tiny": GOOD}
    conversation = await amake_conversation()
    first = await ended(await begun(conversation))
    other = await amake_cascade("tiny", "huge")
    second = await ended(await retry(first, cascade=other))
    assert (second.cascade_id, second.answered_by) == (other.id, "tiny")
    await conversation.arefresh_from_db()
    assert conversation.cascade_id == first.cascade_id


async def test_a_fork_holds_the_path_and_costs_nothing_again(scripted: Scripted) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await amake_conversation()
    await ended(await begun(conversation, "Why tides?"))
    second = await ended(await begun(conversation, "And why two?"))
    await ended(await begun(conversation, "And the Sun?"))
    spent = await sync_to_async(lambda: Figures.of(Selection().turns()).spent)()
    attempts = await Attempt.objects.acount()
    new = await fork.fork(second)
    assert await prompts(new) == ["Why tides?", "And why two?"]
    copy, original = (
        (await history.states_of(new.id))[1],
        (await history.states_of(conversation.id))[1],
    )
    assert copy.is_copy and copy.id != original.id
    for kept, was in zip(copy.attempts, original.attempts, strict=True):
        assert (kept.text, kept.decision, kept.status) == (was.text, was.decision, was.status)
        assert kept.receipt is None
        assert (kept.began_ms, kept.decided_ms, kept.thought_ms) == (None, None, None)
    assert await Attempt.objects.acount() == attempts
    assert await sync_to_async(lambda: Figures.of(Selection().turns()).spent)() == spent
    assert (await sync_to_async(ledger.totals)(new.id)).total_usd == 0


async def test_a_fork_goes_on_by_itself_and_outlives_its_origin(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    first = await ended(await begun(conversation, "Why tides?"))
    new = await fork.fork(first)
    await Conversation.objects.filter(id=conversation.id).adelete()
    await ended(await begun(new, "And why two?"))
    told = [message["content"] for message in scripted.calls[-1].messages]
    assert told == ["Why tides?", "".join(GOOD), "And why two?"]
    [copy, _] = await history.states_of(new.id)
    again = await ended(await retry(await Turn.objects.aget(id=copy.id), seen=0))
    assert (again.status, again.copied, again.total_usd > 0) == ("completed", None, True)


async def test_what_is_attached_is_sent_in_a_fence_that_it_cannot_leave(
    scripted: Scripted,
) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    await ended(await begun(conversation, "Why tides?"))
    turn = await Turn.objects.aget()
    turn.attachments = [{"name": "log.txt", "text": "a\n```\nb"}]
    assert history.question(turn) == "Why tides?\n\nlog.txt:\n````\na\n```\nb\n````"


async def test_a_live_turn_is_not_forked(scripted: Scripted) -> None:
    conversation = await amake_conversation()
    turn = await Turn.objects.acreate(
        conversation=conversation, client_id=uuid.uuid4(), prompt="Why?", status="running"
    )
    with pytest.raises(Refused):
        await fork.fork(turn)
