"""The reading room under readers, with a writer of the index beside it and without.

    scripts/bench web [--articles 500000] [--directory DIR] [--readers 20] [--seconds 120] [--json FILE]

    index of generated articles -> copy in an archive -> gazette serve <- readers (webreaders)
                                                      <- writer (webwriter)

The index is the one of scripts/bench search: ``--directory`` takes the one that it left there, or leaves one
there. What is written to is a copy. Server, readers and writer are processes of their own and share the
machine. Each half of ``--seconds`` is spent once without the writer and once with it, in the order without,
with, with, without, so that what else changes in time weighs on both alike.

First byte: from the click to the first byte of the answer, in wall clock time, as people wait for it.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from archive.db import snapshot
from archive.errors import BadConfiguration
from archive.index import generation
from archive.layout import Layout
from crawler.cli.init import create
from scripts.benchmarks import figures as handed
from scripts.benchmarks import search, watched, webreaders, webwriter
from scripts.benchmarks.figures import MEMORY, Figure
from scripts.benchmarks.german import SITES, Press
from scripts.benchmarks.webreaders import PAGES, Click, Crowd
from scripts.benchmarks.webwriter import PACE, Lot

GOAL = 400.0
"""Milliseconds to the first byte of a search page, at the 95th percentile."""

_ORDER = (False, True, True, False)
"""Whether the writer is at work, in each quarter."""
_SHOWN = ("start", "search", "facets", "article", "story", "outlet")
_ROOM = 1.3
"""What is needed on the disk, as a multiple of the index."""
_LINE = "Reading room: "


@dataclass(frozen=True, slots=True)
class Quarter:
    """A part of the time, and what the server took in it."""

    written: bool  # the writer was at work
    begin: float  # of the monotonic clock
    end: float
    cpu: float  # seconds of the server


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds to the first byte of the pages of one kind."""

    page: str
    written: bool
    clicks: int
    median: float
    p95: float
    longest: float


@dataclass(frozen=True, slots=True)
class Visited:
    """All that was measured."""

    quarters: list[Quarter]
    clicks: list[Click]
    lots: list[Lot]
    memory: int  # peak resident bytes of the server's processes
    log: int  # bytes of the index's write-ahead log in the end: it grows while nobody may shorten it


def run(
    articles: int,
    directory: Path | None,
    readers: int,
    pause: float,
    seconds: float,
    report: Path | None,
    press: Press | None = None,
) -> bool:
    """Measure, print a table, and write it as JSON into ``report``. Whether the goals are held.

    Raises BadConfiguration when there is no room for the copy of the index, or no server.
    """
    press = press or Press()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="web-", dir=directory) as name:
        layout = _archive(Path(name) / "archive", directory, press, articles)
        print(
            f"\n{articles:,} articles; {readers} readers, {pause:g} s between two clicks;"
            f" {seconds:g} s without and {seconds:g} s with a writer; load before: {before:.1f}",
            flush=True,
        )
        visited = _visit(layout, press, articles, readers, pause, seconds)
    waits = [found for page in _SHOWN for found in _waits(visited, page)]
    fine = _tell(visited, waits, readers)
    if report is not None:
        told: dict[str, Any] = {
            "articles": articles,
            "readers": readers,
            "pause": pause,
            "seconds": seconds,
            "load": before,
        }
        told |= {"waits": [asdict(one) for one in waits], "quarters": [asdict(q) for q in visited.quarters]}
        told |= {"lots": [asdict(lot) for lot in visited.lots], "log": visited.log}
        handed.write(report, _handed_on(articles, visited, waits), **told)
    return fine


def _archive(root: Path, directory: Path | None, press: Press, articles: int) -> Layout:
    """An archive of 40 outlets whose index is a copy of the one that is kept, or new."""
    layout = Layout(root)
    create(layout)
    for site in SITES:
        text = f'title = "{site.title()}"\nseeds = ["https://www.{site}.example/"]\n'
        (layout.sites / f"{site}.toml").write_text(text, encoding="utf-8")
    path = generation.fresh(layout)
    if directory is None:
        search.standing(path.parent, press, articles)[0].rename(path)
    else:
        standing, _ = search.standing(directory, press, articles)
        need, free = int(_ROOM * standing.stat().st_size), shutil.disk_usage(root).free
        if free < need:
            raise BadConfiguration(
                f"{directory}: a copy to write to needs {need / 1e9:.1f} GB, {free / 1e9:.1f} GB are free;"
                " take fewer --articles"
            )
        snapshot(standing, path)
    generation.use(layout, path)
    generation.open_index(layout).close()  # there may be one of another version
    return layout


def _visit(
    layout: Layout, press: Press, articles: int, readers: int, pause: float, seconds: float
) -> Visited:
    going, ended = multiprocessing.Event(), multiprocessing.Event()
    path = layout.index.resolve()
    writer, wrote = _beside(webwriter.crawl, path, press, articles, going, ended)
    _said(wrote)  # what it writes before anybody comes
    with _serving(layout) as (pid, base):
        _warm(base)
        until = time.monotonic() + 2 * seconds
        crowd = Crowd(base, readers, pause, until, articles)
        people, walked = _beside(webreaders.walk, crowd, press)
        quarters = []
        for written in _ORDER:
            (going.set if written else going.clear)()
            begin, cpu = time.monotonic(), watched.used(pid)
            time.sleep(seconds / 2)
            quarters.append(Quarter(written, begin, time.monotonic(), watched.used(pid) - cpu))
        clicks = _said(walked)
        memory = sum(watched.peaks(pid))
        log = path.with_name(path.name + "-wal").stat().st_size
    ended.set()
    lots = _said(wrote)
    people.join()
    writer.join()
    return Visited(quarters, clicks, lots, memory, log)


