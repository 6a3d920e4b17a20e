"""Numbers, times and texts as they get into rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.index.rownumbers import days_between, first_number, last_number, row_number
from archive.index.rows import clean, moment

IDS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16)
DAYS = st.dates(date(1800, 1, 1), date(2140, 1, 1))


@given(IDS, IDS, DAYS, DAYS)
def test_numbers_rise_with_the_day_and_stay_in_it(one: str, other: str, day: date, later: date) -> None:
    assert first_number(day) <= row_number(one, day) <= last_number(day)
    if day < later:
        assert row_number(one, day) < row_number(other, later)
        assert last_number(day) < first_number(later)


@given(IDS, st.dates())
def test_any_day_has_a_number_that_sqlite_can_hold(document_id: str, day: date) -> None:
    assert -(2**63) <= row_number(document_id, day) < 2**63
    first, last = days_between(None, None)
    assert first <= row_number(document_id, day) <= last


@given(st.text())
def test_cleaned_text_can_be_stored_and_keeps_its_length(text: str) -> None:
    cleaned = clean(text + "\x00\ud800")
    assert len(cleaned) == len(text) + 2
    assert "\x00" not in cleaned.encode().decode()


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), "2026-03-01T12:00:00.000000Z"),
        (datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), "2026-02-28T23:30:00.000000Z"),
        (datetime(207, 3, 1, 1, 2, 3, 4, tzinfo=UTC), "0207-03-01T01:02:03.000004Z"),
    ],
)
def test_times_of_captures(when: datetime, text: str) -> None:
    assert moment(when) == text
    assert datetime.fromisoformat(text) == when
