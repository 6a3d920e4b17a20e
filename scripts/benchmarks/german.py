"""Generated German articles: the same number gives the same article on every machine.

The vocabulary is composed, not collected: some hundred real words, their endings, prefixes and genders, and
compounds of any two or three of them, about 100,000 forms. How often a form stands in a text falls with its
rank as Zipf and Mandelbrot found it, function words first. Sentences mean nothing; words, lengths, days,
outlets, authors and sections are spread as in regional news.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from archive.types import Block, BlockKind, Capture, Dating, Document, Kind, Precision, RecordRef
from archive.urls import document_id
from archive.warc.reader import Entry

EXTRACTOR = "bench-1"
DAYS = 3_653
"""Ten years."""
FIRST_DAY = date(2006, 1, 1)
SITES = tuple(
    f"{place}-{name}"
    for place in "nord sued ost west mitte".split()
    for name in "anzeiger kurier bote nachrichten rundschau zeitung tageblatt echo".split()
)
SECTIONS = tuple(
    "Lokales Politik Sport Kultur Wirtschaft Verkehr Polizei Schule Wetter Meinung Leute Umland".split()
)

_SHIFT, _FALL = 2.7, 1.15  # Mandelbrot's: so the hundred commonest words are 45 % of the text, as in German
_FILE = 5_000  # records of a WARC file that is claimed, never written

FUNCTION_WORDS = tuple(
    """der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es
    an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen
    so zum war haben nur oder aber vor zur bis mehr durch man sein wurde wenn können alle
    gegen vom schon wir soll ihre unter dann seine sei kann ich diese zwischen doch müssen
    dieser immer seit ohne weil hier während damit ihr beim sowie mehrere etwa wurden viele
    ab ihm jetzt will zwei anderen bereits dabei wegen heute muss ihn darüber jedoch""".split()
)
_NOUNS = tuple(  # singular, plural, genitive, as the first part of a compound
    tuple(entry.split("/"))
    for entry in """Stadt/Städte/Stadt/Stadt Rat/Räte/Rates/Rats Haus/Häuser/Hauses/Haus
    Schule/Schulen/Schule/Schul Straße/Straßen/Straße/Straßen Brücke/Brücken/Brücke/Brücken
    Bürger/Bürger/Bürgers/Bürger Meister/Meister/Meisters/Meister
    Verkehr/Verkehre/Verkehrs/Verkehrs Unfall/Unfälle/Unfalls/Unfall
    Gemeinde/Gemeinden/Gemeinde/Gemeinde Kirche/Kirchen/Kirche/Kirchen
    Verein/Vereine/Vereins/Vereins Feuer/Feuer/Feuers/Feuer Wehr/Wehren/Wehr/Wehr
    Polizei/Polizeien/Polizei/Polizei Markt/Märkte/Marktes/Markt Platz/Plätze/Platzes/Platz
    Bahn/Bahnen/Bahn/Bahn Hof/Höfe/Hofes/Hof Kind/Kinder/Kindes/Kinder
    Garten/Gärten/Gartens/Garten Jahr/Jahre/Jahres/Jahres Woche/Wochen/Woche/Wochen
    Tag/Tage/Tages/Tages Abend/Abende/Abends/Abend Morgen/Morgen/Morgens/Morgen
    Sommer/Sommer/Sommers/Sommer Winter/Winter/Winters/Winter Wasser/Wasser/Wassers/Wasser
    Werk/Werke/Werkes/Werk Bau/Bauten/Baus/Bau Stelle/Stellen/Stelle/Stellen
    Arbeit/Arbeiten/Arbeit/Arbeits Wirtschaft/Wirtschaften/Wirtschaft/Wirtschafts
    Förderung/Förderungen/Förderung/Förderungs
    Verwaltung/Verwaltungen/Verwaltung/Verwaltungs Dienst/Dienste/Dienstes/Dienst
    Leistung/Leistungen/Leistung/Leistungs Kosten/Kosten/Kosten/Kosten
    Geld/Gelder/Geldes/Geld Steuer/Steuern/Steuer/Steuer Halt/Halte/Haltes/Halte
    Plan/Pläne/Plans/Plan Projekt/Projekte/Projekts/Projekt Gebäude/Gebäude/Gebäudes/Gebäude
    Wohnung/Wohnungen/Wohnung/Wohnungs Miete/Mieten/Miete/Miet
    Energie/Energien/Energie/Energie Wind/Winde/Windes/Wind Kraft/Kräfte/Kraft/Kraft
    Park/Parks/Parks/Park Zone/Zonen/Zone/Zonen Auto/Autos/Autos/Auto Rad/Räder/Rades/Rad
    Weg/Wege/Weges/Weg Fluss/Flüsse/Flusses/Fluss Ufer/Ufer/Ufers/Ufer
    Wald/Wälder/Waldes/Wald Berg/Berge/Berges/Berg Tal/Täler/Tals/Tal
    Dorf/Dörfer/Dorfes/Dorf Kreis/Kreise/Kreises/Kreis Land/Länder/Landes/Landes
    Bund/Bünde/Bundes/Bundes Amt/Ämter/Amtes/Amts Gericht/Gerichte/Gerichts/Gerichts
    Urteil/Urteile/Urteils/Urteils Richter/Richter/Richters/Richter
    Anwalt/Anwälte/Anwalts/Anwalts Täter/Täter/Täters/Täter Opfer/Opfer/Opfers/Opfer
    Zeuge/Zeugen/Zeugen/Zeugen Klinik/Kliniken/Klinik/Klinik Arzt/Ärzte/Arztes/Arzt
    Pflege/Pflegen/Pflege/Pflege Kranke/Kranken/Kranken/Kranken Wahl/Wahlen/Wahl/Wahl
    Partei/Parteien/Partei/Partei Kandidat/Kandidaten/Kandidaten/Kandidaten
    Stimme/Stimmen/Stimme/Stimmen Sitz/Sitze/Sitzes/Sitz
    Ausschuss/Ausschüsse/Ausschusses/Ausschuss Antrag/Anträge/Antrags/Antrags
    Beschluss/Beschlüsse/Beschlusses/Beschluss Streit/Streite/Streits/Streit
    Fest/Feste/Festes/Fest Musik/Musiken/Musik/Musik Theater/Theater/Theaters/Theater
    Bild/Bilder/Bildes/Bild Buch/Bücher/Buches/Buch Film/Filme/Films/Film
    Spiel/Spiele/Spiels/Spiel Tor/Tore/Tores/Tor
    Mannschaft/Mannschaften/Mannschaft/Mannschafts Trainer/Trainer/Trainers/Trainer
    Liga/Ligen/Liga/Liga Sieg/Siege/Sieges/Sieges Lehrer/Lehrer/Lehrers/Lehrer
    Schüler/Schüler/Schülers/Schüler Klasse/Klassen/Klasse/Klassen
    Bildung/Bildungen/Bildung/Bildungs Handel/Händel/Handels/Handels
    Laden/Läden/Ladens/Laden Kunde/Kunden/Kunden/Kunden Betrieb/Betriebe/Betriebs/Betriebs
    Firma/Firmen/Firma/Firmen Chef/Chefs/Chefs/Chef Bauer/Bauern/Bauern/Bauern
    Ernte/Ernten/Ernte/Ernte Tier/Tiere/Tieres/Tier Hund/Hunde/Hundes/Hunde
    Baum/Bäume/Baumes/Baum Klima/Klimata/Klimas/Klima Schutz/Schütze/Schutzes/Schutz
    Gefahr/Gefahren/Gefahr/Gefahren Brand/Brände/Brandes/Brand Hilfe/Hilfen/Hilfe/Hilfs
    Spende/Spenden/Spende/Spenden Gruppe/Gruppen/Gruppe/Gruppen Zahl/Zahlen/Zahl/Zahlen
    Preis/Preise/Preises/Preis Frage/Fragen/Frage/Frage Grund/Gründe/Grundes/Grund
    Ende/Enden/Endes/End Zeit/Zeiten/Zeit/Zeit Mensch/Menschen/Menschen/Menschen
    Frau/Frauen/Frau/Frauen Mann/Männer/Mannes/Männer Leute/Leute/Leute/Leute""".split()
)
_VERBS = tuple(
    """bau plan zeig sag frag such sperr öffn zahl förder forder kämpf führ hör kauf koch lern
    mach prüf rechn sammel schaff spiel stell stimm teil trenn üb verwend wähl warn wart
    weck wohn wünsch klag""".split()
)
_PREFIXES = ("", "ab", "an", "auf", "aus", "be", "ein", "er", "um", "ver", "vor", "zer", "zu", "über")
_ADJECTIVES = tuple(
    """neu alt groß klein gut lang kurz hoch tief breit schnell langsam frei teuer billig jung
    kalt warm nass trocken städtisch ländlich kirchlich öffentlich privat örtlich früh spät
    sicher gefährlich wichtig möglich schwer leicht laut leise sauber dunkel hell grün rot
    blau schwarz weiß bunt deutsch französisch regional sozial politisch rechtlich
    finanziell technisch kulturell beliebt bekannt betroffen zuständig""".split()
)
_NAMES = tuple(
    """Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch
    Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann
    Hartmann Lange Krause Lehmann Köhler Maier Kaiser Fuchs Peters Lang Scholz Möller Weiß
    Jung Hahn Vogel Friedrich Keller Günther""".split()
)
_FIRST_NAMES = tuple(
    """Anna Jürgen Ayşe Peter Ingrid Thomas Ülkü Hans Sabine Jörg Käthe Uwe Birgit Lars Änne
    Mehmet Petra Sören Heike Dirk""".split()
)
_PLACES = tuple(
    first + last
    for first in "Neu Alt Ober Unter Wald Stein Wasser Birken Lang Hohen Königs Müll".split()
    for last in "stadt dorf hausen heim burg bach feld tal berg au".split()
)


@dataclass(frozen=True, slots=True)
class Written:
    """An article as the index takes it: how its record was found, and what was read out of it."""

    entry: Entry
    document: Document


class Press:
    """Writes articles by number, in so many of the commonest forms; all of them by default."""

    def __init__(self, forms: int | None = None) -> None:
        self.words = vocabulary()[:forms]
        self._forms = np.array(self.words, dtype=object)
        self._first_content = len(FUNCTION_WORDS)
        weights = (np.arange(len(self.words)) + 1 + _SHIFT) ** -_FALL
        self._shares = np.cumsum(weights / weights.sum())
        content = weights[self._first_content :]
        self._content = np.cumsum(content / content.sum())

    def articles(self, first: int, last: int, total: int) -> Iterator[Written]:
        """Articles ``first`` to ``last`` - 1; ``total`` of them fill the ten years, more go on behind."""
        for number in range(first, last):
            yield self._article(number, FIRST_DAY + timedelta(days=number * DAYS // total))

    def _article(self, number: int, day: date) -> Written:
        chance = np.random.default_rng(number)
        words = int(min(1_200, max(80, chance.lognormal(5.35, 0.6))))
        title = " ".join(self._draw(chance, int(chance.integers(3, 9)), self._content, self._first_content))
        paragraphs = list(self._paragraphs(chance, words))
        lead, blocks = paragraphs[0], tuple(Block(BlockKind.PARAGRAPH, text) for text in paragraphs[1:])
        site = SITES[int(len(SITES) * chance.random() ** 2)]
        authors = [f"{_FIRST_NAMES[int(chance.integers(20))]} {_NAMES[int(chance.integers(42))]}"]
        url = f"https://www.{site}.example/{day.year}/{number}-{authors[0].split()[1].lower()}.html"
        digest = f"sha256:{hashlib.sha256(url.encode()).hexdigest()}"
        at = datetime(day.year, day.month, day.day, int(chance.integers(24)), 30, tzinfo=UTC)
        ref = RecordRef(f"bench-{number // _FILE:05d}.warc.gz", number % _FILE * 20_000, 19_000)
        capture = Capture(f"urn:uuid:{number}", ref, url, at, 200, "text/html", f"sha1:{number}")
        document = Document(
            id=document_id(url, digest),
            capture=capture,
            extractor=EXTRACTOR,
            kind=Kind.ARTICLE,
            content_digest=digest,
            title=title,
            lead=lead,
            blocks=blocks,
            text="\n".join(paragraphs),
            authors=tuple(authors[: int(chance.integers(4))]),
            published=Dating(at, Precision.MINUTE, 0, day, "json-ld"),
            section=SECTIONS[int(len(SECTIONS) * chance.random() ** 1.5)],
            language="de" if chance.random() < 0.97 else "en",
            paywall_declared=(None, False, True)[int(chance.integers(3))],
        )
        return Written(Entry(capture, "response", site, "bench", None, None, None, None, 0), document)

    def _paragraphs(self, chance: np.random.Generator, words: int) -> Iterator[str]:
        drawn = self._draw(chance, words, self._shares, 0)
        lengths = chance.integers(6, 22, size=words // 6 + 2).tolist()
        sentences = []
        while drawn:
            length = lengths.pop()
            part, drawn = drawn[:length], drawn[length:]
            sentences.append(part[0][:1].upper() + " ".join(part)[1:] + ".")
        yield sentences[0]
        for begin in range(1, len(sentences), 4):
            yield " ".join(sentences[begin : begin + 4])

    def _draw(self, chance: np.random.Generator, number: int, shares: np.ndarray, first: int) -> list[str]:
        drawn: list[str] = self._forms[np.searchsorted(shares, chance.random(number)) + first].tolist()
        return drawn


def number_at(warc: str, offset: int) -> int:
    """The number of the article that is claimed to stand, or to begin, there."""
    return int(warc.split("-")[1].split(".")[0]) * _FILE + offset // 20_000


def vocabulary() -> list[str]:
    """All forms, commonest first."""
    chance = np.random.default_rng(1)
    plain = {form for noun in _NOUNS for form in noun[:3]}
    plain |= {
        noun[0] + ending for noun in _NOUNS if noun[0].endswith("er") for ending in ("in", "innen", ":innen")
    }
    plain |= {
        prefix + verb + ending
        for verb in _VERBS
        for prefix in _PREFIXES
        for ending in ("en", "t", "te", "ten")
    }
    plain |= {adjective + ending for adjective in _ADJECTIVES for ending in ("", "e", "er", "en", "es", "em")}
    plain |= {*_NAMES, *_FIRST_NAMES, *_PLACES}
    compounds = {
        head[3] + form.lower() for head in _NOUNS for last in _NOUNS if head != last for form in last[:3]
    }
    longer = {
        _NOUNS[first][3] + _NOUNS[second][3].lower() + _NOUNS[third][form].lower()
        for first, second, third, form in chance.integers(
            (len(_NOUNS),) * 3 + (3,), size=(60_000, 4)
        ).tolist()
    }
    ranked = [*FUNCTION_WORDS]
    for words in (plain, compounds, longer):
        forms = sorted(words.difference(ranked))
        ranked += [forms[i] for i in chance.permutation(len(forms)).tolist()]
    return ranked
