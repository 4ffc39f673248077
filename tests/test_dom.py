import pytest

from tests.dom import Page


def shown(*frames: str) -> str:
    page = Page('<main id="m"><p id="a">one</p><ul id="l"><li>1</li></ul></main>')
    for frame in frames:
        page.apply(frame)
    return page.html("m")


@pytest.mark.parametrize(
    ("frame", "html"),
    [
        ('<p id="a" hx-swap-oob="true">two</p>', '<p id="a">two</p><ul id="l"><li>1</li></ul>'),
        ('<p id="a">two</p>', '<p id="a">two</p><ul id="l"><li>1</li></ul>'),
        (
            '<p id="a" hx-swap-oob="innerHTML">t<b>w</b>o</p>',
            '<p id="a">t<b>w</b>o</p><ul id="l"><li>1</li></ul>',
        ),
        (
            '<ul id="l" hx-swap-oob="beforeend"><li>2</li></ul>',
            '<p id="a">one</p><ul id="l"><li>1</li><li>2</li></ul>',
        ),
        (
            '<p id="b" hx-swap-oob="outerHTML:#a">two</p>',
            '<p id="b">two</p><ul id="l"><li>1</li></ul>',
        ),
        ("words in between", '<p id="a">one</p><ul id="l"><li>1</li></ul>'),
    ],
)
def test_a_frame_is_swapped_in_as_htmx_does(frame: str, html: str) -> None:
    assert shown(frame) == f'<main id="m">{html}</main>'


def test_a_missing_target_is_a_defect() -> None:
    with pytest.raises(AssertionError, match="0 elements have the id 'z'"):
        shown('<p id="z">lost</p>')


def test_white_space_counts_in_code_only() -> None:
    page = Page('<div id="d">\n <p>a  b</p>\n <pre>a  b\n</pre></div>')
    assert page.html("d") == '<div id="d"><p>a b</p><pre>a  b\n</pre></div>'
