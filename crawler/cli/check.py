"""A site tried: do its addresses still answer, can what they give be read, does an article come of it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from archive import urls
from archive.errors import ArchiveError
from archive.extract.feeds import parse_feed
from archive.extract.sitemaps import parse_sitemap
from archive.types import Document, Kind, Site
from crawler.cli.ask import Answer, Asker
from crawler.cli.trial import Extract
from crawler.scope import refusal
from crawler.survey import marks, page
from crawler.survey.marks import Seen

MAX_TRIED = 3
"""Pages that are asked for until one gives an article."""
_SECTIONS = 3
"""Sections that are looked at beside the seeds."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many of some addresses answer as they should."""

    good: int
    of: int

    def __str__(self) -> str:
        return f"{self.good}/{self.of}" if self.of else ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one site."""

    site: str
    pages: Count  # seeds, and some of the sections
    feeds: Count
    sitemaps: Count
    article: str | None  # the title, or the URL, of the article that was extracted
    problems: tuple[str, ...]  # one line each; () for a healthy site
    requests: int

    @property
    def healthy(self) -> bool:
        """Whether nothing stands against a crawl."""
        return not self.problems


@dataclass(slots=True)
class _Trying:
    """What is known so far."""

    site: Site
    asker: Asker
    problems: list[str] = field(default_factory=list)
    items: list[tuple[datetime | None, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)  # sitemaps that an index names

    def answer(self, url: str) -> Answer | None:
        """A page that is there, None with a problem noted."""
        try:
            found = self.asker.get(url)
        except ArchiveError as error:
            self.problems.append(str(error))
            return None
        if found.status != 200:
            self.problems.append(f"{url}: the server answers {found.status}")
            return None
        return found

    def page(self, url: str) -> bool:
        """Whether a seed or section gives a page with something on it."""
        found = self.answer(url)
        if found is None:
            return False
        seen = Seen(found.url, found.status, found.headers, found.text, page.anchors(found.text, found.url))
        articles = page.article_links(seen.anchors, found.url)
        wall = marks.wall(seen, len(articles))
        if wall is not None:
            self.problems.append(f"{url}: gives nothing ({wall.kind}): it {wall.evidence}")
            return False
        self.links += articles
        return True

    def feed(self, url: str) -> bool:
        """Whether a feed can be read."""
        found = self.answer(url)
        parsed = parse_feed(found.body, found.url) if found else None
        if parsed is not None:
            self.items += [(item.published, item.url) for item in parsed.items if item.url]
        elif found is not None:
            self.problems.append(f"{url}: is no feed that can be read")
        return parsed is not None

    def sitemap(self, url: str) -> bool:
        """Whether a sitemap can be read."""
        found = self.answer(url)
        parsed = parse_sitemap(found.body, found.url) if found else None
        if parsed is not None and parsed.index:
            self.nested += [entry.url for entry in parsed.entries]
        elif parsed is not None:
            self.items += [(entry.modified, entry.url) for entry in parsed.entries]
        elif found is not None:
            self.problems.append(f"{url}: is no sitemap that can be read")
        return parsed is not None

    def candidates(self) -> list[str]:
        """What may be an article: the newest of feeds and sitemaps by turns with the links of the pages."""
        ordered = sorted(self.items, key=lambda item: -item[0].timestamp() if item[0] else 0.0)
        named = [url for _, url in ordered]
        likely = page.likely_articles(named) or tuple(named)
        pairs = [url for pair in zip(likely, self.links, strict=False) for url in pair]
        known = set(map(urls.canonical, self.site.seeds + self.site.sections))
        every = (urls.canonical(url) for url in (*pairs, *likely, *self.links))
        return [u for u in dict.fromkeys(every) if u and u not in known and not refusal(u, self.site)]


def check(site: Site, asker: Asker, extract: Extract) -> Checked:
    """Try a site as a crawl would come to it. Raises nothing for what the site does."""
    trying = _Trying(site, asker)
    pages = _counted([trying.page(url) for url in (*site.seeds, *site.sections[:_SECTIONS])])
    feeds = _counted([trying.feed(url) for url in site.feeds])
    sitemaps = _counted([trying.sitemap(url) for url in site.sitemaps])
    if not trying.items and not trying.links and trying.nested:
        trying.sitemap(trying.nested[0])
    article = _article(trying, extract)
    if article is None and not trying.problems:
        trying.problems.append("none of the pages tried gives an article; try: gazette add URL --dry-run")
    return Checked(
        site.name, pages, feeds, sitemaps, article, tuple(dict.fromkeys(trying.problems)), asker.asked
    )


def _counted(results: Sequence[bool]) -> Count:
    return Count(sum(results), len(results))


def _article(trying: _Trying, extract: Extract) -> str | None:
    for url in trying.candidates()[:MAX_TRIED]:
        try:
            answer = trying.asker.get(url)
        except ArchiveError:
            continue  # one page may be gone; that none gives an article is the finding
        if answer.status != 200:
            continue
        (outcome,) = extract([answer])
        if isinstance(outcome, Document) and outcome.kind is Kind.ARTICLE and outcome.text:
            return outcome.title or url
    return None
