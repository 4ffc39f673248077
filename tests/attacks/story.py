"""Turns in which every text that is not ours is one word: what the model, its tools, its provider,
the operator and the reader wrote.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chat.cascade.streaming.events import StreamEventType as S
from chat.cascade.streaming.events import ToolStreamEventType as T
from chat.turns.events import TurnEvent, TurnEventType
from chat.turns.state import Thumb, TurnState

ID = "0f0e0d0c-0b0a-4908-8706-050403020100"
PIECES = 4
USAGE = {"input": 10, "output": 20, "cached_input": 0, "reasoning": 0}


def asked(word: str) -> TurnState:
    """Before anything has happened."""
    attached: Any = [{"name": word, "text": word}]
    return TurnState(ID, word, client_id=ID, attachments=attached, thumb=Thumb(1, word))


def story(word: str) -> list[TurnEvent]:
    """A draft that calls a tool and is set aside, and an answer that asks its reader first."""
    return [
        TurnEvent(kind, content, data, seq, seq, attempt)
        for seq, (kind, content, data, attempt) in enumerate(_story(word), start=1)
    ]


Told = tuple[Any, str, Mapping[str, Any], int]


def _story(word: str) -> Iterator[Told]:
    models = {"model": word, "provider": word}
    yield S.ROUTING, "", {**_route(word), **models, "role": "draft"}, 1
    yield S.RETRY, "", {"model": word, "cause": word, "wait_s": 1.0, "next_try": 2}, 1
    yield S.REASONING, word, {}, 1
    yield TurnEventType.SPENDING, "", {"total_usd": "0.01"}, 1
    yield from _text(word, 1)
    yield from _call(word, 1)
    yield T.TOOL_ERROR, "", {"id": word, "name": word, "error": word, "time_ms": 5}, 1
    yield S.COST, "", _cost(word, "draft"), 1
    yield S.DRAFT_DECISION, "", _decision(word), 1
    switch = {"from_model": word, "to_model": word, "provider": word, "role": "verifier"}
    yield S.SWITCH, "", {**switch, "reason": word, "error": word}, 1
    yield from _text(word, 2)
    yield from _call(word, 2)
    yield TurnEventType.TOOL_ASKING, "", {"id": word, "name": word}, 2
    yield TurnEventType.TOOL_ANSWERED, "", {"id": word, "allowed": True}, 2
    yield T.TOOL_RESULT, "", {"id": word, "name": word, "result": word, "time_ms": 5}, 2
    yield S.COST, "", _cost(word, "verifier"), 2
    yield T.STEP, "", {**models, "role": "verifier"}, 2
    yield from _text(word, 3)
    yield S.COST, "", _cost(word, "verifier"), 3
    yield S.COMPLETE, "", {"notice": word}, 3


def failure(word: str) -> TurnEvent:
    """How it ends instead of its last event."""
    data = {"error": word, "code": "x", "retryable": False, "attempt": 3}
    return TurnEvent(S.ERROR, "", data, len(story(word)), 99, 3)


def executing(word: str) -> TurnEvent:
    """What comes before a result, where it is of a call that is known."""
    data = {"id": word, "name": word}
    return TurnEvent(T.TOOL_EXECUTING, "", data, len(story(word)), 99, 2)


def ends(word: str) -> list[TurnEvent]:
    """Other ways to end."""
    kinds = (TurnEventType.STOPPED, TurnEventType.INTERRUPTED, TurnEventType.DRAFT_USED)
    return [TurnEvent(kind, "", {"model": word}, len(story(word)), 99, 1) for kind in kinds]


def _text(word: str, attempt: int) -> Iterator[Told]:
    """In so many pieces, cut anywhere, and with something after it."""
    text = f"Before\n\n{word}\n\nAfter {word}"
    size = len(text) // PIECES + 1
    for start in range(0, size * PIECES, size):
        yield S.CHUNK, text[start : start + size], {}, attempt


def _call(word: str, attempt: int) -> Iterator[Told]:
    named = {"id": word, "name": word}
    yield T.TOOL_CALL_START, "", named, attempt
    yield T.TOOL_CALL_DELTA, word, named, attempt
    arguments = {word: word, "more": [word, {word: None}]}
    yield T.TOOL_CALL_COMPLETE, "", {"tool_call": {**named, "arguments": arguments}}, attempt


def _route(word: str) -> dict[str, Any]:
    return {
        "strategy": "cascade",
        "complexity": "simple",
        "reason": word,
        "models": [word, word],
        "predicted_acceptance": None,
    }


def _cost(word: str, role: str) -> dict[str, Any]:
    money = dict.fromkeys(
        ("cost_usd", "total_usd", "baseline_usd", "saved_usd", "only_draft_usd"), "0.01"
    )
    times = {"first_token_ms": 1, "latency_ms": 2}
    counted = {"exactness": "exact", "counted_by": "provider", "finish": "stop", "usage": USAGE}
    return {"model": word, "role": role, **money, **times, **counted}


def _decision(word: str) -> dict[str, Any]:
    numbers = {"score": 0.4, "threshold": 0.7, "confidence": 0.6, "early": False}
    check = {"name": word, "value": 0.5, "contribution": -1.0, "passed": False, "note": word}
    words = {"reason": word, "kind": "fact", "promise": word, "saves_usd": None}
    return {"accepted": False, **numbers, **words, "checks": [check, {**check, "note": ""}]}


def told(word: str, events: Iterable[TurnEvent]) -> TurnState:
    """After these have happened."""
    state = asked(word)
    for event in events:
        state.apply(event)
    return state
