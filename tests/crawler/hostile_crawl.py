"""One crawl of hostile servers beside good ones, watched from outside: outcomes, their times, the memory."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archive.db import open_reader
from archive.index import jobs
from archive.layout import Layout
from archive.urls import authority
from crawler.cli.child import Crawl
from crawler.cli.init import create
from tests.crawler import pulse
from tests.crawler.hostile import HostileServers
from tests.crawler.pulse import Stall
from tests.crawler.small_site import SmallSite

DEADLINE = 6.0
"""Seconds of an exchange here."""
SLACK = 5.0
"""Seconds after its deadline within which an outcome has to stand in crawl.db."""
MEMORY = 300 << 10
"""KiB that the crawling process may take."""

_DONE = ("expanded", "refused", "failed")
SETTINGS: dict[str, str | int | float] = {
    "DOWNLOAD_TIMEOUT": DEADLINE,
    "GAZETTE_RETRY_AFTER": "0.3,0.3",
    "GAZETTE_MAX_SECONDS": 150,
    "EXTENSIONS": '{"tests.crawler.pulse.Pulse": 0}',
}


@dataclass
class Watched:
    """What one URL came to."""

    shape: str
    url: str
    state: str = ""
    reason: str = ""
    attempts: int = 0
    seconds: float = 0.0  # of its slowest attempt, from the connection to the outcome in crawl.db
    changed: float = 0.0  # time.time() of the last change


@dataclass
class Crawled:
    code: int
    peak: int = 0  # KiB of the crawling process at most
    seconds: float = 0.0
    urls: dict[str, Watched] = field(default_factory=dict)  # of the hostile servers
    stalls: list[Stall] = field(default_factory=list)  # of the event loop, the longest first


def site_files(layout: Layout, good: SmallSite, servers: HostileServers | None) -> list[str]:
    """An archive with the good sites, and one site that names every hostile server: the sites' names."""
    create(layout)
    names = list(good.bases)
    for name in names:
        (layout.sites / f"{name}.toml").write_text(good.site_file(name), encoding="utf-8")
    if servers is not None:
        seeds = json.dumps([base + "/" for base in servers.bases.values()])
        text = f"seeds = {seeds}\ndelay = 0.0\nallow_private = true\n"
        (layout.sites / "hostile.toml").write_text(text, encoding="utf-8")
        names.append("hostile")
    return names


def crawl(layout: Layout, names: list[str], servers: HostileServers | None) -> Crawled:
    """Crawl, and look ten times a second at what stands in crawl.db."""
    shapes = {authority(base): name for name, base in servers.bases.items()} if servers else {}
    began = time.time()
    with pytest.MonkeyPatch.context() as patch:
        if servers is not None:
            patch.setenv("SSL_CERT_FILE", servers.authority_file)
        patch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]), prepend=os.pathsep)
        patch.setenv(pulse.FILE, str(layout.root / "pulse.json"))
        with Crawl(layout, names, SETTINGS, layout.logs / "crawl.log") as child:
            crawled = Crawled(-1)
            while child.running:
                crawled.peak = max(crawled.peak, _memory(child.pid))
                _look(layout, crawled, shapes, servers.asked if servers else {}, began)
                child.read()
                time.sleep(0.1)
            crawled.code, _ = child.end()
    _look(layout, crawled, shapes, servers.asked if servers else {}, began)
    crawled.seconds = time.time() - began
    crawled.stalls = pulse.stalls(layout.root / "pulse.json")
    return crawled


def _memory(process: int) -> int:
    """KiB of a process at its peak (Linux)."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _look(
    layout: Layout,
    crawled: Crawled,
    shapes: Mapping[str | None, str],
    asked: Mapping[str, list[float]],
    began: float,
) -> None:
    now = time.time()
    for url, state, reason, attempts in _rows(layout):
        if (shape := shapes.get(authority(url))) is None:
            continue
        one = crawled.urls.setdefault(url, Watched(shape, url, changed=max(began, now - 0.1)))
        if attempts != one.attempts or (state in _DONE and one.state not in _DONE):
            # From the connection on: what waits for its turn or for a second try is not being tried.
            before = max(other.changed for other in crawled.urls.values() if other.shape == shape)
            starts = [at for at in asked.get(shape, ()) if before - 0.15 <= at <= now]
            one.seconds = max(one.seconds, now - starts[0] if starts else 0.0)
            one.changed = now
        one.state, one.reason, one.attempts = state, reason or "", attempts


def _rows(layout: Layout) -> list[tuple[str, str, str | None, int]]:
    if not layout.crawl_db.exists():
        return []
    try:
        connection = open_reader(layout.crawl_db)
    except (OSError, sqlite3.Error):  # it is just being made
        return []
    try:
        return [tuple(row) for row in connection.execute("SELECT url, state, reason, attempts FROM urls")]
    except sqlite3.Error:
        return []
    finally:
        connection.close()


@dataclass
class Indexed:
    """What ``gazette index`` made of the records of a crawl."""

    code: int
    seconds: float
    peaks: list[int]  # KiB at most: of the indexing process, then of each worker
    failures: list[tuple[str, str]]  # URL, and kind and message
    left: int  # records without an outcome


def index(layout: Layout) -> Indexed:
    """Index as a person would, and look ten times a second at the processes."""
    began = time.time()
    command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "index", "--workers", "2"]
    peaks: dict[int, int] = {}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            for one in (process.pid, *_children(process.pid)):
                peaks[one] = max(peaks.get(one, 0), _memory(one))
            time.sleep(0.1)
    seconds = time.time() - began
    connection = open_reader(layout.index)
    try:
        found = connection.execute("SELECT url, kind || ': ' || message FROM failures")
        failures = [(str(url), str(what)) for url, what in found]
    finally:
        connection.close()
    left = jobs.run(layout, workers=1).outcomes
    return Indexed(process.returncode, seconds, list(peaks.values()), failures, left)


def _children(process: int) -> list[int]:
    """The processes that a process started, and those that they started (Linux)."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    own = [int(number) for number in text.split()]
    return own + [further for one in own for further in _children(one)]


def pages(layout: Layout, good: SmallSite) -> dict[str, tuple[str, int | None, str | None]]:
    """State, status and payload digest of each URL of the good sites."""
    connection = open_reader(layout.crawl_db)
    try:
        rows = connection.execute("SELECT site, url, state, status, body_digest FROM urls").fetchall()
    finally:
        connection.close()
    return {row[1]: (row[2], row[3], row[4]) for row in rows if row[0] in good.bases}


def faults(crawled: Crawled, servers: HostileServers) -> list[str]:
    """What doesn't hold, one line each."""
    found = []
    if crawled.peak > MEMORY:
        found.append(f"memory: {crawled.peak >> 10} MB")
    for name, base in servers.bases.items():
        shape, url = servers.shapes[name], base + "/"
        own = [one for one in crawled.urls.values() if one.shape == name]
        if not any(one.url == url for one in own):
            found.append(f"{name}: {url} has no outcome")
        found += [f"{name}: {one.url} is left {one.state}" for one in own if one.state not in _DONE]
        late = [one for one in own if one.seconds > DEADLINE + SLACK]
        found += [f"{name}: {one.url} took {one.seconds:.1f} s" for one in late]
        unsaid = [one for one in own if one.state in ("refused", "failed") and not one.reason]
        found += [f"{name}: {one.url} is {one.state} without a reason" for one in unsaid]
        if shape.reason and not any(shape.reason in one.reason for one in own):
            found.append(f"{name}: nothing says {shape.reason!r} but {sorted({o.reason for o in own})}")
    return found
