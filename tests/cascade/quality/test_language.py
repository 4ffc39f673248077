"""The language of a text: dozens, from a sentence or two; nothing where nothing tells."""

import pytest

from chat.cascade import decide
from chat.cascade.quality.instructions.language import language

SAID = {
    "en": "We went to the market in the morning, and it was full of people who had come by train.",
    "de": "Wir sind am Morgen auf den Markt gegangen, und er war voll von Leuten aus der Stadt.",
    "fr": "Nous sommes allés au marché le matin, et il y avait des gens qui venaient de la ville.",
    "es": "Fuimos al mercado por la mañana, y estaba lleno de gente que venía de la ciudad.",
    "pt": "Fomos ao mercado de manhã, e ele não estava cheio de pessoas que vinham da cidade.",
    "it": "Siamo andati al mercato la mattina, ed era pieno di gente che non veniva dalla città.",
    "nl": "Wij gingen in de ochtend naar de markt, en het was er vol met mensen uit de stad.",
    "sv": "Vi gick till torget på morgonen, och det var fullt av människor som inte kom från stan.",
    "da": "Vi gik på torvet om morgenen, og der var mange mennesker, som ikke kom fra byen af.",
    "no": "Vi gikk til torget om morgenen, og det var fullt av folk som ikke kom fra byen etter.",
    "fi": "Menimme torille aamulla, ja siellä oli paljon ihmisiä, mutta he eivät olleet siitä.",
    "pl": "Poszliśmy rano na targ i było tam dużo ludzi, którzy nie przyjechali z miasta.",
    "cs": "Šli jsme ráno na trh a bylo tam mnoho lidí, kteří přijeli z města, ale já ne.",
    "sk": "Išli sme ráno na trh a bolo tam veľa ľudí, ktorí prišli z mesta, ale ja som nebol.",
    "hu": "Reggel elmentünk a piacra, és nagyon sok ember volt ott, de nem a városból jöttek.",
    "ro": "Am mers dimineața la piață și era plin de oameni care nu veneau din oraș.",
    "hr": "Ujutro smo otišli na tržnicu i bilo je puno ljudi koji nisu došli iz grada, što je to.",
    "et": "Me läksime hommikul turule ja seal oli palju inimesi, aga nad ei tulnud linnast.",
    "lv": "Mēs no rīta gājām uz tirgu, un tur bija daudz cilvēku, kas nav no pilsētas.",
    "lt": "Ryte ėjome į turgų, ir ten buvo daug žmonių, kurie atvyko iš miesto, bet ne visi.",
    "tr": "Sabah pazara gittik ve şehirden gelen çok insan vardı, ama bu daha iyi değil.",
    "vi": "Buổi sáng chúng tôi đã đi chợ và có rất nhiều người không đến từ thành phố.",
    "id": "Pada pagi hari kami pergi ke pasar dan ada banyak orang yang datang dari kota itu.",
    "tl": "Pumunta kami sa palengke nang umaga at maraming tao ang hindi galing sa lungsod.",
    "sw": "Tulikwenda sokoni asubuhi na kulikuwa na watu wengi ambao walikuja kutoka mji.",
    "ca": "Vam anar al mercat al matí, i hi havia molta gent que no venia de la ciutat amb tren.",
    "af": "Ons het in die oggend na die mark gegaan, en dit was vol mense wat nie van die stad is.",
    "sq": "Në mëngjes shkuam në treg dhe kishte shumë njerëz që nuk vinin nga qyteti, por mirë.",
    "cy": "Aethom i'r farchnad yn y bore, ac roedd yn llawn o bobl nad oedd wedi dod o'r dref.",
    "ru": "Утром мы пошли на рынок, и там было много людей, которые приехали из города.",
    "uk": "Вранці ми пішли на ринок, і там було багато людей, які не приїхали з міста.",
    "bg": "Сутринта отидохме на пазара и там имаше много хора, които не са дошли от града.",
    "sr": "Ујутру смо отишли на пијацу и било је много људи који нису дошли из града.",
    "mk": "Утрото отидовме на пазар и таму имаше многу луѓе кои не дојдоа од градот.",
    "hi": "हम सुबह बाज़ार गए और वहाँ बहुत लोग थे जो शहर से नहीं आए थे।",
    "mr": "आम्ही सकाळी बाजारात गेलो आणि तिथे खूप लोक होते पण ते शहरातून आले नाही.",
    "ne": "हामी बिहान बजार गयौं र त्यहाँ धेरै मानिस थिए तर यो राम्रो छ भने पनि।",
    "ar": "ذهبنا إلى السوق في الصباح وكان هناك كثير من الناس الذين جاءوا من المدينة.",
    "fa": "ما صبح به بازار رفتیم و مردم زیادی آنجا بودند که از شهر آمده بودند.",
    "ur": "ہم صبح بازار گئے اور وہاں بہت سے لوگ تھے جو شہر سے نہیں آئے تھے۔",
    "zh": "我们早上去了市场，那里有很多从城里来的人。",
    "ja": "私たちは朝、市場に行きました。そこには町から来た人がたくさんいました。",
    "ko": "우리는 아침에 시장에 갔는데 도시에서 온 사람들이 많았다.",
    "el": "Πήγαμε στην αγορά το πρωί και ήταν γεμάτη κόσμο.",
    "he": "הלכנו לשוק בבוקר והיו שם הרבה אנשים מהעיר.",
    "th": "เราไปตลาดในตอนเช้าและมีคนมากมาย",
    "bn": "আমরা সকালে বাজারে গিয়েছিলাম।",
    "pa": "ਅਸੀਂ ਸਵੇਰੇ ਬਾਜ਼ਾਰ ਗਏ।",
    "gu": "અમે સવારે બજારમાં ગયા.",
    "ta": "நாங்கள் காலையில் சந்தைக்குச் சென்றோம்.",
    "te": "మేము ఉదయం మార్కెట్‌కు వెళ్ళాము.",
    "kn": "ನಾವು ಬೆಳಿಗ್ಗೆ ಮಾರುಕಟ್ಟೆಗೆ ಹೋದೆವು.",
    "ml": "ഞങ്ങൾ രാവിലെ ചന്തയിൽ പോയി.",
    "ka": "დილით ბაზარში წავედით.",
    "hy": "Առավոտյան գնացինք շուկա։",
    "am": "ጠዋት ወደ ገበያ ሄድን።",
}


@pytest.mark.parametrize(("code", "text"), SAID.items(), ids=SAID)
def test_a_sentence_tells_its_language(code, text):
    assert language(text) == code


@pytest.mark.parametrize(
    "text", ["", "42", "3.14 × 2 = 6.28", "OK", "Berlin", "```\nthe and of\n```"]
)
def test_nothing_is_said_where_nothing_tells(text):
    assert language(text) == ""


def test_a_title_or_a_name_in_another_language_changes_nothing():
    assert language(f"<<My Day>>\n{SAID['de']} Apple and Google.") == "de"
    assert language(f"Market: {SAID['ta']}") == "ta"
    assert language(SAID["en"] + " We ate 寿司.") == "en"


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ("The sky is blue because of the light that the air scatters.", "English"),
        ("Det er en god dag, og jeg har det med.", "another language"),  # Danish as Norwegian
    ],
)
def test_only_a_language_that_shows_plainly_is_named(draft: str, said: str) -> None:
    decision = decide("Answer in German: Why is the sky blue?", draft)
    note = next(check["note"] for check in decision.checks if check["name"] == "instructions")
    assert note == f"Asked for an answer in German, it is in {said}."
