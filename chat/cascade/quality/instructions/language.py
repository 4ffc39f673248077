"""In which language a text is written: by its script, and by the small words each language needs.

A guess for texts of a sentence or more; "" where nothing tells (a number, a name, code).
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Final

LONGEST = 6000
"""Characters that are looked at."""

_SCRIPTS: Final = {
    # The beginning of Unicode's name of a letter: the languages written in it.
    "CJK": ("zh",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "GREEK": ("el",),
    "HEBREW": ("he",),
    "THAI": ("th",),
    "LAO": ("lo",),
    "KHMER": ("km",),
    "MYANMAR": ("my",),
    "BENGALI": ("bn",),
    "GURMUKHI": ("pa",),
    "GUJARATI": ("gu",),
    "ORIYA": ("or",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "SINHALA": ("si",),
    "GEORGIAN": ("ka",),
    "ARMENIAN": ("hy",),
    "ETHIOPIC": ("am",),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "ARABIC": ("ar", "fa", "ur"),
    "CYRILLIC": ("ru", "uk", "bg", "sr", "mk"),
    "LATIN": (),
}

_SMALL_WORDS: Final = {
    "en": "the of and to in is that for it was with as on be are this by have from at or you not an which but they his her what there we can if will",
    "de": "der die und das ist nicht ein eine zu den mit von auf für im sich dem des es auch als wie an wird sind oder aber ich sie er wir bei einen",
    "fr": "le la les et des est une un du que pour dans qui en sur pas par plus ce au avec il sont ne se ou je vous nous cette mais elle aux ont",
    "es": "el la los las y de que en un una es por con para se del al lo como más pero su está no sus son este también muy ha fue esta hay",
    "pt": "o a os as e de que em um uma é por com para se do da dos das no na não mais como mas ao seu sua são foi também muito você está pelo",
    "it": "il la le e di che è un una per con non sono del della in si dei nel anche come più ma alla gli questo ha lo una delle dal è i al",
    "nl": "de het een en van is dat op te in voor met niet zijn aan er ook om als maar door bij naar wordt dit die hij ze we uit ik je",
    "sv": "och att det som en är på för av med inte den till har ett om var de jag kan så men från vi eller du när han hon sig",
    "da": "og at det er en til på som med af for ikke den der et har de vi kan jeg om fra men så var eller også blev skal være",
    "no": "og det er en til på som med av for ikke den et har de vi kan jeg om fra men så var eller også ble skal være å seg",
    "fi": "ja on ei se että oli hän mutta niin kun myös ovat joka tai kuin mitä tämä sen voi ole olen nyt sitä vain jos minä hänen",
    "pl": "i w nie na się z do jest to że jak za od po ale co o są by tak dla czy jego przez tym jej może które być oraz lub",
    "cs": "a se je v na to že s z do o jako ale by jsou pro po jeho si tak co jsem byl které nebo při když od být může",
    "sk": "a sa je v na to že s z do o ako ale by sú pre po jeho si tak čo som bol ktoré alebo pri keď od byť môže",
    "hu": "a az és hogy nem is egy van ez de meg csak volt mint vagy ha el már még lesz azt szerint minden ami nagyon ezt kell",
    "ro": "și de în la a cu pe nu este un o să că din care mai pentru sunt se ce au fost sau dar prin lui ca într foarte",
    "hr": "i je u na se da su za od s kao ne što ali bi koji iz o nije to kako sam ili po biti može ovo sve još",
    "sl": "in je v na se da so za od s kot ne kaj ali bi ki iz o ni to kako sem po biti lahko tudi pri še",
    "et": "ja on ei see et oli ta aga kui ka mis või nii ma oma kes seda saab olla ning pole selle väga veel",
    "lv": "un ir no ar uz par ka tas bet kā vai to arī lai tā viņš ja nav es ļoti pie pēc var būt",
    "lt": "ir yra kad į su iš ne tai bet kaip ar už jo buvo apie nuo per prie taip gali būti savo labai tik",
    "tr": "ve bir bu da de için ile çok ne gibi daha olarak var o ben olan kadar ama en sonra mi değil her şey ya olduğu",
    "vi": "và là của có không được cho một những trong người với các để này khi đã từ như về tôi ở sẽ cũng ra bạn",
    "id": "yang dan di untuk dengan ini itu dari tidak dalam adalah pada akan ke juga saya ada atau bisa mereka oleh sebagai karena kami anda",
    "tl": "ang ng sa na mga ay at ko hindi ito ni si para kung siya niya ako ka isang mo lang din kanyang may",
    "sw": "na ya wa kwa ni katika la za kuwa hii hiyo kama lakini yake watu huo cha moja ili sana yeye alikuwa mimi wake si au",
    "ca": "el la els les i de que en un una és per amb no es del al com més però seu són aquest també molt ha va hi",
    "af": "die en van is in het nie dat 'n te met vir op aan sy as ons wat was om hulle word sal maar by ook kan",
    "sq": "dhe e të në një është me për që nga nuk si do ka më kjo janë por u ai shumë ose kur",
    "so": "waa iyo oo ka ku in la uu u ay aan soo leh kale waxaa si wuxuu ma badan markii",
    "cy": "y yn a i o ar ei mae yr wedi oedd am gan bod ac fel hynny eu nid hefyd ond roedd",
    "eo": "la kaj de en estas al ne kiu por li ke mi sed ĝi kun el pri oni ili tiu povas vi",
    "hi": "है और के की का में से को यह हैं पर नहीं एक कि ने भी हो था लिए जो तो कर वह थी इस ही मैं",
    "mr": "आहे आणि च्या मध्ये हे ते नाही एक आहेत होते होता करा साठी तर या त्या मी तो की पण त्यांनी आम्ही तुम्ही केले झाला",
    "ne": "छ र को मा हो छन् यो गर्न लागि भएको पनि थियो एक छैन तर हुन्छ गरेको गर्नुहोस् तपाईं म हामी भने बाट लाई",
    "ar": "في من على إلى أن هذا التي عن مع لا ما هو كان هذه الذي أو هي كما ذلك قد لم بين كل",
    "fa": "و در به از که این را با است برای آن یک می هم تا بر خود ها شود بود ای کند شده اما من او نیست",
    "ur": "کے کی میں ہے اور سے کا کو نے کہ یہ پر ہیں ایک بھی نہیں اس تھا ہو جو تو کر وہ لیے گا",
    "ru": "и в не на что я с он как это по но к из у за от так же для было бы она вы мы или есть его все",
    "uk": "і в не на що я з він як це та до але за від у так для було вона ви ми або є його все бути й",
    "bg": "и на да се в за от не е с че по това са как но до като ще той има ги му беше който или аз тя",
    "sr": "и је у на се да су за од са као не што али би који из о није то како сам или по бити",
    "mk": "и на да се во за од не е со што по тоа се како но до ќе тој има го му беше кој или јас",
}

NAMES: Final = {
    # As people ask for them: English, then in the language itself and in our other five.
    "en": "English|Englisch|inglés|anglais|英语|英文|(?:اللغة )?الإنجليزية|بالإنجليزية",
    "de": "German|Deutsch|alemán|allemand|德语|德文|(?:ب)?الألمانية",
    "fr": "French|Französisch|francés|français|法语|法文|(?:ب)?الفرنسية",
    "es": "Spanish|Spanisch|español|castellano|espagnol|西班牙语|(?:ب)?الإسبانية",
    "zh": "Chinese|Mandarin|Chinesisch|chino|chinois|中文|汉语|(?:ب)?الصينية",
    "ar": "Arabic|Arabisch|árabe|arabe|阿拉伯语|(?:ب)?العربية",
    "pt": "Portuguese|Portugiesisch|português|portugués|portugais|葡萄牙语",
    "it": "Italian|Italienisch|italiano|italien|意大利语|(?:ب)?الإيطالية",
    "nl": "Dutch|Niederländisch|Nederlands|neerlandés|néerlandais|荷兰语",
    "ru": "Russian|Russisch|ruso|russe|русском|俄语|俄文|(?:ب)?الروسية",
    "ja": "Japanese|Japanisch|japonés|japonais|日语|日文|日本語|(?:ب)?اليابانية",
    "ko": "Korean|Koreanisch|coreano|coréen|韩语|韩文|한국어",
    "hi": "Hindi", "mr": "Marathi", "ne": "Nepali", "bn": "Bengali|Bangla", "pa": "Punjabi|Panjabi",
    "gu": "Gujarati", "ta": "Tamil", "te": "Telugu", "kn": "Kannada", "ml": "Malayalam", "ur": "Urdu",
    "or": "Odia|Oriya", "si": "Sinhala|Sinhalese", "fa": "Persian|Farsi", "he": "Hebrew", "el": "Greek",
    "th": "Thai", "lo": "Lao", "km": "Khmer", "my": "Burmese", "ka": "Georgian", "hy": "Armenian",
    "am": "Amharic", "sv": "Swedish|Schwedisch", "da": "Danish|Dänisch", "no": "Norwegian", "fi": "Finnish",
    "pl": "Polish(?= language|[.,]|$| only)|Polnisch", "cs": "Czech", "sk": "Slovak", "hu": "Hungarian", "ro": "Romanian",
    "hr": "Croatian|Bosnian", "sl": "Slovenian|Slovene", "et": "Estonian", "lv": "Latvian", "lt": "Lithuanian",
    "tr": "Turkish|Türkisch|turco|turc", "vi": "Vietnamese|Vietnamesisch", "id": "Indonesian|Malay|Bahasa Indonesia",
    "tl": "Tagalog|Filipino", "sw": "Swahili|Kiswahili", "ca": "Catalan", "af": "Afrikaans", "sq": "Albanian",
    "so": "Somali", "cy": "Welsh", "eo": "Esperanto", "uk": "Ukrainian", "bg": "Bulgarian", "sr": "Serbian", "mk": "Macedonian",
}  # fmt: skip

_TELLING: Final = {
    # Letters that only some of the languages of a script use.
    "ñ¿¡": ("es",), "ß": ("de",), "äöü": ("de", "sv", "fi", "et", "hu", "tr"), "ãõ": ("pt", "vi", "et"), "ç": ("fr", "pt", "tr", "ca", "sq"),
    "èêœ": ("fr", "it", "ca"), "å": ("sv", "da", "no"), "øæ": ("da", "no"), "łśźżęą": ("pl",), "ěřů": ("cs",), "ľĺŕ": ("sk",),
    "șțăâ": ("ro", "vi"), "őű": ("hu",), "ğışİ": ("tr",), "đơưạảấầậếềểệịọốồộớờợụủứừự": ("vi",), "ļņķģā": ("lv",), "ėįųū": ("lt",),
    "їієґ": ("uk",), "ыэё": ("ru",), "ъ": ("bg", "ru"), "ђћјљњџ": ("sr", "mk"), "ѓќѕ": ("mk",), "پچژگکی": ("fa", "ur"),
    "ٹڈڑںےہھ": ("ur",), "ةىأإ": ("ar",), "ळ": ("mr",), "ì": ("it",), "ĉĝŭ": ("eo",),
}  # fmt: skip
_LETTERS: Final = {letter: codes for letters, codes in _TELLING.items() for letter in letters}
_WORDS: Final = {code: frozenset(words.split()) for code, words in _SMALL_WORDS.items()}
_SCRIPT_OF: Final = {code: script for script, codes in _SCRIPTS.items() for code in codes}
_NOT_PROSE = re.compile(r"```[^`]*(?:```|\Z)|https?://\S+|`[^`\n]*`|<[^<>\n]{1,80}>")


_WORD = re.compile(r"[^\W\d_]+(?:[\u0900-\u097f]+[^\W\d_]*)*(?:'(?:m|s|t|d|re|ve|ll)(?![^\W\d_]))?")
"""With what English puts behind an apostrophe, whose letters are words elsewhere."""


def language(text: str) -> str:
    """The likeliest of some sixty languages by its code, or ""."""
    scores = likelihoods(text)
    best = max(scores, key=lambda code: scores[code], default="")
    return best if scores.get(best, 0) > 0 else ""


def small_words(code: str, text: str) -> list[str]:
    """Those of a language that are in a text; [] of one that is told by its script alone."""
    words = _WORD.findall(_NOT_PROSE.sub(" ", text[:LONGEST]).lower().replace("\u2019", "'"))
    own = _WORDS.get(code, frozenset())
    return [word for word in words if word in own]


def likelihoods(text: str) -> dict[str, float]:
    """Evidence for each language of the script that most of the text is in; 0 to about 1."""
    text = unicodedata.normalize("NFC", _NOT_PROSE.sub(" ", text[:LONGEST])).lower()
    scripts = Counter(map(_script, filter(str.isalpha, text)))
    if not scripts:
        return {}
    script = _main_script(scripts)
    codes = _SCRIPTS[script] or tuple(c for c in _WORDS if c not in _SCRIPT_OF)
    if len(codes) == 1:
        return {codes[0]: 1.0}
    return _by_words(text, codes)


def _main_script(scripts: Counter[str]) -> str:
    """Japanese mixes Chinese characters with its own; an ideograph says as much as four letters."""
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.1 * scripts["CJK"] + 0.02 * scripts.total():
        return "HIRAGANA"
    weighed = Counter(scripts)
    weighed["CJK"] *= 4
    return weighed.most_common(1)[0][0]


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ", 1)[0].split("-", 1)[0]
    return name if name in _SCRIPTS else "LATIN"


def _by_words(text: str, codes: tuple[str, ...]) -> dict[str, float]:
    words = Counter(_WORD.findall(text.replace("\u2019", "'")))
    total = max(1, words.total())
    own = {code: sum(words[word] for word in words.keys() & _WORDS[code]) for code in codes}
    scores = {code: number / total for code, number in own.items()}
    marks = Counter(code for letter in text for code in _LETTERS.get(letter, ()) if code in scores)
    for code, number in marks.items():
        scores[code] += min(0.25, 2 * number / total)
    return scores
