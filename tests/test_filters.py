"""The words and figures a reader sees."""

from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from chat.cascade.quality.calibration import known_checks
from chat.cascade.quality.kinds import Kind
from chat.cascade.streaming.events import CheckData, DecisionData, StreamEventType
from chat.render.words import KINDS, WORDS
from chat.templatetags import cascade, tools
from chat.templatetags.strip import steps
from chat.tools import SHIPPED
from chat.turns.attempts import AttemptState, AttemptStatus, Retry
from chat.turns.calls import ToolCallState, ToolCallStatus
from chat.turns.events import TurnEvent, TurnEventType
from chat.turns.state import TurnState

Happened = tuple[Any, ...]


@pytest.mark.parametrize(
    ("amount", "exactness", "shown"),
    [
        pytest.param("0", "free", "$0", id="free"),
        pytest.param("0.00041", "exact", "$0.0004", id="four decimals below a dollar"),
        pytest.param("0.000099", "exact", "<$0.0001", id="never rounded down to nothing"),
        pytest.param("0.0001", "exact", "$0.0001", id="the smallest that is shown"),
        pytest.param("4.125", "exact", "$4.12", id="two decimals from a dollar"),
        pytest.param("1234.5", "exact", "$1,234.50", id="thousands"),
        pytest.param("0.0041", "estimated", "≈\u00a0$0.0041", id="estimated"),
        pytest.param("0.41", "partial", "≈\u00a0$0.4100", id="partial"),
        pytest.param(None, "exact", "price unknown", id="no price"),
        pytest.param("0", "unknown", "price unknown", id="unknown is never nothing"),
    ],
)
def test_money_comes_with_its_honesty(amount: str | None, exactness: Any, shown: str) -> None:
    assert cascade.usd(None if amount is None else Decimal(amount), exactness) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0.000003700", "$0.0000037"), ("1E-7", "$0.0000001"), ("0", "$0"), ("120", "$120")],
)
def test_a_receipt_shows_every_digit(amount: str, shown: str) -> None:
    assert cascade.usd_exact(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("saved", "spent", "shown"),
    [
        pytest.param("0.71", "0.29", "saved ≈\u00a071\u00a0%", id="a share of the baseline"),
        pytest.param("0.71", None, "saved ≈\u00a0$0.7100", id="in dollars"),
        pytest.param("-0.0004", "0.0088", "overhead ≈\u00a0$0.0004", id="less than nothing saved"),
        pytest.param("0", "0.0088", "", id="nothing saved"),
        pytest.param(None, None, "", id="not known"),
    ],
)
def test_only_what_was_saved_is_called_saved(
    saved: str | None, spent: str | None, shown: str
) -> None:
    amounts = [None if text is None else Decimal(text) for text in (saved, spent)]

    assert cascade.saving(*amounts) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (12, "12\u00a0ms"),
        (912, "0.9\u00a0s"),
        (4_100, "4.1\u00a0s"),
        (59_940, "59.9\u00a0s"),
        (59_960, "1\u00a0min 0\u00a0s"),
        (72_400, "1\u00a0min 12\u00a0s"),
        (None, ""),
    ],
)
def test_times_are_read_at_a_glance(ms: int | None, shown: str) -> None:
    assert cascade.duration(ms) == shown


def test_a_coordinate_stays_on_the_gauge() -> None:
    assert [cascade.percent(value) for value in (-0.2, 0.584, 1.2)] == ["0.0", "58.4", "100.0"]


def test_text_of_a_model_cannot_become_markup() -> None:
    shown = cascade.body(
        AttemptState(1, "draft", "small", "x", text="One.\n\n<b onclick=x>two</b>")
    )

    assert "<b" not in "".join(shown.sheets) + shown.tail


def test_accepted_draft_draws_no_verifier() -> None:
    turn = told(routing(), chunk("Yes."), cost(), decision(0.82), (StreamEventType.COMPLETE,))

    assert words(turn) == ["Route", "Draft 0.9\u00a0s", "Check 0.82 / 0.70", "Done 5.0\u00a0s"]


