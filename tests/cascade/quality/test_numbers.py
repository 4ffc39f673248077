"""Drafts that answer with a number: which questions these are, and what is found in the draft."""

# ruff: noqa: RUF001  (other scripts are meant as they are)

import json
import math
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade import decide
from chat.cascade.quality import UNTRAINED, Confidence
from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.checks.numbers import numbers
from chat.cascade.quality.kinds import Kind, kind_of
from tests.pace import cpu_seconds

CRATES = (
    "A grocer has 6 crates with 14 melons each. He sells 30 melons and gives a third of the rest"
    " to a school. How many melons does he keep?"
)
STEPS = "He starts with 6 * 14 = 84 melons. After selling he has 84 - 30 = 54. The school gets"
GOOD = f"{STEPS} 54 / 3 = 18, so 54 - 18 = 36 melons are kept."


def _found(prompt: str, draft: str, **known: Confidence) -> dict[str, Finding]:
    return {finding.name: finding for finding in numbers(Case(prompt, draft, **known))}


NUMBER = {
    "how many": CRATES,
    "what is the total": "Ann has 3 cats, Ben twice as many. What's the total number of cats?",
    "a command": "Calculate 17 * 23.",
    "formula": r"Find the smallest $n$ with $\frac{n}{3} > 7$.",
    "divisors": "How many divisors does 360 have?",
    "equation": "Solve for x: 3x + 10 = 5(x - 2).",
    "German": "Eine Kiste hat 12 Eier, davon sind 5 braun. Wie viele sind weiß?",
    "Spanish": "Ana tiene 12 huevos y rompe 5. ¿Cuántos quedan?",
    "French": "Une boîte a 12 œufs, on en casse 5. Combien en reste-t-il ?",
    "Chinese": "小明有12个鸡蛋，打破了5个，还剩多少个？",
    "Arabic": "لدى سارة 12 بيضة وكسرت 5. كم بقي لديها؟",
}
OTHER = {
    "advice": "What should I see in Rome in 2 days?",
    "composing": "Write a poem of 3 verses about how many stars there are in 2 skies.",
    "how to": "How can I find more time to read every week, and how much is enough?",
    "choosing": "Can you find me 2 hotels in 3 cities?",
    "the most popular": "What are the most popular places to visit every year?",
    "a vitamin": "What foods have vitamin b-12?",
    "a date": "When was the 3rd bridge opened?",
    "a count from memory": "How many moons does Mars have?",
    "explaining": "Explain how long a flight of 3,000 km takes.",
}


@pytest.mark.parametrize("prompt", NUMBER.values(), ids=NUMBER)
def test_question_of_a_number_is_told(prompt: str) -> None:
    assert kind_of(Case(prompt, "")) is Kind.NUMBER


@pytest.mark.parametrize("prompt", OTHER.values(), ids=OTHER)
def test_other_questions_with_numbers_are_not(prompt: str) -> None:
    assert kind_of(Case(prompt, "")) is not Kind.NUMBER


FOUND = {
    "wrong sum": ("sums_wrong", 1, "6 * 14 = 82. 82 - 30 = 52. The answer is 52."),
    "wrong note": ("sums_wrong", 1, "He has 6 * 14 = <<6*14=80>>84.\n#### 84"),
    "right sums": ("sums_wrong", 0, f"{GOOD} The answer is 36."),
    "result not used": ("results_unused", 1, "6 * 14 = 84. 14 + 6 = 20. The answer is 84."),
    "operand from nowhere": ("operands_unexplained", 1, "6 * 17 = 102. The answer is 102."),
    "number from nowhere": ("numbers_unexplained", 1, "He keeps 77 of them. The answer is 77."),
    "no answer": ("answer_marked", 0, GOOD),
    "answer not computed": ("answer_in_working", 0, f"{GOOD} The answer is 37."),
    "answer computed before": ("answer_last", 0.5, f"{GOOD} The answer is 54."),
    "answer computed last": ("answer_last", 1, f"{GOOD} The answer is 36."),
    "not a whole": ("answer_whole", 0, "84 / 5 = 16.8. The answer is 16.8."),
    "negative": ("answer_positive", 0, "6 - 14 = -8. The answer is -8."),
    "number of the question": ("answer_given", 1, "He keeps them. The answer is 30."),
    "out of scale": ("answer_scale", 3, "30 * 1000 = 30000. The answer is 30000."),
    "given, not mentioned": ("given_unused", 1, "6 * 14 = 84. The answer is 84."),
    "word not used": ("words_unused", 1, "6 * 14 - 30 = 54. The answer is 54."),
    "taken back": ("corrections", 2, "Wait, let's recalculate: 6 * 14 = 84. The answer is 84."),
}


