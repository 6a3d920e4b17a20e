"""``gazette export`` as its user calls it."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import pytest

from archive.export import CAPTURES, FORMATS
from archive.export.form import Format, Outlets
from archive.layout import Layout
from archive.research.articles import COLUMNS, Article
from archive.warc.members import MemberWalk
from crawler.cli import export
from crawler.cli.exits import Exit
from tests.cli.support import BRIDGE, EMPTY, FERRY, Gazette


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test puts an indexed archive, of which the others get copies."""
    return tmp_path_factory.mktemp("kept") / "archive"


@pytest.fixture
def indexed(gazette: Gazette, filled: Layout, kept: Path) -> Layout:
    if not kept.exists():
        assert gazette("--archive", filled.root, "index").code == Exit.OK
        shutil.copytree(filled.root, kept, symlinks=True)
        return filled
    shutil.copytree(kept, filled.root, symlinks=True, dirs_exist_ok=True)
    return filled


def test_every_format_can_be_named() -> None:
    assert set(export.FORMAT_NAMES) == {*FORMATS, *CAPTURES}
    assert set(export.CAPTURE_FORMATS) == set(CAPTURES)


def test_all_articles_go_to_stdout_the_oldest_first(gazette: Gazette, indexed: Layout) -> None:
    ran = gazette("--archive", indexed.root, "export")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (Exit.OK, "")
    assert [row["url"] for row in rows] == [FERRY, BRIDGE]
    assert set(rows[0]) == {*COLUMNS, "outlet"}
    assert rows[0]["authors"] == ["Anna Muster"]


@pytest.mark.parametrize(
    ("asked", "urls"),
    [
        (("Fähre",), [FERRY]),
        (("--since", "2025-11-13"), [BRIDGE]),
        (("--author", "Muster", "--until", "2025-11-12"), [FERRY]),
        (("--site", "nobody"), []),
        (("Dampfer",), []),
    ],
)
def test_a_selection_is_what_was_asked_for(
    gazette: Gazette, indexed: Layout, asked: tuple[str, ...], urls: list[str]
) -> None:
    ran = gazette("--archive", indexed.root, "export", *asked, "--format", "csv")
    assert ran.code == Exit.OK
    table = list(csv.DictReader(io.StringIO(ran.out.removeprefix("\ufeff"))))
    assert [row["url"] for row in table] == urls


def test_the_name_of_a_file_tells_its_format(gazette: Gazette, indexed: Layout, tmp_path: Path) -> None:
    target = tmp_path / "references.ris"
    ran = gazette("--archive", indexed.root, "export", "-o", target)
    assert (ran.code, ran.out) == (Exit.OK, "")
    assert ran.err.startswith(f"{target}: 2 articles, ")
    assert target.read_text(encoding="utf-8").count("TY  - NEWS") == 2
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "references.ris"}


def test_outlets_are_called_as_their_site_files_say(gazette: Gazette, indexed: Layout) -> None:
    with sqlite3.connect(indexed.index) as index:
        index.execute("UPDATE documents SET site = 'blatt'")
    site = 'title = "Das Blatt"\nseeds = ["https://blatt.example/"]\n'
    (indexed.sites / "blatt.toml").write_text(site, encoding="utf-8")
    assert "T2  - Das Blatt" in gazette("--archive", indexed.root, "export", "--format", "ris").out
    (indexed.sites / "blatt.toml").write_text("nonsense", encoding="utf-8")
    ran = gazette("--archive", indexed.root, "export", "--format", "ris")
    assert "T2  - blatt" in ran.out
    assert "outlets are named as their sites" in ran.err


