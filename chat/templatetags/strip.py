"""The steps of a turn as its strip draws them. A step that will not happen is not drawn."""

from dataclasses import dataclass

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.render.moulds import filled
from chat.templatetags.cascade import duration, is_short, role, score, standing, why
from chat.turns.attempts import AttemptState
from chat.turns.state import TurnState, TurnStatus

register = template.Library()


@dataclass(frozen=True, slots=True)
class Step:
    """`icon` is a symbol of `_icons.html`; `state` gives the colour; `figure` a time or a score."""

    word: str
    icon: str
    state: str
    figure: str = ""


ENDS = {
    TurnStatus.COMPLETED: (gettext_lazy("Done"), "accepted", "done"),
    TurnStatus.STOPPED: (gettext_lazy("Stopped"), "stop", "muted"),
    TurnStatus.FAILED: (gettext_lazy("Not answered"), "error", "error"),
    TurnStatus.INTERRUPTED: (gettext_lazy("Interrupted"), "warning", "error"),
}


@register.simple_tag
def drawn_steps(turn: TurnState) -> SafeString:
    """Each as `_step.html` shows it; they are drawn anew with every change of an answer."""
    *before, last = steps(turn)
    return SafeString("".join([*map(_drawn, before), _drawn(last, is_last="true")]))


def _drawn(step: Step, is_last: str = "") -> str:
    said = {"word": step.word, "figure": step.figure}
    return filled("_step", state=step.state, icon=step.icon, is_last=is_last, **said)


def steps(turn: TurnState) -> list[Step]:
    """What has happened so far, in order; the last one is what is happening."""
    drawn = [_route(turn)]
    for attempt in turn.attempts:
        drawn.append(_try(attempt))
        if attempt.uses_tools:
            drawn.append(_tools(attempt))
        elif attempt.decision or standing(attempt) == "checking":
            drawn.append(_check(attempt))
    if not turn.is_live:
        end, icon, state = ENDS[turn.status]
        drawn.append(Step(str(end), icon, state, duration(turn.latency_ms)))
    return drawn


def _route(turn: TurnState) -> Step:
    if turn.attempts:
        return Step(_("Route"), "accepted", "done")
    if turn.waits:
        return Step(_("Waiting in line"), "route", "muted")
    return Step(_("Choosing a route") if turn.is_live else _("No route"), "route", "muted")


def _try(attempt: AttemptState) -> Step:
    figure = duration(attempt.receipt.latency_ms) if attempt.receipt else ""
    icon = "draft" if attempt.role == "draft" else "model"
    match standing(attempt):
        case "waiting" | "writing":
            return Step(role(attempt), icon, attempt.role, figure)
        case "failed":
            return Step(role(attempt), "error", "error", figure)
        case "stopped" | "interrupted":
            return Step(role(attempt), icon, "muted", figure)
        case "set_aside" if not attempt.decision:
            return Step(role(attempt), "aside", "aside", figure)
    return Step(role(attempt), "accepted", "done", figure)


def _check(attempt: AttemptState) -> Step:
    decision = attempt.decision
    if decision is None:
        return Step(_("Checking"), "check", "draft")
    figure = f"{score(decision['score'])} / {score(decision['threshold'])}"
    if decision["accepted"]:
        return Step(_("Check"), "accepted", "done", figure)
    return Step(_("Check"), "aside", "aside", figure if is_short(decision) else why(attempt))


def _tools(attempt: AttemptState) -> Step:
    """That they were found fit to run goes without saying."""
    calls = attempt.tool_calls
    if any(call.status == "waiting" for call in calls):
        return Step(_("Waiting for you"), "tool", "aside")
    word = _("Tool") if len(calls) == 1 else _("Tools")
    times = [call.time_ms for call in calls if call.time_ms is not None]
    figure = duration(max(times)) if times else ""
    if any(call.is_open for call in calls):
        return Step(word, "tool", attempt.role, figure)
    if any(call.status == "done" for call in calls):
        return Step(word, "accepted", "done", figure)
    return Step(word, "error", "muted", figure)
