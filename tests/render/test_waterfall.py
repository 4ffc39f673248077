"""Where the time of a turn went."""

from chat.render.waterfall import waterfall
from chat.turns.state import TurnState
from tests.scripted import Scripted
from tests.turns.scenarios import SCENARIOS, played
from tests.turns.test_push_equals_reload import folded


async def test_every_attempt_has_its_row_within_the_whole(scripted: Scripted) -> None:
    for name in ("accepted", "set aside", "direct"):
        turn = folded(await played(scripted, SCENARIOS[name]))
        turn.latency_ms = 1000
        rows = waterfall(turn)
        assert rows[0].attempt is None
        for row in rows:
            for span in row.spans:
                assert span.start_ms <= span.end_ms
                assert 0 <= float(span.x) <= float(span.x) + float(span.width) <= 100.01


async def test_a_draft_waits_is_written_and_is_checked(scripted: Scripted) -> None:
    turn = folded(await played(scripted, SCENARIOS["set aside"]))
    turn.latency_ms = 1000
    draft, verifier = turn.attempts
    assert draft.receipt and verifier.receipt
    draft.began_ms, draft.decided_ms = 10, 310
    draft.receipt.first_token_ms, draft.receipt.latency_ms = 90, 290
    verifier.began_ms, verifier.receipt.first_token_ms, verifier.receipt.latency_ms = 310, 190, 690
    told = [
        (span.kind, span.start_ms, span.end_ms) for row in waterfall(turn) for span in row.spans
    ]
    assert told == [
        ("route", 0, 10),
        ("wait", 10, 100),
        ("write", 100, 300),
        ("check", 300, 310),
        ("wait", 310, 500),
        ("write", 500, 1000),
    ]


def test_a_turn_that_nobody_timed_has_none() -> None:
    assert waterfall(TurnState(id="1", prompt="Why?")) == []
