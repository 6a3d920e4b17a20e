"""Generated press: articles of many outlets that share what real ones share, and rewrites of some of them.

No two articles tell the same story unless one was made of the other. They share casts (the mayor of a town is
in many), turns of phrase, the agencies' and the police's stock sentences, each outlet's own lines below its
texts, and the forms of series: speed traps, emergency pharmacies, weather, match reports, lottery numbers.
Everything is a pure function of a number.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

FIRST_DAY = date(2026, 1, 5)
OUTLETS = tuple(
    f"{a}-{b}" for a in ("nord", "sued", "ost", "west", "mitte") for b in "bote blatt kurier echo".split()
)

SERIES = 40
"""One article of so many is of a series."""

_FIRST = "Anna Jan Petra Klaus Sabine Murat Elif Thomas Birgit Uwe Lena Paul Heike Olaf Nadine Stefan Karin Ralf".split()
_LAST_A = "Berg Stein Holz Neu Alt Wald Stern Klein Feld Brink Hoff Kamp Lind Rosen Schul Weiß Kirch Mühl Ober".split()
_LAST_B = "mann hoff meier kamp berg stein bauer holt wald hausen feld ner ke ling brock rath".split()
_TOWN_A = (
    "Alten Neuen Ober Nieder Groß Klein Berg Wald Stein Linden Erlen Buchen Mühl Kirch Rosen Sand".split()
)
_TOWN_B = "dorf heim burg hausen stadt feld brück bach kirchen rode tal au".split()
_NOUN_A = (
    "Schul Straßen Verkehrs Stadt Wasser Klima Hafen Kultur Sport Brücken Wohn Energie Bildungs Umwelt Jugend"
    " Haushalts Kranken Feuerwehr Markt Kirchen Rad Bahn Gewerbe Forschungs Pflege Garten Hallen Turm Museums"
).split()
_NOUN_B = (
    "projekt zentrum plan konzept verein halle gebäude programm fest ausschuss sanierung förderung anlage netz"
    " betrieb angebot stelle gruppe verwaltung strecke fläche bau rat werk dienst"
).split()
_VERBS = (
    "begrüßte kritisierte verteidigte eröffnete beschloss prüft plant unterstützt verschiebt verkauft erneuert"
    " erweitert untersucht lobte fordert bezweifelt finanziert verspricht stoppt beantragt übernimmt besuchte"
    " räumte sperrte rettete baute kaufte zeigte feierte verlor gewann suchte fand meldete sammelte spendete"
    " verlegte pflanzte malte probte ehrte wählte teilte mied bremste verbot erlaubte testete mietete heizte"
    " reinigte bewachte gründete schloss ersetzte vermisste trennte lieferte"
).split()
_ADJ = (
    "neue alte geplante umstrittene gemeinsame städtische zusätzliche teure zweite größte marode digitale"
    " barrierefreie kostenlose ehrenamtliche private öffentliche leere überfüllte kleine große regionale"
    " beliebte historische moderne vorläufige dauerhafte gesperrte verlassene sanierte undichte beheizte"
    " nächste dritte letzte vierte abgelehnte fehlende bewährte schnelle"
).split()
_PEOPLE = (
    "Bürger Kinder Gäste Anwohner Mitglieder Betriebe Familien Fahrgäste Helfer Schüler Besucher Mieter Radfahrer"
    " Händler Vereine Lehrer Eltern Pendler Gärtner Pfleger Wähler Läufer Musiker Ärzte Retter Soldaten Händlerinnen"
    " Wirte Bauern Jäger Angler Sänger Turner Fans Hunde Autos Bäume Häuser Wohnungen Stimmen"
).split()
_WHEN = (
    "am {weekday}|am {weekday}abend|am {weekday}morgen|im {month}|seit {month}|bis zum {n}. {month}|nach {n} Jahren"
    "|vor {n} {people}n|für {n} Millionen|trotz {adj}r {noun}pläne|bei einem Besuch in {town}|in {town}"
    "|auf Antrag von {name}|gegen den Willen der {org}|mit {n} Stimmen|wegen {adj}r {noun}kosten|ohne {adj}s {noun}"
    "|nach {n} Debatten um {noun} und {noun}|in der Nacht zum {n}. {month}|zum {n}. Mal|kurz vor dem {adj}n {noun}|dank {n} {people}n"
).split("|")
_WHO = (
    "{name}|Die {org}|Der {adj} {noun}rat|{n} {people}|{town}|Die {noun}leitung um {name}|Das {adj} {noun}"
    "|{name} und {name}|Die {noun}mehrheit|{org}-Chef {name}|Ein {adj}r {noun}experte aus {town}"
).split("|")
_WHAT = (
    "das {adj} {noun}|{n} {noun}plätze|die {adj}n {people} in {town}|ein {adj}s {noun} mit {n} Räumen|{name}|die {org}"
    "|das {noun} der {org}|den {adj}n {noun}entwurf von {name}|mehr {noun}personal|weniger {noun}verkehr in {town}"
).split("|")
_FORMS = (
    "{who} {verb} {what} {when}.",
    "{When} {verb} {who} {what}.",
    "{who} {verb} {when} {what}, {but} {who} {what} {verb}.",
    "{who} {verb} {what} und {verb} {when} {what}.",
    "{When} {verb} {who} {what}, {but} {who} {what} {when} {verb}.",
    "Von {n} {people}n, die {what} {when} {verb}, {verb} nur {n} {what}.",
    "„{who} {verb} {when} {what}“, {said} {name}.",
    "„{what} oder {what}: {when} {verb} {who}, {but} {who} {what} {verb}“, {said} {name} {when}.",
    "{who} {verb} {what}: {n} {people} {verb} {when} {what}.",
)
_BUT = "weil obwohl während nachdem damit falls bevor seitdem sodass sobald".split()
_SAID = "sagte|erklärte|betonte|meinte|so|hieß es von|versicherte|räumte|schrieb|rief".split("|")
_MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
_STOCK = """
Verletzt wurde {nach Angaben der Polizei|laut Polizei|bei dem Unfall|ersten Erkenntnissen zufolge} {niemand|zum Glück niemand|kein Mensch}.
Die {Polizei|Kripo|Wache} bittet {Zeugen|Anwohner|mögliche Zeugen}, sich unter der {Telefonnummer|Rufnummer|Nummer} 110 zu melden.
Der Eintritt ist {frei|kostenlos}, um {Anmeldung|eine Spende|vorherige Anmeldung} wird {gebeten|freundlich gebeten}.
Die Ermittlungen {der Polizei|der Staatsanwaltschaft|in dem Fall|zur Ursache} dauern {an|noch an|weiter an}.
Weitere {Informationen|Auskünfte|Hinweise} gibt es {auf der Internetseite|im Bürgerbüro|in der Pressestelle} der {Stadt|Gemeinde|Verwaltung}.
Die Höhe des {Sachschadens|Schadens} steht {noch nicht fest|bisher nicht fest}, Angaben {dazu machte|machte hierzu} die {Polizei|Feuerwehr} {am Abend|zunächst} nicht.
Wie es zu {dem Unfall|dem Brand|der Panne} kommen konnte, ist {noch unklar|bislang offen} und Gegenstand der {Ermittlungen|Untersuchungen}.
Die Stadtverwaltung will {die Bürgerinnen und Bürger|alle Anlieger|die Eltern} in den {kommenden|nächsten} Wochen über das {weitere Vorgehen|Ergebnis} informieren.
Das teilte {ein Sprecher|eine Sprecherin} der {Polizei|Stadt|Feuerwehr} {am Montagmorgen|am Abend} auf Anfrage dieser {Redaktion|Zeitung} mit.
Der Rat {der Stadt|der Gemeinde} muss dem {Vorhaben|Entwurf|Plan} in seiner {nächsten|kommenden} Sitzung {noch zustimmen|erst zustimmen}.
Die Bauarbeiten {sollen|werden wohl} bis zum {Ende des Jahres|Herbst|Frühjahr} abgeschlossen sein.
{Anwohner|Autofahrer|Pendler} müssen sich auf {Lärm|Staus|Sperrungen} und Umleitungen einstellen, teilte das {Tiefbauamt|Ordnungsamt} mit.
Ein Rettungswagen brachte {ihn|sie|den Fahrer} in ein {nahe gelegenes|nahes} Krankenhaus, wo {er|sie} {stationär aufgenommen|behandelt} wurde.
Die Feuerwehr war mit {mehreren|zahlreichen|vielen} Einsatzkräften vor Ort und hatte {den Brand|die Flammen} {schnell|bald} unter Kontrolle.
Gegen {den Mann|die Frau|den Fahrer} wird nun wegen des Verdachts der {fahrlässigen Körperverletzung|Trunkenheit im Verkehr} ermittelt.
Das Angebot richtet sich an {Kinder und Jugendliche|Mädchen und Jungen} im Alter von {sechs bis zwölf|acht bis vierzehn} Jahren.
Für das leibliche Wohl ist gesorgt, der {Förderverein|Heimatverein} bietet {Kaffee und Kuchen|Grillwurst und Getränke} an.
""".strip().split("\n")
"""What the police, the town halls and their reporters always say; one of the words in braces each."""
_OFTEN = [1 / rank for rank in range(1, len(_STOCK) + 1)]
_OWN = (
    "Mehr Nachrichten aus Ihrer Region lesen Sie jeden Morgen in unserem kostenlosen Newsletter der Redaktion {outlet}.",
    "Sie haben einen Fehler gefunden? Schreiben Sie der Redaktion von {outlet} an leserpost@{outlet}.example.",
    "Dieser Artikel erschien zuerst in der gedruckten Ausgabe von {outlet} und wurde für das Internet gekürzt.",
    "Jetzt {outlet} vier Wochen lang kostenlos testen und alle Artikel ohne Einschränkungen lesen.",
)
_CHOICE = re.compile(r"\{([^{}]+)\}")
_DIALECTS = {
    word: (word, *others.split("|"))
    for word, others in {
        "Nachrichten": "Neuigkeiten|Meldungen|Berichte|Texte",
        "Redaktion": "Leitung|Zentrale|Lokalredaktion|Mannschaft",
        "Artikel": "Beitrag|Text|Bericht|Stück",
        "kostenlos": "gratis|umsonst|unverbindlich|ohne Kosten",
        "und": "sowie|und auch|wie auch|nebst",
        "kontrolliert": "prüft|überwacht|misst|kontrollieren",
        "wieder": "erneut|abermals|einmal mehr|noch einmal",
        "müssen": "sollten|mögen|werden|können",
        "pro": "je|in der|die|auf die",
        "Stand": "Lage|Fassung|Zeitpunkt|Auskunft",
        "haben": "leisten|übernehmen|versehen|machen",
        "Sie": "Leser|Patienten|alle|Einwohner",
        "Rufnummer": "Nummer|Telefonnummer|Hotline|Kurzwahl",
        "traf": "schoss|verwandelte|köpfte|stellte",
        "Spieltag": "Durchgang|Termin|Tag|Spieltermin",
        "knapp": "verdient|glücklich|klar|mühsam",
        "Spiel": "Match|Duell|Treffen|Derby",
        "Saison": "Spielzeit|Runde|Serie|Hinrunde",
        "bleibt": "ist|zeigt sich|gibt sich|wird",
        "liegen": "steigen|klettern|reichen|pendeln",
        "weht": "bläst|kommt|geht|zieht",
        "sinken": "fallen|gehen|rutschen|kühlen",
        "zwischen": "von|im Bereich|etwa|rund",
        "erschien": "stand|kam|lief|war",
        "gedruckten": "heutigen|jüngsten|täglichen|digitalen",
        "Wochen": "Monate|Tage|Ausgaben|Hefte",
        "Ihrer": "der|unserer|dieser|jeder",
        "jeden": "am|früh am|an jedem|schon am",
        "unserem": "dem|einem|unserm|diesem",
        "Einschränkungen": "Schranke|Grenzen|Werbung|Abo",
        "Internet": "Netz|Web|Portal|Archiv",
        "neuer": "frischer|weiterer|kräftiger|leichter",
    }.items()
}
"""How five publishers put it: outlets of one share their forms, those of others have their own."""
_WEEKDAYS = "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split()


@dataclass(frozen=True, slots=True)
class Piece:
    """A generated article. Rewrites and copies name the number of what they were made of."""

    number: int
    outlet: str
    day: date
    title: str
    sentences: tuple[str, ...]
    of: int | None = None
    share: float = 0.0  # of the sentences of what it was made of that were replaced
    series: str | None = None  # the form that other articles share

    @property
    def text(self) -> str:
        """Paragraphs of three sentences."""
        return "\n".join(" ".join(self.sentences[i : i + 3]) for i in range(0, len(self.sentences), 3))

    @property
    def url(self) -> str:
        return f"https://{self.outlet}.example/artikel/{self.number}"


@dataclass(frozen=True, slots=True)
class _Cast:
    names: tuple[str, ...]
    towns: tuple[str, ...]
    nouns: tuple[str, ...]
    orgs: tuple[str, ...]


def piece(number: int, days: int) -> Piece:
    """An article of one of ``days`` days that is no rewrite of another; some are of a series."""
    dice = random.Random(f"piece {number}")
    outlet, day = dice.choice(OUTLETS), FIRST_DAY + timedelta(dice.randrange(days))
    if number % SERIES == 0:
        return _series(number, dice, outlet, day)
    cast = _cast(dice)
    sentences = [_sentence(dice, cast) for _ in range(dice.randint(8, 24))]
    for _ in range(dice.choice((0, 0, 0, 1, 1))):
        stock = _CHOICE.sub(lambda match: dice.choice(match[1].split("|")), dice.choices(_STOCK, _OFTEN)[0])
        sentences.insert(dice.randint(1, len(sentences)), stock)
    title = f"{dice.choice(cast.towns)}: {dice.choice(cast.names)} {dice.choice(_VERBS)} {dice.choice(cast.nouns)}"
    return Piece(number, outlet, day, title, (*sentences, *_own(dice, outlet)))


def rewrite(source: Piece, number: int, share: float) -> Piece:
    """Another outlet's version, some days on, with a share of the sentences replaced by others."""
    dice = random.Random(f"rewrite {number} {share}")
    outlet = dice.choice([name for name in OUTLETS if name != source.outlet])
    kept = [sentence for sentence in source.sentences if source.outlet not in sentence]
    cast = _cast(dice)
    for position in dice.sample(range(len(kept)), round(share * len(kept))):
        kept[position] = _sentence(dice, cast)
    day = source.day + timedelta(dice.choice((0, 0, 0, 1, 1, 2, 5)))
    title = f"{dice.choice(cast.towns)}: {dice.choice(cast.names)} {dice.choice(_VERBS)} {dice.choice(cast.nouns)}"
    return Piece(number, outlet, day, title, (*kept, *_own(dice, outlet)), source.number, share)


