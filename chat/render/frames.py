"""Frames that go out: what a viewer is sent of a conversation, as HTML for a page or as JSON.

HTML frames are fragments for htmx's websocket extension, swapped by id. They are made of the
partials the page is made of, so what was pushed equals what a reload renders. Each event type has
its template, `chat/events/<type>.html`, which says what of the page it changes.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, Protocol

from django.template.loader import get_template
from django.utils.safestring import SafeString

from chat.cascade.streaming.events import StreamEventType, ToolStreamEventType
from chat.ledger import Totals
from chat.models import Cascade, Conversation
from chat.render.markdown import EASY, Blocks
from chat.render.money import strip_cost
from chat.render.moulds import filled, filled_with_words
from chat.render.sheets import SHEET, sheets
from chat.turns.calls import call_of
from chat.turns.events import TOOL_EVENTS, TurnEvent, TurnEventType, to_json
from chat.turns.state import Thumb, TurnState

_CHANGE_A_HEAD = (
    StreamEventType.RETRY,
    StreamEventType.COST,
    StreamEventType.DRAFT_DECISION,
    StreamEventType.SWITCH,
    ToolStreamEventType.TOOL_CALL_COMPLETE,
    ToolStreamEventType.TOOL_ERROR,
)

EASY_CALLS = 10_000
"""Characters of arguments and results of a turn that are written anew in a few milliseconds."""


class Frames(Protocol):
    """How a viewer is told things. Each method returns what to send, one string a message.

    `replays`: every event of a turn is wanted, not a snapshot and what follows it. `alive` is the
    answer to who asks whether somebody is there; a page needs no word of it.
    """

    replays: bool
    alive: str

    def is_slow(self, batch: Sequence[TurnEvent]) -> bool:
        """Whether these events are better rendered beside the loop."""

    def show(
        self, turns: Sequence[TurnState], *, instead_of: Collection[str] | None
    ) -> Iterable[str]:
        """Turns the viewer has not seen, instead of those with these ids; None: of all it shows."""

    def snapshot(self, turn: TurnState) -> Iterable[str]:
        """A turn it shows, as it is now; events continue from here."""

    def events(self, turn_id: str, batch: Sequence[TurnEvent]) -> Iterable[str]:
        """What happened to the turn last shown, to a page; to any turn, to a program."""

    def settled(self, conversation: Conversation, totals: Totals) -> Iterable[str]:
        """After a turn ended: what it has cost, and its title, which a tool may have changed."""

    def thumb(self, turn_id: str, thumb: Thumb) -> Iterable[str]:
        """What its reader now thinks of a turn that is shown."""

    def choice(self, cascades: Sequence[Cascade], cascade: Cascade | None) -> Iterable[str]:
        """Who may answer from the next turn on, and who does."""

    def notice(self, sentence: str, code: str) -> Iterable[str]:
        """A refusal, or with an empty sentence the end of one."""


def place_of(turn: TurnState, number: int) -> str:
    """The id of an attempt, with which those of its parts begin."""
    return f"turn-{turn.id}-attempt-{number}"


class HtmlFrames:
    """For the page. Follows one turn: its state, and the open blocks of its attempts' texts."""

    replays = False
    alive = " "  # Daphne sends no empty message

    def __init__(self) -> None:
        self._turn: TurnState | None = None
        self._blocks: dict[int, Blocks] = {}
        self._heads: set[int] | None = None  # those to show anew; None: the strip neither

    def show(
        self, turns: Sequence[TurnState], *, instead_of: Collection[str] | None
    ) -> Iterable[str]:
        swap = "innerHTML" if instead_of is None else "beforeend"
        gone = "".join(filled("_gone", turn=turn_id) for turn_id in instead_of or ())
        for turn in turns:
            yield gone + _render("_turns", turns=[turn], oob=swap)
            gone, swap = "", "beforeend"
        last = self._follow(turns[-1])
        yield _around(last) + _begun(last)

    def snapshot(self, turn: TurnState) -> Iterable[str]:
        self._follow(turn)
        yield _render("_turn", turn=turn, oob=True) + _around(turn)

    def events(self, turn_id: str, batch: Sequence[TurnEvent]) -> Iterable[str]:
        turn = self._turn
        assert turn is not None, "events follow a snapshot"
        parts = [self._run(turn, list(run)) for _, run in groupby(batch, _kind)]
        yield "".join(parts) + self._standing(turn) + _cursor(turn)

    def settled(self, conversation: Conversation, totals: Totals) -> Iterable[str]:
        yield _render("_conversation_totals", totals=totals, oob=True)
        yield _render("_conversation_title", conversation=conversation, oob=True)
        yield from self.notice("", "settled")  # that an answer is being written is true no more

    def thumb(self, turn_id: str, thumb: Thumb) -> Iterable[str]:
        yield _render("_thumbs", turn=turn_id, thumb=thumb, oob=True)

    def choice(self, cascades: Sequence[Cascade], cascade: Cascade | None) -> Iterable[str]:
        yield _render("_cascade_select", cascades=cascades, cascade=cascade, oob=True)

    def notice(self, sentence: str, code: str) -> Iterable[str]:
        yield _render("_notice", notice=sentence, code=code, oob=True)

    def is_slow(self, batch: Sequence[TurnEvent]) -> bool:
        coming = sum(len(event.content) for event in batch)
        if coming > EASY or any(blocks.is_slow(coming) for blocks in self._blocks.values()):
            return True
        calls = (
            [call for row in self._turn.attempts for call in row.tool_calls] if self._turn else []
        )
        return sum(len(call.arguments) + len(call.result) for call in calls) > EASY_CALLS

    def _follow(self, turn: TurnState) -> TurnState:
        self._turn, self._blocks = turn, {}
        for attempt in turn.attempts:
            self._blocks_of(attempt.number).feed(attempt.text)
        return turn

    def _run(self, turn: TurnState, run: list[TurnEvent]) -> str:
        """Events of one kind that came together; running text and arguments are rendered once."""
        match run[0].type:
            case StreamEventType.CHUNK:
                return self._chunks(turn, run)
            case StreamEventType.REASONING:
                return self._thoughts(turn, run)
            case ToolStreamEventType.TOOL_CALL_DELTA:
                return _told(turn, run)
            case TurnEventType.SPENDING:
                _fold(turn, run)
                return strip_cost(turn, oob="true")
            case _:
                return "".join(self._single(turn, event) for event in run)

    def _single(self, turn: TurnState, event: TurnEvent) -> str:
        """What ends a text also shows its last block as it stays."""
        writing = [attempt for attempt in turn.attempts if not attempt.is_written]
        told = _told(turn, [event])
        self._change(_heads_of(turn, event))
        ended = [attempt.number for attempt in writing if attempt.is_written]
        return told + "".join(self._end(turn, number) for number in ended)

    def _standing(self, turn: TurnState) -> str:
        """How the turn and its attempts stand, once a frame, however many events changed it."""
        heads, self._heads = self._heads, None
        if heads is None:
            return ""
        changed = [attempt for attempt in turn.attempts if attempt.number in heads]
        return _render("_standing", turn=turn, attempts=changed)

    def _change(self, heads: Iterable[int]) -> None:
        self._heads = {*(self._heads or ()), *heads}

    def _end(self, turn: TurnState, number: int) -> str:
        blocks = self._blocks_of(number)
        if blocks.end_html == blocks.tail_html:
            return ""
        place = place_of(turn, number)
        return filled("events/chunk", place=place, sheets="", tail=blocks.end_html)

    def _chunks(self, turn: TurnState, run: list[TurnEvent]) -> str:
        number = run[0].attempt
        attempt = turn.attempts[number - 1]
        first = not attempt.text or attempt.thinks_since_ms is not None
        _fold(turn, run)
        blocks = self._blocks_of(number)
        place = place_of(turn, number)
        added, begun = _closed(place, blocks, _joined(run))
        if first:
            self._change(_numbers(turn))
        return added + filled(
            "events/chunk", place=place, sheets=SafeString(begun), tail=blocks.tail_html
        )

    def _thoughts(self, turn: TurnState, run: list[TurnEvent]) -> str:
        number = run[0].attempt
        first = turn.attempts[number - 1].thinks_since_ms is None
        _fold(turn, run)
        if first:
            self._change(_numbers(turn))
        return filled("events/reasoning", place=place_of(turn, number), text=_joined(run))

    def _blocks_of(self, number: int) -> Blocks:
        return self._blocks.setdefault(number, Blocks())


