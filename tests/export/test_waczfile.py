"""WACZ exports: valid, with our pages and titles; and what goes wrong with the library is a line."""

from __future__ import annotations

import gzip
import json
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.errors import ArchiveError
from archive.export import waczfile
from archive.export.chosen import Chosen, choosing
from archive.export.form import About
from archive.export.target import pack
from archive.index.generation import open_index
from archive.layout import Layout
from archive.research.articles import articles
from archive.types import Query
from crawler.cli.exporting import needs
from tests.export.archived import BRIDGE, FERRY, HOST, START, Keeper, Shot, index
from tests.side import side_python

NAME = "export-20260301.warc.gz"


def about(python: Callable[[], Path]) -> About:
    return About(NAME, "Articles that hold 'Brücke'", {"software": "test"}, python)


@contextmanager
def all_articles(layout: Layout) -> Iterator[Chosen]:
    with closing(open_index(layout)) as connection, choosing(connection, layout.warc, needs) as chosen:
        chosen.add_articles(articles(connection, Query("")))
        chosen.add_needed()
        yield chosen


def lines(file: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read(name).decode().splitlines()]


def test_it_is_valid_and_lists_our_pages(growing: Layout, tmp_path: Path) -> None:
    python = side_python()
    target = tmp_path / "out.wacz"
    with all_articles(growing) as chosen:
        assert pack("wacz", chosen, target, about(lambda: python)).captures == 11
    valid = subprocess.run(
        [python, "-I", "-m", "wacz", "validate", "-f", target], capture_output=True, text=True, timeout=60
    )
    assert "Validation succeeded" in valid.stdout, valid.stdout + valid.stderr
    with zipfile.ZipFile(target) as file:
        assert {i.compress_type for i in file.infolist() if i.filename.endswith(".gz")} == {
            zipfile.ZIP_STORED
        }
        head, *pages = lines(file, "pages/pages.jsonl")
        package = json.loads(file.read("datapackage.json"))
        index_lines = gzip.decompress(file.read("indexes/index.cdx.gz")).decode().splitlines()
        assert f"archive/{NAME}" in file.namelist()
    assert head == {
        "format": "json-pages-1.0",
        "id": "pages",
        "title": "Articles that hold 'Brücke'",
        "hasText": True,
    }
    assert sorted((page["url"], page["title"]) for page in pages) == [
        (BRIDGE, "Neue Brücke am Kanal"),
        (FERRY, "Die Fähre fährt doch nicht"),
        (FERRY, "Die Fähre fährt wieder"),
    ]
    assert {len(page["id"]) for page in pages} == {16}
    assert all(page["ts"].startswith("2025-11-1") and page["text"] for page in pages)
    assert package["title"] == "Articles that hold 'Brücke'"
    assert sum('"mime": "warc/revisit"' in line for line in index_lines) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out.wacz"]


def test_a_page_in_brotli_and_a_bomb_are_no_matter(kept: Layout, tmp_path: Path) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000)[:20_000], 1)
    shots = (
        Shot("/b", b"\x0b\x02\x80<p>x</p>\x03", headers="Content-Encoding: br\r\n"),
        Shot("/c", b"no brotli", headers="Content-Encoding: br\r\n"),
        Shot("/d", bomb, headers="Content-Encoding: gzip, gzip\r\n"),
    )
    Keeper(kept).write(shots, START + timedelta(days=2))
    index(kept)
    python = side_python()
    with closing(open_index(kept)) as connection, choosing(connection, kept.warc) as chosen:
        chosen.add_captures(None, None, None)
        assert pack("wacz", chosen, tmp_path / "out.wacz", about(lambda: python)).captures == 18
    with zipfile.ZipFile(tmp_path / "out.wacz") as file:
        urls = gzip.decompress(file.read("indexes/index.cdx.gz")).decode()
    assert all(f'"url": "{HOST}/{name}"' in urls for name in "bcd")


def test_nothing_chosen_is_a_file_without_pages(growing: Layout, tmp_path: Path) -> None:
    python = side_python()
    with closing(open_index(growing)) as connection, choosing(connection, growing.warc) as chosen:
        pack("wacz", chosen, tmp_path / "out.wacz", about(lambda: python))
    with zipfile.ZipFile(tmp_path / "out.wacz") as file:
        assert len(lines(file, "pages/pages.jsonl")) == 1
        assert {"datapackage.json", "indexes/index.idx"} <= set(file.namelist())


def _script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "echo Traceback >&2; echo 'ValueError: no way' >&2; exit 1",
            "could not make the file: ValueError: no way",
        ),
        ("exit 7", "could not make the file: it ended with 7"),
        ("exec sleep 30", "did not end in 1 s"),
        ("echo 'OSError: [Errno 28] No space left on device' >&2; exit 1", "no space left for the WACZ"),
    ],
)
def test_what_the_library_does_wrong_is_told_in_a_line(
    growing: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    monkeypatch.setattr(waczfile, "SECONDS", 1.0)
    folder = tmp_path / "target"
    folder.mkdir()
    python = _script(tmp_path / "python", script)
    with all_articles(growing) as chosen, pytest.raises(ArchiveError, match=said) as raised:
        pack("wacz", chosen, folder / "out.wacz", about(lambda: python))
    assert "\n" not in str(raised.value)
    assert list(folder.iterdir()) == []