def test_question_sent_straight_draws_no_draft_and_no_check() -> None:
    turn = told(routing(role="direct"), chunk("Yes."))

    assert words(turn) == ["Route", "Direct"]


def test_turn_without_a_route_says_that_one_is_chosen() -> None:
    assert words(told()) == ["Choosing a route"]


def test_a_draft_folds_only_when_the_next_model_has_written() -> None:
    switched = [routing(), chunk("Maybe."), cost(), decision(0.58), switch()]

    assert not folded(told(*switched))
    assert folded(told(*switched, chunk("Certainly.", attempt=2)))


def test_a_draft_unfolds_when_the_next_model_fails() -> None:
    written = [routing(), chunk("Maybe."), cost(), decision(0.58), switch(), chunk("Cer", 2)]
    error = {"error": "It broke.", "code": "unavailable", "retryable": True, "attempt": 2}

    turn = told(*written, cost(finish="error", attempt=2), (StreamEventType.ERROR, "", error, 2))

    assert not folded(turn)


def test_a_draft_that_broke_off_is_set_aside_like_any_other() -> None:
    turn = told(routing(), chunk("May"), cost(finish="error"), switch("draft_failed", "It broke."))

    assert cascade.standing(turn.attempts[0]) == "set_aside"
    assert cascade.why(turn.attempts[0]) == "It broke"


def test_a_draft_is_set_aside_for_the_checks_it_missed() -> None:
    turn = told(routing(), chunk("Maybe."), cost(), decision(0.58, "repetition", "hedging"))

    assert cascade.why(turn.attempts[0]) == "repeats itself, hedging"
    assert words(turn)[-1] == "Check 0.58 / 0.70"


def test_a_good_score_is_not_given_as_the_reason_for_setting_a_draft_aside() -> None:
    turn = told(routing(), chunk("Maybe."), cost(), decision(0.86, "truncated", accepted=False))

    assert words(turn)[-1] == "Check cut off"


@pytest.mark.parametrize("end", [TurnEventType.STOPPED, TurnEventType.INTERRUPTED])
def test_every_end_is_drawn(end: TurnEventType) -> None:
    turn = told(routing(), chunk("Yes"), (end,))

    assert words(turn)[-1] == f"{end.capitalize()} 5.0\u00a0s"


@pytest.mark.parametrize(
    ("status", "drawn"),
    [
        ("forming", ["Route", "Draft"]),
        ("running", ["Route", "Draft", "Tool"]),
        ("done", ["Route", "Draft", "Tool"]),
        ("dropped", ["Route", "Draft"]),
    ],
)
def test_a_tool_is_drawn_once_its_call_is_whole_and_not_if_it_came_to_nothing(
    status: ToolCallStatus, drawn: list[str]
) -> None:
    turn = told(routing(), chunk("I add them up."))
    turn.attempts[0].tool_calls = [ToolCallState(1, "a", "add", status=status)]

    assert words(turn) == drawn


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("waiting", "stopped"),
        ("writing", "stopped"),
        ("checking", "stopped"),
        ("accepted", "accepted"),
        ("answered", "answered"),
    ],
)
def test_a_reader_who_stops_a_turn_stops_what_had_not_ended(
    status: AttemptStatus, shown: str
) -> None:
    turn = told(routing(), chunk("Yes"))
    turn.attempts[0].status = status
    turn.apply(TurnEvent(TurnEventType.STOPPED, seq=3))

    assert turn.attempts[0].status == shown


def test_a_wait_for_the_next_try_counts_from_when_it_was_told() -> None:
    wait = {"cause": "It is busy.", "wait_s": 2.5, "next_try": 2}
    turn = told(routing(), (StreamEventType.RETRY, "", wait, 1))

    assert turn.attempts[0].retry == Retry("It is busy.", 2.5, 2, 5_034 + 2_500)


def test_an_answer_that_ended_within_code_is_shown_as_whole_as_it_will_be() -> None:
    attempt = AttemptState(1, "direct", "large", "scripted", "writing", "```py\ndef f():")
    assert "hl-k" not in cascade.body(attempt).tail
    for ended in ("answered", "stopped", "failed"):
        attempt.status = ended
        assert '<span class="hl-k">def</span>' in cascade.body(attempt).tail


