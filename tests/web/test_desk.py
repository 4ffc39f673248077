"""The operator's desk: what its front page and lists tell, to whom, and under our policy."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import lxml.html
import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from chat.cascade.breaker import breakers
from chat.cascade.config import ModelConfig as EngineModel
from chat.cascade.errors import Rejected
from chat.costs import health
from chat.models import Attempt, Conversation, Turn
from tests.people import ALICE, make_cascade, make_conversation, make_user
from tests.web.test_admin import operator  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db


def words(html: str) -> str:
    """What a page says."""
    return " ".join(lxml.html.document_fromstring(html).text_content().split())


def answered(
    conversation: Conversation,
    *,
    accepted: bool | None = True,
    failed: bool = False,
    usd: str = "0.5",
    first_token_ms: int = 400,
    days_ago: int = 0,
) -> Turn:
    """A turn as it is kept, with one attempt for each model that was asked."""
    turn = Turn.objects.create(
        conversation=conversation,
        client_id=uuid.uuid4(),
        prompt="?",
        cascade=conversation.cascade,
        status="failed" if failed else "completed",
        draft_accepted=accepted,
        total_usd=Decimal(usd),
        first_token_ms=first_token_ms,
        latency_ms=900,
    )
    for number, step in enumerate(conversation.cascade.steps.all(), start=1):
        is_draft = number == 1
        status = "accepted" if accepted else "set_aside" if is_draft else "answered"
        Attempt.objects.create(
            turn=turn,
            user=conversation.user,
            model_config=step.model_config,
            number=number,
            role="draft" if is_draft else "verifier",
            model=step.model_config.name,
            provider="scripted",
            status="failed" if failed and not is_draft else status,
            cost_usd=Decimal(usd) if is_draft else Decimal(0),
            first_token_ms=first_token_ms,
        )
        if accepted:
            break
    when = timezone.now() - timedelta(days=days_ago)
    Turn.objects.filter(pk=turn.pk).update(created_at=when)
    Attempt.objects.filter(turn=turn).update(created_at=when)
    return turn


def test_health_counts_the_last_seven_days() -> None:
    conversation = make_conversation()
    small, large = (step.model_config_id for step in conversation.cascade.steps.all())
    for days_ago in (0, 3, 6):
        answered(conversation, days_ago=days_ago, first_token_ms=100)
    answered(conversation, accepted=False, failed=True, first_token_ms=9_000)
    answered(conversation, days_ago=8, usd="99")
    models = health.of_models()
    assert (models[small].kept, models[small].drafts) == (3, 4)
    assert (models[large].failed, models[large].asked) == (1, 1)
    assert models[small].spent_usd == Decimal(2)
    assert [units > 0 for units in models[small].daily] == [1, 0, 0, 1, 0, 0, 1]
    assert models[small].first_token_p95_ms == 9_000
    cascade = health.of_cascades()[conversation.cascade_id]
    assert (cascade.kept, cascade.drafts, cascade.failed, cascade.asked) == (3, 3, 1, 4)
    [provider] = health.of_providers().values()
    assert (provider.asked, provider.spent_usd) == (5, Decimal(2))


def test_a_cascade_counts_answers_and_a_model_its_drafts(operator: Client) -> None:  # noqa: F811
    """Of an answer that used a tool there are two drafts: the one that called it, and the one
    that then told what it gave."""
    turn = answered(make_conversation())
    draft = turn.attempts.get()
    draft.pk, draft.number = None, 2
    draft.save(force_insert=True)
    page = operator.get("/admin/").content.decode()
    cascades, models = page.split('id="desk-models"')
    assert "Drafts kept</th>" in cascades and "100\u00a0% of 1<" in cascades
    assert "Drafts passed</th>" in models and "100\u00a0% of 2<" in models
    assert "an answer that uses tools has several" in models


def test_what_is_estimated_in_part_is_marked(operator: Client) -> None:  # noqa: F811
    answered(make_conversation())
    page = operator.get("/admin/").content.decode()
    assert page.count(">$0.5000") == 3 and "≈" not in page.split("desk-cascades")[1]
    Attempt.objects.update(exactness="partial")
    Turn.objects.update(exactness="partial")
    page = operator.get("/admin/").content.decode()
    assert page.count("≈\u00a0$0.5000") == 3


def test_a_provider_is_listed_with_what_its_models_did(operator: Client) -> None:  # noqa: F811
    answered(make_conversation(), accepted=False, failed=True, first_token_ms=9_000)
    page = words(operator.get("/admin/chat/provider/").content.decode())
    assert "ready 1 of 2 9.0 s $0.5000" in page


def test_a_list_is_called_what_it_lists(operator: Client) -> None:  # noqa: F811
    for name in ("chat/cascade", "auth/user"):
        page = lxml.html.document_fromstring(operator.get(f"/admin/{name}/").text)
        plural = f"{name.partition('/')[2].capitalize()}s"
        assert [head.text for head in page.iter("h1")] == [plural]
        assert page.findtext(".//title") == f"{plural} · Cascade Chat"
        path = page.find_class("breadcrumbs")[0].text_content()
        assert path.split()[::2] == ["Home", plural]


def test_lists_look_up_health_in_two_queries_for_all_rows(
    operator: Client,  # noqa: F811
    django_assert_max_num_queries,
) -> None:
    for _ in range(12):
        answered(make_conversation(cascade=make_cascade()))
    with django_assert_max_num_queries(24):
        page = operator.get("/admin/chat/cascade/").content.decode()
    assert page.count("100\u00a0% of 1") == 12


def test_a_model_that_rests_is_shown_as_resting(operator: Client) -> None:  # noqa: F811
    make_cascade("tired", "large", kind="openai", base_url="https://llm.example/v1")
    model = EngineModel("tired", "openai", base_url="https://llm.example/v1", api_key="k")
    breakers.of(model).record(Rejected("no", code="unauthorized", status=401))
    try:
        for path, shown in (
            ("/admin/", ">resting<"),
            ("/admin/chat/modelconfig/", ">resting<"),
            ("/admin/chat/provider/", ">tired resting<"),
        ):
            page = operator.get(path).content.decode()
            assert page.count(shown) == 1
            assert "tired is resting because its API key was not accepted" in page
    finally:
        breakers.reset()


def test_the_front_page_says_how_it_goes(operator: Client) -> None:  # noqa: F811
    answered(make_conversation())
    page = words(operator.get("/admin/").content.decode())
    for said in ("Answers, 7 days1", "small → large", "Spent$0.5000", "Add a cascade"):
        assert said in page


@pytest.mark.parametrize(
    ("permissions", "status", "shown"),
    [
        (None, 302, ()),
        ((), 200, ("You may see nothing here.",)),
        (("view_modelconfig",), 200, ("Models",)),
        (("view_cascade", "view_modelconfig"), 200, ("Cascades", "Models")),
    ],
    ids=["reader", "staff", "may see models", "may see both"],
)
def test_the_front_page_shows_what_one_may_see(permissions, status, shown) -> None:
    make_cascade()
    user = make_user(ALICE)
    user.is_staff = permissions is not None
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions or ()))
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    answer = client.get("/admin/")
    assert answer.status_code == status
    page = answer.content.decode()
    for section in ("Cascades", "Models"):
        assert (f">{section}</a></h2>" in page) == (section in shown)
    assert all(said in page for said in shown)


INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\bsrc=)", re.I)


@pytest.mark.parametrize(
    "path",
    ["", "chat/cascade/", "chat/cascade/add/", "chat/modelconfig/", "chat/modelconfig/add/"],
)
def test_the_desk_holds_nothing_inline(operator: Client, path: str) -> None:  # noqa: F811
    make_cascade()
    page = operator.get(f"/admin/{path}").content.decode()
    data = re.sub(r'<script[^>]*type="application/json"[^>]*>.*?</script>', "", page, flags=re.S)
    assert INLINE.findall(data) == []
