"""A log of runs whose every number is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive.layout import Layout
from crawler.crawldb import CrawlDb
from crawler.tally import Missing
from crawler.task import Offer

FIRST, SECOND, GOING = "20260302T060000Z-aaaaaa", "20260303T060000Z-bbbbbb", "20260304T060000Z-cccccc"
EVIL = '=HYPERLINK("http://evil.example")'
_AT = datetime(2026, 3, 2, 6, tzinfo=UTC)


def counts(*numbers: int) -> dict[str, int]:
    names = ("fetched", "new", "changed", "unchanged", "articles", "failed", "refused", "bytes")
    return dict(zip(names, numbers, strict=True))


def log_runs(layout: Layout, pid: int) -> None:
    """Two runs over two sites, and one that process ``pid`` does now; a URL that failed, one that waits."""
    database = CrawlDb(layout.crawl_db)
    both = ["hof", "markt"]
    for number, run in enumerate((FIRST, SECOND, GOING)):
        now = _AT + timedelta(days=number)
        sites = both[: 1 if run == GOING else 2]
        for site in sites:
            database.begin_round(site, now)
        args: dict[str, object] = {"sites": sites, "pid": pid}
        database.runs.begin(run, sites, args, now, started_by="anna@server (timer)", config_digest="sha1:ABC")
        if run == GOING:
            database.runs.count(run, {"hof": counts(5, 4, 0, 1, 3, 0, 0, 900)}, {"hof": 2.5}, {})
            continue
        added = {
            "hof": counts(30, 20, 2, 8, 15, 3, 4, 90_000),
            "markt": counts(10, number, 0, 9, 0, 0, 1, 4_000),
        }
        missing = {
            "hof": [
                Missing("failed", "gone", "link", "http://hof.example/weg", "HTTP 404", 2),
                Missing("failed", "timeout", "feed", "http://hof.example/feed", EVIL, 1),
                Missing("refused", "robots", "link", "http://hof.example/intern/", "robots.txt", 4),
            ],
            "markt": [Missing("refused", "rights", "item", "http://markt.example/a", "tdm-reservation", 1)],
        }
        database.runs.count(run, added, {"hof": 61.0, "markt": 12.0}, missing)
        for site in sites:
            database.finish_round(site, now)
        why = {"hof": "finished", "markt": "no page: timed out" if number else "finished"}
        database.runs.end(run, why, 0, "finished", now + timedelta(seconds=90))
    offers = [
        Offer(f"http://hof.example/{name}", "hof.example:80", "link", 4e12, 1, "L", "http://hof.example/")
        for name in ("a", "b")
    ]
    database.offer("hof", 3, offers)
    task = database.head("hof", "hof.example:80", _AT.timestamp())
    assert task is not None
    database.settle(task, GOING, "failed", EVIL)
    database.close()
