"""Full-text search of prompts, what is attached, answers and titles; alike on both databases.

Text is cut into words here, not by the database, so that both find the same: letters and digits,
without case and accents, every CJK character by itself. What is asked for is cut the same way and
quoted, so none of it is syntax. An entry also holds a word for its reader, which keeps the search
of one from walking through the words of all.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet, UUIDField
from django.db.models.expressions import RawSQL

from chat.models import BESIDE, LIVE, Attempt, SearchEntry, Turn
from chat.models.prepared import each, prepared

MOST_PHRASES, MOST_WORDS = 8, 32
MOST_FOUND = 30
MOST_AT_ONCE = 10 * MOST_FOUND
"""Turns that fit, among which those are sought that do so by themselves."""
LONGEST_WORD = 64
LONGEST_ENTRY = 50_000
"""Characters, some 8,000 words: several times the longest answers. What an index takes in memory
to add an entry grows with it."""

BEFORE, AFTER = 40, 160
"""Characters of a snippet around the first word that was found."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTERS = rf"[^\W_{_CJK}]"
MARKS = "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]"
"""Accents that stand apart from their letter, as macOS and PDFs write them, and vowels of Hebrew
and Arabic: none of them ends a word."""

_WORD = re.compile(rf"[{_CJK}]|{_LETTERS}+(?:{MARKS}+{_LETTERS}*)*")

_IN_INDEX = {
    "sqlite": "SELECT rowid FROM chat_search WHERE chat_search MATCH %s",
    "postgresql": "SELECT id FROM chat_searchentry"
    " WHERE to_tsvector('simple', words) @@ to_tsquery('simple', %s)",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a snippet; `is_found` where it is to be marked."""

    text: str
    is_found: bool = False


Marks = Sequence[tuple[int, int]]
"""Where words of a text begin and end."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that holds every word, in its conversation's title, its prompt, what is attached to
    it, or its answer; `place` is that among all there are, the last one's the highest."""

    place: int
    turn: Turn
    answer: str
    title: Sequence[Piece]
    snippet: Sequence[Piece]


class Query:
    """What somebody typed: words that must all occur, each also as the beginning of a longer one.

    What is written as one, as `it's` or `50%_off`, is looked for in one piece.
    """

    def __init__(self, typed: str) -> None:
        left, self.phrases = MOST_WORDS, list[list[str]]()
        for part in typed[:1000].split():
            words = list(_words(part))[:left]
            if words and len(self.phrases) < MOST_PHRASES:
                self.phrases.append(words)
                left -= len(words)

    def __bool__(self) -> bool:
        return bool(self.phrases)

    def expression(self, user_id: int) -> str:
        """For the full-text index of this database."""
        if connection.vendor == "sqlite":
            quoted = [f'"{" ".join(phrase)}" *' for phrase in self.phrases]
            return " ".join([_reader_word(user_id), *quoted])
        quoted = [" <-> ".join(f"'{word}'" for word in phrase) + ":*" for phrase in self.phrases]
        return " & ".join([f"'{_reader_word(user_id)}'", *(f"({phrase})" for phrase in quoted)])

    def marks(self, text: str) -> list[tuple[int, int]]:
        """Where in what is indexed of the text its words begin and end, in their order."""
        words = _WORD.finditer(text[:LONGEST_ENTRY])
        places = [(*place.span(), _folded(place[0])) for place in words]
        beginnings = tuple(phrase[0] for phrase in self.phrases)
        found = []
        for first, (_, _, word) in enumerate(places):
            if not word.startswith(beginnings):
                continue
            fitting = [len(phrase) for phrase in self.phrases if _is_at(first, phrase, places)]
            if fitting:
                found.append((places[first][0], places[first + max(fitting) - 1][1]))
        return found

    def is_in(self, words: str) -> bool:
        """Whether it is, all of it, in words as `words_of` writes them."""
        return all(f" {' '.join(phrase)}" in words for phrase in self.phrases)


def page(user: User, query: Query, *, before: int | None = None) -> tuple[list[Hit], int | None]:
    """What `find` finds, and before which place there is more; None after the last."""
    hits = find(user, query, most=MOST_FOUND + 1, before=before)
    return hits[:MOST_FOUND], hits[MOST_FOUND - 1].place if len(hits) > MOST_FOUND else None


def find(
    user: User, query: Query, *, most: int = MOST_FOUND, before: int | None = None
) -> list[Hit]:
    """A user's turns that fit, those that ended last first, before a place where one is given.
    Where a conversation's title alone makes them fit, its last one stands for all."""
    entries = _fitting(user, query, most, before) if query else []
    answers = _answers({entry.turn_id: entry.turn.copied for entry in entries})
    return [_hit(query, entry, answers.get(entry.turn_id, "")) for entry in entries]


def _fitting(user: User, query: Query, most: int, before: int | None) -> list[SearchEntry]:
    entries = _entries(query, user)
    own, titled, told = list[int](), dict[UUID, int](), set[UUID]()
    for place, words, conversation_id, title in _looked_at(entries, most, before):
        if query.is_in(words.removeprefix(words_of(user.pk, title))):
            own.append(place)
            told.add(conversation_id)
        elif conversation_id not in titled:
            titled[conversation_id] = place
            if (
                before
                and entries.filter(turn__conversation=conversation_id, id__gte=before).exists()
            ):
                told.add(conversation_id)
        if len(own) + len(titled.keys() - told) >= most:
            break
    found = own + [place for id, place in titled.items() if id not in told]
    fitting = SearchEntry.objects.filter(id__in=found)
    return list(fitting.select_related("turn__conversation").order_by("-id"))


def _looked_at(
    entries: QuerySet[SearchEntry], first: int, before: int | None
) -> Iterator[tuple[int, str, UUID, str]]:
    """Piece by piece: most often those after the first are not needed."""
    rows = entries.values_list("id", "words", "turn__conversation", "turn__conversation__title")
    most = first
    while True:
        piece = list((rows.filter(id__lt=before) if before else rows)[:most])
        yield from piece
        if len(piece) < most:
            return
        before, most = piece[-1][0], MOST_AT_ONCE


def index(*turn_ids: UUID) -> None:
    """Keep the words of turns that have ended, in place of what was kept of them."""
    rows = _ended(turns=[*turn_ids])
    answers = _answers({id: copied for id, *_, copied in rows})
    entries = [
        SearchEntry(
            turn_id=id,
            words=words_of(user_id, title, prompt, answers.get(id, ""), *_attached(attachments)),
        )
        for id, user_id, title, prompt, attachments, _ in rows
    ]
    SearchEntry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=["turn"], update_fields=["words"]
    )


