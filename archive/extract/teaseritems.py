"""One candidate teaser: what belongs to it, what heads it and where it leads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from archive import urls
from archive.extract.dom import Element, inner_text
from archive.extract.split import Piece

_ARTICLE_PATH = re.compile(
    r"[a-z0-9]+-[a-z0-9]+-[a-z0-9]+|\d{4,}|/\d{4}/\d\d?/|\.html?$|/[a-z]/\d+|/artikel|/article|/story",
    re.IGNORECASE,
)
BUTTON = re.compile(
    r"\W*(?:(?:hier |jetzt )?(?:mehr|weiter)?(?:\.{3}|…|\s)?(?:lesen|erfahren|anzeigen)?|"
    r"zum (?:artikel|beitrag|bericht)|(?:ganzen )?artikel lesen|(?:read|learn|see|view) more|more|"
    r"continue(?: reading)?|(?:read )?full story|lire (?:la suite|plus)|en savoir plus|leer más|"
    r"leggi(?: tutto)?|lees (?:meer|verder)|läs mer)\W*",
    re.IGNORECASE,
)
"""What a link says that leads to the story whose teaser stands before it."""
_MEDIA = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34])(?:[?/#]|$)", re.IGNORECASE)
"""A picture that leads to itself."""
_NO_HEADLINE = re.compile(r"[.:;,]$")


@dataclass(frozen=True, slots=True)
class Item:
    """One candidate teaser: the pieces that belong to it and what they show."""

    pieces: tuple[int, ...]  # indices into the page's pieces
    words: int
    link_share: float
    headline: int | None  # index of the piece that heads it
    headline_linked: bool
    rest: int  # words beside the headline
    url: str | None  # absolute target of its main link
    same_site: bool
    card: bool  # its headline is a heading, linked whole, with a text below it


def is_article(url: str | None) -> bool:
    """Whether an address looks like that of one story."""
    return bool(url) and _ARTICLE_PATH.search(str(url).split("/", 3)[-1] if url else "") is not None


def item(indices: Sequence[int], pieces: Sequence[Piece], url: str) -> Item:
    """The item that these pieces are, on the page at ``url``."""
    parts = [pieces[i] for i in indices]
    characters = sum(len(p.text) for p in parts) or 1
    linked = sum(len(p.text) * p.link_share for p in parts) / characters
    headline = next(
        (
            i
            for i in indices
            if len(pieces[i].text) > 8
            and pieces[i].words <= 32
            and (pieces[i].heading or pieces[i].strong_share > 0.8 or pieces[i].link_share > 0.8)
            and not BUTTON.fullmatch(pieces[i].text)
        ),
        None,
    )
    # The heading of an item is its headline also where a kicker is linked or bold before it.
    headline = next((i for i in indices if pieces[i].heading and len(pieces[i].text) > 8), headline)
    target, same = _target(indices, headline, pieces, url)
    rest = sum(pieces[i].words for i in indices if i != headline)
    on_headline = headline is not None and pieces[headline].link_share > 0.8
    total = sum(p.words for p in parts)
    card = on_headline and headline is not None and pieces[headline].heading and rest > 0
    return Item(tuple(indices), total, linked, headline, on_headline, rest, target, same, card)


def with_distinct_link(
    found: Item, elements: Sequence[Element], pieces: Sequence[Piece], url: str
) -> Item | None:
    """The item with the story its button or picture leads to; None when there is another link in it."""
    headline = found.headline
    if headline is None and (first := pieces[found.pieces[0]]).words in range(3, 26):
        headline = None if _NO_HEADLINE.search(first.text) else found.pieces[0]
    targets: set[str] = set()
    for link in (link for element in elements for link in element.iter("a")):
        target, same_site = _resolved(url, link.get("href") or "#")
        if target is None:
            continue
        text = inner_text(link)
        if (
            not same_site
            or not is_article(target)
            or _MEDIA.search(target)
            or (text and not BUTTON.fullmatch(text))
        ):
            return None
        targets.add(target)
    if headline is None or len(targets) != 1:
        return None
    rest = sum(pieces[i].words for i in found.pieces if i != headline)
    return replace(found, headline=headline, rest=rest, url=targets.pop(), same_site=True)


def _target(
    indices: Sequence[int], headline: int | None, pieces: Sequence[Piece], url: str
) -> tuple[str | None, bool]:
    """The link of the headline, else the first link of the item that leads away from this page."""
    order = ([headline] if headline is not None else []) + [i for i in indices if i != headline]
    for index in order:
        for href in pieces[index].links:
            target, same = _resolved(url, href)
            if target:
                return target, same
    return None, False


@lru_cache(maxsize=4096)
def _resolved(url: str, href: str) -> tuple[str | None, bool]:
    """(absolute target, whether it is of the same site); (None, False) for a link to the page itself."""
    if href.startswith(("#", "javascript:", "mailto:", "tel:")):
        return None, False
    target = urls.join(url, href.strip())
    if target is None:
        return None, False
    own, place = _identity(url)
    if not target.partition("://")[2].startswith(place):
        return target, False
    if own.startswith(target.split("#")[0].split("?")[0]) and urls.canonical(target) == own:
        return None, False
    return target, True


@lru_cache(maxsize=16)
def _identity(url: str) -> tuple[str, str]:
    """The canonical form of a page's URL, and its authority with the slash behind it."""
    own = urls.canonical(url) or ""
    return own, own.partition("://")[2].split("/")[0] + "/"
