"""Share links: what a stranger sees by one, and who may make, see and revoke it."""

import re
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from chat.conversations import sharing
from chat.models import Conversation, ShareLink
from tests.costs.ledgers import add_turn
from tests.people import BOB, make_conversation, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def client(name: str = "") -> Client:
    made = Client()
    if name:
        made.force_login(make_user(name))
    return made


def asked() -> Conversation:
    conversation = make_conversation()
    turn = add_turn(conversation, "set_aside")
    turn.attempts.filter(number=2).update(text="The **Moon**.")
    Conversation.objects.filter(id=conversation.id).update(head=turn)
    conversation.refresh_from_db()
    return conversation


def link(conversation: Conversation, **fields: str) -> str:
    page = client("alice").post(f"/c/{conversation.id}/share/", fields).content.decode()
    found = re.search(r'value="http://testserver(/shared/[\w-]{22}/)"', page)
    assert found
    return found[1]


def test_a_stranger_reads_what_was_shared_and_nothing_else() -> None:
    conversation = asked()
    address = link(conversation)
    later = add_turn(conversation, parent=conversation.head)
    later.prompt = "Asked later"
    later.save()
    Conversation.objects.filter(id=conversation.id).update(head=later)
    for who in ("", BOB, "alice"):
        answer = client(who).get(address)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "Why are there tides?" in page and "<strong>Moon</strong>" in page
        assert "Asked later" not in page
        assert "$" not in page and "<form" not in page and "<script" not in page
        assert "alice" not in page and str(conversation.id) not in page
    assert 'content="noindex' in page
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    assert answer["Cache-Control"].count("no-store")


def test_what_tools_found_elsewhere_is_not_shared() -> None:
    conversation = asked()
    ran, refused = {"status": "done", "time_ms": 3}, {"status": "failed"}
    calls = [
        {"name": "search_conversations", "result": "Of another conversation", **ran},
        {"name": "files__read", "result": "Of a server", **ran},
        {"name": "calculate", "result": "397.8", **ran},
        {"name": "files__write", "result": "It does not fit.", **refused},
    ]
    numbered = [call | {"number": at, "id": f"c{at}"} for at, call in enumerate(calls, start=1)]
    conversation.head.attempts.filter(number=2).update(tool_calls=numbered)
    page = client().get(link(conversation)).content.decode()
    assert "Of another" not in page and "Of a server" not in page
    assert "397.8" in page and "It does not fit." in page
    assert page.count("not shared") == 4  # in a line and in its sheet
    own = client("alice").get(f"/c/{conversation.id}/").content.decode()
    assert "Of another conversation" in own and "Of a server" in own


def test_a_link_shows_the_title_as_it_was() -> None:
    conversation = asked()
    address = link(conversation)
    Conversation.objects.filter(id=conversation.id).update(title="Of somebody in particular")
    page = client().get(address).content.decode()
    assert page.count("A conversation") >= 2 and "in particular" not in page


def test_what_was_pasted_into_a_question_is_shared_with_it() -> None:
    conversation = asked()
    pasted = [{"name": "pasted-1.txt", "text": "High <water> at noon."}]
    conversation.turns.update(attachments=pasted)
    page = client().get(link(conversation)).content.decode()
    assert "pasted-1.txt" in page and "High &lt;water&gt; at noon." in page


def test_links_from_before_titles_were_kept_show_the_one_there_is() -> None:
    address = link(asked())
    ShareLink.objects.update(title="")
    import_module("chat.migrations.0022_share_titles").keep_titles(apps, None)
    assert '<h1 dir="auto">A conversation</h1>' in client().get(address).content.decode()


def test_costs_are_shown_where_that_was_ticked() -> None:
    assert "$0.0154" in client().get(link(asked(), costs="1")).content.decode()


@pytest.mark.parametrize("fate", ["revoked", "expired", "wrong", "deleted", "disabled"])
def test_a_link_that_is_not_open_is_the_same_nothing(fate: str) -> None:
    conversation = asked()
    address = link(conversation)
    now = timezone.now()
    match fate:
        case "revoked":
            one = ShareLink.objects.get()
            assert client(BOB).post(f"/shares/{one.id}/revoke/").status_code == 404
            assert client().get(address).status_code == 200
            assert client("alice").post(f"/shares/{one.id}/revoke/").status_code == 302
        case "expired":
            ShareLink.objects.update(expires_at=now - timedelta(seconds=1))
        case "wrong":
            address = "/shared/AAAAAAAAAAAAAAAAAAAAAA/"
        case "deleted":
            Conversation.objects.update(deleted_at=now)
        case "disabled":
            type(make_user()).objects.update(is_active=False)
    answer = client().get(address)
    assert answer.status_code == 404
    assert "This link is not open" in answer.content.decode()
    assert "tides" not in answer.content.decode()


def test_only_a_hash_of_the_token_is_kept() -> None:
    token = link(asked()).split("/")[2]
    kept = ShareLink.objects.get()
    assert token not in str(vars(kept))
    assert kept.expires_at - kept.created_at > timedelta(days=sharing.DEFAULT_DAYS - 1)


def test_a_page_that_is_loaded_again_shows_the_link_it_made_and_makes_no_other() -> None:
    conversation = asked()
    form = client("alice").get(f"/c/{conversation.id}/share/").content.decode()
    [client_id] = re.findall(r'name="client_id" value="([\w-]{36})"', form)
    address = link(conversation, client_id=client_id)
    assert link(conversation, client_id=client_id) == address
    assert ShareLink.objects.count() == 1 and client().get(address).status_code == 200
    assert link(conversation, client_id=client_id, costs="1") != address
    assert link(asked(), client_id=client_id) != address
    one = ShareLink.objects.last()
    assert client("alice").post(f"/shares/{one.id}/revoke/").status_code == 302
    again = client("alice").post(f"/c/{conversation.id}/share/", {"client_id": client_id})
    assert "/shared/" not in again.content.decode()
    assert client().get(address).status_code == 404


def test_ones_own_links_are_listed() -> None:
    conversation = asked()
    link(conversation)
    assert "Revoke" in client("alice").get("/shares/").content.decode()
    assert "Revoke" in client("alice").get(f"/c/{conversation.id}/share/").content.decode()
    assert "Revoke" not in client(BOB).get("/shares/").content.decode()
    assert client(BOB).post(f"/c/{conversation.id}/share/").status_code == 404


def test_revoking_leads_back_to_the_page_it_was_done_on() -> None:
    conversation = asked()
    for page in (f"/c/{conversation.id}/share/", "/shares/"):
        link(conversation)
        form = re.search(r'action="(/shares/[\w-]+/revoke/)">(.*?)</form>', text_of(page), re.S)
        fields = dict(re.findall(r'name="(from)" value="(\w+)"', form[2]))
        assert client("alice").post(form[1], fields)["Location"] == page
        assert "No link is open" in text_of(page)


def text_of(page: str) -> str:
    return client("alice").get(page).content.decode()


def test_there_is_nothing_to_share_before_the_first_answer() -> None:
    conversation = make_conversation()
    answer = client("alice").post(f"/c/{conversation.id}/share/")
    assert answer.status_code == 400
    assert "Wait for the first one to end." in answer.content.decode()
    assert not ShareLink.objects.exists()
