"""A user's conversations in pages, last used first, by day: what the sidebar shows.

A page begins where the one before ended, by an index, so the thousandth comes as fast as the first.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chat.models import Conversation, Tag

PAGE = 40
MOST = 400
"""At once, of a list that was opened up and comes anew: what is more comes in further pieces."""
MOST_HELD = 2000
"""In a list beside a page, which comes anew whole; those beyond are on a page of their own."""
MOST_PINNED = 50
_PINNED = "pinned~"


@dataclass(frozen=True, slots=True)
class Section:
    """Conversations of one time; `name` is empty where the page before has said it."""

    name: str
    rows: list[Conversation]


@dataclass(frozen=True, slots=True)
class Page:
    """Of which conversations, after which; `older` is the cursor of the next page, empty after the
    last. `is_last` of those that a list beside a page holds."""

    sections: list[Section]
    tag: str = ""
    archived: bool = False
    before: str = ""
    older: str = ""
    is_last: bool = False

    @property
    def mark(self) -> str:
        """Another one when a conversation came, went, moved, or is shown differently."""
        shown = [
            (str(row.id), row.title, row.pinned, row.is_live)  # type: ignore[attr-defined]  # `listed` adds it
            for section in self.sections
            for row in section.rows
        ]
        return str(zlib.crc32(repr(shown).encode()))

    @property
    def older_query(self) -> str:
        """What asks for the next page; never the address's own: a list stands beside every page."""
        asked = {"before": self.older, "tag": self.tag, "archived": "1" if self.archived else ""}
        return urlencode({name: value for name, value in asked.items() if value})


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last conversation of a page: when it was used, its id, and whether that is still among
    the pinned ones."""

    used: datetime
    id: UUID
    pinned: bool = False

    @classmethod
    def of(cls, last: Conversation) -> "Cursor":
        return cls(last.updated_at, last.id, last.pinned)

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """Anything that is none begins at the first page."""
        moment, _, id = text.removeprefix(_PINNED).partition("~")
        try:
            used = parse_datetime(moment)
            if used is None or timezone.is_naive(used) or not 1970 < used.year < MAXYEAR:
                return None  # what is at either end of time has no UTC
            return cls(used, UUID(id), text.startswith(_PINNED))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{_PINNED * self.pinned}{self.used.isoformat()}~{self.id}"


def page(
    user: User,
    *,
    tag: str = "",
    archived: bool = False,
    before: str = "",
    shown: int = 0,
    held: int = 0,
) -> Page:
    """Two queries, whatever there is: those that are pinned, which come first, and the rest.

    With a tag, only conversations that bear it, those in the archive as well. As many as are shown
    already, where that is more; `held` are those above, in a list beside a page.
    """
    shown = min(shown, MOST)
    most_pinned = max(MOST_PINNED, shown)
    listed = Conversation.objects.listed(user, archived=None if tag and not archived else archived)
    if tag:
        listed = listed.filter(tags__user=user, tags__name=tag)
    cursor = Cursor.parse(before)
    pinned: list[Conversation] = []
    if cursor is None or cursor.pinned:
        pinned = list(listed.filter(_after(cursor), pinned__in=[True])[: most_pinned + 1])
    sections = [Section("" if cursor else _("Pinned"), pinned[:most_pinned])] if pinned else []
    if len(pinned) > most_pinned:
        is_last = held + most_pinned >= MOST_HELD
        older = str(Cursor.of(pinned[most_pinned - 1]))
        return Page(sections, tag, archived, before, older, is_last)
    if cursor and cursor.pinned:
        cursor = None
    most = max(PAGE, shown - len(pinned))
    rest = list(listed.filter(_after(cursor), pinned__in=[False])[: most + 1])
    sections += _by_time(rest[:most], after=cursor.used if cursor else None)
    older = str(Cursor.of(rest[most - 1])) if len(rest) > most else ""
    is_last = held + len(pinned) + most >= MOST_HELD
    return Page(sections, tag, archived, before, older, is_last)


def tags(user: User) -> list[str]:
    """The names of those in use."""
    borne = Conversation.tags.through.objects.filter(conversation__deleted_at=None)
    own = Tag.objects.filter(user=user, id__in=borne.values("tag"))
    return list(own.values_list("name", flat=True))


def _after(cursor: Cursor | None) -> Q:
    """The first condition says nothing new, but is one an index can begin at."""
    if cursor is None:
        return Q()
    beyond = Q(updated_at__lt=cursor.used) | Q(updated_at=cursor.used, id__lt=cursor.id)
    return Q(updated_at__lte=cursor.used) & beyond


def _by_time(rows: Iterable[Conversation], *, after: datetime | None) -> list[Section]:
    today = timezone.localdate()
    said = _time(timezone.localdate(after), today) if after else ""
    return [
        Section("" if name == said else name, list(group))
        for name, group in groupby(
            rows, key=lambda row: _time(timezone.localdate(row.updated_at), today)
        )
    ]


def _time(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=7):
        return _("Last 7 days")
    if day > today - timedelta(days=30):
        return _("Last 30 days")
    return date_format(day, "F Y")
