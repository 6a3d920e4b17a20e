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
    sidebar: tuple[Promo, ...]  # what stands beside every page: headlines only


@dataclass(frozen=True, slots=True)
class Planted:
    """What happens to an article between the two stages, as its data says.

    ``kind`` is announced (the text changes and the page says so), silent (it changes and the page doesn't),
    trivial (only quotes and a stamp change: no new version), moved (a new URL, to which the old one leads),
    moved-unsaid (a new URL, and the old one answers 404) or headline (another one on the front page only).
    """

    kind: str
    url: str  # in the first stage
    url_after: str  # in the second
    changed: tuple[str, ...]  # of title, lead and text, what another version is made of
    promoted_as: tuple[str, ...]  # headlines on the front page, in order of time


def planted(before: Edition, after: Edition) -> tuple[Planted, ...]:
    """All that is planted between the two stages of an outlet."""
    found = []
    for old, new in zip(before.articles, after.articles, strict=True):
        if old.planted:
            differs = (("title", old.title != new.title), ("lead", old.lead != new.lead))
            text = old.blocks != new.blocks and old.planted != "trivial"
            changed = tuple(name for name, is_so in (*differs, ("text", text)) if is_so)
            titles = (old.title, *([new.front_title] if new.front_title else []))
            found.append(Planted(old.planted, before.url(old), after.url(new), changed, titles))
    return tuple(found)


def article_truth(edition: Edition, article: Article) -> ArticleTruth:
    """What is true about an article of an edition."""
    text = [block.plain for block in article.blocks if block.kind != "stamp"]
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
        sidebar=tuple(Promo(a.title, "", edition.url(a)) for a in edition.sidebar()),
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
        "changes": article.planted in ("announced", "silent"),
        "moves": moves(article),
    }
    return frozenset(found | {name for name, there in traits.items() if there})


def _absolute(edition: Edition, url: str | None) -> str | None:
    return edition.base + url if url is not None and url.startswith("/") else url
