"""Crawls of the small site that something befalls, and the checks of what is left.

    archive -> trouble -> what is kept, is it there? -> trouble ... -> a crawl to the end -> all checks

A chain of troubles befalls one archive; it ends when a crawl comes to its end before its trouble does.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.layout import Layout
from archive.warc.members import MemberWalk
from archive.warc.names import DURABLE, OPEN, files
from archive.warc.seal import file_sha256, manifest
from crawler.cli.init import create
from tests.crawler.injection import Injection
from tests.crawler.powerloss import calls
from tests.crawler.running import SECONDS, Broken, Running
from tests.crawler.small_site import OUTLETS, SmallSite
from tests.crawler.support import rows
from tests.crawler.volume import Volume
from tests.index.support import dump

Place = tuple[str, int]
"""Name of a WARC file, offset."""


@dataclass
class Kept:
    """What crawl.db calls kept: it may never be lost, and in its round never be asked for again."""

    records: dict[str, Place] = field(default_factory=dict)
    urls: set[str] = field(default_factory=set)  # of the rounds that are open


def kept(layout: Layout) -> Kept:
    """What is kept now."""
    if not layout.crawl_db.exists() or not rows(layout.crawl_db, "SELECT 1 FROM sqlite_master"):
        return Kept()
    found = rows(
        layout.crawl_db,
        "SELECT url, record_id, warc, offset, finished_at IS NULL AND urls.round = rounds.round FROM urls"
        " JOIN rounds USING (site) WHERE state IN ('kept', 'expanded') AND record_id IS NOT NULL",
    )
    return Kept({r[1].strip("<>"): (r[2], r[3]) for r in found}, {r[0] for r in found if r[4]})


def known(layout: Layout) -> dict[Place, str]:
    """The records that the databases know of, and which of the two does."""
    found: dict[Place, str] = {}
    if layout.crawl_db.exists() and rows(layout.crawl_db, "SELECT 1 FROM sqlite_master"):
        for sql in ("SELECT warc, offset FROM urls", "SELECT body_warc, body_offset FROM urls"):
            found |= {(w, o): "crawl.db" for w, o in rows(layout.crawl_db, sql) if w is not None}
    if layout.index.exists() and rows(layout.index, "SELECT 1 FROM sqlite_master"):
        found |= dict.fromkeys(rows(layout.index, "SELECT warc, offset FROM captures"), "the index")
    return found


def written(layout: Layout) -> dict[Place, str]:
    """The record id of each whole record that stands in the WARC files, those of open files too."""
    found: dict[Place, str] = {}
    for path in sorted([*layout.warc.glob("*.warc.gz"), *layout.warc.glob(f"*{OPEN}")]):
        name = path.name.removesuffix(OPEN)
        for member in MemberWalk(path):
            found[name, member.offset] = (member.get("warc-record-id") or "").strip("<>")
    return found


def pages(layout: Layout) -> dict[str, tuple[Any, ...]]:
    """Id, kind, title, lead and text of each page, by URL."""
    found = rows(layout.index, "SELECT url, id, kind, title, lead, text FROM documents")
    return {row[0]: row[1:] for row in found}


@dataclass
class Bench:
    """A site that is served, and what an undisturbed crawl of it gives and takes."""

    site: SmallSite
    work: Path
    pages: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    seconds: float = 0.0  # of the undisturbed crawl, to its last process's end
    busy: float = 0.0  # of these, from the first request on
    calls: Mapping[tuple[str, str], int] = field(
        default_factory=dict
    )  # system calls on WARC files: (call, kind)
    sizes: dict[str, int] = field(default_factory=dict)  # pages of crawl.db and the index
    space: int = 0  # bytes that it needs, about

    def archive(self, place: Path) -> Layout:
        """A new archive over both outlets; ``place`` may be an empty directory."""
        layout = Layout(place)
        create(layout)
        for name in OUTLETS:
            (layout.sites / f"{name}.toml").write_text(self.site.site_file(name), encoding="utf-8")
        return layout

    def measure(self) -> None:
        """The undisturbed crawl."""
        layout = self.archive(self.work / "undisturbed")
        trace = self.work / "undisturbed.trace"
        running = self.start(layout, Injection(trace=str(trace)))
        first = self.first_request(running)
        if (code := running.end()) != 0:
            raise Broken(f"the undisturbed crawl ends with code {code}: {running.said}")
        self.seconds, self.busy = time.monotonic() - running.began, time.monotonic() - first
        self.pages = pages(layout)
        self.space = 2 * sum(path.stat().st_size for path in layout.root.rglob("*") if path.is_file())
        self.calls = Counter((c["call"], c["kind"]) for c in calls(trace))
        self.sizes = {
            "crawl": rows(layout.crawl_db, "PRAGMA page_count")[0][0],
            "index": rows(layout.index, "PRAGMA page_count")[0][0],
        }

    def start(self, layout: Layout, injection: Injection, *arguments: str) -> Running:
        """``gazette crawl``, or another verb."""
        return Running.start(layout, injection, self.work / f"{layout.root.name}.err", *arguments)

    def first_request(self, running: Running) -> float:
        """Wait until the site hears of a crawl, or the crawl has ended: the monotonic time."""
        before = len(self.site.requests)
        while running.alive and len(self.site.requests) == before:
            if time.monotonic() > running.began + SECONDS:
                break
            time.sleep(0.002)
        return time.monotonic()


@dataclass
class Patient:
    """An archive under troubles, and what it may never lose."""

    bench: Bench
    layout: Layout
    chance: random.Random
    volume: Volume | None = None  # that it lies on
    kept: Kept = field(default_factory=Kept)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """What was kept before the block must not be asked for in it, if the round was open."""
        since = len(self.bench.site.requests)
        yield
        again = Counter(url for url in self.bench.site.asked(since) if url in self.kept.urls)
        if again:
            raise Broken(f"kept and fetched again: {', '.join(sorted(again)[:3])} ({len(again)} URLs)")

    def look(self) -> None:
        """Between two runs: nothing kept is lost, and no database knows what the WARC files lack."""
        now = kept(self.layout)
        self.kept = Kept(self.kept.records | now.records, now.urls)
        there = written(self.layout)
        self._look_for(there)
        if beyond := {place: who for place, who in known(self.layout).items() if place not in there}:
            (name, offset), who = min(beyond.items())
            raise Broken(f"{who} knows {len(beyond)} records that WARC lacks: {name}@{offset}")

    def _look_for(self, there: dict[Place, str]) -> None:
        lost = [p for record, p in self.kept.records.items() if there.get(p) != record]
        if lost:
            raise Broken(f"{len(lost)} kept records lost: {lost[0][0]}@{lost[0][1]}")

    def finish(self) -> None:
        """Crawl to the end."""
        with self.asking():
            running = self.bench.start(self.layout, Injection(index_every=2.0))
            code = running.end()
        if code != 0:
            raise Broken(f"the last run ends with code {code}: {running.said[-300:]}")

    def check(self) -> None:
        """After a crawl that came to its end: everything."""
        self.look()
        self._whole()
        self._same_pages()
        self._same_index()

    def _whole(self) -> None:
        listed = manifest(self.layout.warc)
        for file in files(self.layout.warc):
            walk = MemberWalk(file.path)
            count = sum(1 for _ in walk)
            if not file.sealed or walk.problem is not None or count == 0:
                raise Broken(f"{file.name}: sealed {file.sealed}, {count} members, {walk.problem}")
            if listed.get(file.name) != file_sha256(file.path):
                raise Broken(f"{file.name}: the manifest says {listed.get(file.name)}")
        if left := [*self.layout.warc.glob(f"*{DURABLE}"), *self.layout.warc.glob(f"*{OPEN}")]:
            raise Broken(f"{left[0].name} is left over")
        if extra := listed.keys() - {file.name for file in files(self.layout.warc)}:
            raise Broken(f"{min(extra)}: in the manifest, but not on the disk")

    def _same_pages(self) -> None:
        found, expected = pages(self.layout), self.bench.pages
        if found != expected:
            missing, extra = expected.keys() - found.keys(), found.keys() - expected.keys()
            other = [url for url in found.keys() & expected.keys() if found[url] != expected[url]]
            raise Broken(
                f"pages: {len(missing)} missing, {len(extra)} more, {len(other)} others: "
                f"{', '.join(sorted([*missing, *extra, *other])[:3])}"
            )

    def _same_index(self) -> None:
        live = dump(self.layout)
        running = self.bench.start(self.layout, Injection(), "index", "--rebuild", "--workers", "1")
        if (code := running.end()) != 0:
            raise Broken(f"gazette index --rebuild ends with code {code}: {running.said[-300:]}")
        if (built := dump(self.layout)) != live:
            odd = Counter(live)
            odd.subtract(Counter(built))
            first = next(row for row, count in odd.items() if count)
            raise Broken(
                f"the index is not the one that is rebuilt: {len(live)} rows, {len(built)}: {first!r:.200}"
            )

    def clean_end(self, running: Running, code: int, expected: int) -> None:
        """The stop was clean: its code, one line that says why, no traceback."""
        lines = running.said.splitlines()
        if code != expected:
            raise Broken(f"code {code} instead of {expected}: {running.said[-300:]}")
        if len(lines) != 1 or not lines[0].startswith("gazette: ") or re.search("Traceback|bug", lines[0]):
            raise Broken(f"no clean word on stderr: {running.said[-300:]!r}")