def copy(source: Piece, number: int) -> Piece:
    """The same agency copy in another outlet, with another headline and one word changed."""
    dice = random.Random(f"copy {number}")
    outlet = dice.choice([name for name in OUTLETS if name != source.outlet])
    sentences = [sentence for sentence in source.sentences if source.outlet not in sentence]
    sentences[-1] = sentences[-1].replace(" das ", " dieses ", 1)
    return replace(source, number=number, outlet=outlet, sentences=tuple(sentences), of=source.number)


def _cast(dice: random.Random) -> _Cast:
    """Who and what a story is about; its first name is the mayor of its first town."""
    towns = tuple(dice.choice(_TOWN_A) + dice.choice(_TOWN_B) for _ in range(3))
    mayor = _person(random.Random(towns[0]))
    nouns = tuple(dice.choice(_NOUN_A) + dice.choice(_NOUN_B) for _ in range(9))
    orgs = tuple(f"{dice.choice(_NOUN_A)}{dice.choice(_NOUN_B)}gesellschaft {town}" for town in towns)
    return _Cast((mayor, *(_person(dice) for _ in range(3))), towns, nouns, orgs)


def _person(dice: random.Random) -> str:
    return f"{dice.choice(_FIRST)} {dice.choice(_LAST_A)}{dice.choice(_LAST_B)}"


