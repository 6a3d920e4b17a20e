"""Traps that show themselves only over many pages: endless calendars, facets, sessions. No I/O.

    a page was read -> learn(): was it fruitful?     a link is about to be fetched -> refusal(): any credit?

URLs are counted by *shape*: the path with digits, month names and hexadecimal strings folded, and the names
of the parameters, so that every month of a calendar is one shape and an article with words in its address
one of its own. A page is *fruitful* when it shows something that this run has not seen on the site: two
paragraphs of prose, or three links of other shapes than its own. Articles and lists of articles are; the
month of a calendar, another order of the same list, a login form for each page are not.

A shape may be barren ``BUDGET`` times, and ``CREDIT`` more times for each fruitful page. The decision falls
when a URL is to be fetched and not when it is found: a list names a hundred articles of
``artikel.php?id=...`` before the first of them has been read. What is refused is recorded with its reason.
Pages that a feed or a sitemap names are never refused here, nor are seeds, lists and their further pages,
which have bounds of their own.

Memory: fixed numbers of shapes, hashes and lists; the oldest are forgotten, and a trap is never old. The same
pages in the same order give the same answers. A run that is killed forgets, and a trap costs its budget anew.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from crawler.task import Task
from crawler.variants import list_of

BUDGET = 100
"""Barren pages of one shape: eight years of a calendar's months, or more topics than a small outlet has."""
QUERIES = 300
"""Barren pages of one path with any parameters: ten filters make a thousand shapes of a single page."""
CREDIT = 4
"""A shape of which each fifth page tells something new is read to its end."""
LIST_PAGES = 50
"""Further pages of one list in a round: with 20 articles a page the newest 1,000 of a section."""
NEW_PARAGRAPHS = 2
NEW_LINKS = 3

LONG = 512
"""Characters from which a URL is not remembered."""

_V = TypeVar("_V")
_JUDGED = 20_000
_SHAPES = 4_096
_SEEN = 100_000
_LISTS = 256
_LIST_LINKS = 2_000

_MONTH = (
    r"(?<![^\W\d_])(?:jan(?:uar|uary)?|feb(?:ruar|ruary)?|m(?:ä|ae|%C3%A4)rz|march|apr(?:il)?|mai|may|juni?|june"
    r"|juli?|july|aug(?:ust)?|sept?(?:ember)?|o[kc]t(?:ober)?|nov(?:ember)?|de[zc](?:ember)?)(?![^\W\d_])"
)
_FOLDED = re.compile(rf"{_MONTH}|[0-9a-f]{{12,}}|\d+", re.IGNORECASE)


def shape_of(url: str) -> str:
    """The form of a URL: ``/kalender/2031/05/?tag=1`` is ``/kalender/0/0/?tag``."""
    parts = urlsplit(url)
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair})
    return parts.netloc + _FOLDED.sub("0", parts.path) + ("?" + "&".join(names) if names else "")


@dataclass(slots=True)
class _Shape:
    barren: int = 0
    fruitful: int = 0

    def spent(self, budget: int) -> bool:
        return self.barren >= budget + CREDIT * self.fruitful