def _kind(event: TurnEvent) -> tuple[str, int, str]:
    """What may be shown at once: pieces of one text, or of the arguments of one call."""
    return event.type, event.attempt, event.data.get("id", "")


def _heads_of(turn: TurnState, event: TurnEvent) -> list[int]:
    """The attempts whose heads it changes: what one does can fold or open another."""
    if event.is_terminal or event.type == ToolStreamEventType.TOOL_CALL_START:
        return _numbers(turn)
    return [event.attempt] if event.type in _CHANGE_A_HEAD else []


def _numbers(turn: TurnState) -> list[int]:
    return [attempt.number for attempt in turn.attempts]


def _joined(run: list[TurnEvent]) -> str:
    return "".join(event.content for event in run)


def _fold(turn: TurnState, run: list[TurnEvent]) -> None:
    for event in run:
        turn.apply(event)


def _closed(place: str, blocks: Blocks, text: str) -> tuple[str, str]:
    """The blocks that this text closes: what is added to the last sheet, and new ones."""
    before, added, begun = blocks.closed, "", ""
    for number, html in sheets(blocks.feed(text), before):
        if number * SHEET < before:
            added += filled("_sheet", place=place, number=str(number), blocks=html, oob="beforeend")
        else:
            begun += filled("_sheet", place=place, number=str(number), blocks=html, oob="")
    return added, begun


