"""A question is answered in its own language, unless it wants another or none shows."""

# ruff: noqa: RUF001  (texts in other scripts are what is tested)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade import decide
from chat.cascade.providers.base import Message
from chat.cascade.quality.case import Case
from chat.cascade.quality.checks.tongue import tongue
from tests.pace import cpu_seconds

ENGLISH = (
    "The sky is blue because the air scatters the short waves of light more than the long ones,"
    " and so we see them from all sides."
)
GERMAN = (
    "Der Himmel ist blau, weil die Luft kurzwelliges Licht stärker streut als langwelliges, und so"
    " kommt es von allen Seiten zu uns."
)
OPERAS = (
    "La Traviata, Il trovatore, La Bohème, Le nozze di Figaro, Così fan tutte, L'elisir d'amore,"
    " Don Giovanni, Rigoletto, Il barbiere di Siviglia"
)
LOREM = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut"
    " labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation."
)
CODE = (
    "```python\ndef add(a, b):\n    # the sum of the two that are given to it\n"
    "    return a + b\n```"
)

OTHER = {
    "German": ("Warum ist der Himmel blau?", ENGLISH, "English"),
    "English": ("Why is the sky blue?", GERMAN, "German"),
    "Spanish": ("¿Por qué el cielo es azul?", ENGLISH, "English"),
    "French": ("Pourquoi le ciel est-il bleu ?", ENGLISH, "English"),
    "Chinese": ("为什么天空是蓝色的？", ENGLISH, "English"),
    "Arabic": ("لماذا السماء زرقاء؟", ENGLISH, "English"),
    "a fact": (
        "Was ist die Hauptstadt von Peru?",
        "The capital of Peru is Lima, a city of ten million people on the coast.",
        "English",
    ),
    "beside code": (
        "Schreibe eine Python-Funktion, die zwei Zahlen addiert und das Ergebnis ausgibt.",
        f"{CODE}\nThis function takes two numbers and returns the sum of them to you.",
        "English",
    ),
}


@pytest.mark.parametrize(("prompt", "draft", "said"), OTHER.values(), ids=OTHER)
def test_an_answer_in_another_language_is_set_aside(prompt: str, draft: str, said: str) -> None:
    decision = decide(prompt, draft)
    assert (decision.accepted, decision.reason) == (False, "other_language")
    note = next(check["note"] for check in decision.checks if check["name"] == "other_language")
    assert note == f"It is in {said}, and the question is not."


SAME = {
    "German": ("Warum ist der Himmel blau?", GERMAN),
    "English": ("Why is the sky blue?", ENGLISH),
    "asked for": ("Warum ist der Himmel blau? Antworte auf Englisch.", ENGLISH),
    "asked for by a word of it": ("Warum ist der Himmel blau, auf gut Englisch?", ENGLISH),
    "for readers of it": ("Schreib etwas für unsere englischsprachigen Gäste", ENGLISH),
    "a translation": ("Übersetze mir das bitte in die Weltsprache", ENGLISH),
    "what is brought along": ("Verbessere meinen Satz:\nThe sky are blue because of air", ENGLISH),
    "quoted": ("Was ist mit “the sky is blue” gemeint und wie sagt man es?", ENGLISH),
    "what words of it mean": ("Was bedeutet to be or not to be", GERMAN),
    "the original": (
        "Write the opening line of Don Quixote in the original",
        "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, vivía un hidalgo de los que"
        " tienen una lanza.",
    ),
    "a name": ("Was ist die Hauptstadt von Peru?", "Lima"),
    "a few words": ("Wie heißt der Film mit dem Hai?", "It is Jaws."),
    "code alone": ("Schreibe eine Python-Funktion, die zwei Zahlen addiert.", CODE),
    "names": ("Name ten operas that everybody should know", OPERAS),
    "no language": ("Give me some filler text please, as it is used in print", LOREM),
    "formulas": ("What is the sum of y and e?", "$x = y$ y x e a b c d e o u = 4 + y a e o de x y"),
    "few small words": (
        "They order 2 meals that cost $5 each and a $5 bottle of wine. How much do they make?",
        "Reservations per week: 12. Money per meal: $5 x 2 = $10 per table. Wine per table: $5."
        " Total per table: $15. Total per week: $180.",
    ),
    "too short a question": ("Hi", GERMAN),
}


@pytest.mark.parametrize(("prompt", "draft"), SAME.values(), ids=SAME)
def test_one_in_its_own_or_in_none_is_not(prompt: str, draft: str) -> None:
    assert not list(tongue(Case(prompt, draft)))


def test_what_was_said_before_may_want_another() -> None:
    history: list[Message] = [{"role": "system", "content": "Speak English with our guests."}]
    assert decide("Warum ist der Himmel blau?", ENGLISH, history=history).accepted


@given(st.text(max_size=80), st.text(max_size=200))
def test_any_draft_is_looked_at(prompt: str, draft: str) -> None:
    assert all(finding.value == 0 for finding in tongue(Case(prompt, draft)))


@pytest.mark.parametrize("piece", ["a ", "$", "\\a", "der ", "春", "x1 ", "\u0301"])
def test_time_is_bounded(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    for prompt in ("Why is the sky blue?", text[:600], text):
        assert cpu_seconds(lambda p=prompt: list(tongue(Case(p, text)))) < 0.02
