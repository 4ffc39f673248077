"""Which parts of a prompt ask, sentence by sentence; what it quotes or pastes asks nothing."""

import re
from collections.abc import Iterator

from chat.cascade.quality.instructions.instruction import Ask

LONGEST = 3000
"""Characters of a prompt that are read; of a longer one the beginning and the end, where people
put what they want of a text they paste between."""

_LONGEST_SENTENCE = 600
_MOST_SENTENCES = 60
_QUOTES_FROM = 0xE000
"""Quotations become characters of the private use area from here."""

_MOST_QUOTES = 200
_CODE = "\uf100"
QUOTE = "[\ue000-\uf0ff]"
_OURS = re.compile("[\ue000-\uf100]")
"""In a prompt they stand for no quotation."""

_FENCED = re.compile(r"```[^`]*(?:```|\Z)")
QUOTED = re.compile(
    '"([^"\n]{1,2000})"|[“”„]([^“”"\n]{1,2000})[”“"]|«([^»\n]{1,2000})»|「([^」\n]{1,500})」'
    "|『([^』\n]{1,500})』|‘([^‘’\n]{1,80})’|(?<!\\w)'((?:[^'\n]|'(?=\\w)){1,80})'(?!\\w)|`([^`\n]{1,200})`"
)
_ABBREVIATION = re.compile(
    r"(?i)(?:\b(?:i\.e|e\.g|etc|vs|max|min|approx|p\.s|p\.p\.s|p|z\.b|[a-z])"
    r"|^\s*\d{1,2})\.$"
)
_END = re.compile(
    "(?<=[.!?;])[)\ue000-\uf0ff]?\\s+|\n+|(?<=[\u3002\uff01\uff1f\uff1b\u061f\u061b])\\s*|(?<=[\ue000-\uf0ff])\\s+(?=[A-Z](?:[a-z]|\\s))"
)


