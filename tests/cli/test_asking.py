"""search, kwic and timeline as people and programs run them."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from archive.layout import Layout
from tests.cli.support import Gazette

PNG = b"\x89PNG\r\n\x1a\n"


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_search_counts_pages_and_filters(gazette: Gazette, indexed: Layout) -> None:
    def search(*arguments: object) -> list[dict[str, Any]]:
        ran = gazette("--archive", indexed.root, "search", "Stadt", "--json", *arguments)
        assert ran.code == 0
        return rows(ran.out)

    assert [hit["day"] for hit in search("--sort", "date")] == ["2025-11-13", "2025-11-12"]
    assert all(hit["score"] > 0 for hit in search())
    first, summary = search("--facets", "--limit", 1)
    assert summary["total"] == summary["counted"] == 2
    assert summary["facets"]["site"] == [{"value": "hafenblatt", "articles": 2}]
    assert summary["facets"]["author"] == [{"value": "Anna Muster", "articles": 2}]
    assert summary["facets"]["month"] == [{"value": "2025-11", "articles": 2}]
    (second,) = search("--after", summary["next"])
    assert {first["id"], second["id"]} == {hit["id"] for hit in search()}
    assert len(search("--author", "muster")) == 2
    assert search("--author", "Nobody") == search("--section", "Sport") == search("--kind", "other") == []
    assert len(search("--language", "de", "--no-paywall", "--site", "hafenblatt")) == 2


def test_search_shows_facets_and_how_to_go_on(gazette: Gazette, indexed: Layout) -> None:
    ran = gazette("--archive", indexed.root, "search", "Stadt", "--facets", "--limit", 1)
    assert "  hafenblatt          2  ██" in ran.out
    assert "1 of 2 articles; more with --limit, or with --after r" in ran.err
    token = ran.err.split("--after ")[1].strip()
    ran = gazette("--archive", indexed.root, "search", "Stadt", "--limit", 1, "--after", token)
    assert "1 of 2 articles; these are the last" in ran.err
    ran = gazette("--archive", indexed.root, "search", "Stadt", "--site", "hafenblat")
    assert ran.err.splitlines()[1] == "there is no site 'hafenblat'; there are: hafenblatt"


def test_a_wrong_query_shows_its_place(gazette: Gazette, indexed: Layout) -> None:
    for verb in ("search", "kwic", "timeline"):
        ran = gazette("--archive", indexed.root, verb, "(Brücke OR Fähre AND")
        assert ran.code == 2
        first, query, mark = ran.err.splitlines()
        assert first.startswith("gazette: ")
        assert query[mark.index("^")] in "(A"
    ran = gazette("--archive", indexed.root, "search", "x", "--since", "2026-01-02", "--until", "2026-01-01")
    assert (ran.code, ran.err) == (
        2,
        "gazette: --since 2026-01-02 is after --until 2026-01-01; exchange them\n",
    )


def test_kwic_is_aligned(gazette: Gazette, indexed: Layout) -> None:
    ran = gazette("--archive", indexed.root, "kwic", "Brücke OR Fähre", "--width", 20)
    lines = ran.out.splitlines()
    assert len(lines) == 3
    assert {line[20 + 20 :].split()[0].strip(".") for line in lines} == {"Brücke", "Fähre"}
    assert lines[0].startswith("2025-11-13  ")
    ran = gazette("--archive", indexed.root, "kwic", "Stadt", "--limit", 1)
    assert ran.err == "the first 1 lines; more with --limit\n"
    assert gazette("--archive", indexed.root, "kwic", "Tinte").err == "no article holds: Tinte\n"


def test_kwic_for_programs(gazette: Gazette, indexed: Layout) -> None:
    told = rows(gazette("--archive", indexed.root, "kwic", "Brücke", "--json", "--sort", "right").out)
    table = list(
        csv.DictReader(
            io.StringIO(gazette("--archive", indexed.root, "kwic", "Brücke", "--csv", "--sort", "right").out)
        )
    )
    assert [line["word"] for line in told] == [line["word"] for line in table]
    assert {line["word"] for line in told} == {"Brücke"}
    assert [line["day"] for line in table] == ["2025-11-13"] * len(told)
    assert gazette("--archive", indexed.root, "kwic", "x", "--json", "--csv").code == 2


def test_timeline_in_all_forms(gazette: Gazette, indexed: Layout, tmp_path: Path) -> None:
    days = ("--by", "day", "--since", "2025-11-11", "--until", "2025-11-14")
    ran = gazette("--archive", indexed.root, "timeline", "Stadt", *days)
    lines = ran.out.splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["2025-11-11", "0", "of", "0"],
        ["2025-11-12", "1", "of", "1"],
        ["2025-11-13", "1", "of", "1"],
        ["2025-11-14", "0", "of", "0"],
    ]
    assert ["█" in line for line in lines] == [False, True, True, False]
    told = rows(gazette("--archive", indexed.root, "timeline", "Brücke", *days, "--json").out)
    assert [(row["period"], row["articles"], row["share"]) for row in told][1:3] == [
        ("2025-11-12", 0, 0.0),
        ("2025-11-13", 1, 1.0),
    ]
    table = csv.DictReader(io.StringIO(gazette("--archive", indexed.root, "timeline", "Stadt", "--csv").out))
    assert list(table) == [
        {
            "period": "2025-11",
            "first": "2025-11-01",
            "last": "2025-11-30",
            "articles": "2",
            "all": "2",
            "share": "1.0",
        }
    ]
    png = tmp_path / "stadt.png"
    ran = gazette("--archive", indexed.root, "timeline", "Stadt $1$", *days, "--share", "--png", png)
    assert ran.err == "no article holds: Stadt $1$\n" + f"drawn: {png}\n"
    assert png.read_bytes().startswith(PNG)


def test_a_plot_without_matplotlib_says_what_to_install(
    gazette: Gazette, indexed: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    ran = gazette("--archive", indexed.root, "timeline", "Stadt", "--png", tmp_path / "a.png")
    assert ran.code == 9
    assert "pip install 'gazette[research]'" in ran.err
    assert ran.out
