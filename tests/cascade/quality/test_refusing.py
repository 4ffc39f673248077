"""A refusal is said of an assistant's own task; comfort, letters and translations are none."""

import pytest

from chat.cascade import decide
from tests.pace import cpu_seconds

NO_REFUSAL = {
    "comfort": (
        "My dog died yesterday and I feel terrible about it.",
        "I'm sorry to hear that. Losing a dog is losing a member of the family.",
    ),
    "comfort that asks": ("I feel sad today.", "I'm sorry to hear that. Do you want to talk?"),
    "a correction": (
        "You gave me the wrong answer, the capital of Australia is not Sydney.",
        "You're right, I'm sorry for the mistake: the capital of Australia is Canberra.",
    ),
    "a sentence rewritten": (
        "Rewrite without contractions: I can't go because it's late.",
        "I cannot go because it is late.",
    ),
    "a translation": (
        "Übersetze ins Deutsche: I'm sorry, I'm late.",
        "Es tut mir leid, ich bin zu spät.",
    ),
    "a refusal translated": (
        "Translate to English: Es tut mir leid, ich kann dir nicht helfen.",
        "I'm sorry, I can't help you.",
    ),
    "words explained": (
        "How do you say sorry in Spanish?",
        "“Lo siento” is the most common way.",
    ),
    "a refusal asked for": (
        "Write a polite refusal to a job offer.",
        "Dear Ms Lee, thank you for the offer. I'm sorry, but I cannot accept it.",
    ),
    "words quoted": ("What does IDK mean?", "IDK stands for “I don't know”."),
    "refusing words quoted": (
        "What do models say when they refuse?",
        '"I cannot help with that" is the usual sentence.',
    ),
    "unease": (
        "Why do people stay silent in meetings?",
        "Many think: I am not comfortable with speaking up. Others find it easier to listen.",
    ),
    "somebody's wish": (
        "Do you like tea or coffee?",
        "I'd rather not choose: both wake people up.",
    ),
    "eagerness": ("Write about a trip.", "I can't wait to share my journey to Hawaii with you!"),
    "a figure of speech": ("Sing.", "I can't help falling in love with you."),
}


@pytest.mark.parametrize(("prompt", "draft"), NO_REFUSAL.values(), ids=NO_REFUSAL)
def test_what_only_sounds_like_a_refusal_is_kept(prompt: str, draft: str) -> None:
    decision = decide(prompt, draft)
    assert decision.accepted, decision
    assert all(c["passed"] for c in decision.checks if c["name"] in ("refusal", "no_access"))
    assert decide(prompt, draft, finish=None).accepted


REFUSALS = [
    "I'm sorry, but I'm not comfortable writing about that topic.",
    "I'd rather not write that. Is there something else I can do?",
    "Unfortunately, I'm not in a position to help with that request.",
    "This request goes against my content policy.",
    "I apologize, but this isn't something I'm able to assist with.",
    "It would not be appropriate for me to answer that.",
    "Dazu darf ich leider keine Auskunft geben.",
    "I'm sorry, but I can't say why the Moon pulls.",
    "I'm afraid I cannot explain that.",
    "I can't.",
    "I cannot provide that information.",
    "I'm unable to assist with this request.",
    "Unfortunately, I cannot help you with that.",
    "I'm sorry, but I won't be able to comply.",
    "I'm sorry, but it is not possible to do this here.",
    "Sorry, but that is something I won't do.",
    "That goes against my guidelines.",
    "As an AI, I have no opinion on that.",
    "Es tut mir leid, aber dabei kann ich nicht helfen.",
    "Ich kann dir dabei leider nicht helfen.",
    "Das kann ich leider nicht beantworten.",
    "Leider kann ich diese Anfrage nicht bearbeiten.",
    "Je suis désolé, mais je ne peux pas répondre.",
    "Je ne suis pas en mesure de répondre à cette demande.",
    "Je ne peux pas t'aider.",
    "No puedo responder a esa pregunta.",
    "Lo siento, no puedo ayudarte con eso.",
    "抱歉\uff0c我无法回答这个问题。",
    "عذرا، لا أستطيع المساعدة في ذلك.",
]


@pytest.mark.parametrize("draft", REFUSALS)
def test_a_refusal_is_told_in_any_language(draft: str) -> None:
    decision = decide("Explain photosynthesis.", draft)
    assert (decision.accepted, decision.reason) == (False, "refusal")


@pytest.mark.parametrize(
    "draft",
    [
        "I'm sorry, but I don't have real-time information about train schedules.",
        "I am unable to access live databases.",
    ],
)
def test_a_draft_that_cannot_look_it_up_does_not_know(draft: str) -> None:
    assert decide("When does the next train to London leave?", draft).reason == "no_access"


def test_a_refusal_to_write_is_told_even_where_the_writer_says_what_he_cannot_do() -> None:
    decision = decide("Write my essay on tides, I can't do it.", "I can't help with that.")
    assert decision.reason == "refusal"


def test_a_refusal_is_told_before_it_is_written_to_its_end() -> None:
    draft = "I'm sorry, but I cannot help with that. Perhaps I can tell you of"
    decision = decide("Explain photosynthesis.", draft, finish=None)
    assert (decision.accepted, decision.early, decision.reason) == (False, True, "refusal")


@pytest.mark.parametrize(
    "piece", [' "', "sorry, but the ", "tell a a ", "dass ich ", "I can't help, but "]
)
def test_time_is_bounded(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert cpu_seconds(lambda: decide("Say it.", text, finish=None)) < 0.05
    assert cpu_seconds(lambda: decide(text, "I can't help with that.", finish=None)) < 0.05
