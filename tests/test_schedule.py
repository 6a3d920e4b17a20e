from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.types import Blackout, Site
from crawler import blackout
from crawler.adaptive import Yield, pace
from crawler.crawldb import Round
from crawler.localtime import known_zone
from crawler.schedule import due, is_due, next_due, preview

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
HOURLY = Site(name="hafenblatt", seeds=("http://127.0.0.1:8101/",), every=3600.0)


def _round(minutes_ago: float, *, finished: bool = True, site: str = "hafenblatt") -> Round:
    started = NOW - timedelta(minutes=minutes_ago)
    return Round(site, 1, started, started + timedelta(minutes=1) if finished else None)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _after(started: str, site: Site) -> str:
    """When a round comes after one that began at a time, both in UTC."""
    began = _at(started)
    planned = next_due(site, Round(site.name, 1, began, began), began)
    assert planned is not None
    return f"{planned.at:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        pytest.param(None, True, id="never crawled"),
        pytest.param(_round(29), False, id="began after the last full hour"),
        pytest.param(_round(30), False, id="began on the hour"),
        pytest.param(_round(31), False, id="a minute before it: the hour is left out"),
        pytest.param(_round(61), True, id="missed"),
        pytest.param(_round(1, finished=False), True, id="unfinished"),
        pytest.param(_round(-30), False, id="clock was set back a little"),
        pytest.param(_round(-90), True, id="clock was set back"),
    ],
)
def test_a_site_is_due(last: Round | None, expected: bool) -> None:
    assert is_due(HOURLY, last, NOW) is expected


@pytest.mark.parametrize("last", [None, _round(10_000), _round(1, finished=False)])
def test_a_site_without_a_plan_is_never_due_by_itself(last: Round | None) -> None:
    assert not is_due(Site(name="hafenblatt"), last, NOW)
    assert next_due(Site(name="hafenblatt"), last, NOW) is None


def test_who_waited_longest_goes_first() -> None:
    sites = [Site(name=name, every=60.0) for name in ("a", "b", "c", "d")]
    rounds = {name: _round(ago, site=name) for name, ago in (("a", 5), ("b", 90), ("d", 0.4))}
    assert [site.name for site in due(sites, rounds, NOW)] == ["c", "b", "a"]


def test_an_unfinished_round_that_fails_at_once_is_no_loop() -> None:
    last, began = _round(60, finished=False), NOW - 2 * MINUTE
    assert is_due(HOURLY, last, NOW)
    assert not is_due(HOURLY, last, NOW, [Yield(began, 0)])
    assert is_due(HOURLY, last, began + 5 * MINUTE, [Yield(began, 0)])


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        ("2026-03-01 10:00", "2026-03-01 11:00"),
        ("2026-03-01 10:14", "2026-03-01 11:00"),  # late, and on time: the grid stays
        ("2026-03-01 10:29", "2026-03-01 11:00"),  # by hand
        ("2026-03-01 10:31", "2026-03-01 12:00"),  # so near the next one that it takes its place
        ("2026-03-29 00:00", "2026-03-29 01:00"),  # real hours, whatever the clocks do
    ],
)
def test_a_late_start_does_not_shift_the_grid(started: str, expected: str) -> None:
    assert _after(started, HOURLY) == expected


@pytest.mark.parametrize(
    ("cron", "zone", "started", "expected"),
    [
        # 02:30 doesn't exist on 29 March: the moment of the skip, 03:00 CEST
        ("30 2 * * *", "Europe/Berlin", "2026-03-28 12:00", "2026-03-29 01:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29 01:00", "2026-03-30 00:30"),
        # it comes twice on 25 October: the first, 02:30 CEST
        ("30 2 * * *", "Europe/Berlin", "2026-10-24 12:00", "2026-10-25 00:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25 00:30", "2026-10-26 01:30"),
        # all that was skipped is one run, also with 03:00
        ("*/20 2,3 * * *", "Europe/Berlin", "2026-03-28 12:00", "2026-03-29 01:00"),
        ("*/20 2,3 * * *", "Europe/Berlin", "2026-03-29 01:00", "2026-03-29 01:20"),
        ("*/20 2 * * *", "Europe/Berlin", "2026-10-25 00:40", "2026-10-26 01:00"),
        # in every hour: real hours
        ("30 * * * *", "Europe/Berlin", "2026-03-29 00:30", "2026-03-29 01:30"),
        ("30 * * * *", "Europe/Berlin", "2026-10-25 00:30", "2026-10-25 01:30"),
        ("30 2 * * *", "America/New_York", "2026-03-07 12:00", "2026-03-08 07:00"),
        ("30 1 * * *", "America/New_York", "2026-10-31 12:00", "2026-11-01 05:30"),
        ("30 1 * * *", "America/New_York", "2026-11-01 05:30", "2026-11-02 06:30"),
        ("30 2 * * *", "Australia/Sydney", "2026-10-03 12:00", "2026-10-03 16:00"),
        ("30 2 * * *", "Australia/Sydney", "2026-04-04 12:00", "2026-04-04 15:30"),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03 12:00", "2026-10-03 15:30"),  # skips half an hour
        ("0 0 * * *", "America/Santiago", "2026-09-05 12:00", "2026-09-06 04:00"),  # skips midnight
        ("0 9 * * *", "UTC", "2026-03-29 00:00", "2026-03-29 09:00"),
        ("0 0 29 2 *", "UTC", "2026-03-29 00:00", "2028-02-29 00:00"),
    ],
)
def test_cron_means_the_wall_clock(cron: str, zone: str, started: str, expected: str) -> None:
    assert _after(started, Site(name="a", cron=cron, zone=zone)) == expected


