"""What is drawn of figures."""

from chat.costs.drawings import adding_up, spark
from chat.costs.figures import Figures
from chat.costs.groups import Group


def day(name: str, spent: int) -> Group:
    return Group(name, Figures(turns=1, compared=1, spent=spent, baseline=2 * spent))


def test_days_without_turns_have_their_width_too() -> None:
    days = [day("2026-02-27", 10), day("2026-02-28", 20), day("2026-03-03", 20)]
    lines = adding_up(days)
    assert lines["baseline"] == "0.00,39.00 20.00,31.40 40.00,16.20 80.00,16.20 100.00,1.00"
    assert lines["compared_spent"] == "0.00,39.00 20.00,35.20 40.00,27.60 80.00,27.60 100.00,20.00"
    assert lines["only_draft"] == "0.00,39.00 20.00,39.00 40.00,39.00 80.00,39.00 100.00,39.00"


def test_a_line_has_two_ends() -> None:
    assert spark([1]) == spark([]) == ""
    assert spark([0, 2, 1]) == "0.00,23.00 50.00,1.00 100.00,12.00"
