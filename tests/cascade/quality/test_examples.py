"""A question's own examples: how they are read, what running a draft against them says, and that
code under trial cannot talk its way through."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.quality import decide
from chat.cascade.quality.answer import read_answer
from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.checks.examples import examples
from chat.cascade.quality.code.example import Example, read_examples
from chat.cascade.quality.code.reading import CodeOf
from tests.cascade.quality.conftest import Unguarded

HEAD = "def total(a, b):\n    '''Adds.\n\n"
TAIL = "\n    '''\n"

READ = {
    "doctest": ("    >>> total(1, 2)\n    3", [("total(1, 2)", 3)]),
    "doctest that compares": ("    >>> total(1, 2) == 3\n", [("total(1, 2)", 3)]),
    "two": (
        "    >>> total(1, 2)\n    3\n    >>> total(0, 0)\n    0",
        [("total(1, 2)", 3), ("total(0, 0)", 0)],
    ),
    "equals": ("    total(1, 2) == 3", [("total(1, 2)", 3)]),
    "assigned": ("    total(1, 2) = 3", [("total(1, 2)", 3)]),
    "arrow": ("    total(1, 2) -> 3", [("total(1, 2)", 3)]),
    "double arrow": ("    total(1, 2) => 3", [("total(1, 2)", 3)]),
    "typeset arrow": ("    total(1, 2) → 3", [("total(1, 2)", 3)]),
    "returns": ("    total(1, 2) returns 3", [("total(1, 2)", 3)]),
    "should return": ("    total(1, 2) should return 3.", [("total(1, 2)", 3)]),
    "comment": ("    total(1, 2)  # returns 3", [("total(1, 2)", 3)]),
    "code marks": ("    `total(1, 2)` returns `3`", [("total(1, 2)", 3)]),
    "assert": ("    assert total(1, 2) == 3", [("total(1, 2)", 3)]),
    "text": ("    total('a', \"b, c\") == 'ab, c'", [("total('a', \"b, c\")", "ab, c")]),
    "lists": ("    total([1], [2]) == [1, 2]", [("total([1], [2])", [1, 2])]),
    "in prose": ("    For instance, total(1, 2) is 3, of course.", [("total(1, 2)", 3)]),
    "input, output": ("    Input: a = 1, b = 2\n    Output: 3", [("total(a=1, b=2)", 3)]),
    "other names": ("    Input: x = 1, y = 2\n    Output: 3", [("total(1, 2)", 3)]),
    "for": ("    For a = 1, b = 2 the output should be 3", [("total(a=1, b=2)", 3)]),
    "a measure": ("    total(1, 2) is 3 times as fast", []),
    "no value": ("    total(1, 2) is easy", []),
    "a sum": ("    total(1, 2) == 1 + 2", []),
    "a variable": ("    total(x, 2) == y", []),
    "another function": ("    print(3) == 3", []),
}


def read(prompt: str) -> list[Example]:
    return list(CodeOf(prompt, "", read_answer("")).examples)


@pytest.mark.parametrize(("body", "found"), READ.values(), ids=READ)
def test_an_example_is_read(body: str, found: list[tuple[str, Any]]) -> None:
    assert [(e.call, e.expected) for e in read(HEAD + body + TAIL)] == found


def test_a_doctest_has_its_setup_and_its_exceptions() -> None:
    body = (
        "    >>> x = 1\n    >>> total(x, None)\n"
        "    Traceback (most recent call last):\n    TypeError: no"
    )
    assert read(HEAD + body + TAIL) == [
        Example("total(x, None)", raises="TypeError", setup=("x = 1",))
    ]


def test_another_name_for_the_only_function_is_understood() -> None:
    body = "    add_up(1, 2) == 3\n    add_up(2, 2) == 4"
    assert [e.call for e in read(HEAD + body + TAIL)] == ["total(1, 2)", "total(2, 2)"]


TEXTS = st.text(alphabet="total(1, 2)=>#'\"[]{}: \nInputOutput", max_size=200)


@given(TEXTS)
def test_any_text_is_read_for_examples(text: str) -> None:
    assert len(read_examples(HEAD + text, {"total": None})) <= 20


ASKED = HEAD + "    >>> total(1, 2)\n    3\n    >>> total(2, 2)\n    4" + TAIL
GOOD = "def total(a, b):\n    return a + b\n"


def found(prompt: str, draft: str, unguarded: Unguarded) -> Finding | None:
    return next(iter(examples(Case(prompt, draft, sandbox=unguarded))), None)


def test_without_a_sandbox_nothing_is_run() -> None:
    assert list(examples(Case(ASKED, GOOD))) == []


def test_examples_that_hold_are_counted(unguarded: Unguarded) -> None:
    assert found(ASKED, GOOD, unguarded) == (
        "examples",
        1.0,
        True,
        "2 of 2 examples of the question hold.",
    )


def test_an_example_that_fails_is_shown(unguarded: Unguarded) -> None:
    wrong = "def total(a, b):\n    return a * b"
    assert found(ASKED, wrong, unguarded) == (
        "examples",
        0.5,
        False,
        "1 of 2 examples of the question fail: total(1, 2) gives 2, not 3.",
    )


DRAFTS = {
    "in a fence": (f"Here:\n```python\n{GOOD}```\nDone.", 1.0),
    "the body alone": ("    return a + b", 1.0),
    "prints too": (GOOD + "print(total(5, 5))", 1.0),
    "demonstrates itself badly": (GOOD + "print(total(1))", 1.0),
    "asks for input": (GOOD + "if __name__ == '__main__':\n    total(input(), 1)", 1.0),
    "a later correction": (
        f"```python\ndef total(a, b):\n    return 0\n```\nOr:\n```python\n{GOOD}```",
        1.0,
    ),
    "another type": ("def total(a, b):\n    return str(a + b)", 0.0),
    "a float": ("def total(a, b):\n    return float(a + b)", 1.0),
    "true for one": ("def total(a, b):\n    return True", 0.0),
    "raises": ("def total(a, b):\n    raise ValueError('no')", 0.0),
    "loads badly": ("import math\nmath.none\n" + GOOD, 0.0),
}


@pytest.mark.parametrize(("draft", "share"), DRAFTS.values(), ids=DRAFTS)
def test_a_draft_is_run_as_it_was_meant(draft: str, share: float, unguarded: Unguarded) -> None:
    finding = found(ASKED, draft, unguarded)
    assert finding is not None and finding.value == share, finding


def test_a_module_that_is_not_there_is_no_fault(unguarded: Unguarded) -> None:
    assert found(ASKED, "import numpy_of_nobody\n" + GOOD, unguarded) is None


FORGERIES = {
    "leaves early": "import sys\nsys.exit(0)",
    "leaves at once": "import os\nos._exit(0)",
    "leaves when called": "import os\ndef total(a, b): os._exit(0)",
    "leaves by an exception": "def total(a, b): raise SystemExit(0)",
    "equals everything": (
        "class Any:\n    def __eq__(self, other): return True\n    def __repr__(self): return '3'\n"
        "def total(a, b): return Any()"
    ),
    "a number that equals everything": (
        "class N(int):\n    def __eq__(self, other): return True\n"
        "    def __repr__(self): return '3'\n"
        "def total(a, b): return N(7)"
    ),
    "prints the reports": (
        "import json, os\n"
        "for report in ([0, 'gave', '3'], [1, 'gave', '4']):\n"
        "    os.write(1, ('\\n' + json.dumps(report) + '\\n').encode())\n"
        "def total(a, b): os._exit(0)"
    ),
    "guesses the nonce": (
        "import os\n"
        "os.write(1, ('\\n' + '0' * 32 + '[0, \"gave\", \"3\"]\\n').encode())\n"
        "def total(a, b): return 7"
    ),
    "patches repr": "import builtins\nbuiltins.repr = lambda v: '3'\ndef total(a, b): return 7",
    "patches type": "import builtins\nbuiltins.type = lambda v: int\ndef total(a, b): return 7",
    "patches json": (
        'import json\njson.dumps = lambda v: \'[0, "gave", "3"]\'\ndef total(a, b): return 7'
    ),
    "patches write": "import os\nos.write = lambda fd, text: None\ndef total(a, b): return 7",
    "patches print": "import builtins\nbuiltins.print = None\ndef total(a, b): return 7",
    "closes the channel": (
        "import os\nfor fd in range(64):\n    try: os.close(fd)\n    except OSError: pass\n"
        "def total(a, b): return 7"
    ),
}


@pytest.mark.parametrize("draft", FORGERIES.values(), ids=FORGERIES)
def test_a_result_is_not_forged(draft: str, unguarded: Unguarded) -> None:
    finding = found(ASKED, draft, unguarded)
    assert finding is not None and finding.value == 0 and not finding.passed, finding


def test_an_endless_loop_fails_in_time(unguarded: Unguarded) -> None:
    finding = found(ASKED, "def total(a, b):\n    while True: pass", unguarded)
    assert finding is not None and finding.value == 0
    assert finding.note.endswith("total(1, 2) gives no end in time, not 3.")


# What given code comes to

TRACED = "def f(words):\n    return [w.upper() for w in words]\n"
BLANK = f"{TRACED}assert f(['a', 'b']) == ??"
QUESTIONS = {
    "a blank": BLANK,
    "in a fence": f"Fill it in.\n```python\n{BLANK}\n```",
    "in words": f"```python\n{TRACED}```\nWhat does f(['a', 'b']) return?",
    "in German": f"```python\n{TRACED}```\nWas gibt f(['a', 'b']) zurück? Was ist die Ausgabe?",
    "underscores": f"{TRACED}assert f(['a', 'b']) == ____",
}
RIGHT = {
    "marked": "It maps each word.\n\nThe answer is: ['A', 'B']",
    "alone": "['A', 'B']",
    "an assertion": "So:\n```python\nassert f(['a', 'b']) == ['A', 'B']\n```",
    "in JSON": json.dumps({"reasoning": "upper", "answer": "['A', 'B']"}),
    "as JSON": json.dumps({"answer": ["A", "B"]}),
    "after prose and code": (
        f"First:\n```python\n{TRACED}```\nSo\n```json\n{{\"answer\": \"['A', 'B']\"}}\n```"
    ),
    "in a sentence": "We see that `f(['a', 'b'])` returns `['A', 'B']`, as upper() is applied.",
    "with the call": "The answer is: f(['a', 'b']) == ['A', 'B']",
}


@pytest.mark.parametrize("prompt", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("draft", RIGHT.values(), ids=RIGHT)
def test_a_value_said_is_compared_with_what_comes_out(
    prompt: str, draft: str, unguarded: Unguarded
) -> None:
    right = found(prompt, draft, unguarded)
    assert right is not None and (right.name, right.value) == ("prediction", 1.0), right
    wrong = found(prompt, draft.replace("B", "C"), unguarded)
    assert wrong is not None and wrong.value == 0.0, wrong
    assert wrong.note.startswith("f(['a', 'b']) gives ['A', 'B'], the draft says ")


SAID: list[tuple[str, Any, bool]] = [
    ("'it'", "it", True),
    ("it", "it", True),
    ("'it's'", "it's", True),
    (" it", "it ", False),
    ("True", True, True),
    ("true", True, True),
    ("1", True, False),
    ("null", None, True),
    ("3.0", 3, True),
    ("[1]", (1,), False),
    ("{1: 2}", {1: 2}, True),
    ("len('it')", 2, False),
]


@pytest.mark.parametrize(("said", "value", "agrees"), SAID)
def test_a_value_is_named_faithfully(
    said: str, value: Any, agrees: bool, unguarded: Unguarded
) -> None:
    prompt = f"def f():\n    return {value!r}\nassert f() == ??"
    finding = found(prompt, json.dumps({"answer": said}), unguarded)
    assert finding is not None and finding.passed is agrees, finding


def test_the_decision_follows_what_was_run(unguarded: Unguarded) -> None:
    wrong = "def total(a, b):\n    return a * b"
    assert decide(ASKED, GOOD, sandbox=unguarded).accepted
    assert decide(ASKED, wrong, sandbox=unguarded).reason == "examples"
    assert decide(ASKED, wrong).accepted


def test_the_same_draft_is_decided_alike(unguarded: Unguarded) -> None:
    draft = "def total(a, b):\n    return {'x', 'y', 'z'}"
    first = decide(ASKED, draft, sandbox=unguarded)
    assert first == decide(ASKED, draft, sandbox=unguarded)
