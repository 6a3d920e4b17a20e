"""A simulated year of forty outlets: what they are, when the machine is off, and what our code makes of it.

No clock, no network, no sleeping. The table to compare with comes from tests/crawler/year_table.py, which
shares nothing with the code but the outlets below, as text.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.types import Site
from crawler.adaptive import RUNS, Yield
from crawler.crawldb import Round
from crawler.schedule import due, next_due
from crawler.sites import load_site
from crawler.visits import next_visit

MINUTE = timedelta(minutes=1)
YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
HOUR_OFF = (datetime(2026, 5, 12, 9, 30, tzinfo=UTC), datetime(2026, 5, 12, 10, 30, tzinfo=UTC))
WEEK_OFF = (datetime(2026, 8, 3, 6, 10, tzinfo=UTC), datetime(2026, 8, 10, 6, 10, tzinfo=UTC))
AGES = (3_600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0)

OUTLETS = """
utc-hour        | UTC                 | every 1h            |                         | 0   | 0
utc-quarter     | UTC                 | every 15m           |                         | 0   | 4
utc-seven       | UTC                 | every 7h            |                         | 0   | 30
utc-day         | UTC                 | every 1d            |                         | 0   | 200
utc-week        | UTC                 | every 1w            |                         | 0   | 10
utc-slow        | UTC                 | every 1h            |                         | 0   | 90
utc-cron        | UTC                 | cron 15 */6 * * *   |                         | 0   | 5
utc-jitter      | UTC                 | every 2h            |                         | 600 | 5
utc-pace        | UTC                 | pace 15m 1d         |                         | 0   | 3
utc-workdays    | UTC                 | cron 0 6 * * 1-5    |                         | 0   | 60
berlin-gap      | Europe/Berlin       | cron 30 2 * * *     |                         | 0   | 0
berlin-half     | Europe/Berlin       | cron 30 * * * *     |                         | 0   | 5
berlin-twenty   | Europe/Berlin       | cron */20 2,3 * * * |                         | 0   | 5
berlin-night    | Europe/Berlin       | every 1h            | 22:00-05:00             | 0   | 10
berlin-weekend  | Europe/Berlin       | every 30m           | Sat,Sun 00:00-24:00     | 0   | 10
berlin-both     | Europe/Berlin       | cron */15 * * * *   | 01:00-03:20             | 90  | 2
berlin-month    | Europe/Berlin       | cron 0 4 1 * *      |                         | 0   | 300
berlin-last     | Europe/Berlin       | cron 45 23 31 * *   | 23:00-23:50             | 0   | 20
berlin-pace     | Europe/Berlin       | pace 30m 12h        | 23:00-05:30             | 120 | 6
berlin-offices  | Europe/Berlin       | every 45m           | Mon-Fri 08:00-18:00     | 300 | 15
london-gap      | Europe/London       | cron 15 1 * * *     |                         | 0   | 0
london-hours    | Europe/London       | cron 0 1,2 * * *    |                         | 0   | 3
london-night    | Europe/London       | every 20m           | 00:30-01:30             | 60  | 3
london-sunday   | Europe/London       | cron 30 1 * * 0     |                         | 0   | 40
london-pace     | Europe/London       | pace 1h 8h          |                         | 0   | 10
york-gap        | America/New_York    | cron 30 2 * * *     |                         | 0   | 0
york-fall       | America/New_York    | cron 30 1 * * *     |                         | 0   | 0
york-all        | America/New_York    | cron 5 * * * *      |                         | 0   | 7
york-night      | America/New_York    | every 3h            | 21:30-06:15             | 0   | 30
york-sat        | America/New_York    | every 1h            | Sat 22:00-05:00         | 900 | 20
york-or         | America/New_York    | cron 0 12 13 * 5    |                         | 0   | 5
sydney-gap      | Australia/Sydney    | cron 30 2 * * *     |                         | 0   | 0
sydney-odd      | Australia/Sydney    | cron 10 1-23/2 * * *|                         | 0   | 5
sydney-night    | Australia/Sydney    | every 6h            | 20:00-07:00             | 240 | 45
sydney-pace     | Australia/Sydney    | pace 1h 1d          | 12:00-12:30             | 0   | 10
howe-half       | Australia/Lord_Howe | cron 15 2 * * *     |                         | 0   | 0
howe-all        | Australia/Lord_Howe | cron 40 * * * *     | 01:30-02:10             | 0   | 5
kolkata-day     | Asia/Kolkata        | cron 0 9,21 * * *   |                         | 30  | 60
johns-window    | America/St_Johns    | every 4h            | 03:00-02:00             | 0   | 5
santiago-night  | America/Santiago    | cron 0 0 * * *      |                         | 0   | 5
"""
"""name | zone | plan | blackout | jitter in seconds | minutes that a round takes."""

Outage = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Start:
    """A run that began."""

    at: datetime
    late: bool  # it caught up what was missed
    goes_on: bool  # with a round that was left unfinished


@dataclass(slots=True)
class Outlet:
    """An outlet, and what has become of it so far in the simulation."""

    site: Site
    takes: timedelta
    starts: list[Start] = field(default_factory=list)
    last: Round | None = None
    history: list[Yield] = field(default_factory=list)
    busy: datetime | None = None  # until when its round runs
    left: timedelta = timedelta()  # what is left of an unfinished round


def outlets(folder: Path, text: str = OUTLETS) -> list[Outlet]:
    """The outlets, their sites read from site files in ``folder``."""
    found = []
    for line in text.strip().splitlines():
        name, zone, plan, hours, jitter, minutes = (part.strip() for part in line.split("|"))
        kind, _, value = plan.partition(" ")
        lines = [f"{kind} = {value!r}"]
        if kind == "pace":
            lines = [f"every_min = {value.split()[0]!r}", f"every_max = {value.split()[1]!r}"]
        if hours:
            lines.append(f"blackout = [{hours!r}]")
        path = folder / f"{name}.toml"
        more = [f"zone = {zone!r}", f"jitter = {jitter}", "seeds = ['http://127.0.0.1/']"]
        path.write_text("\n".join(lines + more), encoding="utf-8")
        found.append(Outlet(load_site(path, {}), timedelta(minutes=int(minutes))))
    return found


def published(since: datetime, until: datetime, *, pace: bool) -> list[datetime]:
    """When an outlet published articles: after ``since``, not after ``until``.

    All publish four a day; those with a pace many in spring, few in summer, some in autumn.
    """
    found = []
    at = since.replace(minute=0, second=0, microsecond=0)
    while at <= until:
        if at.hour % 6 == 1:
            found.append(at + 11 * MINUTE)
        if pace and 6 <= at.hour < 22 and at.month <= 4:
            found += [at + 3 * MINUTE, at + 33 * MINUTE]
        if pace and at.month > 8 and at.hour % 2 == 0:
            found.append(at + 42 * MINUTE)
        at += timedelta(hours=1)
    return [time for time in found if since < time <= until]


def simulate(all_of: Sequence[Outlet], start: datetime, end: datetime, off: Sequence[Outage]) -> None:
    """Let a timer look once a minute from ``start`` to before ``end``, but not while the machine is off.

    Minutes at which nothing can be due by ``next_due`` are passed over; a law of the tests is that this
    changes nothing.
    """
    queue = [(start, number) for number in range(len(all_of))]
    while queue:
        tick = _awake(min(queue)[0], off)
        now = {number for at, number in queue if at <= tick}
        queue = [pair for pair in queue if pair[1] not in now]
        heapq.heapify(queue)
        if tick >= end:
            continue
        _tick([all_of[number] for number in sorted(now)], tick, off)
        for number in now:
            heapq.heappush(queue, (_look(all_of[number], tick), number))


def _tick(some: Sequence[Outlet], tick: datetime, off: Sequence[Outage]) -> None:
    for outlet in some:
        if outlet.busy is not None and outlet.busy <= tick:
            _end(outlet)
    free = {o.site.name: o for o in some if o.busy is None}
    rounds = {name: o.last for name, o in free.items() if o.last is not None}
    histories = {name: o.history for name, o in free.items()}
    for site in due((o.site for o in free.values()), rounds, tick, histories):
        _begin(free[site.name], tick, off)


def _begin(outlet: Outlet, tick: datetime, off: Sequence[Outage]) -> None:
    planned = next_due(outlet.site, outlet.last, tick, outlet.history)
    assert planned is not None
    goes_on = outlet.last is not None and outlet.last.finished_at is None
    outlet.starts.append(Start(tick, "caught up" in planned.why, goes_on))
    if not goes_on or outlet.last is None:
        outlet.last, outlet.left = Round(outlet.site.name, 0, tick, None), outlet.takes
    since = outlet.history[-1].started_at if outlet.history else tick - timedelta(days=30)
    found = len(published(since, tick, pace=outlet.site.every_min is not None))
    outlet.history = [*outlet.history, Yield(tick, found)][-RUNS:]
    outlet.busy = tick + outlet.left
    for begin, until in off:
        if tick < begin < outlet.busy:  # the machine goes off in the middle of it
            outlet.left, outlet.busy = outlet.busy - begin, until
            return
    outlet.left = timedelta()


def _end(outlet: Outlet) -> None:
    assert outlet.last is not None
    if outlet.left == timedelta():
        outlet.last = Round(outlet.last.site, 0, outlet.last.started_at, outlet.busy)
    outlet.busy = None


def _look(outlet: Outlet, tick: datetime) -> datetime:
    """The next minute at which something can happen to an outlet."""
    if outlet.busy is not None:
        return max(outlet.busy, tick + MINUTE)
    planned = next_due(outlet.site, outlet.last, tick, outlet.history)
    assert planned is not None
    return max(tick + MINUTE, _whole(planned.at))


def _whole(at: datetime) -> datetime:
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + MINUTE


def _awake(tick: datetime, off: Sequence[Outage]) -> datetime:
    return next((until for begin, until in off if begin <= tick < until), tick)


def visits(starts: Sequence[datetime], article: datetime, ages: Sequence[float] = AGES) -> list[datetime]:
    """At which rounds an article is fetched: first when it is published, then at its ages."""
    fetched: list[datetime] = []
    for start in starts:
        if not fetched:
            if start >= article:
                fetched.append(start)
            continue
        wanted = next_visit(fetched[0], fetched[-1], ages)
        if wanted is None:
            break
        if wanted <= start:
            fetched.append(start)
    return fetched
