"""Thoughts in an answer's text, told apart at any cut."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.presets import COMPATIBLE, PRESETS
from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import (
    Delta,
    Finish,
    FinishReason,
    Logprobs,
    Reasoning,
    Request,
    Text,
    TokenLogprob,
)
from chat.cascade.providers.thoughts import InlineThoughts
from tests.deltas import deltas_of
from tests.loopback import Loopback, Reply, event

Told = tuple[str, str]
"""Reasoning and text."""


def told(deltas: list[Delta]) -> Told:
    reasoning = "".join(delta.text for delta in deltas if isinstance(delta, Reasoning))
    return reasoning, "".join(delta.text for delta in deltas if isinstance(delta, Text))


def split(
    *pieces: str, begins_inside: bool = False, finish: FinishReason | None = "stop"
) -> list[Delta]:
    thoughts = InlineThoughts(begins_inside=begins_inside)
    found = [delta for piece in pieces for delta in thoughts.split([Text(piece)])]
    ended = thoughts.split([Finish(finish)]) if finish else [*thoughts.rest()]
    return [*found, *ended]


ANSWERS: dict[str, tuple[str, Told]] = {
    "thoughts, then the answer": ("<think>\nHm.\n</think>\n\nParis.", ("\nHm.\n", "\n\nParis.")),
    "behind white space": ("\n <think>Hm.</think>Paris.", ("Hm.", "Paris.")),
    "no thoughts": ("Paris.", ("", "Paris.")),
    "white space first": ("\n Paris.", ("", "\n Paris.")),
    "empty thoughts": ("<think>\n\n</think>\n\nParis.", ("", "\n\nParis.")),
    "a tag within thoughts": ("<think>a <think> b</think>Paris.", ("a <think> b", "Paris.")),
    "only thoughts": ("<think>Hm.", ("Hm.", "")),
    "only a tag": ("<think>", ("", "")),
    "half a tag": (" <thi", ("", " <thi")),
    "half an end": ("<think>Hm.</thi", ("Hm.</thi", "")),
    "another tag": ("<thinking>Hm.</thinking>", ("", "<thinking>Hm.</thinking>")),
    "a tag in prose": ("The tag <think>x</think>.", ("", "The tag <think>x</think>.")),
    "a tag in code": ("```\n<think>\n```", ("", "```\n<think>\n```")),
    "thoughts again": (
        "<think>Hm.</think>A <think>B</think>",
        ("Hm.", "A <think>B</think>"),
    ),
    "an end alone": ("Paris.</think>", ("", "Paris.</think>")),
    "nothing": ("", ("", "")),
}


@pytest.mark.parametrize(("answer", "apart"), ANSWERS.values(), ids=ANSWERS)
def test_thoughts_at_the_start_are_told_apart(answer: str, apart: Told) -> None:
    assert told(split(answer)) == apart
    assert told(split(*answer)) == apart
    assert told(split(*answer, finish=None)) == apart


INSIDE: dict[str, tuple[str, FinishReason, Told]] = {
    "only the end is marked": ("Hm.\n</think>\n\nParis.", "stop", ("Hm.\n", "\n\nParis.")),
    "both ends are": ("<think>Hm.</think>Paris.", "stop", ("Hm.", "Paris.")),
    "cut off while thinking": ("Hm. Well", "length", ("Hm. Well", "")),
    "no thoughts after all": ("Paris.", "stop", ("Paris.", "Paris.")),
}


@pytest.mark.parametrize(("answer", "finish", "apart"), INSIDE.values(), ids=INSIDE)
def test_a_model_whose_template_opens_the_tag_begins_by_thinking(
    answer: str, finish: FinishReason, apart: Told
) -> None:
    assert told(split(answer, begins_inside=True, finish=finish)) == apart
    assert told(split(*answer, begins_inside=True, finish=finish)) == apart


SOUP = st.lists(st.sampled_from(["<think>", "</think>", "<", "</", "th", ">", "x", "\n", " " * 40]))


@given(SOUP.map("".join), st.lists(st.integers(0, 200)), st.booleans())
def test_any_cut_gives_the_same(answer: str, cuts: list[int], begins_inside: bool) -> None:
    places = [0, *sorted(min(cut, len(answer)) for cut in cuts), len(answer)]
    pieces = [answer[one:other] for one, other in pairwise(places)]
    whole = told(split(answer, begins_inside=begins_inside))
    assert told(split(*pieces, begins_inside=begins_inside)) == whole


@given(SOUP.map("".join))
def test_no_word_is_lost(answer: str) -> None:
    reasoning, text = told(split(*answer))
    assert "".join((reasoning + text).split()) in (
        "".join(answer.split()),
        "".join(answer.replace("<think>", "", 1).split()),
        "".join(answer.replace("<think>", "", 1).replace("</think>", "", 1).split()),
    )


def test_where_the_service_tells_thoughts_apart_text_is_text() -> None:
    thoughts = InlineThoughts(begins_inside=True)
    given: list[Delta] = [Reasoning("Hm."), Text("<think> is a tag."), Finish("stop")]
    assert thoughts.split(given) == given


def test_a_refusal_is_no_thought_and_logprobs_are_the_answers() -> None:
    of = [Logprobs([TokenLogprob(word, -0.1)]) for word in "ab"]
    given: list[Delta] = [Text("<think>a"), of[0], Text("</think>b"), of[1], Text("c", True)]
    assert InlineThoughts().split(given) == [
        Reasoning("a"),
        Text("b"),
        of[1],
        Text("c", is_refusal=True),
    ]


def test_which_models_begin_inside() -> None:
    assert COMPATIBLE.begins_inside_thoughts("Qwen/Qwen3-4B-Thinking-2507")
    assert PRESETS["vllm"].begins_inside_thoughts("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B")
    assert not COMPATIBLE.begins_inside_thoughts("Qwen/Qwen3-4B-Instruct-2507")
    assert not PRESETS["groq"].begins_inside_thoughts("deepseek-r1-distill-llama-70b")


def chunk(content: str, finish: str | None = None) -> bytes:
    return event({"choices": [{"delta": {"content": content}, "finish_reason": finish}]})


def line(content: str, *, done: bool = False) -> bytes:
    message = {"role": "assistant", "content": content}
    ended = {"done": True, "done_reason": "stop"} if done else {"done": False}
    return json.dumps({"message": message} | ended).encode() + b"\n"


@pytest.mark.parametrize("kind", ["openai", "ollama"])
async def test_compatible_services_and_old_ollamas_are_read_so(
    provider: Loopback, kind: str
) -> None:
    pieces, write = ["<th", "ink>Hm.</thi", "nk>Pa", "ris."], chunk if kind == "openai" else line
    ndjson = "application/x-ndjson" if kind == "ollama" else "text/event-stream"
    last = chunk("", "stop") if kind == "openai" else line("", done=True)
    provider.script("m", Reply(raw=[*map(write, pieces), last], content_type=ndjson))
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    assert await deltas_of(PROVIDERS[kind], request) == [
        Reasoning("Hm."),
        Text("Paris."),
        Finish("stop"),
    ]


@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n"])
async def test_what_was_held_back_comes_at_the_end(provider: Loopback, end: bytes) -> None:
    provider.script("m", Reply(raw=[chunk("<thi"), end]))
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    assert await deltas_of(PROVIDERS["openai"], request) == [Text("<thi")]


async def test_openai_s_own_models_may_say_the_tag(provider: Loopback) -> None:
    provider.script("m", Reply(raw=[chunk("<think>x</think>", "stop")]))
    messages = ({"role": "user", "content": "Hi"},)
    request = Request("m", messages, 10, 0.5, provider.base_url, service="openai")  # type: ignore[arg-type]
    found = await deltas_of(PROVIDERS["openai"], request)
    assert found == [Text("<think>x</think>"), Finish("stop")]
