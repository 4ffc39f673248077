"""Two answers that say the same, and two that do not, told apart without a model."""

import pytest

from chat.cascade.quality.agreement import agree, comparable
from chat.cascade.quality.case import Case
from chat.cascade.tools.call import ToolCall
from chat.cascade.tools.judging import JudgedCall

SUM = "A box holds 12 eggs. How many eggs do 3 boxes hold?"
CHOICE = "Which is a river?\nA. Rhine\nB. Rome\nC. Rhodes"
LEFT = "Tom has 3 boxes with 24 pencils each. He gives away 17. How many pencils are left?"
TRIP = "A train leaves at 9:45 and arrives at 13:20. How long is the trip?"
SPEED = "If I drive 240 km in 3 hours, what is my average speed?"
AREA = "3 fields have 5 m² each: what is the total area?"
TAX = "Wie viel sind 19 % von 1.200 €?"
SOLVE = "Solve 2x + 6 = 14."
CAPITAL = "What is the capital of France?"
WAR = "When did World War II end?"
PRIME = "Is 7 a prime number?"
FACT = "Who painted the ceiling of the Sistine Chapel?"
PROSE = "Tell me about rivers."

PAIRS = {
    "same number, other words": (SUM, "12 * 3 = 36 eggs. The answer is 36.", "36", True),
    "same number, other form": (SUM, "#### 1,236", "The answer is 1236.0", True),
    "other number": (SUM, "The answer is 36.", "The answer is 35.", False),
    "a sum and its result": (LEFT, "3 * 24 = 72, 72 - 17 = 55. He has 55 left.", "55", True),
    "beside what is given": (LEFT, "55 left after giving away 17.", "55 pencils", True),
    "other number beside the same": (LEFT, "65 left of his 72.", "55 left of his 72.", False),
    "a number and its proof": (LEFT, "55 left, and check: 55 + 17 = 72", "55", None),
    "other hours, same minutes": (TRIP, "4 hours 35 minutes", "3 hours 35 minutes", False),
    "hours or minutes": (TRIP, "3 hours 35 minutes", "215 minutes", None),
    "other minutes on the clock": (TRIP, "13:35", "13:40", False),
    "units in the working": (SPEED, "240 km / 3 h = 80 km/h", "80", True),
    "another unit beside it": (SPEED, "80 km/h (about 50 mph)", "80 km/h", True),
    "units that differ": (SPEED, "80 km/h", "50 mph", None),
    "other square metres": (AREA, "15 m²", "14 m²", False),
    "other power, written out": (AREA, "54 cm^3", "27 cm^3", False),
    "decimal commas": (TAX, "228 €", "228,00 €", True),
    "other number with decimal commas": (TAX, "1.428,00 €", "9.999,00 €", False),
    "a share and its percentage": (TAX, "20 %", "0.2", True),
    "other percentage": (TAX, "20 %", "30", False),
    "an unknown and its proof": (SOLVE, "x = 4, since 2·4 + 6 = 14", "4", True),
    "an unknown in steps": (SOLVE, "2x = 8, so x = 4", "x = 5", False),
    "an unknown of two values": (SOLVE, "x = 4 or x = -4", "x = 4", None),
    "a fraction": (SOLVE, "\\frac{3}{4}", "0.75", True),
    "other fraction": (SOLVE, "3/4", "2/4", False),
    "rounded": (SOLVE, "x = 3.33", "x = 3.3333", None),
    "rounded away": (SOLVE, "x = 3.33", "x = 3.4", False),
    "not rounded": (SOLVE, "x = 3", "x = 3.4", False),
    "below zero": (SOLVE, "-3", "3", False),
    "no number": (SUM, "The answer is many.", "36", None),
    "same letter": (CHOICE, "The answer is (A).", "A", True),
    "other letter": (CHOICE, "The answer is (A).", "B", False),
    "letter in a sentence": (CHOICE, "I think it is B", "B", True),
    "same and other letter": (CHOICE, "A and B", "A and C", False),
    "letters of which one is denied": (CHOICE, "The answer is A.", "A is right, B is not.", None),
    "its words for a letter": (CHOICE, "Rhine", "A. Rhine", True),
    "not a letter offered": (CHOICE, "The answer is (E).", "A", None),
    "same fact": (FACT, "Michelangelo", "michelangelo.", True),
    "other fact": (FACT, "Michelangelo", "Raphael", False),
    "fact in a sentence": (CAPITAL, "Paris", "The capital of France is **Paris**.", True),
    "other fact in a sentence": (CAPITAL, "Lyon", "The capital of France is Paris.", False),
    "fact denied": (CAPITAL, "It isn't Paris, it is Lyon", "Paris", None),
    "part of a name": (FACT, "Michelangelo Buonarroti", "Michelangelo", True),
    "names that share a part": (FACT, "Leonardo da Vinci", "Leonardo DiCaprio", None),
    "a name denied with a refusal": (FACT, "I cannot answer that.", "Michelangelo", False),
    "year in a sentence": (WAR, "World War II ended in 1945.", "1945", True),
    "other year in a sentence": (WAR, "World War II ended in 1944.", "1945", False),
    "day and month in turn": (WAR, "8 May 1945", "May 8, 1945", True),
    "day of another year": (WAR, "8 May 1945", "8 May 1946", False),
    "number in words": ("How many legs does a spider have?", "Eight.", "8", None),
    "yes and more": (PRIME, "Yes.", "Yes, 7 is a prime number.", True),
    "no and more": (PRIME, "No.", "Yes, 7 is a prime number.", False),
    "no in other words": (PRIME, "No.", "7 is not a prime number.", None),
    "prose": (PROSE, "Rivers flow.", "Rivers flow.", None),
}


@pytest.mark.parametrize(("prompt", "one", "other", "same"), PAIRS.values(), ids=PAIRS)
def test_answers_are_compared_by_what_they_say(prompt, one, other, same):
    assert agree(Case(prompt, one), Case(prompt, other)) is same
    assert agree(Case(prompt, other), Case(prompt, one)) is same


def test_prose_cannot_be_compared_and_a_sum_can():
    assert not comparable(Case(PROSE, ""))
    assert comparable(Case(SUM, ""))


def calling(*calls: tuple[str, dict[str, object]]) -> Case:
    tools = [{"name": "weather", "description": "", "parameters": {"type": "object"}}]
    judged = [JudgedCall(ToolCall(str(at), name, given)) for at, (name, given) in enumerate(calls)]
    return Case("How is the weather?", "", tools=tools, calls=judged)


def test_calls_agree_in_any_order_and_case_of_letters():
    one = calling(("weather", {"city": "Oslo"}), ("weather", {"city": "Rome"}))
    other = calling(("weather", {"city": "rome"}), ("weather", {"city": "oslo"}))
    assert agree(one, other) is True
    assert agree(one, calling(("weather", {"city": "Oslo"}))) is False
    assert agree(calling(), calling()) is True
