"""What a researcher is handed in Python: rows of each kind, and those that know more than their rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from archive.research import search
from archive.research.answers import Answer, Facets
from archive.research.frames import Column, Rows, Shape
from archive.research.stories import Member, Story
from archive.types import Hit, Order, Query

_RECORD = {"warc": Column.TEXT, "offset": Column.WHOLE, "length": Column.WHOLE}

HITS = Shape(
    ("hit", "hits"),
    {
        "document_id": Column.TEXT,
        "url": Column.TEXT,
        "site": Column.TEXT,
        "title": Column.TEXT,
        "day": Column.DAY,
        "score": Column.NUMBER,
        "snippet": Column.TEXT,
        **_RECORD,
    },
    ("document_id", "day", "site", "title"),
)
ARTICLES = Shape(
    ("article", "articles"),
    {
        **dict.fromkeys(("id", "url", "site", "title", "kicker"), Column.TEXT),
        **dict.fromkeys(("authors", "agencies"), Column.TEXTS),
        "day": Column.DAY,
        "published": Column.TIME,
        "published_precision": Column.TEXT,
        "modified": Column.TIME,
        **dict.fromkeys(("section", "language"), Column.TEXT),
        "tags": Column.TEXTS,
        **dict.fromkeys(("paywall_declared", "paywall_observed"), Column.FLAG),
        "canonical_url": Column.TEXT,
        **dict.fromkeys(("captured_at", "last_captured_at"), Column.TIME),
        **dict.fromkeys(("extractor", "record_id"), Column.TEXT),
        **_RECORD,
        **dict.fromkeys(("lead", "text"), Column.TEXT),
    },
    ("id", "day", "site", "title"),
)
PERIODS = Shape(
    ("period", "periods"),
    {
        "name": Column.TEXT,
        "first": Column.DAY,
        "last": Column.DAY,
        "articles": Column.WHOLE,
        "all": Column.WHOLE,
        "share": Column.NUMBER,
    },
    ("name", "articles", "all", "share"),
)
LINES = Shape(
    ("line", "lines"),
    {
        **dict.fromkeys(("document_id", "url", "site"), Column.TEXT),
        "day": Column.DAY,
        **dict.fromkeys(("field", "left", "word", "right"), Column.TEXT),
    },
    ("day", "site", "left", "word", "right"),
)
STORIES = Shape(
    ("story", "stories"),
    {
        **dict.fromkeys(("id", "title"), Column.TEXT),
        **dict.fromkeys(("first_day", "last_day"), Column.DAY),
        **dict.fromkeys(("documents", "outlets"), Column.WHOLE),
    },
    ("id", "first_day", "outlets", "documents", "title"),
)
MEMBERS = Shape(
    ("article of one story", "articles of one story"),
    {
        **dict.fromkeys(("document_id", "url", "outlet", "title"), Column.TEXT),
        "day": Column.DAY,
        "published": Column.TIME,
        **dict.fromkeys(("relation", "agency", "through_id"), Column.TEXT),
        "score": Column.NUMBER,
        "reason": Column.TEXT,
        **dict.fromkeys(("quotations", "names", "numbers", "passages"), Column.TEXTS),
        "behind": Column.SPAN,
    },
    ("document_id", "day", "behind", "outlet", "relation", "title"),
)
VERSIONS = Shape(
    ("version", "versions"),
    {
        "number": Column.WHOLE,
        **dict.fromkeys(("url", "title"), Column.TEXT),
        **dict.fromkeys(("seen_from", "seen_until"), Column.TIME),
        **dict.fromkeys(("captures", "contents"), Column.WHOLE),
        "changed": Column.TEXTS,
        **dict.fromkeys(("words_added", "words_removed"), Column.WHOLE),
        "announced": Column.FLAG,
        "same_as": Column.WHOLE,
        **dict.fromkeys(("published", "modified"), Column.TIME),
        **dict.fromkeys(("document_id", "before_id"), Column.TEXT),
        "words": Column.WHOLE,
        "documents": Column.TEXTS,
    },
    ("number", "seen_from", "changed", "words_added", "words_removed", "title"),
)
TEASERS = Shape(
    ("teaser", "teasers"),
    {
        **dict.fromkeys(("site", "page_url", "place", "target_url", "headline"), Column.TEXT),
        "position": Column.WHOLE,
        **dict.fromkeys(("seen_from", "seen_until", "gone_by"), Column.TIME),
        "captures": Column.WHOLE,
        "target_id": Column.TEXT,
    },
    ("place", "position", "seen_from", "seen_until", "headline", "page_url"),
)
PROMOTED = Shape(
    ("promoted story", "promoted stories"),
    {
        **dict.fromkeys(("target_url", "title"), Column.TEXT),
        "pages": Column.WHOLE,
        "front": Column.FLAG,
        **dict.fromkeys(("best", "headlines"), Column.WHOLE),
        **dict.fromkeys(("seen_from", "seen_until"), Column.TIME),
        "target_id": Column.TEXT,
    },
    ("front", "pages", "seen_from", "seen_until", "title"),
)
UNSTORED = Shape(
    ("promoted story that is not stored", "promoted stories that are not stored"),
    {
        **dict.fromkeys(("site", "target_url", "headline"), Column.TEXT),
        "pages": Column.WHOLE,
        **dict.fromkeys(("seen_from", "seen_until"), Column.TIME),
        "status": Column.WHOLE,
    },
    ("site", "pages", "seen_from", "status", "headline"),
)


class Hits(Rows[Hit]):
    """One page of a search, best or newest first; what it is the first part of is counted when asked for."""

    def __init__(self, connection: Callable[[], sqlite3.Connection], query: Query, answer: Answer) -> None:
        super().__init__(answer.hits, HITS)
        self._connection = connection
        self.query = query
        self.order: Order = answer.order
        """In which the hits stand: not always the one that was asked for."""
        self.capped: bool = answer.capped
        """Too many matches to rank: the newest come first, though relevance was asked for."""
        self._next = answer.next

    @cached_property
    def total(self) -> int:
        """How many articles match in all."""
        if self._next is None and self.query.after is None:
            return len(self)
        return search.count(self._connection(), self.query)

    @cached_property
    def facets(self) -> Facets:
        """How all matches are spread: ``counts`` by site, section, language, paywall, author, year, month."""
        asked = replace(self.query, limit=0, after=None)
        found = search.answer(self._connection(), asked, counted=True).facets
        assert found is not None
        return found

    def next_page(self) -> Hits | None:
        """The hits behind these, as many; None behind the last one."""
        if self._next is None:
            return None
        query = replace(self.query, after=self._next)
        return Hits(self._connection, query, search.answer(self._connection(), query))

    def _headline(self) -> str:
        ordered = "best first" if self.order is Order.RELEVANCE else "newest first"
        more = "; more: .next_page(), .total" if self._next else ""
        return f"{self.shape.count(len(self))} for {self.query.text!r}, {ordered}{more}"


class Versions(Rows[Mapping[str, Any]]):
    """The versions of an article, the earliest first, and what is known of its addresses."""

    def __init__(self, history: Mapping[str, Any]) -> None:
        super().__init__(history["versions"], VERSIONS)
        self.article_id: str = history["article_id"]
        self.site: str | None = history["site"]
        self.urls: tuple[str, ...] = tuple(history["urls"])
        """All that it had, the earliest first."""
        self.moves: tuple[Mapping[str, Any], ...] = tuple(history["moves"])
        """From which URL to which: url, moved_to, evidence, seen_at."""
        self.gone: Mapping[str, Any] | None = history["gone"]
        """Since when it can't be fetched any more: url, gone_by, status. None: it can."""

    def _headline(self) -> str:
        gone = f", gone by {self.gone['gone_by']}" if self.gone else ""
        return f"{self.shape.count(len(self))} of {self.urls[-1]}{gone}"


class Telling(Rows[Member]):
    """The articles that tell one story, in order of time."""

    def __init__(self, story: Story) -> None:
        super().__init__(story.members, MEMBERS)
        self.story = story

    def _headline(self) -> str:
        told = self.story
        outlets = f"{told.outlets} outlet{'s' * (told.outlets > 1)}"
        return f"{told.id} {told.title!r}: {len(self)} articles of {outlets}"
