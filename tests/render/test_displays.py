"""A displayed formula is one, whatever its lines begin with."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.render.markdown import Blocks, render

LINES = ["=", "- b", "+ c", "> d", "x", r"\frac{a}{b}", r"= y \\", "| z |", "  + e", "a_1 * b"]
MARKS = [("$$", "$$"), (r"\[", r"\]")]
LEADS = [("", ""), ("- ", "  "), ("1. ", "   "), ("- So:\n  ", "  "), ("> ", "> "), ("  ", "  ")]
BLOCK = re.compile(r"<(?:h\d|ul|ol|li|blockquote|table|hr|math|pre)\b")


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(LINES), min_size=1, max_size=6),
    st.sampled_from(MARKS),
    st.sampled_from(LEADS),
    st.booleans(),
)
def test_on_many_lines_a_formula_is_what_it_is_on_one(
    lines: list[str], marks: tuple[str, str], leads: tuple[str, str], apart: bool
) -> None:
    first, further = leads
    begin, end = marks
    between = f"\n{further}" if apart else " "
    many = first + begin + between + f"\n{further}".join(lines) + between + end
    assert render(many) == render(f"{first}{begin} {' '.join(lines)} {end}")


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("$$\nx\n=\n\\frac{a}{b}\n-\nc\n$$", "$$x = \\frac{a}{b} - c$$"),
        ("So:\n$$\na\n- b\n$$ with *a*.\n- item", "So:\n$$a - b$$ with *a*.\n- item"),
        (
            "\\[\n\\begin{aligned}\na &= b \\\\\n  + c &= d\n\\end{aligned}\n\\]",
            "\\[\\begin{aligned} a &= b \\\\ + c &= d \\end{aligned}\\]",
        ),
        ("1. So:\n$$\na\n- b\n$$\n2. Next", "1. So:\n$$a - b$$\n2. Next"),
        ("```\n$$\n=\n```\n$$\nx\n=\n$$", "```\n$$\n=\n```\n$$x =$$"),
        (">$$\n>x\n>=\n>$$", ">$$x =$$"),
        ("\\[ not one\n\n\\[\nx\n=\n\\]", "\\[ not one\n\n\\[x =\\]"),
    ],
)
def test_it_ends_where_it_is_closed_and_begins_where_it_is_opened(many: str, one: str) -> None:
    assert "<math" in render(many)
    assert render(many) == render(one)


def test_a_formula_that_cannot_be_shown_is_no_markup_either() -> None:
    assert render("$$\nx_1_2\n=\n- b\n$$") == "<p>$$\nx_1_2\n=\n- b\n$$</p>\n"


@pytest.mark.parametrize("begin", ["$$\n", "$$ a\n", "\\[\n", "> So:\n> $$\n> "])
def test_while_it_is_written_it_is_text_and_then_a_formula(begin: str) -> None:
    lead = "> " if begin.startswith(">") else ""
    text = begin + f"\n{lead}".join(["x", "=", "- b", "+ c", "> d"])
    growing = Blocks()
    for sign in text:
        assert growing.feed(sign) == []
        assert set(BLOCK.findall(growing.tail_html)) <= ({"<blockquote"} if lead else set())
    end = f"\n{lead}" + ("\\]" if "[" in begin else "$$")
    growing.feed(end)
    assert "<math" in growing.tail_html
    assert growing.tail_html == growing.end_html


def test_stopped_in_the_middle_it_stays_as_it_was_shown() -> None:
    growing = Blocks()
    growing.feed("$$\nx\n=\n- b\n")
    assert growing.tail_html == growing.end_html
