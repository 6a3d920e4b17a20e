"""Figures for Prometheus: of each site what runs did, what waits, what is held; served, or written to a file.

    crawl.db, index.db, disk -> Facts -> metric families -> GET /metrics | a file for the node exporter

Nothing is counted in memory: a counter is a sum over crawl.db, so that it survives every process, and each
process of an archive shows the same. The registry is our own, without the client's figures of the process.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from archive.errors import ArchiveError
from archive.layout import Layout
from crawler import counts, overview, runlog

FRESH = 15.0
"""Seconds for which facts are good at least: Prometheus asks every 15 to 60 seconds, several more often."""
SHARE = 20
"""They are good for so many times the time it took to find them: asking often never takes a CPU."""

_TOTALS = (
    ("fetched", "gazette_fetched", "Exchanges with a response."),
    ("new", "gazette_pages_new", "Pages that were never seen before."),
    ("changed", "gazette_pages_changed", "Pages that had changed since the last visit."),
    ("unchanged", "gazette_pages_unchanged", "Pages that were visited again and had not changed."),
    ("bytes", "gazette_received_bytes", "Bytes of the answers."),
    ("requisites", "gazette_requisites", "Exchanges with a response beside these, for the look of pages."),
    ("requisite_bytes", "gazette_requisites_received_bytes", "Bytes of the answers to these."),
    ("seconds", "gazette_crawl_seconds", "Time that runs took."),
)
_TIMES = (
    ("last_started", "gazette_last_run_start_timestamp_seconds", "When the newest run began."),
    (
        "last_ended",
        "gazette_last_run_end_timestamp_seconds",
        "When the newest run ended; none while it runs.",
    ),
    ("last_success", "gazette_last_success_timestamp_seconds", "When a run last went well."),
    ("last_new", "gazette_last_new_article_timestamp_seconds", "When the newest article was first captured."),
    ("next_run", "gazette_next_run_timestamp_seconds", "When a timer crawls it next."),
)
_HELD = (
    ("queued", "gazette_queued_urls", "URLs that wait to be fetched."),
    ("articles", "gazette_articles", "Articles in the index, newest versions only."),
    ("last_exit_code", "gazette_last_run_exit_code", "Exit code of the newest run; none while it runs."),
)
_WHOLE = (
    ("disk_free", "gazette_disk_free_bytes", "Bytes free on the archive's disk."),
    ("warc_bytes", "gazette_warc_bytes", "Bytes of all WARC files."),
    ("new", "gazette_unextracted_captures", "Captures that were not extracted yet."),
    ("stale", "gazette_stale_outcomes", "Outcomes of another extractor than the installed one."),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told, at one moment."""

    at: datetime  # UTC
    overview: Mapping[str, Any]  # see overview.gather
    totals: Mapping[str, Mapping[str, int | float]]  # see counts.totals
    kinds: Mapping[tuple[str, str, str], int]  # see counts.kinds


def gather(layout: Layout, now: datetime) -> Facts:
    """The facts of an archive. Raises ArchiveError."""
    found = overview.gather(layout, now)
    with runlog.opened(layout) as connection:
        if connection is None:
            return Facts(now, found, {}, {})
        return Facts(now, found, counts.totals(connection), counts.kinds(connection))


def families(facts: Facts) -> Iterator[Metric]:
    """The facts as Prometheus names them: base units, ``_total`` for what only rises, ``site`` as a label."""
    for key, name, text in _TOTALS:
        counter = CounterMetricFamily(name, text, labels=["site"])
        for site, found in facts.totals.items():
            counter.add_metric([site], found[key])
        yield counter
    for outcome, name, text in (
        ("failed", "gazette_failures", "URLs that a run did not get."),
        ("refused", "gazette_refusals", "URLs that a run was kept from, or kept away from."),
    ):
        counter = CounterMetricFamily(name, text, labels=["site", "kind"])
        for (site, what, kind), count in facts.kinds.items():
            if what == outcome:
                counter.add_metric([site, kind], count)
        yield counter
    sites = facts.overview["sites"]
    for key, name, text in _TIMES:
        yield _gauge(name, text, {s["site"]: _seconds(s[key]) for s in sites})
    yield _gauge(
        "gazette_last_new_article_age_seconds",
        "Time since the newest article was first captured.",
        {s["site"]: max(0.0, facts.at.timestamp() - at) for s in sites if (at := _seconds(s["last_new"]))},
    )
    for key, name, text in _HELD:
        yield _gauge(name, text, {s["site"]: s[key] for s in sites})
    for key, name, text in _WHOLE:
        yield GaugeMetricFamily(name, text, value=facts.overview[key])


def _gauge(name: str, text: str, values: Mapping[str, float | None]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, text, labels=["site"])
    for site, value in values.items():
        if value is not None:
            gauge.add_metric([site], value)
    return gauge


def _seconds(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()


@dataclass(slots=True, eq=False)
class Figures(Collector):
    """What the client asks for figures: reads the archive when the last facts are no longer fresh."""

    layout: Layout
    clock: Callable[[], float] = time.monotonic
    _facts: Facts | None = None
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)  # two that ask at once read once

    def describe(self) -> list[Metric]:
        """Nothing: the registry need not read the archive to know that no name is taken."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The families, and ``gazette_up``: 0 when the archive could not be read."""
        try:
            yield from families(self._fresh())
        except (ArchiveError, sqlite3.Error, OSError):
            yield GaugeMetricFamily("gazette_up", "Whether the archive could be read.", value=0)
        else:
            yield GaugeMetricFamily("gazette_up", "Whether the archive could be read.", value=1)

    def _fresh(self) -> Facts:
        with self._lock:
            if self._facts is None or self.clock() >= self._until:
                began = self.clock()
                self._facts = gather(self.layout, datetime.now(UTC))
                now = self.clock()
                self._until = now + max(FRESH, SHARE * (now - began))
            return self._facts


def registry(layout: Layout) -> CollectorRegistry:
    """A registry with the figures of one archive and nothing else."""
    found = CollectorRegistry(auto_describe=False)
    found.register(Figures(layout))
    return found


def text(layout: Layout) -> bytes:
    """All figures in Prometheus' text format."""
    return generate_latest(registry(layout))


@contextmanager
def serving(port: int, layout: Layout, address: str = "127.0.0.1") -> Iterator[int]:
    """Serve the figures at http://ADDRESS:PORT/metrics while the block runs; hands out the port.

    ``port`` 0 takes a free one. Raises ArchiveError when the port is taken.
    """
    try:
        server, thread = start_http_server(port, addr=address, registry=registry(layout))
    except (OSError, OverflowError) as error:
        raise ArchiveError(
            f"{address}:{port}: can't listen there: {getattr(error, 'strerror', None) or error};"
            " give another port, or stop what uses it"
        ) from None
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write(file: Path, layout: Layout) -> None:
    """Write the figures for the node exporter's textfile collector: whole or not at all.

    Raises ArchiveError when the file can't be written, or the archive can't be read.
    """
    new = file.with_name(f".{file.name}.{os.getpid()}")  # the collector reads *.prom alone
    try:
        try:
            with new.open("wb") as out:
                out.write(text(layout))
                out.flush()
                os.fsync(out.fileno())
            new.chmod(0o644)  # the exporter is another user
            new.replace(file)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise ArchiveError(f"{file}: can't be written: {error.strerror}; name another file") from None
