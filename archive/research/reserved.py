"""What an outlet reserves now: by its newest articles as captured last, and by its files of rules."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from archive.research.stood import Page

PAGES = 30
"""So many of the newest articles are asked; each has its own answer in the view."""

_NEWEST = """SELECT id FROM documents INDEXED BY documents_site
    WHERE site = ? AND kind = 'article' AND newest = 1 ORDER BY pk DESC LIMIT ?"""
_LAST = """SELECT warc, offset FROM captures WHERE document_id = ?
    ORDER BY captured_at DESC, warc DESC, offset DESC LIMIT 1"""
_OF_PAGE = """SELECT robots, tdm_reservation, tdm_source, ai_txt FROM rights_of_pages
    WHERE warc = ? AND offset = ?"""
_FILE = """SELECT documents.warc, documents.offset, captures.captured_at, captures.url
    FROM captures JOIN documents ON documents.id = document_id
    WHERE captures.url_key = ? ORDER BY captures.captured_at DESC LIMIT 1"""
_RULES = """SELECT name, value, source, agent, applies_to FROM rights
    WHERE warc = ? AND offset = ? ORDER BY position LIMIT ?"""
_FILES = ("/robots.txt", "/ai.txt", "/.well-known/tdmrep.json")


@dataclass(frozen=True, slots=True)
class Said:
    """What some of the newest articles reserve, all in the same way."""

    robots: str | None  # what robots meta tags and headers forbid to all
    tdm: str | None  # "1": text and data mining is reserved; "0": expressly not
    tdm_source: str | None  # meta, header or tdmrep.json
    ai: str | None  # what ai.txt says to all: allow or disallow
    pages: int


@dataclass(frozen=True, slots=True)
class File:
    """A file of rules as it was captured last."""

    url: str
    captured_at: str
    rules: tuple[sqlite3.Row, ...]  # name, value, source, agent, applies_to


def of_newest(connection: sqlite3.Connection, site: str, pages: int = PAGES) -> list[Said]:
    """What an outlet's newest articles reserve; what most of them do comes first."""
    counted: Counter[tuple[str | None, str | None, str | None, str | None]] = Counter()
    for (document_id,) in connection.execute(_NEWEST, (site, pages)).fetchall():
        place = connection.execute(_LAST, (document_id,)).fetchone()
        row = connection.execute(_OF_PAGE, tuple(place)).fetchone()
        if row is not None:
            counted[row[0], row[1], row[2], row[3]] += 1
    return [Said(*told, number) for told, number in counted.most_common()]


def files(connection: sqlite3.Connection, pages: Iterable[Page], most: int) -> list[File]:
    """The files of rules on the hosts of these pages that say anything, with ``most`` rules each."""
    found = []
    for host in dict.fromkeys(page.url_key.partition(")")[0] for page in pages):
        for path in _FILES:
            row = connection.execute(_FILE, (f"{host}){path}",)).fetchone()
            if row is None:
                continue
            rules = connection.execute(_RULES, (row["warc"], row["offset"], most)).fetchall()
            if rules:
                found.append(File(row["url"], row["captured_at"], tuple(rules)))
    return found
