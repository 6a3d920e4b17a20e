"""How a run over some sites begins: its locks taken, what a crash left mended, its rounds opened.

sites -> may they be crawled? -> locks -> torn WARC files mended -> rounds, due visits, run log -> Session
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from contextlib import ExitStack
from datetime import UTC, datetime

from archive.db import failure_of
from archive.errors import Locked
from archive.layout import Layout
from archive.locks import held
from archive.types import Site
from archive.warc.seal import recover
from archive.warc.writer import WarcWriter
from crawler import logs
from crawler.crawldb import CrawlDb
from crawler.credentials import resolve
from crawler.identity import may_start, user_agent, warcinfo_fields
from crawler.launch import config_digest, started_by
from crawler.pen import Pen
from crawler.purse import Purse
from crawler.recorder import Recorder
from crawler.revisits import queue_due
from crawler.robots import product_token
from crawler.session import Session
from crawler.tally import Limits, Tally
from crawler.traps import Traps

_GLANCE = 0.5
"""Seconds for which a site may be in use by somebody who only looks whether it is, as each timer does."""


def site_lock(layout: Layout, name: str) -> ExitStack:
    """The lock of a site, held until the stack is closed. Raises Locked."""
    until = time.monotonic() + _GLANCE
    stack = ExitStack()
    while True:
        try:
            stack.enter_context(held(layout.locks / f"site-{name}.lock", f"site {name}"))
        except Locked:
            if time.monotonic() >= until:
                raise
            time.sleep(_GLANCE / 20)
        else:
            return stack


def open_session(
    layout: Layout,
    sites: dict[str, Site],
    limits: Limits,
    report_fd: int | None = None,
    *,
    everything: bool = False,
    how: str = "scrapy",
    purse: Purse | None = None,
) -> Session:
    """Begin a run: take the sites' locks, mend what a crash left, open or go on with their rounds.

    ``everything``: visit all pages that are known, due or not. ``how`` it was started: see ``started_by``.
    Raises Locked when another run crawls one of the sites, and BadConfiguration as ``may_start`` and
    ``resolve`` do.
    """
    may_start(layout, sites.values())
    granted = {name: found for name, site in sites.items() if (found := resolve(site, layout.root))}
    logs.hide(value for found in granted.values() for _, value in found.headers)
    stack = ExitStack()
    try:
        for name in sorted(sites):
            stack.enter_context(site_lock(layout, name))
        layout.warc.mkdir(exist_ok=True)
        recover(layout.warc)
        pen = Pen(layout.locks / "crawl-db.lock")
        stack.callback(pen.close)  # also when there is no database that would close it
        db = CrawlDb(layout.crawl_db, pen)
        now = datetime.now(UTC)
        # Runs are listed by their ids: those of one second are in order, too.
        run = f"{now:%Y%m%dT%H%M%SZ}-{now.microsecond >> 4:04x}{secrets.token_hex(1)}"
        rounds, tallies = _begin(db, run, sites, now, everything=everything, how=how)
        writer = WarcWriter(layout.warc, warcinfo_fields(layout, run, now))
    except sqlite3.Error as error:
        stack.close()
        raise failure_of(layout.crawl_db, error) from error
    except BaseException:
        stack.close()
        raise
    session = Session(
        layout=layout,
        sites=sites,
        limits=limits,
        run=run,
        agent=product_token(user_agent(layout)),
        db=db,
        recorder=Recorder(writer),
        rounds=rounds,
        report_fd=report_fd,
        everything=everything,
        tallies=tallies,
        traps={name: Traps() for name in sites},
        began=time.monotonic(),
        credentials=granted,
        purse=purse,
        _stack=stack,
    )
    session.report({}, force=True)
    return session


def _begin(
    db: CrawlDb, run: str, sites: dict[str, Site], now: datetime, *, everything: bool, how: str
) -> tuple[dict[str, int], dict[str, Tally]]:
    """Open or go on with the rounds, queue due visits, log the run. Gives rounds and tallies by site."""
    rounds = {name: db.begin_round(name, now) for name in sites}
    tallies = {name: Tally(before=db.fetched(name, rounds[name])) for name in sites}
    for name, site in sites.items():
        queue_due(db, site, rounds[name], now, everything=everything)
    db.runs.begin(
        *(run, sites, {"sites": sorted(sites), "pid": os.getpid()}, now),
        started_by=started_by(how),
        config_digest=config_digest(sites.values()),
    )
    return rounds, tallies
