"""What the simulated models say to who asks in German: the same parts, course by course."""

# ruff: noqa: E501, RUF001  (prose: its lines and signs are those a reader sees)

from chat.cascade.providers.demo_answers import Suggestion

_SKY = Suggestion(
    prompt="Warum ist der Himmel blau?",
    small="""\
Weil die Luft blaues Licht stärker streut als rotes.

Sonnenlicht ist eine Mischung aller Farben. Auf dem Weg durch die Atmosphäre trifft es auf Moleküle, die viel \
kleiner sind als seine Wellenlänge, und diese streuen kurze Wellen weit stärker als lange. Blaues Licht mit seiner \
kurzen Welle wird in alle Richtungen gelenkt und erreicht das Auge vom ganzen Himmel. Rotes Licht geht meist \
geradeaus weiter.

Bei Sonnenuntergang ist der Weg des Lichts durch die Luft länger. Das meiste Blau ist dann schon fort, und die \
Sonne sieht rot aus.""",
    large="""\
Der Himmel ist blau wegen der **Rayleigh-Streuung**.

1. **Sonnenlicht enthält jede Farbe.** Violett hat eine Wellenlänge um 400 nm, Rot um 700 nm.
2. **Luftmoleküle sind viel kleiner als beide.** Bei so kleinen Teilchen wächst die Streuung mit dem Kehrwert der \
vierten Potenz der Wellenlänge: Blaues Licht mit 450 nm wird etwa viermal so stark gestreut wie rotes mit 650 nm.
3. **Gestreutes Licht kommt von überall.** Wer von der Sonne wegschaut, sieht Licht, das die Luft abgelenkt hat, \
und das ist vor allem blau.

Warum nicht violett, das noch stärker gestreut wird? Die Sonne sendet weniger davon aus, die obere Atmosphäre \
schluckt einen Teil, und unsere Augen sind dafür weit weniger empfindlich.

Dasselbe Gesetz erklärt den Sonnenuntergang. Steht die Sonne tief, so durchquert ihr Licht rund vierzigmal so viel \
Luft; das Blau wird aus dem Strahl herausgestreut, und es bleiben Orange und Rot.""",
)

_PERCENT = Suggestion(
    prompt="Was sind 17 % von 2.340, und wie prüfe ich das im Kopf?",
    small="""\
17 % von 2.340 sind **397,8**.

Zum Prüfen im Kopf zerlegen Sie 17 % in leichte Teile:

- 10 % sind 234
- 5 % sind die Hälfte davon: 117
- 2 % sind 46,8

Zusammen: 234 + 117 + 46,8 = **397,8**.""",
    large="""\
17 % von 2.340 sind **397,8**. Zwei Wege, das ohne Papier zu prüfen:

**Den Prozentsatz zerlegen.** 17 = 10 + 5 + 2:

| Teil | Wert |
|---|---|
| 10 % | 234 |
| 5 % | 117 |
| 2 % | 46,8 |
| **17 %** | **397,8** |

**Vertauschen.** 17 % von 2.340 sind so viel wie 2.340 % von 17, also 23,4 × 17. Nun ist 23,4 × 10 = 234 und \
23,4 × 7 = 163,8, und 234 + 163,8 = 397,8.

Wer nur die Größenordnung prüfen will: 17 % sind etwas mehr als ein Sechstel, und 2.340 ÷ 6 = 390. Also ist 397,8 \
glaubhaft, während 39,78 oder 3.978 ein verrutschtes Komma verrieten.""",
)

_TABLE = Suggestion(
    prompt="Vergleiche SQLite, PostgreSQL und Redis in einer Tabelle.",
    small="""\
SQLite ist eine kleine Datenbank in einer einzigen Datei. PostgreSQL ist ein Datenbankserver mit vielen Funktionen, \
der zu den meisten Anwendungen passt. Redis hält seine Daten im Speicher und ist sehr schnell. Welche man wählt, \
hängt vom Vorhaben ab: SQLite für Kleines, PostgreSQL für Größeres und Redis als Zwischenspeicher.""",
    large="""\
| | SQLite | PostgreSQL | Redis |
|---|---|---|---|
| **Was es ist** | eine Bibliothek im eigenen Prozess | ein Server | ein Server |
| **Wo die Daten liegen** | in einer Datei | auf der Platte, im Speicher gepuffert | im Speicher, wahlweise auf der Platte |
| **Modell** | relational, SQL | relational, SQL, JSON | Schlüssel zu Zeichenketten, Hashes, Listen, Streams |
| **Gleichzeitig schreiben** | einer | viele | ein Thread in sehr kurzen Schritten |
| **Nach einem Absturz** | nichts Bestätigtes geht verloren | nichts Bestätigtes geht verloren | mit AOF in der Voreinstellung bis zu eine Sekunde |
| **Braucht Pflege** | fast keine | Sicherungen, Updates, Verbindungen | eine Speichergrenze |
| **Gut für** | Anwendungen auf einem Rechner, Tests, Dateien | die Hauptdaten eines Dienstes | Zwischenspeicher, Warteschlangen, Zähler |

So fällt die Wahl:

- **Ein Rechner und wenige, die schreiben?** Beginnen Sie mit SQLite. Es ist schneller als sein Ruf, und eine \
Sicherung ist eine Datei.
- **Mehrere Prozesse, die schreiben, oder Daten, die jeden einzelnen Rechner überdauern müssen?** PostgreSQL.
- **Daten, die sich neu berechnen lassen und in weit unter einer Millisekunde da sein sollen?** Redis, neben einem \
der anderen und nicht an seiner Stelle.

Ein bewährtes Paar ist PostgreSQL für das, was stimmen muss, und Redis für das, was schnell sein muss.""",
)

