"""Out: the shown path of a conversation as Markdown, for people."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from chat.models import Conversation
from chat.render.markdown import closing_fence
from chat.render.money import usd
from chat.templatetags.cascade import score, word
from chat.tools import called
from chat.turns import history
from chat.turns.state import TurnState


def markdown(conversation: Conversation) -> str:
    turns = history.kept_states_of(conversation.id)
    return "\n".join([f"# {_line(conversation.title)}", *_told(turns)])


def _told(turns: Iterable[TurnState]) -> Iterator[str]:
    for turn in turns:
        quoted = "\n".join(f"> {line}".rstrip() for line in turn.prompt.splitlines())
        yield f"\n## {_('You')}\n\n{quoted}\n"
        for attachment in turn.attachments:
            yield _("Attached: {name}").format(name=_code(attachment["name"])) + "\n"
            yield history.fenced(attachment) + "\n"
        if turn.answer:
            text = turn.answer.text.strip()
            yield f"## {_line(turn.answer.model)}\n\n{text}{closing_fence(text)}\n"
        yield f"*{' · '.join(_how(turn))}*\n"


def _how(turn: TurnState) -> Iterator[str]:
    for attempt in turn.attempts:
        decision = attempt.decision
        if attempt.uses_tools and (decision is None or decision["accepted"]):
            names = dict.fromkeys(called(call.name) for call in attempt.tool_calls)
            tools = ", ".join(map(_code, names))
            yield _("{model} asked for {tools}").format(model=_line(attempt.model), tools=tools)
        elif decision is not None:
            said = (
                _("Draft by {model} accepted ({score}, needed {threshold})")
                if decision["accepted"]
                else _("Draft by {model} set aside ({score}, needed {threshold})")
            )
            yield said.format(
                model=_line(attempt.model),
                score=score(decision["score"]),
                threshold=score(decision["threshold"]),
            )
    yield word(turn.status).capitalize()
    if turn.total_usd is None or turn.total_usd > 0:
        yield usd(turn.total_usd, turn.exactness)


def _code(name: str) -> str:
    return f"`{_line(name).replace('`', '')}`"


def _line(text: str) -> str:
    return " ".join(text.split())
