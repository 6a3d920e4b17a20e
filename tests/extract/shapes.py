"""One article in the shapes that pages give it, with twelve teasers behind it or between its parts.

The words are the same in all shapes, so that what is lost of the article and what is kept of the teasers
can be counted. Each shape stands on a host of its own: other stored pages prove the teasers of theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

TITLE = "Talheimer Rat beschließt Sparhaushalt nach langer Debatte"
LEAD = (
    "Nach vier Stunden Beratung hat der Rat von Talheim den Haushalt beschlossen. Die Gebühren für "
    "Kindertagesstätten steigen, das Hallenbad bleibt vorerst offen."
)
BODY = tuple(
    " ".join(lines.split())
    for lines in (
        """Die Abstimmung fiel am späten Dienstagabend: 31 Mitglieder des Rates stimmten für den Entwurf,
        neun dagegen, drei enthielten sich. Damit endet ein Streit, der seit dem Sommer andauert.""",
        """Kämmerin Ute Brandt sprach von einem Kompromiss, der niemanden glücklich mache. Die Stadt müsse
        bis 2028 jedes Jahr zwei Millionen Euro sparen, sonst drohe die Aufsicht des Landes.""",
        """Die Opposition kritisierte vor allem die höheren Beiträge der Eltern. „Familien zahlen die
        Zeche“, sagte ihr Sprecher Jens Holm. Er kündigte an, den Beschluss prüfen zu lassen.""",
        """Für das Hallenbad bewilligte der Rat noch einmal 340.000 Euro. Das Geld reicht nach Angaben des
        Betreibers bis zum Ende der Heizperiode; über den Neubau wird im März beraten.""",
        """Gestrichen werden dagegen die Zuschüsse für das Stadtfest und für zwei Buslinien am Abend. Auch
        die Bücherei soll künftig einen Tag in der Woche geschlossen bleiben.""",
        """Der Haushalt tritt am 1. Januar in Kraft, wenn die Bezirksregierung ihn bis dahin genehmigt hat.
        Einwände können Bürgerinnen und Bürger noch zwei Wochen lang im Rathaus vorbringen.""",
    )
)
TEASERS = (
    ("Storch kehrt nach neunzig Jahren ins Tal zurück", "Ein Paar brütet auf dem Kamin der Molkerei."),
    ("Feuerwehr rettet Katze vom Dach der Ziegelei", "Das Tier saß zwei Tage lang auf dem First."),
    ("Neue Brücke über die Alsbach wird teurer als geplant", "Der Stahl kostet das Doppelte. Warum?"),
    ("Chor der Talschule gewinnt den Wettbewerb in Wien", "Vierzig Kinder sangen sich auf Platz eins."),
    ("Bäckerei am Markt schließt nach hundert Jahren", "Die letzten Brötchen gibt es am Samstag."),
    ("Radweg nach Oberau bekommt endlich eine Beleuchtung", "Pendler hatten lange darauf gewartet."),
    ("SV Talheim verliert das Spitzenspiel in letzter Minute", "Ein Eigentor entschied die Partie."),
    ("Unbekannte stehlen das Kupferdach der alten Kapelle", "Die Polizei bittet um Hinweise."),
    ("Wolf reißt vier Schafe oberhalb von Steinbach", "Der Schäfer fordert einen besseren Schutz."),
    ("Stadtarchiv zeigt Fotos aus den fünfziger Jahren", "Viele Bilder waren noch nie zu sehen."),
    ("Schnee legt den Verkehr auf der Passstraße lahm", "Lastwagen standen bis in den Morgen fest."),
    ("Tüftler aus Talheim baut ein Fahrrad aus Bambus", "Es wiegt keine neun Kilogramm. Hält das?"),
)
SUBHEADS = ("Kritik der Opposition", "Geld für das Bad", "Woran gespart wird")
BYLINE, CAPTION = "Admin User · 2 Min.", "Das Rathaus von Talheim am Abend. Foto: Ida Kern"
PROMOTION = "Jetzt unseren Newsletter abonnieren und nichts verpassen"
CONSENT = (
    "An dieser Stelle finden Sie einen externen Inhalt von YouTube. Mit Ihrer Zustimmung wird er angezeigt."
)
ALSO = "Lesen Sie auch: Warum das Stadtfest vor dem Aus steht"
DONATION = "Unterstützen Sie unabhängigen Journalismus mit Ihrer Spende"
FURNITURE = (BYLINE, "Admin User", "Vorspann", "Artikeltext", CAPTION, PROMOTION, CONSENT, ALSO, DONATION)
LABEL = "Neueste Artikel"


@dataclass(frozen=True)
class Shape:
    """A page and what a reader would take for its article and for its teasers."""

    name: str
    html: str
    linked: bool  # whether the page itself proves its teasers
    lines: tuple[str, ...] = BODY  # of the text behind the lead, in order
    title: str = TITLE
    lead: str = LEAD
    teasers: tuple[tuple[str, str], ...] = TEASERS
    furniture: tuple[str, ...] = field(default=(*FURNITURE, LABEL))

    @property
    def host(self) -> str:
        return f"{self.name.replace('_', '-')}.example"

    @property
    def url(self) -> str:
        return f"https://www.{self.host}/talheim/haushalt-beschlossen-4711"


def target(host: str, number: int) -> str:
    """The address of the story that a teaser promotes."""
    return f"https://www.{host}/talheim/geschichte-nummer-{4800 + number}"


def p(text: str) -> str:
    """A paragraph."""
    return f"<p>{escape(text)}</p>"


def each(form: str, host: str = "") -> str:
    """The teasers in a form of {h} headline, {t} text and {u} address."""
    return "".join(
        form.format(h=escape(h), t=escape(t), u=target(host, n)) for n, (h, t) in enumerate(TEASERS)
    )


_HEAD = (
    f"<!DOCTYPE html><html lang=de><head><meta charset=utf-8><title>{TITLE} | Talkurier</title>"
    f'<meta property="og:type" content="article"><meta property="og:title" content="{TITLE}">'
    f'<meta name="description" content="{LEAD[:96]}…"><script type="application/ld+json">'
    + json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": TITLE,
            "datePublished": "2026-03-10T22:40:00+01:00",
            "author": {"@type": "Person", "name": "Admin User"},
            "publisher": {"@type": "Organization", "name": "Talkurier"},
        },
        ensure_ascii=False,
    )
    + "</script></head><body><header><nav><ul><li><a href=/>Start</a><li><a href=/talheim>Talheim</a>"
    "<li><a href=/sport>Sport</a></ul></nav></header>"
)
_FOOT = (
    "<footer><p><a href=/impressum>Impressum</a> <a href=/datenschutz>Datenschutz</a></p></footer>"
    "</body></html>"
)
_TOP = (
    f"<h1>{TITLE}</h1><div class=meta><span>{BYLINE}</span></div>"
    f"<figure><img src=/i/1.jpg alt=Rathaus><figcaption>{CAPTION}</figcaption></figure>"
    f"<div class=field><div class=field__label>Vorspann</div><div class=field__item>{p(LEAD)}</div></div>"
    "<div class=field__label>Artikeltext</div>"
)
_TEXT = "".join(map(p, BODY))


def _page(content: str) -> str:
    return f"{_HEAD}<main>{content}</main>{_FOOT}"


def _inside(body: str, teasers: str) -> str:
    """Teasers in the same container as the text."""
    return _page(f"<div class=content>{_TOP}<div class=field__item>{body}</div>{teasers}</div>")


def _apart(body: str, teasers: str) -> str:
    """Teasers in a section of their own behind the article."""
    article = f"<article>{_TOP}<div class=field__item>{body}</div></article>"
    return _page(f"{article}<section><h2>{LABEL}</h2>{teasers}</section>")


def _old_table(host: str) -> str:
    rows = each("<tr><td><font size=2><b>{h}</b><br>{t}</font></td></tr>")
    text = "<br><br>".join(map(escape, BODY))
    return (
        f"{_HEAD}<table width=700><tr><td><font size=5><h1>{TITLE}</h1></font><font size=1>{BYLINE}</font>"
        f"<p><b>{LEAD}</b></p><font size=3>{text}</font>"
        f"<br><br><table border=0>{rows}</table></td></tr></table>{_FOOT}"
    )


def _breaks(host: str) -> str:
    text = "<br><br>".join(map(escape, BODY))
    teasers = each("<b>{h}</b><br>{t}<br><br>")
    return _page(f"<div class=content>{_TOP}<div>{text}<br><br></div><div>{teasers}</div></div>")


def _boxes(host: str) -> str:
    boxes = (
        f"<div class=newsletter><p>{PROMOTION}</p></div>",
        f"<div class=embed-consent><p>{CONSENT}</p></div>",
        f"<p><strong><a href=/talheim/stadtfest-vor-dem-aus-4712>{ALSO}</a></strong></p>",
        f"<div class=donate><p>{DONATION}</p></div>",
        "",
        "",
    )
    body = "".join(p(text) + box for text, box in zip(BODY, boxes, strict=True))
    return _inside(body, each("<div class=row><h3><a href={u}>{h}</a></h3><p>{t}</p></div>", host))


_FIGURES = (("Posten", "2025", "2026"), ("Kindertagesstätten", "4,1", "4,6"), ("Hallenbad", "0,9", "1,2"))


def _table_content(host: str) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in _FIGURES)
    body = _TEXT.replace("</p>", f"</p><table class=figures>{rows}</table>", 4).replace(
        f"<table class=figures>{rows}</table>", "", 3
    )
    return _apart(
        body,
        each("<article class=card><a href={u}><img src=/i.jpg><h3>{h}</h3><p>{t}</p></a></article>", host),
    )


def _headings(form: str) -> Callable[[str], str]:
    def made(host: str) -> str:
        parts = [p(t) for t in BODY]
        for head, place in zip(SUBHEADS, (2, 3, 4), strict=True):
            parts[place] = f"<h2>{head}</h2>" + parts[place]
        return _inside("".join(parts), each(form, host))

    return made


_WITH_HEADS = (*BODY[:2], SUBHEADS[0], BODY[2], SUBHEADS[1], BODY[3], SUBHEADS[2], *BODY[4:])
QUESTIONS = (
    "Frau Brandt, warum muss Talheim gerade jetzt sparen?",
    "Weshalb trifft es ausgerechnet die Familien?",
    "Bleibt das Hallenbad über den Winter hinaus offen?",
)


def _interview(host: str) -> str:
    parts = [f"<p><strong>{q}</strong></p>{p(a)}{p(b)}" for q, a, b in _answers()]
    return _inside("".join(parts), each("<div class=t><h4>{h}</h4><p>{t}</p></div>"))


def _answers() -> list[tuple[str, str, str]]:
    return list(zip(QUESTIONS, BODY[::2], BODY[1::2], strict=True))


_TIMES = ("22:40 Uhr", "22:15 Uhr", "21:50 Uhr", "21:05 Uhr", "20:30 Uhr", "19:00 Uhr")


def _ticker(host: str) -> str:
    entries = "".join(
        f"<div class=entry><time datetime=2026-03-10T{when[:5]}:00+01:00>{when}</time>{p(text)}</div>"
        for when, text in zip(_TIMES, BODY, strict=True)
    )
    return _inside(entries, each("<ul class=mehr><li><a href={u}>{h}</a><p>{t}</p></li></ul>", host))


CAPTIONS = tuple(f"Bild {n}: Der Saal um {n + 18} Uhr. Foto: Ida Kern" for n in range(1, 6))


def _gallery(host: str) -> str:
    figure = "<figure class=gallery><img src=/i/g.jpg><figcaption>{}</figcaption></figure>"
    body = "".join(
        p(text) + (figure.format(CAPTIONS[n]) if n < len(CAPTIONS) else "") for n, text in enumerate(BODY)
    )
    card = (
        "<figure><a href={u}><img src=/t.jpg></a>"
        "<figcaption><h3><a href={u}>{h}</a></h3><p>{t}</p></figcaption></figure>"
    )
    return _apart(body, each(card, host))


def _list_content(host: str) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in BODY[2:5])
    body = f"{p(BODY[0])}{p(BODY[1])}<ul>{items}</ul>{p(BODY[5])}"
    return _apart(body, each("<div class=teaser><a href={u}><h3>{h}</h3><p>{t}</p></a></div>", host))


_MADE: tuple[tuple[str, bool, Callable[[str], str], tuple[str, ...]], ...] = (
    ("list_in_the_text", True, _list_content, BODY),
    ("boxes_between_paragraphs", True, _boxes, BODY),
    ("table_in_the_text", True, _table_content, BODY),
    ("gallery_and_figure_cards", True, _gallery, BODY),
    ("live_ticker", True, _ticker, BODY),
    (
        "buttons",
        True,
        lambda host: _inside(
            _TEXT, each("<div class=row><h3>{h}</h3><p>{t}</p><a href={u}>Weiterlesen</a></div>", host)
        ),
        BODY,
    ),
    (
        "linked_pictures",
        True,
        lambda host: _inside(
            _TEXT, each("<div class=row><a href={u}><img src=/t.jpg></a><h3>{h}</h3><p>{t}</p></div>", host)
        ),
        BODY,
    ),
    (
        "section_at_the_end",
        False,
        lambda host: _apart(_TEXT, each("<article class=item><h3>{h}</h3><p>{t}</p></article>")),
        BODY,
    ),
    (
        "list_without_links",
        False,
        lambda host: _inside(_TEXT, f"<ul>{each('<li><h3>{h}</h3><p>{t}</p></li>')}</ul>"),
        BODY,
    ),
    (
        "definition_list",
        False,
        lambda host: _inside(_TEXT, f"<dl>{each('<dt>{h}</dt><dd>{t}</dd>')}</dl>"),
        BODY,
    ),
    ("tables_of_1999", False, _old_table, BODY),
    ("breaks", False, _breaks, BODY),
    (
        "plain_figure_cards",
        False,
        lambda host: _inside(
            _TEXT, each("<figure><img src=/t.jpg><figcaption><h3>{h}</h3><p>{t}</p></figcaption></figure>")
        ),
        BODY,
    ),
    ("headings_between", False, _headings("<div class=t><h3>{h}</h3><p>{t}</p></div>"), _WITH_HEADS),
    ("headings_like_headlines", False, _headings("<h2>{h}</h2><p>{t}</p>"), _WITH_HEADS),
    (
        "bold_lines",
        False,
        lambda host: _inside(_TEXT, each("<div><p><strong>{h}</strong></p><p>{t}</p></div>")),
        BODY,
    ),
    (
        "classes_alone",
        False,
        lambda host: _inside(
            _TEXT, each("<div class=t><div class=t-h>{h}</div><div class=t-t>{t}</div></div>")
        ),
        BODY,
    ),
    (
        "interview",
        False,
        _interview,
        tuple(line for question, *answer in _answers() for line in (question, *answer)),
    ),
)


def shapes() -> list[Shape]:
    """All shapes, those whose teasers are linked first."""
    made = []
    for name, linked, build, lines in _MADE:
        empty = Shape(name, "", linked, lines)
        extra = CAPTIONS if build is _gallery else ()
        made.append(Shape(name, build(empty.host), linked, lines, furniture=(*empty.furniture, *extra)))
    return made


def story(title: str, text: str) -> str:
    """The page of a promoted story."""
    head = _HEAD.replace(TITLE, escape(title)).replace(LEAD[:96], escape(text))
    body = "".join(map(p, BODY[::-1]))
    return f"{head}<main><article><h1>{escape(title)}</h1>{p(text)}{body}</article></main>{_FOOT}"


def section(host: str, teasers: Sequence[tuple[str, str]] = TEASERS) -> str:
    """A page that lists the stories."""
    rows = "".join(
        f"<div class=row><h2><a href={target(host, n)}>{escape(h)}</a></h2>{p(t)}</div>"
        for n, (h, t) in enumerate(teasers)
    )
    head = "<head><meta charset=utf-8><title>Talheim | Talkurier</title></head>"
    return f"<!DOCTYPE html><html lang=de>{head}<body><main><h1>Talheim</h1>{rows}</main>{_FOOT}"
