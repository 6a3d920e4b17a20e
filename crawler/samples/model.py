"""The sample outlets as values, read from data/OUTLET/*.toml.

A body is plain text: blank lines part the blocks, ``## `` opens a subheading, ``> `` a quotation, ``- `` a
list item, and ``[words](slug)`` links to another article of the same outlet.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of running text; ``text`` still holds the link marks, ``plain`` does not."""

    kind: str  # "paragraph", "heading", "quote", "list" (items on lines of their own), "stamp" (no text)
    text: str

    @property
    def plain(self) -> str:
        return LINK.sub(r"\1", self.text)


@dataclass(frozen=True, slots=True)
class Promo:
    """A story that a page points to."""

    headline: str
    text: str
    url: str | None  # absolute, or a path of the outlet; None when it is not linked


@dataclass(frozen=True, slots=True)
class Comment:
    """What a reader wrote below an article."""

    name: str
    when: str  # as printed
    text: str


@dataclass(frozen=True, slots=True)
class Update:
    """An entry of a live ticker."""

    at: str  # ISO 8601 with offset
    headline: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a gallery."""

    caption: str
    credit: str


@dataclass(frozen=True, slots=True)
class Article:
    """A story of one outlet in one of its two states."""

    outlet: str
    slug: str
    section: str  # key in Outlet.sections
    title: str
    lead: str
    published: datetime  # with the offset of the outlet's zone
    blocks: tuple[Block, ...]
    kicker: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    modified: datetime | None = None
    language: str = "de"
    tags: tuple[str, ...] = ()
    image: str = ""  # alternative text; empty: no picture
    caption: str = ""
    credit: str = ""
    shape: str = (
        "standard"  # or seed-1, seed-2, paywall, live-ticker, gallery, line-breaks, charset-in-page, bare
    )
    promo: str = (
        ""  # look of the teasers: cards, inside, plain, strong, h3link, none; "": as the template likes
    )
    teasers: tuple[str, ...] = ()  # slugs; empty: the newest of the section
    foreign: tuple[Promo, ...] = ()  # teasers of stories that stand elsewhere or nowhere
    also: tuple[str, ...] = ()  # slugs of the box in mid-article
    charset: str = "utf-8"  # of the bytes
    wire: tuple[str, ...] = ()  # "gzip", "chunked"
    comments: tuple[Comment, ...] = ()
    updates: tuple[Update, ...] = ()
    gallery: tuple[Picture, ...] = ()
    download: str = ""  # path of a PDF
    after: tuple[tuple[str, Any], ...] = field(default=(), repr=False)  # what the second state says instead
    planted: str = ""  # what that comes to, see crawler.samples.truth
    swaps: tuple[tuple[str, str], ...] = ()  # words of the body that stand for others
    stamp: str = ""  # a line below the text: when the page was last touched
    front_title: str = ""  # headline on the front page, where it is another one

    def at(self, stage: int) -> Article:
        """The article as it stands in stage 1 or 2."""
        if stage == 1:
            return self
        after = replace(self, **dict(self.after))
        body = tuple(Block(block.kind, _swapped(block.text, after.swaps)) for block in after.blocks)
        stamps = (Block("stamp", after.stamp),) if after.stamp else ()
        return replace(after, blocks=body + stamps)


@dataclass(frozen=True, slots=True)
class Outlet:
    """A sample outlet with all that it ever published."""

    name: str
    title: str
    claim: str
    publisher: str
    template: str  # key in crawler.samples.outlets.TEMPLATES
    sections: dict[str, str]  # key -> label
    articles: tuple[Article, ...]  # newest first


def _swapped(text: str, swaps: tuple[tuple[str, str], ...]) -> str:
    for old, new in swaps:
        text = text.replace(old, new)
    return text


def blocks(body: str) -> tuple[Block, ...]:
    """The blocks of a body text."""
    return tuple(_blocks(body))


def _blocks(body: str) -> Iterator[Block]:
    for part in re.split(r"\n\s*\n", body.strip()):
        text = " ".join(line.strip() for line in part.splitlines())
        if part.startswith("- "):
            yield Block("list", "\n".join(line.strip().removeprefix("- ") for line in part.splitlines()))
        elif part.startswith("## "):
            yield Block("heading", text.removeprefix("## "))
        elif part.startswith("> "):
            yield Block("quote", text.removeprefix("> "))
        elif text:
            yield Block("paragraph", text)


def _fields(raw: dict[str, Any]) -> dict[str, Any]:
    """TOML values of an article as field values; unknown keys fail in the constructor."""
    made: dict[str, Any] = {}
    makers = {"foreign": Promo, "comments": Comment, "updates": Update, "gallery": Picture}
    for key, value in raw.items():
        if key == "body":
            made["blocks"] = blocks(value)
        elif key in ("published", "modified"):
            made[key] = datetime.fromisoformat(value)
        elif key == "foreign":
            made[key] = tuple(Promo(p["headline"], p["text"], p.get("url")) for p in value)
        elif key in makers:
            made[key] = tuple(makers[key](**entry) for entry in value)
        elif key == "swaps":
            made[key] = tuple((old, new) for old, new in value)
        elif key == "after":
            made[key] = tuple(_fields(value).items())
        else:
            made[key] = tuple(value) if isinstance(value, list) else value
    return made


@cache
def load() -> tuple[Outlet, ...]:
    """The outlets, in the order in which they are served."""
    return tuple(_load(name) for name in ("ruhr-aktuell", "emscher-bote", "hafenblatt"))


def _load(name: str) -> Outlet:
    head = tomllib.loads((DATA / name / "outlet.toml").read_text(encoding="utf-8"))
    articles = []
    for path in sorted((DATA / name).glob("articles-*.toml")):
        for raw in tomllib.loads(path.read_text(encoding="utf-8"))["article"]:
            articles.append(Article(outlet=name, **_fields(raw)))
    articles.sort(key=lambda article: (article.published, article.slug), reverse=True)
    return Outlet(name=name, articles=tuple(articles), **head)
