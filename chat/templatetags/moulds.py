"""The tag that fills the mould of a partial. Settings let every template use it."""

from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from chat.render.moulds import filled_with_words

register = template.Library()


@register.simple_tag(takes_context=True)
def fill(context: Context, name: str, **values: Any) -> SafeString:
    """`{% fill "_fork" turn=turn.id %}`: as `include` shows it, but with these values alone, and
    with the page's CSRF token where it has one."""
    token = context.get("csrf_token") or ""
    written = {
        key: "" if value is None or value is False else str(value) for key, value in values.items()
    }
    return SafeString(filled_with_words(name, **written, csrf_token=str(token)))
