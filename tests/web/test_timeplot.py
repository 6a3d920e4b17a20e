from __future__ import annotations

from datetime import date, timedelta

import pytest

from archive.research.timeline import By, Period
from archive.web.timeplot import HEIGHT, TimePlot, timeplot


def days(numbers: list[tuple[int, int]]) -> list[Period]:
    first = date(2025, 11, 1)
    return [
        Period(str(first + timedelta(days=n)), first + timedelta(days=n), first + timedelta(days=n), *each)
        for n, each in enumerate(numbers)
    ]


def drawn(by: By, periods: list[Period]) -> TimePlot:
    plot = timeplot(by, periods)
    assert plot is not None
    return plot


def test_found_and_all_have_a_measure_each() -> None:
    plot = drawn(By.DAY, days([(1, 400), (0, 0), (4, 100)]))
    assert [(column.tall, column.tall_all) for column in plot.columns] == [
        (HEIGHT / 4, HEIGHT),
        (0, 0),
        (HEIGHT, HEIGHT / 4),
    ]
    assert (plot.most, plot.most_all, plot.behind) == (4, 400, True)


def test_one_article_beside_thousands_is_seen() -> None:
    plot = drawn(By.DAY, days([(1, 1), (5000, 5000)]))
    assert plot.columns[0].tall == 2
    assert not plot.behind


def test_nothing_is_no_plot() -> None:
    assert timeplot(By.DAY, []) is None
    assert timeplot(By.DAY, days([(0, 0)])) is None


@pytest.mark.parametrize("number", [1, 2, 3, 9, 31, 60, 100])
@pytest.mark.parametrize("by", [By.DAY, By.WEEK, By.YEAR])
def test_few_labels_stand_below(by: By, number: int) -> None:
    columns = drawn(by, days([(1, 2)] * number)).columns
    labelled = [column for column in columns if column.label]
    assert columns[0].label
    assert len(labelled) <= 5
    assert all(column.x <= 88 for column in labelled)


def test_months_are_labelled_where_quarters_or_years_begin() -> None:
    months = [date(2020 + n // 12, n % 12 + 1, 1) for n in range(40)]
    plot = drawn(By.MONTH, [Period(str(month)[:7], month, month, 1, 1) for month in months])
    assert [column.period.name for column in plot.columns if column.label] == [
        "2020-01",
        "2021-01",
        "2022-01",
    ]
