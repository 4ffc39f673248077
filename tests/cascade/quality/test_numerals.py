"""Numbers that are spelt in several words, in what a prompt asks for."""

import pytest

from chat.cascade.quality.instructions import read_instructions
from chat.cascade.quality.instructions.numerals import in_figures

SPELT = {
    "twenty-five words": "25 words",
    "twenty five words": "25 words",
    "thirteen lines": "13 lines",
    "ninety-nine": "99",
    "two hundred and fifty words": "250 words",
    "a hundred and twenty words": "120 words",
    "a thousand two hundred words": "1200 words",
    "sixty-four thousand": "64000",
    "three dozen names": "36 names",
    "fünfundzwanzig Wörter": "25 Wörter",
    "einundzwanzig Wörter": "21 Wörter",
    "sechzehn Zeilen": "16 Zeilen",
    "zweihundertfünfzig Wörter": "250 Wörter",
    "dreitausend Zeichen": "3000 Zeichen",
    "treinta y cinco palabras": "35 palabras",
    "ciento cincuenta palabras": "150 palabras",
    "veintidós palabras": "22 palabras",
    "vingt-cinq mots": "25 mots",
    "vingt et un mots": "21 mots",
    "deux cent cinquante mots": "250 mots",
}


@pytest.mark.parametrize(("spelt", "figures"), SPELT.items(), ids=SPELT)
def test_a_number_of_several_words_is_one(spelt: str, figures: str) -> None:
    assert in_figures(spelt) == figures
    assert in_figures(spelt.upper().replace("SS", "ß")).split()[0] == figures.split()[0]


@pytest.mark.parametrize(
    "text", ["only once", "one or two", "once palabras", "six cents", "per cent", "somebody"]
)
def test_what_is_read_anyhow_or_is_no_number_stays(text: str) -> None:
    assert in_figures(text) == text


def test_two_numbers_side_by_side_stay_two() -> None:
    assert in_figures("twenty five-word sentences") == "20 five-word sentences"
    assert in_figures("one hundred and two hundred") == "100 and 200"


ASKED = {
    "Write exactly twenty-five words about cats.": "exactly 25 words",
    "Keep it below two hundred and fifty words.": "fewer than 250 words",
    "Write a fourteen line sonnet.": "exactly 14 lines",
    "Give me twenty-five ideas for gifts.": "25 ideas",
    "Give me two dozen ideas for gifts.": "24 ideas",
    "Schreibe genau fünfundzwanzig Wörter über Katzen.": "exactly 25 words",
    "Écris exactement vingt-cinq mots sur les chats.": "exactly 25 words",
}


@pytest.mark.parametrize(("prompt", "wanted"), ASKED.items(), ids=ASKED)
def test_such_an_amount_is_asked_for_whole(prompt: str, wanted: str) -> None:
    assert [one.asked for one in read_instructions(prompt)] == [wanted]
