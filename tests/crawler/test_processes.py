"""`gazette crawl --processes`: divided, the crawl is the same; its totals, budgets, ends and interruption."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from archive.db import open_writer, transaction
from archive.errors import Locked
from archive.layout import Layout
from archive.locks import held
from archive.types import Site
from archive.warc.check import Tally
from archive.warc.names import files
from archive.warc.verify import verify_archive
from crawler import runlog
from crawler.cli import crawling
from crawler.cli.crawl import told
from crawler.cli.crawling import Ended, run
from crawler.cli.exits import Exit
from crawler.cli.init import create
from crawler.cli.live import Board, of_report
from crawler.division import divided
from crawler.opening import site_lock
from crawler.purse import Purse, new_purse
from crawler.samples.server import SampleServer
from tests.crawler.injection import Injection
from tests.crawler.running import Running
from tests.crawler.small_site import ARTICLES, OUTLETS, SmallSite
from tests.crawler.support import ALL, QUICK, articles, new_archive, rows

EIGHT = [Site(f"outlet-{n}", seeds=(f"http://127.0.0.1:{9000 + n}/",)) for n in range(8)]


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with SmallSite(pause=0.0) as server:
        yield server


def archive(root: Path, site: SmallSite, more: str = "", dead: tuple[str, ...] = ()) -> Layout:
    """An archive with both outlets, and some where nobody listens."""
    layout = Layout(root / "archive")
    create(layout)
    texts = {name: site.site_file(name) for name in OUTLETS}
    nowhere = 'seeds = ["http://127.0.0.1:1/"]\nallow_private = true\ndelay = 0\n'
    for name, text in {**texts, **dict.fromkeys(dead, nowhere)}.items():
        text = text.replace("delay = 0\n", "") if "delay" in more else text
        (layout.sites / f"{name}.toml").write_text(text + more, encoding="utf-8")
    return layout


def crawl(layout: Layout, *names: str, processes: int = 2, **settings: Any) -> Ended:
    chosen = names or tuple(sorted(path.stem for path in layout.sites.glob("*.toml")))
    return run(layout, chosen, settings, workers=0, processes=processes)


# How sites are divided


def test_few_sites_are_divided_evenly_and_always_in_the_same_way() -> None:
    parts = divided(EIGHT, 2)
    assert [len(part) for part in parts] == [4, 4]
    assert sorted(name for part in parts for name in part) == [site.name for site in EIGHT]
    assert [set(part) for part in divided(EIGHT[::-1], 2)] == [set(part) for part in parts]
    # By a hash that is the same in every process and on every machine.
    assert parts[0] == ["outlet-1", "outlet-2", "outlet-3", "outlet-7"]


def test_there_are_no_more_parts_than_sites() -> None:
    assert sorted(divided(EIGHT[:3], 8)) == [["outlet-0"], ["outlet-1"], ["outlet-2"]]


def test_sites_that_begin_at_one_authority_are_crawled_by_one_process() -> None:
    sites = [
        Site("a", seeds=("https://one.example/a/",)),
        Site("b", feeds=("https://two.example/feed",), sitemaps=("https://one.example/b.xml",)),
        Site("c", sections=("https://two.example/c/",)),
        Site("d", seeds=("https://one.example:8443/",)),
        Site("e", seeds=("https://five.example/",)),
    ]
    assert sorted(divided(sites, 2)) == [["a", "b", "c"], ["d", "e"]]
    assert sorted(divided(sites, 9)) == [["a", "b", "c"], ["d"], ["e"]]


# What comes of it


def test_two_processes_keep_what_one_keeps_each_page_once(tmp_path: Path) -> None:
    with SampleServer() as server:
        layout = new_archive(tmp_path / "a", server)
        # As `gazette crawl` does it: one indexer beside both.
        ended = run(layout, QUICK, {}, workers=1, processes=2)
        expected = {url: truth for url, truth in server.expected().items() if url.startswith(_bases(server))}
        asked = Counter((request.outlet, request.path) for request in server.requests)
    assert (ended.code, [other.code for other in ended.others]) == (Exit.OK, [Exit.OK])
    assert set(asked.values()) == {1}
    assert {url: page[1] for url, page in articles(layout).items()} == {
        url: truth.title for url, truth in expected.items()
    }
    assert rows(layout.index, "SELECT url FROM captures GROUP BY url HAVING count(*) > 1") == []
    # Each has files of its own and a run of its own; together they tell the whole.
    assert len(files(layout.warc)) == 2
    assert list(verify_archive(layout.warc, Tally())) == []
    with runlog.opened(layout) as connection:
        assert connection is not None
        runs = runlog.runs(connection)
    assert sorted(part.site for one in runs for part in one.sites) == sorted(QUICK)
    assert {(one.exit_code, one.reason) for one in runs} == {(0, "finished")}
    parts = [part for one in runs for part in one.sites]
    assert sum(part.fetched + (part.requisites or 0) for part in parts) == len(asked)


def _bases(server: SampleServer) -> tuple[str, ...]:
    assert {outlet.name for outlet in server.outlets} == set(ALL)
    return tuple(outlet.base_url + "/" for outlet in server.outlets if outlet.name in QUICK)


def test_a_locked_crawl_db_costs_time_and_nothing_else(site: SmallSite, tmp_path: Path) -> None:
    layout = archive(tmp_path, site)
    site.pause = 0.01
    board, locked = Board(), 0
    with crawling.Crew(layout, {}) as crew:
        for name in OUTLETS:
            crew.start([name])
        while crew.running:
            board.note([p for report in crew.reports() for p in of_report(report)], time.monotonic())
            if locked < 2 and len(site.requests) > 10 + 20 * locked:
                other = open_writer(layout.crawl_db)
                with transaction(other):
                    time.sleep(0.6)
                other.close()
                locked += 1
            time.sleep(0.02)
        ended = crew.end()
    assert locked == 2
    assert [one.code for one in ended] == [Exit.OK, Exit.OK]
    assert set(Counter(site.asked(0)).values()) == {1}
    assert rows(layout.crawl_db, "SELECT DISTINCT attempts FROM entries") == [(0,)]
    assert rows(layout.crawl_db, "SELECT sum(new) FROM run_sites")[0][0] >= len(OUTLETS) * ARTICLES
    # And the table showed both of them to their ends.
    assert {name: seen.state for name, seen in board.seen.items()} == dict.fromkeys(OUTLETS, "finished")
    (fetched,) = rows(layout.crawl_db, "SELECT sum(fetched) FROM run_sites")[0]
    assert sum(seen.fetched for seen in board.seen.values()) == fetched
    assert board.rows(9)[-1][:2] == ("together", str(fetched))


def _wait(true: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.01)


# Locks


def test_a_glance_at_a_lock_refuses_nobody_and_a_run_that_goes_on_does(
    site: SmallSite, tmp_path: Path
) -> None:
    layout = archive(tmp_path, site)
    glance = ExitStack()
    glance.enter_context(held(layout.locks / "site-hof.lock", "site hof"))
    threading.Timer(0.05, glance.close).start()
    with site_lock(layout, "hof"), pytest.raises(Locked, match="site hof is in use by another run"):
        site_lock(layout, "hof")
    site_lock(layout, "hof").close()


# Budgets


def test_a_budget_holds_for_all_processes_together(
    site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = archive(tmp_path, site)
    text = (layout.sites / "hof.toml").read_text(encoding="utf-8")
    (layout.sites / "hof-sport.toml").write_text(text, encoding="utf-8")
    ended = crawl(layout, processes=4, GAZETTE_MAX_BYTES=60_000)
    assert (ended.code, ended.reason, len(ended.others)) == (Exit.SIZE_BUDGET, "size budget", 1)
    used = rows(layout.crawl_db, "SELECT sum(bytes) FROM run_sites")[0][0]
    # One of each authority may be in flight when it is used up, and no page here has more than 8 KB.
    assert 60_000 <= used <= 60_000 + len(OUTLETS) * 8_000
    assert "3 sites take 2 of 4 processes; sites of one authority" in capsys.readouterr().err


def test_a_purse_counts_what_each_process_says_once() -> None:
    with new_purse() as descriptor:
        one, other = Purse(descriptor), Purse(descriptor)
        assert one.used(0, 0) == (0, 0)
        assert one.used(2, 500) == (2, 500)
        assert other.used(1, 50) == (3, 550)
        assert one.used(2, 500) == (3, 550)
        assert one.used(3, 600) == (4, 650)


# How it ends


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        ([(0, "finished"), (9, "no site gave a page; the last said: refused")], Exit.OK),
        ([(18, "no site gave a page; x"), (9, "no site gave a page; y")], Exit.FAILED),
        ([(18, "no site gave a page; x"), (18, "no site gave a page; y")], Exit.REFUSED),
        ([(0, "finished"), (14, "size budget")], Exit.SIZE_BUDGET),
        ([(14, "size budget"), (9, "news.warc.gz: Input/output error")], Exit.FAILED),
        ([(0, "finished"), (9, "it ended without a word, code -9")], Exit.FAILED),
        ([(9, "it ended without a word, code -9"), (11, "interrupted")], Exit.INTERRUPTED),
        ([(11, "interrupted"), (3, "no space left")], Exit.DISK_FULL),
        ([(20, "in use"), (0, "finished")], Exit.OK),
    ],
)
def test_one_end_of_several(ends: list[tuple[int, str]], code: Exit) -> None:
    every = [Ended(None if n == 20 else f"run-{i}", n, why) for i, (n, why) in enumerate(ends)]
    for some in (every, every[::-1]):
        together = crawling._together(some)
        assert together.code == code
        assert {together.run, *(other.run for other in together.others)} == {one.run for one in every}


def test_a_site_that_fails_alone_in_its_process_fails_alone(
    site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = archive(tmp_path, site, dead=("tot",))
    ended = crawl(layout, "hof", "tot", GAZETTE_MAX_ATTEMPTS=1)
    assert told(layout, ended, as_json=False) == Exit.OK
    out, err = capsys.readouterr()
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert list(lines) == ["site", "hof", "tot"]
    assert "finished" in lines["hof"]
    assert "no page" in lines["tot"]
    assert err == ""
    assert sorted(one.code for one in (ended, *ended.others)) == [Exit.OK, Exit.FAILED]
    # When no site of any of them gave a page it is an error, said once.
    (alone,) = ended.others
    assert told(layout, crawling._together([alone, alone]), as_json=False) == Exit.FAILED
    assert capsys.readouterr().err.count("no site gave a page") == 1


def test_ctrl_c_ends_all_of_them_cleanly_and_the_next_crawl_goes_on(site: SmallSite, tmp_path: Path) -> None:
    layout = archive(tmp_path, site, more="delay = 0.3\n")
    going = Running.start(layout, Injection(), tmp_path / "said", "crawl", "--processes", "2", "--no-index")
    _wait(lambda: len(_fetching(layout)) == 2)
    crawlers = [process for process in going.family() if process != going.process.pid]
    assert len(crawlers) == 2
    os.kill(going.process.pid, signal.SIGINT)
    assert going.end() == Exit.INTERRUPTED
    assert going.said.splitlines() == [
        "gazette: ending cleanly; the next crawl goes on from here",
        "gazette: interrupted",
    ]
    assert rows(layout.crawl_db, "SELECT DISTINCT exit_code, reason FROM runs") == [(11, "interrupted")]
    assert all(file.sealed for file in files(layout.warc))
    before = set(site.asked(0))
    for path in layout.sites.glob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace("0.3", "0"), encoding="utf-8")
    assert crawl(layout, processes=1).code == Exit.OK
    assert set(Counter(site.asked(0)).values()) == {1}
    assert len(site.asked(0)) > len(before) + ARTICLES


def _fetching(layout: Layout) -> list[str]:
    """The sites of which pages came."""
    with runlog.opened(layout) as connection:
        runs = runlog.unended(connection) if connection else []
    return [part.site for one in runs for part in one.sites if part.fetched > 1]


def test_a_process_that_is_killed_makes_the_crawl_fail_and_the_others_end_their_round(
    site: SmallSite, tmp_path: Path
) -> None:
    layout = archive(tmp_path, site)
    text = (layout.sites / "markt.toml").read_text(encoding="utf-8")
    (layout.sites / "markt.toml").write_text(text.replace("delay = 0\n", ""), encoding="utf-8")
    with crawling.Crew(layout, {}) as crew:
        for name in OUTLETS:
            crew.start([name])
        _wait(lambda: any("markt" in report.get("sites", {}) for report in crew.reports()))
        slow = next(crawl for crawl, _ in crew._running if "markt" in crawl.sites)
        os.kill(slow.pid, signal.SIGKILL)
        together = crawling._together(crew.end())
    assert together.code == Exit.FAILED
    assert "without a word" in together.reason
    states = dict(rows(layout.crawl_db, "SELECT site, reason FROM run_sites"))
    assert states == {"hof": "finished", "markt": None}