@pytest.mark.parametrize(("name", "value", "draft"), FOUND.values(), ids=FOUND)
def test_finding(name: str, value: float, draft: str) -> None:
    assert _found(CRATES, draft)[name].value == pytest.approx(value)


SUMS = {
    "product and sum": ("How much is 25 \u00d7 4 + 10?", "25 \u00d7 4 + 10 = {}", "110", "120"),
    "in words": ("How much is 25 * 4 + 10?", "25 * 4 + 10 is {}", "110", "120"),
    "a command": ("Calculate 345 * 12", "345 * 12 = {}", "4140", "4100"),
    "a fact": ("What is 12 x 12?", "12 x 12 = {}", "144", "124"),
    "a power": ("What is 2 to the power of 10?", "2^10 = {}", "1024", "1048"),
    "thousands": ("What is 1,000,000 / 8?", "1,000,000 / 8 = {}", "125,000", "12,500"),
    "percents": ("What is 17% of 240?", "17% of 240 is {}.", "40.8", "42.8"),
    "a fact, in German": ("Was ist 12 mal 12?", "12 mal 12 ist {}.", "144", "124"),
    "a sum and no question": ("12*12", "12*12 = {}", "144", "124"),
    "in German": ("Berechne 48 / 6.", "48 / 6 = {}", "8", "9"),
    "told what to add": ("Add 17 and 25", "17 + 25 = {}", "42", "43"),
    "prices": (
        "Ein Pullover kostet 60 € und wird um 30 % reduziert. Was kostet er jetzt?",
        "30 % von 60 € sind 18 €. 60 € \u2212 18 € = {} €.",
        "42",
        "48",
    ),
}


@pytest.mark.parametrize(("prompt", "draft", "right", "wrong"), SUMS.values(), ids=SUMS)
def test_a_wrong_sum_of_a_line_is_set_aside_whatever_was_asked(
    prompt: str, draft: str, right: str, wrong: str
) -> None:
    assert decide(prompt, draft.format(right)).accepted
    decision = decide(prompt, draft.format(wrong), checks_off={"question_sum"})
    assert (decision.accepted, decision.reason) == (False, "sums_wrong")


NOT_ITS_SUMS = {
    "the question's own": ("Is 12 x 12 = 124?", "No: 12 x 12 = 124 is wrong."),
    "an estimate's": (
        "How much energy does a tree make, roughly?",
        "Take 20 square metres of leaves.\n\n20 * 365 * 24 = 170,000, so it is a lot of energy.",
    ),
    "a cup's": ("How do I make 3 pancakes?", "Take flour and milk (1/2 cup = 4 oz)."),
    "an address's": ("What does a /24 network hold?", "10.0.0.1/24 = 256 addresses."),
    "a year's": ("How long is a year?", "1 year = 365 * 24 * 60 minutes."),
    "of millions": ("What is 529 billion / 1440?", "529 billion / 1440 = 367 million."),
}