def _beside(work: Callable[..., None], *given: object) -> tuple[BaseProcess, Connection]:
    """``work`` in a process of its own, and what it says: its last argument is where to."""
    heard, says = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=work, args=(*given, says), daemon=True)
    process.start()
    says.close()  # so that an end of the process is heard
    return process, heard


def _said(heard: Connection) -> Any:
    try:
        return heard.recv()
    except EOFError:
        raise BadConfiguration("readers or writer: ended before they should; see above") from None


@contextmanager
def _serving(layout: Layout) -> Iterator[tuple[int, str]]:
    """``gazette serve`` while the block runs: its process id and its address."""
    command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root)]
    command += ["serve", "--port", "0", "--no-replay"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=handed.ROOT)
    assert process.stdout is not None
    try:
        line = next((line for line in process.stdout if line.startswith(_LINE)), None)
        if line is None:
            raise BadConfiguration(f"gazette serve: ended with code {process.wait()} before it began")
        yield process.pid, line.removeprefix(_LINE).split("/ ")[0]
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _warm(base: str) -> None:
    """Ask for some pages that aren't counted, so that the templates are made."""
    for path in ("/", "/find?q=Stadt", "/find/facets?q=Stadt"):
        try:
            with urlopen(base + path, timeout=30) as response:  # noqa: S310 - http
                response.read()
        except URLError as error:
            raise BadConfiguration(f"{base}{path}: {error}; look at: gazette serve") from None


def _waits(visited: Visited, page: str) -> Iterator[Waits]:
    """The pages of one kind, without the writer and with it; nothing where nobody asked for one."""
    for written in (False, True):
        inside = [quarter for quarter in visited.quarters if quarter.written == written]
        times = sorted(
            1e3 * click.first
            for click in visited.clicks
            if click.page == page and any(q.begin <= click.at < q.end for q in inside)
        )
        if times:
            p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
            yield Waits(page, written, len(times), statistics.median(times), p95, times[-1])


def _tell(visited: Visited, waits: Sequence[Waits], readers: int) -> bool:
    """Print the table; whether the goals are held."""
    print(f"\n{'first byte, ms':<16}{'without a writer':>36}{'with a writer':>36}{'p95':>7}")
    print(
        f"{'':<16}" + f"{'clicks':>9}{'median':>9}{'p95':>9}{'longest':>9}" * 2 + f"{'ratio':>7}{'goal':>7}"
    )
    held = True
    for page in _SHOWN:
        pair = [one for one in waits if one.page == page]
        if len(pair) < 2:
            continue
        cells = "".join(f"{w.clicks:>9}{w.median:>9.1f}{w.p95:>9.1f}{w.longest:>9.1f}" for w in pair)
        goal = ""
        if page == "search":
            fine = all(one.p95 <= GOAL for one in pair)
            held = held and fine
            goal = f"{GOAL:>7.0f} {'ok' if fine else 'OVER'}"
        print(f"{page:<16}{cells}{pair[1].p95 / pair[0].p95:>7.2f}{goal}")
    wrong = [click for click in visited.clicks if click.status != 200]
    print(f"\nerrors: {len(wrong)} of {len(visited.clicks):,} requests")
    for click in wrong[:5]:
        print(f"  {click.status or 'no answer'}: {click.url}")
    _tell_server(visited)
    return held and not wrong


def _tell_server(visited: Visited) -> None:
    pages = sum(lot.pages for lot in visited.lots)
    longest = max((lot.seconds for lot in visited.lots), default=0.0)
    print(
        f"written: {pages:,} pages, at most {PACE} articles a second; the longest lot took {longest:.1f} s;"
        f" write-ahead log: {visited.log / 1e6:.0f} MB"
    )
    shares = {
        written: sum(q.cpu for q in visited.quarters if q.written == written)
        / sum(q.end - q.begin for q in visited.quarters if q.written == written)
        for written in (False, True)
    }
    print(
        f"server: {visited.memory / 1e6:.0f} MB at most with all its processes; of one core"
        f" {shares[False]:.0%} without the writer, {shares[True]:.0%} with it;"
        f" {1e3 * _a_request(visited):.1f} CPU ms a request"
    )


def _a_request(visited: Visited) -> float:
    return sum(quarter.cpu for quarter in visited.quarters) / max(1, len(visited.clicks))


def _handed_on(articles: int, visited: Visited, waits: Sequence[Waits]) -> Iterator[Figure]:
    name = f"reading room of {articles:,}"
    for one in waits:
        if one.written and one.page in PAGES:
            # People's clicks fall together or apart, and the writer's lots between them.
            yield Figure(f"{name}, {one.page}, first byte, median", one.median, "ms", "lower", 0.3)
    yield Figure(f"{name}, a request", 1e3 * _a_request(visited), "CPU ms", "lower", 0.15)
    yield Figure(f"{name}, memory of the server", visited.memory / 1e6, "MB", "lower", MEMORY)
