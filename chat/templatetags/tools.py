"""A tool call in one line, and in full."""

import json
from typing import Any

import jiter
from django import template
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from chat import tools
from chat.sentences import told
from chat.turns.attempts import AttemptState
from chat.turns.calls import ToolCallState
from chat.turns.questions import ANSWER_S
from chat.turns.state import TurnState

register = template.Library()

VALUE_LENGTH = 60
LINE_LENGTH = 200
OUTCOME_LENGTH = 120
"""Characters of what is also shown in full, under the line."""

SENTENCE_LENGTH = 400
"""Characters of a tool's answer that are looked at for a sentence of ours."""

STATES = {
    "forming": _("forming…"),
    "complete": _("about to run…"),
    "waiting": _("waiting for you"),
    "running": _("running…"),
    "refused": _("not allowed"),
    "dropped": _("not run"),
    "broken_off": _("broken off while it ran"),
}


@register.filter
def is_shipped(call: ToolCallState) -> bool:
    return call.name in tools.SHIPPED


@register.filter
def called(call: ToolCallState) -> str:
    """The name that its reader knows the tool by."""
    return tools.called(call.name)


@register.filter
def line(call: ToolCallState) -> str:
    """`get_weather(city="Paris")`, as far as its arguments can be read."""
    return Truncator(f"{call.name}({_given(call)})").chars(LINE_LENGTH)


@register.filter
def given(call: ToolCallState) -> str:
    """`city="Paris"`, for a line that names the tool in other words."""
    return Truncator(_given(call)).chars(LINE_LENGTH)


@register.filter
def outcome(call: ToolCallState) -> str:
    """The first words of its result or error, or what is happening to it."""
    if state := STATES.get(call.status):
        return str(state)
    text = " ".join(call.result.split())
    if call.status == "failed" or is_shipped(call):
        text = told(text[:SENTENCE_LENGTH])
    return Truncator(text).chars(OUTCOME_LENGTH) or str(_("nothing"))


@register.filter
def written(call: ToolCallState) -> str:
    """Its arguments in full, indented once they are whole."""
    try:
        arguments = jiter.from_json((call.arguments or "{}").encode())
        return json.dumps(arguments, indent=2, ensure_ascii=False)
    except ValueError:  # it is still forming, or no JSON at all
        return call.arguments


@register.filter
def is_step(turn: TurnState, attempt: AttemptState) -> bool:
    return turn.is_step(attempt)


@register.simple_tag
def answer_time() -> str:
    return _("{count}\u00a0minutes").format(count=f"{ANSWER_S / 60:.0f}")


@register.filter
def icon(attempt: AttemptState) -> str:
    return "draft" if attempt.role == "draft" else "model"


def _given(call: ToolCallState) -> str:
    read = _read(call.arguments)
    if not isinstance(read, dict):
        return ""
    return ", ".join(f"{name}={_short(value)}" for name, value in read.items())


def _read(arguments: str) -> Any:
    try:
        return jiter.from_json(arguments.encode(), partial_mode="trailing-strings")
    except ValueError:
        return {}


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= VALUE_LENGTH else f"{text[: VALUE_LENGTH - 1]}…"
