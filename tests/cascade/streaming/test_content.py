"""What a chunk shows and what it counts are two things while a draft is not decided."""

import copy
import json
import pickle

from chat.cascade.streaming.content import Content
from tests.cascade.conftest import MakeAgent, events_of
from tests.loopback import Loopback, Reply

DRAFT = Content(shown="Perhaps")
ACCEPTED = Content(counts="Perhaps so")


def test_a_draft_is_shown_and_counts_nothing() -> None:
    assert (str(DRAFT), f"{DRAFT}", f"{DRAFT:>8}", "%s" % DRAFT) == (  # noqa: UP031
        "Perhaps",
        "Perhaps",
        " Perhaps",
        "Perhaps",
    )
    assert ("".join([DRAFT, DRAFT]), json.dumps(DRAFT), DRAFT == "") == ("", '""', True)
    assert repr(DRAFT) == "Content(shown='Perhaps', counts='')"


def test_an_accepted_one_counts_and_shows_nothing_more() -> None:
    assert str(ACCEPTED) == f"{ACCEPTED}" == ""
    assert "".join([DRAFT, ACCEPTED]) == "Perhaps so"


def test_copies_are_alike() -> None:
    for content in (DRAFT, ACCEPTED):
        for alike in (copy.deepcopy(content), pickle.loads(pickle.dumps(content))):
            assert repr(alike) == repr(content)
            assert alike == content


async def test_shown_text_is_each_attempt_s_and_counted_text_is_the_answer(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    refusal, answer = "I'm sorry, but I can't help with that.", "Paris is the capital of France."
    for draft, counted in ((answer, answer), (refusal, "It is Paris.")):
        provider.script("small", Reply(draft))
        provider.script("large", Reply("It is Paris."))
        stream = make_agent("small", "large").stream_events("What is the capital of France?")
        chunks = [event for event in await events_of(stream) if event.type == "chunk"]
        assert "".join(str(chunk.content) for chunk in chunks if chunk.attempt == 1) == draft
        assert stream.result
        assert "".join(chunk.content for chunk in chunks) == counted == stream.result.content
