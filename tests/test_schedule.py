from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.types import Site
from crawler.crawldb import Round
from crawler.schedule import due, is_due

NOW = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
HOUR = Site(name="hafenblatt", seeds=("http://127.0.0.1:8101/",), every=3600.0)


def _round(minutes_ago: float, *, finished: bool = True, site: str = "hafenblatt") -> Round:
    started = NOW - timedelta(minutes=minutes_ago)
    return Round(site, 1, started, started + timedelta(minutes=1) if finished else None)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        pytest.param(None, True, id="never crawled"),
        pytest.param(_round(59), False, id="not yet"),
        pytest.param(_round(60), True, id="on the second"),
        pytest.param(_round(61), True, id="over"),
        pytest.param(_round(1, finished=False), True, id="unfinished"),
        pytest.param(_round(-90), True, id="clock was set back"),
    ],
)
def test_a_site_is_due(last: Round | None, expected: bool) -> None:
    assert is_due(HOUR, last, NOW) is expected


@pytest.mark.parametrize("last", [None, _round(10_000), _round(1, finished=False)])
def test_a_site_without_every_is_never_due_by_itself(last: Round | None) -> None:
    assert not is_due(Site(name="hafenblatt"), last, NOW)


def test_who_waited_longest_goes_first() -> None:
    sites = [Site(name=name, every=60.0) for name in ("a", "b", "c", "d")]
    rounds = {name: _round(ago, site=name) for name, ago in (("a", 5), ("b", 90), ("d", 0.5))}
    assert [site.name for site in due(sites, rounds, NOW)] == ["c", "b", "a"]
