"""A mould filled is the template rendered."""

import uuid

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import translation
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


def test_a_tag_fills_one_with_words_in_the_language_that_is_active() -> None:
    turn = str(uuid.uuid4())
    values = {"turn": turn, "prompt": "Why <b>tides</b>?", "seen": 0}
    tag = Template('{% fill "_edit" turn=turn prompt=prompt seen=seen %}')
    shown = set()
    for language in ("en", "de", "en"):
        with translation.override(language):
            filled_in = tag.render(Context(values))
            assert filled_in == render_to_string("chat/_edit.html", values)
            assert f"/turns/{turn}/edit/" in filled_in
        shown.add(filled_in)
    assert len(shown) == 2


def test_a_form_of_a_page_bears_its_token_and_one_that_is_pushed_none() -> None:
    values = {"turn": str(uuid.uuid4()), "seen": 2, "first": "small", "last": ""}
    tag = Template('{% fill "_retry_menu" turn=turn seen=seen first=first last=last %}')
    pushed = tag.render(Context(values))
    assert pushed == render_to_string("chat/_retry_menu.html", values)
    assert "csrf" not in pushed
    for token in ("x" * 64, "y" * 64):
        on_page = tag.render(Context(values | {"csrf_token": token}))
        assert on_page.count(f'name="csrfmiddlewaretoken" value="{token}"') == 3
