"""Which URLs are one article: it moved, and a redirect, the page itself or the same text says so.

    redirect   the old URL, once an article, leads to the new one
    canonical  a page of one of the two names the other as its own address
    text       the same title and text, long enough, on the same site

A redirect or a claim counts only where the texts have something in common: a story that is gone often leads
to another one, or to a page that says so. A claim or the same text counts only where the new URL came after
the old one was seen for the last time: print, mobile and further pages stand beside the first, and
what differs between them is no change. What more than ``_MANY`` URLs share says nothing of any.
Each rule looks the same from both ends, so that the order of arrival doesn't matter.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from archive.index.trivia import fold
from archive.urls import canonical, surt

_MANY = 20
_HOPS = 3
"""Redirects between two articles."""
_LONG = 200
"""Characters of a text that isn't the same by chance."""
_ALIKE = 0.3
"""Least part of the shorter text's word triples that stand in the other too. Of two reports on one event it
is .26, of other pairs under .02 (measured on German local news)."""
_SPAN = 3


@dataclass(frozen=True, slots=True)
class Move:
    """Two URLs of one article, the earlier first."""

    url: str
    moved_to: str
    evidence: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """The first and the last capture of an article under a URL: time, run (or day), document."""

    first: tuple[str, str, str]
    last: tuple[str, str, str]


def relatives(connection: sqlite3.Connection, url: str) -> set[str]:
    """All URLs whose place in a lineage may hang on this one, whether it holds an article or not."""
    found = {there for there, _ in _texts(connection, url)} | set(_claims(connection, url))
    for step in (_targets, _sources):
        level = {url}
        for _ in range(_HOPS):
            level = {there for here in sorted(level) for there in step(connection, here, _MANY + 1)}
            found |= level
    return found - {url}


def moves(connection: sqlite3.Connection, url: str) -> list[Move]:
    """Every move to or from a URL that holds an article."""
    found: dict[str, tuple[str, bool | None]] = {}  # by the other URL: evidence, whether it was moved to
    for there in _redirected(connection, url, _targets):
        found[there] = ("redirect", True)
    for there in _redirected(connection, url, _sources):
        found.setdefault(there, ("redirect", False))
    for there in _few(_claims(connection, url)):
        found.setdefault(there, ("canonical", None))
    for there, length in _few(_texts(connection, url)):
        if length >= _LONG:
            found.setdefault(there, ("text", None))
    made = (_move(connection, url, there, *said) for there, said in sorted(found.items()) if there != url)
    return [move for move in made if move is not None]


def _move(
    connection: sqlite3.Connection, url: str, there: str, evidence: str, forward: bool | None
) -> Move | None:
    here, other = _seen(connection, url), _seen(connection, there)
    if here is None or other is None:
        return None
    if forward is None:
        forward = here.first < other.first
        old, new = (here, other) if forward else (other, here)
        if not (old.last[0] < new.first[0] and old.last[1] != new.first[1]):
            return None
    old, new = (here, other) if forward else (other, here)
    if evidence != "text" and not _alike(connection, old.last[2], new.first[2]):
        return None
    return Move(url, there, evidence) if forward else Move(there, url, evidence)


def _seen(connection: sqlite3.Connection, url: str) -> _Seen | None:
    rows = connection.execute(_CAPTURED, (url,)).fetchall()
    if not rows:
        return None
    times = sorted((row[0], row[1] or row[0][:10], row[2]) for row in rows)
    return _Seen(times[0], times[-1])


_CAPTURED = """SELECT captures.captured_at, captures.run, captures.document_id FROM article_documents
    CROSS JOIN captures ON captures.document_id = article_documents.document_id
    WHERE article_documents.url = ?"""


