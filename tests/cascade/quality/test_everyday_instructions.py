"""What is asked of the form of short everyday answers: a few words, dates, hashtags in a row."""

import pytest

from chat.cascade import decide

KEPT = {
    "three words": ("Translate into English: Ich bin müde.", "I am tired."),
    "a contraction": ("Translate into English: Ich habe Hunger.", "I'm hungry."),
    "two words": ("Translate into English: una casa", "a house"),
    "a contraction in it": ("Answer in English: was ist 1+1?", "I think it's two."),
    "words of other languages too": ("Translate into English: a mí también", "me too"),
    "a word of other languages too": ("Translate to English: No lo sé", "No idea"),
    "a name": ("Answer in English: ¿De dónde eres?", "I come from Madrid."),
    "not knowing": ("Translate to English: Ich weiß nicht.", "I don't know."),
    "an ordinal before a month": (
        "Schreibe genau einen Satz über den 3. Oktober.",
        "Am 3. Oktober feiert Deutschland den Tag der Deutschen Einheit.",
    ),
    "an ordinal at the end": (
        "Antworte in einem Satz: Wann ist Weihnachten?",
        "Weihnachten ist am 25. Dezember.",
    ),
    "ordinals": ("Antworte in einem Satz.", "Weihnachten ist am 25. und 26. Dezember."),
    "a month cut short": (
        "Write exactly 2 sentences about the U.S. economy.",
        "The U.S. economy grew by 2.5% in 2023. Inflation slowed to 3.4% by Dec. 2023.",
    ),
    "a date": ("Write one sentence on Lincoln.", "Lincoln was born on Feb. 12, 1809."),
    "a day and a date": (
        "Write exactly one sentence.",
        "We meet on Mon. Dec. 4 or on Tue. the 5th.",
    ),
    "words like days": ("Write exactly two sentences.", "The cat sat. The dog ran."),
    "a year at the end": (
        "Write exactly three sentences.",
        "I see the sun. It is 1945. The war ends.",
    ),
    "hashtags": ("Give 3 hashtags.", "#sun #sea #sand"),
    "emojis": ("Give me 3 emojis for happiness.", "😀😄🎉"),
    "joined emojis": ("Give me 3 emojis.", "😀👍🏽👩\u200d🚀"),
    "flags": ("Give me two emojis.", "🇩🇪🇫🇷"),
}


@pytest.mark.parametrize(("prompt", "draft"), KEPT.values(), ids=KEPT)
def test_a_short_answer_keeps_what_was_asked(prompt: str, draft: str) -> None:
    decision = decide(prompt, draft)
    assert decision.accepted, decision


BROKEN = {
    "a sentence in another language": (
        "Answer in German: where are you?",
        "I am at home and I have been here the whole day with my dog.",
    ),
    "another script": ("Translate into English: hola", "你好"),
    "a German sentence": (
        "Answer in English.",
        "Ich bin zu Hause und habe den ganzen Tag mit dem Hund gespielt.",
    ),
    "three sentences": (
        "Write exactly two sentences.",
        "He came on Dec. 3. She left. They met on the 4. Mai again.",
    ),
    "too few hashtags": ("Give 3 hashtags.", "#sun #sea"),
    "too few emojis": ("Give me 3 emojis.", "😀👍🏽"),
}


@pytest.mark.parametrize(("prompt", "draft"), BROKEN.values(), ids=BROKEN)
def test_a_short_answer_that_breaks_what_was_asked_is_refused(prompt: str, draft: str) -> None:
    decision = decide(prompt, draft)
    assert (decision.accepted, decision.reason) == (False, "instructions")
