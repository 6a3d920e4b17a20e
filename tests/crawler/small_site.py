"""Two small outlets whose crawl takes about a second, for tests that crawl hundreds of times.

Each has its own port: a home page, sections, articles in ranks below them, a feed and a sitemap that name
some, a redirect, a page that is gone. Most articles are found by links only, so that a lost link is a lost
page.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from crawler.samples.loopback import App, Loopback, OnLoopback, Resource

OUTLETS = ("hof", "markt")
SECTIONS = ("rathaus", "sport", "kultur")
ARTICLES = 21  # of each outlet
_BEGAN = datetime(2026, 3, 1, 8, tzinfo=UTC)
_NOUNS = (
    "Stadtrat Bürgermeisterin Haushalt Turnhalle Feuerwehr Grundschule Marktplatz Bibliothek Radweg Freibad"
    " Verein Bahnhof Brücke Kita Sparkasse Museum Chor Baustelle Wochenmarkt Altstadt"
).split()
_VERBS = "berät plant eröffnet prüft saniert verschiebt beschließt fördert schließt erweitert".split()
_DETAILS = (
    "nach langer Debatte am Montagabend, wie die Verwaltung mitteilte",
    "trotz der Einwände aus der Nachbarschaft und mehrerer Vereine",
    "mit einer knappen Mehrheit von drei Stimmen im Ausschuss",
    "für rund zwei Millionen Euro, von denen das Land die Hälfte trägt",
    "spätestens im kommenden Frühjahr, wenn die Fördermittel bewilligt sind",
)


class SmallSite(OnLoopback):
    """Both outlets on 127.0.0.1, from ``with`` to its end. ``pause``: seconds before each answer."""

    def __init__(self, pause: float = 0.008) -> None:
        self._loopback = Loopback(dict.fromkeys(OUTLETS, 0))
        self.pause = pause
        self.bases = self._loopback.base_urls

    def _apps(self) -> dict[str, App]:
        return {name: self._app(name) for name in OUTLETS}

    def asked(self, since: int) -> list[str]:
        """The URLs of the requests from number ``since`` on."""
        return [self.bases[request.outlet] + request.path for request in self.requests[since:]]

    def site_file(self, name: str) -> str:
        base = self.bases[name]
        named = f'seeds = ["{base}/"]\nfeeds = ["{base}/feed"]\nsitemaps = ["{base}/sitemap.xml"]\n'
        return named + "delay = 0\nallow_private = true\n"

    def _app(self, name: str) -> Callable[[str], Resource]:
        pages = _outlet(name, self.bases[name])

        def answer(path: str) -> Resource:
            time.sleep(self.pause)
            return pages.get(path) or Resource(b"gone", "text/plain", 404)

        return answer


def _outlet(name: str, base: str) -> dict[str, Resource]:
    urls = [f"/{SECTIONS[n % len(SECTIONS)]}/{name}-{n}.html" for n in range(ARTICLES)]
    first = len(SECTIONS) * 2  # these are named by their section, the others by one article each
    pages = {
        "/robots.txt": Resource(b"User-agent: *\nDisallow: /intern/\n", "text/plain"),
        "/": _page("Startseite", [], [*(f"/{s}/" for s in SECTIONS), "/alt.html", "/intern/"]),
        "/alt.html": Resource(b"", "text/html", 301, (("Location", base + urls[-1]),)),
        "/feed": _feed(base, urls[first + 1 :: 6]),
        "/sitemap.xml": _sitemap(base, urls[first + 2 :: 7]),
    }
    for number, section in enumerate(SECTIONS):
        own = urls[number : first : len(SECTIONS)]
        pages[f"/{section}/"] = _page(section.title(), [], [*own, "/", "/weg.html"])
    for number, url in enumerate(urls):
        chance = random.Random(f"{name} {number}")
        further = number * 2 + first - len(SECTIONS)
        links = [u for u in urls[further : further + 2] if u != url]
        page = _page(_sentence(chance), [_paragraph(chance) for _ in range(4)], [*links, "/"], number)
        pages[url] = page
    return pages


def _sentence(chance: random.Random) -> str:
    one, other = chance.sample(_NOUNS, 2)
    return f"{one} {chance.choice(_VERBS)} {other} {chance.choice(_DETAILS)}"


def _paragraph(chance: random.Random) -> str:
    return " ".join(_sentence(chance) + "." for _ in range(4))


def _page(title: str, paragraphs: list[str], links: list[str], number: int | None = None) -> Resource:
    date = _BEGAN + timedelta(hours=number or 0)
    meta = "" if number is None else f'<meta property="article:published_time" content="{date.isoformat()}">'
    text = "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs)
    items = "".join(f'<li><a href="{link}">Mehr lesen</a></li>' for link in links)
    html = (
        f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{title}</title>{meta}</head>'
        f"<body><article><h1>{title}</h1>\n{text}</article><nav><ul>{items}</ul></nav></body></html>"
    )
    # Some can be asked for conditionally, some come chunked or compressed.
    odd = number or 0
    modified = date if odd % 2 else None
    return Resource(
        html.encode(), "text/html; charset=utf-8", 200, (), modified, gzip=odd % 3 == 1, chunked=odd % 5 == 2
    )


def _feed(base: str, urls: list[str]) -> Resource:
    items = "".join(f"<item><title>{u}</title><link>{base}{u}</link></item>" for u in urls)
    head = f"<title>Neu</title><link>{base}/</link><description>Neu</description>"
    text = f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'
    return Resource(text.encode(), "application/rss+xml")


def _sitemap(base: str, urls: list[str]) -> Resource:
    entries = "".join(f"<url><loc>{base}{u}</loc></url>" for u in urls)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return Resource(f'<?xml version="1.0"?><urlset xmlns="{space}">{entries}</urlset>'.encode(), "text/xml")
