"""An archive for people who work in Python: the questions of the command line as methods.

    import archive
    a = archive.open("my-archive")      # or a file that `gazette publish` wrote
    a.search("Brücke", since="2026-01-01").to_pandas()

Nothing here writes to the archive. Every error is an archive.errors.ArchiveError with one line for a person.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Unpack

from archive.db import open_reader
from archive.errors import BadQuery, NoArchive
from archive.export.target import write
from archive.index.generation import check, open_index
from archive.index.worddiff import Piece
from archive.layout import open_archive
from archive.research import documents, found, reading, search, stories, teasers, timeline, versions
from archive.research import kwic as concordance
from archive.research.articles import Article, articles
from archive.research.asked import Day, Filters, choice, query_of
from archive.research.asked import day_of as asked_day
from archive.research.found import Hits, Telling, Versions
from archive.research.frames import Rows, Stream
from archive.research.kwic import Line
from archive.research.opened import Opened
from archive.research.outlets import titles
from archive.research.stories import Story
from archive.research.timeline import Period
from archive.research.versions import Difference


def open_desk(path: Path) -> Archive:
    """The archive in a directory, or in a published file. See ``archive.open``."""
    if not path.is_file():
        layout = open_archive(path)
        return Archive(path, open_index(layout), layout)
    try:
        connection = open_reader(path)
        check(connection, path)
    except sqlite3.DatabaseError as error:
        raise NoArchive(f"{path}: no published index ({error}); write one with: gazette publish") from None
    return Archive(path, connection, None)


class Archive(Opened):
    """An open archive. Made by ``archive.open``; close it, or open it in a ``with``.

    Methods that take ``**filters`` know: site, since, until (a date, or "YYYY-MM-DD"; local days, inclusive),
    author (all words of a name), section, language ("de" holds "de-AT"), paywall (True or False), kind
    ("article", "section" or "other") and exact (only words as they are typed).
    """

    # Finding

    def search(
        self,
        text: str,
        *,
        limit: int = 20,
        order: Literal["relevance", "date"] = "relevance",
        full_rank: bool = False,
        **filters: Unpack[Filters],
    ) -> Hits:
        """The first ``limit`` articles that hold all words in any form, as ``gazette search`` finds them.

        "Phrases" in quotation marks, AND, OR, NOT, brackets, NEAR(one two, 5), prefix* and title:word work.
        Of more than 20,000 matches the newest come first, unless ``full_rank``. What it gives also has
        ``.total``, ``.facets`` and ``.next_page()``. Matches stand between \\x02 and \\x03 in a snippet.
        Filters: site, since, until, author, section, language, paywall, kind, exact; see the class. Raises
        BadQuery.

        Example:
            for hit in a.search('"neue Brücke" OR Kanal', since="2025-11-01"): print(hit.day, hit.title)
        """
        query = query_of(text, filters, limit=limit, order=order, full_rank=full_rank)
        return Hits(lambda: self.connection, query, search.answer(self.connection, query))

    def articles(self, text: str = "", **filters: Unpack[Filters]) -> Stream[Article]:
        """Articles that hold all words, or all there are; with their texts, the oldest first.

        They are read one after another, however many there are. Raises BadQuery at the first.

        Example:
            frame = a.articles(site="ruhr-aktuell", paywall=False).to_polars()
        """
        query = query_of(text, filters)
        return Stream(lambda: articles(self.connection, query), found.ARTICLES)

    def kwic(
        self,
        text: str,
        *,
        width: int = 40,
        sort: Literal["date", "left", "right"] = "date",
        limit: int | None = 100,
        **filters: Unpack[Filters],
    ) -> Rows[Line]:
        """Each place where the words stand, with ``width`` characters on either side; all with limit=None.

        By date the newest article comes first; "left" and "right" sort by the words there.

        Example:
            a.kwic("Brücke", sort="right", limit=500).to_pandas()["right"]
        """
        if width < 0:
            raise BadQuery(f"width={width}: ask for 0 characters or more")
        query = query_of(text, filters, limit=sys.maxsize if limit is None else limit)
        order = choice("sort", concordance.Sort, sort)
        return Rows(concordance.lines(self.connection, query, width=width, sort=order), found.LINES)

    def timeline(
        self, text: str, *, by: Literal["day", "week", "month", "year"] = "month", **filters: Unpack[Filters]
    ) -> Rows[Period]:
        """How many articles match in each period, of all that pass the filters, and their share (0–1).

        Periods without an article stand there, too. Weeks are those of ISO 8601. Raises BadQuery.

        Example:
            a.timeline("Haushalt", by="week").to_pandas().plot(x="first", y="share")
        """
        query, unit = query_of(text, filters), choice("by", timeline.By, by)
        return Rows(timeline.timeline(self.connection, query, unit), found.PERIODS)

    # One article

    def document(self, named: str) -> dict[str, Any]:
        """All that is stored of a document: its row, blocks, authors, teasers, cuts, rights, captures.

        ``named`` is its id, the beginning of it (six characters), or a URL, which means its newest version.
        All values go into JSON as they are. Raises BadQuery when there is none, or more than one.

        Example:
            a.document(a.search("Brücke")[0].document_id)["text"]
        """
        return documents.get(self.connection, reading.document_id(self.connection, named))

    def versions(self, named: str) -> Versions:
        """What an article said at which time, the earliest version first, under all URLs that it had.

        ``named`` is an id or a URL. Raises BadQuery when it means no article.

        Example:
            v = a.versions("https://outlet.example/rathaus/haushalt"); v.urls, v.gone
        """
        return Versions(versions.history(self.connection, named))

    def diff(self, named: str, before: int | None = None, after: int | None = None) -> Difference:
        """The words in which two versions of an article differ: the last two, unless numbers are given.

        Raises BadQuery when it has one version alone, or none with such a number.

        Example:
            print(a.diff(url))  # text: decided by [-two votes-] {+a single vote+}
        """
        if before is None or after is None:
            number = len(self.versions(named))
            if number < 2:
                raise BadQuery(f"{named!r}: has one version alone, so there is nothing to compare")
            after = after or number
            before = before or after - 1
        return versions.differences(self.connection, named, before, after)

    # Stories and teasers

    def story(self, named: str) -> Telling:
        """The articles that tell one story, in order of time, and what joins them; ``.story`` in numbers.

        ``named`` is the id of a story or of a document in it. Raises BadQuery when there is none.

        Example:
            told = a.story("s-k3zq2m"); [(member.outlet, member.behind) for member in told]
        """
        return Telling(stories.story(self.connection, named))

    def stories(
        self,
        *,
        since: Day | None = None,
        until: Day | None = None,
        outlets: int = 1,
        limit: int | None = 20,
    ) -> Rows[Story]:
        """Stories first told in these days, by so many outlets or more, newest first; all with limit=None.

        Example:
            a.stories(outlets=2, since="2026-01-01", limit=None).to_pandas()
        """
        first, last = asked_day("since", since), asked_day("until", until)
        return Rows(
            stories.stories(self.connection, since=first, until=last, outlets=outlets, limit=limit),
            found.STORIES,
        )

    def compare(self, before: str, after: str) -> tuple[Piece, ...]:
        """The word diff of two documents' texts, by id: pieces with "=", "+" or "-". Raises BadQuery.

        Example:
            told = a.story("s-k3zq2m"); a.compare(told[0].document_id, told[1].document_id)
        """
        return stories.compare(self.connection, before, after)

    def teasers(self, named: str) -> Rows[Mapping[str, Any]]:
        """Who promoted a story: on which page, at which position (from 0), from when to when.

        ``named`` is an id or a URL, which need not be stored itself. Raises BadQuery.

        Example:
            a.teasers("https://outlet.example/rathaus/haushalt").to_pandas()
        """
        return Rows(teasers.of_story(self.connection, named), found.TEASERS)

    def teasers_on(self, page: str) -> Rows[Mapping[str, Any]]:
        """What a page promoted, by its URL or id. Raises BadQuery when it isn't stored.

        Example:
            a.teasers_on("https://outlet.example/")
        """
        return Rows(teasers.on_page(self.connection, page), found.TEASERS)

    def promoted(self, site: str) -> Rows[Mapping[str, Any]]:
        """The stories that a site's own pages promoted, those on the front page first.

        Example:
            a.promoted("ruhr-aktuell")[:10]
        """
        return Rows(teasers.of_site(self.connection, site), found.PROMOTED)

    def unstored(self, site: str | None = None) -> Rows[Mapping[str, Any]]:
        """The stories that were promoted and are not stored; ``status`` is their last answer, if any.

        Example:
            a.unstored("ruhr-aktuell").to_pandas()
        """
        return Rows(teasers.unstored(self.connection, site), found.UNSTORED)

    # Handing on

    def export(
        self,
        format_name: str,
        target: str | Path,
        text: str = "",
        *,
        force: bool = False,
        **filters: Unpack[Filters],
    ) -> int:
        """Write articles to a file, or a folder for "txt", whole or not at all; gives their number.

        Formats: jsonl, csv, parquet, bibtex, ris, csl, txt. Raises BadConfiguration when the target can't be
        written, is there already without ``force``, or a library is missing; BadQuery.

        Example:
            a.export("bibtex", "bridge.bib", "Brücke", since="2026-01-01")
        """
        query = query_of(text, filters)
        chosen = articles(self.connection, query)
        return write(format_name, chosen, Path(target), titles(self._layout), force=force)
