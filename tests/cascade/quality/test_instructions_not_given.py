"""What prompts say of an answer's form without asking for it: it may be so, or others do it so."""

import pytest

from chat.cascade.quality.instructions import Draft, read_instructions


def asked(prompt: str) -> set[str]:
    return {one.asked for one in read_instructions(prompt)}


LENGTHS = (
    "You need not keep it under 50 words.",
    "You needn't keep it under 50 words.",
    "It doesn't need to be under 100 words.",
    "It does not have to be at most three sentences.",
    "There is no need to keep it under 100 words.",
    "Don't feel you have to stay under 200 words.",
    "It doesn't matter if it is more than 5 sentences.",
    "You can go over 200 words if you like.",
    "Feel free to use more than 200 words.",
    "It's fine if it's longer than 100 words.",
    "Do not write a one-word answer.",
    "Don't answer in one sentence.",
    "Don't just answer in one word.",
    "Write an email asking the whole team to send reports of at most 200 words.",
    "Explain why tweets used to be under 140 characters.",
    "Es muss nicht unter 50 Wörtern bleiben.",
    "Du brauchst dich nicht auf 50 Wörter zu beschränken.",
    "Erkläre das nicht nur in einem Satz.",
    "Die Antwort darf länger als 3 Sätze sein.",
)


@pytest.mark.parametrize("prompt", LENGTHS)
def test_a_length_that_is_left_open_or_not_wanted_is_not_asked_for(prompt: str) -> None:
    assert asked(prompt) == set()


STILL_LENGTHS = {
    "Rather than 100 words, write 200 words.": {"about 200 words"},
    "Instead of three paragraphs, write one paragraph.": {"exactly 1 paragraph"},
    "Nicht in drei Sätzen, sondern in einem Satz.": {"exactly 1 sentence"},
    "Mein Aufsatz hat 300 Wörter. Kürze ihn auf 100 Wörter.": {"about 100 words"},
    "You need not explain, but keep it under 50 words.": {"fewer than 50 words"},
    "You don't have to explain; answer in one word.": {"exactly 1 word"},
    "You may use up to 300 words.": {"at most 300 words"},
    "You can only use 3 sentences.": {"exactly 3 sentences"},
    "It cannot be longer than 3 sentences.": {"at most 3 sentences"},
    "Can you write more than 500 words about tea?": {"more than 500 words"},
    "Don't forget to write 3 paragraphs.": {"exactly 3 paragraphs"},
    "I ask you to keep it under 50 words.": {"fewer than 50 words"},
    "Die Antwort darf nicht länger als 3 Sätze sein.": {"at most 3 sentences"},
}


