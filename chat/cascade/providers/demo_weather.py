"""The simulated models and the guide's weather tool, so that its examples need no key."""

import json
import re

from chat.cascade.pricing import Usage
from chat.cascade.providers.base import Delta, Finish, Reported, Request, Text, ToolFragment
from chat.cascade.tokens import estimate_tokens

_TOOL = "get_weather"
_PLACE = re.compile(r"\b(?:in|and|or) ([A-Z]\w+)")
_PIECE = re.compile(r"\s*\S{1,6}")


def weather(request: Request) -> list[Delta]:
    """The whole answer: calls where the weather of places is asked for, a sentence where tools have
    told it; nothing where this is not about the weather."""
    said = _told(request) or _calls(request)
    if not said:
        return []
    given = sum(estimate_tokens(message["content"]) for message in request.messages)
    finish = Finish("stop" if isinstance(said[0], Text) else "tool_calls")
    return [*said, finish, Reported(Usage(given, len(said)))]


def _calls(request: Request) -> list[Delta]:
    last = request.messages[-1]
    is_offered = any(tool["name"] == _TOOL for tool in request.tools)
    if not is_offered or request.tool_choice.kind == "none" or last["role"] != "user":
        return []
    if "weather" not in last["content"].lower():
        return []
    fragments: list[Delta] = []
    for key, place in enumerate(_PLACE.findall(last["content"])):
        fragments.append(ToolFragment(key, f"call_{key}_{place.lower()}", _TOOL))
        written = json.dumps({"location": place}, ensure_ascii=False)
        fragments += [ToolFragment(key, arguments=piece) for piece in _PIECE.findall(written)]
    return fragments


def _told(request: Request) -> list[Delta]:
    results = [m["content"] for m in request.messages if m.get("name") == _TOOL]
    if not results or request.messages[-1].get("name") != _TOOL:
        return []
    sentence = f"The weather I was told: {'; '.join(results)}."
    return [*map(Text, _PIECE.findall(sentence))]
