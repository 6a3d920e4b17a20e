"""The sample outlets as sites: every URL with what it answers and what an archive should make of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.samples import machine, template_lean, template_modern, template_soup
from crawler.samples.edition import MONTHS, Edition
from crawler.samples.loopback import Resource
from crawler.samples.model import DATA, Article, Outlet, Promo
from crawler.samples.truth import ArticleTruth, article_truth

HTML = "text/html; charset=utf-8"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
CALENDAR = re.compile(r"/(?:termine|kalender)/(\d{4})/(\d{1,2})(?:\?.*)?$")


@dataclass(frozen=True, slots=True)
class Template:
    """How an outlet's pages look and what its paths are."""

    article_path: Callable[[Article], str]
    section_path: Callable[[str, int], str]
    page_size: int
    article_page: Callable[[Edition, Article], str]
    listing_page: Callable[[Edition, str, Sequence[Article], Sequence[tuple[str, str]]], str]
    info_page: Callable[[Edition, str, str], str]


TEMPLATES = {
    name: Template(m.article_path, m.section_path, m.PAGE_SIZE, m.article_page, m.listing_page, m.info_page)
    for name, m in {"modern": template_modern, "soup": template_soup, "lean": template_lean}.items()
}


@dataclass(frozen=True, slots=True)
class Served:
    """One URL of an outlet.

    ``kind`` is article, section or other where an archive should hold a document of that kind, requisite for
    what a page needs to look as it does, none for redirects and errors, forbidden for what robots.txt keeps a
    crawler from, and calendar for a month of an endless calendar.
    """

    kind: str
    resource: Resource
    truth: ArticleTruth | None = None
    promos: tuple[Promo, ...] = ()  # of a section: the stories it points to, in order, URLs absolute


@dataclass(slots=True)
class Site:
    """All of one outlet in one stage."""

    edition: Edition
    pages: dict[str, Served]  # by path and query

    def serve(self, target: str) -> Served:
        """The answer to a request target; a 404 for what there is not."""
        known = self.pages.get(target)
        if known is not None:
            return known
        if month := CALENDAR.fullmatch(target):
            return self._calendar(target.split("/")[1], int(month[1]), int(month[2]))
        if target.split("?")[0] == "/suche" and self.edition.outlet.template == "modern":
            return Served("forbidden", self._html("Suche", "<p>Keine Treffer.</p>"))
        body = self._html("Seite nicht gefunden", "<p>Diese Seite gibt es nicht oder nicht mehr.</p>", 404)
        return Served("none", body)

    def _html(self, title: str, body: str, status: int = 200) -> Resource:
        page = TEMPLATES[self.edition.outlet.template].info_page(self.edition, title, body)
        return Resource(page.encode(), HTML, status)

    def _calendar(self, root: str, year: int, month: int) -> Served:
        """A month that points to the month before and the one after, without end."""
        if (
            root != {"modern": "termine", "soup": "kalender"}.get(self.edition.outlet.template)
            or not 1 <= month <= 12
        ):
            return Served(
                "none", self._html("Seite nicht gefunden", "<p>Diesen Monat gibt es nicht.</p>", 404)
            )
        links = []
        for label, at in (("Voriger Monat", year * 12 + month - 2), ("Nächster Monat", year * 12 + month)):
            links.append(f'<a href="/{root}/{at // 12}/{at % 12 + 1}?ansicht=monat">{label}</a>')
        days = "".join(f"<td>{day}</td>" for day in range(1, 29))
        body = (
            f"<table><tr>{days}</tr></table><p>Keine Veranstaltungen eingetragen.</p><p>{' '.join(links)}</p>"
        )
        return Served("calendar", self._html(f"Termine im {MONTHS[month - 1]} {year}", body))


def build(outlet: Outlet, base: str, stage: int) -> Site:
    """An outlet as it stands under a base URL in stage 1 or 2."""
    template = TEMPLATES[outlet.template]
    edition = Edition(outlet, base, stage, template.article_path, template.section_path, template.page_size)
    site = Site(edition, {})
    _articles(site, template)
    _listings(site, template)
    _common(site)
    {"modern": _modern, "soup": _soup, "lean": _lean}[outlet.template](site)
    return site


