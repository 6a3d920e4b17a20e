"""crawl.db built again from WARC files, when it is lost: the state of each URL, the rounds, the log of runs.

    WARC files, in order -> metadata + response or revisit -> what the crawl kept then -> crawl.db.new

What was queued, refused or failed left no capture: the next round finds it again. It plans the visits of
what is there.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from archive.db import failure_of, open_reader
from archive.errors import NoArchive
from archive.layout import Layout
from archive.types import Capture, Page, RecordRef
from archive.urls import canonical
from archive.warc.blocks import next_record
from archive.warc.coding import content_codings, decode_body
from archive.warc.http import Head, parse_head, payload
from archive.warc.members import Member, MemberWalk
from archive.warc.names import WarcFile, files
from archive.warc.reader import parse_date, warc_fields
from archive.warc.seal import failure_of as file_failure
from archive.warc.seal import sync_directory
from crawler.articles import page_of
from crawler.crawldb import CrawlDb
from crawler.crawlschema import MIGRATIONS
from crawler.discover import offer
from crawler.rights import FILES
from crawler.robots import tells
from crawler.task import REQUISITE, Kept, Offer
from crawler.visits import FOUND_BY_LINKS

_BATCH = 1_000
_READ = 1 << 20  # decoded bytes of a page that are looked at for what it is
_BESIDE = ("-wal", "-shm", "")
"""Ends of the names of a database's files. The log goes first: a new database would take it for its own."""
_KINDS = {"/robots.txt": "robots", **dict.fromkeys(FILES, "rights")}
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})


@dataclass(frozen=True, slots=True)
class Found:
    """A URL that a run of the crawler fetched, as its records tell it."""

    site: str
    run: str
    offer: Offer
    kept: Kept
    page: str | None  # what it is to visits; None: the record doesn't tell
    size: int  # bytes of the record's block


