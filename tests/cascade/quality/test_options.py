"""Which options a prompt lists, and which of them an answer names."""

# ruff: noqa: RUF001  (texts in other scripts are what is tested)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.quality.case import Case
from chat.cascade.quality.kinds import Kind, kind_of
from chat.cascade.quality.options import chosen, read_options

FRUIT = {"A": "an apple", "B": "a pear", "C": "a plum"}

LISTED = {
    "dots": "Which is red?\nA. an apple\nB. a pear\nC. a plum",
    "brackets": "Which is red?\n(A) an apple\n(B) a pear\n(C) a plum",
    "half brackets": "Which is red?\nA) an apple\nB) a pear\nC) a plum",
    "colons": "Red is:\n\nA: an apple\nB: a pear\nC: a plum\n",
    "small letters": "Choose one:\na) an apple\nb) a pear\nc) a plum",
    "bold": "Which is red?\n**A.** an apple\n**B.** a pear\n**C.** a plum",
    "bullets": "Red is:\n- A. an apple\n- B. a pear\n- C. a plum",
    "within a line": "Which of these is red? (A) an apple (B) a pear, (C) a plum",
    "within a line, half brackets": "Which one is red? A) an apple B) a pear C) a plum",
    "full width": "哪个是红的？\n（A）an apple\n（B）a pear\n（C）a plum",
    "Chinese stops": "哪个是红的？\nA、an apple\nB、a pear\nC、a plum",
    "text between": "Red is:\nA. an apple\n\nB. a pear\n\nC. a plum\n\nAnswer:",
    "an example before": "Which is 2?\nA. one\nB. two\nAnswer: B\n\nRed is:\n"
    "A. an apple\nB. a pear\nC. a plum",
    "returns": "Red is:\r\nA. an apple\r\nB. a pear\r\nC. a plum\r\n",
}


@pytest.mark.parametrize("prompt", LISTED.values(), ids=LISTED)
def test_options_are_read(prompt: str) -> None:
    assert read_options(prompt) == FRUIT
    assert kind_of(Case(prompt, "A")) == Kind.CHOICE


def test_numbered_options_are_read_where_there_is_a_choice() -> None:
    prompt = "Choose the river of Cologne:\n1. the Rhine\n2. the Elbe"
    assert read_options(prompt) == {"1": "the Rhine", "2": "the Elbe"}


NOT_LISTED = {
    "no list": "What is the capital of France?",
    "one option": "Which is red?\nA. an apple",
    "not from A": "Which is red?\nB. a pear\nC. a plum",
    "steps": "Explain these steps:\n1. boil water\n2. add salt",
    "parts of a task": "Answer all parts.\na) Compute the mass.\nb) Compute the speed.",
    "questions": "Physics homework\nA. How heavy is it?\nB. How fast is it?",
    "code in a block": "Which is faster?\n```\nA: int\nB: str\n```",
    "fields of a class": "Which is better style?\nclass Point:\n    A: int\n    B: int",
    "a mapping": "Which key is wrong?\na: 1\nb: 2",
    "a dialogue": "Go on.\nA: Hello there.\nB: Good day.\nA: How are you?\nB: Fine.",
    "names with initials": "Which is by A. Smith, B. Jones and C. Brown?",
    "an article": "Which one is it?\nA dog\nB side",
    "more is asked than a choice": "Which of these is red: (A) the sun or (B) the sea? Then write"
    " an essay of two hundred words on why colours look different at night.",
}


@pytest.mark.parametrize("prompt", NOT_LISTED.values(), ids=NOT_LISTED)
def test_what_only_looks_like_options_is_none(prompt: str) -> None:
    assert read_options(prompt) == {}


CHOSEN = {
    "B": "B",
    "(B)": "B",
    "b": "B",
    "**B**": "B",
    "B.": "B",
    "B. a pear": "B",
    "(b) a pear, since it hangs there": "B",
    "option C": "C",
    "\\text{C}": "C",
    "C, because it is round": "C",
    "A and C": "AC",
    "A, B, C": "ABC",
    "A": "A",
    "A) an apple": "A",
    "a pear": "B",
    "A pear": "B",
    "It is a plum.": "C",
    "D": "",
    "none of these": "",
    "An apple or a pear would be possible, but I think that this cannot be decided": "",
    "I think that this is a long story": "",
    "": "",
    "选项 B": "B",
}


@pytest.mark.parametrize(("text", "labels"), CHOSEN.items())
def test_the_options_an_answer_names(text: str, labels: str) -> None:
    assert chosen(text, FRUIT) == tuple(labels)


@given(st.text(alphabet="ABab12.():- \n?x`", max_size=300), st.text(max_size=60))
def test_labels_follow_each_other_and_only_they_are_chosen(prompt: str, answer: str) -> None:
    options = read_options(prompt)
    assert len(options) != 1
    first = next(iter(options), "A")
    assert list(options) == [
        str(n + 1) if first == "1" else chr(ord("A") + n) for n in range(len(options))
    ]
    assert set(chosen(answer, options)) <= set(options)
