"""Code in colours: the words of a program, each marked by what kind it is.

Only languages that are named and known, and only blocks of a bounded size: what is longer, or
hostile, stays plain.
"""

import html
import re
import time
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Any

from django.utils.html import escape
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token, _TokenType

MAX_COLOURED = 8_000
"""Characters of a block. `make bench` measures what a thousand cost, by language."""

MAX_S = 0.25
"""Of this thread's time for a block. Many lexers take the square of what is hostile enough."""

LANGUAGES = {
    **dict.fromkeys(("python", "py", "python3", "pycon"), "python"),
    **dict.fromkeys(("javascript", "js", "mjs", "jsx", "node"), "javascript"),
    **dict.fromkeys(("typescript", "ts", "tsx"), "typescript"),
    **dict.fromkeys(("bash", "sh", "shell", "zsh"), "bash"),
    **dict.fromkeys(("console", "shell-session"), "console"),
    **dict.fromkeys(("json", "jsonc", "json5"), "json"),
    **dict.fromkeys(("yaml", "yml"), "yaml"),
    **dict.fromkeys(("html", "htm", "vue", "svelte"), "html"),
    **dict.fromkeys(("cpp", "c++", "cc", "hpp"), "cpp"),
    **dict.fromkeys(("csharp", "c#", "cs"), "csharp"),
    **dict.fromkeys(("rust", "rs"), "rust"),
    **dict.fromkeys(("ruby", "rb"), "ruby"),
    **dict.fromkeys(("kotlin", "kt"), "kotlin"),
    **dict.fromkeys(("go", "golang"), "go"),
    **dict.fromkeys(("dockerfile", "docker"), "docker"),
    **dict.fromkeys(("makefile", "make"), "make"),
    **dict.fromkeys(("haskell", "hs"), "haskell"),
    **dict.fromkeys(("postgresql", "postgres", "pgsql"), "postgresql"),
    **dict.fromkeys(("powershell", "ps1"), "powershell"),
    **dict.fromkeys(("diff", "patch"), "diff"),
    **{name: name for name in ("c", "java", "css", "scss", "sql", "php", "swift", "scala", "r")},
    **{name: name for name in ("lua", "perl", "toml", "ini", "xml", "nginx", "graphql", "dart")},
    **{name: name for name in ("elixir", "julia", "django", "http", "tex")},
}
"""What a fence may say, and the lexer for it."""

_KINDS: dict[_TokenType, str] = {
    Token.Comment: "c",
    Token.Keyword: "k",
    Token.Operator.Word: "k",
    Token.Literal.String: "s",
    Token.Literal.Number: "n",
    Token.Name.Function: "f",
    Token.Name.Class: "f",
    Token.Name.Tag: "t",
    Token.Name.Attribute: "a",
    Token.Name.Decorator: "a",
    Token.Name.Builtin: "b",
    Token.Generic.Deleted: "d",
    Token.Generic.Inserted: "i",
    Token.Generic.Heading: "k",
    Token.Generic.Prompt: "c",
}
CLASSES = frozenset(f"hl-{kind}" for kind in _KINDS.values())

_BLOCK = re.compile(r'(<pre><code class="language-([^"]+)">)(.*?)(</code></pre>)', re.DOTALL)


def coloured(page: str) -> str:
    """The HTML with its code blocks marked up, for whoever cleans it next."""
    return _BLOCK.sub(_block, page) if "<pre><code class=" in page else page


def _block(found: re.Match[str]) -> str:
    opening, language, content, closing = found.groups()
    name = LANGUAGES.get(language.lower())
    text = html.unescape(content)
    if name is None or len(text) > MAX_COLOURED:
        return found[0]
    try:
        return opening + _marked(_in_time(_lexer(name).get_tokens_unprocessed(text))) + closing
    except _TooSlow:
        return found[0]


class _TooSlow(Exception):
    pass


Tokens = Iterable[tuple[int, Any, str]]


def _in_time(tokens: Tokens) -> Tokens:
    until = time.thread_time() + MAX_S
    for token in tokens:
        yield token
        if time.thread_time() > until:
            raise _TooSlow


@cache
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name)


def _marked(tokens: Tokens) -> str:
    """Neighbours of one kind share an element."""
    kinds = ((_kind(token), text) for _, token, text in tokens)
    parts = []
    for kind, run in groupby(kinds, key=lambda pair: pair[0]):
        words = escape("".join(text for _, text in run))
        parts.append(f'<span class="hl-{kind}">{words}</span>' if kind else words)
    return "".join(parts)


@cache
def _kind(token: _TokenType) -> str:
    """Of the nearest that is in the table; "" for plain words."""
    while token is not Token and token is not None:
        if token in _KINDS:
            return _KINDS[token]
        token = token.parent
    return ""
