"""What must be true after every fault, by the database, the provider and the viewers alone."""

import time
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from tests.faults.fleet import Fleet
from tests.faults.viewer import Viewer
from tests.loopback import Received

CLOSES_WITHIN_S = 1.0
ENDS = ("completed", "stopped", "failed", "interrupted")
INPUT_USD, OUTPUT_USD = Decimal(10) / 10**6, Decimal(20) / 10**6
"""What a token of the last model costs, by `tests.faults.prepare`."""


def hold(fleet: Fleet, prompt: str, *viewers: Viewer, turns: int = 1) -> None:
    """The turns of this prompt have ended, each with one call, and everybody agrees on how."""
    found = {
        str(UUID(str(turn))): (status, last_seq)
        for turn, status, last_seq in fleet.rows(
            "SELECT id, status, last_seq FROM chat_turn WHERE prompt = ?", prompt
        )
    }
    assert len(found) == turns
    assert all(status in ENDS for status, _ in found.values())
    for viewer in viewers:
        seen = viewer.last
        assert seen is not None
        assert (seen.status, seen.seq) == found[seen.turn]
        assert seen.ends == 1
        texts = _texts(fleet, "t.id", UUID(seen.turn).hex)
        assert seen.texts == {number: text for number, text in texts.items() if text}
    assert len(_attempts(fleet, prompt)) == calls_for(fleet, prompt) == turns
    assert all(settled for *_, settled in _attempts(fleet, prompt))
    _billed_as_told(fleet, prompt)
    assert open_upstreams(fleet, prompt) == 0


def nothing_left(fleet: Fleet) -> None:
    """No turn without its end, no attempt without its bill, no call without its attempt.

    The attempts of a turn that was deleted stay, and count.
    """
    live = "SELECT prompt FROM chat_turn WHERE status IN ('queued', 'running')"
    unsettled = "SELECT text FROM chat_attempt WHERE NOT settled"
    assert not fleet.rows(live)
    assert not fleet.rows(unsettled)
    assert fleet.rows("SELECT count(*) FROM chat_attempt") == [(len(fleet.requests),)]
    assert _none_within(CLOSES_WITHIN_S, lambda: _open(fleet.requests))


def kept_texts(fleet: Fleet, prompt: str) -> dict[int, str]:
    """By attempt, of the one turn of the prompt."""
    return _texts(fleet, "t.prompt", prompt)


def calls_for(fleet: Fleet, prompt: str) -> int:
    return len(_requests(fleet, prompt))


def open_upstreams(fleet: Fleet, prompt: str) -> int:
    """After a moment, for a connection to be seen closed."""
    _none_within(CLOSES_WITHIN_S, lambda: _open(_requests(fleet, prompt)))
    return len(_open(_requests(fleet, prompt)))


def left_at(fleet: Fleet, prompt: str) -> float | None:
    """When the product closed its connection to the provider, by `time.monotonic()`."""
    return _requests(fleet, prompt)[-1].left_at


def _billed_as_told(fleet: Fleet, prompt: str) -> None:
    """Of a turn that was completed, the ledger has the tokens the provider told, at their price."""
    told = [request.usage for request in _requests(fleet, prompt)]
    for status, given, taken, cost_usd, _ in _attempts(fleet, prompt):
        if status == "completed":
            assert (given, taken) in told
            assert Decimal(str(cost_usd)) == given * INPUT_USD + taken * OUTPUT_USD
            told.remove((given, taken))


def _attempts(fleet: Fleet, prompt: str) -> list[tuple[str, int, int, object, bool]]:
    return fleet.rows(
        "SELECT t.status, a.input_tokens, a.output_tokens, a.cost_usd, a.settled"
        " FROM chat_attempt a JOIN chat_turn t ON a.turn_id = t.id WHERE t.prompt = ?",
        prompt,
    )


def _texts(fleet: Fleet, field: str, value: str) -> dict[int, str]:
    return dict(
        fleet.rows(
            "SELECT a.number, a.text FROM chat_attempt a JOIN chat_turn t ON a.turn_id = t.id"
            f" WHERE {field} = ?",
            value,
        )
    )


def _requests(fleet: Fleet, prompt: str) -> list[Received]:
    return [r for r in fleet.requests if r.body["messages"][-1]["content"] == prompt]


def _open(requests: list[Received]) -> list[Received]:
    return [r for r in requests if r.left_at is None and not r.is_finished]


def _none_within(seconds: float, find: Callable[[], list[Received]]) -> bool:
    until = time.monotonic() + seconds
    while found := find():
        if time.monotonic() > until:
            break
        time.sleep(0.02)
    return not found