def _alike(connection: sqlite3.Connection, one: str, other: str) -> bool:
    """Whether two documents have their title or a good part of their text in common."""
    titles, triples = [], []
    for document_id in (one, other):
        title, text = connection.execute(
            "SELECT title, text FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        titles.append(fold(title))
        words = fold(text)
        triples.append(set(zip(*(words[start:] for start in range(_SPAN)), strict=False)))
    shorter = min(map(len, triples))
    same_title = len(titles[0]) >= _SPAN and titles[0] == titles[1]
    return same_title or (shorter > 0 and len(triples[0] & triples[1]) >= _ALIKE * shorter)


_Step = Callable[[sqlite3.Connection, str, int], list[str]]


def _redirected(connection: sqlite3.Connection, url: str, step: _Step) -> Iterator[str]:
    """The nearest articles on the redirects from or to a URL. No way leads through an article."""
    seen, level = {url}, [url]
    for _ in range(_HOPS):
        following: list[str] = []
        for here in level:
            for there in step(connection, here, _MANY):
                # Looked at from its target, as from its source: one that many lead to tells of none.
                target = there if step is _targets else here
                if there in seen or not _sources(connection, target, _MANY):
                    continue
                seen.add(there)
                if connection.execute(_IS_ARTICLE, (there,)).fetchone():
                    yield there
                else:
                    following.append(there)
        level = following


_IS_ARTICLE = "SELECT 1 FROM article_documents WHERE url = ? LIMIT 1"


def _targets(connection: sqlite3.Connection, url: str, most: int) -> list[str]:
    """Where a URL led to, at any time; [] when it is more than ``most``."""
    rows = connection.execute(_LEADS_TO, (_surt(url), most + 1)).fetchall()
    return sorted({row[0] for row in rows if canonical(row[1]) == url}) if len(rows) <= most else []


@functools.lru_cache(maxsize=1_000)
def _surt(url: str) -> str:
    """The sort key of a URL, which is asked for twice each time."""
    return surt(url)


def _sources(connection: sqlite3.Connection, url: str, most: int) -> list[str]:
    """What led to a URL; [] when it is more than ``most``."""
    rows = connection.execute(_LED_FROM, (url, most + 1)).fetchall()
    return sorted({canonical(row[0]) or row[0] for row in rows}) if len(rows) <= most else []


def _claims(connection: sqlite3.Connection, url: str) -> list[str]:
    """Articles that a URL's page calls its own address, and those whose pages call it theirs."""
    rows = connection.execute(_CLAIMS, {"url": url, "most": _MANY + 2})
    return [row[0] for row in rows]


def _texts(connection: sqlite3.Connection, url: str) -> list[tuple[str, int]]:
    """Other URLs of the site under which a text of this one stood, with the length of the text."""
    rows = connection.execute(_TEXTS, {"url": url, "most": _MANY + 2})
    return [(row[0], row[1]) for row in rows]


_T = TypeVar("_T")


def _few(found: list[_T]) -> list[_T]:
    return found if len(found) <= _MANY else []


# In an order, so that the same ones are found whatever the order of the rows.
_LEADS_TO = """SELECT DISTINCT redirect_to, url FROM captures WHERE url_key = ? AND redirect_to IS NOT NULL
    ORDER BY 1, 2 LIMIT ?"""
_LED_FROM = "SELECT DISTINCT url FROM captures WHERE redirect_to = ? ORDER BY 1 LIMIT ?"
_CLAIMS = """SELECT there FROM (
        SELECT canonical_url AS there FROM documents WHERE url = :url AND kind = 'article'
            AND canonical_url <> url
            AND EXISTS (SELECT 1 FROM article_documents WHERE url = documents.canonical_url)
        UNION
        SELECT url FROM documents WHERE canonical_url = :url AND kind = 'article' AND canonical_url <> url
    ) ORDER BY 1 LIMIT :most"""
_TEXTS = """SELECT there.url, max(length(documents.text)) FROM article_documents AS here
    CROSS JOIN article_documents AS there
        ON there.text_key = here.text_key AND there.site IS here.site AND there.url <> here.url
    CROSS JOIN documents ON documents.id = there.document_id
    WHERE here.url = :url GROUP BY there.url ORDER BY there.url LIMIT :most"""