@pytest.mark.parametrize(("prompt", "draft"), NOT_ITS_SUMS.values(), ids=NOT_ITS_SUMS)
def test_no_sum_of_the_draft_is_called_wrong(prompt: str, draft: str) -> None:
    assert not [c for c in decide(prompt, draft).checks if c["name"] == "sums_wrong"]


AMOUNTS = {
    "a sum of decimals": ("How much is 15.50 plus 4.25?", "$19.75"),
    "a product of decimals": ("How much is 3 times 4.99?", "3 \u00d7 4.99 = 14.97"),
    "a share of a salary": (
        "I earn $52,000 a year. How much is that per month?",
        "$52,000 / 12 = $4,333.33 per month.",
    ),
    "at a rate": ("How much is 100 euros in dollars at a rate of 1.085?", "108.50"),
    "thousands of euros": (
        "Wie viel kostet das zusammen: 1.200 € und 350 €?",
        "1.200 € + 350 € = 1.550 €",
    ),
    "value added tax": (
        "Wie viel sind 19 % Mehrwertsteuer auf 1.200 €?",
        "19 % von 1.200 € sind 228 €. Der Bruttobetrag ist 1.428 €.",
    ),
}


@pytest.mark.parametrize(("prompt", "draft"), AMOUNTS.values(), ids=AMOUNTS)
def test_a_right_amount_is_kept_though_it_is_not_whole(prompt: str, draft: str) -> None:
    decision = decide(prompt, draft)
    assert decision.kind is Kind.NUMBER
    assert decision.accepted, decision.checks


def test_after_a_step_only_an_answer_far_from_what_was_given_is_told() -> None:
    prompt = "How much is 3 times 4.99?"
    assert "answer_scale" not in _found(prompt, "14.97")
    assert _found(prompt, "1497")["answer_scale"].value > 2


BROKEN = {
    "a count": ("Tom has 3 boxes of $5 pens, half full. How many pens are that?", "7.5"),
    "an age": ("Ann is half as old as Ben, who is 31 years. How old is Ann?", "31 / 2 = 15.5"),
    "whole numbers, and no sum": ("How much is 3 plus 4?", "7.5"),
}


@pytest.mark.parametrize(("prompt", "draft"), BROKEN.values(), ids=BROKEN)
def test_what_should_be_whole_is_found_broken(prompt: str, draft: str) -> None:
    assert _found(prompt, draft)["answer_whole"].value < 1


SPEED = "If I drive 240 km in 3 hours, what is my average speed?"
ANSWERS = {
    "behind the unknown": ("Solve 2x + 6 = 14.", "2x = 8, so x = 4.", "4"),
    "behind the unknown and a sum": ("Solve 2x + 6 = 14.", "x = 8 / 2 = 4 with 2 steps", "4"),
    "behind a sum with units": (SPEED, "240 km / 3 h = 80 km/h.", "80"),
    "behind the last of two sums": (
        "A recipe for 4 needs 300 g flour. How much for 6?",
        "300 g / 4 = 75 g per person, so for 6 people you need 75 \u00d7 6 = 450 g",
        "450",
    ),
    "behind what is said again": (
        "Ein Zug fährt um 14:35 ab und kommt um 17:10 an. Wie lange dauert die Fahrt?",
        "Von 14:35 bis 17:10 sind es 2 Stunden und 35 Minuten.",
        "2",
    ),
}


