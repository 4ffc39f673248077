"""Sheets hold every block once, in order, however the blocks came."""

from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from chat.render.sheets import SHEET, sheets

cuts = st.lists(st.integers(0, 3 * SHEET), max_size=6)


@given(cuts)
def test_every_block_comes_once_in_order_and_no_sheet_holds_more(sizes: list[int]) -> None:
    held: dict[int, str] = {}
    before = 0
    for size in sizes:
        blocks = [SafeString(f"<p>{before + place}</p>") for place in range(size)]
        for number, html in sheets(blocks, before):
            held[number] = held.get(number, "") + html
        before += size
    assert list(held) == list(range(-(-before // SHEET)))
    assert "".join(held.values()) == "".join(f"<p>{place}</p>" for place in range(before))
    assert all(html.count("<p>") == SHEET for html in [*held.values()][:-1])


def test_what_is_added_is_not_escaped_again() -> None:
    assert dict(sheets([SafeString("<p>a &amp; b</p>")])) == {0: "<p>a &amp; b</p>"}