def _sentence(dice: random.Random, cast: _Cast) -> str:
    words = {
        "who": _WHO, "what": _WHAT, "when": _WHEN, "When": _WHEN, "but": _BUT, "said": _SAID, "name": cast.names,
        "town": cast.towns, "noun": cast.nouns, "org": cast.orgs, "verb": _VERBS, "adj": _ADJ, "people": _PEOPLE,
        "weekday": _WEEKDAYS, "month": _MONTHS,
    }  # fmt: skip

    def chosen(match: re.Match[str]) -> str:
        if match[1] == "n":
            return str(dice.randint(3, 900))
        return _CHOICE.sub(chosen, dice.choice(words[match[1]]))

    text = _CHOICE.sub(chosen, dice.choice(_FORMS))
    return text[0].upper() + text[1:]


def _own(dice: random.Random, outlet: str) -> tuple[str, ...]:
    """The lines that an outlet's pages end with, where the extractor left them."""
    return tuple(_said(line.replace("{outlet}", outlet), outlet) for line in _OWN if dice.random() < 0.04)


def _said(text: str, outlet: str) -> str:
    """A text in the words of an outlet's publisher."""
    number = OUTLETS.index(outlet) // (len(OUTLETS) // 5)
    return re.sub(r"\w+", lambda match: _DIALECTS.get(match[0], [match[0]] * 5)[number], text)


