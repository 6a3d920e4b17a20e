"""``gazette status``: last and next runs, the yield of the last days, room on the disk."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.db import open_reader
from archive.layout import Layout
from archive.research import yields
from crawler import overview
from crawler.crawldb import CrawlDb
from tests.cli.logged import counts, log_runs
from tests.cli.support import BRIDGE, START, Gazette, page

NOW = START + timedelta(days=3)
MB = 1_000_000


def site_of(layout: Layout, now: datetime, name: str = "hafenblatt") -> dict[str, Any]:
    found: list[dict[str, Any]] = overview.gather(layout, now)["sites"]
    return next(site for site in found if site["site"] == name)


def test_the_yield_counts_new_articles_by_day(indexed: Layout) -> None:
    site = site_of(indexed, NOW)
    assert len(site["new_by_day"]) == overview.DAYS == 14
    assert list(site["new_by_day"])[-1] == f"{NOW:%Y-%m-%d}"
    assert {day: n for day, n in site["new_by_day"].items() if n} == {"2025-11-13": 2}
    assert site["last_new"] == "2025-11-13T09:00:01.000000Z"
    assert sum(site_of(indexed, NOW + timedelta(days=30))["new_by_day"].values()) == 0


def test_another_version_of_an_article_is_not_new(indexed: Layout, gazette: Gazette) -> None:
    from archive.types import Exchange, ExchangeEnd
    from archive.warc.records import Told, exchange_records
    from archive.warc.writer import WarcWriter

    body = page("Neue Brücke am Kanal wird teurer", "Sie kostet mehr.", ["Neu. " * 60], "2025-11-13")
    writer = WarcWriter(indexed.warc, {"software": "test"})
    writer.begin()
    response = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    exchange = Exchange(
        *(BRIDGE, START + timedelta(days=1), b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8101\r\n\r\n", response),
        *(b"", 1, "127.0.0.1", "http/1.1", None, ExchangeEnd.COMPLETE, None),
    )
    writer.append(exchange_records(exchange, Told("hafenblatt", "run-2"), writer.warcinfo_id).members)
    writer.sync()
    writer.close()
    assert gazette("--archive", indexed.root, "index", "--workers", 1).code == 0
    connection = open_reader(indexed.index)
    try:
        versions = connection.execute("SELECT count(*) FROM documents WHERE url = ?", (BRIDGE,)).fetchone()[0]
        assert versions == 2
        assert yields.daily(connection, "hafenblatt", "2025-11-01") == {"2025-11-13": 2}
        assert yields.newest(connection, "hafenblatt") == "2025-11-13T09:00:01.000000Z"
        assert yields.newest(connection, "nirgends") is None
    finally:
        connection.close()


def test_last_and_next_runs(layout: Layout) -> None:
    every = 'seeds = ["http://127.0.0.1:8101/"]\nevery = "1h"\nallow_private = true\n'
    for name in ("hof", "markt", "neu"):
        (layout.sites / f"{name}.toml").write_text(every, encoding="utf-8")
    (layout.sites / "hand.toml").write_text(every.replace('every = "1h"\n', ""), encoding="utf-8")
    log_runs(layout, os.getpid())
    now = datetime(2026, 3, 3, 6, 20, tzinfo=UTC)
    markt, neu, hand = (site_of(layout, now, name) for name in ("markt", "neu", "hand"))
    assert (markt["last_state"], markt["last_exit_code"]) == ("no page: timed out", 0)
    assert (markt["next_run"], markt["due"]) == ("2026-03-03T07:00:00Z", False)
    assert (neu["last_state"], neu["next_run"], neu["due"]) == ("never crawled", "2026-03-03T06:20:00Z", True)
    assert (hand["next_run"], hand["due"]) == (None, False)
    assert site_of(layout, now, "hof")["last_state"] == "running"


def test_the_disk_is_foretold_when_enough_is_known(layout: Layout, gazette: Gazette) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    assert overview.gather(layout, now)["room"] is None
    database = CrawlDb(layout.crawl_db)
    for age in range(40, 0, -1):
        at = now - timedelta(days=age)
        run = f"{at:%Y%m%dT%H%M%SZ}-aaaaaa"
        database.runs.begin(run, ["hof"], {}, at)
        database.runs.count(run, {"hof": counts(*[1] * 7, 10 * MB)}, {"hof": 1.0}, {})
        database.runs.end(run, {"hof": "finished"}, 0, "finished", at)
    database.close()
    found = overview.gather(layout, now)
    assert found["room"]["bytes_per_day"] == 10 * MB
    days = (found["disk_free"] - (512 << 20)) / (10 * MB)
    wanted = None if days > 3_650 else f"{now + timedelta(days=days):%Y-%m-%d}"
    assert found["room"]["full_on"] == wanted
    said = gazette("--archive", layout.root, "status").out
    assert re.search(
        r"free on the disk, (9\.6|10\.0) MB more each day: (full on 2|enough for ten years)", said
    )


def test_a_machine_reads_what_a_person_does(gazette: Gazette, indexed: Layout) -> None:
    log_runs(indexed, os.getpid())
    printed = gazette("--archive", indexed.root, "status").out
    found = json.loads(gazette("--archive", indexed.root, "status", "--json").out)
    for line, site in zip(printed.splitlines()[1:], found["sites"], strict=False):
        cells = line.split()
        assert cells[:2] == [site["site"], str(site["articles"])]
    assert "full on" not in printed, "two days tell nothing of the disk"


def test_figures_to_a_file(gazette: Gazette, indexed: Layout, tmp_path: Path) -> None:
    file = tmp_path / "gazette.prom"
    ran = gazette("--archive", indexed.root, "status", "--metrics", file)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert 'gazette_articles{site="hafenblatt"} 2.0\n' in file.read_text(encoding="utf-8")
    assert 'gazette_last_new_article_age_seconds{site="hafenblatt"}' in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [["--json", "--watch"], ["--json", "--metrics", "x"]])
def test_forms_exclude_each_other(options: list[str], gazette: Gazette, layout: Layout) -> None:
    assert gazette("--archive", layout.root, "status", *options).code == 2
