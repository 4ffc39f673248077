"""A mould filled is the template rendered."""

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from chat.render import moulds
from chat.render.moulds import filled

PLACE = "turn-1-attempt-2"


@pytest.mark.parametrize("blocks", ["", mark_safe("<p>One.</p>")])
def test_it_is_what_the_template_gives(blocks: str) -> None:
    values = {"place": PLACE, "blocks": blocks, "tail": mark_safe("<p>Two")}
    for _ in range(2):
        assert filled("events/chunk", **values) == render_to_string(
            "chat/events/chunk.html", values
        )


@pytest.mark.parametrize("text", ["<b>", "place", "\ufdd0", "{{ place }}", "&amp;", ""])
def test_what_is_filled_in_is_escaped_and_means_nothing(text: str) -> None:
    values = {"place": PLACE, "text": text}
    assert filled("events/reasoning", **values) == render_to_string(
        "chat/events/reasoning.html", values
    )


def test_a_template_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    filled("_cursor", cursor="1:1", oob="true")
    monkeypatch.setattr(moulds, "get_template", None)
    assert 'value="1:2"' in filled("_cursor", cursor="1:2", oob="true")
