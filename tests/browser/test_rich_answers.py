"""What is in an answer: code, formulas, tables, links; and prices, which are none of these."""

from playwright.sync_api import Page, expect

from tests.browser.steps import ask, copied, settled
from tests.loopback import Loopback, Reply

RICH = r"""It costs $0.50, not $5 or $10. But \(a_1\) and $$x^2$$ are formulas.

3. Ebb
4. Flow

- [x] The Moon
- [ ] The Sun

```python
def tide(moon):
    return moon
```

![a map](https://maps.example.net/tides.png) and [the tables](https://www.example.org/tides).

```sh
echo "the last block"
```"""

PRINTED_GROUNDS = "(them, part) => them.map((it) => getComputedStyle(it, part).printColorAdjust)"
IS_WIDE = "it => it.scrollWidth > it.clientWidth"
HEBREW = """SQL \u05d4\u05d9\u05d0 \u05e9\u05e4\u05d4.

\u05d6\u05d5 \u05e4\u05e1\u05e7\u05d4 \u05e9\u05e0\u05d9\u05d9\u05d4."""
FIRST_LETTER_IS_RIGHT = """(paragraph) => {
  const letter = document.createRange();
  letter.setStart(paragraph.firstChild, 0);
  letter.setEnd(paragraph.firstChild, 1);
  const box = paragraph.getBoundingClientRect();
  return letter.getBoundingClientRect().left > box.left + box.width / 2;
}"""
HOURS = range(24)
WIDE = f"""| {" | ".join(f"{hour}:00" for hour in HOURS)} |
|{"---|" * len(HOURS)}
| {" | ".join("high" for _ in HOURS)} |

```sh
echo "{"a long line of words " * 12}"
```"""


def answered(page: Page, provider: Loopback, cascade: str, text: str = RICH) -> None:
    pieces = [text[start : start + 7] for start in range(0, len(text), 7)]
    provider.script("small", Reply("I'm sorry, but I can't help with that."))
    provider.script("large", Reply(pieces, pace_s=0.01))
    ask(page, "Why are there tides?", cascade)
    settled(page)