def _articles(site: Site, template: Template) -> None:
    edition = site.edition
    for old, article in zip(edition.outlet.articles, edition.articles, strict=True):
        body = template.article_page(edition, article).encode(article.charset)
        # One of the two windows-1252 pages states its charset in the page alone.
        named = "" if article.shape == "charset-in-page" else f"; charset={article.charset}"
        resource = Resource(
            body,
            "text/html" + named,
            modified=article.modified or article.published,
            gzip="gzip" in article.wire,
            chunked="chunked" in article.wire,
            headers=_headers(edition.outlet),
        )
        site.pages[edition.path(article)] = Served("article", resource, article_truth(edition, article))
        if edition.path(old) != edition.path(article) and article.planted != "moved-unsaid":
            site.pages[edition.path(old)] = _redirect(edition.url(article))
        _attached(site, article)


def _attached(site: Site, article: Article) -> None:
    """Pictures and the PDF of an article."""
    names = [f"{article.slug}-{number}" for number in range(1, len(article.gallery) + 1)]
    if article.image:
        names.append(article.slug)
    for name in names:
        _picture(site, name)
    if article.image and site.edition.outlet.template == "modern" and article.shape != "seed-1":
        _picture(site, f"{article.slug}-2x", 640)
    if article.download:
        lines = [f"Amtsblatt: {article.title}", article.lead[:90], "Ausgegeben im Rathaus, Zimmer 12"]
        site.pages[article.download] = Served("other", Resource(machine.pdf(lines), "application/pdf"))


def _picture(site: Site, name: str, width: int = 320) -> None:
    resource = Resource(machine.png(name, width), "image/png", modified=_drawn(site))
    site.pages[f"/bilder/{name}.png"] = Served("requisite", resource)


def _drawn(site: Site) -> datetime:
    """When the looks of an outlet were last changed: before its oldest article."""
    return site.edition.outlet.articles[-1].published


def _headers(outlet: Outlet) -> tuple[tuple[str, str], ...]:
    """Fields that tell the outlets' servers apart: repeated ones, odd case, the usual noise."""
    if outlet.template == "modern":
        return (
            ("Server", "nginx"),
            ("Set-Cookie", "ra_ab=b; Path=/"),
            ("Set-Cookie", "ra_seen=1; Path=/; HttpOnly"),
        )
    if outlet.template == "soup":
        return (("server", "Apache/2.4"), ("X-Powered-By", "TYPO3 CMS"), ("cache-control", "max-age=60"))
    return (("Cache-Control", "no-cache"),)


def _redirect(url: str) -> Served:
    body = f'<html><head><title>301</title></head><body><a href="{url}">Verschoben</a></body></html>'.encode()
    return Served("none", Resource(body, "text/html", 301, (("Location", url),)))


def _listings(site: Site, template: Template) -> None:
    edition, outlet = site.edition, site.edition.outlet
    extra = {
        "modern": [("Dossier Stadthalle", "/dossier/stadthalle")],
        "soup": [("Archiv 2019", "/archiv/2019/index.html")],
        "lean": [],
    }[outlet.template]
    first = [replace(a, title=a.front_title or a.title) for a in edition.articles[:10]]
    home = template.listing_page(edition, outlet.title, first, extra)
    site.pages["/"] = _listed(edition, home, first)
    for key, label in outlet.sections.items():
        articles = edition.section(key)
        count = edition.pages(key)
        for number in range(1, count + 1):
            links = [
                (f"Seite {n}", template.section_path(key, n)) for n in range(1, count + 1) if n != number
            ]
            shown = articles[(number - 1) * template.page_size : number * template.page_size]
            page = template.listing_page(edition, label, shown, links)
            site.pages[template.section_path(key, number)] = _listed(edition, page, shown)


def _listed(edition: Edition, page: str, articles: Sequence[Article]) -> Served:
    template = edition.outlet.template
    packed, streamed = template == "modern", template != "lean"
    resource = Resource(page.encode(), HTML, gzip=packed, chunked=streamed)
    return Served("section", resource, promos=_promos(edition, articles))