@prepared
def _ended(turns: int) -> QuerySet[Turn, Any]:
    ended = Turn.objects.filter(id__in=each("turns", turns, UUIDField())).exclude(status__in=LIVE)
    return ended.order_by("created_at").values_list(
        *("id", "conversation__user", "conversation__title", "prompt", "attachments", "copied")
    )


def index_conversation(conversation_id: UUID) -> None:
    """All its turns, as when its title has changed."""
    index(*Turn.objects.filter(conversation=conversation_id).values_list("id", flat=True))


def words_of(user_id: int, *texts: str) -> str:
    """One by one: a list of all words of a long answer takes twenty times its room."""
    entry = StringIO()
    entry.write(_reader_word(user_id))
    for text in texts:
        for word in _words(text[:LONGEST_ENTRY]):
            entry.write(f" {word}")
    return entry.getvalue()[:LONGEST_ENTRY]


def _entries(query: Query, user: User) -> QuerySet[SearchEntry]:
    # The SQL is ours; what was typed is a parameter of it.
    found = RawSQL(_IN_INDEX[connection.vendor], [query.expression(user.pk)])  # noqa: S611
    own = SearchEntry.objects.filter(
        id__in=found, turn__conversation__user=user, turn__conversation__deleted_at=None
    )
    return own.order_by("-id")


def _answers(copied: Mapping[UUID, Sequence[dict[str, Any]] | None]) -> dict[UUID, str]:
    """What stands of each turn's answer, by what was copied for it; drafts that were set aside do
    not count."""
    rows: list[Any] = _attempts(turns=[*copied])
    rows += [
        (id, row["switch_reason"], row["status"], row["text"])
        for id, attempts in copied.items()
        for row in attempts or ()
    ]
    texts = defaultdict[UUID, list[str]](list)
    for turn_id, switch_reason, status, text in rows:
        if text and (not switch_reason or status == "used"):
            texts[turn_id].append(text)
    return {turn_id: "\n".join(parts) for turn_id, parts in texts.items()}