def _series(number: int, dice: random.Random, outlet: str, day: date) -> Piece:
    name, made = dice.choice(
        (("traps", _traps), ("pharmacy", _pharmacy), ("match", _match), ("weather", _weather))
    )
    title, sentences = made(dice, day, outlet)
    return Piece(number, outlet, day, title, tuple(_said(s, outlet) for s in sentences), series=name)


def _place(dice: random.Random) -> str:
    return f"{dice.choice(_LAST_A)}{dice.choice(('straße', 'weg', 'allee', 'ring'))}"


def _town(dice: random.Random) -> str:
    return dice.choice(_TOWN_A) + dice.choice(_TOWN_B)


def _traps(dice: random.Random, day: date, outlet: str) -> tuple[str, list[str]]:
    weekday, town = _WEEKDAYS[day.weekday()], _town(random.Random(outlet))
    spots = ", ".join(f"{_town(dice)} ({_place(dice)})" for _ in range(dice.randint(4, 9)))
    return f"Blitzer in {town} am {weekday}: Hier wird heute kontrolliert", [
        (
            f"Auch an diesem {weekday}, {day.day}.{day.month}.{day.year}, kontrolliert die Polizei in {town} wieder"
            " die Geschwindigkeit der Autofahrer."
        ),
        f"Mobile Blitzer stehen heute nach Angaben der Stadt an diesen Stellen: {spots}.",
        "Darüber hinaus müssen Autofahrer im gesamten Stadtgebiet mit weiteren Kontrollen der Geschwindigkeit rechnen.",
        (
            "Wer außerorts mehr als 70 Kilometer pro Stunde zu schnell fährt, muss 700 Euro zahlen und verliert den"
            " Führerschein für drei Monate."
        ),
        f"Alle Angaben sind ohne Gewähr. Stand der Liste: {day.day}.{day.month}.{day.year}, {dice.randint(5, 9)} Uhr.",
    ]


