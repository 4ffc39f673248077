"""The question without its wrapper: rewording the wrapper changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.question import core
from chat.cascade.routing import assess

QUESTION = "A baker sells 12 loaves a day for 4 days. How many loaves does he sell in all?"

WRAPPERS = {
    "bare": "{}",
    "labelled": "Question: {}",
    "headed": "## Question:\n\n{}\n\n## Instruction\n",
    "step by step": "Think step by step.\n{}",
    "JSON with a template": "{}\n\nPresent your reasoning in the following JSON format:\n"
    '\n```json\n{{"reasoning": "___", "answer": "___"}}\n```\n',
    "a letter": 'Output "A", "B", "C" or "D". Don\'t say anything else.\n\n{}\n\nAnswer:',
    "a phrase to end with": 'Finish with "The answer is (X)".\n\nProblem: {}',
    "an exam": "Below is a question from an exam. Please answer the question.\n{}\nAnswer:",
    "a box": "{}\nPut your final answer within a boxed expression.",
}


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
def test_a_wrapper_is_taken_off(wrapper: str) -> None:
    prompt = wrapper.format(QUESTION)
    assert core(prompt) == QUESTION
    assert assess(prompt) == assess(QUESTION)


MATTER = {
    "code to mend": "Fix this:\n```python\nx = 1 +\n```",
    "JSON to mend": 'Why is this not JSON?\n```json\n{"a": 1,}\n```',
    "options": "Which is a river?\nA. Rhine\nB. Rome",
    "a form alone": "Answer in JSON.",
    "decimals": "Is 3.14 larger than 3.2? Or is it 3.1?",
}


@pytest.mark.parametrize("prompt", MATTER.values(), ids=MATTER)
def test_what_is_asked_stays(prompt: str) -> None:
    assert core(prompt) == prompt


@given(st.text(alphabet="aQ. ?\n`_:#json", max_size=200))
def test_a_prompt_with_text_keeps_some(prompt: str) -> None:
    assert bool(core(prompt)) == bool(prompt.strip())
