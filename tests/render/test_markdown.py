"""Rendered by pieces or at once, Markdown is the same HTML, and it can do no harm."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chat.render.markdown import (
    EASY,
    EASY_CODE,
    MAX_BLOCK,
    MAX_NESTING,
    Blocks,
    closing_fence,
    render,
)
from tests.attacks.oracle import offences
from tests.attacks.payloads import EVERY
from tests.pace import cpu_seconds

WORDS = st.sampled_from(
    [
        *("word", "*em*", "**strong**", "`code`", "[`", "``", "~~gone~~", "[a](http://x.de)"),
        *("<b>", "&amp;", "\\*", "a|b", "![i](http://x.de/i.png)", "größer", "日本", "🎉", "$0.50"),
        *("<http://x.de>", "  ", "\t", "_", "*", "[", "](", ")", "`", "\u2028", "\0", "\ud800"),
        *(
            "[x][1]",
            "\xa0",
            '<a title="*x*">',
            "<!-- -->",
            "$$x^2$$",
            "$$",
            "\\(a_1",
            "\\)",
            "\\[b\\]",
        ),
        *("![](http://x.de/<table>)", "\ufdd0", "\ufdd10", "def f():", "\ufdd2"),
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
        *(
            "- [ ]",
            "- [x] [",
            "1. [X] x",
            "> - [ ] x",
            "  [ ] x",
            "* * *",
            "1.",
            ">",
            "<script>",
            "</script>",
            "[1]:",
            "  'title'",
        ),
        *("$$", "\\[", "\\]", "=", "+ x", "- x", "> x", "Luigi's ($$), Mario's ($$)"),
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
DISPLAYS = st.lists(
    st.sampled_from(
        [
            *("$$", "$$", "\\[", "\\]", "  $$", "- $$", "> $$", "1. \\[", "x $$", "\\] x", "$$5"),
            *("=", "+ x", "- x", "> x", "x", "", "  - x", "> - x", "2. Mario", "words of it"),
            *("Luigi's ($$), Mario's ($$)", "| $$ | a |", "|-|-|", "$$ | a", "a | b", "# x"),
            *("```", "    x", "<!--", "-->", "<div>", "* * *", "---"),
        ]
    ),
    max_size=12,
).map("\n".join)
TEXTS = DOCUMENTS | WILD | DISPLAYS
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
@example("$$\n# x\n- a\n\n- b\n$$\n", [3, 7, 11, 12])
@example("<!--\n$$\n-->\nx\n=\n$$\n", [14, 16])
def test_any_cut_renders_as_the_whole(text: str, cuts: list[int]) -> None:
    growing, closed, so_far = Blocks(), [], ""
    for piece in cut(text, cuts):
        closed += growing.feed(piece)
        so_far += piece
        at_once = Blocks()
        assert at_once.feed(so_far) == closed, "what is closed depends on the text, not on the cuts"
        assert at_once.tail_html == growing.tail_html
    assert "".join(closed) + growing.end_html == render(text)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 60), st.sampled_from(["", "```py\n", "- x\n", "$$\n"]))
def test_a_block_too_long_is_cut_at_the_same_place(offset: int, opener: str) -> None:
    text = opener + ("a line of some length\n" * (MAX_BLOCK // 20)) + "x" * MAX_BLOCK
    growing, closed = Blocks(), []
    for start in range(0, len(text), 1000 + offset):
        closed += growing.feed(text[start : start + 1000 + offset])
    assert "".join(closed) + growing.end_html == render(text)
    assert len(closed) > 1


def test_a_code_block_that_is_cut_goes_on_as_code() -> None:
    html = render("```py\n" + "x = 1\n" * 10_000 + "```\n\nafter")
    assert html.count('<code class="language-py">') == 2
    assert html.count("x = 1") == 10_000
    assert html.endswith("<p>after</p>\n")


def test_a_code_block_is_coloured_and_can_be_copied_once_its_fence_is_closed() -> None:
    blocks = Blocks()
    blocks.feed("```py\ndef f():\n")
    assert "hl-k" not in blocks.tail_html and "<button" not in blocks.tail_html
    assert "<span>py</span>" in blocks.tail_html
    blocks.feed("    return 1\n```\n")
    assert '<span class="hl-k">def</span>' in blocks.tail_html
    assert blocks.tail_html == blocks.end_html
    assert blocks.tail_html.count("<button") == 2


def test_code_too_long_or_of_no_known_language_stays_plain() -> None:
    assert "hl-" not in render("```nosuch\ndef f(): pass\n```")
    assert "hl-" not in render("```py\n" + "def f(): pass\n" * 1000 + "```")


@pytest.mark.parametrize(
    ("text", "closes"),
    [
        ("```py\nx", "\n```"),
        ("So:\n\n~~~~\n```\nx", "\n~~~~"),
        ("```\n" + "x = 1\n" * 5_000, "\n```"),
        ("```py\nx\n```", ""),
        ("Words, and `code", ""),
        ("1. So:\n\n   ```py\n   x", ""),
        ("", ""),
    ],
)
def test_what_closes_the_code_that_a_text_leaves_open(text: str, closes: str) -> None:
    assert closing_fence(text) == closes
    assert render(f"{text}{closes}\n\n*After*").endswith("<p><em>After</em></p>\n")


def test_code_within_a_list_is_coloured_at_the_end() -> None:
    blocks = Blocks()
    blocks.feed("- so:\n\n  ```py\n  def f(): pass\n  ```\n")
    assert "hl-k" not in blocks.tail_html
    assert "hl-k" in blocks.end_html


@settings(deadline=None)
@given(st.lists(st.sampled_from(EVERY) | LINES, max_size=6).map("\n".join))
def test_no_text_gives_other_elements_than_ours(text: str) -> None:
    assert offences(render(text)) == []


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("It costs $0.50, not $5 or $10.", "<p>It costs $0.50, not $5 or $10.</p>\n"),
        ("# One\n\n###### Six", "<h3>One</h3>\n<h6>Six</h6>\n"),
        ("One\n\nTwo\n\nThree\n", "<p>One</p>\n<p>Two</p>\n<p>Three</p>\n"),
        ("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"),
        ('<a title="~~x~~">', '<p>&lt;a title="~~x~~"&gt;</p>\n'),
        ("<div>\n*x*\n</div>", "<p>&lt;div&gt;\n*x*\n&lt;/div&gt;</p>\n"),
        (
            "![alt](https://x.de/i.png)",
            '<p><a href="https://x.de/i.png" rel="noopener noreferrer nofollow" target="_blank">'
            'Image: alt <span class="host">(x.de)</span></a></p>\n',
        ),
        ("[1]: https://x.de", "<p>[1]: https://x.de</p>\n"),
        ("[*größe*]: x", "<p>[<em>größe</em>]: x</p>\n"),
        ("[é]: x", "<p>[é]: x</p>\n"),
        ("`[1]: x`", "<p><code>[1]: x</code></p>\n"),
        ("Not one! Two!", "<p>Not one! Two!</p>\n"),
        ("It was $$5 and is $$6.", "<p>It was $$5 and is $$6.</p>\n"),
        ("`$$x$$` and $x$", "<p><code>$$x$$</code> and $x$</p>\n"),
        ("\\\\(x\\)", "<p>\\(x)</p>\n"),
        (
            "\\(x\\)",
            '<p><math display="inline" alttext="x"><mrow><mi>x</mi></mrow></math></p>\n',
        ),
        (
            "\\[\nx\n\\]",
            '<p><math display="block" alttext="x"><mrow><mi>x</mi></mrow></math></p>\n',
        ),
        ("\\(\\) and \\[\\], $$$$", "<p>() and [], $$$$</p>\n"),
        ("$$x_1_2$$", "<p>$$x_1_2$$</p>\n"),
        (
            "[the Moon](https://www.example.org/moon)",
            '<p><a href="https://www.example.org/moon" rel="noopener noreferrer nofollow" '
            'target="_blank">the Moon <span class="host">(example.org)</span></a></p>\n',
        ),
        (
            "<https://example.org>",
            '<p><a href="https://example.org" rel="noopener noreferrer nofollow" '
            'target="_blank">https://example.org</a></p>\n',
        ),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>\n"),
        ("3. c", '<ol start="3" dir="auto">\n<li>c</li>\n</ol>\n'),
        (
            "- c\n  - d\n\n> e",
            '<ul dir="auto">\n<li>c\n<ul>\n<li>d</li>\n</ul>\n</li>\n</ul>\n'
            '<blockquote dir="auto">\n<p>e</p>\n</blockquote>\n',
        ),
        (
            '|a|b|c|\n|-|-:|:-:|\n|`<td style="text-align: right">`|2|3|',
            '<div class="table" tabindex="0" role="region" aria-label="Table"><table><thead><tr>'
            '<th>a</th><th align="right">b</th><th align="center">c</th></tr></thead><tbody>\n'
            '<tr><td><code>&lt;td style="text-align: right"&gt;</code></td><td align="right">2</td>'
            '<td align="center">3</td></tr>\n</tbody></table></div>\n',
        ),
        (
            "- [x] *done*\n- [ ] not yet\n- [x](https://x.de",
            '<ul dir="auto">\n'
            '<li><input type="checkbox" aria-label="Task" disabled checked>\n'
            "<em>done</em></li>\n"
            '<li><input type="checkbox" aria-label="Task" disabled>\nnot yet</li>\n'
            "<li>[x](https://x.de</li>\n</ul>\n",
        ),
        (
            "- [ ] <input type=text>",
            '<ul dir="auto">\n<li><input type="checkbox" aria-label="Task" disabled>\n'
            "&lt;input type=text&gt;</li>\n</ul>\n",
        ),
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
    "formulas": "\\(a^{b_c}\\) " * 10_000,
    "formulas without end": "\\[" * 30_000,
    "displays": "$$\n=\n" * 20_000,
    "displays without end": "\\[\n=\n" * 20_000,
    "one display without end": "$$\n" + "x = y\n" * 20_000,
    "prices": "- Luigi ($$), Mario ($$)\n" * 5_000,
    "prices in cells": "|a|b|\n|-|-|\n" + "|$$|é|\n" * 15_000,
    "one word without end": "$$ " + "x" * 100_000 + " $$",
    "formulas and code": "`a`\\(a\\)" * 10_000,
    "one deep formula": "$$" + "\\sqrt{" * 300 + "x" + "}" * 300 + "$$",
    "links with images": "[![a](http://x.de)](http://x.de) " * 5_000,
    **{
        f"{language} of {mark!r}": f"```{language}\n{(mark * 8000)[:7900]}\n```"
        for language, mark in [
            ("c", "\n"),
            ("java", "\n"),
            ("make", "a"),
            ("scala", "@"),
            ("diff", "@"),
        ]
    },
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY.keys())
def test_heavy_text_is_shown_and_stays_bounded(text: str) -> None:
    shown: list[str] = []
    assert cpu_seconds(lambda: shown.append(render(text)), tries=1) < 1 + len(text) / 100_000
    html = shown[0]
    assert offences(html) == []
    assert len(html) < 10 * len(text) + MAX_BLOCK


def test_text_too_deep_is_shown_as_it_was_written() -> None:
    assert "<blockquote>" in render("> " * (MAX_NESTING // 2) + "a")
    assert render("> " * (MAX_NESTING + 1) + "a").startswith("<pre>&gt; &gt;")


def test_text_as_deep_as_may_be_is_shown_and_one_deeper_as_it_was_written() -> None:
    deepest = "> " * (MAX_NESTING - 1)  # and the paragraph
    assert render(f"{deepest}a\n{deepest}\n{deepest}b").startswith("<blockquote")
    assert render(f"> {deepest}a").startswith("<pre>")


@pytest.mark.parametrize("opener", ["```\n", "~~~\n", "$$\n", "\\[\n"])
def test_what_may_take_long_to_show_is_known_before(opener: str) -> None:
    blocks = Blocks()
    blocks.feed("word\n" * (EASY_CODE // 5 + 1))
    assert not blocks.is_slow() and blocks.is_slow(EASY)
    blocks.feed(f"\n{opener}" + "x\n" * (EASY_CODE // 2 - 10))
    assert not blocks.is_slow() and blocks.is_slow(100)