def _pharmacy(dice: random.Random, day: date, outlet: str) -> tuple[str, list[str]]:
    town = _town(random.Random(outlet))
    lines = [
        f"{dice.choice(_LAST_A)}-Apotheke, {_place(dice)} {dice.randint(1, 90)}, {_town(dice)}, Telefon"
        f" 0{dice.randint(200, 299)}/{dice.randint(10_000, 99_999)}."
        for _ in range(dice.randint(3, 6))
    ]
    return f"Apotheken-Notdienst in {town}", [
        (
            f"Diese Apotheken in {town} haben am {_WEEKDAYS[day.weekday()]}, {day.day}.{day.month}., Notdienst von 9 Uhr bis"
            " 9 Uhr am folgenden Tag."
        ),
        *lines,
        (
            "Den ärztlichen Bereitschaftsdienst erreichen Sie unter der bundesweiten Rufnummer 116117, in Notfällen wählen"
            " Sie bitte die 112."
        ),
        "Weitere Apotheken mit Notdienst nennt die Apothekenkammer unter der Rufnummer 22833 von jedem Handy.",
    ]


def _match(dice: random.Random, day: date, outlet: str) -> tuple[str, list[str]]:
    home, guest = f"SV {_town(dice)}", f"TuS {_town(dice)}"
    one, two = dice.randint(0, 5), dice.randint(0, 5)
    goals = [
        f"In der {minute}. Minute traf {_person(dice)} vor {dice.randint(40, 900)} Zuschauern zum {score} für"
        f" {dice.choice((home, guest))}."
        for minute, score in zip(
            sorted(dice.sample(range(2, 90), 4)), ("1:0", "1:1", "2:1", f"{one}:{two}"), strict=True
        )
    ]
    return f"Kreisliga A: {home} gegen {guest} {one}:{two}", [
        f"Mit {one}:{two} trennten sich {home} und {guest} am {dice.randint(2, 30)}. Spieltag der Kreisliga A.",
        f"Die Ausgangslage sprach für {home}, und das Hinspiel hatte {home} knapp für sich entschieden.",
        *goals,
        (
            f"Schließlich pfiff {_person(dice)} das Spiel ab, in dem {guest} bis zur Schlussphase auf den Ausgleich gehofft"
            " hatte."
        ),
        (
            f"Die Defensive von {guest} ließ in dieser Saison schon {dice.randint(20, 70)} Gegentore zu, so viele wie kein"
            " anderes Team der Liga."
        ),
        f"Am nächsten Sonntag um 15 Uhr tritt {home} beim {dice.choice(('FC', 'VfB'))} {_town(dice)} an.",
    ]


