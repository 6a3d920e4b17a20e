"""Small sites written for ``gazette add``, and what a person says of each: what it should find there."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crawler.samples.loopback import App, Loopback, Resource

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Expected:
    """What a person finds on the site. Paths without the host; ``articles``: on trial, at least."""

    code: int = 0
    wall: str | None = None
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    next_page: str | None = None
    language: str | None = "de"
    paywall: bool = False
    consent: bool = False
    delay: float = 0.0
    rights: tuple[str, ...] = ()  # some of what is told
    articles: int = 3
    says: str = ""  # words of the line on stderr


@dataclass(frozen=True)
class SmallSite:
    """Answers by path; {base} and {other} in a body or a header stand for its own and for another host."""

    pages: Mapping[str, Resource]
    expected: Expected
    start: str = "/"
    anything: Resource | None = None  # what a path answers that there is not; None: 404
    seconds: float = 0.0  # before each answer


GERMAN = (
    """Der Rat der Stadt hat am Donnerstag mit großer Mehrheit beschlossen, dass die Arbeiten am Ufer im
    nächsten Frühjahr beginnen. Die Kosten trägt zu zwei Dritteln das Land, den Rest die Stadt selbst. Über
    den Zeitplan wurde lange gestritten, weil der Markt während der Bauzeit umziehen muss.""",
    """Anwohner hatten in den vergangenen Monaten immer wieder auf den schlechten Zustand der Anlage
    hingewiesen. Nach Angaben der Verwaltung ist die Finanzierung nun gesichert, und die ersten Aufträge
    werden noch vor dem Jahresende vergeben. Für die Händler soll es einen Ausgleich geben.""",
)
ENGLISH = (
    """The town council voted on Thursday to rebuild the old pier, which has been closed to the public since
    the storms of last winter. Two thirds of the money will come from the county, and the rest from a loan
    that the town has yet to take out. Work is expected to begin in the spring.""",
    """Residents said that they were glad of the decision, but that it had taken far too long. The harbour
    master told the meeting that the piles under the eastern end were in a worse state than anybody had
    thought, and that they would have to be replaced before the summer.""",
)
HEADLINES = {
    "/lokales/2026-11-20-ufer-umbau-beginnt.html": "Der Umbau am Ufer beginnt nun doch im Frühjahr",
    "/lokales/2026-11-19-markt-zieht-um.html": "Der Markt zieht für zwei Jahre auf die Wiese",
    "/sport/2026-11-18-wanderpokal-bleibt-hier.html": "Der Wanderpokal bleibt im dritten Jahr bei uns",
    "/kultur/2026-11-17-chor-sucht-neue-saenger.html": "Der Chor sucht neue Stimmen für das Oratorium",
}
STORIES = {
    "/news/2026-11-20-pier-to-be-rebuilt.html": "The old pier is to be rebuilt after all",
    "/news/2026-11-19-lifeboat-crew-honoured.html": "Lifeboat crew honoured for the rescue in March",
    "/sport/2026-11-18-rowers-win-county-title.html": "Rowers win the county title by two lengths",
}
SECTIONS = {"/lokales/": "Lokales", "/sport/": "Sport", "/kultur/": "Kultur"}
AWAY = {
    "/impressum": "Impressum",
    "/abo": "Abo",
    "/login": "Anmelden",
    "/wetter": "Wetter",
    "/anzeigen": "Anzeigen",
}


def html(body: str, head: str = "", lang: str | None = "de", title: str = "Stadtbote") -> Resource:
    """A page; ``lang`` None leaves the language unsaid."""
    said = f' lang="{lang}"' if lang else ""
    top = f"<head><meta charset=utf-8><title>{title}</title>{head}</head>"
    text = f"<!doctype html><html{said}>{top}<body>{body}</body></html>"
    return Resource(text.encode(), HTML)


def navigation(sections: Mapping[str, str], tag: str = "nav") -> str:
    """The links of a navigation."""
    links = "".join(f'<li><a href="{path}">{name}</a></li>' for path, name in sections.items())
    return f"<{tag}><ul><li><a href='/'>Startseite</a></li>{links}</ul></{tag}>"


def teasers(headlines: Mapping[str, str]) -> str:
    """A list of articles."""
    return (
        "<main>"
        + "".join(f'<div><h2><a href="{u}">{t}</a></h2></div>' for u, t in headlines.items())
        + "</main>"
    )


def article(
    path: str, title: str, texts: Sequence[str] = GERMAN, lang: str | None = "de", more: str = ""
) -> Resource:
    """An article with its metadata, as outlets write it."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": "2026-11-18T09:00:00+01:00",
        "author": {"@type": "Person", "name": "Änne Müßig"},
    }
    body = "".join(f"<p>{' '.join(text.split())}</p>" for text in texts)
    head = f'<meta property="og:type" content="article">{more}'
    head += f'<script type="application/ld+json">{json.dumps(data)}</script>'
    return html(f"<article><h1>{title}</h1>{body}</article>", head, lang, title)


