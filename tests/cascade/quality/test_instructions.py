"""Instructions: which a prompt sets, which it does not, and whether drafts keep them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade import decide
from chat.cascade.quality.case import Case
from chat.cascade.quality.checks.instructions import instructions
from chat.cascade.quality.instructions import Draft, read_instructions
from chat.cascade.quality.kinds import Kind, kind_of
from tests.pace import cpu_seconds


def asked(prompt, history=(), **options):
    return {one.asked for one in read_instructions(prompt, history, **options)}


READ = {
    # How much.
    "Explain tides in under 50 words.": {"fewer than 50 words"},
    "Keep it to three sentences.": {"at most 3 sentences"},
    "Answer in one word.": {"exactly 1 word"},
    "100 words max, please.": {"at most 100 words"},
    "Your reply must not exceed 80 words.": {"at most 80 words"},
    "Sum it up in 2-3 sentences.": {"2 to 3 sentences"},
    "Use only 50 words.": {"at most 50 words"},
    "Explain tides in just 100 words.": {"at most 100 words"},
    "Use only 3 sentences.": {"exactly 3 sentences"},
    "Give me 5 to 7 ideas for a party.": {"5 to 7 ideas"},
    "Give me one or two ideas.": {"1 to 2 ideas"},
    "Name between three and five rivers.": {"3 to 5 rivers"},
    "Suggest no more than three names for a cat.": {"at most 3 names"},
    "Give me 5 ideas max.": {"at most 5 ideas"},
    "Nenne mir 5 bis 7 Ideen.": {"5 to 7 Ideen"},
    "Nenne höchstens drei Gründe.": {"at most 3 Gründe"},
    "Nenne mindestens drei Gründe.": {"3 Gründe"},
    "Explain tides in a sentence or two.": {"1 to 2 sentences"},
    "Write a paragraph or two about Oslo.": {"1 to 2 paragraphs"},
    "Erkläre das in ein, zwei Sätzen.": {"1 to 2 sentences"},
    "In zwei, drei kurzen Sätzen, bitte.": {"2 to 3 sentences"},
    "Write an essay of roughly 300 words.": {"about 300 words"},
    "Write a 500-word post about tea.": {"about 500 words"},
    "A one-sentence summary, please.": {"exactly 1 sentence"},
    "Make sure the word count is between 90 and 120.": {"90 to 120 words"},
    "The number of sentences must be at least 12.": {"at least 12 sentences"},
    "Limit the number of words to 200.": {"at most 200 words"},
    "Write four paragraphs about Oslo.": {"exactly 4 paragraphs"},
    "Write a poem of 12 lines.": {"exactly 12 lines"},
    "Keep your answer below 200 characters.": {"fewer than 200 characters"},
    "Use exactly four bullet points.": {"exactly 4 bullet points"},
    "Give it at least 3 placeholders, like [name].": {"at least 3 placeholders in brackets"},
    "Use no more than 2 hashtags.": {"at most 2 hashtags"},
    "Highlight at least two phrases with markdown, like *this*.": {"at least 2 highlighted parts"},
    # Words and letters.
    "Describe the sea without using the word 'blue'.": {"no “blue”"},
    "Do not use the words good, bad or nice.": {"no “good”", "no “bad”", "no “nice”"},
    "The word 'very' must not appear.": {"no “very”"},
    "Never mention “politics”.": {"no “politics”"},
    "Include the keywords: budget, deadline.": {"“budget”", "“deadline”"},
    "Write a line with the word “plum”.": {"“plum”"},
    'Use the word "ocean" at least three times.': {"“ocean” at least 3 times"},
    'Do not use "we" more than twice.': {"“we” at most 2 times"},
    'You can only use the word "we" twice.': {"“we” at most 2 times"},
    'You may use the word "we" only once.': {"“we” at most 1 time"},
    'You may use the word "we" up to three times.': {"“we” at most 3 times"},
    "Verwende das Wort „wir“ nur einmal.": {"“wir” exactly 1 time"},
    "Du darfst das Wort „wir“ nur zweimal verwenden.": {"“wir” at most 2 times"},
    "Verwende das Wort „wir“ mindestens dreimal.": {"“wir” at least 3 times"},
    'Do not use the word "we" even once.': {"no “we”"},
    "The letter q should appear fewer than 4 times.": {"the letter “q” fewer than 4 times"},
    "Use the % symbol at least 4 times.": {"the letter “%” at least 4 times"},
    "Write a tale without the letter e.": {"no letter “e”"},
    # Capitals and marks.
    "Write it in ALL CAPS.": {"capital letters only"},
    "all lowercase please": {"small letters only"},
    "No capital letters allowed.": {"small letters only"},
    "Have at least 5 words in all caps.": {"at least 5 words in capitals"},
    "Avoid commas and semicolons.": {"no commas", "no semicolons"},
    "You are not allowed to use any commas.": {"no commas"},
    "No emojis, no exclamation marks.": {"no emoji", "no exclamation marks"},
    "Answer without bullet points or tables.": {"no bullet points", "no tables"},
    # The form.
    "Return only valid JSON.": {"JSON"},
    "Compare the two in a table.": {"a table"},
    "I don't want prose, give me a table.": {"a table"},
    "Don't write more than 5 sentences.": {"at most 5 sentences"},
    "It must not be longer than 100 words.": {"at most 100 words"},
    "It mustn't get longer than 100 words.": {"at most 100 words"},
    "Please don't write fewer than 100 words.": {"at least 100 words"},
    "Don't be brief, write more than 100 words.": {"more than 100 words"},
    "Don't forget to answer in JSON.": {"JSON"},
    "Why don't you answer in French?": {"an answer in French"},
    "Answer not in English but in French.": {"an answer in French"},
    "Don't start with “Sure”.": {"no “Sure” at the beginning"},
    "Start every section with “Part X”.": {"at least 2 sections marked “Part”"},
    "Show it as a numbered list.": {"a numbered list"},
    "Give it to me as a bulleted list of 5 items.": {"bullet points", "5 items"},
    "Name three European rivers.": {"3 European rivers"},
    "Write a Python function that adds.": {"code"},
    "Add a title in double angular brackets, as <<title>>.": {"a title in double angular brackets"},
    "Wrap your whole answer in double quotes.": {"the whole in quotation marks"},
    "Close with a postscript that starts with P.P.S.": {"a postscript (P.P.S.)"},
    "Give two versions, separated by ******.": {"exactly 2 parts set apart by ******"},
    "It needs 3 sections. Mark each one with Chapter X.": {"at least 3 sections marked “Chapter”"},
    # Places and choices.
    "Tell me about owls and end with a question.": {"a question at the end"},
    'Finish with the sentence "That is all."': {"“That is all.” at the end"},
    'Begin with the words "Dear friend".': {"“Dear friend” at the beginning"},
    'Do not start with "Sure".': {"no “Sure” at the beginning"},
    "The second paragraph must start with “However”.": {"paragraph 2 to begin with “However”"},
    "Paragraph number two must begin with “Yet”.": {"paragraph 2 to begin with “Yet”"},
    "The last paragraph must begin with “So”.": {"the last paragraph to begin with “So”"},
    'Say either "It is so." or "It is not so."': {"one of the phrases given"},
    "Just answer yes or no: is ice warm?": {"a yes or no"},
    "Draw up a plan.\n\nFirst repeat the request above word for word.": {
        "the request repeated first"
    },
    # The language.
    "Explain it in French.": {"an answer in French"},
    "Your entire response should be in Tamil, no other language is allowed.": {
        "an answer in Tamil"
    },
    "Translate this into German: I like cheese.": {"an answer in German"},
    # In other languages.
    "Antworte auf Deutsch in höchstens 50 Wörtern.": {"an answer in German", "at most 50 words"},
    "Schreibe genau drei Sätze, ohne das Wort „sehr“ zu verwenden.": {
        "exactly 3 sentences",
        "no “sehr”",
    },
    "Antworte in Stichpunkten, keine Kommas.": {"bullet points", "no commas"},
    "Responde en español en menos de 50 palabras.": {
        "an answer in Spanish",
        "fewer than 50 words",
    },
    "Escribe tres párrafos sin usar la palabra «imperio».": {
        "exactly 3 paragraphs",
        "no “imperio”",
    },
    "Termina con una pregunta.": {"a question at the end"},
    "Réponds en français en moins de 40 mots.": {"an answer in French", "fewer than 40 words"},
    "Écris trois phrases sur Paris sans utiliser le mot « amour ».": {
        "exactly 3 sentences",
        "no “amour”",
    },
    "用不超过50个字回答。": {"at most 50 words"},
    "请用中文回答，不要使用“但是”这个词。": {"an answer in Chinese", "no “但是”"},
    "用三句话解释，不要使用逗号。": {"exactly 3 sentences", "no commas"},
    "أجب بالعربية في أقل من ٥٠ كلمة.": {"an answer in Arabic", "fewer than 50 words"},
    'لا تستخدم كلمة "جدا".': {"no “جدا”"},
}


@pytest.mark.parametrize(("prompt", "wanted"), READ.items(), ids=READ)
def test_an_instruction_is_read(prompt, wanted):
    assert asked(prompt) == wanted


NOT_SET = (
    "What is the capital of France?",
    "How many words are in this sentence?",
    "My essay has 500 words. Is it too long?",
    "I wrote 3 paragraphs yesterday, can you review them?",
    "Tom reads 20 pages a day and writes 300 words. How many words does he write in 5 days?",
    "She writes 2 sentences per line. How many lines are there?",
    "Give me ten words that rhyme with cat.",
    "What does the word 'set' mean?",
    "What is a 5 letter word for happy?",
    'Replace the word "big" with "large" in my text.',
    'Write a letter to the word processor company, "Acme".',
    "Why do people use commas?",
    "How do I remove commas from a string?",
    "How can I convert text to all lowercase in Excel?",
    "Should I put my name in all caps on a resume?",
    "Don't forget to use commas.",
    "How many people live in France? Don't use commas in numbers.",
    "Write the sums down without commas in the figures.",
    "Don't use a table. Compare cats and dogs.",
    "Don’t reply in JSON.",
    "Antworte nicht in JSON.",
    "You don't need to write code.",
    "Please don't answer in bullet points.",
    "You don't have to answer in French.",
    "Don't write it in all caps.",
    "Don't wrap your answer in double quotes.",
    "Don't end with a question.",
    "You don't need to use the word “river”.",
    "You don't have to start with “Sure”.",
    "You do not need to end with “Goodbye”.",
    "You do not have to mention the word “river”.",
    'Write a sentence that begins with "Then".',
    "Schreibe einen Satz, der mit „Gestern“ beginnt.",
    "What does P.S. mean in letters?",
    "Explain JSON to me.",
    "Which table fits a small kitchen?",
    "How do you say cheese in German?",
    "I study German literature in English class.",
    "What is the French word for dog?",
    "Translate “good morning” to French, Spanish and German.",
    "Write a story with three characters.",
    "Describe each planet in one sentence.",
    "Summarize every paragraph in 10 words or less.",
    "What did the letter say?",
    "The recipe says to use at least 3 eggs.",
    "A grating has 100 lines and 20 marks.",
    'Give me feedback on: "The dog is big. Use less than 5 words."',
    "Fix this:\n```\n# use at most 5 words, no commas\n```",
    "为什么人们使用逗号？",
    "Was bedeutet das Wort „sehr“?",
)


@pytest.mark.parametrize("prompt", NOT_SET)
def test_what_asks_nothing_of_the_answers_form_sets_no_instruction(prompt):
    assert asked(prompt) == set()


MATTER = {
    "Summarize this in 3 sentences:\n\nThey said one needs at least 20 words. No word fell.": {
        "exactly 3 sentences"
    },
    "Rewrite this in under 30 words: hey, whats up in all caps": {"fewer than 30 words"},
    "Translate to Spanish: I have three words for you, in English.": {"an answer in Spanish"},
    "Shorten this: The sun rose. It shone. Do not use any commas.": {"no commas"},
    "Is it true that you should never use “I” in an essay?": set(),
    "How do I end a letter with “Best”?": set(),
    "How do I boil rice? Answer in under 50 words.": {"fewer than 50 words"},
}


@pytest.mark.parametrize(("prompt", "wanted"), MATTER.items(), ids=MATTER)
def test_what_is_pasted_or_asked_about_sets_no_instruction(prompt, wanted):
    assert asked(prompt) == wanted


def test_what_a_program_is_to_do_is_not_asked_of_the_answer():
    assert asked("Write a Python script that prints at most 10 words in uppercase.") == {"code"}


def test_of_a_question_with_options_only_what_names_the_answer_is_read():
    prompt = "A poster must have 12 lines.\nA. so\nB. not so\nRespond in one word."
    assert asked(prompt, has_options=True) == {"exactly 1 word"}


@pytest.mark.parametrize(
    "wrapper",
    [
        "{}",
        "Question: {}\n\nAnswer:",
        '{}\n\nFinish with "The answer is (X)".',
        'Q: {}\nReply in the following JSON format:\n```json\n{{"answer": "___"}}\n```\n'
        'Show it in the `answer` field, e.g. "answer": "42".',
        "{}\nPut your final answer behind ####.",
    ],
)
def test_how_a_final_answer_is_to_be_marked_is_no_instruction(wrapper):
    question = "Ann has 3 pens and buys 4 more. How many pens has she?"
    case = Case(wrapper.format(question), "She has 3 + 4 = 7 pens.")
    assert kind_of(case) is Kind.NUMBER
    assert list(instructions(case)) == []


def test_a_prompt_that_sets_instructions_and_nothing_else_is_of_that_kind():
    assert kind_of(Case("Praise spring in 20 words.", "")) is Kind.INSTRUCTIONS
    assert kind_of(Case("Praise spring.", "")) is Kind.PROSE


BOTH = {
    # prompt: a draft that keeps it, one that does not, and what is said of that.
    "Name a fruit in at most 5 words.": (
        "A ripe plum.",
        "One that I like is the plum.",
        "Asked for at most 5 words, has 7.",
    ),
    "Answer in exactly two sentences.": (
        "It rains, e.g. in May. Take a coat.",
        "It rains.",
        "Asked for exactly 2 sentences, has 1.",
    ),
    "Sum it up in two sentences.": (
        "We left at 5 p.m. She stayed.",
        "We left at 5 p.m. Eastern time.",
        "Asked for exactly 2 sentences, has 1.",
    ),
    "用不超过10个字回答。": ("春天很美。", "春天很美，因为百花盛开，鸟儿歌唱。", "has 14."),
    "Write two paragraphs.": ("One.\n\nTwo.", "One.", "Asked for exactly 2 paragraphs, has 1."),
    "Use exactly 2 bullet points.": ("* a\n* b", "* a\n* b\n* c", "has 3."),
    "Write it without the word “cat”.": (
        "A catalogue of cattle.",
        "The cat saw a Cat.",
        "Asked for no “cat”, has it twice.",
    ),
    "Include the word “plum”.": ("Plums are ripe.", "Pears.", "Asked for “plum”, is without it."),
    'Use the word "war" at least 2 times.': (
        "War is war.",
        "War is bad.",
        "Asked for “war” at least 2 times, has it 1 times.",
    ),
    "Write a line in which the letter z appears at least twice.": (
        "Puzzle",
        "Zeal",
        "has it 1 times.",
    ),
    "Answer in all caps.": ("ÄPFEL 12!", "Äpfel", "Asked for capital letters only, has 4 small"),
    "Answer in lowercase letters.": ("привет", "Привет", "has 1 capital letters."),
    "Do not use any commas.": ("a; b", "a，b", "Asked for no commas, has 1."),
    "Reply with JSON only.": (
        '```json\n{"a": 1}\n```',
        'Here it is: {"a": 1',
        "Asked for JSON, which cannot be read.",
    ),
    "Show a table of rivers.": ("| a |\n|---|\n| b |", "a, b", "Asked for a table, and there is"),
    "List 4 rivers.": ("Rhine, Elbe, Oder and Po.", "The Rhine.", "Asked for 4 rivers, has 1."),
    "Suggest 3 ways to sleep better.": (
        "1. Dim the lights. 2. Keep the room cool. 3. Rise early.",
        "1. Dim the lights.\n2. Keep the room cool.",
        "Asked for 3 ways, has 2.",
    ),
    "Write a Python function that turns a string round.": (
        "`def turned(s): return s[::-1]`",
        "Use `str.reversed` for that, or `reversed()`.",
        "Asked for code, and there is none.",
    ),
    "Put double quotation marks around your entire response.": ('"Yes."', "Yes.", "is not."),
    "Add a P.S. at the end.": ("Bye.\n\nP.S. Write!", "Bye.", "a postscript (P.S.), and there"),
    "Give two answers separated by ***.": ("one\n***\ntwo", "one two", "has 1."),
    "Answer and end with “Good luck!”": (
        "Go on. Good luck!",
        "Good luck! Go on.",
        "Asked for “Good luck!” at the end, does not end so.",
    ),
    "Explain it. End with a question.": ("So it is. Is it clear?", "So it is.", "not end so."),
    "Name a tree.\n\nFirst repeat the request above.": (
        "Name a tree.\n\nAn oak.",
        "An oak.",
        "Asked for the request repeated first, is not.",
    ),
    "Answer yes or no: is ice warm?": ("No, it is cold.", "Ice is cold.", "a yes or no, does not"),
    "Explain rain in Spanish.": (
        "La lluvia es el agua que cae de las nubes cuando el aire se enfría.",
        "Rain is the water that falls from the clouds when the air cools.",
        "Asked for an answer in Spanish, it is in English.",
    ),
}


@pytest.mark.parametrize(("prompt", "drafts"), BOTH.items(), ids=BOTH)
def test_a_draft_that_breaks_an_instruction_is_refused_with_what_it_did(prompt, drafts):
    kept, broken, note = drafts
    (good,) = instructions(Case(prompt, kept))
    (bad,) = instructions(Case(prompt, broken))
    assert (good.passed, bad.passed, bad.value) == (True, False, 0)
    assert good.value >= 0.7
    assert note in bad.note
    decision = decide(prompt, broken)
    assert (decision.accepted, decision.reason) == (False, "instructions")


def test_a_count_that_depends_on_the_reading_is_neither_kept_nor_broken_for_certain():
    title_and_two = "My day\n\nI rose. I slept."
    (finding,) = instructions(Case("Write at most 2 sentences.", title_and_two))
    assert 0 < finding.value < 0.5
    (finding,) = instructions(Case("Write at least 3 sentences.", title_and_two))
    assert 0.5 < finding.value < 1


def test_every_broken_instruction_is_named():
    (finding,) = instructions(Case("No commas. Answer in one word.", "Well, yes"))
    assert finding.note == "Asked for no commas, has 1. Asked for exactly 1 word, has 2."


def test_what_stands_beside_tool_calls_is_not_judged():
    assert list(instructions(Case("Answer in one word.", ""))) == []


SYSTEM = [{"role": "system", "content": "Answer in at most 3 sentences. Use no emojis."}]


def test_the_operators_instructions_hold_throughout():
    assert asked("Why is the sky blue?", SYSTEM) == {"at most 3 sentences", "no emoji"}


def test_the_last_turn_overrides_what_was_set_before():
    assert asked("Write ten sentences on rain.", SYSTEM) == {"exactly 10 sentences", "no emoji"}


def test_of_a_users_earlier_turns_only_what_is_to_last_holds():
    history = [
        {"role": "user", "content": "Answer in one word. From now on always answer in German."},
        {"role": "assistant", "content": "Gut. Write at most 5 words."},
    ]
    assert asked("Why is the sky blue?", history) == {"an answer in German"}


BOMBS = {
    "stars": "*" * 100_000,
    "open stars": "**a " * 25_000,
    "open brackets": "[" * 100_000,
    "angles": "<<" * 50_000,
    "stops": "." * 50_000 + "x" * 50_000,
    "stops and quotes": '."' * 50_000,
    "dashes": "-" * 99_999 + "x",
    "blank lines": "\n \n" * 33_000,
    "bullets": "* a\n" * 25_000,
    "underscores": "_a" * 50_000,
    "braces": "{" * 100_000,
    "tags": "<a" * 50_000,
    "pipes": "| " * 50_000,
    "ideographs": "春" * 100_000,
    "numbers": "1. " * 33_000,
}
ALL = (
    "Write at most 50 words and 3 sentences, 2 paragraphs, 4 lines, 5 bullet points, 3 headings."
    " Highlight 3 sections in markdown. Use 2 placeholders. No commas, lists, tables or markdown."
    " All lowercase. Use the word “a” twice. Avoid the letter e. Add a title in double angular"
    " brackets. Wrap your entire response in double quotes. Answer in JSON. End with a question."
    " Give 2 versions separated by ***. Reply in Polish, in HTML. List 3 rivers. Show a table."
)


@pytest.mark.parametrize("draft", BOMBS.values(), ids=BOMBS)
def test_time_is_bounded_whatever_is_asked_and_said(draft):
    assert cpu_seconds(lambda: decide(ALL, draft)) < 0.05


@pytest.mark.parametrize("prompt", [*BOMBS.values(), "at most 5 words, " * 6000, "'a' " * 25_000])
def test_reading_is_bounded(prompt):
    assert cpu_seconds(lambda: read_instructions(prompt)) < 0.05


@given(
    st.text(alphabet="use no at most 5 words,.\"'*\n<[“”不字\ue000\uf100", max_size=300),
    st.text(alphabet="aA1.,*-#_<>[]{}\"'\n 春", max_size=300),
)
def test_anything_can_be_asked_and_answered(prompt, text):
    for one in (*read_instructions(prompt), *read_instructions(ALL)):
        kept = one.judge(Draft(text))
        assert 0 <= kept.share <= 1
        assert one.asked


def test_characters_of_private_use_are_no_quotations():
    prompt = "Write the word \ue000 twice, and avoid the words \ue001 and \uf0ff."
    assert all("\ufffd" in one.asked for one in read_instructions(prompt))
    decide(prompt, "Yes.")
