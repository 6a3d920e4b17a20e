"""``gazette runs``: the table, JSON and CSV tell the same."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from typing import Any

import pytest

from archive.layout import Layout
from crawler.cli.columns import fitted
from crawler.cli.exits import Exit
from crawler.cli.output import duration, size
from tests.cli.logged import EVIL, FIRST, GOING, SECOND, log_runs
from tests.cli.support import Gazette


@pytest.fixture
def logged(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.delenv("COLUMNS", raising=False)  # pytest's workers set it
    log_runs(layout, os.getpid())
    return layout


def cells(text: str) -> list[list[str]]:
    """The cells of a table, its head first: columns stand two blanks apart."""
    return [re.split(r" {2,}", line.strip()) for line in text.splitlines()]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def as_cells(entry: dict[str, Any]) -> list[str]:
    """What a table says of a run that JSON tells of."""
    took = [] if entry["seconds"] is None else [duration(entry["seconds"])]
    numbers = [entry[k] for k in ("fetched", "new", "changed", "unchanged", "refused", "failed")]
    ended = [] if entry["exit_code"] is None else [entry["exit_code"]]
    found = [entry["id"], entry["started_by"], *took, len(entry["sites"]), *numbers]
    return [str(cell) for cell in (*found, size(entry["bytes"]), *ended, entry["state"])]


def test_json_and_csv_equal_the_table(gazette: Gazette, logged: Layout) -> None:
    archive = ("--archive", logged.root, "runs")
    head, *table = cells(gazette(*archive).out)
    found = lines(gazette(*archive, "--json").out)
    assert [row[0] for row in table] == [GOING, SECOND, FIRST]
    assert table == [as_cells(entry) for entry in found]
    assert head[:4] == ["run", "by", "took", "sites"]
    rows = list(csv.DictReader(io.StringIO(gazette(*archive, "--csv").out)))
    for row, entry in zip(rows, found, strict=True):
        entry |= {"sites": len(entry["sites"])}
        assert row == {name: "" if entry[name] is None else str(entry[name]) for name in row}
    assert set(rows[0]) == set(found[0]) - {"args", "reason"}


def test_sums_are_right(gazette: Gazette, logged: Layout) -> None:
    going, second, first = lines(gazette("--archive", logged.root, "runs", "--json").out)
    assert (first["fetched"], first["new"], first["changed"], first["unchanged"]) == (40, 20, 2, 17)
    assert (first["refused"], first["failed"], first["bytes"], first["seconds"]) == (5, 3, 94_000, 90.0)
    assert (second["new"], second["exit_code"], second["state"]) == (21, 0, "finished")
    assert (going["ended_at"], going["exit_code"], going["seconds"], going["state"]) == (
        *(None, None, None),
        "running",
    )
    assert first["started_by"] == "anna@server (timer)"
    assert first["config_digest"] == "sha1:ABC"


def test_one_run_site_by_site_and_kind_by_kind(gazette: Gazette, logged: Layout) -> None:
    archive = ("--archive", logged.root, "runs", SECOND[:9])
    printed = gazette(*archive).out
    blocks = [cells(block) for block in printed.split("\n\n")]
    (found,) = lines(gazette(*archive, "--json").out)
    assert blocks[0][0] == [f"{SECOND}: finished"]
    assert blocks[1][1:] == [
        ["hof", "30", "20", "2", "8", "15", "4", "3", "90.0 kB", "61 s", "finished"],
        ["markt", "10", "1", "0", "9", "0", "1", "0", "4.0 kB", "12 s", "no page: timed out"],
    ]
    for block, outcome in ((blocks[2], "failed"), (blocks[3], "refused")):
        told = [o for o in found["outcomes"] if o["outcome"] == outcome]
        names = ("site", "kind", "what", "count", "example_url", "example_reason")
        assert block[1:] == [[str(o[name]) for name in names] for o in told]
    assert [(o["kind"], o["count"]) for o in found["outcomes"] if o["site"] == "hof"] == [
        ("gone", 2),
        ("timeout", 1),
        ("robots", 4),
    ]
    parts = list(csv.DictReader(io.StringIO(gazette(*archive, "--csv").out)))
    assert [part["site"] for part in parts] == ["hof", "markt"]
    assert [{k: "" if v is None else str(v) for k, v in part.items()} for part in found["sites"]] == parts


def test_a_site_and_a_day_choose(gazette: Gazette, logged: Layout) -> None:
    archive = ("--archive", logged.root, "runs", "--json")
    markt = lines(gazette(*archive, "--site", "markt").out)
    assert [entry["id"] for entry in markt] == [SECOND, FIRST]
    assert [entry["fetched"] for entry in markt] == [10, 10]
    since = lines(gazette(*archive, "--since", "2026-03-03").out)
    assert [entry["id"] for entry in since] == [GOING, SECOND]
    assert [entry["id"] for entry in lines(gazette(*archive, "--limit", 1).out)] == [GOING]
    one = lines(gazette(*archive, SECOND, "--site", "markt").out)[0]
    assert {o["site"] for o in one["outcomes"]} == {"markt"}
    none = gazette(*archive, "--site", "nirgends")
    assert (none.code, none.out) == (0, "")
    assert none.err.startswith("no such run")


def test_no_cell_is_a_formula(gazette: Gazette, logged: Layout) -> None:
    archive = ("--archive", logged.root, "runs", "--failed")
    (row,) = csv.DictReader(io.StringIO(gazette(*archive, "--csv").out))
    assert row["reason"] == "'" + EVIL
    (entry,) = lines(gazette(*archive, "--json").out)
    assert entry["reason"] == EVIL
    assert entry["run"] == GOING
    assert lines(gazette(*archive, "--json", "--site", "markt", SECOND).out) == []


def test_a_run_whose_process_is_gone_was_killed(gazette: Gazette, layout: Layout) -> None:
    log_runs(layout, 2**22 + 1)  # above any process number of Linux
    assert cells(gazette("--archive", layout.root, "runs").out)[1][-1] == "killed"


def test_forms_exclude_each_other(gazette: Gazette, logged: Layout) -> None:
    for options in (["--csv", "--json"], ["--failed", "--refused"], ["--since", "gestern"]):
        assert gazette("--archive", logged.root, "runs", *options).code == Exit.USAGE


def test_a_narrow_terminal_gets_fewer_columns() -> None:
    head, rows = ("a", "bb", "ccc"), [(1, "zwei", "drei")]
    assert fitted(head, rows, ("bb", "a"), 0) == "a  bb    ccc\n1  zwei  drei"
    assert fitted(head, rows, ("bb", "a"), 13) == "a  bb    ccc\n1  zwei  drei"
    assert fitted(head, rows, ("bb", "a"), 12) == "a  ccc\n1  drei"
    assert fitted(head, rows, ("bb", "a"), 3) == "ccc\ndrei"


@pytest.mark.parametrize("width", [80, 120])
def test_the_tables_fit_a_terminal(
    width: int, gazette: Gazette, logged: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for verb in ("runs", "status"):
        text = gazette("--archive", logged.root, verb).out
        assert max(map(len, text.splitlines())) <= width