def test_c14_prices_are_shown_as_they_are_and_formulas_as_formulas(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    answered(page, provider, loopback_cascade)
    body = page.locator(".attempt").last.locator(".body")
    expect(body).to_contain_text("It costs $0.50, not $5 or $10.")
    expect(body.locator("math")).to_have_count(2)
    expect(body.locator("math[display=block] msup")).to_have_count(1)


def test_tasks_are_boxes_that_say_how_they_stand_and_cannot_be_ticked(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    answered(page, provider, loopback_cascade)
    boxes = page.locator(".attempt").last.get_by_role("checkbox", name="Task", disabled=True)
    expect(boxes).to_have_count(2)
    expect(boxes.first).to_be_checked()
    boxes.last.click(force=True)
    expect(boxes.last).not_to_be_checked()


def test_on_paper_tasks_stand_as_on_the_screen_and_nothing_lies_above_the_words(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    answered(page, provider, loopback_cascade)
    page.emulate_media(media="print")
    skip = page.locator(".skip-link")  # fixed, so that it would be on every sheet
    expect(skip).to_be_hidden()
    boxes = page.locator(".attempt").last.get_by_role("checkbox", name="Task")
    keys = page.locator(".waterfall-times [data-kind]")
    for things, part in ((boxes, None), (keys, "::before")):
        grounds = things.evaluate_all(PRINTED_GROUNDS, part)
        assert grounds and set(grounds) == {"exact"}


def test_code_is_copied_alone_and_an_answer_as_text_and_as_markdown(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answered(page, provider, loopback_cascade)
    code = page.locator(".code").last.get_by_role("button", name="Copy")
    assert copied(page, code.click) == 'echo "the last block"\n'
    answer = page.locator(".outcome").get_by_role("button", name="Copy", exact=True).first
    text = copied(page, answer.click)
    assert "def tide(moon):" in text and "Wrap" not in text
    assert "But a_1 and x^2 are formulas." in text
    assert "3. Ebb\n4. Flow" in text
    assert "[x] The Moon\n[ ] The Sun" in text
    expect(page.locator(".attempt").last.locator("math")).to_have_count(2)
    page.get_by_role("button", name="Other ways to copy").click()
    page.get_by_role("link", name="As Markdown").click()
    expect(page.get_by_role("link", name="As Markdown")).to_be_hidden()
    assert page.evaluate("navigator.clipboard.readText()") == RICH


def test_what_is_copied_by_hand_has_no_word_of_a_button_in_it(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answered(page, provider, loopback_cascade)
    body = page.locator(".attempt").last.locator(".body")
    body.evaluate("it => getSelection().selectAllChildren(it)")
    page.keyboard.press("Control+c")
    text = page.evaluate("navigator.clipboard.readText()")
    assert "def tide(moon):\n    return moon\n" in text
    assert "the last block" in text
    assert not [word for word in ("Wrap", "Copy", "python") if word in text]


def test_what_was_pushed_is_what_a_reload_shows_and_no_image_is_loaded(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answered(page, provider, loopback_cascade)
    body = page.locator(".attempt").last.locator(".body")
    pushed = body.inner_html()
    expect(body.get_by_role("link", name="Image: a map (maps.example.net)")).to_be_visible()
    expect(body.get_by_role("link", name="the tables (example.org)")).to_be_visible()
    expect(body.locator(".code .hl-k").first).to_have_text("def")
    page.reload()
    assert body.inner_html() == pushed
    assert not [url for url in asked if "example" in url]


def test_what_is_wide_scrolls_in_itself_on_a_phone_and_code_is_wrapped_on_demand(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    answered(page, provider, loopback_cascade, WIDE)
    table, code = page.get_by_role("region", name="Table"), page.locator(".code pre")
    for box in (table, code):
        assert box.evaluate(IS_WIDE)
        assert box.evaluate("it => it.tabIndex") == 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    table.focus()
    table.press("ArrowRight")
    expect(table).not_to_have_js_property("scrollLeft", 0)
    wrap = page.get_by_role("button", name="Wrap")
    wrap.click()
    expect(wrap).to_have_attribute("aria-pressed", "true")
    assert not code.evaluate(IS_WIDE)
    wrap.click()
    expect(wrap).to_have_attribute("aria-pressed", "false")
    assert code.evaluate(IS_WIDE)
    page.emulate_media(media="print")
    assert not code.evaluate(IS_WIDE)
    expect(table).to_have_css("overflow-x", "visible")
    expect(page.locator("button, select, .action").locator("visible=true")).to_have_count(0)


def test_each_paragraph_is_laid_out_in_the_direction_of_its_own_words(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    answered(page, provider, loopback_cascade, HEBREW)
    told = page.locator(".attempt").last.locator(".body p")
    assert [one.evaluate(FIRST_LETTER_IS_RIGHT) for one in told.all()] == [False, True]


def test_a_list_has_its_marks_where_its_own_words_begin(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    mixed = f"{HEBREW}\n\n- \u05d6\u05d5 \u05e4\u05e1\u05e7\u05d4\n  1. SQL\n\n***\n\n1. first\n"
    answered(page, provider, loopback_cascade, mixed)
    lists = page.locator(".attempt").last.locator(".body :is(ul, ol)")
    sides = [one.evaluate("it => getComputedStyle(it).direction") for one in lists.all()]
    assert sides == ["rtl", "rtl", "ltr"]
    assert [
        one.evaluate("it => parseFloat(getComputedStyle(it).paddingRight) > 0")
        for one in lists.all()
    ] == [True, True, False]
    items = [lists.nth(at).locator("li").last for at in (1, 2)]
    assert [item.evaluate(FIRST_LETTER_IS_RIGHT) for item in items] == [True, False]
