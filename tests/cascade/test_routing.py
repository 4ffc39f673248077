"""Where a question goes, and what the reader is told about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.routing import Complexity, assess
from tests.pace import cpu_seconds

QUESTIONS = {
    "Hi!": ("trivial", "A greeting or thanks"),
    "Danke": ("trivial", "A greeting or thanks"),
    "Hi Anna!": ("trivial", "A greeting or thanks"),
    "hi, how are you doing?": ("trivial", "A greeting or thanks"),
    "Guten Morgen!": ("trivial", "A greeting or thanks"),
    "Bonjour, ça va ?": ("trivial", "A greeting or thanks"),
    "Buenos días": ("trivial", "A greeting or thanks"),
    "谢谢": ("trivial", "A greeting or thanks"),
    "شكراً": ("trivial", "A greeting or thanks"),
    "hi debug this for me": ("simple", "Short question"),
    "ok translate to German": ("simple", "Short question"),
    "hello world in rust": ("simple", "Short question"),
    "thanks, that helped": ("simple", "Short question"),
    "What is the capital of France?": ("simple", "Short factual question"),
    "who wrote Faust": ("simple", "Short factual question"),
    "17 * 23": ("simple", "Short question"),
    "法国的首都是哪里": ("simple", "Short question"),
    "Why is the sky blue?": ("moderate", "Asks for an explanation"),
    "Compare SQLite and PostgreSQL.": ("moderate", "Asks for an explanation"),
    "Tell me about the history of the town that I was born in, and of its people": (
        "moderate",
        "An ordinary request",
    ),
    "Write a Python function that reverses a list": ("hard", "Asks for code"),
    "Write a script in Python that renames files": ("hard", "Asks for code"),
    "Write a script for a wedding": ("simple", "Short question"),
    "write a query letter for my novel": ("simple", "Short question"),
    "What is Gothic architecture?": ("simple", "Short factual question"),
    "Review our microservices architecture": ("hard", "Asks for careful reasoning"),
    "prove me wrong: pineapple belongs on pizza": ("simple", "Short question"),
    "Prove √2 is irrational.": ("expert", "Asks for a proof"),
    "Fix this:\n```\nx = \n```": ("hard", "Asks for code"),
    "What are the trade-offs of microservices?": ("hard", "Asks for careful reasoning"),
    "Is it? Was it? Will it be?": ("hard", "Several questions at once"),
    "word " * 300: ("hard", "A long request"),
    "Prove that there are infinitely many primes.": ("expert", "Asks for a proof"),
    "Derive the wave equation from Maxwell's laws": ("expert", "Asks for a derivation"),
}


@pytest.mark.parametrize(
    ("query", "expected"), QUESTIONS.items(), ids=[str(at) for at in range(len(QUESTIONS))]
)
def test_assessment(query: str, expected: tuple[str, str]) -> None:
    found = assess(query)
    assert (found.complexity, found.reason) == expected


@given(st.text(max_size=300))
def test_any_text_has_a_complexity(query: str) -> None:
    assert assess(query).complexity in Complexity


@pytest.mark.parametrize(
    "piece", ["derive ", "write a ", "hi ", "Hi Anna, ", "```", "a", "?", "why\n"]
)
def test_length_does_not_matter(piece: str) -> None:
    query = piece * 200_000
    assert cpu_seconds(lambda: assess(query)) < 0.1
