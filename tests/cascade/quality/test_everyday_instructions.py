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
    "German short forms": (
        "Schreibe genau zwei Sätze über Berlin.",
        "Berlin hat ca. 3,7 Mio. Einwohner. Die Stadt liegt an der Spree.",
    ),
    "a birthday": (
        "Wer war er, in einem Satz?",
        "Goethe (geb. am 28. August 1749) war ein Dichter.",
    ),
    "what somebody says": (
        "Write exactly 2 sentences with dialogue.",
        "“Stop!” he said. She did not listen.",
    ),
    "a link": (
        "Write at most 12 words about Rust.",
        "It is safe, see [the site](https://www.rust-lang.org/learn/get-started) for a start.",
    ),
    "a heading": ("Write two paragraphs about Oslo.", "# Oslo\n\nOslo is big.\n\nIt is nice."),
    "a lead-in": (
        "Write two paragraphs about Oslo.",
        "Sure! Here are two paragraphs:\n\nOslo is big. It is old.\n\nIt is nice.",
    ),
    "a lead-in to sentences": (
        "Write exactly 3 sentences about Oslo.",
        "Here are three sentences:\n\nOslo is big. It is nice. It is cold.",
    ),
    "a few sentences": (
        "Explain DNS in a few sentences.",
        "It maps names. It is a tree. It is old.",
    ),
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
    "more than a few sentences": (
        "Explain DNS in a few sentences.",
        " ".join(f"It is number {at} of them." for at in range(12)),
    ),
    "more than a few in German": (
        "Erkläre mir DNS in ein paar Sätzen.",
        " ".join(f"Es ist die Nummer {at} von ihnen." for at in range(12)),
    ),
    "a lead-in and too many": (
        "Write exactly 3 sentences about Oslo.",
        "Here are three sentences:\n\nOslo is big. It is nice. It is cold. It is old.",
    ),
    "too few emojis": ("Give me 3 emojis.", "😀👍🏽"),
}


@pytest.mark.parametrize(("prompt", "draft"), BROKEN.values(), ids=BROKEN)
def test_a_short_answer_that_breaks_what_was_asked_is_refused(prompt: str, draft: str) -> None:
    decision = decide(prompt, draft)
    assert (decision.accepted, decision.reason) == (False, "instructions")


def numbered(count: int) -> str:
    return "\n".join(f"{at}. **Tip** that is good to know" for at in range(1, count + 1))


ENOUGH = {
    "as many": ("Name 3 rivers.", "Rhine, Elbe and Oder"),
    "with something of each": (
        "Name 3 rivers.",
        "1. Rhine\n   - long\n   - wide\n2. Elbe\n3. Oder",
    ),
    "in a sentence": ("Name 3 rivers.", "The Rhine, a long one, the Elbe and the Oder are three."),
    "places and their countries": ("Name 3 cities.", "Paris, France, Berlin, Germany, Rome, Italy"),
    "within a range": ("Name 2 to 4 rivers.", "- Rhine\n- Elbe\n- Oder"),
    "fewer than the most": ("Name up to 4 rivers.", "- Rhine\n- Elbe"),
    "places, within a range": ("Name 2 to 3 cities.", "Paris, France, Rome, Italy"),
    "at least": ("List at least 3 tips.", numbered(5)),
    "of two things": ("List 3 pros and 3 cons of tea.", numbered(6)),
    "of each thing": ("Give me 2 tips for each season.", numbered(8)),
    "again": ("List 3 pros of tea. List 3 cons of it.", numbered(6)),
    "two lists": ("Give me 3 tips.", f"{numbered(3)}\n\nBesides:\n\n{numbered(2)}"),
    "a list and prose": ("Give me 3 tips.", f"One.\n\nTwo.\n\nThree.\n\n{numbered(4)}"),
}


@pytest.mark.parametrize(("prompt", "draft"), ENOUGH.values(), ids=ENOUGH)
def test_as_many_as_asked_are_not_too_many(prompt: str, draft: str) -> None:
    decision = decide(prompt, draft)
    assert decision.accepted, decision


@pytest.mark.parametrize(
    ("prompt", "draft", "note"),
    [
        ("Name 3 rivers.", "Rhine, Elbe, Oder, Main and Weser", "Asked for 3 rivers, has 5."),
        ("Name 3 rivers.", "- Rhine\n- Elbe\n- Oder\n- Main", "Asked for 3 rivers, has 4."),
        ("Give me 5 tips.", f"Gladly:\n\n{numbered(7)}\n\nBye.", "Asked for 5 tips, has 7."),
        (
            "Name 2 to 3 rivers.",
            "- Rhine\n- Elbe\n- Oder\n- Main",
            "Asked for 2 to 3 rivers, has 4.",
        ),
        ("Name up to 2 rivers.", "- Rhine\n- Elbe\n- Oder", "Asked for at most 2 rivers, has 3."),
        ("Nenne drei Flüsse.", "Rhein, Elbe, Oder und Main", "Asked for 3 Flüsse, has 4."),
    ],
)
def test_more_than_asked_for_are_too_many(prompt: str, draft: str, note: str) -> None:
    decision = decide(prompt, draft)
    assert (decision.accepted, decision.reason) == (False, "instructions")
    assert next(c["note"] for c in decision.checks if c["name"] == "instructions") == note
