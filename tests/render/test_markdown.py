"""Rendered by pieces or at once, Markdown is the same HTML, and it can do no harm."""

from itertools import pairwise

import lxml.html
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chat.render.markdown import MAX_BLOCK, MAX_NESTING, Blocks, render

WORDS = st.sampled_from(
    [
        *("word", "*em*", "**strong**", "`code`", "[`", "``", "~~gone~~", "[a](http://x.de)"),
        *("<b>", "&amp;", "\\*", "a|b", "![i](http://x.de/i.png)", "größer", "日本", "🎉", "$0.50"),
        *("<http://x.de>", "  ", "\t", "_", "*", "[", "](", ")", "`", "\u2028", "\0", "\ud800"),
        *("[x][1]", "\xa0", '<a title="*x*">', "<!-- -->"),
    ]
)
OPENERS = st.sampled_from(
    ["", "# ", "> ", "- ", "* ", "1. ", "7) ", "- - ", "> - ", "  ", "    ", "\t", " \t", "   - "]
)
WHOLE_LINES = st.sampled_from(
    [
        *("", "", "", "```", "```py", "~~~", "    ```", "> ```", "===", "---", "-", "- ", "***"),
        *("|a|b|", "|-|:-:|", "a | b", "--- | ---", "[1]: http://x.de", "<div>", "</div>", "   "),
        *("````", "  - x", "    - y", "\tz", "<!--", "-->", "+", "| a [` | b` |", "#", "    code"),
        *("* * *", "1.", ">", "<script>", "</script>", "[1]:", "  'title'"),
    ]
)
LINES = WHOLE_LINES | st.builds(
    lambda opener, words: opener + " ".join(words), OPENERS, st.lists(WORDS, min_size=1, max_size=4)
)
ENDS = st.sampled_from(["\n"] * 8 + ["\r\n", "\r\n", "\r", "\n\n", ""])
DOCUMENTS = st.lists(st.tuples(LINES, ENDS), max_size=14).map(
    lambda lines: "".join(line + end for line, end in lines)
)
WILD = st.text(alphabet="`~*_-+=#>|[]()!<&\\ \t\n\n\n\r1.aé:", max_size=60)
TEXTS = DOCUMENTS | WILD
CUTS = st.lists(st.integers(min_value=0, max_value=400), max_size=12)


def cut(text: str, cuts: list[int]) -> list[str]:
    bounds = [0, *sorted(min(place, len(text)) for place in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


@settings(deadline=None)
@given(TEXTS, CUTS)
@example("a\r\n\r\nb\r\n\r\nc", [2, 3, 4, 5, 6])
@example("1. a\n\n2. b\n\n2", [7])
@example("para\n\n[x]:\n/url\n\nq\n", [11])
@example("|a|b|c|\n|-|-|-|\n|1|\n|2|\n\nafter", [19])
def test_any_cut_renders_as_the_whole(text: str, cuts: list[int]) -> None:
    growing, closed, so_far = Blocks(), [], ""
    for piece in cut(text, cuts):
        closed += growing.feed(piece)
        so_far += piece
        at_once = Blocks()
        assert at_once.feed(so_far) == closed, "what is closed depends on the text, not on the cuts"
        assert at_once.tail_html == growing.tail_html
    assert "".join(closed) + growing.tail_html == render(text)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 60), st.sampled_from(["", "```py\n", "- x\n"]))
