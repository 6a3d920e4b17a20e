"""Two crawls a simulated day apart, and what the second one stored, by the WARC records themselves."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from archive.db import open_writer
from archive.layout import Layout
from archive.urls import canonical
from archive.warc.http import parse_head
from archive.warc.members import Member, MemberWalk
from archive.warc.names import files
from crawler.samples.loopback import App, Loopback, OnLoopback, Resource

DAY = 86_400.0
MOST = 1_536
"""Bytes of WARC that an unchanged page may cost: all records of its exchange."""
SHARE = 0.05
"""Of the first crawl's bytes, for a second one that finds nothing changed on pages of 44 KB."""


def later(layout: Layout, seconds: float = DAY) -> None:
    """Let the crawler's memory be older by so much, as if the clock had gone on."""
    connection = open_writer(layout.crawl_db)
    try:
        for column in ("first_at", "visited_at", "visit_at"):
            connection.execute(f"UPDATE entries SET {column} = {column} - ?", (seconds,))
    finally:
        connection.close()


@dataclass
class Exchanged:
    """What one exchange left in a WARC file."""

    url: str = ""
    bytes: int = 0  # of all its members, as they lie in the file
    by_type: dict[str, int] = field(default_factory=dict)
    kind: str = ""  # response or revisit
    status: int = 0
    digest: str = ""
    payload: int = 0  # bytes of the block behind the head


@dataclass(frozen=True)
class Second:
    """What the second crawl stored."""

    first_bytes: int
    bytes: int
    unchanged: tuple[Exchanged, ...]  # pages that are as they were
    changed: tuple[Exchanged, ...]  # answers 200 with another payload, or of a new URL

    @property
    def stored_again(self) -> tuple[Exchanged, ...]:
        """Unchanged pages of which a payload byte was stored: there must be none."""
        return tuple(one for one in self.unchanged if one.payload or one.kind != "revisit")

    @property
    def dearest(self) -> int:
        """Bytes of the unchanged page that cost most."""
        return max((one.bytes for one in self.unchanged), default=0)


def second_crawl(layout: Layout, first: set[str]) -> Second:
    """Compare the files of a second crawl with those, by name, that were there before."""
    kept: dict[str, set[str]] = defaultdict(set)
    for one in _exchanges(layout, lambda name: name in first):
        if one.status == 200:
            kept[one.url].add(one.digest)
    unchanged, changed = [], []
    for one in _exchanges(layout, lambda name: name not in first):
        if one.status == 304 or (one.status == 200 and one.digest in kept[one.url]):
            unchanged.append(one)
        elif one.status == 200:
            changed.append(one)
    sizes = {file.name: file.path.stat().st_size for file in files(layout.warc)}
    old = sum(size for name, size in sizes.items() if name in first)
    return Second(old, sum(sizes.values()) - old, tuple(unchanged), tuple(changed))


def _exchanges(layout: Layout, wanted: Callable[[str], bool]) -> list[Exchanged]:
    found: defaultdict[str, Exchanged] = defaultdict(Exchanged)
    for file in files(layout.warc):
        for member in MemberWalk(file.path) if wanted(file.name) else ():
            kind = member.get("warc-type") or ""
            if kind in ("metadata", "request", "response", "revisit"):
                anchor = member.get("warc-concurrent-to") or member.get("warc-record-id") or ""
                _add(found[anchor], member, kind)
    return [one for one in found.values() if one.kind]


def _add(one: Exchanged, member: Member, kind: str) -> None:
    one.bytes += member.length
    one.by_type[kind] = member.length
    head = parse_head(member.block_head) if kind in ("response", "revisit") else None
    if head is not None:
        one.kind, one.status = kind, head.status
        one.url = canonical(member.get("warc-target-uri") or "") or ""
        one.digest = member.get("warc-payload-digest") or ""
        one.payload = member.block_size - head.body_start


class LargePages(OnLoopback):
    """An outlet of pages with 44 KB gzipped, none of which ever changes; with or without validators."""

    def __init__(self, pages: int, *, validators: bool) -> None:
        self._loopback = Loopback({"large": 0})
        self._pages = pages
        self._modified = datetime(2026, 3, 1, tzinfo=UTC) if validators else None
        self.base = self._loopback.base_urls["large"]

    def _apps(self) -> dict[str, App]:
        urls = [f"/lokales/artikel-ueber-den-stadtrat-{100_000 + n}.html" for n in range(self._pages)]
        made = {url: self._article(n) for n, url in enumerate(urls)}
        links = "".join(f'<li><a href="{url}">Artikel</a></li>' for url in urls)
        made["/"] = self._resource(f"<!doctype html><title>Start</title><ul>{links}</ul>")
        gone = Resource(b"gone", "text/plain", 404)
        return {"large": lambda path: made.get(path, gone)}

    def _article(self, number: int) -> Resource:
        chance = random.Random(number)
        words = [f"{chance.getrandbits(32):x}" for _ in range(1_500)]
        # As much of a real page's markup is: some of it told once, most of it again and again.
        text = "".join(
            f'<p class="article__paragraph article__paragraph--lead">{" ".join(line)}</p>\n'
            for line in (chance.choices(words, k=14) for _ in range(950))
        )
        meta = '<meta property="article:published_time" content="2026-03-01T08:00:00+01:00">'
        return self._resource(f"<!doctype html><head>{meta}<title>{number}</title></head><body>{text}</body>")

    def _resource(self, html: str) -> Resource:
        return Resource(html.encode(), "text/html; charset=utf-8", modified=self._modified, gzip=True)

    def site_file(self) -> str:
        return f'seeds = ["{self.base}/"]\ndelay = 0\nallow_private = true\n'