def told(*happened: Happened) -> TurnState:
    turn = TurnState("turn", "Why?")
    for seq, event in enumerate(happened, start=1):
        type, content, data, attempt = event if len(event) == 4 else (*event, "", {}, 1)
        turn.apply(TurnEvent(type, content, data, seq, 5_034, attempt))
    return turn


def words(turn: TurnState) -> list[str]:
    return [f"{step.word} {step.figure}".strip() for step in steps(turn)]


def folded(turn: TurnState) -> bool:
    return cascade.folds(turn, turn.attempts[0])


def routing(role: str = "draft") -> Happened:
    data = {
        "strategy": "direct" if role == "direct" else "cascade",
        "complexity": "moderate",
        "reason": "Asks for an explanation",
        "models": ["small", "large"],
        "predicted_acceptance": None,
        "model": "small",
        "provider": "scripted",
        "role": role,
    }
    return StreamEventType.ROUTING, "", data, 1


def chunk(text: str, attempt: int = 1) -> Happened:
    return StreamEventType.CHUNK, text, {"model": "", "role": ""}, attempt


def cost(finish: str = "stop", attempt: int = 1) -> Happened:
    data = {
        "usage": {"input": 12, "output": 3, "cached_input": 0, "reasoning": 0},
        "cost_usd": Decimal("0.0004"),
        "total_usd": Decimal("0.0004"),
        "baseline_usd": Decimal("0.0008"),
        "only_draft_usd": Decimal("0.0002"),
        "counted_by": "provider",
        "saved_usd": Decimal("0.0004"),
        "exactness": "exact",
        "finish": finish,
        "first_token_ms": 210,
        "latency_ms": 912,
    }
    return StreamEventType.COST, "", data, attempt


def decision(score: float, *missed: str, accepted: bool | None = None) -> Happened:
    checks: list[CheckData] = [
        {"name": name, "value": 0, "contribution": -0.1, "passed": False, "note": ""}
        for name in missed
    ]
    data: DecisionData = {
        "accepted": score >= 0.7 if accepted is None else accepted,
        "score": score,
        "threshold": 0.7,
        "confidence": 1,
        "reason": missed[0] if missed else "quality_passed",
        "kind": "prose",
        "checks": checks,
        "promise": "",
        "saves_usd": None,
        "early": False,
    }
    return StreamEventType.DRAFT_DECISION, "", data, 1


def switch(reason: str = "quality_insufficient", error: str = "") -> Happened:
    data = {
        "from_model": "small",
        "to_model": "large",
        "provider": "scripted",
        "role": "verifier",
        "reason": reason,
        "error": error,
    }
    return StreamEventType.SWITCH, "", data, 1


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param("", "f()", id="nothing yet"),
        pytest.param('{"city": "Par', 'f(city="Par")', id="a text that grows"),
        pytest.param('{"city": "Paris", "n": 3}', 'f(city="Paris", n=3)', id="whole"),
        pytest.param('{"a": [1, {"b": null}]}', 'f(a=[1, {"b": null}])', id="nested"),
        pytest.param("{city: Paris}", "f()", id="no JSON"),
        pytest.param("[1, 2]", "f()", id="no object"),
        pytest.param('{"a": "\\ud83d', 'f(a="")', id="half a letter"),
        pytest.param('{"a": "' + "x" * 90 + '"}', 'f(a="' + "x" * 58 + "…)", id="long"),
    ],
)
def test_a_call_is_one_line_as_far_as_it_can_be_read(arguments: str, shown: str) -> None:
    assert tools.line(ToolCallState(1, "id", "f", arguments)) == shown


