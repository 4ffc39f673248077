"""No words of ours stand in a template or a script without being marked for translation."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))

SHOWN = {"alt", "aria-label", "data-full", "label", "placeholder", "title"}
"""Attributes that people read."""

NAMES = re.compile(r"\b(?:Cascade Chat|CSV|Esc|HTTP|JSON|Markdown|https://\S+)")
WORD = re.compile(r"[^\W\d_]{2,}")
_BLOCK = re.compile(
    r"{% blocktranslate.*?endblocktranslate %}|{% block bodyclass.*?%}.*?{% endblock %}",
    re.S,
)
_TAG = re.compile(r"{[%{#].*?[%}#]}", re.S)
_INCLUDED = re.compile(r'{% include [^%]*?\b(?:words|word|hint)="[^"]*[a-z]')
_DEFAULT = re.compile(r'\|default(?:_if_none)?:"[^"]*[^\W\d_]{2,}')


class Words(HTMLParser):
    """What people read of a page, outside of marks."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(_TAG.sub("\ufffc", _BLOCK.sub("\ufffc", page)))

    def handle_data(self, data: str) -> None:
        self._note(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SHOWN:
                self._note(value or "")

    def _note(self, text: str) -> None:
        if WORD.search(NAMES.sub("", text)):
            self.found.append(text.strip())


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_marks_its_words(path):
    page = path.read_text()
    assert Words(page).found == []
    assert not _INCLUDED.search(page)
    assert not _DEFAULT.search(page)
    assert "|yesno }}" not in re.sub(r">[^<]*", ">", page), "yesno is translated: name its words"


@pytest.mark.parametrize("name", ["_attempt_head", "_chip", "_fold", "_outcome"])
def test_no_line_of_a_chip_begins_with_a_dot(name):
    assert " · " not in (ROOT / "templates" / "chat" / f"{name}.html").read_text()


LITERAL = re.compile(r"""(["'`])((?:\\.|(?!\1).)*)\1""")
SENTENCE = re.compile(
    r"^[A-Z][a-z]+(?: [a-z]+)*[.…!?]?$|[a-z]{2,} [a-z]{2,} [a-z]{2,}|[a-z]{3,}[.!?…]$"
)
SELECTOR = re.compile(r"[\[\]#>:=$(]|^\.|, \.")


@pytest.mark.parametrize("path", SCRIPTS, ids=relative)
def test_a_script_takes_its_words_from_the_page(path):
    """What is thrown is for whoever looks for a fault."""
    source = re.sub(r"//.*|new Error\(.*|\.key\b.*", "", path.read_text())
    found = [text for _, text in LITERAL.findall(source)]
    words = [text for text in found if SENTENCE.search(text) and not SELECTOR.search(text)]
    assert [text for text in words if text not in ALLOWED] == []


ALLOWED = {"ArrowDown", "ArrowUp", "Enter", "Escape", "Event", "Home", "End", "Tab", "GET", "POST"}


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<p>Words</p>", ["Words"]),
        ('<p>{% translate "Words" %}</p>', []),
        ('<a title="Words">{{ name }}</a>', ["Words"]),
        ("<p>{% blocktranslate %}Some <b>words</b>{% endblocktranslate %} more</p>", ["more"]),
        ('<p class="words">{% if a %}5{% endif %}</p>', []),
    ],
)
def test_the_reader_finds_what_is_not_marked(page, found):
    assert [text.strip("\ufffc ") for text in Words(page).found] == found


MODULES = sorted(
    path
    for folder in ("chat", "cascadeweb")
    for path in (ROOT / folder).rglob("*.py")
    if not {"cascade", "management", "migrations", "file", "tools"}
    & set(path.relative_to(ROOT).parts)
)

REFUSALS = {"BadFrame", "BadList", "Refused", "Unreadable", "Untaggable", "ValidationError"}
"""Exceptions whose words are shown to whoever asked."""

TOLD = {"debug", "error", "info", "message_user", "success", "warning"}
NAMED = {"description", "empty_label", "help_text", "label", "verbose_name", "verbose_name_plural"}


def unmarked(tree: ast.Module) -> Iterator[str]:
    """Words that go to people as they are written. Models are marked by their app."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else name
        is_message = name in TOLD and ast.unparse(node.func).startswith(("messages.", "self."))
        if called in REFUSALS:
            yield from filter(None, map(_words, node.args[:1]))
        if is_message:
            yield from filter(None, map(_words, node.args[1:2]))
        is_of_a_model = ast.unparse(node.func).startswith(("models.", "UsdField"))
        for keyword in node.keywords:
            if keyword.arg in NAMED and not is_of_a_model:
                yield from filter(None, [_words(keyword.value)])


def _words(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        written = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
    else:
        written = node.value if isinstance(node, ast.Constant) else ""
    return written if isinstance(written, str) and WORD.search(NAMES.sub("", written)) else ""


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_marks_what_it_tells_people(path):
    assert list(unmarked(ast.parse(path.read_text()))) == []
