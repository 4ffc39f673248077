"""No page, of readers or of the desk, shows a word of ours in English to who reads German."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from tests.browser import states
from tests.browser.furnish import ENDS, filled, is_page
from tests.people import ALICE, BOB
from tests.web.access import ROUTES
from tests.web.test_access import DESK_ROUTES
from tests.words.catalogue import read

pytestmark = pytest.mark.django_db(transaction=True)

READ = ("aria-label", "label", "placeholder", "title")
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
FURTHER = ("/costs/by/cascade/", "/costs/by/day/", "/costs/by/complexity/", "/find/?q=tides")

NAMES = {ALICE, BOB, "Tools", *(name.replace("-", " ").capitalize() for name in states.STATES)}
"""Of people, a server and conversations, which may be words of ours as well."""


class Shown(HTMLParser):
    """Whole texts and labels of a page, without what says of itself that it is English."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        left_out = (
            given.get("lang") == "en"
            or "prose" in (given.get("class") or "").split()
            or tag in ("script", "style", "code", "pre")
        )
        if not self._is_left_out:
            self.texts |= {(given.get(name) or "").strip() for name in READ}
        if tag not in VOID:
            self._open.append((tag, left_out or self._is_left_out))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Of what is told from the general to the particular, each part."""
        if not self._is_left_out:
            self.texts |= set(" ".join(data.split()).split(" | "))

    @property
    def _is_left_out(self) -> bool:
        return bool(self._open) and self._open[-1][1]


GAP = re.compile(r"%\(\w+\)s|\{[\w!:.]*\}")


def with_gaps(messages: Iterable[str]) -> re.Pattern[str]:
    """Whatever stands in the gaps of one of them, where there are words around."""
    patterns = [
        ".+".join(map(re.escape, GAP.split(message)))
        for message in messages
        if GAP.search(message) and re.search(r"[^\W\d_]{3}", GAP.sub("", message))
    ]
    return re.compile("|".join(patterns))


def pages(client: Client) -> Iterator[tuple[str, str]]:
    place = filled()
    owner = place.conversation.user
    owner.is_staff = owner.is_superuser = True
    owner.save()
    owner.user_permissions.set(Permission.objects.all())
    client.force_login(owner)
    addresses = {place.address(route) for route in (*ROUTES, *DESK_ROUTES)}
    addresses |= {at for _, at in states.store(place.conversation)}
    for at in sorted(addresses | set(FURTHER)):
        if not at.endswith(ENDS) and is_page(client, at):
            yield at, client.get(at).content.decode()


def test_every_page_is_in_german_for_who_reads_german() -> None:
    english = {one.msgid for one in read() if one.msgstr.casefold() != one.msgid.casefold()}
    german = {one.msgstr for one in read()}
    filled_english = with_gaps(english)
    filled_german = with_gaps(german)
    found: dict[str, list[str]] = {}
    client = Client(headers={"host": "127.0.0.1", "accept-language": "de"})
    for address, page in pages(client):
        for text in Shown(page).texts - german - NAMES:
            filled = filled_english.fullmatch(text) and not filled_german.fullmatch(text)
            if text in english or filled:
                found.setdefault(text, []).append(address)
    assert found == {}
