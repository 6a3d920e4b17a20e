"""From what is known to what is off: one site, then the whole archive. Pure; the clock is an argument."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crawler.health import content, records, rhythm
from crawler.health.nouns import ArchiveHistory, Cause, Ended, History, Trouble

_OURS = frozenset({Cause.DNS, Cause.CONNECTION, Cause.TIMEOUT})
_MANY = 3
"""Sites that must fail alike, and all of them, before it is the network of this machine."""
_TOLD_ELSEWHERE = frozenset({0, 9, 11, 14, 15, 18})
"""Exit codes of runs that did what they could: what is off then stands at the sites."""
_FULL = 3


def judge(history: History, now: datetime) -> list[Trouble]:
    """What is off with a site at ``now``, causes first that explain others."""
    found = records.troubles(history.site, history.looks)
    wall = content.walls(history)
    if wall is not None and wall.cause not in {trouble.cause for trouble in found}:
        found.append(wall)
    found += [t for t in (content.sources(history, now), _layout(found, history)) if t is not None]
    found += [t for t in (_nothing_new(history), _not_run(history, now)) if t is not None]
    return content.explained(found)


def _layout(found: Sequence[Trouble], history: History) -> Trouble | None:
    known = any(trouble.cause is Cause.LAYOUT for trouble in found)
    return None if known else content.layout(history)


def _nothing_new(history: History) -> Trouble | None:
    looks = history.looks
    if history.indexed_to is not None:
        # What is not extracted yet may be articles.
        looks = tuple(look for look in looks if look.at <= history.indexed_to)
    runs = [*history.run_days, *(look.at for look in looks if look.pages)]
    if not looks or not looks[-1].pages:
        return None
    last = looks[-1].at
    since = rhythm.silence(history.fresh, [at for at in runs if at <= last], ZoneInfo(history.zone))
    if since is None:
        return None
    local = since.astimezone(ZoneInfo(history.zone))
    what = f"nothing new since {local:%A, %d %B %Y, %H:%M} ({history.zone}), against its own weekdays before"
    return Trouble(history.site, Cause.NOTHING_NEW, since, what)


def _not_run(history: History, now: datetime) -> Trouble | None:
    if history.running or history.due_since is None:
        return None
    if now - history.due_since <= timedelta(seconds=history.patience):
        return None
    what = f"due since {history.due_since:%Y-%m-%d %H:%M} UTC, and no run began"
    return Trouble(history.site, Cause.NOT_RUN, history.due_since, what)


def judge_all(archive: ArchiveHistory, now: datetime) -> list[Trouble]:
    """What is off with the archive, then with each site, in the order of their names.

    What all sites share is said once, for the archive.
    """
    found = [trouble for history in archive.sites for trouble in judge(history, now)]
    shared = _shared(archive, found) if archive.complete else []
    taken: set[Cause] = {trouble.cause for trouble in shared}
    if Cause.NETWORK in taken:
        taken |= _OURS
    own = [trouble for trouble in found if trouble.cause not in taken]
    wrong = [
        Trouble(one.site, Cause.SITE_FILE, one.at, "its file is wrong, so it is not crawled", None, one.error)
        for one in archive.unreadable
    ]
    return [*shared, *_runs(archive.ended), *_disk(archive, now), *sorted([*wrong, *own], key=_place)]


def _place(trouble: Trouble) -> str:
    return trouble.site


def _shared(archive: ArchiveHistory, found: Sequence[Trouble]) -> list[Trouble]:
    planned = [history.site for history in archive.sites if history.due_since is not None]
    dead = "no site is crawled although it is due: the timer seems dead"
    whole = _common(found, Cause.NOT_RUN, planned, dead)
    crawled = [history.site for history in archive.sites if history.looks]
    for cause in sorted(_OURS):
        unreachable = f"no site can be reached ({cause}): the network of this machine"
        for one in _common(found, cause, crawled, unreachable):
            whole.append(Trouble("", Cause.NETWORK, one.since, one.what, one.url, one.said))
    return whole


def _common(found: Sequence[Trouble], cause: Cause, sites: Sequence[str], what: str) -> list[Trouble]:
    """One trouble for the archive where all of many sites have the same; else nothing."""
    same = [trouble for trouble in found if trouble.cause is cause]
    if len(same) < _MANY or {trouble.site for trouble in same} != set(sites):
        return []
    first = min(same, key=lambda trouble: (trouble.since, trouble.site))
    return [Trouble("", cause, first.since, what, first.url, first.said)]


def _runs(ended: Sequence[Ended]) -> list[Trouble]:
    """Runs that failed as runs, from the first of the newest ones in a row."""
    row: list[Ended] = []
    for run in reversed(ended):
        failed = run.code not in _TOLD_ELSEWHERE or (run.code == 9 and not run.reason.startswith("no site"))
        if not failed:
            break
        row.insert(0, run)
    if not row:
        return []
    newest = row[-1]
    if newest.code == _FULL:
        return [
            Trouble(
                "",
                Cause.DISK,
                row[0].at,
                "the disk is full: runs end before their work is done",
                None,
                newest.reason,
            )
        ]
    if newest.code is None:
        what = f"run {newest.run} ended without a word: killed, or the power went"
    else:
        what = f"run {newest.run} failed with code {newest.code}"
    return [Trouble("", Cause.RUN_FAILED, row[0].at, what, None, newest.reason or None)]


def _disk(archive: ArchiveHistory, now: datetime) -> list[Trouble]:
    if archive.free >= archive.min_free or any(run.code == _FULL for run in archive.ended[-1:]):
        return []
    what = f"{archive.free / 1e6:.0f} MB are free, a crawl waits below {archive.min_free / 1e6:.0f} MB"
    return [Trouble("", Cause.DISK, now, what)]
