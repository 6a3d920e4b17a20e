"""A short form of scripts/measure_schedule: eight outlets around the days on which clocks are set."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.crawler import year, year_table
from tests.crawler.year import AGES

NAMES = (
    *("utc-workdays", "berlin-gap", "berlin-night", "berlin-pace"),
    *("london-hours", "york-sat", "sydney-odd", "howe-half"),
)
LINES = [line for line in year.OUTLETS.strip().splitlines() if line.split()[0] in NAMES]
SPANS = (
    # New York 8 March, Berlin and London 29 March, Sydney and Lord Howe 5 April
    (datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 4, 8, tzinfo=UTC)),
    # Sydney and Lord Howe 4 October, Berlin and London 25 October, New York 1 November
    (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC)),
)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(year_table, "_AFTER", 9 * 1440)  # none of these waits longer than a week


@pytest.mark.parametrize(("start", "end"), SPANS)
def test_runs_and_visits_are_those_of_a_table_worked_out_otherwise(
    tmp_path: Path, start: datetime, end: datetime
) -> None:
    hour, week = start + timedelta(days=3, hours=9.5), start + timedelta(days=20, hours=6, minutes=10)
    off = ((hour, hour + timedelta(hours=1)), (week, week + timedelta(days=7)))
    outlets = year.outlets(tmp_path, "\n".join(LINES))
    assert len(outlets) == 8
    year.simulate(outlets, start, end, off)
    for line, outlet in zip(LINES, outlets, strict=True):
        many = outlet.site.every_min is not None

        def count(since: datetime, until: datetime, many: bool = many) -> int:
            return len(year.published(since, until, pace=many))

        expected = year_table.table(line, start, end, off, count)
        assert [(run.at, run.late, run.goes_on) for run in outlet.starts] == [
            (row.at, row.late, row.goes_on) for row in expected
        ]
        runs = [run.at for run in outlet.starts]
        for article in year.published(start, end, pace=False)[::7]:
            found = year.visits(runs[bisect_left(runs, article) :], article)
            assert found == year_table.visit_counts(runs, article, AGES)
            assert len(found) <= 1 + len(AGES)


def test_the_year_of_some_outlets_as_worked_out_by_hand(tmp_path: Path) -> None:
    lines = [line for line in year.OUTLETS.strip().splitlines() if line.split()[0] in year_table.BY_HAND]
    lines = [line for line in lines if "* * * *" not in line and "every 1h" not in line]  # 8760 runs are many
    outlets = year.outlets(tmp_path, "\n".join(lines))
    assert len(outlets) == 12
    year.simulate(outlets, *year.YEAR, (year.HOUR_OFF, year.WEEK_OFF))
    for outlet in outlets:
        runs, at, never = year_table.BY_HAND[outlet.site.name]
        assert len(outlet.starts) == runs, outlet.site.name
        minutes = {f"{start.at:%m-%dT%H:%M}" for start in outlet.starts}
        assert minutes >= set(at), outlet.site.name
        assert not minutes & set(never), outlet.site.name