def _promos(edition: Edition, articles: Sequence[Article]) -> tuple[Promo, ...]:
    """The main part's stories, then those of the sidebar."""
    beside = [Promo(a.title, "", edition.url(a)) for a in edition.sidebar()]
    return (*(Promo(a.title, a.lead, edition.url(a)) for a in articles), *beside)


def _common(site: Site) -> None:
    outlet = site.edition.outlet
    imprint = (
        f"<p>Angaben gemäß § 5 DDG</p><p>{outlet.publisher.replace('&', '&amp;')}</p>"
        "<p>Verantwortlich für den Inhalt: die Redaktion, Anschrift wie oben. Telefon 0000 123456</p>"
    )
    privacy = (
        "<p>Beim Aufruf dieser Seiten speichert der Server Zeit, Adresse und Browser für sieben Tage.</p>"
        "<p>Auskunft über gespeicherte Daten erteilt der Verlag auf Anfrage.</p>"
    )
    end = {"modern": "", "soup": ".html", "lean": "/"}[outlet.template]
    site.pages[f"/impressum{end}"] = Served("other", site._html("Impressum", imprint))
    site.pages[f"/datenschutz{end}"] = Served("other", site._html("Datenschutz", privacy))


def _text(site: Site, path: str, kind: str, text: str, content_type: str) -> None:
    site.pages[path] = Served(kind, Resource(text.encode(), content_type))


def _modern(site: Site) -> None:
    edition = site.edition
    newest = edition.articles[:10]
    robots = f"User-agent: *\nDisallow: /intern/\nDisallow: /suche\n\nSitemap: {edition.base}/sitemap.xml\n"
    _text(site, "/robots.txt", "other", robots, "text/plain; charset=utf-8")
    rss = Resource(machine.rss(edition, newest).encode(), "application/rss+xml; charset=utf-8")
    site.pages["/feed.rss"] = Served("section", rss, promos=_promos(edition, newest))
    index = machine.sitemap_index(edition, ["/sitemap-artikel.xml", "/sitemap-news.xml"])
    _text(site, "/sitemap.xml", "other", index, "application/xml")
    _text(
        site, "/sitemap-artikel.xml", "other", machine.sitemap(edition, edition.articles), "application/xml"
    )
    _text(
        site, "/sitemap-news.xml", "other", machine.news_sitemap(edition, newest), "text/xml; charset=utf-8"
    )
    offer = "<p>RA+ kostet im ersten Monat 1 Euro. Fragen beantwortet der Leserservice.</p>"
    site.pages["/abo"] = Served("other", site._html("Abonnement", offer))
    plan = "<p>Frühdienst, Spätdienst, Wochenende: nur für die Redaktion.</p>"
    site.pages["/intern/redaktionsplan"] = Served("forbidden", site._html("Redaktionsplan", plan))
    broken = "<html><body><h1>500 Internal Server Error</h1></body></html>"
    site.pages["/dossier/stadthalle"] = Served("none", Resource(broken.encode(), "text/html", 500))
    for number in range(12):
        _picture(site, f"t{number}")
    for path in sorted((DATA / edition.outlet.name / "gestalt").iterdir()):
        resource = Resource(path.read_bytes(), _TYPES[path.suffix], modified=_drawn(site))
        site.pages[f"/gestalt/{path.name}"] = Served("requisite", resource)


def _soup(site: Site) -> None:
    edition = site.edition
    _text(site, "/robots.txt", "other", "User-agent: *\nDisallow:\n", "text/plain")
    newest = edition.articles[:12]
    atom = Resource(machine.atom(edition, newest).encode(), "application/atom+xml; charset=utf-8")
    site.pages["/atom.xml"] = Served("section", atom, promos=_promos(edition, newest)[: len(newest)])
    steady = next(a for a in edition.articles if a.section == "leben" and not a.after)
    site.pages["/node/4711"] = _redirect(edition.url(steady))


def _lean(site: Site) -> None:
    _text(site, "/robots.txt", "other", "User-agent: *\nCrawl-delay: 0.5\n", "text/plain")