def _told(turn: TurnState, run: list[TurnEvent]) -> str:
    """Fold the events in, and say what changed on the page."""
    _fold(turn, run)
    event = run[-1]
    attempt = turn.attempts[event.attempt - 1] if turn.attempts else None
    context: dict[str, Any] = {}
    if event.type in TOOL_EVENTS and attempt:
        context["call"] = call_of(attempt.tool_calls, event)
    return _render(f"events/{event.type}", turn=turn, attempt=attempt, event=event, **context)


def _begun(turn: TurnState) -> str:
    """Where the first attempt stands already, its beginning will be no event."""
    if turn.is_live and len(turn.attempts) == 1:
        return _render("_route_announced", attempt=turn.attempts[0])
    return ""


def _around(turn: TurnState) -> str:
    """What of the page outside the turn depends on it."""
    live = turn.id if turn.is_live else ""
    return filled_with_words("_composer_action", turn=live, oob="true") + _cursor(turn)


def _cursor(turn: TurnState) -> str:
    return filled("_cursor", cursor=turn.cursor, oob="true")


def _render(name: str, **context: Any) -> str:
    return get_template(f"chat/{name}.html").render(context)


class JsonFrames:
    """For programs: the log as it is, one event a message, and a snapshot where a log is gone."""

    replays = True
    alive = to_json({"type": "alive"})

    def is_slow(self, batch: Sequence[TurnEvent]) -> bool:
        return False

    def show(
        self, turns: Sequence[TurnState], *, instead_of: Collection[str] | None
    ) -> Iterable[str]:
        replace = instead_of is None
        for turn in turns[:-1]:
            yield from self._snapshot(turn, replace=replace)
            replace = False
        last = turns[-1]
        begun = {"type": "turn", "turn": last.id, "prompt": last.prompt, "replace": replace}
        yield to_json(begun)

    def snapshot(self, turn: TurnState) -> Iterable[str]:
        return self._snapshot(turn, replace=False)

    def events(self, turn_id: str, batch: Sequence[TurnEvent]) -> Iterable[str]:
        for event in batch:
            yield to_json({"turn": turn_id, **event.as_dict()})

    def settled(self, conversation: Conversation, totals: Totals) -> Iterable[str]:
        yield to_json({"type": "totals", "title": conversation.title, **asdict(totals)})

    def thumb(self, turn_id: str, thumb: Thumb) -> Iterable[str]:
        yield to_json({"type": "thumb", "turn": turn_id, **asdict(thumb)})

    def choice(self, cascades: Sequence[Cascade], cascade: Cascade | None) -> Iterable[str]:
        return ()  # each turn says who answers it

    def notice(self, sentence: str, code: str) -> Iterable[str]:
        yield to_json({"type": "notice", "code": code, "notice": sentence})

    def _snapshot(self, turn: TurnState, *, replace: bool) -> Iterable[str]:
        state = asdict(turn)
        yield to_json({"type": "snapshot", "turn": turn.id, "state": state, "replace": replace})