NIGHT = (Blackout(22 * 60, 5 * 60),)


@pytest.mark.parametrize(
    ("spans", "started", "expected"),
    [
        (NIGHT, "2026-03-01 20:00", "2026-03-02 04:00"),  # 21:00 UTC is 22:00 in Berlin
        (NIGHT, "2026-03-02 04:00", "2026-03-02 05:00"),
        (NIGHT, "2026-03-28 20:00", "2026-03-29 03:00"),  # the night in which an hour is missing
        (NIGHT, "2026-10-24 19:00", "2026-10-25 04:00"),  # the one that has an hour more
        ((Blackout(0, 1440, (5, 6)),), "2026-03-27 22:00", "2026-03-29 22:00"),
        ((Blackout(1410, 1440), Blackout(0, 30)), "2026-03-01 22:00", "2026-03-01 23:30"),
        ((Blackout(120, 180),), "2026-03-29 00:00", "2026-03-29 01:00"),  # hours that are skipped
        ((Blackout(60, 150),), "2026-10-24 22:00", "2026-10-25 00:30"),  # 02:30 CEST
        ((Blackout(60, 150),), "2026-10-25 00:30", "2026-10-25 01:30"),  # and again, CET
    ],
)
def test_a_time_in_a_blackout_moves_to_its_end(
    spans: tuple[Blackout, ...], started: str, expected: str
) -> None:
    site = dataclasses.replace(HOURLY, blackout=spans, zone="Europe/Berlin")
    assert _after(started, site) == expected


def test_jitter_is_within_its_bound_and_the_same_each_time() -> None:
    site = dataclasses.replace(HOURLY, jitter=600.0)
    found = preview([site], {"hafenblatt": _round(0)}, NOW, 24)
    shifts = {planned.at - planned.at.replace(minute=0, second=0) for planned in found}
    assert len(found) == 24
    assert len(shifts) > 15
    assert max(shifts) <= 10 * MINUTE
    assert found == preview([site], {"hafenblatt": _round(0)}, NOW, 24)
    other = dataclasses.replace(site, name="other")
    assert [one.at for one in found] != [one.at for one in preview([other], {"other": _round(0)}, NOW, 24)]


def test_jitter_longer_than_the_plan_keeps_order_and_number() -> None:
    site = dataclasses.replace(HOURLY, jitter=86_400.0)
    found = [planned.at for planned in preview([site], {"hafenblatt": _round(0)}, NOW, 48)]
    assert [at.replace(minute=0, second=0) for at in found] == [
        NOW.replace(minute=0) + n * HOUR for n in range(1, 49)
    ]
    assert all(at.minute < 15 for at in found)


def _runs(hours: float, *found: int) -> list[Yield]:
    return [Yield(NOW + timedelta(hours=hours * n), count) for n, count in enumerate(found)]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param([], 900, id="nothing known"),
        pytest.param(_runs(1, 5000), 900, id="the first run tells nothing"),
        pytest.param(_runs(1, 5000, 0), 86_400 * 2 / 3, id="nothing new"),
        pytest.param(_runs(1, 9, 4, 4, 4, 4, 4), 3600, id="four an hour"),
        pytest.param(_runs(1, 9, 4, 4, 400, 4, 0), 3600, id="one burst changes nothing"),
        pytest.param(_runs(1, 9, 90, 90, 90, 90, 90), 900, id="never faster than the bound"),
        pytest.param(_runs(1, 90, 90, 90, 4, 4, 4, 4, 4), 3600, id="old runs don't count"),
        pytest.param(_runs(0.001, 1, 9, 9, 9), 900, id="runs by hand, one after the other"),
    ],
)
def test_a_pace_follows_the_yield(history: list[Yield], expected: float) -> None:
    assert pace(900, 86_400, history) == expected


# --- laws ---

_ZONES = ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "UTC"]
_CRONS = ["30 2 * * *", "*/20 1-3 * * *", "7 * * * *", "0 0,12 * * *", "45 1 * * 0", "*/15 * * * *"]
_SWITCHES = [
    "2026-03-08 05:00",
    "2026-03-28 23:00",
    "2026-04-04 13:00",
    "2026-10-03 14:00",
    "2026-10-24 23:00",
]

_spans = st.builds(
    Blackout,
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(lambda days: tuple(sorted(days))),
).filter(lambda span: span.start != span.end)
_plans = st.one_of(
    st.integers(5, 3000).map(lambda minutes: {"every": minutes * 60.0}),
    st.sampled_from(_CRONS).map(lambda cron: {"cron": cron}),
    st.just({"every_min": 600.0, "every_max": 7200.0}),
)