def test_a_block_too_long_is_cut_at_the_same_place(offset: int, opener: str) -> None:
    text = opener + ("a line of some length\n" * (MAX_BLOCK // 20)) + "x" * MAX_BLOCK
    growing, closed = Blocks(), []
    for start in range(0, len(text), 1000 + offset):
        closed += growing.feed(text[start : start + 1000 + offset])
    assert "".join(closed) + growing.tail_html == render(text)
    assert len(closed) > 1


def test_a_code_block_that_is_cut_goes_on_as_code() -> None:
    html = render("```py\n" + "x = 1\n" * 10_000 + "```\n\nafter")
    assert html.count('<code class="language-py">') == 2
    assert html.count("x = 1") == 10_000
    assert html.endswith("<p>after</p>\n")


# What is safe to put in a page: only these elements and attributes, only these addresses.
ELEMENTS = {"p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "del", "a", "code", "pre"}
ELEMENTS |= {"blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {("a", "href"), ("a", "title"), ("a", "rel"), ("ol", "start"), ("code", "class")}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/leak?q=1)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](//evil.example)",
    "[x](/sign-out/)",
    "<javascript:alert(1)>",
    "[x]( javascript:alert(1) 'title')",
    "[x](vbscript:x)",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    '<div hx-post="/c/" hx-trigger="load"></div>',
    '<div id="composer-action" hx-swap-oob="true">gone</div>',
    "</div></div><form id=composer>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></p><style><img src onerror=alert(1)></style>",
    "<style>*{display:none}</style>",
    "<base href=//evil.example>",
    '```html" onload=alert(1)\nx\n```',
    "```<script>\nx\n```",
    '<a href="javascript:alert(1)" style="position:fixed">x</a>',
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "[1]: javascript:alert(1)\n\n[x][1]",
    "`<b>` <b>`</b>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "a<br/onmouseover=alert(1)>b",
]


def offences(html: str) -> list[str]:
    found = []
    for element in lxml.html.fragment_fromstring(html, create_parent="main").iterdescendants():
        if element.tag not in ELEMENTS:
            found.append(str(element.tag))
        for name, value in element.attrib.items():
            if (element.tag, name) not in ATTRIBUTES:
                found.append(f"{element.tag} {name}")
            if name == "href" and not value.startswith(("http://", "https://", "mailto:")):
                found.append(value)
            if name == "rel" and value != "noopener noreferrer nofollow":
                found.append(value)
    return found


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("around", ["{}", "> {}", "- a\n- {}", "| a |\n|---|\n| {} |", "a {} b"])
def test_an_attack_is_text(attack: str, around: str) -> None:
    text = around.format(attack)
    assert offences(render(text)) == []
    blocks = Blocks()
    for character in text:
        assert offences("".join(blocks.feed(character)) + blocks.tail_html) == []


@settings(deadline=None)
@given(st.lists(st.sampled_from(ATTACKS) | LINES, max_size=6).map("\n".join))
def test_no_text_gives_other_elements_than_ours(text: str) -> None:
    assert offences(render(text)) == []


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("It costs $0.50, not $5 or $10.", "<p>It costs $0.50, not $5 or $10.</p>\n"),
        ("# One\n\n###### Six", "<h3>One</h3>\n<h6>Six</h6>\n"),
        ("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"),
        ("<div>\n*x*\n</div>", "<p>&lt;div&gt;\n*x*\n&lt;/div&gt;</p>\n"),
        (
            "![alt](https://x.de/i.png)",
            '<p>!<a href="https://x.de/i.png" rel="noopener noreferrer nofollow">alt</a></p>\n',
        ),
        ("[1]: https://x.de", "<p>[1]: https://x.de</p>\n"),
        ("`[1]: x`", "<p><code>[1]: x</code></p>\n"),
        ("    [1]: x", "<pre><code>[1]: x</code></pre>\n"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>\n"),
        ("3. c", '<ol start="3">\n<li>c</li>\n</ol>\n'),
        ("a\0b\ud800c", "<p>a\ufffdb\ufffdc</p>\n"),
        ("", ""),
        ("\n\n", ""),
    ],
)
def test_what_is_written_is_what_is_shown(text: str, html: str) -> None:
    assert render(text) == html


HEAVY = {
    "quotes": "> " * 50_000 + "a",
    "items": "- " * 50_000 + "x",
    "brackets": "[" * 100_000,
    "links": "[a](<" * 50_000,
    "emphasis": "*a _b " * 50_000,
    "wide table": "|a" * 3000 + "\n" + "|-" * 3000 + "\n" + "|x\n" * 3000,
    "long table": "|a|b|\n|-|-|\n" + "|1|2|\n" * 50_000,
    "one line": "x" * 1_000_000,
    "tags": "<a " * 50_000,
    "comments": "<!-- " * 50_000,
    "backticks": "`a``" * 50_000,
    "definitions": "[a]: b\n\n" * 20_000,
    "code and definitions": "`x` [a]: b\n" * 2_000,
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY.keys())
def test_heavy_text_is_shown_and_stays_bounded(text: str) -> None:
    html = render(text)
    assert offences(html) == []
    assert len(html) < 10 * len(text) + MAX_BLOCK


def test_text_too_deep_is_shown_as_it_was_written() -> None:
    assert "<blockquote>" in render("> " * (MAX_NESTING // 2) + "a")
    assert render("> " * (MAX_NESTING + 1) + "a").startswith("<pre>&gt; &gt;")
