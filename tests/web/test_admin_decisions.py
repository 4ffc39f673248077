"""Single decisions on the desk: a list to filter, and a page that says what was found."""

import uuid
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.cascade.quality import decide
from chat.models import Attempt, Cascade, Configuration, Turn
from tests.people import ALICE, make_cascade, make_conversation, make_user
from tests.web.test_admin import operator  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db

LIST = "/admin/chat/decision/"


def judged(prompt: str, draft: str, cascade: Cascade | None = None) -> Attempt:
    """A draft as it is kept once it was judged."""
    decision = decide(prompt, draft).as_data(Decimal("0.01"))
    conversation = make_conversation(cascade=cascade)
    kept = Configuration.objects.get_or_create(
        digest="d", defaults={"data": {"cascade": "As it was", "thresholds": {"simple": 0.6}}}
    )[0]
    turn = Turn.objects.create(
        conversation=conversation,
        client_id=uuid.uuid4(),
        prompt=prompt,
        cascade=conversation.cascade,
        configuration=kept,
        status="completed",
    )
    return Attempt.objects.create(
        turn=turn,
        number=1,
        role="draft",
        model="small",
        provider="scripted",
        status="accepted" if decision["accepted"] else "set_aside",
        decision=decision,
        text=draft,
    )


@pytest.mark.parametrize("query", ["text__startswith=17", "reasoning__contains=17", "text=x"])
def test_no_address_tells_what_a_draft_says(operator: Client, query: str) -> None:  # noqa: F811
    judged("What is 17 * 23?", "17 * 23 = 391")
    assert operator.get(f"{LIST}?{query}").status_code == 400


def test_a_number_too_large_for_a_cascade_is_that_of_none(operator: Client) -> None:  # noqa: F811
    judged("What is 17 * 23?", "17 * 23 = 391")
    page = operator.get(LIST, {"cascade": 10**30})
    assert page.status_code == 200 and not page.context["cl"].result_list


def test_decisions_are_listed_and_filtered(operator: Client) -> None:  # noqa: F811
    other = make_cascade()
    kept = judged("What is 17 * 23?", "17 * 23 = 391", other)
    judged("Explain photosynthesis.", "I don't know.")
    Attempt.objects.create(number=1, role="verifier", model="large", provider="scripted")
    assert len(operator.get(LIST).context["cl"].result_list) == 2
    for query in ("draft=accepted", f"kind={kept.decision['kind']}", f"cascade={other.pk}"):
        [row] = operator.get(f"{LIST}?{query}").context["cl"].result_list
        assert row.pk == kept.pk
    for odd in ("kind=charm", "cascade=x", "draft=x"):
        assert operator.get(f"{LIST}?{odd}").status_code == 200


def test_a_decision_says_what_was_found_and_what_it_ran_under(operator: Client) -> None:  # noqa: F811
    row = judged("Explain photosynthesis.", "I don't know.")
    page = operator.get(f"{LIST}{row.pk}/change/").content.decode()
    for said in (
        "Draft set aside",
        "no_access",
        "was expected to save",
        "As it was",
        "simple 0.60",
    ):
        assert said in page
    assert "Explain photosynthesis." not in page
    assert "Read it" not in page


def test_a_hundred_decisions_take_few_queries(
    operator: Client,  # noqa: F811
    django_assert_max_num_queries,
) -> None:
    for _ in range(12):
        judged("Explain photosynthesis.", "I don't know.")
    with django_assert_max_num_queries(12):
        operator.get(LIST)


def test_a_kind_is_found_by_an_index_also_where_there_is_none(operator: Client) -> None:  # noqa: F811
    judged("Explain photosynthesis.", "I don't know.")
    with CaptureQueriesContext(connection) as seen:
        assert not operator.get(f"{LIST}?kind=choice").context["cl"].result_list
    looked = [query["sql"] for query in seen.captured_queries if "'choice'" in query["sql"]]
    assert looked
    if connection.vendor == "sqlite":  # PostgreSQL takes none for a few rows
        for sql in looked:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + sql)
                assert "decisions_by_kind" in " ".join(str(row[3]) for row in cursor.fetchall())


def test_decisions_are_for_those_who_may_see_them() -> None:
    row = judged("Explain photosynthesis.", "I don't know.")
    user = make_user(ALICE)
    statuses = []
    for staff, permissions in ((False, ()), (True, ()), (True, ("view_decision",))):
        user.is_staff = staff
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(User.objects.get(pk=user.pk))
        statuses.append(client.get(f"{LIST}{row.pk}/change/").status_code)
    assert statuses == [302, 403, 200]