_DUPLICATES = Suggestion(
    prompt="Schreib eine Python-Funktion, die doppelte Dateien findet, und nenne drei Fehler, die dabei auftreten können.",
    small="""\
Man könnte die Dateien vielleicht nach ihrer Größe vergleichen oder möglicherweise nach einem Hash. Eventuell wird \
das bei vielen Dateien langsam.""",
    large="""\
Vergleichen Sie zuerst die Größen, denn das kostet nichts, und lesen Sie nur Dateien, die sich eine Größe teilen:

```python
from collections import defaultdict
from hashlib import file_digest
from pathlib import Path


def doppelte(wurzel: Path) -> list[list[Path]]:
    \"\"\"Gruppen von zwei oder mehr Dateien unter `wurzel` mit gleichem Inhalt.\"\"\"
    nach_groesse = defaultdict(list)
    for pfad in wurzel.rglob("*"):
        if pfad.is_file() and not pfad.is_symlink():
            nach_groesse[pfad.stat().st_size].append(pfad)

    nach_inhalt = defaultdict(list)
    for pfade in nach_groesse.values():
        if len(pfade) > 1:
            for pfad in pfade:
                with pfad.open("rb") as datei:
                    inhalt = file_digest(datei, "sha256").hexdigest()
                nach_inhalt[inhalt].append(pfad)
    return [pfade for pfade in nach_inhalt.values() if len(pfade) > 1]
```

Drei Fehler, die dabei auftreten können:

1. **Eine Datei ändert sich oder verschwindet währenddessen.** `stat` oder `open` löst dann `FileNotFoundError` aus, \
oder der Hash beschreibt eine Datei, die es nicht mehr gibt. Fangen Sie `OSError` je Datei ab und machen Sie weiter.
2. **Nicht alles ist lesbar.** Ein einziges Verzeichnis ohne Rechte beendet aus demselben Grund den ganzen Lauf.
3. **Harte Links sehen wie Doppelte aus.** Zwei Namen einer Datei teilen sich den Inhalt, und einen zu löschen schafft \
keinen Platz. Vergleichen Sie vor dem Hash `(st_dev, st_ino)`.

Auch leere Dateien gelten alle als gleich: Überspringen Sie die Größe 0, wenn Sie das nicht wollen.""",
)

_PRIMES = Suggestion(
    prompt="Beweise in drei Absätzen, dass es unendlich viele Primzahlen gibt.",
    small="""\
Ich glaube, es gibt wahrscheinlich unendlich viele Primzahlen. Vielleicht hat Euklid das gezeigt, aber ich bin mir \
nicht sicher, wie. Möglicherweise multipliziert man einige davon und zählt eins dazu.""",
    large="""\
Sei *p₁, p₂, …, pₙ* irgendeine endliche Liste von Primzahlen, und sei *N = p₁ · p₂ · … · pₙ + 1*. Da *N* größer als 1 \
ist, hat *N* einen Primteiler *q*: Der kleinste Teiler von *N*, der größer als 1 ist, ist selbst eine Primzahl, denn \
ein echter Teiler von ihm wäre ein noch kleinerer Teiler von *N*.

Angenommen, *q* stünde in der Liste. Dann teilt *q* das Produkt *p₁ · p₂ · … · pₙ* und auch *N*, also auch deren \
Differenz, und die ist 1. Keine Primzahl teilt 1: ein Widerspruch. Also ist *q* eine Primzahl, die nicht in der Liste \
steht.

Keine endliche Liste enthält demnach alle Primzahlen, und es gibt **unendlich viele**. Ein verbreitetes \
Missverständnis: *N* selbst muss keine Primzahl sein. So ist *2 · 3 · 5 · 7 · 11 · 13 + 1 = 30031 = 59 · 509*, und neu \
sind die Teiler 59 und 509. ∎""",
)

_TIMELESS = """\
In Tokio ist es das ganze Jahr über neun Stunden später als in UTC, denn Japan kennt keine Sommerzeit: Ist es in UTC \
12 Uhr mittags, so ist es in Tokio 21 Uhr.

Für die Uhrzeit dieses Augenblicks braucht ein Modell eine Uhr. Geben Sie dieser Kaskade in der Verwaltung das \
Werkzeug `current_time`, und fragen Sie noch einmal."""

_TIME = Suggestion(
    prompt="Wie spät ist es in Tokio?",
    small=_TIMELESS,
    large=_TIMELESS,
    call=("current_time", '{"zone": "Asia/Tokyo"}'),
    informed="""\
In Tokio ist es so spät, wie das Werkzeug mir eben gesagt hat:

```json
{}
```

Ich bin ein simuliertes Modell, aber das Werkzeug ist echt: Die Zeit kommt von der Uhr dieses Servers.""",
)

SUGGESTIONS: tuple[Suggestion, ...] = (_SKY, _PERCENT, _TABLE, _DUPLICATES, _PRIMES, _TIME)
