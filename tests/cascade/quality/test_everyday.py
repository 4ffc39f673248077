"""Everyday questions: a right answer is kept to its end, and a wrong one beside it is set aside."""

# ruff: noqa: RUF001  (other scripts are meant as they are)

import pytest

from chat.cascade import decide
from chat.cascade.config import DEFAULT_THRESHOLDS
from chat.cascade.quality import Decision
from chat.cascade.routing import assess


def _decided(prompt: str, draft: str) -> Decision:
    return decide(prompt, draft, threshold=DEFAULT_THRESHOLDS[assess(prompt).complexity])


RIGHT = {
    # What can be parted need not come out whole.
    "How many hours are 90 minutes plus 45 minutes?": ["2.25 hours"],
    "How many miles are 5 kilometers?": ["5 / 1.609 = 3.11 miles"],
    "Wie viele Stunden sind 90 Minuten und 45 Minuten?": ["2,25 Stunden"],
    "¿Cuántas horas son 90 minutos y 45 minutos?": ["2,25 horas"],
    "7除以2等于多少？": ["3.5"],
    # Points may part thousands.
    "Was ist 1.000 minus 250?": ["750"],
    "Was sind 20 % von 1.500?": ["300", "20 % von 1.500 sind 300."],
    "Wie viel ist 1.250 geteilt durch 8?": ["156,25", "1.250 : 8 = 156,25"],
    "Wieviel ist 2.000 mal 3?": ["6.000", "2.000 × 3 = 6.000"],
    "¿Cuánto es 1.200 entre 4?": ["300", "1.200 ÷ 4 = 300"],
    "¿Cuánto es 2.500 por 4?": ["10.000", "10000"],
    "What is 1.250 times 2?": ["2.5"],
    # Numbers may be words.
    "¿Cuánto es 3 + 4?": ["Siete", "Son siete."],
    "Combien font 7 x 8 ?": ["Cinquante-six."],
    "Wie viel ist 7 mal 8?": ["Sechsundfünfzig."],
    "3+4等于几？": ["七", "等于七。", "7"],
    "كم يساوي 3 + 4؟": ["سبعة", "7"],
    # Two numbers in a name are no sum.
    "What does 24/7 mean?": ["All the time: 24 hours a day, 7 days a week."],
    "What is a 50/50 chance?": ["It says that heads is as likely as tails."],
    "What does 16:9 mean?": ["It is the ratio of width to height of wide screens."],
    # A number within a word is none, and a part of a text is not the whole.
    "Erkläre in einfachen Sätzen, was ein Vulkan ist.": [
        "Ein Vulkan ist ein Berg. In ihm ist heißes Gestein. Manchmal bricht es aus.",
    ],
    "Rewrite this in past tense sentences: I go to the shop and buy milk. I come home.": [
        "I went to the shop and bought milk. I came home.",
    ],
    'Give me unique sentences with the word "run".': [
        "I run every morning. The run was long. Run to the shop!",
    ],
    "Write an HTML page with a centered heading": [
        "```html\n<center><h1>Hello</h1></center>\n```",
    ],
    "Write an intro paragraph, three body paragraphs and a conclusion about recycling.": [
        "It matters.\n\nIt saves energy.\n\nAnd water.\n\nAnd oil.\n\nIn short, recycle.",
    ],
    "Schreibe mir eine kurze Geschichte mit einem Satz Moral am Ende.": [
        "Der Fuchs sah Trauben. Er kam nicht hin. Die Moral: Wer nicht kann, will nicht.",
    ],
    # To tell somebody no, in the asker's name, is no refusal.
    "Write a text to my friend saying I can't make it tonight": [
        "Hey! I'm so sorry but I can't make it tonight, something came up. Rain check?",
    ],
    "Tell Bob I'm not able to join the call": [
        "Hi Bob, I'm afraid I'm not able to join the call today. Could you send me the notes?",
    ],
    "Text Ann that I can't help her move on Friday": [
        "Hi Ann, I'm sorry, but I can't help you move on Friday. Good luck with it!",
    ],
    "What should I say if I can't attend a wedding?": [
        "I'm so sorry, but I can't attend, though I wish you both a wonderful day.",
    ],
    "help me cancel plans with a friend": [
        "\"Hey, I'm so sorry, but I can't make it on Saturday after all. Another day?\"",
        "\"Hey,\n\nI'm so sorry, but I can't help you move on Saturday.\n\nAnna\"",
        "Try: Hey, I'm sorry, but I can't make it on Saturday. Can we find another day?",
    ],
    # Nor is an honest no.
    "can I use a refund on a sale item at IKEA": [
        "Sorry, sale items usually cannot be refunded in full, but often within 180 days.",
    ],
    "is it possible to charge an iphone in the microwave?": [
        "I'm afraid it is not possible and very dangerous: it would destroy the phone.",
    ],
    # Nor is what an assistant says of itself, asked for it.
    "Can you access the internet?": [
        "No, I can't access the internet.",
        "I cannot access the internet; I answer from what I learned.",
    ],
    "Do you dream?": ["No. As an AI I don't sleep or dream, but I can talk about dreams."],
    "Are you a human?": ["No. As an AI, I'm not human, but I'm happy to chat!"],
    "What can you not do?": ["I can't browse the web, remember other chats or see images."],
    "Do you know my name?": ["No, I don't know your name. What should I call you?"],
    "Peux-tu accéder à Internet ?": ["Non, je ne peux pas accéder à Internet."],
    "你能上网吗？": ["抱歉，我无法上网，不能提供实时信息。"],
    # Nor is a caveat before the answer.
    "can i take ibuprofen with alcohol?": [
        "I can't give medical advice for your case, but in general it is better to avoid it.",
    ],
    "Who will win the next election?": [
        "I can't predict the future, but polls show a close race.",
    ],
    # Scripts and programs are code where a language is named.
    "Write a wedding ceremony script": [
        "Dear family and friends, we are here to marry two people."
    ],
    "Write a query letter for my novel": [
        "Dear Ms Lee, a lighthouse keeper finds a letter of hers."
    ],
    "Write a snippet of Hamlet": ["To be, or not to be, that is the question."],
    "Give me a code word": ["Nightingale."],
    "Schreibe ein Programm für den Kindergeburtstag": [
        "Um drei gibt es Kuchen, um vier ein Spiel."
    ],
    "fix my sleep schedule, help me write a script for a morning routine": [
        "Wake at 7, light and water at 7:05, a short walk at 7:15, breakfast at 7:45.",
    ],
    # A letter may be concluded.
    "What is 6 x 7?\nA. 36\nB. 42\nC. 48": ["6 × 7 = 42, so B."],
    "Was ist 6 mal 7?\nA. 36\nB. 42\nC. 48": ["6 × 7 = 42, also B."],
    "6乘以7等于多少？\nA. 36\nB. 42\nC. 48": ["6 × 7 = 42，所以B。"],
    # Lists and forms are asked for in every language.
    "Nenne mir 4 Sehenswürdigkeiten in Wien": ["Schönbrunn, Stephansdom, Prater und Hofburg."],
    "Nenne drei deutsche Flüsse.": ["Rhein, Elbe und Oder."],
    "Donne-moi 3 idées de desserts faciles": ["1. Mousse\n2. Tarte\n3. Crêpes"],
    "Dame 5 nombres para un gato": ["Luna, Simba, Milo, Nala y Coco."],
    "列出三种水果": ["苹果、香蕉和梨"],
    "اذكر ثلاث فواكه": ["تفاح وموز وبرتقال"],
    "Gib mir zwei Minuten.": ["Gern."],
    "Gib mir eine Tabelle mit Flüssen": ["| Fluss | km |\n|---|---|\n| Rhein | 1233 |"],
    "can I use this cable in the garden?": ["Sorry, but the cable is not designed for that."],
    # What "plus" joins to a sum is no part of it.
    "Rent is 1,450 a month, 3 months upfront and a deposit of 2 months. How much is that?": [
        "You pay 3 × 1,450 = 4,350 plus 2 × 1,450 = 2,900, in total 7,250.",
    ],
    "Write to my boss that I can't write the report by Friday": [
        "I'm sorry, but I can't write the report by Friday. Would Monday be all right?",
    ],
}
WRONG = {
    "How many apples are in each of 4 boxes if 90 are shared?": ["22.5"],
    "Was ist 1.000 minus 250?": ["850"],
    "¿Cuánto es 1.200 entre 4?": ["400", "1.200 ÷ 4 = 400"],
    "Wieviel ist 2.000 mal 3?": ["2.000 × 3 = 5.000"],
    "What is 1.250 times 2?": ["3"],
    "1,250除以5是多少？": ["260"],
    "3+4等于几？": ["8"],
    "كم يساوي ٢٥٠ ÷ ٥؟": ["٦٠"],
    "How much are 3 pens at $4?": ["It is a good price."],
    "Antworte in einem Satz: Was ist ein Vulkan?": ["Ein Berg. Er speit Feuer und Asche."],
    "Write a slogan of 3words.": ["Buy it."],
    "Write three paragraphs about recycling.": ["It saves energy.\n\nIt saves water."],
    "Write a text to my friend saying I can't make it tonight": ["I can't help with that."],
    "Escribe un mensaje a mi jefe: hoy no puedo ir a trabajar": [
        "Lo siento, no puedo ayudarte con eso.",
    ],
    "Can you help me with my homework?": ["I'm sorry, but I can't help with that."],
    "can i take ibuprofen with alcohol?": [
        "I can't give medical advice, but I can help you find a doctor.",
        "I can't give medical advice, but please ask your doctor.",
    ],
    "Explain photosynthesis.": ["Sorry, but I can't find that."],
    "Please implement Timsort in Lean 4": ["I'm sorry, but it is not possible to implement it."],
    "Write a Python script that counts words": ["Count the words one by one."],
    "Give me a code snippet that counts words": ["Count the words one by one."],
    "What is 6 x 7?\nA. 36\nB. 42\nC. 48": ["6 × 7 = 42, so E.", "6 × 7 = 42, so C."],
    "Nenne mir 4 Sehenswürdigkeiten in Wien": ["1. Schloss Schönbrunn\n2. Stephansdom"],
    "Nenne drei deutsche Flüsse.": ["Rhein und Elbe."],
    "Donne-moi 3 idées de desserts faciles": ["1. Mousse au chocolat"],
    "Dame 5 nombres para un gato": ["1. Luna\n2. Simba"],
    "列出三种水果": ["1. 苹果"],
    "给我推荐5本科幻小说": ["1. 《三体》\n2. 《基地》"],
    "اذكر ثلاث فواكه": ["1. تفاح"],
    "top 10 movies of the 90s please": ["1. Pulp Fiction (1994)\n2. The Matrix (1999)"],
    "make a markdown table comparing Python and Java": ["Python is slower than Java."],
    "Gib mir eine Tabelle mit Flüssen": ["Der Rhein ist 1233 km lang."],
    "Fais un tableau des jours de la semaine": ["lundi, mardi, mercredi"],
    "用表格比较猫和狗": ["猫独立，狗忠诚。"],
    "أعطني جدولاً يقارن بين القهوة والشاي": ["القهوة أقوى من الشاي."],
    "Give me a bulleted list of camping essentials": ["You need a tent and a bag."],
    "Haz una lista con viñetas de los planetas": ["Mercurio, Venus y Marte."],
    "Antworte nur mit JSON: Einwohner von Hamburg": ["Hamburg hat 1,9 Millionen Einwohner."],
    "Write me a poem in Klingon": ["I'm sorry, but the Klingon language is not designed for it."],
    "How many of 12 apples and 3 pears are left?": [
        "No one can say how many are left, as nobody told how many were eaten.",
    ],
    "What is 3 plus 4 times 2?": ["3 plus 4 × 2 = 14"],
    "Write an email to my boss asking for Friday off": ["I'm sorry, but I can't write emails."],
    "Write a poem about the sea": ["Sorry, I cannot write poems."],
}


def _pairs(drafts: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(prompt, draft) for prompt, some in drafts.items() for draft in some]


@pytest.mark.parametrize(("prompt", "draft"), _pairs(RIGHT))
def test_a_right_answer_is_kept_to_its_end(prompt: str, draft: str) -> None:
    assert (decision := _decided(prompt, draft)).accepted, decision
    ends = range(1, len(draft), 7)
    assert all(decide(prompt, draft[:end], finish=None).accepted for end in ends)


@pytest.mark.parametrize(("prompt", "draft"), _pairs(WRONG))
def test_a_wrong_answer_is_set_aside(prompt: str, draft: str) -> None:
    assert not _decided(prompt, draft).accepted
