"""A busy process gives up smoothness before it falls behind."""

from contextlib import ExitStack

import pytest

from chat.cascade.pace import Pace


@pytest.mark.parametrize(("many", "seconds"), [(1, 0.05), (10, 0.074), (20, 0.1), (500, 0.1)])
def test_a_pace_is_as_long_as_many_keep_it(many: int, seconds: float) -> None:
    pace = Pace(0.05)
    with ExitStack() as keeping:
        for _ in range(many):
            keeping.enter_context(pace)
        assert pace.s == pytest.approx(seconds, rel=0.01)
    with pace:
        assert pace.s == 0.05
