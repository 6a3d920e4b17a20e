"""When the disk will be full, by tables worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.room import Brought, Room, forecast

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MB = 1_000_000


def room(runs: list[Brought], free: int, min_free: int, beside: float = 0.0) -> Room | None:
    begun: dict[str, datetime] = {}
    for run in runs:
        begun[run.site] = min(run.started_at, begun.get(run.site, run.started_at))
    return forecast(runs, begun, free, min_free, NOW, beside=beside)


def daily(site: str, days: int, size: int, first: int = 0) -> list[Brought]:
    """One run a day up to now, the oldest of them of another size."""
    ages = range(days, 0, -1)
    return [Brought(site, NOW - age * DAY, first if age == days else size) for age in ages]


def test_what_comes_each_day_fills_the_room_above_the_limit() -> None:
    # 28 days of 10 MB; 1,000 MB free, 200 MB of them never used: 80 days.
    found = room(daily("hof", 60, 10 * MB), 1_000 * MB, 200 * MB)
    assert found == Room(10.0 * MB, NOW + 80 * DAY)


def test_the_first_day_of_a_site_is_no_rule() -> None:
    runs = daily("hof", 60, 10 * MB) + daily("neu", 8, 0, first=5_000 * MB)
    found = room(runs, 1_000 * MB, 0)
    assert found == Room(10.0 * MB, NOW + 100 * DAY)


def test_databases_grow_beside() -> None:
    found = room(daily("hof", 60, 10 * MB), 1_000 * MB, 0, beside=0.25)
    assert found == Room(12.5 * MB, NOW + 80 * DAY)


@pytest.mark.parametrize("days", [0, 1, 7])
def test_of_too_few_days_nothing_is_foretold(days: int) -> None:
    assert room(daily("hof", days, 10 * MB), 1_000 * MB, 0) is None


def test_of_a_young_archive_the_days_count_that_it_has() -> None:
    # Nine days since its first run, the first left out: eight runs in eight days.
    found = room(daily("hof", 9, 10 * MB), 1_000 * MB, 0)
    assert found == Room(10.0 * MB, NOW + 100 * DAY)


def test_runs_that_ended_long_ago_say_nothing() -> None:
    old = [Brought("hof", NOW - age * DAY, MB) for age in range(90, 40, -1)]
    assert room(old, 1_000 * MB, 0) is None


def test_a_disk_that_is_full_is_full_now() -> None:
    found = room(daily("hof", 60, 10 * MB), 100 * MB, 200 * MB)
    assert found is not None
    assert found.full_at == NOW


def test_what_lies_beyond_ten_years_has_no_date() -> None:
    assert room(daily("hof", 60, 1), 1_000 * MB, 0) == Room(1.0, None)
    assert room(daily("hof", 60, 0), 1_000 * MB, 0) == Room(0.0, None)
