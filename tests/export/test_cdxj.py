"""CDXJ is what other indexers would write of the same files, and can be kept up to date."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from archive.export import cdxj
from archive.index.generation import open_index
from archive.layout import Layout
from archive.warc.names import files
from tests.export.archived import BRIDGE, HOST, START, Keeper, Shot, index
from tests.side import side_python


@pytest.fixture
def connection(growing: Layout) -> Iterator[Connection]:
    with closing(open_index(growing)) as opened:
        yield opened


def parsed(line: str) -> tuple[str, str, dict[str, Any]]:
    key, timestamp, fields = line.split(" ", 2)
    return key, timestamp, json.loads(fields)


def test_each_capture_has_a_line_and_they_are_sorted_as_bytes(connection: Connection) -> None:
    found = list(cdxj.lines(connection))
    assert len(found) == 15
    assert [line.encode() for line in found] == sorted(line.encode() for line in found)
    assert [key for key, _, _ in map(parsed, found)][:3] == [
        "example,blatt)/",
        "example,blatt)/bilder/alt.jpg",
        "example,blatt)/bilder/andere.jpg",
    ]


def test_a_line_holds_what_replay_asks_for(growing: Layout, connection: Connection) -> None:
    of_bridge = [line for line in map(parsed, cdxj.lines(connection)) if line[2]["url"] == BRIDGE]
    key, timestamp, fields = of_bridge[0]
    assert (key, timestamp) == ("example,blatt)/lokales/bruecke", "20251113090002")
    assert list(fields) == ["url", "mime", "status", "digest", "length", "offset", "filename"]
    assert (fields["mime"], fields["status"]) == ("text/html", "200")
    assert fields["digest"].startswith("sha1:")
    with (growing.warc / fields["filename"]).open("rb") as file:
        file.seek(int(fields["offset"]))
        assert file.read(2) == b"\x1f\x8b"
    assert (of_bridge[1][2]["mime"], of_bridge[1][2]["status"]) == ("warc/revisit", "304")
    assert of_bridge[1][2]["digest"] == fields["digest"]


def test_for_replay_the_page_stands_in_the_place_of_not_modified(connection: Connection) -> None:
    found = [line for line in map(parsed, cdxj.lines(connection, replay=True)) if line[2]["url"] == BRIDGE]
    assert [timestamp for _, timestamp, _ in found] == ["20251113090002", "20251114090000"]
    assert found[0][2] == found[1][2]
    assert len(list(cdxj.lines(connection, replay=True))) == 15


def test_files_are_called_as_they_are_on_disk(growing: Layout, connection: Connection) -> None:
    names = {fields["filename"] for _, _, fields in map(parsed, cdxj.lines(connection))}
    assert all(name.endswith(".warc.gz") for name in names)
    on_disk = cdxj.on_disk(growing.warc)
    names = {f["filename"] for _, _, f in map(parsed, cdxj.lines(connection, names=on_disk))}
    assert {name.endswith(".open") for name in names} == {True, False}
    assert all((growing.warc / name).exists() for name in names)


def test_only_what_came_since(kept: Layout) -> None:
    with closing(open_index(kept)) as connection:
        before, places = list(cdxj.lines(connection)), cdxj.places(connection)
        assert list(cdxj.lines(connection, after=places)) == []
        assert list(cdxj.lines(connection, after={})) == before
    keeper = Keeper(kept)
    keeper.write((Shot("/neu", b"<p>neu</p>"), Shot("/", b"<p>neu</p>")), START + timedelta(days=2))
    index(kept)
    with closing(open_index(kept)) as connection:
        new = list(cdxj.lines(connection, after=places))
        assert [fields["url"] for _, _, fields in map(parsed, new)] == [f"{HOST}/", f"{HOST}/neu"]
        assert sorted(before + new) == list(cdxj.lines(connection))


def test_it_is_the_list_that_cdxj_indexer_writes(
    growing: Layout, connection: Connection, tmp_path: Path
) -> None:
    python = side_python()
    for file in files(growing.warc):
        shutil.copy(file.path, tmp_path / file.name)
    copies = sorted(path.name for path in tmp_path.iterdir())
    ran = subprocess.run(
        [python.parent / "cdxj-indexer", "--sort", *copies],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert "".join(cdxj.lines(connection)) == ran.stdout