def _weather(dice: random.Random, day: date, outlet: str) -> tuple[str, list[str]]:
    low = dice.randint(-5, 20)
    place = f"{_town(dice)} und {_town(dice)}"
    return (
        f"Wetter in {place} am {_WEEKDAYS[day.weekday()]}: {dice.choice(('Regen', 'Sonne', 'Nebel', 'Wind'))} im Land",
        [
            f"Das Wetter in {place} bleibt nach Angaben des Deutschen Wetterdienstes in Essen wechselhaft.",
            (
                f"Die Höchstwerte liegen am {_WEEKDAYS[day.weekday()]} zwischen {low} und {low + dice.randint(2, 6)} Grad, im"
                f" Bergland um {low - 3} Grad."
            ),
            (
                f"Dazu weht ein {dice.choice(('schwacher', 'mäßiger', 'frischer'))} Wind aus {dice.choice(('Südwest', 'Nord'))}"
                f" mit Böen bis {dice.randint(30, 80)} Kilometer pro Stunde."
            ),
            f"In der Nacht sinken die Werte auf {low - 4} bis {low - 2} Grad, örtlich gibt es {dice.choice(('Frost', 'Nebel'))}.",
            (
                f"Am {_WEEKDAYS[(day.weekday() + 1) % 7]} ist es {dice.choice(('heiter', 'bedeckt', 'trocken'))} bei bis zu"
                f" {low + dice.randint(1, 8)} Grad, am Tag darauf kommt von Westen her neuer Regen auf."
            ),
        ],
    )
