"""An outlet as it stands at one address in one stage: which articles there are and what they point to."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crawler.samples.model import LINK, Article, Block, Outlet, Promo

MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
esc = html.escape


@dataclass(frozen=True, slots=True)
class Edition:
    """One outlet, its base URL, its stage (1 or 2), and how it makes paths."""

    outlet: Outlet
    base: str  # http://127.0.0.1:PORT, without a final slash
    stage: int
    path: Callable[[Article], str]
    section_path: Callable[[str, int], str]  # section key and page from 1
    page_size: int

    @property
    def articles(self) -> list[Article]:
        """Newest first, each in the state of the stage."""
        return [article.at(self.stage) for article in self.outlet.articles]

    def find(self, slug: str) -> Article:
        """The article with the slug of the first stage. Raises LookupError."""
        for article in self.outlet.articles:
            if article.slug == slug:
                return article.at(self.stage)
        raise LookupError(f"{self.outlet.name}: no article {slug!r}")

    def url(self, article: Article) -> str:
        """The absolute URL of an article of this outlet."""
        return self.base + self.path(article)

    def section(self, key: str) -> list[Article]:
        """The articles of a section, newest first."""
        return [article for article in self.articles if article.section == key]

    def pages(self, key: str) -> int:
        """How many pages a section has."""
        return max(1, -(-len(self.section(key)) // self.page_size))

    def promo(self, article: Article, *, linked: bool = True) -> Promo:
        """An article as a teaser."""
        return Promo(article.title, article.lead, self.path(article) if linked else None)

    def promos(self, article: Article, count: int) -> list[Promo]:
        """The stories that an article's page points to below its text; ``count`` where it names none."""
        linked = article.promo not in ("plain", "strong")
        if article.promo == "none":
            return []
        if article.teasers or article.foreign:
            own = [self.promo(self.find(slug), linked=linked) for slug in article.teasers]
            return own + [self._resolved(promo) for promo in article.foreign]
        # A page whose story moves must not change the pages of others, so it is not picked here.
        others = [a for a in self.section(article.section) if a.slug != article.slug and not moves(a)]
        return [self.promo(other, linked=linked) for other in others[:count]]

    def _resolved(self, promo: Promo) -> Promo:
        if promo.url is None or not promo.url.startswith("slug:"):
            return promo
        return Promo(promo.headline, promo.text, self.path(self.find(promo.url.removeprefix("slug:"))))

    def sidebar(self) -> list[Article]:
        """The stories that stand beside every page of the outlet, as headlines; most have no such place."""
        if self.outlet.template != "soup":
            return []
        # Fixed stories and none that moves: the second stage changes no page but the planted ones.
        return [article for article in self.section("lokales") if not article.after][-4:]

    def also(self, article: Article) -> list[Promo]:
        """The stories of the box in mid-article: headlines only."""
        return [Promo(self.find(s).title, "", self.path(self.find(s))) for s in article.also]

    def inline(self, text: str) -> str:
        """A block's text as HTML, its link marks as links."""
        return LINK.sub(
            lambda m: f'<a href="{self.path(self.find(m[2]))}">{m[1]}</a>', esc(text, quote=False)
        )

    def block(self, block: Block, heading: str = "h2") -> str:
        """A block as plain HTML."""
        if block.kind == "list":
            items = "".join(f"<li>{self.inline(item)}</li>" for item in block.text.split("\n"))
            return f"<ul>{items}</ul>"
        tag = {"paragraph": "p", "stamp": "p", "heading": heading, "quote": "blockquote"}[block.kind]
        return f"<{tag}>{self.inline(block.text)}</{tag}>"


def moves(article: Article) -> bool:
    """Whether the article gets a new URL in the second stage."""
    return any(key == "slug" for key, _ in article.after)


def german_day(when: datetime) -> str:
    """``13. November 2025``"""
    return f"{when.day}. {MONTHS[when.month - 1]} {when.year}"


def byline(article: Article, word: str = "Von") -> str:
    """``Von A und B``, with the agencies behind; "" when there is nobody to name."""
    people = " und ".join(article.authors)
    agencies = "/".join(article.agencies)
    if people and agencies:
        return f"{word} {people} (mit {agencies})"
    return f"{word} {people}" if people else agencies
