"""Whether a page is an article, a list of articles, or something else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.types import Block, BlockKind, Kind

_OTHER_PATH = re.compile(
    r"/(?:impressum|imprint|datenschutz\w*|privacy\w*|agb|terms\w*|kontakt|contact|suche|search|login|"
    r"anmelden|register|registrierung|"
    r"kalender|calendar|termine|veranstaltungen|events?|newsletter|abo|shop|warenkorb|cart|mediadaten|jobs|"
    r"karriere|hilfe|faq|sitemap|"
    r"barrierefreiheit|cookies?|rss|profil|account|ueber-uns|about(?:-us)?)(?:[/._-]|$)",
    re.IGNORECASE,
)
_OTHER_TITLE = re.compile(
    r"^(?:impressum|imprint|datenschutz\w*|privacy policy|kontakt|suche|search(?: results)?|suchergebnisse?|"
    r"veranstaltungskalender|"
    r"kalender|allgemeine geschäftsbedingungen|agb|newsletter|anmelden|login|seite nicht gefunden|"
    r"page not found|(?:fehler|error)\b.{0,20}|"
    r"(?:40[0-9]|50[0-9])(?:\s*[-–:|]?\s*(?:error|fehler|not found|forbidden|unauthorized|gone|"
    r"bad (?:request|gateway)|internal server error|service unavailable|gateway time-?out|nicht gefunden|"
    r"(?:seite|page) .{0,20})){0,2}|not found|access denied|forbidden|zugriff verweigert|just a moment.{0,5}|"
    r"attention required.{0,20}|"
    r"are you a robot.{0,3}|captcha|wartungsarbeiten)\s*[.!?]?$",
    re.IGNORECASE,
)
_PAGED = re.compile(
    r"(?:[?&;](?:seite|page|paged|p|pg|offset|start)=|/(?:seite|page)[/-]?)\d{1,4}/?(?:$|&)", re.IGNORECASE
)
_SLUG = re.compile(r"[^/]+-[^/]+-[^/]+-[^/]+/?$|\d{5,}[^/]*/?$")
_WIDE = re.compile("[\u2e81-\U0010ffff]")
"""Characters of scripts that put no spaces between words."""
_MONTH_GRID = 20


@dataclass(frozen=True, slots=True)
class Signs:
    """What the decision rests on."""

    path: str  # of the URL
    paged: bool  # the URL names the number of a page in a list
    title: str | None
    article_claimed: bool  # JSON-LD or OpenGraph calls it an article
    listing_claimed: bool
    published: bool  # the head states when it was published
    teasers: int
    teaser_words: int
    promoted: int  # words of the running text that are those of teasers
    days_in_table: int  # cells of a table that hold a day of the month


def is_paged(url: str) -> bool:
    """Whether a URL names the number of a page in a list: "/lokales?seite=2"."""
    return _PAGED.search(url) is not None


def decide(signs: Signs, blocks: Sequence[Block], lead: str | None) -> Kind:
    """The kind of an HTML page; ``blocks`` are those that are no links throughout."""
    running = running_words(blocks) + (len(lead.split()) if lead else 0)
    story = signs.article_claimed and signs.published and running >= 60
    if signs.title and not story and _OTHER_TITLE.match(signs.title.strip()):
        return Kind.OTHER
    if signs.teasers and running < 20 and signs.paged and not signs.article_claimed:
        return Kind.SECTION
    front = signs.path.strip("/") == ""
    if (
        signs.article_claimed
        and not front
        and running >= 20
        and not (signs.listing_claimed and signs.teasers >= 3)
    ):
        return Kind.ARTICLE
    if signs.published and not front and running >= 40:
        return Kind.ARTICLE
    if signs.days_in_table >= _MONTH_GRID or (_OTHER_PATH.search(signs.path) and not signs.published):
        return Kind.OTHER
    slug = not front and not signs.listing_claimed and _SLUG.search(signs.path) is not None
    if slug and running >= 40:
        return Kind.ARTICLE
    few = running - signs.promoted < 80 or signs.teaser_words > 1.5 * running
    listed = front or signs.listing_claimed or few
    if signs.teasers >= (2 if running < 20 else 3) and listed and not signs.article_claimed:
        return Kind.SECTION
    if not front and (running >= 60 or (running >= 25 and signs.article_claimed)):
        return Kind.ARTICLE
    return Kind.OTHER


def running_words(blocks: Sequence[Block]) -> int:
    """The number of words in sentences: menus, tables and addresses have none."""
    total = 0
    for block in blocks:
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTE):
            size = len(block.text.split())
            wide = 0 if block.text.isascii() else len(_WIDE.findall(block.text))
            if (size >= 8 and block.text.rstrip()[-1:] in '.!?:…"“”»«)。！？') or _WIDE.search(
                block.text, 0, 40
            ):
                total += max(size, wide // 2)
    return total