@st.composite
def _sites(draw: st.DrawFn) -> Site:
    spans = tuple(draw(st.lists(_spans, max_size=2)))
    if blackout.closed(spans):
        spans = ()
    jitter = float(draw(st.sampled_from([0, 59, 300, 7200])))
    zone = draw(st.sampled_from(_ZONES))
    return Site(name="a", zone=zone, blackout=spans, jitter=jitter, **draw(_plans))


_moments = st.builds(
    lambda switch, minutes: _at(switch) + minutes * MINUTE,
    st.sampled_from(_SWITCHES),
    st.integers(-3000, 3000),
)
_lasts = st.one_of(
    st.none(), st.tuples(st.integers(-10_000, 10_000), st.booleans()).filter(lambda pair: pair[0] != 0)
)


def _last(now: datetime, drawn: tuple[int, bool] | None) -> Round | None:
    if drawn is None:
        return None
    began = now - drawn[0] * MINUTE / 7
    return Round("a", 1, began, began if drawn[1] else None)


@settings(max_examples=200, deadline=None)
@given(_sites(), _moments, _lasts)
def test_what_is_next_is_in_no_blackout_and_never_past(
    site: Site, now: datetime, drawn: tuple[int, bool] | None
) -> None:
    last = _last(now, drawn)
    planned = next_due(site, last, now)
    assert planned is not None
    assert planned.at >= now
    assert not blackout.covers(site.blackout, known_zone(site.zone), planned.at)
    if last is not None and last.finished_at is not None and last.started_at <= now:
        assert planned.at > last.started_at or planned.at == now
        # What ran is served: nothing that was planned up to its start comes again.
        assert planned.planned > last.started_at
    assert is_due(site, last, now) == (planned.at == now)
    # The answer stays true until its time has come, and at its time it is due.
    later = now + (planned.at - now) / 2
    if later < planned.at and "clock" not in planned.why and last is not None:
        again = next_due(site, last, later)
        assert again is not None
        assert again.at == planned.at
    assert is_due(site, last, planned.at) or last is None or last.started_at > now


@settings(max_examples=40, deadline=None)
@given(_sites(), _moments, _lasts)
def test_a_preview_is_what_a_clock_makes_of_it(
    site: Site, now: datetime, drawn: tuple[int, bool] | None
) -> None:
    last = _last(now, drawn)
    if last is not None and last.started_at > now:
        last = None
    found = [planned.at for planned in preview([site], {"a": last} if last else {}, now, 8)]
    began: list[datetime] = []
    # A clock that shows each minute, and the seconds at which something is to begin.
    for tick in sorted({now + minute * MINUTE for minute in range(8 * 60)}.union(found)):
        if due([site], {"a": last} if last is not None else {}, tick):
            began.append(tick)
            last = Round("a", 1, tick, tick)
    assert began == found
    assert len(set(began)) == len(began)


@settings(max_examples=60, deadline=None)
@given(_sites(), _moments, st.integers(1, 20_000))
def test_what_was_missed_is_caught_up_once(site: Site, now: datetime, minutes: int) -> None:
    last = Round("a", 1, now, now)
    back = now + minutes * MINUTE
    first = next_due(site, last, back)
    assert first is not None
    served = Round("a", 2, first.at, first.at)
    then = next_due(site, served, first.at)
    assert then is not None
    assert then.at > first.at
    assert then.planned > first.at


@settings(max_examples=60, deadline=None)
@given(st.integers(5, 600), _moments, st.integers(-10_000_000, 10_000_000))
def test_a_clock_that_was_set_is_survived(minutes: int, now: datetime, shift: int) -> None:
    """However wrong the clock was when a site was last crawled, the site doesn't wait for ever."""
    site = Site(name="a", every=minutes * 60.0)
    began = now + shift * MINUTE
    planned = next_due(site, Round("a", 1, began, began), now)
    assert planned is not None
    assert planned.at - now <= HOUR + 1.5 * minutes * MINUTE


@settings(max_examples=100, deadline=None)
@given(st.lists(_spans, min_size=1, max_size=3), st.sampled_from(_ZONES), _moments)
def test_a_blackout_ends_where_the_wall_clock_says(
    spans: Sequence[Blackout], zone: str, now: datetime
) -> None:
    """Against a search that looks at each minute."""
    if blackout.closed(spans):
        return

    def dark(at: datetime) -> bool:
        local = at.astimezone(known_zone(zone))
        shown = local.hour * 60 + local.minute
        return any(
            (
                local.weekday() in span.days
                and span.start <= shown < (span.end if span.end > span.start else 1440)
            )
            or (span.end < span.start and (local.weekday() - 1) % 7 in span.days and shown < span.end)
            for span in spans
        )

    expected = now
    while dark(expected):
        expected = (expected + MINUTE).replace(second=0)
    assert blackout.end(tuple(spans), known_zone(zone), now) == expected
    assert blackout.covers(tuple(spans), known_zone(zone), now) == dark(now)
    begun = blackout.before(tuple(spans), known_zone(zone), now)
    assert begun <= now
