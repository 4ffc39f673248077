"""Whether a short answer has the form its question asks for."""

# ruff: noqa: RUF001  (texts in other scripts are what is tested)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.quality.calibration import FITTED
from chat.cascade.quality.case import Case
from chat.cascade.quality.checks.fact import fact
from chat.cascade.quality.kinds import Kind, kind_of
from chat.cascade.quality.rules import RULES
from chat.cascade.quality.scorer import Scorers
from tests.pace import cpu_seconds

WHO = "Who painted the ceiling of the Sistine Chapel?"


def found(prompt: str, draft: str) -> dict[str, float]:
    return {finding.name: finding.value for finding in fact(Case(prompt, draft))}


FORMS = {
    "a name": (WHO, "Michelangelo", 1),
    "a name in a sentence": (WHO, "The answer is Michelangelo.", 1),
    "no name": (WHO, "a painter and his pupils", 0),
    "a year": ("When did the war end?", "1918", 1),
    "a month": ("When is harvest?", "in September", 1),
    "no time": ("When did the war end?", "They signed a treaty.", 0),
    "a number": ("How many legs has a spider?", "eight", 1),
    "no number": ("How many legs has a spider?", "Spiders are arachnids", 0),
    "no": ("Is a whale a fish?", "No, it is a mammal.", 1),
    "neither yes nor no": ("Is a whale a fish?", "Whales live in the sea.", 0),
    "one or the other": ("Is a whale a fish or a mammal?", "A mammal", None),
    "what": ("What is the largest moon of Saturn?", "Titan", None),
    "German": ("Wer malte die Decke?", "Michelangelo", None),
    "German for what": ("Was ist die Hauptstadt von Peru?", "Lima", None),
    "German for what, of an opinion": ("Was hältst du von Hunden?", "Sie sind treu.", None),
    "English for was": ("Was Lima founded by Pizarro?", "Lima", 0),
}


@pytest.mark.parametrize(("prompt", "draft", "form"), FORMS.values(), ids=FORMS)
def test_the_form_asked_for(prompt: str, draft: str, form: float | None) -> None:
    assert found(prompt, draft).get("fact_form") == form


@pytest.mark.parametrize("scorers", [RULES, FITTED], ids=["rules", "fitted"])
def test_a_form_that_is_missed_does_not_raise_the_score(scorers: Scorers) -> None:
    """That who, when and how many are answered well more often than not is the question's."""
    scorer = scorers[Kind.FACT]
    asked, lacks = fact(Case("When did the war end?", "They signed a treaty.")), 0
    for finding in asked:
        if not finding.passed:
            lacks += 1
            assert scorer.contribution(finding) <= 0
    assert lacks == 1
    told = {one.name: one for one in fact(Case("When did the war end?", "1918"))}
    assert scorer.contribution(told["fact_form"]) >= 0
    assert told["fact_asked"].note == "The question asks for a time."
    assert "fact_asked" not in found("What is the largest moon of Saturn?", "Titan")


def test_what_it_names_beside_the_first_is_counted() -> None:
    seen = found("Which rivers flow through Paris?", "The Seine, the Bièvre or so.")
    assert seen["fact_alternatives"] == 2


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ("Lima", "Names nothing beside the first."),
        ("Lima or Cusco", "Names one thing beside the first."),
        ("Lima, Cusco or Puno", "Names 2 things beside the first."),
    ],
)
def test_one_thing_is_not_called_things(draft: str, said: str) -> None:
    notes = {one.name: one.note for one in fact(Case("What is Peru's capital?", draft))}
    assert notes["fact_alternatives"] == said


def test_an_empty_draft_finds_nothing() -> None:
    assert found(WHO, " ") == {}


WRAPPERS = (
    "{q}",
    "Question: {q}\nAnswer:",
    "Answer the question below in a few words.\n\nQuestion: {q}\n\nAnswer: ",
    "Reply briefly. No explanations, please.\n\n{q}",
    "Here is one for you; keep the answer brief.\n\n{q}",
    "Only the answer, no complete sentence:\n\n{q}",
)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_rewording_the_prompt_changes_neither_kind_nor_findings(wrapper: str) -> None:
    prompt = wrapper.format(q=WHO)
    assert kind_of(Case(prompt, "Michelangelo")) == Kind.FACT
    assert found(prompt, "Michelangelo") == found(WHO, "Michelangelo")


FACTS = (
    "What is the largest moon of Saturn?",
    "In which town was Bach born?",
    "who wrote Faust",
    "Is a whale a fish?",
    "The capital of Peru is which city?",
    "Wann fiel die Mauer?",
    "¿Quién pintó el Guernica?",
    "Quelle est la capitale du Pérou ?",
    "谁写了红楼梦？",
    "من كتب الأيام؟",
)


@pytest.mark.parametrize("prompt", FACTS)
def test_a_short_question_asks_for_a_fact(prompt: str) -> None:
    assert kind_of(Case(prompt, "")) == Kind.FACT


NO_FACTS = (
    "Why is the sky blue?",
    "How do I renew a passport?",
    "What are the best ways to learn French?",
    "Can you recommend a book?",
    "What is the difference between a frog and a toad?",
    "Explain photosynthesis.",
    "Write a poem about who we are.",
    "I lost my keys. I looked in the car. I looked at home. Where should they be? Please help.",
    "Was it right? " * 30,
    "为什么天空是蓝色的？",
)


@pytest.mark.parametrize("prompt", NO_FACTS)
def test_an_open_question_does_not(prompt: str) -> None:
    assert kind_of(Case(prompt, "")) == Kind.PROSE


@given(st.text(), st.text())
def test_any_answer_is_looked_at(prompt: str, draft: str) -> None:
    assert all(finding.value >= 0 for finding in fact(Case(prompt, draft)))


BOMBS = ("is it " * 17_000, "no " * 33_000, "a" * 100_000, "\n" * 100_000, "or, " * 25_000)


@pytest.mark.parametrize("bomb", BOMBS)
def test_time_is_bounded(bomb: str) -> None:
    cases = [Case(WHO, bomb), Case(bomb, "no"), Case(f"is {bomb}?", bomb)]
    for case in cases:
        assert cpu_seconds(lambda c=case: (kind_of(c), list(fact(c)))) < 0.05