def articles(
    headlines: Mapping[str, str], texts: Sequence[str] = GERMAN, lang: str | None = "de", more: str = ""
) -> dict[str, Resource]:
    """The pages of some headlines."""
    return {path: article(path, title, texts, lang, more) for path, title in headlines.items()}


def lists(
    sections: Mapping[str, str], headlines: Mapping[str, str], lang: str | None = "de"
) -> dict[str, Resource]:
    """The pages of some sections."""
    return {
        path: html(
            navigation(sections) + teasers({u: t for u, t in headlines.items() if u.startswith(path)}),
            lang=lang,
        )
        for path in sections
    }


def rss(paths: Mapping[str, str], title: str = "Stadtbote") -> Resource:
    """An RSS 2.0 feed."""
    day = "<pubDate>Fri, 20 Nov 2026 08:00:00 +0100</pubDate>"
    items = "".join(f"<item><title>{t}</title><link>{{base}}{u}</link>{day}</item>" for u, t in paths.items())
    channel = f"<channel><title>{title}</title><link>{{base}}/</link>{items}</channel>"
    text = f'<?xml version="1.0"?><rss version="2.0">{channel}</rss>'
    return Resource(text.encode(), "application/rss+xml")


def atom(paths: Mapping[str, str]) -> Resource:
    """An Atom feed."""
    day = "<updated>2026-11-20T08:00:00Z</updated>"
    entries = "".join(
        f'<entry><title>{t}</title><id>{{base}}{u}</id><link href="{{base}}{u}"/>{day}</entry>'
        for u, t in paths.items()
    )
    top = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Stadtbote</title><id>x</id>'
    text = f'<?xml version="1.0"?>{top}{entries}</feed>'
    return Resource(text.encode(), "application/atom+xml")


def urlset(paths: Sequence[str], root: str = "urlset", item: str = "url") -> Resource:
    """A sitemap, or an index of sitemaps."""
    inside = "".join(f"<{item}><loc>{{base}}{p}</loc><lastmod>2026-11-20</lastmod></{item}>" for p in paths)
    text = (
        f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</{root}>'
    )
    return Resource(text.encode(), "application/xml")


def robots(text: str, status: int = 200) -> Resource:
    """A robots.txt."""
    return Resource(text.encode(), "text/plain", status)


def moved(target: str, status: int = 301) -> Resource:
    """A redirect."""
    return Resource(b"", "text/html", status, (("Location", target),))


