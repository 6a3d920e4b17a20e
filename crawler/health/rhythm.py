"""Whether a site gives nothing although it should, against its own rhythm of weekdays and hours.

    first captures of articles -> counts by local day -> how surprising is the silence since the last one?

**The measure** is E, minus the natural logarithm of the probability of the silence. A day of a weekday of
which the last n = 4 to 8 had S articles in all is silent by chance with the probability (n / (n + 1)) ** S:
a Poisson process whose rate is known from n days only (the gamma-Poisson predictive distribution). Real
newsrooms publish in bursts, so S is divided by the dispersion of the counts (variance over mean, at least 1).
Counts above three times the median are cut to it. A part of a day counts by the share of articles that the
site's own record has at these hours, and what is due within the last LAG hours may still come.

**Alarm** when E reaches 12, in one of two ways:

- if every day of the silence had been as poor as the site's poorest weekday: a holiday is at worst like that
  one, so an outlet that publishes daily is missed within hours of its normal ones;
- with the two richest days of the silence left out: two holidays in a row (Christmas; Good Friday and Easter
  Monday around a weekend) are no alarm, a third normal day is.

exp(-12) is 1 in 160,000. A silence begins behind each article, so an outlet with 20 a day has 7,300 a year,
and 0.05 false alarms by chance. A weekday that never gives anything adds nothing to E, however often runs
look; a site with less than four of a weekday on record isn't judged by it.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LIMIT = 12.0
"""E from which a silence is no chance."""
LAG = timedelta(hours=6)
"""How much later than usual an article may come: who publishes in batches is hours late at times."""
WEEKS = 8
"""Of each weekday so many are looked at: longer memories mix seasons."""
_FEWEST = 4
_HOLIDAYS = 2
_CUT = 3


@dataclass(frozen=True, slots=True)
class Record:
    """A site's rhythm before a silence."""

    evidence: tuple[float, ...]  # E of one whole silent day, by weekday, Monday first
    known: tuple[bool, ...]  # whether there are enough of the weekday on record
    hours: tuple[float, ...]  # share of the articles of a day, by local hour


def record(fresh: Sequence[datetime], runs: Sequence[datetime], zone: ZoneInfo, until: date) -> Record:
    """The rhythm on the local days before ``until`` on which there was a run.

    ``fresh``: first captures of articles. The first day with a run is left out: it brings what was
    published before.
    """
    first = until - timedelta(weeks=WEEKS)
    looked = sorted({day for at in runs if (day := at.astimezone(zone).date()) < until})
    days = [day for day in looked[1:] if day >= first]
    # A day more than needed: its local one may be earlier.
    local = [at.astimezone(zone) for at in fresh if at.date() >= first - timedelta(days=1)]
    counts = Counter(at.date() for at in local)
    by_weekday = [[counts[day] for day in days if day.weekday() == weekday] for weekday in range(7)]
    cut = [_cut(row) for row in by_weekday]
    spread = _dispersion(cut)
    evidence = [sum(row) / spread * math.log1p(1 / len(row)) if row else 0.0 for row in cut]
    known = [len(row) >= _FEWEST for row in cut]
    inside = Counter(at.hour for at in local if first <= at.date() < until)
    total = sum(inside.values())
    hours = [inside[hour] / total if total else 0.0 for hour in range(24)]
    return Record(
        tuple(e if k else 0.0 for e, k in zip(evidence, known, strict=True)), tuple(known), tuple(hours)
    )


def _cut(counts: list[int]) -> list[float]:
    """Counts without the days of the year: an election night says nothing of a normal Sunday."""
    if not counts:
        return []
    most = max(1.0, _CUT * statistics.median(counts))
    return [min(float(count), most) for count in counts]


def _dispersion(by_weekday: Sequence[Sequence[float]]) -> float:
    """Variance over mean, pooled over the weekdays; 1 for a Poisson process, never less."""
    squares, freedom = 0.0, 0
    for row in by_weekday:
        mean = sum(row) / len(row) if row else 0.0
        if mean > 0 and len(row) > 1:
            squares += sum((count - mean) ** 2 for count in row) / mean
            freedom += len(row) - 1
    return max(1.0, squares / freedom) if freedom else 1.0


def silence(fresh: Sequence[datetime], runs: Sequence[datetime], zone: ZoneInfo) -> datetime | None:
    """When the articles ended, if the silence until the last run is no chance; else None."""
    if not fresh or not runs:
        return None
    last, end = max(fresh), max(runs) - LAG
    if end <= last:
        return None
    known = record(fresh, runs, zone, last.astimezone(zone).date())
    shares = _shares(last, end, known, zone)
    own = sorted((known.evidence[day.weekday()] * share for day, share in shares.items()), reverse=True)
    poorest = min(known.evidence) if all(known.known) else 0.0
    alarmed = sum(own[_HOLIDAYS:]) >= LIMIT or poorest * sum(shares.values()) >= LIMIT
    return last if alarmed else None


def _shares(begin: datetime, end: datetime, known: Record, zone: ZoneInfo) -> dict[date, float]:
    """Which part of each local day's articles should have come between two times."""
    shares: dict[date, float] = {}
    at = begin.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while at + timedelta(hours=1) <= end:
        local = at.astimezone(zone)
        shares[local.date()] = shares.get(local.date(), 0.0) + known.hours[local.hour]
        at += timedelta(hours=1)
    return {day: min(1.0, share) for day, share in shares.items()}