def test_what_stands_there_is_replaced_only_when_told(
    gazette: Gazette, indexed: Layout, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    call = ("--archive", indexed.root, "export", "--format", "txt", "-o", target)
    assert gazette(*call).err == f"{target}: 2 articles\n"
    ran = gazette(*call)
    assert ran.code == Exit.BAD_CONFIGURATION
    assert ran.err == f"gazette: {target}: is there already; give another name, or --force to replace it\n"
    (target / "old.txt").touch()
    assert gazette(*call, "--force").code == Exit.OK
    assert not (target / "old.txt").exists()
    assert len(list(target.rglob("*.txt"))) == 2


def test_what_breaks_off_leaves_nothing(
    gazette: Gazette, indexed: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(articles: Iterable[Article], out: IO[bytes], outlets: Outlets) -> int:
        out.write(b"half")
        raise OSError(28, "No space left on device", "out.jsonl")

    target = tmp_path / "out.jsonl"
    target.write_text("before", encoding="utf-8")
    monkeypatch.setitem(FORMATS, "jsonl", Format("jsonl", "torn", torn))
    ran = gazette("--archive", indexed.root, "export", "-o", target, "--force")
    assert ran.code == Exit.DISK_FULL
    assert target.read_text(encoding="utf-8") == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "out.jsonl"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--format", "txt"), Exit.USAGE, "txt is a folder: say where with -o DIR"),
        (("-o", "no/such/place.csv"), Exit.BAD_CONFIGURATION, "no/such: no such folder; make it first"),
        (('"open',), Exit.USAGE, "not closed"),
        (("-o", ".", "--force"), Exit.BAD_CONFIGURATION, "is a folder; give the name of a file"),
        (("--format", "wacz"), Exit.USAGE, "wacz is no stream: say where with -o FILE"),
        (("--captures", "--format", "csv"), Exit.USAGE, "--captures is for warc, wacz, cdxj, not for csv"),
        (("--captures", "Fähre", "--format", "cdxj"), Exit.USAGE, "not QUERY"),
        (("--captures", "--author", "x", "--format", "warc"), Exit.USAGE, "not --author"),
    ],
)
def test_a_wrong_call_is_told_in_a_line(
    gazette: Gazette, indexed: Layout, arguments: tuple[str, ...], code: Exit, said: str
) -> None:
    ran = gazette("--archive", indexed.root, "export", *arguments)
    assert ran.code == code
    assert said in ran.err


def test_the_name_of_a_warc_file_makes_an_export_of_captures(
    gazette: Gazette, indexed: Layout, tmp_path: Path
) -> None:
    target = tmp_path / "ferry.warc.gz"
    ran = gazette("--archive", indexed.root, "export", "Fähre", "-o", target)
    assert (ran.code, ran.out) == (Exit.OK, "")
    assert ran.err.startswith(f"{target}: 1 captures in 5 records, ")
    kinds = [member.get("warc-type") for member in MemberWalk(target)]
    assert kinds == ["warcinfo", "warcinfo", "metadata", "request", "response"]
    first = next(iter(MemberWalk(target)))
    assert b"description: Articles that hold F\xc3\xa4hre\r\n" in first.block_head
    again = gazette("--archive", indexed.root, "export", "-o", target)
    assert (again.code, "is there already" in again.err) == (Exit.BAD_CONFIGURATION, True)


def test_a_cdxj_of_all_captures_goes_to_stdout(gazette: Gazette, indexed: Layout) -> None:
    ran = gazette("--archive", indexed.root, "export", "--captures", "--format", "cdxj")
    assert (ran.code, ran.err) == (Exit.OK, "")
    urls = [json.loads(line.split(" ", 2)[2])["url"] for line in ran.out.splitlines()]
    assert urls == [BRIDGE, FERRY, EMPTY]
    for days, number in (("--since", 0), ("--until", 3)):
        day = "2025-11-14" if days == "--since" else "2025-11-13"
        ran = gazette("--archive", indexed.root, "export", "--captures", days, day, "--format", "cdxj")
        assert len(ran.out.splitlines()) == number


def test_a_warc_goes_to_stdout(indexed: Layout) -> None:
    code = "import sys; from crawler.cli.tree import run; sys.exit(run(sys.argv[1:]))"
    arguments = ["--archive", str(indexed.root), "export", "--format", "warc"]
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, timeout=60)
    assert ran.returncode == Exit.OK
    (indexed.root / "x.warc.gz").write_bytes(ran.stdout)
    walk = MemberWalk(indexed.root / "x.warc.gz")
    assert (len(list(walk)), walk.problem) == (8, None)


def test_damage_is_said_with_its_place(gazette: Gazette, indexed: Layout, tmp_path: Path) -> None:
    for file in indexed.warc.glob("*.warc.gz"):
        with file.open("r+b") as damaged:
            damaged.truncate(file.stat().st_size - 5)
    ran = gazette("--archive", indexed.root, "export", "--captures", "-o", tmp_path / "out.warc.gz")
    assert ran.code == Exit.DAMAGED
    first, second = ran.err.splitlines()
    assert re.match(r"gazette: gazette-\S+\.warc\.gz@\d+: ", first)
    assert first.endswith(": no whole record stands here; left out")
    assert "2 captures in" in second


def test_wacz_says_how_to_get_its_library(
    gazette: Gazette, indexed: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nothing"))
    ran = gazette("--archive", indexed.root, "export", "-o", tmp_path / "out.wacz")
    assert ran.code == Exit.FAILED
    assert "gazette replay --install" in ran.err
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "out.wacz").exists()