def test_a_shipped_tool_is_called_in_the_language_of_its_reader() -> None:
    clock, foreign = (ToolCallState(1, "id", name) for name in ("current_time", "town__clock"))
    assert (tools.called(clock), tools.called(foreign)) == ("current time", "town__clock")
    with translation.override("de"):
        assert (tools.called(clock), tools.called(foreign)) == ("aktuelle Uhrzeit", "town__clock")
        row = render_to_string("chat/_tool_call.html", {"call": clock})
        assert "<bdi>Aktuelle Uhrzeit</bdi>" in row
        assert '<pre dir="ltr">current_time</pre>' in row
        assert "town__clock()" in render_to_string("chat/_tool_call.html", {"call": foreign})
        names = [str(shipped.name) for shipped in SHIPPED.values()]
    assert not set(names) & {str(shipped.name) for shipped in SHIPPED.values()}


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (ToolCallState(1, "id", "f", status="failed", result="It divides by zero."), "null"),
        (ToolCallState(1, "id", "rename_conversation", "", "done", "It is now called 'X'."), "'X'"),
        (ToolCallState(1, "id", "f", status="done", result="It divides by zero."), "zero"),
    ],
    ids=["what a tool could not do", "what one of ours did", "what a foreign one gave"],
)
def test_our_own_words_of_a_tool_are_told_in_german(call: ToolCallState, shown: str) -> None:
    with translation.override("de"):
        told = tools.outcome(call)
    assert shown in told
    assert (told == call.result) == (shown == "zero")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("", "{}"),
        ('{"city":"Paris"}', '{\n  "city": "Paris"\n}'),
        ('{"city": "Par', '{"city": "Par'),
        ("[" * 5000, "[" * 5000),
    ],
)
def test_arguments_in_full_are_indented_once_they_are_whole(arguments: str, shown: str) -> None:
    assert tools.written(ToolCallState(1, "id", "f", arguments)) == shown


def test_the_outcome_of_a_call_is_its_first_words() -> None:
    call = ToolCallState(1, "id", "f", status="done", result="  22 °C,\n" + "sunny " * 50)
    assert tools.outcome(call).startswith("22 °C, sunny sunny")
    assert len(tools.outcome(call)) == 120
    assert tools.outcome(ToolCallState(1, "id", "f", status="done", result=" \n")) == "nothing"
    assert tools.outcome(ToolCallState(1, "id", "f", status="refused", result="x")) == "not allowed"
    broken_off = ToolCallState(1, "id", "f", status="broken_off")
    assert tools.outcome(broken_off) == "broken off while it ran"


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.0, ""), (0.004, ""), (-0.004, ""), (0.006, "+0.01"), (-6.0, "\u22126.00")],
)
def test_a_weight_that_is_not_seen_is_not_written(value: float, written: str) -> None:
    assert cascade.signed(value) == written


def test_what_spoke_against_a_draft_comes_first_and_what_said_nothing_not_at_all() -> None:
    checks: list[CheckData] = [
        {"name": name, "value": 1, "contribution": what, "passed": what >= 0, "note": ""}
        for name, what in (("quiet", 0.0), ("for", 0.4), ("against", -2.0))
    ]
    _, _, data, _ = decision(0.5)
    told = cascade.telling({**data, "checks": checks})
    assert [check["name"] for check in told] == ["against", "for"]


def test_no_sentence_repeats_the_word_that_a_draft_was_set_aside_for() -> None:
    note = "Asked for a sonnet, has 83 lines."
    check: CheckData = {
        "name": "instructions",
        "value": 0.0,
        "contribution": -6.0,
        "passed": False,
        "note": note,
    }
    _, _, data, _ = decision(0.1)
    assert cascade.plainly({**data, "checks": [check]}) == note.removesuffix(".")
    with translation.override("de"):
        assert cascade.plainly({**data, "checks": [check]}) == ""
        assert cascade.finding(check)


def test_the_terms_name_the_work_the_saving_and_the_promise() -> None:
    _, _, data, _ = decision(0.9)
    full = {**data, "saves_usd": "0.0042", "promise": "At most 2 % worse."}
    assert cascade.terms(full) == (
        "Judged as prose. Keeping it saves ≈\u00a0$0.0042. At most 2 % worse."
    )
    assert cascade.terms(data) == "Judged as prose."


def test_every_kind_of_work_has_words() -> None:
    assert set(KINDS) == set(Kind)


def test_every_check_has_words() -> None:
    assert {name for names in known_checks().values() for name in names} <= set(WORDS)
