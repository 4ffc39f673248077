"""`$$` is how dear a place is as well, and then nothing of a formula."""

from html import unescape

import pytest

from chat.render.markdown import render

PRICES = [
    "1. **Luigi's**\n   - Price: $$\n   - Pasta\n2. **Mario's**\n   - Price: $$\n   - Pizza",
    "| Place | Price | Food |\n|---|---|---|\n| Luigi | $$ | pasta |\n| Mario | $$ | pizza |",
    "| a | b | c |\n|-|-|-|\n|$$|pasta|$$|",
    "Price | Food\n--|--\n$$ | pasta\n$$ | pizza",
    "Luigi's ($$) is good, Mario's ($$) is better.",
    "Luigi's: $$, Mario's: $$. Both are $$! Or $$? One [$$], two [$$].",
    "Luigi's is $$ and Mario's is $$",
    "Luigi's is $$ (Italian), Mario's is $$ (French), $$ or so and $$",
    "- **Luigi's** \u2013 **$$**\n- **Mario's** \u2013 **$$**",
    "**Luigi's** \u2013 **$$**, **Mario's** \u2013 **$$**; *$$* and *$$*",
    "- $$ Luigi\n- $$ Mario",
    "- Luigi: pasta\n  $$\n- Mario: pizza\n  $$",
    "- Luigi\n  - $$\n  - pasta\n- Mario\n  - $$\n  - pizza",
    "1. Luigi\n$$\n2. Mario\n$$",
    "**Luigi's**\n$$\n- pasta\n- pizza\n\n**Mario's**\n$$\n- fish",
    "**Luigi's**\n$$\n- pasta\n- pizza\n**Mario's**\n$$\n- fish",
    "**Luigi's**\n$$\n+ pasta\n+ pizza\n**Mario's**\n$$\n+ fish",
    "$$ for two people\n- fish at 2^3\n$$ for one of them",
    "Luigi's\n$$\n## Mario's\n$$\n> good",
    "**Price:** $$  \n**Food:** pasta  \n**Price:** $$",
    "> $$\n> pasta\n\n> $$\n> pizza",
    "$$ 4.5 stars, Mario's $$ 4.2 stars",
    "$$\n\npasta\n\n$$",
    "Luigi's: $$/5, Mario's: $$/5",
    "1) Luigi\n$$\n2) Mario\n$$",
    "- Luigi's\n  $$\n  ## Mario's\n  $$",
]


@pytest.mark.parametrize("text", PRICES)
def test_how_dear_a_place_is_changes_nothing_around_it(text: str) -> None:
    assert render(text) == render(text.replace("$$", "££")).replace("££", "$$")


@pytest.mark.parametrize(
    "tex",
    [
        *("]0,1[", ".5", "!n", "-x", " F = ma ", " AB - BA ", " O(mn) ", "ab", " x "),
        *(r"\text{speed of light} = c", r" x > 0 \text{ for all } x", " speed = way / time "),
        *("x^2 for each one", r".\overline{3}", " v_max dt ", r"\sin ab"),
        *("(a, b)", r"\left. x \right|", "|x|", " sin(x) "),
    ],
)
def test_what_says_more_than_words_is_a_formula(tex: str) -> None:
    formula = f'<p><math display="block" alttext="{" ".join(tex.split())}">'
    assert unescape(render(f"$${tex}$$")).startswith(formula)  # ">" may stand there as it is


def test_between_brackets_a_formula_may_hold_what_divides_cells() -> None:
    assert "<math" in render("| a |\n|---|\n| \\(|x|\\) |\n")


def test_a_price_that_is_code_takes_nothing_of_a_formula_after_it() -> None:
    assert render("`$$` and $$x$$") == render("`$$` and \\[x\\]")