@prepared
def _attempts(turns: int) -> QuerySet[Attempt, Any]:
    kept = Attempt.objects.filter(turn__id__in=each("turns", turns, UUIDField()))
    kept = kept.exclude(role__in=BESIDE).order_by("number")
    return kept.values_list("turn", "switch_reason", "status", "text")


def _attached(files: Iterable[dict[str, str]]) -> list[str]:
    return [f"{file['name']} {file['text']}" for file in files]


def _hit(query: Query, entry: SearchEntry, answer: str) -> Hit:
    turn = entry.turn
    title = turn.conversation.title
    told = [_unmarked(answer[:LONGEST_ENTRY]), turn.prompt] if answer else [turn.prompt]
    if answer and " ".join(turn.prompt.split()) == title:
        told.pop()  # it is said already
    told += _attached(turn.attachments)
    marked = [_marked(query, text) for text in told]
    return Hit(
        place=entry.pk,
        turn=turn,
        answer=answer,
        title=list(_pieces(title, query.marks(title))),
        snippet=_around(*max(marked, key=lambda it: _covered(*it)), before=BEFORE, after=AFTER),
    )


_MARKDOWN = re.compile(r"^\s*(?:#{1,6}|>|[-*+])\s+|\*\*(?=\S)|(?<=\S)\*\*|`+")


def _unmarked(answer: str) -> str:
    """Without the marks of Markdown that say nothing within a line; its words are all there."""
    lines = (line for line in answer.splitlines() if "---" not in line or line.strip(" \t:|-"))
    return "\n".join(_MARKDOWN.sub("", _cells(line)) for line in lines)


def _cells(line: str) -> str:
    if not line.lstrip().startswith("|"):
        return line
    return " · ".join(filter(None, map(str.strip, line.split("|"))))


def excerpt(query: Query, text: str, *, before: int = BEFORE, after: int = AFTER) -> list[Piece]:
    """The text around the first of the words in it, or its beginning."""
    return _around(*_marked(query, text), before=before, after=after)


def _marked(query: Query, text: str) -> tuple[str, Marks]:
    """In one line, and where in it the words are."""
    text = " ".join(text.split())
    return text, query.marks(text)


def _covered(text: str, marks: Marks) -> int:
    """How many different words of it were found."""
    return len({text[begin:end].casefold() for begin, end in marks})


def _around(text: str, marks: Marks, *, before: int, after: int) -> list[Piece]:
    first = marks[0][0] if marks else 0
    begin = text.rfind(" ", 0, max(first - before, 0)) + 1 if first > before else 0
    end = min(len(text), max(first, begin) + after)
    inside = [(at - begin, to - begin) for at, to in marks if begin <= at and to <= end]
    pieces = list(_pieces(text[begin:end], inside))
    return [Piece("…")] * bool(begin) + pieces + [Piece("…")] * (end < len(text))


def _is_at(first: int, phrase: Sequence[str], places: Sequence[tuple[int, int, str]]) -> bool:
    """Its words, one after the other; the last may go on."""
    if not places[first][2].startswith(phrase[0]):
        return False
    there = [word for _, _, word in places[first : first + len(phrase)]]
    whole = there[:-1] == list(phrase[:-1])
    return whole and len(there) == len(phrase) and there[-1].startswith(phrase[-1])


def _pieces(text: str, marks: Marks) -> Iterator[Piece]:
    done = 0
    for begin, end in marks:
        if begin < done:
            continue
        if begin > done:
            yield Piece(text[done:begin])
        yield Piece(text[begin:end], is_found=True)
        done = end
    if done < len(text):
        yield Piece(text[done:])


def _words(text: str) -> Iterator[str]:
    folded = (_folded(found[0])[:LONGEST_WORD] for found in _WORD.finditer(text))
    return filter(None, folded)


def _folded(word: str) -> str:
    """Accents fall off, and all else that is neither letter nor digit, as brackets of a numeral."""
    if word.isascii():  # as nearly all are, and a long answer has thousands
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize("NFC", "".join(filter(str.isalnum, apart)))


def _reader_word(user_id: int) -> str:
    return f"zq{user_id}reader"