FRONT = html(
    navigation(SECTIONS | AWAY) + teasers(HEADLINES) + "<footer><a href='/kontakt'>Kontakt</a></footer>"
)
PLAIN: dict[str, Resource] = {"/": FRONT, **articles(HEADLINES), **lists(SECTIONS, HEADLINES)}
ALL = tuple(SECTIONS)
LINK = '<link rel="alternate" type="application/{}+xml" href="{}" title="{}">'
CONSENT = html(
    """<div><h1>Willkommen beim Stadtboten</h1><p>Wir und unsere 214 Partner benötigen Ihre Zustimmung, um
    Cookies zu setzen und personenbezogene Daten für Werbung und Tracking zu verarbeiten.</p>
    <p>Ihre Einwilligung können
    Sie jederzeit in der Datenschutzerklärung widerrufen, oder Sie schließen ein Abo ohne Tracking ab.</p>
    <button>Alle akzeptieren</button> <a href="/pur">Mit Werbung ablehnen</a>
    <a href="/datenschutz">Datenschutz</a></div>"""
)
CHALLENGE = html(
    """<h1>Bitte warten</h1><p>Bitte bestätigen Sie, dass Sie kein Roboter sind.</p>
    <form><div class="g-recaptcha" data-sitekey="x"></div><button>Weiter</button></form>""",
    '<script src="https://captcha.invalid/recaptcha/api.js"></script>',
)
SHELL = html(
    '<div id="root"></div><noscript>Bitte aktivieren Sie JavaScript, um diese Seite zu sehen.</noscript>',
    '<script src="/static/main.js"></script>',
)
MOUNT = html('<div id="app"></div><script src="/app.js"></script>')
_PAID = {"isAccessibleForFree": False}
_PART = {"@type": "WebPageElement", "cssSelector": ".paid", **_PAID}
PAID_MARK = (
    '<script type="application/ld+json">'
    + json.dumps({"@type": "NewsArticle", "hasPart": _PART, **_PAID})
    + "</script>"
)
BADGES = (
    "<main>"
    + "".join(
        f'<h2><a href="{u}"><span class="badge-plus">Plus</span> {t}</a></h2>' for u, t in HEADLINES.items()
    )
    + "</main>"
)


def _with(**more: Resource) -> dict[str, Resource]:
    return PLAIN | more


