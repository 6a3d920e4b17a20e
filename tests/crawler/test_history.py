from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.layout import Layout
from archive.types import Site
from crawler.adaptive import RUNS, Yield
from crawler.cli.init import create
from crawler.crawldb import CrawlDb
from crawler.history import Past, past
from crawler.schedule import next_due

BEGAN = datetime(2026, 3, 1, 10, tzinfo=UTC)


def _run(database: CrawlDb, site: str, number: int, new: int, changed: int) -> None:
    at = BEGAN + timedelta(hours=number)
    run = f"{at:%Y%m%dT%H%M%SZ}-abcdef"
    database.connection.execute(
        "INSERT OR IGNORE INTO runs (id, started_at, args) VALUES (?, ?, '{}')", (run, at.isoformat())
    )
    database.connection.execute(
        "INSERT INTO run_sites (run, site, new, changed) VALUES (?, ?, ?, ?)", (run, site, new, changed)
    )


def test_the_newest_runs_of_the_sites_that_need_them(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "a")
    create(layout)
    paced = Site(name="paced", every_min=900.0, every_max=86_400.0)
    fixed, open_ = Site(name="fixed", every=3600.0), Site(name="open", every=3600.0)
    assert past(layout, [paced, fixed]) == Past()
    database = CrawlDb(layout.crawl_db)
    for number in range(10):
        _run(database, "paced", number, 2, 1)
        _run(database, "fixed", number, 9, 0)
        database.begin_round("paced", BEGAN + timedelta(hours=number))
        database.finish_round("paced", BEGAN + timedelta(hours=number, minutes=5))
    _run(database, "open", 3, 0, 0)
    database.begin_round("open", BEGAN + timedelta(hours=1))
    database.close()
    found = past(layout, [paced, fixed, open_])
    assert found.histories == {
        "paced": [Yield(BEGAN + timedelta(hours=n), 3) for n in range(10 - RUNS, 10)],
        "open": [Yield(BEGAN + timedelta(hours=3), 0)],
    }
    # Three articles an hour: the next is planned in an hour, not in a quarter of one.
    planned = next_due(
        paced, found.rounds["paced"], BEGAN + timedelta(hours=9, minutes=6), found.histories["paced"]
    )
    assert planned is not None
    assert (planned.plan, planned.at) == ("pace 1h", BEGAN + timedelta(hours=10))
