"""Scrapy extensions that break the crawling process at a chosen moment; a setting says which moment."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
from typing import Any

from archive.warc import writer
from crawler.crawldb import CrawlDb


class _Fault:
    """Replaces one function by one that breaks at its n-th call, n from the setting FAULT_AT."""

    owner: Any
    name: str

    @classmethod
    def from_crawler(cls, crawler: Any) -> _Fault:
        fault = cls()
        original = getattr(cls.owner, cls.name)
        calls = iter(range(1, 1_000_000))
        at = crawler.settings.getint("FAULT_AT")

        def broken(*arguments: Any) -> Any:
            if next(calls) >= at:
                fault.strike()
            return original(*arguments)

        setattr(cls.owner, cls.name, broken)
        return fault

    def strike(self) -> None:
        raise NotImplementedError


class KillBeforeExpand(_Fault):
    """SIGKILL exactly between a page being kept and its links being stored."""

    owner, name = CrawlDb, "expand"

    def strike(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class _Os:
    """The module os as the WARC writer sees it, so that nobody else is hit."""

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


class DiskFull(_Fault):
    """No space for the WARC file."""

    owner, name = _Os(), "write"

    @classmethod
    def from_crawler(cls, crawler: Any) -> _Fault:
        writer.os = cls.owner
        return super().from_crawler(crawler)

    def strike(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


class SyncFails(DiskFull):
    """The disk says that it can't make bytes durable."""

    name = "fdatasync"

    def strike(self) -> None:
        raise OSError(errno.EIO, "Input/output error")


class MemoryFull(_Fault):
    """No space for crawl.db."""

    owner, name = CrawlDb, "keep"

    def strike(self) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error