@pytest.mark.parametrize(("prompt", "draft", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_the_answer_of_a_line_is_what_it_comes_to(prompt: str, draft: str, answer: str) -> None:
    assert _found(prompt, draft)["answer_whole"].note == f"The answer: {answer}."
    assert decide(prompt, draft).accepted


def test_a_sum_with_units_is_done_again_within_a_longer_draft() -> None:
    draft = (
        "Speed is distance by time:\n\n240 km \u00f7 3 h = {} km/h\n\nThat is your average speed."
    )
    right, wrong = (decide(SPEED, draft.format(speed)) for speed in ("80", "**70**"))
    assert right.accepted
    assert (wrong.accepted, wrong.reason) == (False, "sums_wrong")


QUESTION_SUMS = {
    "12 x 12": ("What is 12 x 12?", "144", "124"),
    "in bold": ("Calculate 3+4", "The result is **7**.", "The result is **8**."),
    "in a sentence": ("What's 17 * 23?", "17 * 23 is 391.", "That comes to 381."),
    "with working": (
        "(3 + 4) * 2 = ?",
        "First 3 + 4 = 7.\n\nThen 7 * 2 = 14.",
        "First the bracket gives 7.\n\nDoubled, that makes 15.",
    ),
    "percent": ("What is 15% of 80?", "12", "14"),
    "a part": ("How much is 1/3 of 90?", "30", "33"),
    "rounded": ("What is 10 / 3?", "About 3.33", "3.5"),
    "as a fraction": ("1/3 + 1/3", "2/3", "2/6"),
    "a share added in words": ("What is $1,000 plus 8%?", "$1,080", "$1,180"),
    "a share taken in words": ("What is 200 minus 15 percent?", "170", "185"),
    "as a percentage": ("What is 1 / 4 + 1 / 4?", "50%", "25%"),
    "negative": ("5 - 8", "-3", "3"),
    "large": ("What is 1,000 * 1,000?", "1,000,000", "100,000"),
    "only the number": ("What is 2+2? Answer with just the number.", "4", "5"),
    "German": ("Was ist 7 geteilt durch 2?", "3,5", "3,7"),
    "French": ("Combien font 7 fois 8 ?", "56", "54"),
    "Spanish": ("\u00bfCu\u00e1nto es 7 por 8?", "56", "54"),
}
"""A sum, what it comes to, and what it does not."""


@pytest.mark.parametrize(("prompt", "right", "wrong"), QUESTION_SUMS.values(), ids=QUESTION_SUMS)
def test_a_question_that_is_a_sum_is_done(prompt: str, right: str, wrong: str) -> None:
    assert decide(prompt, right).accepted
    decision = decide(prompt, wrong)
    assert (decision.accepted, decision.reason) == (False, "question_sum")


NO_SUMS = {
    "a date": ("What is 9/11?", "The attacks of September 11, 2001."),
    "a span": ("1990-2000", "A decade: 10 years and a day."),
    "a question about numbers": ("What is 12 x 12 called?", "A gross, which is 12 dozen."),
    "of apples": ("What is 3 apples and 4 pears?", "Fruit for 2."),
    "in words": ("What is 2 + 2?", "Four."),
    "millions": ("What is 1000 * 5000?", "5 million"),
    "nothing to divide by": ("What is 4 / 0?", "It has no value: 0 divides nothing."),
}


@pytest.mark.parametrize(("prompt", "draft"), NO_SUMS.values(), ids=NO_SUMS)
def test_where_no_sum_is_asked_or_no_number_said_none_is_looked_for(
    prompt: str, draft: str
) -> None:
    assert not [c for c in decide(prompt, draft).checks if c["name"] == "question_sum"]


def test_note_says_what_is_wrong() -> None:
    found = _found(CRATES, "6 * 14 = 82. The answer is 82.")
    assert found["sums_wrong"].note == "“6 * 14 = 82” is wrong: it is 84."
    assert found["given_unused"].note == "The question's 30 is not used."


EQUATION = "Solve for x in the equation 3x + 10 = 5(x - 2)."
SOLUTIONS = {
    "right": (EQUATION, "x = 10", 1),
    "wrong": (EQUATION, "x = 9", 0),
    "a number alone": (EQUATION, "10", 1),
    "behind a step": (EQUATION, "20 = 2x, so x = 20 / 2 = 10", 1),
    "behind a wrong step": (EQUATION, "20 = 2x, so x = 9", 0),
    "one of two": ("Solve x^2 - 5x + 6 = 0", "(x-2)(x-3) = 0, so x = 2 or x = 3.", 1),
    "none of two": ("Solve x^2 - 5x + 6 = 0", "x = 1 or x = 6.", 0),
    "decimal comma": ("Löse 2x + 1,5 = 6,5 und finde x. Find x.", "x = 2,5", 1),
}


@pytest.mark.parametrize(("prompt", "draft", "value"), SOLUTIONS.values(), ids=SOLUTIONS)
def test_solution_is_put_back_into_its_equation(prompt: str, draft: str, value: float) -> None:
    assert _found(prompt, draft)["solution_holds"].value == value


def test_what_is_too_long_for_a_quantity_is_not_put_back() -> None:
    longest = "1" * 40
    assert "solution_holds" not in _found(f"Solve x + {longest} = 5 for x.", "x = 4")
    assert "solution_holds" not in _found(EQUATION, f"x = {longest}")


def test_a_step_is_no_solution() -> None:
    assert "solution_holds" not in _found(EQUATION, "2x = 20, and 10 = 5x - 3x - 10")


def test_fewer_that_is_added_is_contrary() -> None:
    prompt = "Cora has 40 beads. Dan has 5 fewer beads than Cora. How many beads has Dan?"
    assert _found(prompt, "40 + 5 = 45. The answer is 45.")["sign_contrary"].value == 1
    assert _found(prompt, "40 - 5 = 35. The answer is 35.")["sign_contrary"].value == 0


def test_formulas_are_judged_by_the_working_alone() -> None:
    found = _found(r"What is $\frac{2}{3}$ of $12^2$?", "144 * 2 / 3 = 96. The answer is 96.")
    assert found["formal_sums_wrong"].value == 0
    assert not {"question_length", "given_unused", "answer_scale"} & set(found)


def test_numbers_of_earlier_turns_are_known() -> None:
    history = [{"role": "user", "content": "A box holds 17 pens."}]
    prompt = "How many pens are in 3 boxes, and how many in half of them?"
    case = Case(prompt, "17 * 3 = 51. The answer is 51.", history=history)
    assert {f.name: f.value for f in numbers(case)}["operands_unexplained"] == 0


def test_sureness_is_told_where_it_is_known() -> None:
    sure = Confidence(answer=(math.log(0.9),), key=(0.0, math.log(0.2)))
    found = _found(CRATES, "36", confidence=sure)
    assert (found["sure_answer"].passed, found["unsure_tokens"].value) == (True, 1)
    assert "sure_answer" not in _found(CRATES, "36")


ASKED = {
    "bare": "{}",
    "label": "Question: {}",
    "heading and form": (
        "## Question:\n\n{}\n\n## Instruction\n\nReason first. Show your final answer in"
        ' the `answer` field, e.g. `"answer": "42"`.\n\n'
        '```json\n{{"reasoning": "_", "answer": "_"}}\n```'
    ),
    "form in a line": "{}\n\nPut your final answer after ####.",
}
ANSWERED = {
    "phrase": "{working}\nThe answer is {answer}",
    "hashes": "{working}\n#### {answer}",
    "bold": "{working}\n**Final Answer:** {answer}",
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("answered", [*ANSWERED.values(), "json"], ids=[*ANSWERED, "json"])
def test_wrapper_changes_neither_kind_nor_findings(asked: str, answered: str) -> None:
    prompt = asked.format(CRATES)
    if answered == "json":
        draft = json.dumps({"reasoning": GOOD, "answer": "36"})
    else:
        draft = answered.format(working=GOOD, answer=36)
    plain = _found(CRATES, f"{GOOD}\nThe answer is 36")
    assert kind_of(Case(prompt, draft)) is Kind.NUMBER
    wrapped = _found(prompt, draft)
    assert {n: f.value for n, f in wrapped.items()} == pytest.approx(
        {n: f.value for n, f in plain.items()}, abs=0.02
    )


TRANSLATED = {
    "German": (
        "Ein Händler hat 6 Kisten mit je 14 Melonen. Er verkauft 30. Wie viele behält er?",
        "Am Anfang hat er 6 * 14 = 84 Melonen. Er behält 84 - 30 = 54.\nAntwort: 54",
    ),
    "Spanish": (
        "Un frutero tiene 6 cajas con 14 melones cada una. Vende 30. ¿Cuántos le quedan?",
        "Al principio tiene 6 × 14 = 84 melones. Le quedan 84 − 30 = 54.\nRespuesta: 54",
    ),
    "French": (
        "Un marchand a 6 caisses de 14 melons. Il en vend 30. Combien de melons garde-t-il ?",
        "Au début il a 6 × 14 = 84 melons. Il garde 84 - 30 = 54 melons.\nRéponse : 54",
    ),
    "Chinese": (
        "商人有6箱瓜，每箱14个。他卖了30个。还剩多少个？",
        "一开始有6 × 14 = 84个，卖后有84 - 30 = 54个。\n答案是54",
    ),
    "Arabic": (
        "لدى تاجر 6 صناديق في كل منها 14 بطيخة. باع 30. كم بقي لديه؟",
        "في البداية ٦ × ١٤ = ٨٤. بقي ٨٤ - ٣٠ = ٥٤.\nالجواب: ٥٤",
    ),
}


@pytest.mark.parametrize(("prompt", "draft"), TRANSLATED.values(), ids=TRANSLATED)
def test_other_languages_are_read_and_not_penalised(prompt: str, draft: str) -> None:
    english = (
        "A grocer has 6 crates with 14 melons each. He sells 30. How many melons does he keep?",
        "At first he has 6 * 14 = 84 melons. He keeps 84 - 30 = 54.\nThe answer is 54",
    )
    wrong = draft.replace("84 - 30 = 54", "84 - 30 = 56").replace("٨٤ - ٣٠ = ٥٤", "٨٤ - ٣٠ = ٥٦")
    wrong = wrong.replace("84 − 30 = 54", "84 − 30 = 56")
    assert decide(prompt, draft, calibration=UNTRAINED).kind is Kind.NUMBER
    score = decide(prompt, draft, calibration=UNTRAINED).score
    assert score >= decide(*english, calibration=UNTRAINED).score - 0.05
    assert decide(prompt, wrong, calibration=UNTRAINED).score < score - 0.1


@given(st.text(max_size=300), st.text(alphabet="0123456789+-*/=%.,()$ x\n{}\\frac", max_size=300))
def test_any_draft_is_looked_at(prompt: str, draft: str) -> None:
    for question in (prompt, f"{prompt} How many of 12 are {draft}?"):
        assert all(math.isfinite(f.value) for f in numbers(Case(question, draft)))


BOMBS = {
    "equations": "12 * 4 = 48 apples. " * 10_000,
    "sums without spaces": "1+1=" * 25_000,
    "digits": "1" * 100_000,
    "thousands": "111'111 " * 12_000,
    "list": "1," * 50_000,
    "brackets": "(1+" * 30_000,
    "fractions": r"\frac{1}{" * 10_000,
    "powers": "9^9^9^9^" * 12_000,
    "notes": "<<1+1=2>>" * 11_000,
    "dollars": "$x" * 50_000,
    "answers": "the answer is 5 " * 6_000,
    "letters": "a b c d " * 12_000,
    "unknowns": "x = 1 h = " * 10_000,
    "units": "3 h / 2 km/h cm^2 " * 5_000,
    "thousands or not": "1.234 * 2 = 1 " * 7_000,
    "euros": "€1.234 " * 14_000,
    "what": "what " * 20_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_time_is_bounded(bomb: str) -> None:
    pairs = [(CRATES, bomb), (f"{bomb[:100_000]}? How many of 5 and 6?", bomb)]
    for prompt, draft in pairs:
        assert cpu_seconds(partial(decide, prompt, draft)) < 0.06