@dataclass(slots=True)
class _List:
    """One list of a site: its further pages that were let in, and the links that its pages showed."""

    pages: set[int] = field(default_factory=set)
    shown: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Traps:
    """What a run remembers of one site in order to leave its traps."""

    left_out: Counter[str] = field(default_factory=Counter)
    """How many links were left out without a row, by reason."""
    _judged: OrderedDict[str, str | None] = field(default_factory=OrderedDict)
    _shapes: OrderedDict[str, _Shape] = field(default_factory=OrderedDict)
    _seen: OrderedDict[int, None] = field(default_factory=OrderedDict)
    _lists: OrderedDict[str, _List] = field(default_factory=OrderedDict)

    def judged(self, url: str) -> bool:
        """Whether the scope has judged a link before: the frontier was offered it, or it was left out."""
        if url not in self._judged:
            return False
        why = self._judged[url]
        if why is not None:
            self.left_out[why] += 1
        return True

    def judge(self, url: str, left_out: str | None = None) -> None:
        """A link was judged: it is offered, or left out without a row for a reason."""
        if left_out is not None:
            self.left_out[left_out] += 1
        if len(url) < LONG:
            self._judged[url] = left_out
            if len(self._judged) > _JUDGED:
                self._judged.popitem(last=False)

    def refusal(self, task: Task) -> str | None:
        """Why a task is not carried out, None when it may be."""
        if task.kind != "link":
            return None
        shape, whole = _keys(task.url)
        known = self._shapes.get(shape)
        if known is not None and known.spent(BUDGET):
            return f"a trap: {known.barren} pages of the form {shape} told nothing new"
        known = self._shapes.get(whole) if whole else None
        if known is not None and known.spent(QUERIES):
            return f"a trap: {known.barren} pages of the form {whole} told nothing new"
        return None

    def learn(self, url: str, links: Iterable[str], prose: Iterable[int]) -> None:
        """A page was read: its canonical links, and a number for each of its long paragraphs."""
        shape, whole = _keys(url)
        paragraphs = sum(self._new(number) for number in prose)
        others = 0
        for link in links:
            number = _number(link)
            if number not in self._seen and self._new(number):  # most links stand on every page
                others += self._promises(link, shape)
        fruitful = paragraphs >= NEW_PARAGRAPHS or others >= NEW_LINKS
        for key in filter(None, (shape, whole)):
            known = _held(self._shapes, key, _Shape, _SHAPES)
            known.fruitful += fruitful
            known.barren += not fruitful

    def _promises(self, link: str, shape: str) -> bool:
        """Whether a link leads to another kind of page, and not to one that has told nothing so far."""
        other = shape_of(link)
        known = self._shapes.get(other)
        # Another query of the same path is another view of the same things.
        alike = other.partition("?")[0] == shape.partition("?")[0]
        return not alike and not (known is not None and known.spent(BUDGET))

    def _new(self, number: int) -> bool:
        """Whether a paragraph or link was not seen; it has been from now on."""
        if number in self._seen:
            return False
        self._seen[number] = None
        if len(self._seen) > _SEEN:
            self._seen.popitem(last=False)
        return True

    def further(self, url: str, links: Iterable[str], pages: Iterable[str]) -> dict[str, str | None]:
        """Why each further page of a list is not read, None when it may be.

        ``url`` is a page of the list, ``links`` what it shows, ``pages`` the further pages that it names.
        """
        known = _held(self._lists, list_of(url), _List, _LISTS)
        shown = {_number(link) for link in links}
        stale = bool(known.shown) and shown <= known.shown
        if len(known.shown) < _LIST_LINKS:
            known.shown |= shown
        answers: dict[str, str | None] = {}
        for page in pages:
            number = _number(page)
            if number in known.pages:
                answers[page] = None
            elif stale:
                answers[page] = "the page of the list before it showed nothing new"
            elif len(known.pages) >= LIST_PAGES:
                answers[page] = f"only {LIST_PAGES} further pages of a list are read"
            else:
                known.pages.add(number)
                answers[page] = None
        return answers


def _keys(url: str) -> tuple[str, str | None]:
    """The shape of a URL, and that of its path with any parameters."""
    shape = shape_of(url)
    path, mark, _ = shape.partition("?")
    return shape, f"{path}?*" if mark else None


def _held(known: OrderedDict[str, _V], key: str, make: type[_V], most: int) -> _V:
    found = known.get(key)
    if found is None:
        found = known[key] = make()
        if len(known) > most:
            known.popitem(last=False)
    else:
        known.move_to_end(key)
    return found


def _number(url: str) -> int:
    return _known_hash(url) if len(url) < LONG else _hash(url)


def _hash(text: str) -> int:
    # Not hash(): its seed differs between processes, and a collision would then come and go.
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


_known_hash = lru_cache(maxsize=8_192)(_hash)
