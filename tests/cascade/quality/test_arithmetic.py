"""Equations read out of prose in one pass, and done again exactly."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.quality.arithmetic import evaluate, read_arithmetic
from chat.cascade.quality.arithmetic.numerals import read_number

RIGHT = {
    "units": "5 boxes of ripe plums * 3 plums per box = 15 plums",
    "units of a letter": "240 km / 3 h = 80 km/h",
    "volts": "12 V * 2 A = 24 W",
    "square metres": "5 m * 3 m = 15 m^2",
    "square centimetres": "5 cm * 3 cm = 15 cm\u00b2",
    "degrees": "(98.6°F - 32) * 5 = 333 °C",
    "money": "3 * $2.50 = $7.50",
    "letter for times": "9 x $3 = $27",
    "typographic signs": "12 \u00d7 4 \u2212 8 \u00f7 2 = 44",
    "thousands": "1,200 + 34.5 = 1,234.5",
    "thousands, decimal comma": "1.200,00 + 34,50 = 1.234,50",
    "thousands, space": "1 200,0 + 34,5 = 1 234,5",
    "thousands of euros": "1.200 € + 350 € = 1.550 €",
    "thousands, the sign before them": "€1.200 + 350 = €1.550",
    "thousands, the currency in letters": "1.200 EUR + 350 Euro = 1.550 EUR",
    "euros and cents": "12.50 € + 1.25 € = 13.75 €",
    "letter for times euros": "9 x €3 = €27",
    "mils": "3 \u00d7 0.125 € = 0.375 €",
    "full-width digits": "\uff11\uff12 \u00d7 \uff14 \uff1d \uff14\uff18",
    "Arabic digits": "\u0661\u0662 \u00d7 \u0664 = \u0664\u0668",
    "percent of": "20% of 50 is 10",
    "percent in German": "20 % von 50 sind 10",
    "percents": "100% - 45% = 55%",
    "half of": "Half of 12 is 6",
    "half of, in Spanish": "La mitad de 12 es 6",
    "words": "12 times 4 equals 48",
    "words in Chinese": "5乘以3等于15",
    "brackets": "(3 + 4) * 2 = 14",
    "bracket as a factor": "3(4 + 1) = 15",
    "power": "2^3 + 5**2 = 33",
    "mixed number": "2 1/2 * 4 = 10",
    "LaTeX": r"\frac{1}{2} + \frac{1}{4} = \frac{3}{4}",
    "LaTeX signs": r"\( 6 \times 7 \cdot 2 = 84 \text{ plums} \)",
    "bold": "**6 * 7 = 42**",
    "rounded": "22 / 7 = 3.14",
    "rounded up": "2 / 3 = 0.67",
    "chain": "8 / 2 = 4 + 3 = 7",
    "minus before a number": "5 - -3 = 8",
    "the other way round": "15 = 3 * 5",
}
WRONG = {
    "product": ("12 * 4 = 46", Fraction(48)),
    "sum with units": ("3 pears + 4 pears = 8 pears", Fraction(7)),
    "percent of": ("20% of 50 is 11", Fraction(10)),
    "decimal comma": ("3,5 + 1,2 = 4,8", Fraction(47, 10)),
    "thousands of euros": ("1.200 € + 350 € = 1.650 €", Fraction(1550)),
    "units of a letter": ("240 km / 3 h = 70 km/h", Fraction(80)),
    "degrees": ("66.6 * 5/9 = 39 °C", Fraction(37)),
    "brackets": ("(3 + 4) * 2 = 11", Fraction(14)),
    "not a rounding": ("22 / 7 = 3.41", Fraction(22, 7)),
    "LaTeX": (r"\frac{3}{4} \cdot 8 = 5", Fraction(6)),
    "Chinese": ("5乘以3等于16", Fraction(15)),
}
NOT_TOLD = {
    "a unit or an unknown": "3 t + 4 = 10",
    "hours and minutes": "5 hours + 30 minutes = 330 minutes",
    "cut down to whole ones": "11 / 4 = 2",
    "cents": "50 cents * 4 = $2",
    "operands rounded before": "33.3 * 9 = 301",
}
NOTHING = {
    "an unknown that could be a unit": "3 h * 4 = 24, so h = 2",
    "a unit's letter at a number": "3h * 4 = 24",
    "unknown": "2x + 3 = 7",
    "comparison": "3 * 4 is 12 more than that",
    "a word among the operands": "price + 3 * 4 = 20",
    "a count": "There are 12 boys and 4 girls.",
    "conversion": "5 days = 120 hours",
    "range": "It takes 5-10 minutes.",
    "division by zero": "4 / 0 = 7",
    "tower": "9^9^9^9 = 1",
}


def _equation(text: str) -> tuple[Fraction, bool | None]:
    (*_, last) = read_arithmetic(text).equations
    return last.left, last.holds


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_right_equation_is_told_right(text: str) -> None:
    assert [e.holds for e in read_arithmetic(f"So: {text}.").equations] in ([True], [True, True])


@pytest.mark.parametrize(("text", "value"), WRONG.values(), ids=WRONG)
def test_wrong_equation_is_told_wrong_with_its_value(text: str, value: Fraction) -> None:
    assert _equation(text) == (value, False)


@pytest.mark.parametrize("text", NOT_TOLD.values(), ids=NOT_TOLD)
def test_what_units_or_rounding_may_explain_is_not_called_wrong(text: str) -> None:
    assert _equation(text)[1] is None


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_what_is_no_sum_is_let_go(text: str) -> None:
    assert not read_arithmetic(text).equations


def test_equations_in_a_row_are_kept_apart() -> None:
    text = "He has 3 * 4 = 12 pens and buys 2 more, so (12 + 2 = 14) and 14 / 7 = 2."
    assert [e.text for e in read_arithmetic(text).equations] == [
        "3 * 4 = 12",
        "(12 + 2 = 14",
        "14 / 7 = 2",
    ]


@pytest.mark.parametrize(
    ("written", "commas", "value"),
    [
        ("1,234", False, "1234"),
        ("1,234", True, "1.234"),
        ("1.234", True, "1234"),
        ("3,5", False, "3.5"),
        ("1,234,567.8", False, "1234567.8"),
        ("1 234,5", True, "1234.5"),
        ("1'234.5", False, "1234.5"),
        (".5", False, "0.5"),
    ],
)
def test_number_is_read_as_its_text_writes_numbers(written: str, commas: bool, value: str) -> None:
    read = read_number(written, decimal_commas=commas)
    assert read and read[0] == Fraction(value)


TEXTS = st.text(alphabet="0123456789.,'%+-*/^=()x {}\\fracis of\n$<>", max_size=200)


@given(TEXTS)
def test_any_text_is_read(text: str) -> None:
    read = read_arithmetic(text)
    assert all(0 <= figure.at < len(read.text) for figure in read.figures)


PHRASES = [
    *("3 + 4 = 7 pens", "half of 8 is 4", "so 2 * 3 = 5", "1,200.50 paid", "n = 3", "x + 2 = 5"),
    *("half of it (by far) is gone", "as is = was", "they pay twice as much", "(or so)", "one -"),
]


@given(st.lists(st.sampled_from(PHRASES)), st.sampled_from([". ", ", ", "; ", ": ", "!\n", "\n"]))
def test_a_phrase_is_read_among_others_as_it_is_alone(phrases: list[str], between: str) -> None:
    """Whether or not the others have numbers; no unit comes from another."""
    whole = read_arithmetic(between.join(phrases), decimal_commas=False)
    alone = [read_arithmetic(phrase, decimal_commas=False) for phrase in phrases]
    assert [*whole.equations] == [found for read in alone for found in read.equations]
    assert [(figure.value, figure.unit) for figure in whole.figures] == [
        (figure.value, figure.unit) for read in alone for figure in read.figures
    ]


@given(st.integers(-999, 999), st.integers(1, 999), st.sampled_from("+-*/"))
def test_every_sum_of_two_numbers_is_done(left: int, right: int, sign: str) -> None:
    value = evaluate([Fraction(left), sign, Fraction(right)])
    assert value == {"+": left + right, "-": left - right, "*": left * right}.get(
        sign, Fraction(left, right)
    )
    for stated, holds in ((value, True), (value + 1000, False)):
        text = f"{left} {sign} {right} = {stated.numerator}/{stated.denominator}"
        (equation,) = read_arithmetic(text).equations
        assert equation.holds in (holds, None) or stated.denominator > 1
