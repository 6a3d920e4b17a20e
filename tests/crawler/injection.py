"""``python -m tests.crawler.injection ARGS``: gazette, with errors of the disk in its crawling process.

$GAZETTE_INJECT, one JSON object, says what breaks: see Injection. The crawling process is reached by a
spider loader, which Scrapy makes before the spider opens the archive.
"""

from __future__ import annotations

import dataclasses
import errno
import functools
import itertools
import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader

from archive.index import jobs
from archive.layout import Layout
from crawler import opening
from crawler.cli import crawl, crawling, main

VARIABLE = "GAZETTE_INJECT"
CALLS = ("write", "pwrite", "fsync", "fdatasync", "ftruncate", "link", "unlink")

SYNCS = ("fsync", "fdatasync")

Observer = Callable[..., Any]
"""Called instead of a function of ``os``: (the function, its name, kind of the file, path, arguments)."""


@dataclass(frozen=True)
class Injection:
    """What is to break, and when. Counts begin with 1."""

    call: str = ""  # one of CALLS, or "sync"; of a database "pages", "sql", or words of a statement
    of: str = ""  # warc, durable, manifest, directory; crawl or index for a database
    at: int = 0  # the call that breaks; for "pages": the size to which the database may grow
    code: int = 0  # errno, or SQLite's error code
    once: bool = False  # only that call; otherwise all from then on, as long as the process lives
    index_every: float = 0.2  # seconds; short, so that the index follows the crawl closely
    file_size: int = 40_000  # bytes at which a WARC file is sealed: several in one crawl
    mark: str = ""  # path of a file that is made when a call breaks
    trace: str = ""  # path of the log that powerloss reads; what would break is when the power fails
    records_only: bool = False  # the index takes records in and extracts none: it can't be closer behind

    @classmethod
    def of_environment(cls) -> Self:
        return cls(**json.loads(os.environ.get(VARIABLE, "{}")))

    def environment(self) -> dict[str, str]:
        return {VARIABLE: json.dumps(dataclasses.asdict(self))}


def kind_of(path: str) -> str | None:
    """What the archive keeps in a file; None for files that are none of the WARC writer's."""
    if path.endswith((".warc.gz.open", ".warc.gz")):
        return "warc"
    if path.endswith(".durable"):
        return "durable"
    if path.endswith("manifest-sha256.txt"):
        return "manifest"
    return "directory" if path.endswith("/warc") else None


def observe(observer: Observer) -> None:
    """Put ``observer`` between this process and what it does to WARC files and their directory."""
    paths: dict[int, str] = {}
    original = {name: getattr(os, name) for name in (*CALLS, "open", "close")}

    def opened(path: Any, *arguments: Any, **named: Any) -> int:
        descriptor: int = original["open"](path, *arguments, **named)
        text = str(path)
        if kind_of(text):
            paths[descriptor] = text
        return descriptor

    def closed(descriptor: int) -> None:
        paths.pop(descriptor, None)
        original["close"](descriptor)

    def watched(name: str) -> Callable[..., Any]:
        function = original[name]

        def call(first: Any, *arguments: Any, **named: Any) -> Any:
            path = paths.get(first, "") if isinstance(first, int) else str(first)
            kind = kind_of(path)
            if kind is None:
                return function(first, *arguments, **named)
            return observer(function, name, kind, path, first, *arguments)

        return call

    os.open, os.close = opened, closed  # type: ignore[assignment]
    for name in CALLS:
        setattr(os, name, watched(name))


def breaking_calls(injection: Injection) -> Observer:
    """Fails as a disk does: without space, half of the data is written before the error comes."""
    calls = itertools.count(1)
    torn = [injection.code == errno.ENOSPC]

    def observer(function: Callable[..., Any], name: str, kind: str, path: str, *arguments: Any) -> Any:
        if not meant(injection, name, kind) or not _due(next(calls), injection):
            return function(*arguments)
        struck(injection)
        if name == "write" and torn.pop():
            torn.append(False)
            return function(arguments[0], arguments[1][: len(arguments[1]) // 2])
        raise OSError(injection.code, os.strerror(injection.code), path)

    return observer


def meant(injection: Injection, name: str, kind: str) -> bool:
    """Whether a call is one of those that are counted."""
    return kind == injection.of and (name in SYNCS if injection.call == "sync" else name == injection.call)


def struck(injection: Injection) -> None:
    """Tell the process that waits for it that the error has come."""
    Path(injection.mark).touch()


def _due(count: int, injection: Injection) -> bool:
    return count == injection.at or (count > injection.at and not injection.once)


def break_database(injection: Injection) -> None:
    """Let the n-th of some statements on a database fail, or let its file grow only so far."""
    calls = itertools.count(1)
    connect = sqlite3.connect

    class Breaking(sqlite3.Connection):
        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            strike(sql)
            return super().execute(sql, *arguments)

        def executemany(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            strike(sql)
            return super().executemany(sql, *arguments)

    def strike(sql: str) -> None:
        writes = sql.split(" ")[0].strip() in ("BEGIN", "INSERT", "UPDATE", "CREATE")
        mine = writes if injection.call == "sql" else injection.call in sql
        if injection.call != "pages" and mine and _due(next(calls), injection):
            struck(injection)
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = injection.code
            error.sqlite_errorname = "SQLITE_IOERR"
            raise error

    def connected(path: Any, *arguments: Any, **named: Any) -> sqlite3.Connection:
        text = str(path)
        mine = text.endswith("/crawl.db") if injection.of == "crawl" else "/index/" in text
        if not mine:
            return connect(path, *arguments, **named)
        connection = connect(path, *arguments, factory=Breaking, **named)
        if injection.call == "pages":
            connection.execute(f"PRAGMA max_page_count = {injection.at}")
        return connection

    sqlite3.connect = connected  # type: ignore[assignment]


class Loader(SpiderLoader):
    """Scrapy's own, made after the crawling process was broken."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        injection = Injection.of_environment()
        opening.WarcWriter = functools.partial(opening.WarcWriter, max_bytes=injection.file_size)  # type: ignore[misc, assignment]
        if injection.trace:
            from tests.crawler.powerloss import tracing

            observe(tracing(injection))
        elif injection.of == "crawl":
            break_database(injection)
        elif injection.call and injection.of != "index":
            observe(breaking_calls(injection))
        return super().from_settings(settings)


def run() -> None:
    """The command line, its crawls with the loader above."""
    injection = Injection.of_environment()
    if injection.of == "index":
        break_database(injection)
    crawling.INDEX_EVERY = injection.index_every
    if injection.records_only:
        jobs.Indexer._extract = lambda *_: (0, 0, 0)  # type: ignore[method-assign]
    unbroken = crawl.run

    def broken(layout: Layout, names: Any, settings: Any, **options: Any) -> crawl.Ended:
        loader = {"SPIDER_LOADER_CLASS": "tests.crawler.injection.Loader", "GAZETTE_MIN_FREE": 0}
        return unbroken(layout, names, {**settings, **loader}, **options)

    crawl.run = broken
    main()


if __name__ == "__main__":
    run()