@dataclass(slots=True)
class _Run:
    """What the files tell of a run."""

    started: datetime
    ended: datetime
    fetched: dict[str, int] = field(default_factory=dict)  # by site
    bytes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was built."""

    captures: int
    urls: int
    sites: tuple[str, ...]
    runs: int
    problems: tuple[str, ...]  # damage that was stepped over, each with file@offset
    moved: str | None = None  # the name under which the old file stands now


def condition(path: Path) -> str | None:
    """Why a crawl.db can't be used, None when it can. Raises NoArchive when it is of a version to come."""
    if not path.exists():
        return "it is missing"
    if path.stat().st_size == 0:  # opening it would delete a log beside it
        return "it is empty"
    try:
        connection = open_reader(path)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > len(MIGRATIONS):
                raise NoArchive(f"{path}: of version {version}, this Gazette reads {len(MIGRATIONS)}")
            if version == 0:
                return "it is empty"
            (first,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            for table in ("urls", "rounds", "runs", "run_sites"):
                connection.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            raise failure_of(path, error) from error
        return f"it is damaged: {error}"
    return None if first == "ok" else f"it is damaged: {first}"


def restore(layout: Layout, on_progress: Callable[[int, int], None] = lambda done, total: None) -> Restored:
    """Build crawl.db from all WARC files of the archive; an old one is kept as crawl.db.lost-N.

    To be called under the locks of all sites. ``on_progress`` is told bytes read, of how many. Raises
    DiskFull or ArchiveError; crawl.db is as it was then.
    """
    path = layout.crawl_db
    new = path.with_name(path.name + ".new")
    try:
        _remove(new)
        db = CrawlDb(new)
        try:
            restored = _fill(db, layout.warc, on_progress)
        finally:
            db.close()
        moved = _move_aside(path)
        new.replace(path)
        sync_directory(path.parent)
    except sqlite3.Error as error:
        raise failure_of(new, error) from error
    except OSError as error:
        raise file_failure(new, error) from error
    return dataclasses.replace(restored, moved=moved)


def _remove(path: Path) -> None:
    for end in _BESIDE:
        path.with_name(path.name + end).unlink(missing_ok=True)


def _move_aside(path: Path) -> str | None:
    """Rename a database and its log, if there are any."""
    present = [end for end in _BESIDE if path.with_name(path.name + end).exists()]
    if not present:
        return None
    number = 1
    while any(path.with_name(f"{path.name}.lost-{number}{end}").exists() for end in _BESIDE):
        number += 1
    name = f"{path.name}.lost-{number}"
    for end in present:
        path.with_name(path.name + end).rename(path.with_name(name + end))
    return name


def _fill(db: CrawlDb, warc_dir: Path, on_progress: Callable[[int, int], None]) -> Restored:
    present = files(warc_dir)
    total = sum(file.durable for file in present)
    runs: dict[str, _Run] = {}
    problems: list[str] = []
    captures = done = 0
    for file in present:
        found = _captures(file, runs, problems)
        while batch := list(islice(found, _BATCH)):
            db.restore((one.site, one.run, one.offer, one.kept, one.page) for one in batch)
            captures += len(batch)
            on_progress(done + batch[-1].kept.ref.offset, total)
        done += file.durable
        on_progress(done, total)
    sites = _log(db, runs)
    (urls,) = db.connection.execute("SELECT count(*) FROM entries").fetchone()
    return Restored(captures, urls, sites, len(runs), tuple(problems))


def _log(db: CrawlDb, runs: dict[str, _Run]) -> tuple[str, ...]:
    """Write the log of runs, and each site's last run as a finished first round. Gives the sites' names."""
    last: dict[str, _Run] = {}
    for name, run in sorted(runs.items(), key=lambda pair: (pair[1].started, pair[0])):
        sites = {site: (count, run.bytes[site]) for site, count in run.fetched.items()}
        db.runs.restore(name, run.started, run.ended, sites)
        last.update(dict.fromkeys(sites, run))
    for site, run in last.items():
        db.begin_round(site, run.started)
        db.finish_round(site, run.ended)
    return tuple(sorted(last))


def _captures(file: WarcFile, runs: dict[str, _Run], problems: list[str]) -> Iterator[Found]:
    """What the whole records of a file tell, and of which runs; behind damage it goes on."""
    began: dict[str, datetime] = {}  # by run, as the file's warcinfo says
    about: dict[str, dict[str, str]] = {}
    for member in _members(file, problems):
        kind = (member.get("warc-type") or "").lower()
        if kind == "warcinfo":
            fields = warc_fields(member.block_head)
            if (date := parse_date(fields.get("created"))) is not None:
                began[fields.get("isPartOf", "")] = date
        elif kind == "metadata":
            fields = warc_fields(member.block_head)
            known = _note(runs, fields, member, began)
            about = {member.get("warc-concurrent-to") or "": fields} if known else {}
        elif kind in ("response", "revisit"):
            found = _found(member, file.name, about.get(member.get("warc-record-id") or "", {}))
            if found is not None:
                if not found.offer.beside:
                    run = runs[found.run]
                    run.fetched[found.site] += 1
                    run.bytes[found.site] += found.size
                yield found


def _members(file: WarcFile, problems: list[str]) -> Iterator[Member]:
    start: int | None = 0
    while start is not None:
        walk = MemberWalk(file.path, start, file.durable)
        yield from walk
        if walk.problem is None:
            return
        problems.append(f"{file.name}@{walk.offset}: {walk.problem}")
        start = next_record(file.path, walk.offset + 1, file.durable)


def _note(runs: dict[str, _Run], fields: dict[str, str], member: Member, began: dict[str, datetime]) -> bool:
    """Note the run and site that a metadata record names, also when no response came; False if it doesn't."""
    site, name, date = fields.get("site"), fields.get("run"), parse_date(member.get("warc-date"))
    if site is None or name is None or date is None:
        return False
    run = runs.setdefault(name, _Run(began.get(name, date), date))
    run.ended = max(run.ended, date)
    run.fetched.setdefault(site, 0)
    run.bytes.setdefault(site, 0)
    return True


def _found(member: Member, name: str, about: dict[str, str]) -> Found | None:
    """What the crawl kept of an exchange; None when its records don't tell a URL, a site and a run."""
    site, run = about.get("site"), about.get("run")
    url = canonical((member.get("warc-target-uri") or "").strip("<>"))
    date, record_id = parse_date(member.get("warc-date")), member.get("warc-record-id")
    head = parse_head(member.block_head)
    cut = member.get("warc-truncated") is not None
    if site is None or run is None or url is None or date is None or record_id is None or head is None:
        return None
    if cut and head.body_start >= member.block_size:
        return None  # cut within its head: the crawl took it for a failure
    hops = about.get("hopsFromSeed", "")
    embedded = hops.rstrip("R").endswith("E")
    kind = _KINDS.get("/" + url.partition("://")[2].partition("/")[2], REQUISITE if embedded else "link")
    kept = Kept(
        ref=RecordRef(name, member.offset, member.length),
        record_id=record_id.strip("<>"),
        status=head.status,
        mime=(_last(head, "content-type") or "").partition(";")[0].strip().lower() or None,
        payload_digest=member.get("warc-payload-digest"),
        fetched_at=date,
        # A page that was cut is fetched whole next time, not asked for by its validators.
        etag=None if cut else _last(head, "etag"),
        last_modified=None if cut else _last(head, "last-modified"),
        whole=(member.get("warc-type") or "").lower() == "response"
        and (kind != "robots" or _tells(head, member)),
    )
    made = offer(url, kind, depth=hops.count("L"), hops=hops, via=about.get("via"))
    return Found(site, run, made, kept, _page(member, head, url, kept, made), member.block_size)


def _page(member: Member, head: Head, url: str, kept: Kept, made: Offer) -> str | None:
    """What a page is to visits, by as much of it as the walk has at hand."""
    if not kept.whole or not 200 <= kept.status < 300 or made.kind not in FOUND_BY_LINKS:
        return None
    codings = [c for k, v in head.headers if k.lower() == "content-encoding" for c in content_codings(v)]
    body = decode_body(payload(member.block_head, head), codings[:4], _READ)
    capture = Capture(kept.record_id, kept.ref, url, kept.fetched_at, kept.status, kept.mime, None)
    return page_of(Page(capture, head.headers, body), made.kind, listed=False)


def _tells(head: Head, member: Member) -> bool:
    """Whether an answer to robots.txt counts, as the crawl judges it: others must not hide the older one."""
    return tells(head.status) and member.get("warc-truncated") in (None, "length")


def _last(head: Head, name: str) -> str | None:
    # Of a header that is repeated the crawl uses the last value.
    return next((value for key, value in reversed(head.headers) if key.lower() == name), None)
