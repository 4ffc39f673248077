"""The question in a prompt, without what is only said about the form of the answer.

Programs and careful people wrap a question: a heading before it, "think step by step", "answer in
this JSON format" with a template after it. None of that makes the question harder.
"""

import re

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
