"""What prompts tell beside what they ask for: how things are, and what holds only in some case."""

import pytest

from chat.cascade.quality.instructions import read_instructions


def asked(prompt: str) -> set[str]:
    return {one.asked for one in read_instructions(prompt)}


STATED = (
    "My page shows no tables. How do I fix it?",
    "The website has no links. Why?",
    "There are no commas in this sentence. Is that right?",
    "I see no headings in my document, what now?",
    "My script prints no line breaks. Why?",
    "A paragraph without commas is hard to read. Why?",
    "I wrote a poem without the letter e. Do you like it?",
    "A typical page has 250 words. How many pages are 10000 words?",
    "My keyboard only types in capital letters. Help!",
    "The workflows are defined in the repository as YAML files. Show an example.",
    "Meine Seite zeigt keine Tabellen an. Woran liegt das?",
    "In meinem Dokument sind keine Überschriften. Warum?",
    "Mein Text enthält keine Kommas. Setze sie.",
)


@pytest.mark.parametrize("prompt", STATED)
def test_how_things_are_is_not_asked_for(prompt: str) -> None:
    assert asked(prompt) == set()


ONLY_IF = (
    "If the answer is longer than 100 words, add a summary.",
    "If you don't know, say “I don't know”.",
    "If the text is in German, answer in German.",
    "When I say “stop”, answer in one word.",
    "Use a table if it helps.",
    "Only use bullet points if necessary.",
    "Falls der Text auf Englisch ist, antworte auf Englisch.",
)


@pytest.mark.parametrize("prompt", ONLY_IF)
def test_what_is_to_hold_only_in_some_case_is_not_asked_for(prompt: str) -> None:
    assert asked(prompt) == set()


STILL_ASKED = {
    "I have an exam tomorrow, explain DNS in 3 sentences.": {"exactly 3 sentences"},
    "My text is too long: shorten it to 50 words.": {"about 50 words"},
    "It must have 3 paragraphs.": {"exactly 3 paragraphs"},
    "The poem must have at least 12 lines.": {"at least 12 lines"},
    "The answer is to be in French.": {"an answer in French"},
    "Make sure that your text has no commas.": {"no commas"},
    "If possible, keep it under 50 words.": {"fewer than 50 words"},
    "When writing, avoid commas.": {"no commas"},
    "Answer in French, with a table if it helps.": {"an answer in French"},
    "Das ist mein Text, kürze ihn auf 100 Wörter.": {"about 100 words"},
}