def _sites() -> dict[str, SmallSite]:
    full = Expected(sections=ALL)
    made: dict[str, SmallSite] = {}

    def add(name: str, pages: Mapping[str, Resource], expected: Expected, **more: object) -> None:
        made[name] = SmallSite(pages, expected, **more)  # type: ignore[arg-type]

    add("navigation-only", PLAIN, full)
    head = LINK.format("rss", "/rss/alle", "Alles") + LINK.format("atom", "/sport.atom", "Sport")
    head += LINK.format("rss", "/comments/feed", "Kommentare")
    add(
        "feeds-in-head",
        PLAIN
        | {
            "/": html(navigation(SECTIONS) + teasers(HEADLINES), head),
            "/rss/alle": rss(HEADLINES),
            "/sport.atom": atom({u: t for u, t in HEADLINES.items() if "sport" in u}),
        },
        Expected(sections=ALL, feeds=("/rss/alle", "/sport.atom")),
    )
    add(
        "feeds-at-usual-places",
        PLAIN | {"/feed": moved("/feed/"), "/feed/": rss(HEADLINES), "/rss.xml": rss(HEADLINES)},
        Expected(sections=ALL, feeds=("/feed/",)),
    )
    add("answers-200-for-anything", PLAIN, full, anything=html("<h1>Nicht gefunden</h1>"))
    add(
        "feed-that-is-gone",
        PLAIN | {"/": html(navigation(SECTIONS) + teasers(HEADLINES), LINK.format("rss", "/alt.xml", ""))},
        full,
    )
    nobody = Expected(18, articles=0, says="not allowed to Gazette")
    add("robots-forbids-all", PLAIN | {"/robots.txt": robots("User-agent: *\nDisallow: /\n")}, nobody)
    add(
        "robots-5xx",
        PLAIN | {"/robots.txt": robots("", 503)},
        Expected(18, articles=0, says="robots.txt"),
    )
    add(
        "robots-with-delay-and-sitemap",
        PLAIN
        | {
            "/robots.txt": robots(
                "User-agent: *\nCrawl-delay: 2\nDisallow: /sport/\nSitemap: {base}/karte.xml\n"
            ),
            "/karte.xml": urlset(tuple(HEADLINES)),
        },
        Expected(
            sections=("/lokales/", "/kultur/"), forbidden=("/sport/",), sitemaps=("/karte.xml",), delay=2.0
        ),
    )
    packed = Resource(
        gzip.compress(urlset(("/lokales/2026-11-19-markt-zieht-um.html",)).body), "application/gzip"
    )
    add(
        "sitemap-index-at-usual-place",
        PLAIN
        | {
            "/sitemap.xml": urlset(("/news-sitemap.xml", "/teil-1.xml.gz"), "sitemapindex", "sitemap"),
            "/news-sitemap.xml": urlset(tuple(HEADLINES)),
            "/teil-1.xml.gz": packed,
        },
        Expected(sections=ALL, sitemaps=("/sitemap.xml",)),
    )
    asks = Expected(18, "consent", says="a page that asks for consent", articles=0, paywall=False)
    add("consent-page", {"/": CONSENT}, asks, anything=CONSENT)
    away = Expected(18, "consent", says="a page that asks for consent", articles=0)
    gate = moved("{other}/consent?return={base}/", 302)
    add("consent-on-another-host", {"/": gate}, away, anything=gate)
    inner = moved("/zustimmung/?ziel=/", 302)
    add("consent-redirect", {"/": inner, "/robots.txt": robots(""), "/zustimmung/?ziel=/": CONSENT}, asks)
    add(
        "consent-before-articles",
        {"/": FRONT, **lists(SECTIONS, HEADLINES), **dict.fromkeys(HEADLINES, CONSENT)},
        Expected(18, "consent", sections=ALL, says="a page that asks for consent", articles=0),
    )
    test = Expected(18, "challenge", says="a test whether a person asks", articles=0)
    wait = html("<h1>Just a moment...</h1>", lang="en-US", title="Just a moment...")
    wait = Resource(wait.body, HTML, 403, (("cf-mitigated", "challenge"),))
    add("challenge-403", {"/": wait, "/robots.txt": robots("")}, test, anything=wait)
    add(
        "challenge-200",
        {"/": CHALLENGE},
        Expected(18, "challenge", says="kein Roboter", articles=0),
        anything=CHALLENGE,
    )
    add(
        "refused-403",
        {"/": Resource(b"Forbidden", HTML, 403)},
        Expected(18, articles=0, says="answers 403"),
    )
    empty = Expected(9, "shell", says="scripts would fill", articles=0)
    add("shell-with-noscript", {"/": SHELL}, empty, anything=SHELL)
    add("shell-with-mount", {"/": MOUNT}, empty, anything=MOUNT)
    add(
        "shell-with-a-feed-to-articles",
        {"/": SHELL, "/feed": rss(HEADLINES), **articles(HEADLINES)},
        Expected(feeds=("/feed",)),
    )
    add(
        "paywalled",
        {
            "/": html(navigation(SECTIONS) + BADGES),
            **lists(SECTIONS, HEADLINES),
            **articles(HEADLINES, more=PAID_MARK),
        },
        Expected(sections=ALL, paywall=True),
    )
    english = {"/news/": "News", "/sport/": "Sport"}
    menu = english | {
        "/subscribe": "Subscribe",
        "/about-us": "About us",
        "/log-in": "Log in",
        "/jobs": "Jobs",
    }
    for name, lang in (("english", "en-GB"), ("english-unsaid", None)):
        texts = "".join(f"<p>{text}</p>" for text in ENGLISH) if lang is None else ""
        add(
            name,
            {
                "/": html(navigation(menu) + teasers(STORIES) + texts, lang=lang, title="Harbour Gazette"),
                **lists(english, STORIES, lang),
                **articles(STORIES, ENGLISH, lang),
            },
            Expected(sections=tuple(english), language="en"),
        )
    more = html(
        navigation(SECTIONS) + teasers(HEADLINES) + '<div class="pager"><a href="?seite=2">Weiter »</a></div>'
    )
    add("paging", PLAIN | {"/lokales/": more}, Expected(sections=ALL, next_page="/lokales/?seite=2"))
    stated = html(navigation(SECTIONS) + teasers(HEADLINES), '<link rel="next" href="/lokales/page/2/">')
    add("paging-in-head", PLAIN | {"/lokales/": stated}, Expected(sections=ALL, next_page="/lokales/page/2/"))
    short = {path.removeprefix("/"): name for path, name in SECTIONS.items()}
    near = {path.removeprefix("/"): name for path, name in HEADLINES.items()}
    based = html(
        navigation(short) + teasers(near), '<base href="/zeitung/">' + LINK.format("rss", "feed.xml", "Alles")
    )
    moved_in = {
        "/zeitung" + path: page for path, page in (articles(HEADLINES) | lists(SECTIONS, HEADLINES)).items()
    }
    add(
        "base-href",
        {"/": based, "/zeitung/feed.xml": rss({"/zeitung" + u: t for u, t in HEADLINES.items()}), **moved_in},
        Expected(sections=tuple("/zeitung" + path for path in SECTIONS), feeds=("/zeitung/feed.xml",)),
    )
    refresh = html("", '<meta http-equiv="refresh" content="0; url=/start.html">')
    add("passes-on", PLAIN | {"/": refresh, "/start.html": FRONT}, full)
    add("moved-twice", PLAIN | {"/": moved("/neu"), "/neu": moved("/start.html"), "/start.html": FRONT}, full)
    gone = Expected(9, articles=0)
    add("another-host", {"/": moved("{other}/")}, Expected(9, articles=0, says="leads to"))
    add(
        "in-a-circle",
        {"/": moved("/b", 302), "/b": moved("/", 302)},
        Expected(9, articles=0, says="more than 10"),
    )
    add(
        "answers-503",
        {"/": Resource(b"", HTML, 503)},
        Expected(9, articles=0, says="answers 503"),
    )
    add("answers-404", {}, gone)
    add("slow", PLAIN, full, seconds=0.05)
    umlauts = "<nav><a href='/land/'>Münsterland</a> <a href='/oeder/'>Öder Süden</a></nav>" + teasers(
        HEADLINES
    )
    old = f"<html lang=de><head><title>Grüße aus Müßen</title></head><body>{umlauts}</body></html>"
    add(
        "windows-1252",
        {"/": Resource(old.encode("cp1252"), "text/html; charset=iso-8859-1"), **articles(HEADLINES)},
        Expected(sections=("/land/", "/oeder/")),
    )
    bare = "<p><a href='/lokales/'>Lokales</a> <a href='/impressum'>Impressum</a></p>" + teasers(HEADLINES)
    add("no-navigation", {"/": html(bare), **articles(HEADLINES)}, Expected(sections=("/lokales/",)))
    days = SECTIONS | {"/kalender/2026/11": "Kalender"}
    add("calendar", PLAIN | {"/": html(navigation(days, "header") + teasers(HEADLINES))}, full)
    add("a-feed-itself", {"/": rss(HEADLINES)}, Expected(9, articles=0, says="is a feed"))
    add(
        "a-pdf",
        {"/": Resource(b"%PDF-1.7 binary", "application/pdf")},
        Expected(9, articles=0, says="no HTML page"),
    )
    hidden = robots("User-agent: *\nDisallow: /\n")
    add(
        "robots-redirected",
        PLAIN | {"/robots.txt": moved("/regeln.txt"), "/regeln.txt": hidden},
        Expected(18, articles=0, says="not allowed to Gazette"),
    )
    lines = "".join(f"{{base}}{path}\n" for path in HEADLINES)
    add(
        "sitemap-of-plain-text",
        PLAIN | {"/robots.txt": robots("Sitemap: {base}/seiten.txt"), "/seiten.txt": robots(lines)},
        Expected(sections=ALL, sitemaps=("/seiten.txt",)),
    )
    widget = '<div class="g-recaptcha"></div><script src="https://x.invalid/recaptcha/api.js"></script>'
    comments = f"<form>Kommentar {widget}</form>"
    boxed = {path: article(path, title, (*GERMAN, comments)) for path, title in HEADLINES.items()}
    add("captcha-in-a-form", PLAIN | boxed, full)
    banner = CONSENT.body.decode().partition("<body>")[2].replace("<div>", '<div id="cmp" role="dialog">')
    add(
        "consent-layer-over-news",
        PLAIN | {"/": html(banner + navigation(SECTIONS) + teasers(HEADLINES))},
        Expected(sections=ALL, consent=True),
    )
    two = dict(list(HEADLINES.items())[:2])
    texts = "".join(f"<p>{text}</p>" for text in GERMAN)
    add(
        "a-small-page-with-a-banner",
        {"/": html(banner + teasers(two) + texts), **articles(two)},
        Expected(consent=True, articles=2),
    )
    privacy = dict.fromkeys(HEADLINES, "Neue Regeln für Cookies: Wer zustimmen muss und wer nicht")
    add("news-about-consent", PLAIN | {"/": html(navigation(SECTIONS) + teasers(privacy))}, full)
    login = moved("{other}/anmelden?ziel={base}/", 302)
    add("log-in-on-another-host", {"/": login}, Expected(9, articles=0, says="leads to"))
    counted = Resource(b"", HTML, 302, (("Location", "/"), ("Set-Cookie", "seen=1")))
    add("wants-cookies", {"/": counted}, Expected(9, articles=0, says="it sets cookies on the way"))
    late = SECTIONS | {
        "/lokales/2026-11-20-ufer-umbau-beginnt.html": "Der Umbau",
        "/lokales/stadtrat/": "Stadtrat",
    }
    add(
        "menu-with-subsections-and-a-story",
        PLAIN | {"/": html(navigation(late | AWAY, "header") + teasers(HEADLINES))},
        Expected(sections=(*ALL, "/lokales/stadtrat/")),
    )
    reserved = html(
        navigation(SECTIONS) + teasers(HEADLINES), '<meta name="robots" content="noarchive, noai">'
    )
    add(
        "rights-reserved",
        PLAIN
        | {
            "/": Resource(reserved.body, HTML, 200, (("TDM-Reservation", "1"),)),
            "/.well-known/tdmrep.json": Resource(
                b'[{"location": "/*", "tdm-reservation": 1}]', "application/json"
            ),
            "/ai.txt": robots("User-Agent: *\nDisallow: /\n"),
        },
        Expected(sections=ALL, rights=("noarchive (meta)", "noai (meta)", "tdm-reservation 1 (header)")),
    )
    return made


