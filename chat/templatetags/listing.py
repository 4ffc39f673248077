"""What the sidebar of every page shows."""

from collections.abc import Sequence
from typing import Any

from django import template

from chat.conversations import deletion, listing
from chat.models import Conversation

register = template.Library()


@register.simple_tag(takes_context=True)
def first_page(context: dict[str, Any]) -> listing.Page:
    return listing.page(context["request"].user)


@register.simple_tag(takes_context=True)
def just_deleted(context: dict[str, Any]) -> Sequence[Conversation]:
    return list(deletion.recent(context["request"].user)[: deletion.MOST_SHOWN])
