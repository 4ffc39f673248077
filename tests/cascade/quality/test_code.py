"""Code as it is read: which kind of question, what it asks for, and what a draft of it lacks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.quality import Kind, decide
from chat.cascade.quality.case import Case
from chat.cascade.quality.checks.code import code
from chat.cascade.quality.code.literal import literal_at, value_of
from chat.cascade.quality.code.source import python_of
from chat.cascade.quality.kinds import kind_of
from tests.pace import cpu_seconds

CODE = {
    "a function": "Write a function that reverses a list.",
    "adjectives": "Please write a short recursive Python function to add digits.",
    "a script with a language": "Create a bash script which renames photos.",
    "a program with a language": "I need a Java program that sorts names.",
    "a solution with a language": "Provide a Java solution: is n, an integer, a power of three?",
    "a stub": "Finish this:\ndef area(r):\n    '''Area of a circle.'''",
    "a fence": "Why is this slow?\n```rust\nfn main() {}\n```",
    "a class": "Explain:\nclass Cat(Animal):\n    pass",
    "JavaScript": "What is wrong here?\nconst total = items.reduce(sum)",
    "C": "#include <stdio.h>\nWhat does it do?",
    "tests": "Make these pass:\nassert double(2) == 4",
    "SQL": "Write SQL for the ten newest orders.",
    "German": "Schreibe eine Funktion, die Primzahlen zählt.",
    "French": "Écris une fonction qui trie une liste.",
    "Spanish": "Escribe una función que sume dos números.",
    "Chinese": "写一个函数判断质数",
    "Arabic": "اكتب دالة تجمع عددين",
}
NOT_CODE = {
    "about a language": "Which is easier to learn, Python or Java?",
    "about a topic": "Explain the difference between a list and a tuple.",
    "a film": "Write a script for a short film about a lighthouse.",
    "a concert": "Create a program for a concert of string quartets.",
    "manners": "Write a code of conduct for our chess club.",
    "a school": "Make a class schedule for the autumn.",
    "a review": "Write a review of a chess program.",
    "a riddle": "Write a riddle about the inverse function.",
    "a solution": "Provide a solution to 3x + 4 = 19.",
    "a way": "Develop a method for storing apples.",
    "JSON": 'Name a river. Answer like this:\n```json\n{"river": ""}\n```',
    "a drawing": "Find the volume.\n[asy]\nimport three;\ndraw(O--A);\n[/asy]",
    "imports": "What does a country gain if it can\nimport cheaper steel?",
}


@pytest.mark.parametrize("prompt", CODE.values(), ids=CODE)
def test_a_question_for_code_is_told_by_what_it_brings_or_asks(prompt: str) -> None:
    assert kind_of(Case(prompt, "")) == Kind.CODE


@pytest.mark.parametrize("prompt", NOT_CODE.values(), ids=NOT_CODE)
def test_a_question_with_words_of_code_is_what_it_was(prompt: str) -> None:
    assert kind_of(Case(prompt, "")) != Kind.CODE


ASKED = "Write a function `area(w, h)` that returns the area of a rectangle."
STUB = 'def area(w, h):\n    """Return the area of a rectangle."""\n'
GOOD = "def area(w, h):\n    return w * h"

FAULTS = {
    "no code": (STUB, "Multiply the sides.", "defined", 0.0),
    "another name": (STUB, "```python\ndef size(w, h):\n    return w * h\n```", "defined", 0.0),
    "another name, in words": (ASKED, "def size(w, h):\n    return w * h", "defined", 0.0),
    "more parameters": (STUB, "def area(w, h, unit):\n    return w * h", "parameters", 0.0),
    "nothing back": (STUB, "def area(w, h):\n    print(w * h)", "returns", 0.0),
    "a stub": (STUB, "def area(w, h):\n    pass", "finished", 0.0),
    "a promise": (STUB, "def area(w, h):\n    # your code here\n    return 0", "finished", 0.0),
    "the rest left out": (ASKED, "```js\nfunction area(w, h) {\n // ... \n}\n```", "finished", 0.0),
    "does not parse": (ASKED, "```python\ndef area(w, h)\n    return w * h\n```", "parses", 0.0),
    "open bracket": (ASKED, "```js\nfunction area(w, h) { return (w * h; }\n```", "parses", 0.0),
}


@pytest.mark.parametrize(("prompt", "draft", "name", "value"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_and_costs(prompt: str, draft: str, name: str, value: float) -> None:
    found = {finding.name: finding for finding in code(Case(prompt, draft))}
    assert found[name].value == value and not found[name].passed
    assert decide(prompt, draft).score < decide(prompt, GOOD).score


FINE = {
    "plain": GOOD,
    "fenced": f"Here:\n```python\n{GOOD}\n```\nIt multiplies.",
    "fenced, no language": f"```\n{GOOD}\n```",
    "the body alone": "    return w * h",
    "in JSON": '{"answer": "def area(w, h):\\n    return w * h"}',
    "typed": "def area(w: float, h: float) -> float:\n    return w * h",
    "a generator": "def area(w, h):\n    yield w * h",
    "usage in another block": f"```python\n{GOOD}\n```\n```bash\npython area.py (\n```",
    "a pattern of JavaScript": f"```python\n{GOOD}\n```\n```js\nlet p = /\\(/; f(`)`) // :)\n```",
    "a rule of CSS": f"```python\n{GOOD}\n```\n```css\n#a {{\n  top: 0\n}}\n```",
    "a lifetime of Rust": f"```python\n{GOOD}\n```\n```rust\nfn f<'a>(x: &'a str) {{}}\n```",
    "in German": f"Hier ist sie:\n\n```python\n{GOOD}\n```\nSie multipliziert.",
    "in Chinese": f"函数如下。\n```python\n{GOOD}\n```",
}


@pytest.mark.parametrize("draft", FINE.values(), ids=FINE)
def test_nothing_is_found_amiss(draft: str) -> None:
    assert all(finding.passed for finding in code(Case(STUB, draft)))


WRAPPERS = (
    "{}",
    "```python\n{}\n```\nComplete it.",
    "## Question\n\n{}\n\n## Answer",
    "[CODE]\n{}\n[/CODE]",
    "Bitte ergänze:\n\n{}",
)


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("draft", [GOOD, "def size(w):\n    pass"])
def test_what_wraps_the_code_changes_nothing(wrapper: str, draft: str) -> None:
    wrapped = Case(wrapper.format(STUB), draft)
    assert kind_of(wrapped) == Kind.CODE
    assert list(code(wrapped)) == list(code(Case(STUB, draft)))


def test_code_is_found_between_sentences() -> None:
    text = f"First import it:\n\nimport math\n\nThen:\n\n{GOOD}\n\nThat is all there is to it."
    assert [block.source for block in python_of(text)] == ["import math", GOOD]


def test_reading_says_nothing_of_its_own(recwarn: pytest.WarningsRecorder) -> None:
    prompt = STUB + "\n>>> area('\\d', 1)\n'\\d'\n"
    decide(prompt, "```python\ndef area(w, h):\n    return '\\d'\n```")
    assert not recwarn.list


LITERALS = {
    "  'a, b' and": "a, b",
    "[1, [2, (3,)]], k": [1, [2, (3,)]],
    "16.": 16,
    "6.00 or so": 6.0,
    "-3, then": -3,
    "true": True,
    "null": None,
    '"it\'s"': "it's",
    "{'a': [1]} # why": {"a": [1]},
    "[true, null]": [True, None],
}


@pytest.mark.parametrize(("text", "value"), LITERALS.items())
def test_a_literal_is_read_from_where_it_stands(text: str, value: object) -> None:
    found = literal_at(text, 0)
    assert found is not None and found.value == value and type(found.value) is type(value)


@pytest.mark.parametrize("text", ["x + 1", "[1, 2", "'open", "f(1)", "(]", "", "__import__('os')"])
def test_what_is_no_literal_is_none(text: str) -> None:
    assert value_of(text) is None
    assert literal_at(text, 0) is None


TEXTS = st.text(alphabet="def f(x):\n  '\"`>[]{}=,.#1ab\\", max_size=300)


@given(TEXTS, TEXTS)
def test_any_text_is_read(prompt: str, draft: str) -> None:
    for finding in code(Case(f"{STUB}{prompt}", draft)):
        assert 0 <= finding.value <= 1


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_every_literal_is_read_back(value: object) -> None:
    assert value_of(repr(value)) == (value,) or len(repr(value)) > 2000


BOMBS = {
    "calls": "area(" * 20_000,
    "examples": "area(1, 2) == 2\n" * 6_000,
    "doctests": ">>> area(1, 2)\n" * 6_000,
    "brackets": "area([" * 15_000,
    "quotes": "area('" * 15_000,
    "inputs": "Input: w = [1\n" * 7_000,
    "outputs": "Input: w = 1\n" * 7_000,
    "functions": "def f():\n    return 1\n" * 4_000,
    "a long function": "def f():\n" + "    x = [1, 2, 3]\n" * 5_000,
    "fences": "```python\n" * 10_000,
    "many blocks": "```python\nx = 1\n```\n" * 5_000,
    "nested": "```python\n" + "(" * 90_000,
    "decorators": "@a\n" * 30_000,
    "verbs": "write a b c d " * 7_000,
    "spaces": "write" + " " * 90_000,
    "strings": "'" * 90_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("place", ["prompt", "draft"])
def test_time_is_bounded(bomb: str, place: str) -> None:
    prompt, draft = (f"{STUB}\n{bomb}", GOOD) if place == "prompt" else (STUB, bomb)
    assert cpu_seconds(lambda: decide(prompt, draft)) < 0.05
