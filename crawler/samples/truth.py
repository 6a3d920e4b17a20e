"""What is true about the sample articles: the answers that extraction and search are tested against."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.samples.edition import Edition, moves
from crawler.samples.model import Article, Promo

_PROMOS = {"modern": 3, "soup": 3, "lean": 2}
"""How many teasers a template shows below an article that names none itself."""


@dataclass(frozen=True, slots=True)
class ArticleTruth:
    """An article as its author meant it."""

    url: str
    slug: str
    shapes: frozenset[str]  # what is special about the page, see shapes()
    section: str  # label
    title: str
    kicker: str  # "" when there is none
    lead: str
    paragraphs: tuple[str, ...]  # in order: subheadings, quotations, lists (items on lines), updates too
    authors: tuple[str, ...]  # people; empty where the page says "Admin User"
    agencies: tuple[str, ...]
    published: str  # ISO 8601 with the offset that the page states
    modified: str | None
    language: str
    paywall: bool
    captions: tuple[str, ...]  # of pictures: no part of the text
    comments: tuple[str, ...]  # of readers: no part of the text
    teasers: tuple[Promo, ...]  # mid-article box first, URLs absolute; no sidebar, no navigation


def article_truth(edition: Edition, article: Article) -> ArticleTruth:
    """What is true about an article of an edition."""
    text = [block.plain for block in article.blocks]
    for update in article.updates:
        text += [update.headline, update.text]
    promos = edition.also(article) + edition.promos(article, _PROMOS[edition.outlet.template])
    captions = [article.caption] if article.caption else []
    return ArticleTruth(
        url=edition.url(article),
        slug=article.slug,
        shapes=shapes(edition, article),
        section=edition.outlet.sections[article.section],
        title=article.title,
        kicker=article.kicker,
        lead=article.lead,
        paragraphs=tuple(text),
        authors=article.authors,
        agencies=article.agencies,
        published=article.published.isoformat(),
        modified=article.modified.isoformat() if article.modified else None,
        language=article.language,
        paywall=article.shape == "paywall",
        captions=tuple(captions + [picture.caption for picture in article.gallery]),
        comments=tuple(comment.text for comment in article.comments),
        teasers=tuple(Promo(p.headline, p.text, _absolute(edition, p.url)) for p in promos),
    )


def shapes(edition: Edition, article: Article) -> frozenset[str]:
    """The traits of an article's page: its shape, its teasers, its boxes, its bytes."""
    found = {article.shape, *article.wire}
    if edition.promos(article, 1):
        # A template shows teasers that are not asked for in its own way, linked and apart from the text.
        found.add("teasers-" + (article.promo or "cards"))
    traits = {
        "also-box": article.also,
        "comments": article.comments,
        "download": article.download,
        "agency": article.agencies,
        "windows-1252": article.charset == "windows-1252",
        "changes": article.after and not moves(article),
        "moves": moves(article),
    }
    return frozenset(found | {name for name, there in traits.items() if there})


def _absolute(edition: Edition, url: str | None) -> str | None:
    return edition.base + url if url is not None and url.startswith("/") else url
