"""What must be true after every fault, by the database, the provider and the viewers alone."""

import time

from tests.faults.fleet import Fleet
from tests.faults.viewer import Viewer
from tests.loopback import Received

CLOSES_WITHIN_S = 1.0


def hold(fleet: Fleet, prompt: str, *viewers: Viewer, calls: int = 1) -> None:
    """The one turn of this prompt has ended, and everybody agrees on how."""
    [(status, last_seq)] = fleet.rows(
        "SELECT status, last_seq FROM chat_turn WHERE prompt = ?", prompt
    )
    assert status in ("completed", "stopped", "failed", "interrupted")
    texts = kept_texts(fleet, prompt)
    for viewer in viewers:
        seen = viewer.last
        assert seen is not None
        assert (seen.status, seen.ends) == (status, 1)
        assert seen.seq == last_seq
        assert seen.texts == {number: text for number, text in texts.items() if text}
    asked = calls_for(fleet, prompt)
    assert len(texts) == asked == calls
    unsettled = fleet.rows(
        "SELECT count(*) FROM chat_attempt a JOIN chat_turn t ON a.turn_id = t.id"
        " WHERE t.prompt = ? AND NOT a.settled",
        prompt,
    )
    assert unsettled == [(0,)]
    assert open_upstreams(fleet, prompt) == 0


def kept_texts(fleet: Fleet, prompt: str) -> dict[int, str]:
    """By attempt, of all turns of the prompt."""
    return dict(
        fleet.rows(
            "SELECT a.number, a.text FROM chat_attempt a JOIN chat_turn t ON a.turn_id = t.id"
            " WHERE t.prompt = ?",
            prompt,
        )
    )


def calls_for(fleet: Fleet, prompt: str) -> int:
    return len(_requests(fleet, prompt))


def open_upstreams(fleet: Fleet, prompt: str) -> int:
    """After a moment, for a connection to be seen closed."""
    until = time.monotonic() + CLOSES_WITHIN_S
    while time.monotonic() < until:
        open_now = [r for r in _requests(fleet, prompt) if r.left_at is None and not r.is_finished]
        if not open_now:
            return 0
        time.sleep(0.02)
    return len(open_now)


def left_at(fleet: Fleet, prompt: str) -> float | None:
    """When the product closed its connection to the provider, by `time.monotonic()`."""
    return _requests(fleet, prompt)[-1].left_at


def _requests(fleet: Fleet, prompt: str) -> list[Received]:
    return [r for r in fleet.provider.requests if r.body["messages"][-1]["content"] == prompt]
