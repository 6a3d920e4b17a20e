"""``gazette schedule run``: in one process what a timer does, where no timer is at hand."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta

import click
from apscheduler.schedulers.background import BackgroundScheduler

from archive.errors import ArchiveError
from archive.layout import Layout
from archive.locks import held
from crawler.cli.crawl import crawl_due
from crawler.cli.crawling import Settings, terminable
from crawler.cli.dues import Dues
from crawler.cli.exits import Exit
from crawler.cli.output import one_line
from crawler.cli.schedule import upcoming

EVERY = 60
"""Seconds between two looks, as of a timer."""
_HELD_OFF = 300.0
"""Seconds without a look after a crawl that could not begin: most likely the next one can't either."""


def serve(layout: Layout, *, workers: int, processes: int, settings: Settings) -> int:
    """Crawl what is due until Ctrl-C or SIGTERM: an exit code. Raises Locked when another does this.

    ``processes``: over how many what is due at the same time is divided; ``settings``: of these, as Scrapy
    knows them.
    """
    with held(layout.locks / "schedule.lock", f"the schedule of {layout.root}"), terminable():
        scheduler = BackgroundScheduler(timezone=UTC)
        wake = threading.Event()
        # The crawl itself stands in the main thread, where signals arrive; the job only wakes it.
        job = scheduler.add_job(
            wake.set,
            "interval",
            seconds=EVERY,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        duty = _Duty(layout, workers, processes, settings)
        try:
            scheduler.start()
            click.echo(f"gazette: crawls what is due in {layout.root}; Ctrl-C ends it", err=True)
            while not duty.over:
                if wake.wait(1.0):
                    wake.clear()
                    duty.do()
                elif job.next_run_time - datetime.now(UTC) > timedelta(seconds=2 * EVERY):
                    # The clock was set back. The scheduler would sleep until it shows that time again.
                    job.modify(next_run_time=datetime.now(UTC))
        except KeyboardInterrupt:
            pass
        finally:
            scheduler.shutdown(wait=False)
    click.echo("gazette: the schedule has ended", err=True)
    return Exit.OK


class _Duty:
    """What is done at each look; no failure of a crawl ends it."""

    def __init__(self, layout: Layout, workers: int, processes: int, settings: Settings) -> None:
        self.over = False
        self._settings = {**settings, "GAZETTE_STARTED_BY": "schedule"}
        self._layout, self._workers, self._processes = layout, workers, processes
        self._dues = Dues(layout)
        self._not_before = 0.0  # of time.monotonic()
        self._announced: str | None = None

    def do(self) -> None:
        """Crawl what is due, if anything is, and say what comes next when that is news."""
        if time.monotonic() < self._not_before:
            return
        try:
            ended = crawl_due(
                self._layout,
                self._dues,
                self._settings,
                workers=self._workers,
                processes=self._processes,
                looks=True,
            )
            self.over = ended is not None and ended.code == Exit.INTERRUPTED
            if ended is not None and ended.run is None:
                self._hold_off()
            if not self.over:
                self._announce()
        except ArchiveError as error:
            self._dues.say(error)
            self._hold_off()
        except Exception as error:  # noqa: BLE001 - the outermost guard of a process that runs for years
            click.echo(f"gazette: {one_line(f'{type(error).__name__}: {error}')} (this is a bug)", err=True)
            traceback.print_exc(file=sys.stderr)
            self._hold_off()

    def _hold_off(self) -> None:
        self._not_before = time.monotonic() + _HELD_OFF

    def _announce(self) -> None:
        from crawler.sites import readable_sites

        try:
            found = upcoming(self._layout, readable_sites(self._layout)[0].values(), datetime.now(UTC))
        except sqlite3.Error:
            return
        if found != self._announced:
            self._announced = found
            click.echo(f"gazette: next: {found or 'nothing, no site file has a plan'}", err=True)
