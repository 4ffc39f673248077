"""How a draft came to its choice among options."""

# ruff: noqa: RUF001  (texts in other scripts are what is tested)

import math
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.quality import UNTRAINED, Confidence, Kind, decide
from chat.cascade.quality.case import Case
from chat.cascade.quality.checks.choice import choice
from chat.cascade.quality.checks.choice.chosen import figures
from chat.cascade.quality.kinds import kind_of
from tests.pace import cpu_seconds

PRICES = (
    "A coat of $80 is sold for 15 % less. What does it cost?\nA. $65\nB. $68.00\nC. $72\nD. $95"
)
PLANTS = (
    "What do leaves take from the air?\n"
    "A. carbon dioxide by night\nB. carbon dioxide by day\nC. nitrogen\nD. noble gases"
)
PLANETS = "Which planet is the largest?\nA. Earth\nB. Jupiter\nC. Mars\nD. Venus"
PRIMES = "Which of these are primes? Select all that apply.\nA. 4\nB. 5\nC. 6\nD. 7"
WORKING = "Fifteen percent of 80 is 12, and so the price of the coat is 80 - 12 = 68 dollars. "


def found(prompt: str, draft: str, confidence: Confidence | None = None) -> dict[str, float]:
    case = Case(prompt, draft, confidence=confidence)
    return {finding.name: finding.value for finding in choice(case)}


FOUND = {
    "a letter": (PRICES, "B", {"choice_given": 1, "choice_computed": 0}),
    "no letter": (PRICES, WORKING, {"choice_given": 0}),
    "a letter that is no option": (PRICES, f"{WORKING}The answer is (E).", {"choice_given": 0}),
    "several": (PLANTS, "The answer is (A, C).", {"choice_given": 2}),
    "several that were asked for": (PRIMES, "B, D", {"choice_given": 1}),
    "none that were asked for": (PRIMES, "There are two.", {"choice_given": 0}),
    "several where one was asked for": (PLANETS, "B, D", {"choice_given": 2}),
    "a letter and its text": (PLANETS, "B. Jupiter", {"choice_given": 1}),
    "a letter and another's text": (PLANETS, "C. Jupiter", {"choice_given": 2}),
    "a letter and a sentence on another": (
        PLANETS,
        "C. Jupiter is the largest planet.",
        {"choice_given": 2},
    ),
    "a sentence on another before the letter": (
        PLANETS,
        "Jupiter is the largest planet, so the answer is C.",
        {"choice_given": 2},
    ),
    "a sentence on the option before the letter": (
        PLANETS,
        "Jupiter is the largest planet, so the answer is B.",
        {"choice_given": 1},
    ),
    "another denied": (PLANETS, "Mars isn't it, so the answer is B.", {"choice_given": 1}),
    "another compared with": (PLANETS, "B. Earth is smaller than Jupiter", {"choice_given": 1}),
    "changed within a line": (
        PRICES,
        f"{WORKING}The answer is not listed, but the closest answer is (D). The answer is (B).",
        {"choice_given": 1, "choice_reached": 1, "choice_others": 1},
    ),
    "a letter first": (PLANTS, "B\n\nLeaves need light for it.", {"choice_given": 1}),
    "the text of an option": (PLANTS, "Nitrogen", {"choice_given": 1}),
    "reached": (PRICES, f"{WORKING}The answer is (B).", {"choice_reached": 1, "choice_numbers": 1}),
    "another's number": (PRICES, f"{WORKING}The answer is (C).", {"choice_reached": -1}),
    "nobody's number": (
        PRICES,
        "Fifteen percent of 80 is about 11.3, which leaves 68.7 dollars.\nThe answer is (B).",
        {"choice_reached": 0, "choice_numbers": 0},
    ),
    "other words": (
        PLANTS,
        "By night and by day leaves breathe, but what they keep is nitrogen.\nThe answer is (D).",
        {"choice_corrections": 1},
    ),
    "no option fits": (
        PRICES,
        "Fifteen percent of 80 is 12, so 92. None of the options match; the closest is D.\n"
        "The answer is (D).",
        {"choice_misfit": 2},
    ),
    "no option fits, in German": (
        PRICES,
        "Das sind 92 Dollar, aber keine der Antworten passt genau dazu.\nAntwort: D",
        {"choice_misfit": 1, "choice_given": 1},
    ),
    "other letters": (
        PLANTS,
        "Option A is wrong since it needs light, and option C is never taken up.\n"
        "The answer is (B).",
        {"choice_others": 2},
    ),
}


@pytest.mark.parametrize(("prompt", "draft", "expected"), FOUND.values(), ids=FOUND)
def test_findings(prompt: str, draft: str, expected: dict[str, float]) -> None:
    seen = found(prompt, draft)
    assert {name: seen.get(name) for name in expected} == expected


def test_the_conclusion_takes_up_the_option_chosen_or_another() -> None:
    working = "Leaves need light for it, so they take up carbon dioxide while it is day. "
    assert found(PLANTS, f"{working}The answer is (B).")["choice_taken_up"] > 0
    assert found(PLANTS, f"{working}The answer is (D).")["choice_taken_up"] < 0


def test_where_the_model_tells_how_sure_it_is_nothing_is_guessed_from_outside() -> None:
    assert set(found(PRICES, "B", Confidence(answer=(-0.1,)))) == {"choice_given", "options_alike"}


def test_a_prompt_without_options_finds_nothing() -> None:
    assert found("What is red?", "The answer is (B).") == {}


