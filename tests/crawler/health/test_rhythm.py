"""Silences against a site's own rhythm: two simulated years without a false alarm, and deaths are found."""

from __future__ import annotations

import bisect
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from crawler.health import rhythm

ZONE = ZoneInfo("Europe/Berlin")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 730
HOLIDAYS = {(1, 1), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26)}
MOVABLE = {date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25)} | {
    date(2027, 3, 26),
    date(2027, 3, 29),
    date(2027, 5, 6),
    date(2027, 5, 17),
}
WORKDAYS = (20, 20, 20, 20, 20, 0, 0)


def published(rates: Sequence[float], seed: int) -> list[datetime]:
    """When a Poisson-like outlet publishes in two years; a holiday is like its Sunday."""
    chance, found = random.Random(seed), []
    for number in range(DAYS):
        day = BEGAN.date() + timedelta(days=number)
        rate = rates[6] if (day.month, day.day) in HOLIDAYS or day in MOVABLE else rates[day.weekday()]
        at = 0.0
        while rate and (at := at + chance.expovariate(rate)) < 1:
            hour = chance.choice(range(6, 22))
            local = datetime(day.year, day.month, day.day, hour, chance.randrange(60), tzinfo=ZONE)
            found.append(local.astimezone(UTC))
    return sorted(found)


def captured(times: Sequence[datetime]) -> list[datetime]:
    """The same as hourly runs find them."""
    return [at.replace(minute=0, second=0) + timedelta(hours=1) for at in times]


def runs_until(end: datetime) -> list[datetime]:
    """A run of each half day, as health knows them, and the last hourly one."""
    begun = max(BEGAN, end - timedelta(weeks=20))
    halves = int((end - begun) / timedelta(hours=12))
    return [begun + timedelta(hours=12) * n for n in range(halves + 1)] + [end]


def false_alarms(times: list[datetime]) -> list[datetime]:
    """The articles behind which an alarm comes before the next one: at the last run before it, if at all."""
    found = []
    for at, following in pairwise(times):
        if following - at > timedelta(hours=10):  # shorter ones are nights
            known = times[
                bisect.bisect_left(times, at - timedelta(weeks=10)) : bisect.bisect_right(times, at)
            ]
            if rhythm.silence(known, runs_until(following - timedelta(hours=1)), ZONE):
                found.append(at)
    return found


def found_after(times: list[datetime], died: datetime) -> timedelta | None:
    """How long after its death an hourly look finds that an outlet is dead."""
    known = [at for at in times if died - timedelta(weeks=10) < at < died]
    for hours in range(1, 24 * 90, 6):
        now = died + timedelta(hours=hours)
        if rhythm.silence(known, runs_until(now), ZONE):
            return now - died
    return None


@pytest.mark.parametrize(
    ("rates", "most"),
    [
        pytest.param(WORKDAYS, timedelta(days=7), id="20 each working day"),
        pytest.param((40,) * 7, timedelta(hours=24), id="40 a day"),
        pytest.param((3, 3, 3, 3, 3, 1, 0), timedelta(days=21), id="3 each working day"),
    ],
)
def test_two_years_without_a_false_alarm_and_a_death_is_found(
    rates: tuple[float, ...], most: timedelta
) -> None:
    times = captured(published(rates, seed=7))
    assert len(false_alarms(times)) <= 2  # one a year at most; none, by the probability
    died = datetime(2027, 6, 9, 10, tzinfo=UTC)  # a Wednesday
    after = found_after(times, died)
    assert after is not None
    assert after <= most


def test_a_quiet_weekend_is_never_a_silence_however_often_runs_look() -> None:
    times = captured(published(WORKDAYS, seed=3))
    friday = datetime(2026, 6, 5, 20, tzinfo=UTC)
    known = [at for at in times if at < friday]
    for hour in range(60):  # until Monday, 8:00
        assert rhythm.silence(known, runs_until(friday + timedelta(hours=hour)), ZONE) is None


def test_a_new_site_is_not_judged() -> None:
    times = [BEGAN + timedelta(days=n, hours=h) for n in range(20) for h in range(8, 20)]
    assert rhythm.silence(times, runs_until(BEGAN + timedelta(days=60)), ZONE) is None


def test_days_without_a_run_say_nothing() -> None:
    """A site that is crawled on Mondays has no rhythm but that of its Mondays."""
    mondays = [BEGAN + timedelta(days=4 + 7 * n, hours=6) for n in range(12)]
    times = [at for at in mondays for _ in range(30)]
    assert rhythm.silence(times, mondays, ZONE) is None
    later = [mondays[-1] + timedelta(days=7 * n) for n in (1, 2, 3, 4)]
    assert rhythm.silence(times, mondays + later[:2], ZONE) is None  # two Mondays may be holidays
    assert rhythm.silence(times, mondays + later, ZONE) == mondays[-1]


def test_an_outage_of_ours_is_no_silence() -> None:
    """What counts is the time until the last run that got pages."""
    times = captured(published(WORKDAYS, seed=5))
    known = [at for at in times if at < datetime(2026, 6, 5, tzinfo=UTC)]
    assert rhythm.silence(known, runs_until(known[-1] + timedelta(hours=2)), ZONE) is None
