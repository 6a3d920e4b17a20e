"""Reads what is known of a whole archive: its sites, their plans, its runs, its disk."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.db import open_reader
from archive.errors import ArchiveError, BadConfiguration, Locked
from archive.index import generation
from archive.layout import Layout
from archive.locks import held
from archive.research import arrivals
from archive.types import Site
from crawler.crawldb import CrawlDb
from crawler.crawlschema import MIGRATIONS
from crawler.health.gather import Sources, history
from crawler.health.nouns import ArchiveHistory, Ended, History, Unreadable
from crawler.health.rhythm import WEEKS
from crawler.history import Past, past
from crawler.schedule import Plan, has_plan, next_due
from crawler.sites import readable_sites

_SPARE = timedelta(weeks=18)
"""How far back articles are looked for beyond the weeks that make the rhythm: so long a silence is told."""
_PATIENCE = 3600.0
_MOST_PATIENCE = 86_400.0
_ENDED = 10


def gather(layout: Layout, names: Sequence[str], now: datetime, min_free: int) -> ArchiveHistory:
    """What is known of the named sites (all when none is named) and of the archive.

    ``min_free``: bytes below which a crawl waits. Raises BadConfiguration for an unknown name or a wrong
    gazette.toml, and ArchiveError for a database that can't be read.
    """
    sites, wrong = readable_sites(layout)
    broken = [_unreadable(error) for error in wrong]
    for name in names:
        if name not in sites and name not in {one.site for one in broken}:
            known = ", ".join(sites) or "none"
            raise BadConfiguration(f"{layout.sites / name}.toml: no such site; there are: {known}")
    chosen = [sites[name] for name in names if name in sites] if names else list(sites.values())
    with ExitStack() as stack:
        sources, unread = _opened(layout, now, stack)
        fresh = _fresh(sources)
        plans = past(layout, chosen)
        found = [_planned(history(sources, s, fresh.get(s.name, ())), s, sources, plans) for s in chosen]
        ended = _ended(layout, sources.crawl) if sources.crawl is not None else ()
    return ArchiveHistory(
        tuple(found),
        shutil.disk_usage(layout.root).free,
        min_free,
        ended,
        tuple(one for one in broken if not names or one.site in names),
        complete=not names,
        unread=unread,
    )


def _unreadable(error: BadConfiguration) -> Unreadable:
    path = Path(str(error).partition(".toml")[0] + ".toml")
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else datetime.now(UTC)
    return Unreadable(path.stem, at, str(error))


def _opened(layout: Layout, now: datetime, stack: ExitStack) -> tuple[Sources, str | None]:
    """What histories are read from, and why the index can't be, if it can't."""
    crawl = index = None
    if layout.crawl_db.exists():
        migrated(layout.crawl_db)
        crawl = stack.enter_context(closing(open_reader(layout.crawl_db)))
    if generation.current(layout) is not None:
        try:
            index = stack.enter_context(closing(generation.open_index(layout)))
        except ArchiveError as error:
            # Of another version, after an upgrade, or damaged: the log of runs tells a lot without it.
            return Sources(layout, crawl, None, now), str(error)
    return Sources(layout, crawl, index, now), None


def migrated(path: Path) -> None:
    """Bring a crawl.db of an older Gazette to this one's version. Raises NoArchive for a newer one."""
    connection = open_reader(path)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    finally:
        connection.close()
    if version != len(MIGRATIONS):
        CrawlDb(path).close()


def _fresh(sources: Sources) -> dict[str, list[datetime]]:
    if sources.index is None:
        return {}
    since = sources.now - timedelta(weeks=WEEKS + 1) - _SPARE
    return arrivals.fresh_articles(sources.index, since.date())


# --- the plan ---


def _planned(known: History, site: Site, sources: Sources, past: Past) -> History:
    """With since when it is due, if it is, and whether somebody crawls it."""
    since = _due_since(site, sources, past)
    if since is None:
        return known
    step = Plan(site, past.histories.get(site.name, ())).step
    patience = min(max(_PATIENCE, step.total_seconds() / 4 if step else 0.0), _MOST_PATIENCE)
    late = sources.now - since > timedelta(seconds=patience)
    # The lock is looked at only where it matters: who holds it for a moment sends a crawl away.
    running = late and _is_held(sources.layout, site.name)
    return replace(known, due_since=since, patience=patience, running=running)


def _due_since(site: Site, sources: Sources, past: Past) -> datetime | None:
    """When the round was planned that a site waits for; None when it waits for none."""
    if not has_plan(site):
        return None
    history = past.histories.get(site.name, ())
    planned = next_due(site, past.rounds.get(site.name), sources.now, history)
    if planned is None or planned.at > sources.now:
        return None
    if planned.planned < sources.now:
        return planned.planned
    # A round that goes on, or a first one, is wanted at once: since the last run, or since there is the file.
    if history:
        return max(one.started_at for one in history)
    path = sources.layout.sites / f"{site.name}.toml"
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None


def _is_held(layout: Layout, site: str) -> bool:
    """Whether a run has the lock of a site."""
    try:
        with held(layout.locks / f"site-{site}.lock", f"site {site}"):
            return False
    except Locked:
        return True


# --- the runs ---


def _ended(layout: Layout, crawl: sqlite3.Connection) -> tuple[Ended, ...]:
    """The newest runs that have ended, the newest last."""
    rows = crawl.execute("SELECT * FROM runs ORDER BY started_at DESC, id DESC LIMIT ?", (_ENDED,)).fetchall()
    found = []
    for row in reversed(rows):
        sites = crawl.execute("SELECT site FROM run_sites WHERE run = ?", (row["id"],)).fetchall()
        names = tuple(str(one["site"]) for one in sites)
        if row["ended_at"] is None and any(_is_held(layout, name) for name in names):
            continue  # it runs
        at = datetime.fromisoformat(row["started_at"])
        code = None if row["ended_at"] is None else row["exit_code"] or 0
        found.append(Ended(row["id"], at, names, code, row["reason"] or ""))
    return tuple(found)
