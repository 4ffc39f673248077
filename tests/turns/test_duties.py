"""What every process does as long as it lives."""

import asyncio

import pytest

from chat.turns import duties


async def test_a_duty_that_broke_is_begun_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(duties, "BEGUN_AGAIN_S", 0)
    begun = asyncio.Queue[int]()

    async def sweep() -> None:
        begun.put_nowait(1)
        raise LookupError("no such row")

    duties._keep("sweeper", sweep)
    [task] = [task for task in duties._tasks if task.get_name() == "sweeper"]
    async with asyncio.timeout(5):
        await begun.get()
        await begun.get()
    assert "the sweeper broke" in caplog.text and "no such row" in caplog.text
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task not in duties._tasks