def asks(prompt: str) -> Iterator[Ask]:
    text = (
        prompt if len(prompt) <= LONGEST else f"{prompt[: LONGEST // 2]}\n{prompt[-LONGEST // 2 :]}"
    )
    text, quotes = _quoted(_FENCED.sub("\n", _OURS.sub("\ufffd", text)))
    sentences = [_without_others(sentence[:_LONGEST_SENTENCE]) for sentence in _asking(text)]
    sentences = (
        sentences[: _MOST_SENTENCES // 2]
        + sentences[_MOST_SENTENCES // 2 :][-_MOST_SENTENCES // 2 :]
    )
    for at, sentence in enumerate(sentences):
        before = sentences[at - 1] if at else ""
        after = sentences[at + 1] if at + 1 < len(sentences) else ""
        yield Ask(_told(_without_reports(sentence, after)), before, after, prompt, quotes)


def _quoted(text: str) -> tuple[str, dict[str, str]]:
    quotes: dict[str, str] = {}

    def put_away(found: re.Match[str]) -> str:
        if len(quotes) == _MOST_QUOTES:
            return found.group()
        if found.group().startswith("`"):
            return _CODE
        char = chr(_QUOTES_FROM + len(quotes))
        quotes[char] = next(group for group in found.groups() if group)
        return char

    return QUOTED.sub(put_away, text), quotes


_MATERIAL_FOLLOWS = re.compile(
    r"(?im)\b(?:summari[sz]e|rewrite|rephrase|paraphrase|proofread|translate|correct|edit|analy[sz]e"
    r"|classify|review|shorten|simplify|condense|expand|critique|criticize|elaborate|übersetze"
    r"|repeat after|reply to|respond to|improve|(?<!word )count|verbessere|korrigiere|fasse?"
    rf"|formuliere|kürze|traduce|traduis|résume|resume|corrige|réécris)\b[^\n:.!?]{{0,200}}:\s(?!\s*{QUOTE})"
    r"|翻译[^\n：。]{0,30}："
    r"|^[ \t]*(?:text|passage|article|review|e-?mail|message|paragraph|document"
    r"|transcript)[ \t]*:\s"
)
_ANSWER = r"\b(?:your|the) (?:\w+ )?(?:response|answer|reply|output|rewrite|summary|translation)\b"
_NAMES_THE_ANSWER = re.compile(f"(?i){_ANSWER}")
_SOMEBODY_ASKS = re.compile(
    r"(?i)\b(?:prompt|e-?mail|message|letter|review|comment|request|repeat after|reply to"
    r"|respond to)\b"
)
"""Of what these ask for nothing is asked of the answer, however it is said."""
_STILL_ASKS = re.compile(
    rf"(?i){_ANSWER}"
    r"|\b(?:please|make sure)\b|^\W*(?:use|do not|don[’']t|avoid|refrain|include|write|keep|end"
    r"|finish|limit|highlight|italici[sz]e|first|start|begin|add|answer|respond|give|separate"
    r"|repeat|no)\b"
)


def _asking(text: str) -> Iterator[str]:
    """Of the matter that follows "translate this:", only what plainly speaks of the answer."""
    found = _MATERIAL_FOLLOWS.search(text)
    if not found:
        yield from _sentences(text)
        return
    yield from _sentences(text[: found.end()])
    still = _NAMES_THE_ANSWER if _SOMEBODY_ASKS.search(found.group()) else _STILL_ASKS
    yield from filter(still.search, _sentences(text[found.end() :]))


_WRITES = re.compile(
    r"(?i)(?:please )?(?:(?:can|could|would) you )?(?:please )?(?!write (?:as|like)\b)"
    r"(?:write|draft|create|make|design|build|develop|generate|compose|give me)\b"
)
_OF_OTHERS = re.compile(
    r"(?i)\b(?P<who>who|(?:bot|chatbot|assistant|agent|prompt|guide|policy|letter|e-?mail)"
    r" (?:that|which)|prompt (?:for|telling|asking|instructing)\b[^,.;]*?)"
    r"(?: (?:always|makes? \w+|only|never|should|must|will))*"
    r" (?:answer|respond|repl(?:y|ies)|speak|talk|write"
    r"|say|tell|ask|instruct|require|forbid|ban|use|summari[sz]e|explain|translate)s?\b[^,.;]*"
)


def _without_others(sentence: str) -> str:
    """What somebody in a text to be written says, or how, is not asked of the answer."""
    return _OF_OTHERS.sub(r"\g<who>", sentence) if _WRITES.match(sentence) else sentence


_REPORTS = re.compile(
    r"(?i)\b(?:i|i[’']ve|we|we[’']ve|(?P<of>he|she|they|people|(?:some|every)(?:body|one)"
    r"|(?:my|his|her|their|our|the|an?|some|many|most|meine?|unsere?|der|die)(?: [\w-]+){1,3}?"
    r"|(?-i:[A-Z])\w+))"
    r" (?:always |once |often |also |never |have |has |had |was |were |been |am )*"
    r"(?(of)(?:says?|said|tells?|told|thinks?|thought|claims?|claimed|insists?|insisted|taught|teaches"
    r"|believes?|argues?|argued|recommends?|advises?|advised|wants?|sagt|sagte"
    r"|meint|findet|behauptet|hat gesagt)"
    r"|(?:told|taught|advised|heard|read|learned|learnt)(?! you\b))\b"
    r"|\baccording to\b"
)
_OF_THE_REPORT = re.compile(
    r"(?i)(?:^|[,;–—-] ?)(?:but |so |and )?(?:"
    r"(?:is|are|was|were|does|do|did|should|must|has|have)(?:n[’']t)?"
    r" (?:he|she|they|that|this|it|i|we|you (?:agree|think))\b[^?]{0,60}"
    r"|(?:but )?why(?: not| so|(?: [\w’']+)? (?:he|she|they|that|this|it|i|we|one)\b[^?]{0,40})?"
    r"|what do you (?:think|say)\b[^?]{0,40}|true|really|right|correct|agreed?|how come"
    r"|(?:(?:hat|haben) (?:er|sie)|(?:stimmt|ist|reicht|geht|muss) das)\b[^?]{0,40}|warum)\?"
)
_ASKS_OF_A_RULE = re.compile(
    r"(?i)\b(?P<why>why|whether) (?:[\w’']+ ){1,3}?"
    r"(?:says?|said|tells?|should|must|may|might|can|could)(?:n[’']t)?"
    r" (?:me |you |us |people )?(?:not |never |always |to )*"
    r"(?:use|using|avoid|say|write|begin|start|end|finish|mention|include|contain|keep)\b[^,.;\n]*"
)


def _without_reports(sentence: str, after: str) -> str:
    """A rule that others are said to have is no wish where the question is about it."""
    sentence = _ASKS_OF_A_RULE.sub(r"\g<why>", sentence)
    asks = _OF_THE_REPORT.search(sentence) or _OF_THE_REPORT.match(after)
    found = _REPORTS.search(sentence) if asks else None
    return sentence[: found.start()] if found else sentence


_HOW_IT_IS = re.compile(
    r"(?i)^\W*(?:(?:hi|hello|hey|so|and|but|now|currently|also|however|unfortunately|somehow|hallo"
    r"|leider)\b\W*)*"
    r"(?:(?:i|we|it|he|she|they|there|that|this|these|those|ich|wir|es|er)"
    r"|(?:my|our|his|her|their|this|these|those|that|the|an?|some"
    r"|(?:in )?(?:mein|unser|sein)(?:e[mnrs]?)?|der|die|das|diese[rs]?|eine?"
    r"|mon|ma|mes|mi|mis)"
    r"(?: (?!(?:answer|response|reply|output|limit|maximum|minimum|length|count|format|language"
    r"|assistant|bot|chatbot|model|ai|antwort|ausgabe|länge|must|should|can|could|will|may|shall|to)\b)"
    r"[\w-]+){1,4}?)"
    r"(?:[’'](?:s|m|re|ve)| (?:(?:ne|no|already|just|only|also|currently|auch|schon) )?"
    r"(?:has|have|had|is|are|am|was|were|shows?|contains?|includes?|uses?|prints?|displays?"
    r"|types|reads|wrote|saw|see|got|get|gets|found|made|created|hat|habe|haben|hatte|ist|sind|war"
    r"|waren|enthält|enthalten|zeigt|zeigen|contient|contiene|tiene|est))"
    r"(?! (?:to|supposed|required|allowed|meant|welcome)\b)\b"
    r"(?:(?!\b(?:please|bitte|must|should|shall|want|wants|need|needs|would|make|keep|rewrite"
    r"|translate|explain|shorten|give|tell|convert|turn|say|not to|(?:can|could|will) you)\b)"
    r"[^,;:.!?\n(–—])*+(?=[,;:.!?\n(–—]|$)"
)
"""How things are, which asks for nothing, up to a comma, behind which a wish may follow."""
_IF = re.compile(
    r"(?i)^\W*(?:(?:and|but|so|also) )?"
    r"(?:if(?! (?:at all )?(?:possible|you (?:can|could|please))\b)"
    r"|(?:when|whenever|every time|each time)(?! (?:you|writing|answering|replying|responding)\b)"
    r"|unless|in case|wenn(?! (?:möglich|es geht|du kannst)\b)|falls(?! möglich\b)|sobald"
    r"|immer wenn)\b.*"
)
_WHETHER = re.compile(
    r"(?i)^\W*(?:(?:can|may|must|could|should|shall) (?:i|we|one|people|they|he|she|it|an?|the|my)"
    r"|is it (?:ok|okay|fine|bad|good|better|allowed|wrong|polite|(?:un)?professional)"
    r"|do (?:you think|i have|i need|we have|we need)|why (?:do|did|have|are|were) (?:you|i|we)"
    r"|(?:muss|darf|soll|sollte|kann) (?:ich|man|wir|es|eine?|der|die|das|mein\w*)"
    r"|(?:warum|wieso|weshalb) (?:hast|antwortest|schreibst) du)\b"
    r"(?!.*\b(?:without|please|bitte)\b)[^,;:(–—]*+(?=[,;:(–—]|$)"
)
"""What is asked is whether or why, not that it be so."""
_AS_ONE_LIKES = re.compile(
    r"(?i)\b(?:if|where|when|wherever|whenever|as|wenn|falls|wo)"
    r" (?:it (?:helps|makes sense|fits)"
    r"|(?:(?:it is|it[’']s|you (?:think it[’']s |find it )?|deemed|absolutely|really|es) ?)?"
    r"(?:necessary|needed|appropriate|relevant|useful|helpful|required|applicable|like|want|wish"
    r"|prefer|nötig|sinnvoll|hilfreich|passt))\b[.!)\s]*$"
)


def _told(sentence: str) -> str:
    """What is left of it to ask: how things are asks for nothing, nor does what holds only if."""
    if _IF.match(sentence):
        return ""
    if as_one_likes := _AS_ONE_LIKES.search(sentence):
        clause = max(sentence.rfind(mark, 0, as_one_likes.start()) for mark in ",;")
        sentence = sentence[: max(clause, 0)]
    stated = _HOW_IT_IS.match(sentence) or _WHETHER.match(sentence)
    return sentence[stated.end() :] if stated else sentence


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        sentence = text[start : end.end()]
        if "\n" not in end.group() and _ABBREVIATION.search(text[start : end.start()][-8:]):
            continue
        if sentence.strip():
            yield sentence.strip()
        start = end.end()
    if text[start:].strip():
        yield text[start:].strip()
