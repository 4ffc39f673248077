"""Whether a short answer has the form its question asks for.

Who asks for a name, when for a time, how many for a number, a question that begins with a verb for
yes or no. A wrong fact cannot be seen from outside.
"""

import re
from collections.abc import Iterator

from chat.cascade.quality.case import Case, Finding, excerpt
from chat.cascade.question import question_of

_LONGEST = 2000


def fact(case: Case) -> Iterator[Finding]:
    question = question_of(excerpt(case.prompt, _LONGEST))
    if said := excerpt(case.answer.final or case.draft.strip(), _LONGEST):
        yield from _form(question, said)
        yield _alternatives(said)


_TIME = re.compile(
    r"\d|(?i:\b(?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|century|spring|summer"
    r"|autumn|winter|never|always|day|night|morning|evening|before|after|during|when|ago|every"
    r"|today|tomorrow|yesterday|easter|christmas|jahrhundert|siglo|siècle)\b)|[年月日世紀]|عام|قرن"
)
NUMBER = re.compile(
    r"\d|(?i:\b(?:no|none|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|\w{0,9}teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million"
    r"|once|twice|half|dozen|all|both|many|keine?r?|null|eins?|zwei|drei|vier|fünf|sechs|sieben"
    r"|acht|neun|zehn|elf|zwölf|(?:\w{1,7}und)?(?:zwan|vier|fünf|sech|sieb|acht|neun)zig"
    r"|(?:\w{1,7}und)?dreißig|\w{0,7}hundert|\w{0,7}tausend|cero|uno|dos|tres|cuatro|cinco|seis"
    r"|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci\w{4,6}|veint\w{1,6}|treinta"
    r"|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien(?:to)?|mil|zéro|une?|deux|trois"
    r"|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente"
    r"|quarante|cinquante|soixante|cents?|mille)\b)|[零一二两三四五六七八九十百千万]"
    r"|صفر|واحد|اثن|ثلاث|[أا]ربع|خمس|ست[ةو]|سبع|ثمان|تسع|عشر|مئة|مائة|[أا]لف"
)
_NAME = re.compile(r"(?!(?:The|A|An|It|He|She|They|This|That)\b)[^\W\d_a-z]")
_YES_OR_NO = re.compile(
    r"(?i)\W{0,3}(?:yes|no|not|none|true|false|it (?:is|does|depends|varies)|there|only|some|nobody"
    r"|ja|nein|sí|si|oui|non|是|不|没|有|对|否|نعم|لا)"
)
_FORMS = (
    ("a name", re.compile(r"(?i)\W{0,3}(?:who|whom|whose)\b"), _NAME.search),
    ("a time", re.compile(r"(?i)\W{0,3}(?:when|(?:in )?(?:what|which) year)\b"), _TIME.search),
    ("a number", re.compile(r"(?i)\W{0,3}how (?:many|much|old|tall|far|long)\b"), NUMBER.search),
    (
        "yes or no",
        re.compile(
            # In German "was" is what.
            r"(?i)\W{0,3}(?:is|are|was(?! (?:ist|sind|war|waren|hat|haben|hast|hältst|wird|werden"
            r"|wurde|würde|kann|kannst|könnte|soll|sollte|sollen|muss|darf|kostet|bedeutet|heißt"
            r"|macht|machst|meinst|denkst|sagst|weißt|passiert|gibt|braucht|brauche|hilft|tun|für"
            r"|koche|schenke)\b)|were|do|does|did|has|have|had|can|could|will|would|should)\b"
            r"(?!.{0,400}\bor\b)",
            re.DOTALL,
        ),
        _YES_OR_NO.match,
    ),
)


def _form(question: str, said: str) -> Iterator[Finding]:
    """`fact_asked`, 1 where the question's first word asks for something; `fact_form`: whether the
    draft is that (1) or not (0).

    Such questions are the easier ones, which is apart from how one was answered: else a draft that
    is not what was asked for gained by it.
    """
    for asked, begins, fits in _FORMS:
        if begins.match(question):
            yield Finding("fact_asked", 1.0, True, f"The question asks for {asked}.")
            found = bool(fits(said))
            note = f"The question asks for {asked}, and the draft {'has' if found else 'lacks'} it."
            yield Finding("fact_form", found, found, note)


_ALTERNATIVE = re.compile(r"[,;/\u3001\uff0c\u060c&]|(?i:\b(?:or|and|oder|und|ou|et|o|y)\b)|[或和]")


def _alternatives(said: str) -> Finding:
    """`fact_alternatives`: how many things it names beside the first, 0 to 5."""
    others = min(5, sum(1 for _ in _ALTERNATIVE.finditer(said)))
    note = f"Names {others} things beside the first."
    return Finding("fact_alternatives", others, True, _FEW[others] if others < 2 else note)


_FEW = ("Names nothing beside the first.", "Names one thing beside the first.")
