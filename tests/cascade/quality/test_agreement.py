"""Two answers that say the same, and two that do not, told apart without a model."""

import pytest

from chat.cascade.quality.agreement import agree, comparable
from chat.cascade.quality.case import Case
from chat.cascade.tools.call import ToolCall
from chat.cascade.tools.judging import JudgedCall

SUM = "A box holds 12 eggs. How many eggs do 3 boxes hold?"
CHOICE = "Which is a river?\nA. Rhine\nB. Rome\nC. Rhodes"
FACT = "Who painted the ceiling of the Sistine Chapel?"
PROSE = "Tell me about rivers."

PAIRS = {
    "same number, other words": (SUM, "12 * 3 = 36 eggs. The answer is 36.", "36", True),
    "same number, other form": (SUM, "#### 1,236", "The answer is 1236.0", True),
    "other number": (SUM, "The answer is 36.", "The answer is 35.", False),
    "no number": (SUM, "The answer is many.", "36", None),
    "same letter": (CHOICE, "The answer is (A).", "A", True),
    "other letter": (CHOICE, "The answer is (A).", "B", False),
    "not a letter offered": (CHOICE, "The answer is (E).", "A", None),
    "same fact": (FACT, "Michelangelo", "michelangelo.", True),
    "other fact": (FACT, "Michelangelo", "Raphael", False),
    "prose": (PROSE, "Rivers flow.", "Rivers flow.", None),
}


@pytest.mark.parametrize(("prompt", "one", "other", "same"), PAIRS.values(), ids=PAIRS)
def test_answers_are_compared_by_what_they_say(prompt, one, other, same):
    assert agree(Case.of(prompt, one), Case.of(prompt, other)) is same


def test_prose_cannot_be_compared_and_a_sum_can():
    assert not comparable(Case.of(PROSE, ""))
    assert comparable(Case.of(SUM, ""))


def calling(*calls: tuple[str, dict[str, object]]) -> Case:
    tools = [{"name": "weather", "description": "", "parameters": {"type": "object"}}]
    judged = [JudgedCall(ToolCall(str(at), name, given)) for at, (name, given) in enumerate(calls)]
    return Case.of("How is the weather?", "", tools=tools, calls=judged)


def test_calls_agree_in_any_order_and_case_of_letters():
    one = calling(("weather", {"city": "Oslo"}), ("weather", {"city": "Rome"}))
    other = calling(("weather", {"city": "rome"}), ("weather", {"city": "oslo"}))
    assert agree(one, other) is True
    assert agree(one, calling(("weather", {"city": "Oslo"}))) is False
    assert agree(calling(), calling()) is True
