"""What is shown while a crawl runs."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime

import pytest
from rich.console import Console

from archive.layout import Layout
from crawler.cli.live import HEAD, Board, Progress, drawn, of_archive, of_report
from crawler.cli.spark import ahead, passed, spark
from crawler.tally import COUNTERS
from tests.cli.logged import log_runs
from tests.cli.support import Gazette

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def shown(board: Board, width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(drawn(board.rows(20), width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def board_of(*found: Progress, seconds: float = 4.0) -> Board:
    board = Board()
    board.note([Progress(p.site, max(0, p.fetched - 20)) for p in found], 0.0)
    board.note(found, seconds)
    return board


def test_each_site_has_a_line_and_all_have_one_together() -> None:
    board = board_of(
        Progress("hof", 30, 20, 2, 8, 3, 1, 90_000, 12),
        Progress("markt", 25, 5, 0, 20, 0, 0, 4_000, 0, "finished"),
        Progress("amt", 20, 0, 0, 0, 0, 0, 10, 7, "no room"),
    )
    head, *lines = board.rows(20), *shown(board, 120)[1:]
    assert [line.split() for line in lines] == [
        ["amt", "20", "0", "0", "0", "0", "7", "5.0", "no", "room"],
        ["hof", "30", "20", "2", "8", "3", "12", "5.0", "fetches"],
        ["markt", "25", "5", "0", "20", "0", "0", "5.0", "finished"],
        ["together", "75", "25", "2", "28", "3", "19", "10.0", "94.0", "kB"],
    ]
    assert len(head[0]) == len(HEAD)


def test_numbers_are_never_cut() -> None:
    board = board_of(Progress("eine-zeitung-mit-langem-namen", 123_456, 111_111, 22_222, 7, 3, 1, 9, 54_321))
    for width in (60, 80, 100):
        line = shown(board, width)[1]
        assert len(line) <= width
        assert {"123456", "111111", "54321"} <= set(line.split())


def test_many_sites_leave_room_for_the_sum() -> None:
    found = [Progress(f"site-{n:02}", n) for n in range(40)]
    rows = board_of(*found).rows(5)
    assert [row[0] for row in rows] == [*(f"site-{n:02}" for n in range(5)), "and 35 more", "together"]
    assert rows[-1][1] == str(sum(range(40)))


def test_a_second_run_of_a_site_counts_anew() -> None:
    board = board_of(Progress("hof", 500), seconds=5.0)
    board.note([Progress("hof", 2)], 6.0)
    board.note([Progress("hof", 8)], 8.0)
    assert board.rate("hof") == 3.0


def test_a_report_tells_of_each_site() -> None:
    counts = dict.fromkeys((*COUNTERS, "queued"), 1)
    report = {
        "waiting": True,
        "sites": {"hof": {**counts, "state": None}, "amt": {**counts, "state": "page budget"}},
    }
    hof, amt = of_report(report)
    assert (hof.state, amt.state) == ("no room", "page budget")
    assert hof == Progress("hof", 1, 1, 1, 1, 1, 1, 1, 1, "no room", requisites=1)
    assert of_report({}) == []


def test_another_process_crawl_is_read_from_the_log(gazette: Gazette, layout: Layout) -> None:
    assert of_archive(layout) == []
    log_runs(layout, os.getpid())
    assert of_archive(layout) == [Progress("hof", 5, 4, 0, 1, 0, 0, 900, 1)]
    ran = gazette("--archive", layout.root, "status", "--watch")
    assert ran.out.splitlines()[1].split()[:7] == ["hof", "5", "4", "0", "1", "0", "1"]


def test_watching_nothing_ends_at_once(gazette: Gazette, layout: Layout) -> None:
    ran = gazette("--archive", layout.root, "status", "--watch")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("nothing runs now")


@pytest.mark.parametrize(
    ("values", "encoding", "plot"),
    [
        ([0, 1, 4, 8], "utf-8", "·▁▄█"),
        ([0, 1, 4, 8], "ascii", "_.=@"),
        ([0, 1, 4, 8], None, "_.=@"),
        ([0, 1, 4, 8], "latin-1", "_.=@"),
        ([1, 1_000], "utf-8", "▁█"),
        ([0, 0], "utf-8", "··"),
        ([], "utf-8", ""),
    ],
)
def test_a_plot_in_a_line(values: list[int], encoding: str | None, plot: str) -> None:
    assert spark(values, encoding) == plot


def test_times_for_people() -> None:
    assert passed("2026-03-31T11:30:00Z", NOW) == "30 min ago"
    assert passed("2026-03-20T12:00:00Z", NOW) == "11 d ago"
    assert passed(None, NOW) == ""
    assert ahead("2026-03-31T14:00:00Z", NOW) == "in 2.0 h"
    assert ahead("2026-03-31T12:00:00Z", NOW) == "now"
    assert ahead(None, NOW) == ""
