"""The engine's English, told in the language of whoever reads it."""

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation

from chat.sentences import known, told
from chat.sentences.engine import SENTENCES

ENGINE = Path(__file__).parent.parent / "chat" / "cascade"
SPEAKING = [
    ENGINE / "attempt.py",
    ENGINE / "breaker.py",
    ENGINE / "lineup.py",
    ENGINE / "routing.py",
    ENGINE / "providers" / "exchange.py",
    ENGINE / "providers" / "failures.py",
    ENGINE / "quality" / "promise.py",
    *sorted((ENGINE / "quality" / "checks").rglob("*.py")),
    *(ENGINE / "tools" / f"{name}.py" for name in ("call", "executor", "judging", "ready")),
    ENGINE.parent / "tools" / "conversations.py",
]
SENTENCE = re.compile(r"^[A-Z7“]\S* \S.* \S+\.$")
"""Of several words, to its full stop."""

ALTERNATIVES = {
    "7 took too long to 7.": "m took too long to begin its answer.",
    "The question asks for 7, and the draft 7 it.": (
        "The question asks for a name, and the draft lacks it."
    ),
    "The answer, 7, is 7a number of the question.": (
        "The answer, 7, is not a number of the question."
    ),
    "7 fits the message 7.": "other fits the message no better.",
    "7 than always the last model, by 7 compared answers.": (
        "At most 5 % worse than always the last model, by 7 compared answers."
    ),
    "7: answers of this kind cannot be compared.": (
        "At most 5 % worse: answers of this kind cannot be compared."
    ),
    "7: not proved by the 7 answers compared so far.": (
        "At most 5 % worse: not proved by the 7 answers compared so far."
    ),
    "7: not yet enough evidence, 7 of 7 answers.": (
        "At most 5 % worse: not yet enough evidence, 7 of 9 answers."
    ),
    "The working 7 7.": "The working never mentions 7.",
    "7 of the question hold.": "2 of 2 examples of the question hold.",
    "Asked for 7, 7.": "Asked for exactly 1 word, has 2.",
}
"""Sentences with words in their blanks, and one that they make."""


def sentences(path: Path) -> set[str]:
    """What a module says, with something in its blanks."""
    tree = ast.parse(path.read_text())
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    silent |= {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    said = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [
                "7" if isinstance(one, ast.FormattedValue) else one.value for one in node.values
            ]
            said.add("".join(parts))
        elif isinstance(node, ast.Constant) and id(node) not in silent:
            said.add(re.sub(r"{\w*}", "7", str(node.value)))
    return {ALTERNATIVES.get(text, text) for text in said if SENTENCE.search(text)}


@pytest.mark.parametrize(
    "path", SPEAKING, ids=lambda path: path.relative_to(ENGINE.parent).as_posix()
)
def test_what_the_engine_says_is_known_in_german(path):
    with translation.override("de"):
        assert [text for text in sorted(sentences(path)) if not known(text)] == []


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("", ""),
        (
            "Asks for code, so it goes straight to gpt-4o",
            "Verlangt Code, also geht es direkt an gpt-4o",
        ),
        (
            "A draft by a would cost more than it saves, at 95% of b's price with 4% "
            "of drafts kept",
            "Ein Entwurf von a würde mehr kosten, als er spart: 95% des Preises von b, "
            "wenn 4% der Entwürfe bleiben",
        ),
        (
            "base_url is 'ftp://x', must be like https://host/v1",
            "base_url ist 'ftp://x', muss wie https://host/v1 aussehen",
        ),
        (
            "10.0.0.1:80 is on a private network. To allow it, list 10.0.0.1:80 in "
            "LOCAL_MODEL_ADDRESSES.",
            "10.0.0.1:80 liegt in einem privaten Netz.",
        ),
        ("An answer may cost $0.05 here, and asking b could cost more.", "0,05 $"),
        ("The working comes to 1,234.5.", "Der Lösungsweg kommt auf 1.234,5."),
        (
            "Short question; a is resting after 3 failures; b is resting after 4 failures",
            "Kurze Frage; a ruht nach 3 Fehlschlägen; b ruht nach 4 Fehlschlägen",
        ),
        (
            "a is resting after 3 failures; b was asked for directly, so it goes straight to c",
            "a ruht nach 3 Fehlschlägen; b wurde direkt gefragt, also geht es direkt an c",
        ),
        (
            "Too many hedges: 11 hedges in 5 sentences.",
            "Zu viele Einschränkungen: 11 Einschränkungen in 5 Sätzen.",
        ),
        ("Asked for a table, and there is none.", "Verlangt: eine Tabelle; es gibt keine."),
        (
            "It is in French, and the question is not.",
            "Er ist auf Französisch, die Frage nicht.",
        ),
        (
            "It is in Chinese, and the question is not.",
            "Er ist auf Chinesisch, die Frage nicht.",
        ),
        ("Nobody says this.", "Nobody says this."),
    ],
)
def test_a_sentence_is_told_with_what_it_says(english, german):
    with translation.override("de"):
        assert german in told(english)
    assert told(english) == english


def test_no_two_sentences_are_mistaken_for_each_other():
    blank = re.compile(r"{\w+}")
    with translation.override("de"):
        for sentence in SENTENCES:
            assert known(blank.sub("7", sentence)) == blank.sub("7", translation.gettext(sentence))