@pytest.mark.parametrize(("prompt", "wanted"), STILL_ASKED.items(), ids=STILL_ASKED)
def test_what_is_asked_for_beside_it_is_read(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


MATTER = {
    "Korrigiere die Fehler: Ich habe keine Komas gesetzt, antworte auf Englisch.": set(),
    "Fasse zusammen: Man solle keine Listen verwenden und höchstens 100 Wörter schreiben.": set(),
    "Repeat after me: I will not use commas.": set(),
    "Count the words in: I have no commas here.": set(),
    "Improve this prompt: Write a 500 word essay about dogs in French": set(),
    "Improve this prompt:\n\nWrite a 500 word essay about dogs in French.": set(),
    "Reply to this email:\n\nHi, could you please send me 3 bullet points on it? Jo": set(),
    "Answer in one sentence.\nText: We use no tables. He had two words.\nQuestion: Who?": {
        "exactly 1 sentence"
    },
    "Reply to this email: Hi, are you coming? Write your answer in French.": {
        "an answer in French"
    },
    "Write a prompt for an AI that summarizes text in 3 bullet points.": set(),
    "Write a prompt that makes ChatGPT answer in French.": set(),
    "Write a system prompt telling the model to use no emojis.": set(),
}


@pytest.mark.parametrize(("prompt", "wanted"), MATTER.items(), ids=MATTER)
def test_what_a_text_at_hand_or_to_be_written_asks_is_not_asked_for(
    prompt: str, wanted: set[str]
) -> None:
    assert asked(prompt) == wanted


WHETHER = {
    "Is it ok to use bullet points in an essay?": set(),
    "Do you think I should use a table here?": set(),
    "May I write in all caps?": set(),
    "Why did you answer in English?": set(),
    "Muss eine Zusammenfassung unter 100 Wörtern bleiben?": set(),
    "Soll ich auf Englisch schreiben?": set(),
    "Mein Lehrer hat gesagt, wir sollen 3 Absätze schreiben. Reicht das?": set(),
    "My teacher wants us to write 300 words about Rome. How do I start?": set(),
    "Der Lehrer will, dass wir 300 Wörter schreiben. Wie fange ich an?": set(),
    "Feel free to use bullet points.": set(),
    "Should I move to Oslo, in two sentences?": {"exactly 2 sentences"},
    "Kann ich Eier einfrieren? Antworte in einem Satz.": {"exactly 1 sentence"},
}


@pytest.mark.parametrize(("prompt", "wanted"), WHETHER.items(), ids=WHETHER)
def test_a_form_of_which_one_asks_whether_is_not_asked_for(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


LENGTHS = {
    "100 to 150 words on climate change.": {"100 to 150 words"},
    "A 150-word bio for a software engineer who likes hiking.": {"about 150 words"},
    "3 bullet points on why remote work is good.": {"exactly 3 bullet points"},
    "Write a polite reply. Two short paragraphs.": {"exactly 2 paragraphs"},
    "Discuss the causes of the war (200 words).": {"about 200 words"},
    "Discuss it. (200 words)": {"about 200 words"},
    "Discuss it (<200 words).": {"fewer than 200 words"},
    "Explain it in <= 50 words.": {"at most 50 words"},
    "Word limit: 200. Topic: the moon.": {"at most 200 words"},
    "Word count: 300-400. Topic: the moon.": {"300 to 400 words"},
    "Cut this down to 50 words: It was a dark night and so on.": {"about 50 words"},
    "Split this into 3 paragraphs: Lorem ipsum.": {"exactly 3 paragraphs"},
    "Write a slogan of at most 5 words for a gym.": {"at most 5 words"},
    "100 words is a lot. Why vote?": set(),
    "Three sentences can change a life. Discuss.": set(),
    "50 words for snow. Is that true?": set(),
    "Write 3 sections with headings.": {"3 sections"},
    "Schreibe ein Programm in Python, das die ersten 10 Zeilen ausgibt.": set(),
    "Die Überschrift soll höchstens 5 Wörter haben.": set(),
    "Title: max 60 characters. Description: max 160 characters.": set(),
    "Gib mir 3 Vorschläge, je maximal 10 Wörter.": {"3 Vorschläge"},
    "First give a one sentence summary. Then explain it.": set(),
    "Write an email body of at most 100 words and a subject line.": set(),
    "我的文章有500字。": set(),
    "Beginne jeden Satz mit „Ich“.": set(),
}


@pytest.mark.parametrize(("prompt", "wanted"), LENGTHS.items(), ids=LENGTHS)
def test_a_length_is_read_however_short_it_is_said_and_not_of_a_part(
    prompt: str, wanted: set[str]
) -> None:
    assert asked(prompt) == wanted


FORMS = {
    "No explanations, just JSON.": {"JSON"},
    "JSON only, no prose.": {"JSON"},
    "Output format: JSON": {"JSON"},
    "Nur JSON, keine Erklärung.": {"JSON"},
    "Gib mir JSON mit den Feldern name und alter.": {"JSON"},
    "Convert this to JSON: name: Bob, age: 3": {"JSON"},
    "Convert the following CSV to JSON:\na,b\n1,2": {"JSON"},
    "Convert a CSV file to JSON in Python.": set(),
    "Write a Python function to convert CSV to JSON.": {"code"},
    'Is this valid JSON? {"a": 1,}': set(),
    "Tell me in 3 sentences about tables in HTML.": {"exactly 3 sentences"},
    "Create a table users with id and name in PostgreSQL.": set(),
    "Compare MySQL and SQLite in a table.": {"a table"},
    "Which rivers flow through Germany? Name three.": {"3 of them"},
    "There are many causes. List five of them.": {"5 of them"},
    "Welche Tiere leben im Wald? Nenne fünf.": {"5 of them"},
    "List the first 10 prime numbers.": {"10 prime numbers"},
}


@pytest.mark.parametrize(("prompt", "wanted"), FORMS.items(), ids=FORMS)
def test_a_form_is_read_however_short_it_is_said_and_not_of_the_matter(
    prompt: str, wanted: set[str]
) -> None:
    assert asked(prompt) == wanted


CAPITALS = {
    "Use capital letters for names.": set(),
    "Use uppercase for SQL keywords.": set(),
    "Use lowercase letters for variable names.": set(),
    "Use capitals only for acronyms.": set(),
    "Write the country names in capital letters.": set(),
    "Schreibe die Namen in Großbuchstaben.": set(),
    "Write the whole answer in capital letters.": {"capital letters only"},
    "Use all caps for your entire response.": {"capital letters only"},
    "Write a story about dogs in all caps.": {"capital letters only"},
    "Use all caps words for at least 2 times.": {"at least 2 words in capitals"},
}


@pytest.mark.parametrize(("prompt", "wanted"), CAPITALS.items(), ids=CAPITALS)
def test_capitals_of_a_part_are_not_those_of_the_answer(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


TONGUES_AND_WORDS = {
    "Sag mir auf Englisch, was ein Baum ist.": {"an answer in English"},
    "Übersetze ins Englische: Guten Morgen.": {"an answer in English"},
    "Bitte auf Deutsch antworten.": {"an answer in German"},
    "Kannst du das auf Englisch schreiben?": {"an answer in English"},
    "Tradúcelo al francés.": {"an answer in French"},
    "Again, but in German.": {"an answer in German"},
    "Now in Spanish.": {"an answer in Spanish"},
    "And in Italian?": set(),
    "Can you speak German?": set(),
    "Do you speak German?": set(),
    "Can you speak German, please?": {"an answer in German"},
    "Write an acrostic for the word HOPE.": set(),
    "Write about love without using the word love.": {"no “love”"},
    "Schreibe eine Geschichte mit den Wörtern Hund, Haus und Hut.": {"“Hund”", "“Haus”", "“Hut”"},
}


@pytest.mark.parametrize(("prompt", "wanted"), TONGUES_AND_WORDS.items(), ids=TONGUES_AND_WORDS)
def test_a_language_and_words_are_read_as_people_ask_for_them(
    prompt: str, wanted: set[str]
) -> None:
    assert asked(prompt) == wanted
