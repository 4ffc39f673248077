"""The tag that shows an icon. Settings let every template use it."""

from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """`_icon.html`, rendered once for each symbol: a page shows dozens."""
    return SafeString(get_template("chat/_icon.html").render({"name": name}))
