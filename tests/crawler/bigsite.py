"""A generated outlet with every way of discovery, and every trap: pages are data made from their number.

    paths that are switched on -> the links, feeds and sitemaps that are served -> the articles to be found

Each path alone names all articles, and some that are beyond the scope of the site file: too old, or denied.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from crawler.samples.loopback import App, Loopback, OnLoopback, Resource

PATHS = ("sections", "rss", "atom", "rdf", "json", "sitemaps", "front", "related")
LISTED = frozenset(("rss", "atom", "rdf", "json", "sitemaps"))
SECTIONS = 5
_BEGAN = datetime(2026, 1, 5, 6, tzinfo=UTC)
_OLD = datetime(2019, 5, 6, 6, tzinfo=UTC)
_EACH = 25  # every 25th article has a companion that is beyond the scope
_WORDS = (
    "Rat Haushalt Brücke Schule Radweg Freibad Verein Bahnhof Museum Markt Halle Feuerwehr Wald Hafen Chor"
    " Baustelle Bücherei Sparkasse Altstadt Turnier"
).split()
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True, slots=True)
class Named:
    """An article as a list names it."""

    path: str
    title: str
    date: datetime


@dataclass(slots=True)
class BigSite(OnLoopback):
    """The outlet on 127.0.0.1, from ``with`` to its end. ``paths``: the ways that lead somewhere."""

    articles: int = 60
    paths: frozenset[str] = frozenset(PATHS)
    traps: bool = True
    per_page: int = 25  # articles on a page of a section; twice as many in a feed
    per_file: int = 500  # in a sitemap, and in a feed without pages
    seed: int = 1
    _loopback: Loopback = field(default_factory=lambda: Loopback({"big": 0, "other": 0}))
    _visits: int = 0

    def _apps(self) -> dict[str, App]:
        return {"big": self._answer, "other": lambda _: _html("Anderswo", [], [])}

    @property
    def base(self) -> str:
        return self._loopback.base_urls["big"]

    @property
    def other(self) -> str:
        """Another host, which nothing of a crawl may reach."""
        return self._loopback.base_urls["other"]

    def expected(self) -> set[str]:
        """The URLs of the articles within the scope."""
        return {self.base + self._named(number).path for number in range(self.articles)}

    def site_file(self) -> str:
        """A site file that names only the paths that are switched on."""
        feeds = [f"/{k}/{n}" for k in ("rss", "atom", "json") if k in self.paths for n in range(SECTIONS)]
        feeds += (
            [f"/rdf/{n}" for n in range(-(-self.articles // self.per_file))] if "rdf" in self.paths else []
        )
        seeds = ["/"] if self.paths & {"sections", "front"} else []
        seeds += [self._named(0).path] if "related" in self.paths else []
        named = {
            "seeds": seeds,
            "feeds": feeds,
            "sitemaps": ["/sitemap-index.xml"] if "sitemaps" in self.paths else [],
        }
        lines = [
            f"{key} = {json.dumps([self.base + path for path in found])}" for key, found in named.items()
        ]
        lines += ['deny = ["/anzeigen/"]', "since = 2026-01-01", "delay = 0", "allow_private = true"]
        return "\n".join(lines + (["follow = false"] if self.paths <= LISTED else [])) + "\n"

    # --- what there is ---

    def _named(self, number: int) -> Named:
        chance = random.Random(self.seed * 1_000_003 + number)
        title = f"{chance.choice(_WORDS)} und {chance.choice(_WORDS)} {number}"
        return Named(
            f"/rubrik-{number % SECTIONS}/meldung-{number}.html", title, _BEGAN + timedelta(hours=number)
        )

    def _listed(self, numbers: Iterable[int]) -> list[Named]:
        """Articles, and beside some of them one that is too old and one that is denied."""
        found = []
        for number in numbers:
            found.append(self._named(number))
            if number % _EACH == 0:
                found.append(Named(f"/2019/05/06/alt-{number}.html", f"Alt {number}", _OLD))
                found.append(Named(f"/anzeigen/prospekt-{number}.html", f"Prospekt {number}", _BEGAN))
        return found

    def _part(self, part: int) -> range:
        return range(part * self.per_file, min((part + 1) * self.per_file, self.articles))

    def _page_of(self, section: int, page: int, size: int) -> tuple[list[Named], bool]:
        """The articles on a page of a section, counted from 1, and whether another page follows."""
        numbers = range(section, self.articles, SECTIONS)
        here = numbers[(page - 1) * size : page * size]
        return self._listed(here), page * size < len(numbers)

    def _answer(self, target: str) -> Resource:
        path, _, query = re.sub(r";jsessionid=\w+", "", target).partition("?")
        parts = [part for part in path.split("/") if part]
        number = re.search(r"-(\d+)\.html$", path)
        if number:
            return self._article(int(number[1]), alone="meldung" not in path)
        if not parts:
            return self._front()
        if parts[0] in ("rss", "atom", "rdf", "json") and parts[0] in self.paths:
            page = re.search(r"page=(\d+)", query)
            return _FEEDS[parts[0]](self, int(parts[1]), int(page[1]) if page else 1)
        if parts[0].startswith("sitemap") and "sitemaps" in self.paths:
            return self._sitemap(path)
        if parts[0] == "kalender":
            return self._calendar(int(parts[1]), int(parts[2]))
        if parts[0] == "suche":
            return self._search(query)
        if parts[-1] == "mehr":
            return _html("Mehr", [], ["archiv/mehr/", "/"])
        if parts[0].startswith("rubrik-") and "sections" in self.paths:
            return self._section(int(parts[0][7:]), int(parts[2]) if len(parts) > 2 else 1)
        if parts[0] == "uebersicht" and "front" in self.paths:
            start = int(parts[1]) * 50
            named = self._listed(range(start, min(start + 50, self.articles)))
            return self._list_page("Übersicht", named, [])
        return Resource(b"nichts", "text/plain", 404)

    # --- pages ---

    def _traps(self) -> list[str]:
        self._visits += 1
        if not self.traps:
            return []
        return [
            *(
                "/kalender/2026/11/",
                f"/suche?q={self._visits}&sort=0",
                "archiv/mehr/",
                "/bild.jpg",
                "mailto:a@b.example",
            ),
            *(
                f"{self.other}/fremd-{self._visits}.html",
                "/?utm_source=kopf",
                "/?share=mail",
                "/rubrik-0/?print=1",
            ),
        ]

    def _front(self) -> Resource:
        links = [f"/rubrik-{n}/" for n in range(SECTIONS)] if "sections" in self.paths else []
        links += (
            [f"/uebersicht/{n}/" for n in range(-(-self.articles // 50))] if "front" in self.paths else []
        )
        return _html("Start", [], links + self._traps())

    def _list_page(self, title: str, named: list[Named], further: list[str]) -> Resource:
        # Each visit has a session of its own, as a server without cookies gives it.
        session = f";jsessionid={self._visits:08x}"
        links = [n.path + (session if place % 2 else "") for place, n in enumerate(named)]
        return _html(title, [], links + further + self._traps())

    def _section(self, section: int, page: int) -> Resource:
        named, more = self._page_of(section, page, self.per_page)
        place = f"/rubrik-{section}/seite/"
        further = [f"{place}{page + 1}/"] if more else []
        return self._list_page(
            f"Rubrik {section}", named, [*further, *([f"{place}{page - 1}/"] if page > 2 else [])]
        )

    def _article(self, number: int, *, alone: bool) -> Resource:
        chance = random.Random(self.seed * 1_000_003 + number)
        paragraphs = [" ".join(chance.choice(_WORDS) for _ in range(30)) + f" {number}." for _ in range(3)]
        children = range(3 * number + 1, min(3 * number + 4, self.articles))
        links = [n.path for n in self._listed(children)] if "related" in self.paths and not alone else []
        own = self._named(number).path
        return _html(self._named(number).title, paragraphs, [*links, own + "?print=1", *self._traps()])

    def _calendar(self, year: int, month: int) -> Resource:
        following = (year + month // 12, month % 12 + 1)
        before = (year - (month == 1), (month - 2) % 12 + 1)
        far = [(year + n, month) for n in (1, 2)]
        months = [f"/kalender/{y}/{m:02}/" for y, m in (following, before, *far)]
        return _html(f"Kalender {month}/{year}", ["Keine Termine."], [*months, "/"])

    def _search(self, query: str) -> Resource:
        count = query.count("&") + 1
        links = [f"/suche?{query}&f{count}={n}" for n in range(3)] + [f"/suche?{query}{n}" for n in range(3)]
        return _html("Suche", ["Nichts gefunden."], [*links, "/"])

    # --- feeds and sitemaps ---

    def _rss(self, section: int, page: int) -> Resource:
        named, more = self._page_of(section, page, 2 * self.per_page)
        items = "".join(
            f"<item><title>{n.title}</title><link>{n.path}</link><guid isPermaLink='false'>g{n.path}</guid>"
            f"<pubDate>{format_datetime(n.date)}</pubDate></item>"
            for n in named
        )
        link = f'<atom:link rel="next" href="/rss/{section}?page={page + 1}"/>' if more else ""
        head = f"<title>RSS &uuml;ber {section}</title><link>/</link>{link}"  # ill-formed: an entity of HTML
        space = 'xmlns:atom="http://www.w3.org/2005/Atom"'
        text = f'<?xml version="1.0"?><rss version="2.0" {space}><channel>{head}{items}</channel></rss>'
        return Resource(text.encode(), "application/rss+xml")

    def _atom(self, section: int, page: int) -> Resource:
        named, more = self._page_of(section, page, 2 * self.per_page)
        items = "".join(
            f"<entry><title>{n.title}</title><id>tag:{n.path}</id><link href='..{n.path}'/>"
            f"<published>{n.date.isoformat()}</published></entry>"
            for n in named
        )
        link = f'<link rel="next" href="{self.base}/atom/{section}?page={page + 1}"/>' if more else ""
        space = f'xmlns="http://www.w3.org/2005/Atom" xml:base="{self.base}/tief/"'
        text = f'<?xml version="1.0"?><feed {space}><title>Atom {section}</title>{link}{items}</feed>'
        return Resource(text.encode(), "text/xml")

    def _rdf(self, part: int, _: int) -> Resource:
        named = self._listed(self._part(part))
        items = "".join(
            f"<item rdf:about='{self.base}{n.path}'><title>{n.title}</title><link>{self.base}{n.path}</link>"
            f"<dc:date>{n.date.isoformat()}</dc:date></item>"
            for n in named
        )
        spaces = (
            'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        )
        head = f"<channel rdf:about='{self.base}/'><title>RDF</title><link>{self.base}/</link></channel>"
        return Resource(f"<rdf:RDF {spaces}>{head}{items}</rdf:RDF>".encode(), "application/rdf+xml")

    def _json(self, section: int, page: int) -> Resource:
        named, more = self._page_of(section, page, 2 * self.per_page)
        items = [
            {"id": n.path, "url": n.path, "title": n.title, "date_published": n.date.isoformat()}
            for n in named
        ]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "JSON", "items": items}
        if more:
            feed["next_url"] = f"{self.base}/json/{section}?page={page + 1}"
        return Resource(json.dumps(feed).encode(), "application/feed+json")

    def _sitemap(self, path: str) -> Resource:
        """An index that names another index, itself, and sitemaps of each kind in turn."""
        if path == "/sitemap-index.xml":
            return _index([self.base + p for p in ("/sitemap-index.xml", "/sitemap-inner.xml")])
        parts = range(-(-self.articles // self.per_file))
        ends = (".xml", ".xml.gz", "-news.xml", ".txt")
        if path == "/sitemap-inner.xml":
            return _index([f"{self.base}/sitemap-{n}{ends[n % 4]}" for n in parts for _ in "xx"])
        number = re.match(r"/sitemap-(\d+)", path)
        named = self._listed(self._part(int(number[1]) if number else 0))
        if path.endswith(".txt"):
            return Resource("\r\n".join(self.base + n.path for n in named).encode("utf-8-sig"), "text/plain")
        tell = _news if "-news" in path else _lastmod
        entries = "".join(f"<url><loc>{self.base}{n.path}</loc>{tell(n)}</url>" for n in named)
        spaces = f'xmlns="{_SITEMAP}" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
        body = f'<?xml version="1.0"?><urlset {spaces}>{entries}</urlset>'.encode()
        packed = path.endswith(".gz")
        return Resource(gzip.compress(body, mtime=0) if packed else body, "" if packed else "application/xml")


_FEEDS = {"rss": BigSite._rss, "atom": BigSite._atom, "rdf": BigSite._rdf, "json": BigSite._json}


def _lastmod(named: Named) -> str:
    return f"<lastmod>{named.date.date()}</lastmod>"


def _news(named: Named) -> str:
    told = f"<news:publication_date>{named.date.isoformat()}</news:publication_date>"
    return f"<news:news>{told}<news:title>{named.title}</news:title></news:news>"


def _index(urls: list[str]) -> Resource:
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return Resource(f'<sitemapindex xmlns="{_SITEMAP}">{entries}</sitemapindex>'.encode(), "text/xml")


def _html(title: str, paragraphs: list[str], links: list[str]) -> Resource:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    items = "".join(f'<li><a href="{link}">Mehr</a></li>' for link in links)
    body = (
        f"<!DOCTYPE html><html lang='de'><title>{title}</title><h1>{title}</h1>{text}<ul>{items}</ul></html>"
    )
    return Resource(body.encode(), "text/html; charset=utf-8")
