"""``gazette reextract`` as a person types it; an older extractor stands in for the one of last year."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from archive.extract import extract_page
from archive.index import jobs
from archive.index.workers import Pool
from archive.layout import Layout
from archive.types import Document, Failure, Outcome, Page
from crawler.cli.exits import Exit
from tests.cli.support import Gazette

OLDER = "gazette-0"


def older(page: Page) -> Outcome:
    """The installed extractor as it might have been: no authors, and a name of the outlet in each title."""
    from dataclasses import replace

    outcome = extract_page(page)
    if isinstance(outcome, Failure):
        return replace(outcome, extractor=OLDER)
    assert isinstance(outcome, Document)
    return replace(outcome, extractor=OLDER, authors=(), title=f"{outcome.title} | Hafenblatt")


@pytest.fixture
def stale(filled: Layout) -> Layout:
    """An archive that another extractor has indexed."""
    jobs.run(filled, pool=Pool(filled.warc, 1, OLDER, extractor="tests.cli.test_reextract:older"))
    return filled


def test_the_stale_ones_are_told_selected_and_extracted_again(stale: Layout, gazette: Gazette) -> None:
    def call(*arguments: object) -> str:
        ran = gazette("--archive", stale.root, *arguments)
        assert ran.code == 0, ran.err
        return ran.out

    assert re.search(
        r"stale: 3 \(about \d+ s of one CPU\); extract again with: gazette reextract", call("status")
    )
    plan = json.loads(call("reextract", "--dry-run", "--workers", 1, "--json"))
    assert plan["records"] == 3
    assert plan["bytes"] > 500
    assert plan["seconds"] > 0
    assert call("reextract", "--dry-run", "--kind", "section") == "records: 0 (0 B); nothing was done\n"
    said = call(
        "reextract", "--workers", 1, "--where", "title LIKE 'Neue%'", "--site", "hafenblatt", "--json"
    )
    assert json.loads(said)["outcomes"] == 1
    assert json.loads(call("search", "Brücke", "--json"))["title"] == "Neue Brücke am Kanal"
    assert json.loads(call("search", "Fähre", "--json"))["title"] == "Die Fähre fährt wieder | Hafenblatt"
    assert "2 extracted: 0 new documents, 1 failures" in call("reextract", "--workers", 1)
    assert "stale: 0" in call("status")
    assert "0 extracted" in call("reextract")
    assert "3 extracted" in call("reextract", "--all", "--workers", 1)


def test_compared_looked_at_and_accepted(stale: Layout, gazette: Gazette) -> None:
    ran = gazette("--archive", stale.root, "reextract", "--compare", "--workers", 1)
    assert ran.code == 0, ran.err
    assert f"in use:   {OLDER}\n" in ran.out
    assert re.search(r"^hafenblatt +2 +2 +0 +0 +2 +0 +0$", ran.out, re.MULTILINE)
    assert "title: [-Neue Brücke am Kanal | Hafenblatt-] {+Neue Brücke am Kanal+}" in ran.out
    assert "[-" + "-]" not in ran.out.replace("authors: [-[]-]", "")
    assert (stale.generations / "comparison.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "| Hafenblatt" in gazette("--archive", stale.root, "search", "Brücke").out
    assert "a comparison waits" in gazette("--archive", stale.root, "status").out
    page = stale.root / "elsewhere.html"
    found = json.loads(
        gazette("--archive", stale.root, "reextract", "--compare", "--json", "--html", page).out
    )
    assert found["total"]["changed"] == 2
    assert found["fields"] == {"authors": 2, "title": 2}
    assert [one["site"] for one in found["sites"]] == ["hafenblatt"]
    assert page.exists()
    assert gazette("--archive", stale.root, "reextract", "--accept").code == 0
    assert "| Hafenblatt" not in gazette("--archive", stale.root, "search", "Brücke").out
    again = gazette("--archive", stale.root, "reextract", "--accept")
    assert (again.code, again.err.count("\n")) == (Exit.FAILED, 1)
    assert "no comparison waits" in again.err
    nothing = gazette("--archive", stale.root, "reextract", "--compare")
    assert nothing.code == 0
    assert "nothing is stale" in nothing.err


def test_compared_and_rejected(stale: Layout, gazette: Gazette) -> None:
    assert gazette("--archive", stale.root, "reextract", "--compare", "--workers", 1).code == 0
    assert gazette("--archive", stale.root, "reextract", "--reject").out.startswith("dropped")
    assert gazette("--archive", stale.root, "reextract", "--reject").out.startswith("there was no")
    assert "| Hafenblatt" in gazette("--archive", stale.root, "search", "Brücke").out


def test_beside_another_run_it_says_so_and_leaves_the_work(stale: Layout, gazette: Gazette) -> None:
    with jobs.Indexer(stale, pool=Pool(stale.warc, 1, OLDER)):
        for arguments in (["reextract"], ["index"]):
            ran = gazette("--archive", stale.root, *arguments)
            assert ran.code == 0
            assert "another run" in ran.err
            assert ran.err.count("\n") == 1
        gazette("--archive", stale.root, "reextract", "--compare", "--workers", 1)
        for arguments in (["index", "--rebuild"], ["reextract", "--accept"]):
            assert gazette("--archive", stale.root, *arguments).code == Exit.IN_USE


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--where", "titel = 1"], 2, "no such column: titel (did you mean title?), at ▸ in: ▸titel = 1"),
        (["--status", "kaputt"], 2, "'kaputt' is no HTTP status"),
        (["--accept", "--reject"], 2, "name one of"),
        (["--compare", "--site", "x"], 2, "--site selects, and a comparison is of the whole archive"),
        (["--html", "x.html"], 2, "--html is the page of --compare"),
        (["--kind", "essay"], 2, "'essay' is not one of"),
    ],
)
def test_what_is_wrong_is_one_line(
    stale: Layout, gazette: Gazette, arguments: list[str], code: int, said: str
) -> None:
    ran = gazette("--archive", stale.root, "reextract", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert said in ran.err


def test_without_an_index_there_is_nothing_to_extract_again(
    filled: Layout, gazette: Gazette, tmp_path: Path
) -> None:
    ran = gazette("--archive", filled.root, "reextract")
    assert ran.code == Exit.BAD_CONFIGURATION
    assert "nothing is indexed yet; do it with: gazette index" in ran.err