def test_the_rules_keep_a_plain_letter_and_refuse_a_contradicted_one() -> None:
    assert decide(PLANTS, "B", calibration=UNTRAINED).accepted
    contradicted = decide(PRICES, f"{WORKING}The answer is (C).", calibration=UNTRAINED)
    assert (contradicted.accepted, contradicted.reason) == (False, "choice_reached")


WRAPPERS = (
    "{q}",
    "Question: {q}",
    "Answer the following multiple choice question.\n\n{q}\n\nAnswer: ",
    "Here is one from my homework. Say which option is right and why.\n\n{q}\n\nThank you!",
    "Please reply in JSON.\n\nQuestion: {q}",
)
MARKS = (
    "{w}\nThe answer is (B).",
    "{w}\n\n**Answer:** B",
    "{w}\n#### B",
    "{w}\nFinal answer: B.",
    "{w}\n\\boxed{{B}}",
    '{{"reasoning": "{w}", "answer": "B"}}',
)


@pytest.mark.parametrize("question", [PRICES, PLANTS])
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_rewording_the_prompt_changes_no_finding(question: str, wrapper: str) -> None:
    prompt, draft = wrapper.format(q=question), f"{WORKING}The answer is (B)."
    assert kind_of(Case(prompt, draft)) == Kind.CHOICE
    assert found(prompt, draft) == found(question, draft)


def test_a_beginning_with_a_colon_is_no_label() -> None:
    for wrapper in WRAPPERS:
        prompt = wrapper.format(q="Plants live on:\nA. light\nB. dark")
        assert found(prompt, "A")["choice_question_length"] == pytest.approx(math.log1p(15))


@pytest.mark.parametrize("mark", MARKS)
def test_how_the_answer_is_marked_changes_no_finding(mark: str) -> None:
    seen = found(PRICES, mark.format(w=WORKING.strip()))
    plain = found(PRICES, MARKS[0].format(w=WORKING.strip()))
    assert seen == pytest.approx(plain, abs=0.05)


SPOKEN = {
    "German": (
        "Was kostet er?\nA. 65 €\nB. 68,00 €\nC. 72 €",
        "Das macht 80 - 12 = 68 Euro.",
        "\nAntwort: B",
    ),
    "Spanish": (
        "¿Cuánto cuesta?\nA) 65 €\nB) 68,00 €\nC) 72 €",
        "Son 80 - 12 = 68 euros.",
        "\nRespuesta: B",
    ),
    "French": (
        "Combien ?\nA. 65 €\nB. 68,00 €\nC. 72 €",
        "Cela fait 80 - 12 = 68 euros.",
        "\nRéponse : B",
    ),
    "Chinese": (
        "多少钱？\nA. 65元\nB. 68元\nC. 72元",
        "打折以后的价格是 80 - 12 = ６８ 元。",
        "\n答案是 B",
    ),
    "Arabic": ("كم السعر؟\nA. ٦٥\nB. ٦٨\nC. ٧٢", "السعر بعد الخصم هو ٨٠ - ١٢ = ٦٨.", "\nالجواب: B"),
}


@pytest.mark.parametrize(("prompt", "working", "answer"), SPOKEN.values(), ids=SPOKEN)
def test_no_language_is_at_a_disadvantage(prompt: str, working: str, answer: str) -> None:
    working = f"{working} " * 2
    seen = found(prompt, working + answer)
    assert (seen["choice_given"], seen["choice_reached"], seen["choice_numbers"]) == (1, 1, 1)
    rules = UNTRAINED.scorers[Kind.CHOICE]
    english = Case(PRICES, f"{WORKING}The answer is (B).")
    foreign = Case(prompt, working + answer)
    assert rules.score(choice(foreign)) >= rules.score(choice(english)) - 0.1


NUMBERS = "1,234.5 1.234,5 １２３ ٣٫٥ 12,000 3,5 0.25 1,234,567 1.234.567 1\u202f234,5 7. 5,"


def test_numbers_are_read_in_all_their_forms() -> None:
    assert figures(NUMBERS) == [
        *(1234.5, 1234.5, 123, 3.5, 12000, 3.5, 0.25, 1234567, 1234567, 1234.5, 7, 5)
    ]


TEXTS = st.text(alphabet="ABC abc.():\n12,=-The answer is", max_size=300)


@given(TEXTS | st.text(), TEXTS | st.text())
def test_any_draft_is_looked_at(prompt: str, draft: str) -> None:
    names = [finding.name for finding in choice(Case(f"{prompt}\nA. x 1\nB. y 2", draft))]
    assert len(names) == len(set(names))


BOMBS = {
    "numbers": "1.2,3 " * 20_000,
    "digits": "1" * 100_000,
    "groups of digits": "1 234 " * 17_000,
    "letters": "a" * 100_000,
    "nots": "not the one of " * 7_000,
    "errors": "error in the a b " * 6_000,
    "brackets": "(A) " * 25_000,
    "options": "A. x\nB. y\n" * 10_000,
    "answers": "the answer is " * 7_000,
    "spaces": "answer:" + " " * 100_000,
    "Chinese": "答案" * 50_000,
    "commas": "A, B, " * 17_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_time_is_bounded(bomb: str) -> None:
    drafts = (f"{bomb}\nThe answer is (B).", f"(B){bomb}", f"The answer is B {bomb}")
    cases = [(PRICES, draft) for draft in drafts] + [(f"{bomb}\n{PRICES}\n{bomb}", bomb)]
    for prompt, draft in cases:
        assert cpu_seconds(partial(decide, prompt, draft)) < 0.05
