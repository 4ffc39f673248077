"""The end of a text that is still being written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.render.markdown import Blocks
from chat.render.unfinished import DEEPEST, completed

SHOWN = {
    "**One machin": "**One machin**",
    "- **One": "- **One**",
    "**One machine**": "**One machine**",
    "**One machine*": "**One machine**",
    "**One, *two": "**One, *two***",
    "**One, *two*": "**One, *two***",
    "so **": "so ",
    "so *": "so ",
    "so `": "so ",
    "a `gauge": "a `gauge`",
    "a ``ga`uge": "a ``ga`uge``",
    "a ``gauge*`": "a ``gauge*``",
    "a `ga*u`": "a `ga*u`",
    r"`C:\` is": r"`C:\` is",
    "- ~~~": "- ",
    "~~no": "~~no~~",
    "~~no~": "~~no~~",
    "2 * 3": "2 * 3",
    "2*3 is": "2*3 is",
    "2**3 is": "2**3 is",
    "* a point": "* a point",
    r"\*\*not": r"\*\*not",
    "see [the tides](https://tides.exa": "see the tides",
    "see [the tides](https://tides.example)": "see [the tides](https://tides.example)",
    "see **[the tides](https": "see **the tides**",
    "`[a](b": "`[a](b`",
    "one **two\nthree": "one **two\nthree",
    "one `two ": "one `two`",
    "one:\n-": "one:\n",
    "one\n=": "one\n",
    "one\n\n##": "one\n\n",
    "one\n\n######": "one\n\n",
    "one\n\n#######": "one\n\n#######",
    "- one\n  -": "- one\n",
    "*a " * (DEEPEST + 1) + "b": "*a " * (DEEPEST + 1) + "b" + "*" * (DEEPEST + 1),
    "*a " * (DEEPEST + 2) + "b": "*a " * (DEEPEST + 2) + "b",
    "| a |\n|---|\n|": "| a |\n|---|\n",
    "> ": "",
    "- ": "",
    "one\n1": "one\n1",
    "one\n->": "one\n->",
}


@pytest.mark.parametrize(("written", "shown"), SHOWN.items(), ids=SHOWN)
def test_what_was_opened_is_closed_for_now(written: str, shown: str) -> None:
    assert completed(written) == shown


@given(st.text("ab *`~\\\\[]()|\n-"))
def test_no_word_is_lost_or_made_up(text: str) -> None:
    without_address = re.sub(r"\[([^\[\]]*)\]\([^()\s]*$", r"\1", text)
    letters = {re.sub(r"[^ab]", "", completed(text))}
    assert letters <= {re.sub(r"[^ab]", "", one) for one in (text, without_address)}


def test_a_code_block_stays_as_it_is_written() -> None:
    blocks = Blocks()
    blocks.feed("```python\na = 2 **")
    assert "a = 2 **" in blocks.tail_html