SITES: dict[str, SmallSite] = _sites()


@dataclass
class SmallSites:
    """Serves all of them on loopback, each on its own port, from ``with`` to its end."""

    sites: Mapping[str, SmallSite] = field(default_factory=lambda: SITES)

    def __post_init__(self) -> None:
        self._loopback = Loopback(dict.fromkeys(self.sites, 0))
        self.base_urls = self._loopback.base_urls

    def __enter__(self) -> SmallSites:
        self._loopback.start({name: self._app(name, site) for name, site in self.sites.items()})
        return self

    def __exit__(self, *_: object) -> None:
        self._loopback.stop()

    def asked(self, name: str) -> list[str]:
        """The paths that were asked for on a site, in order."""
        return [entry.path for entry in self._loopback.requests if entry.outlet == name]

    def _app(self, name: str, site: SmallSite) -> App:
        base = self.base_urls[name]
        port = urlsplit(base).port

        def fill(text: str) -> str:
            return text.replace("{base}", base).replace("{other}", f"http://localhost:{port}")

        def answer(target: str) -> Resource:
            time.sleep(site.seconds)
            missing = Resource(b"nothing here", "text/plain", 404)
            found = site.pages.get(target) or (
                missing if target == "/robots.txt" else site.anything or missing
            )
            body = found.body
            if found.content_type != "application/gzip":
                body = fill(body.decode("latin-1")).encode("latin-1")
            headers = tuple((key, fill(value)) for key, value in found.headers)
            return Resource(body, found.content_type, found.status, headers)

        return answer
