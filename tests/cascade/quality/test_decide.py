"""The decision over a draft: what it refuses, what it must not refuse, and that it is bounded."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade import CascadePolicy, ConfigError, ToolCall, decide
from chat.cascade.quality import Calibration, Kind
from chat.cascade.quality.calibration import FITTED
from chat.cascade.quality.scorer import Scorer
from chat.cascade.tools.judging import JudgedCall
from tests.pace import cpu_seconds

PLAIN = "Explain photosynthesis."
LOOP = "The cell makes sugar from light and water. " * 30
CAKE = (
    "Preheat the oven to 180 degrees. Whisk the eggs with the butter, then add flour, milk and"
    " salt. Pour the batter into a greased tin and bake it for thirty minutes. Let it cool on a"
    " rack before you spread the icing, and decorate it with strawberries, cream and chocolate."
)

REFUSED = {
    "empty": (PLAIN, "", "empty"),
    "blank": (PLAIN, " \n\t ", "empty"),
    "dots": (PLAIN, "...", "empty"),
    "a mark": (PLAIN, "?", "empty"),
    "a mark of models": (PLAIN, "<|endoftext|>", "empty"),
    "an echo": ("Tell me about the tides.", "Tell me about  the tides.", "empty"),
    "refusal": (PLAIN, "I'm sorry, but I can't help with that.", "refusal"),
    "refusal, typographic": (PLAIN, "I\u2019m unable to answer this.", "refusal"),
    "does not know": (PLAIN, "I don't know.", "no_access"),
    "refusal in German": (PLAIN, "Es tut mir leid, dabei kann ich nicht helfen.", "refusal"),
    "repetition": (PLAIN, LOOP, "repetition"),
    "repetition without spaces": (PLAIN, "植物利用光能制造糖分。" * 30, "repetition"),
    "hedging": (PLAIN, "Maybe light. Perhaps water. I think sugar, possibly.", "hedging"),
    "open code block": (PLAIN, "Plants do this:\n```python\nx = 1", "truncated"),
    "ends in the middle": (PLAIN, "Plants need light, water,", "truncated"),
    "off topic": ("How do I renew a passport in Portugal?", CAKE, "off_topic"),
    "no JSON": ("Give me the planets as JSON.", "Mercury, Venus and Earth.", "instructions"),
    "broken JSON": ("Return JSON.", '{"a": 1', "instructions"),
    "no table": ("Compare them in a table.", "One is big. One is small.", "instructions"),
    "too few items": ("List 5 rivers.", "The Rhine.", "instructions"),
    "no code": ("Write a Python function to add.", "Add the numbers up.", "instructions"),
}


@pytest.mark.parametrize(("prompt", "draft", "reason"), REFUSED.values(), ids=REFUSED)
def test_bad_draft_is_refused_by_name(prompt: str, draft: str, reason: str) -> None:
    decision = decide(prompt, draft)
    assert (decision.accepted, decision.reason) == (False, reason)


KEPT = {
    "a word": ("What is the capital of France?", "Paris"),
    "a mark that was asked for": ("Which punctuation mark ends a question?", "?"),
    "an emoji": ("Which emoji stands for joy?", "😀"),
    "a greeting given back": ("Hello!", "Hello!"),
    "a letter": ("Answer with A, B, C or D.", "B"),
    "a number": ("What is 17 * 23?", "391"),
    "German": ("Wie sagt man good morning?", "Guten Morgen."),
    "Spanish": ("Say good day in Spanish.", "Buenos días."),
    "Chinese": ("为什么天空是蓝色的", "因为空气分子对蓝光的散射比对红光的散射更强。"),
    "Arabic": ("ما هي عاصمة فرنسا؟", "عاصمة فرنسا هي باريس."),
    "Japanese to an English question": (
        "Say hello to Yuki in Japanese please",
        "こんにちは、ゆきさん。",
    ),
    "translation": (
        "Translate into English: Der Kuchen wird bei hundertachtzig Grad gebacken, dann verziert.",
        CAKE,
    ),
    "one hedge": (PLAIN, "Plants make sugar from light. It could be stored as starch."),
    "JSON": ("Return JSON.", '{"a": [1, 2]}'),
    "JSON in a block": ("Answer in JSON", '```json\n{"a": 1}\n```'),
    "list in a line": ("List three rivers.", "Rhine, Elbe and Oder."),
    "list": ("Name 3 rivers", "1. Rhine\n2. Elbe\n3. Oder"),
    "table": ("Show a table of rivers", "| a | b |\n|---|---|\n| 1 | 2 |"),
    "code": ("Write a function to add.", "```python\ndef add(a, b): return a + b\n```"),
    "a table that is furniture": ("Which table fits a small kitchen?", "A round one of 90 cm."),
    "asks back": ("It fails.", "Could you show me the traceback? Then I can say more."),
    "verse": ("Sing.", "Row, row, row your boat, gently down the stream."),
}


@pytest.mark.parametrize(("prompt", "draft"), KEPT.values(), ids=KEPT)
def test_good_draft_is_kept(prompt: str, draft: str) -> None:
    decision = decide(prompt, draft)
    assert decision.accepted, decision
    assert decision.reason == "quality_passed"


@pytest.mark.parametrize(
    ("finish", "reason"),
    [("length", "truncated"), ("content_filter", "refused"), ("refusal", "refused")],
)
def test_a_draft_that_ended_badly_is_refused_whatever_its_score(finish: str, reason: str) -> None:
    decision = decide(PLAIN, "Plants make sugar from light.", finish=finish, threshold=0)
    assert (decision.accepted, decision.reason, decision.confidence) == (False, reason, 1)


def test_an_empty_draft_is_refused_at_any_threshold() -> None:
    assert not decide(PLAIN, " ", threshold=0).accepted


def test_the_threshold_decides() -> None:
    score = decide(PLAIN, "Plants make sugar.").score
    assert decide(PLAIN, "Plants make sugar.", threshold=score).accepted
    assert not decide(PLAIN, "Plants make sugar.", threshold=score + 0.01).accepted


def test_the_note_says_what_was_counted() -> None:
    decision = decide(PLAIN, "Maybe light. Perhaps water. I think sugar, possibly.")
    note = next(check["note"] for check in decision.checks if check["name"] == "hedging")
    assert note == "Too many hedges: 4 hedges in 3 sentences."
    decision = decide(PLAIN, "Maybe light, perhaps water, possibly sugar.")
    note = next(check["note"] for check in decision.checks if check["name"] == "hedging")
    assert note == "Too many hedges: 3 hedges in one sentence."


def flat(bias: float) -> Calibration:
    """Every draft scores the same, and no check costs anything."""
    return Calibration(scorers={kind: Scorer(bias, {}) for kind in Kind})


@pytest.mark.parametrize(
    ("bias", "threshold", "confidence"),
    [
        *((0, 0.5, 0.5), (0, 0.0, 0.75), (0, 0.25, 0.6667)),  # kept: how far up to 1
        *((0, 1.0, 0.75), (0, 0.75, 0.6667)),  # set aside: how far down to 0
        *((30, 1.0, 1.0), (-30, 1.0, 1.0)),
    ],
)
def test_confidence_is_the_share_of_the_way_from_the_threshold_to_the_end(
    bias: float, threshold: float, confidence: float
) -> None:
    decision = decide(PLAIN, "Plants.", threshold=threshold, calibration=flat(bias))
    assert decision.confidence == confidence


def test_a_faultless_draft_below_the_threshold_is_not_blamed_on_a_check() -> None:
    decision = decide(PLAIN, "Plants.", threshold=0.9, calibration=flat(0))
    assert decision.checks and (decision.accepted, decision.reason) == (False, "below_threshold")
    every = {check["name"] for check in decision.checks}
    bare = decide(PLAIN, "Plants.", threshold=0.9, calibration=flat(0), checks_off=every)
    assert (bare.checks, bare.reason) == ((), "below_threshold")


def test_what_is_still_written_is_set_aside_for_a_failed_check_alone() -> None:
    low = decide(PLAIN, "Plants need light, water,", finish=None, threshold=1)
    assert (low.accepted, low.early, low.reason) == (True, True, "quality_passed")
    assert all(check["passed"] for check in low.checks) and low.score < 1
    lost = decide(PLAIN, "I don't know.", finish=None)
    assert (lost.accepted, lost.early, lost.reason) == (False, True, "no_access")
    assert not decide(PLAIN, "Plants.").early


@pytest.mark.parametrize("finish", ["stop", None])
def test_a_call_that_cannot_be_run_is_never_accepted(finish: str | None) -> None:
    bad = JudgedCall(ToolCall("1", "rain", {}), error="There is no tool rain.")
    decision = decide(PLAIN, "Plants.", calls=[bad], finish=finish, threshold=0)
    assert (decision.accepted, decision.reason, decision.confidence) == (False, "tool_calls", 1)


@pytest.mark.parametrize(
    ("prompt", "draft"),
    [(PLAIN, LOOP), ("A shop sells 3 pens for $4. How much do 12 cost?", "$16.")],
)
def test_figures_have_four_decimals(prompt: str, draft: str) -> None:
    decision = decide(prompt, draft)
    told = [decision.score, decision.confidence]
    told += [check[name] for check in decision.checks for name in ("value", "contribution")]
    assert told == [round(figure, 4) for figure in told]
    assert not any(math.copysign(1, figure) < 0 and figure == 0 for figure in told), "-0.0"


TEXTS = st.one_of(st.text(), st.text(alphabet="`[]{}|-,. \nabI'm1json", max_size=400))


@given(TEXTS, TEXTS, st.sampled_from(["stop", "length", "content_filter"]), st.floats(0, 1))
def test_any_draft_is_decided_and_the_score_is_its_explanation(
    prompt: str, draft: str, finish: str, threshold: float
) -> None:
    decision = decide(prompt, draft, finish=finish, threshold=threshold)
    log_odds = FITTED[decision.kind].bias + sum(c["contribution"] for c in decision.checks)
    assert decision.score == pytest.approx(1 / (1 + math.exp(-log_odds)), abs=1e-3)
    assert 0 <= decision.confidence <= 1
    assert decision == decide(prompt, draft, finish=finish, threshold=threshold)


BOMBS = {
    "letters": "a" * 2_000_000,
    "spaces": " " * 2_000_000,
    "brackets": "[" * 2_000_000,
    "dashes": "-|" * 1_000_000,
    "backticks": "```\n" * 500_000,
    "hedges": "maybe " * 300_000,
    "stops": "." * 2_000_000,
    "stops within a word": "." * 8000 + "x" * 8000,
    "rule without end": "|" + "-" * 2_000_000,
    "newlines": "\n" * 2_000_000,
    "table rules": "| : - " * 300_000,
}


@pytest.mark.parametrize("draft", BOMBS.values(), ids=BOMBS)
def test_time_is_bounded(draft: str) -> None:
    prompt = "Write a table as JSON, list 3, code: function " * 2000
    assert cpu_seconds(lambda: decide(prompt, draft)) < 0.05


def test_a_check_that_is_off_is_not_looked_at() -> None:
    prompt, draft, reason = REFUSED["hedging"]
    assert reason in {check["name"] for check in decide(prompt, draft).checks}
    without = decide(prompt, draft, checks_off={reason})
    assert reason not in {check["name"] for check in without.checks}
    assert without.score > decide(prompt, draft).score
    assert not decide(PLAIN, "", checks_off={"empty"}).accepted


def test_a_check_nobody_knows_cannot_be_turned_off() -> None:
    with pytest.raises(ConfigError, match="Unknown check 'charm'"):
        CascadePolicy(checks_off=frozenset({"charm"}))


WRONG = {
    "a prompt": {"prompt": None},
    "a draft": {"draft": 7},
    "a threshold in percent": {"threshold": 70},
    "a threshold in words": {"threshold": "0.7"},
    "a threshold that is none": {"threshold": math.nan},
    "an unknown check": {"checks_off": {"charm"}},
    "one name for a set": {"checks_off": "hedging"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_cannot_be_judged_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        decide(**{"prompt": PLAIN, "draft": "Plants."} | wrong)
