"""The words of the costs pages, beside those of a turn."""

from django import template

from chat.localised import percent

register = template.Library()


@register.filter
def share(value: float | None) -> str:
    """`78 %`; nothing for a share of nothing."""
    return "" if value is None else percent(value)