@pytest.mark.parametrize(("prompt", "wanted"), STILL_LENGTHS.items(), ids=STILL_LENGTHS)
def test_a_length_beside_what_is_not_wanted_is_still_read(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


FORMS = (
    "Don't write it as YAML.",
    "Never put it in a table.",
    "Avoid giving it as a table or as bullet points.",
    "Keep it in prose rather than in bullet points.",
    "I'd like prose instead of a numbered list.",
    "You need not put it in a table.",
    "Not in XML, please.",
    "You need not write it in HTML.",
    "Don't highlight anything in bold.",
    "Never use italic text.",
    "No italic text.",
    "Do not emphasize words with asterisks.",
    "Don't include placeholders.",
    "Do not use placeholders like [name].",
    "Write it with no placeholders.",
    "Don't use double angular brackets.",
    "You don't have to add a postscript.",
    "Don't add a P.S. at the end.",
    "Don't separate the paragraphs with ***.",
    "Don't mark sections with Section 1.",
    "The first paragraph must not start with the word “However”.",
    "Don't start the first paragraph with “However”.",
    "The second paragraph need not start with “However”.",
    "Don't write in lowercase.",
    "You don't have to write in all lowercase.",
    "Don't answer yes or no.",
    "Don't answer with a simple yes or no.",
    "Don't just answer yes or no.",
)


@pytest.mark.parametrize("prompt", FORMS)
def test_a_form_that_is_not_wanted_or_left_open_is_not_asked_for(prompt: str) -> None:
    assert asked(prompt) == set()


STILL_FORMS = {
    "I don't want XML, write it as YAML.": {"YAML"},
    "Don't forget to add a postscript.": {"a postscript (P.S.)"},
    "Do not use capital letters, and use all lowercase.": {"small letters only"},
    "Don't explain, just answer yes or no.": {"a yes or no"},
    "Use no more than 3 placeholders.": {"at most 3 placeholders in brackets"},
    "Do not repeat it, but highlight one word in bold.": {"at least 1 highlighted part"},
    "Without any explanation, return JSON only.": {"JSON"},
    "Avoid long sentences and use bullet points.": {"bullet points"},
    "Never use jargon, and put it in a table.": {"a table"},
    "No explanations, as XML please.": {"XML"},
}


@pytest.mark.parametrize(("prompt", "wanted"), STILL_FORMS.items(), ids=STILL_FORMS)
def test_a_form_beside_what_is_not_wanted_is_still_read(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


PLACES = {
    "You may start with “Once upon a time”.": set(),
    "Feel free to end with “Cheers”.": set(),
    "No need to end with “Cheers”.": set(),
    "No need to end with a question.": set(),
    "Find words ending with “tion”.": set(),
    "List ten cities starting with “Be”.": {"10 cities"},
    "Start your answer with “Yes” or “No”.": {"“Yes / No” at the beginning"},
    "Do not begin with “Sure”, “Of course” or “Certainly”.": {
        "no “Sure / Of course / Certainly” at the beginning"
    },
    "Start with something other than “Sure”.": {"no “Sure” at the beginning"},
    "Beginne deine Antwort nicht mit „Hallo“.": {"no “Hallo” at the beginning"},
    "The last sentence should not be “Bye”.": {"no “Bye” at the end"},
    "Give me a story starting with “It was”.": {"“It was” at the beginning"},
    "Start with “Dear Bob,” and end with “Yours”.": {
        "“Dear Bob,” at the beginning",
        "“Yours” at the end",
    },
}


@pytest.mark.parametrize(("prompt", "wanted"), PLACES.items(), ids=PLACES)
def test_words_at_an_end_are_read_with_their_others_and_their_not(
    prompt: str, wanted: set[str]
) -> None:
    assert asked(prompt) == wanted


@pytest.mark.parametrize(
    ("prompt", "kept", "broken"),
    [
        ("Start your answer with “Yes” or “No”.", "No, it is not.", "It is not."),
        ("Do not begin with “Sure” or “Of course”.", "It is not.", "Of course it is not."),
    ],
)
def test_one_of_several_words_at_the_beginning_is_enough(
    prompt: str, kept: str, broken: str
) -> None:
    (instruction,) = read_instructions(prompt)
    assert [instruction.judge(Draft(text)).share for text in (kept, broken)] == [1.0, 0.0]


WORDS = (
    "The word “tree” doesn't have to appear.",
    "Words such as “very” are not needed.",
    "There is no need to use the word “tree”.",
    "You may use the word “tree”.",
    "Feel free to mention “tree”.",
    "Write a story in which nobody uses the word “love”.",
    "Count how often the word “the” appears.",
    "How do you say “I love you” without saying “I love you”?",
    "You don't have to avoid the letter e.",
    "Du musst das Wort „Baum“ nicht verwenden.",
    "Das Wort „Baum“ muss nicht vorkommen.",
    "You needn't avoid commas.",
    "You need not use bullet points.",
    "No emojis except one at the end.",
    "Do not use Markdown except for code.",
    "Don't use quotation marks around the title.",
    "My text has no commas. Please add them.",
    "Explain why Hemingway used no commas.",
    "How do I write CSV without quotes?",
)


@pytest.mark.parametrize("prompt", WORDS)
def test_words_and_marks_that_are_left_open_are_neither_wanted_nor_banned(prompt: str) -> None:
    assert asked(prompt) == set()


STILL_WORDS = {
    "Use the word “tree” instead of the word “plant”.": {"“tree”"},
    "You may not use the word “tree”.": {"no “tree”"},
    "Das Wort „Baum“ darf nicht vorkommen.": {"no “Baum”"},
    "You don't have to explain it, but use the word “tree”.": {"“tree”"},
    "You don't need to explain, and use no commas.": {"no commas"},
    "Make sure that your text has no commas.": {"no commas"},
}


@pytest.mark.parametrize(("prompt", "wanted"), STILL_WORDS.items(), ids=STILL_WORDS)
def test_words_and_marks_beside_what_is_left_open_are_read(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


ASKED_ABOUT = (
    "How do I make a table in Word?",
    "Can you explain how to make a table?",
    "How do I make a numbered list in LaTeX?",
    "Should I use bullet points in my CV?",
    "My API returns only JSON. Why does Firefox show an error?",
    "Describe the advantages of data in JSON format.",
    "Is it better to store config in JSON or YAML?",
    "Explain how to work with JSON in Python.",
    "Write a code of conduct for our club.",
    "What do I do with the QR code? Give me the QR code for this.",
)


@pytest.mark.parametrize("prompt", ASKED_ABOUT)
def test_a_form_that_is_the_matter_of_a_question_is_not_asked_for(prompt: str) -> None:
    assert asked(prompt) == set()


STILL_ASKED = {
    "Make a table of the planets.": {"a table"},
    "How do I write a function that adds two numbers?": {"code"},
    "Can you make a table comparing cats and dogs?": {"a table"},
    "How do cats and dogs differ? Show it in a table.": {"a table"},
    "Explain how to boil rice in bullet points.": {"bullet points"},
    "How do I boil rice, in a numbered list please?": {"a numbered list"},
    "Return the result as JSON with the keys a and b.": {"JSON"},
}


@pytest.mark.parametrize(("prompt", "wanted"), STILL_ASKED.items(), ids=STILL_ASKED)
def test_a_form_is_read_beside_a_question(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


LANGUAGES = {
    "You may answer in French.": set(),
    "No need to answer in French.": set(),
    "If you answer in French use tu.": set(),
    "Should I write my CV in French?": set(),
    "My boss answers in French. What should I say?": set(),
    "Explain the past tense in French.": set(),
    "Explain how adjectives work in German.": set(),
    "The customer wrote in French. Draft a reply in English.": {"an answer in English"},
    "Write a story set in French Polynesia.": set(),
    "Write about life in German East Africa.": set(),
    "Write a report on inflation in Turkish Lira.": set(),
    "Explain the use of the subjunctive in Spanish.": set(),
    "Explain how articles work in German.": set(),
    "The letter is in German. Summarize it.": set(),
    "Write a scene where a tourist orders in Spanish.": set(),
    "Write in German About Cats.": {"an answer in German"},
    "Translate into German The cat sleeps.": {"an answer in German"},
    "Auf Deutsch bitte.": {"an answer in German"},
    "Write a story where two people meet, in Spanish.": {"an answer in Spanish"},
    "I don't mind who reads it, but answer in French.": {"an answer in French"},
    "Can you answer in French?": {"an answer in French"},
    "Could you please explain it in French?": {"an answer in French"},
}


@pytest.mark.parametrize(("prompt", "wanted"), LANGUAGES.items(), ids=LANGUAGES)
def test_a_language_is_asked_for_only_of_the_answer(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


ABOUT_LENGTHS = {
    "How long does it take to write 500 words?": set(),
    "Why should a summary be under 100 words?": set(),
    "Should my CV have fewer than 500 words?": set(),
    "What is the best way to write a 500 word essay?": set(),
    "Why do haikus have 3 lines?": set(),
    "It was 300 words when I sent it in.": set(),
    "What is DNS in under 50 words?": {"fewer than 50 words"},
    "What is DNS (max 50 words)?": {"at most 50 words"},
    "Why is the sky blue, using at most 2 sentences?": {"at most 2 sentences"},
    "In three sentences, what is DNS?": {"exactly 3 sentences"},
    "Was ist DNS in höchstens 50 Wörtern?": {"at most 50 words"},
    "Erkläre, was ein Cache ist, in höchstens 50 Wörtern.": {"at most 50 words"},
}


@pytest.mark.parametrize(("prompt", "wanted"), ABOUT_LENGTHS.items(), ids=ABOUT_LENGTHS)
def test_a_length_that_a_question_is_about_is_not_asked_for(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


PIECES = {
    "Write an email with a subject line of at most 8 words.": set(),
    "The title should be at most 6 words.": set(),
    "Start with a one-sentence summary, then explain in detail.": set(),
    "Summarize it in one sentence, then list five facts.": {"5 facts"},
    "Use sentences of at most 15 words.": set(),
    "Keep paragraphs under 4 sentences.": set(),
    "No sentence should be longer than 15 words.": set(),
    "Write a poem with lines of 10 words.": set(),
    "For each country, write two sentences.": set(),
    "Write two sentences about each planet.": set(),
    "Make it 20 words longer.": set(),
    "There is no 300 word limit.": set(),
    "Suggest a title of at most 6 words.": {"at most 6 words"},
    "Write one sentence of at most 20 words.": {"exactly 1 sentence", "at most 20 words"},
    "Write a paragraph of 5 sentences.": {"exactly 5 sentences"},
    "Write three paragraphs, at least 200 words.": {"exactly 3 paragraphs", "at least 200 words"},
    "Use bullet points, at most 100 words in total.": {"bullet points", "at most 100 words"},
    "Make it shorter, at most 20 words.": {"at most 20 words"},
}


@pytest.mark.parametrize(("prompt", "wanted"), PIECES.items(), ids=PIECES)
def test_the_length_of_a_piece_is_not_that_of_the_answer(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


WHERE = {
    "Summarize the text below in 3 sentences.": {"exactly 3 sentences"},
    "Summarize the article above in two sentences.": {"exactly 2 sentences"},
    "Explain the code below in 50 words.": {"about 50 words"},
    "Tell me about life over 50 in 3 sentences.": {"exactly 3 sentences"},
    "Summarize it in below 50 words.": {"fewer than 50 words"},
    "Write a total of over 50 words.": {"more than 50 words"},
}


@pytest.mark.parametrize(("prompt", "wanted"), WHERE.items(), ids=WHERE)
def test_where_a_text_stands_is_no_limit(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


RANGES = {
    "List three to five examples.": {"3 to 5 examples"},
    "Give me two or three ideas.": {"2 to 3 ideas"},
    "Nenne drei bis fünf Städte.": {"3 to 5 Städte"},
    "Give me 2 to 3 reasons for it and 2 to 3 against it.": {"2 to 3 reasons"},
}


@pytest.mark.parametrize(("prompt", "wanted"), RANGES.items(), ids=RANGES)
def test_of_a_range_of_things_the_first_number_is_no_limit(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


OTHERS = {
    "Write a system prompt for a bot that always answers in French.": set(),
    "Create a chatbot which only responds in JSON.": set(),
    "Draft a style guide that says not to use emojis.": set(),
    "Write a story about a man who only speaks in French, in under 90 words.": {
        "fewer than 90 words"
    },
    "You are a bot that always answers in French.": {"an answer in French"},
    "Write as somebody who never uses the word “very”.": {"no “very”"},
    "Write a poem that uses no commas.": {"no commas"},
    "Write an email that is under 100 words.": {"fewer than 100 words"},
}


@pytest.mark.parametrize(("prompt", "wanted"), OTHERS.items(), ids=OTHERS)
def test_what_somebody_in_a_text_does_is_not_asked_of_the_answer(
    prompt: str, wanted: set[str]
) -> None:
    assert asked(prompt) == wanted


NOT_BANNED = {
    "Do not forget to include the word “tree”.": {"“tree”"},
    "Don't forget to use the word “tree” twice.": {"“tree” at least 2 times"},
    "Make sure not to forget to mention “tree”.": {"“tree”"},
    "Not only must you use the word “tree”, but also “leaf”.": {"“tree”"},
    "Don't be shy, use the word “love” twice.": {"“love” at least 2 times"},
    "Do not say the word “yes”, just say “no way”.": {"no “yes”", "“no way”"},
    "Do not use slang, jargon or the word “tree”.": {"no “tree”"},
    "Do not use the words “a”, “b” or “c”.": {"no “a”", "no “b”", "no “c”"},
    "Please do not, in any case, use the word “tree”.": {"no “tree”"},
}


@pytest.mark.parametrize(("prompt", "wanted"), NOT_BANNED.items(), ids=NOT_BANNED)
def test_a_word_that_is_not_to_be_forgotten_is_not_banned(prompt: str, wanted: set[str]) -> None:
    assert asked(prompt) == wanted


RULES_OF_OTHERS = (
    "My editor says I should never use 'very'. Is he right?",
    "My editor says I should never use 'very', is he right?",
    "My teacher says to never use “ain't”. Why not?",
    "They told me to avoid the word “just” in emails. Is that good advice?",
    "I was told that an essay must never contain “I”. True?",
    "I have read that a summary should be under 100 words. Is that so?",
    "According to my style guide you should never use “very”. Do you agree?",
    "People say one should never begin with “And”. Should I care?",
    "Mein Lehrer sagt, der Text darf höchstens 50 Wörter haben. Stimmt das?",
    "Explain why teachers say never to use “ain't”.",
    "Explain why I should avoid the word “very”.",
    "Tell me whether I may use “ain't” in an essay.",
    "Explain why letters start with “Dear”.",
    "My aunt always ends her letters with “Cheerio”. Write her a reply.",
)


@pytest.mark.parametrize("prompt", RULES_OF_OTHERS)
def test_a_rule_of_others_that_is_asked_about_is_none_for_the_answer(prompt: str) -> None:
    assert asked(prompt) == set()


RULES_FROM_OTHERS = {
    "My teacher says the essay must be under 200 words. Write it about tea.": {
        "fewer than 200 words"
    },
    "My teacher says to answer in under 50 words. What is DNS?": {"fewer than 50 words"},
    "I told you to answer in French. Why is it in English?": {"an answer in French"},
    "Never use the word “very”. Is that clear?": {"no “very”"},
    "Answer in under 50 words. Is it true that cats can swim?": {"fewer than 50 words"},
    "Explain why people should vote without using the word “law”.": {"no “law”"},
}


@pytest.mark.parametrize(("prompt", "wanted"), RULES_FROM_OTHERS.items(), ids=RULES_FROM_OTHERS)
def test_a_rule_from_others_that_the_answer_is_to_keep_is_read(
    prompt: str, wanted: set[str]
) -> None:
    assert asked(prompt) == wanted
