"""The question in a prompt, without what is round it or only says what form the answer has.

Programs and careful people wrap a question: a heading before it, "think step by step", "answer in
this JSON format" with a template after it. None of that makes the question harder.
"""

import re
from collections.abc import Mapping

LONGEST = 8000
"""Characters of the beginning and of the end that are looked at."""

_FENCED = re.compile(r"```\w*[ \t]*\n[^`]{0,2000}```")
_BLANK = re.compile(r"_{2,}|\.\.\.|<\w[^>\n]{0,40}>")
_LABEL = re.compile(
    r"(?i)^[ \t>*]*(?:#{1,6}[ \t]*)?"
    r"(?:question|instructions?|task|problem|q|a|answer|options|choices)[ \t*]*:?[ \t*]*$"
)
_LEADING_LABEL = re.compile(r"(?i)^[ \t>*#]*(?:question|problem|task|q)[ \t*]*:[ \t*]*(?=\S)")
_BREAK = re.compile(r"((?<=[.!?\u3002\uff01\uff1f])\s+|\n)")
_ABOUT_FORM = re.compile(
    r"(?i)\bstep[- ]by[- ]step\b|\bshow your (?:work|reasoning|final answer)\b"
    r"|\b(?:answer|respond|reply|output|outputting|present|provide|return|format|finish|end|give"
    r"|put|write|say)\b.{0,120}\b(?:json|xml|yaml|formats?|fields?|letters?|reasoning"
    r"|final answer|boxed|(?:nothing|anything) else|no (?:additional|other|extra) text"
    r"|complete sentence|A\W{1,4}B\b|the answer is)"
    r"|^\W{0,4}(?:the following|below|here) (?:is|are) .{0,60}\b(?:question|exam|problem)"
    r"|^\W{0,4}(?:please |correctly )*answer (?:the|this) (?:[\w-]+ ){0,3}question\b"
)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_WORDED_LABEL = re.compile(r"[^\W\d_][\w ]{0,20}[:\uff1a]\s+")
_LONGEST_WORDED_LABEL = 25


def core(prompt: str) -> str:
    """The prompt without its wrapper; the prompt itself where nothing else is left."""
    text = prompt
    if len(prompt) > 2 * LONGEST:
        text = f"{prompt[:LONGEST]}\n{prompt[-LONGEST:]}"
    text = _FENCED.sub(_without_template, text)
    lines = [_LEADING_LABEL.sub("", line) for line in text.splitlines() if not _LABEL.match(line)]
    kept = [part for part in _BREAK.split("\n".join(lines)) if not _ABOUT_FORM.search(part[:400])]
    found = re.sub(r"\n{3,}", "\n\n", "".join(kept)).strip()
    return found or prompt.strip()


def _without_template(fenced: re.Match[str]) -> str:
    """A block with blanks to fill in shows the form of the answer; any other is matter."""
    return "\n" if _BLANK.search(fenced.group()) else fenced.group()


def question_of(text: str) -> str:
    """The last paragraph, without a label before it (`Question:`) or after it (`Answer:`)."""
    lines = text.split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or _is_bare_label(lines[-1])):
        lines.pop()
    paragraph = _PARAGRAPHS.split("\n".join(lines))[-1].strip()
    return (
        _WORDED_LABEL.sub("", paragraph, count=1) if _WORDED_LABEL.match(paragraph) else paragraph
    )


def question_before(prompt: str, options: Mapping[str, str]) -> str:
    label, text = next(iter(options.items()))
    lines = prompt.split("\n")
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at].strip(" \t\r*-([\uff08")
        if line.endswith(text) and line[: len(label)].upper() == label:
            return question_of("\n".join(lines[:at]))
    return question_of(prompt[: max(0, prompt.find(text))])


def _is_bare_label(line: str) -> bool:
    """A word or two and a colon; `He claims that:` is a question."""
    is_short = len(line) < _LONGEST_WORDED_LABEL and len(line.split()) < 3
    return is_short and line.rstrip(" \t\r*").endswith((":", "\uff1a"))
