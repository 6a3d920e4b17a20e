"""The reading room under readers, with a writer of the index beside it and without.

    scripts/bench web [--articles 500000] [--directory DIR] [--readers 20] [--seconds 120] [--json FILE]

    index of generated articles -> copy in an archive -> gazette serve <- readers (webreaders)
                                                      <- writer (webwriter)

The index is the one of scripts/bench search: ``--directory`` takes the one that it left there, or leaves one
there. What is written to is a copy, which is left there too: the next run writes on behind this one. Server,
readers and writer are processes of their own and share the machine. Each half of ``--seconds`` is spent once
without the writer and once with it, in the order without, with, with, without, so that what else changes in
time weighs on both alike.

First byte: from the click to the first byte of the answer, in wall clock time, as people wait for it.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from archive.errors import BadConfiguration
from archive.layout import Layout
from scripts.benchmarks import figures, watched, webplace, webreaders, webwaits, webwriter
from scripts.benchmarks.german import Press
from scripts.benchmarks.webreaders import Crowd
from scripts.benchmarks.webwaits import Quarter, Visited

_ORDER = (False, True, True, False)
"""Whether the writer is at work, in each quarter."""


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
    with webplace.archive(directory, press, articles) as layout:
        before = os.getloadavg()[0]
        print(
            f"\n{articles:,} articles; {readers} readers, {pause:g} s between two clicks;"
            f" {seconds:g} s without and {seconds:g} s with a writer; load before: {before:.1f}",
            flush=True,
        )
        visited = _visit(layout, press, articles, readers, pause, seconds)
    waits = webwaits.waits(visited)
    fine = webwaits.tell(visited, waits)
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
        figures.write(report, webwaits.handed_on(articles, visited, waits), **told)
    return fine


def _visit(
    layout: Layout, press: Press, articles: int, readers: int, pause: float, seconds: float
) -> Visited:
    going, ended = multiprocessing.Event(), multiprocessing.Event()
    path = layout.index.resolve()
    first = max(articles, webplace.first_free(path))
    writer, wrote = _beside(webwriter.crawl, path, press, articles, first, going, ended)
    _said(wrote)  # what it writes before anybody comes
    with webplace.serving(layout) as (pid, base):
        webplace.warm(base, pid)
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
