"""The law over real crawls: the index is a function of the WARC files, whoever builds it, when and how."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from archive.index import jobs
from archive.layout import Layout
from archive.warc.members import MemberWalk
from archive.warc.names import files
from archive.warc.seal import file_sha256, manifest
from crawler.cli.init import create
from crawler.samples.server import SampleServer
from tests.crawler.support import articles, deny_calendars, new_archive, rows, run
from tests.index.support import dump

_PLACES = {"warc", "offset", "length", "warc_files"}
"""What may differ when the same records lie elsewhere."""


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer() as running:
        yield running


@pytest.fixture(scope="module")
def live(server: SampleServer, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Crawled twice, the sites changed in between, indexed beside and after."""
    layout = new_archive(tmp_path_factory.mktemp("live") / "a", server)
    deny_calendars(layout)
    run(layout)
    server.change()
    run(layout, GAZETTE_REVISIT="all")
    return layout


def copy(layout: Layout, root: Path) -> Layout:
    """The same WARC files in an archive without an index."""
    other = Layout(root)
    create(other)
    for file in files(layout.warc):
        (other.warc / file.name).write_bytes(file.path.read_bytes())
    return other


def indexed_by_command(layout: Layout, *arguments: str, **environment: str) -> Layout:
    command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "index", *arguments]
    subprocess.run(command, check=True, env=os.environ | environment, capture_output=True)
    return layout


def test_live_equals_dropped_and_built_again(live: Layout) -> None:
    before = dump(live)
    assert len(before) > 500
    jobs.run(live, workers=2, rebuild=True)
    assert dump(live) == before


def test_one_worker_equals_three(live: Layout, tmp_path: Path) -> None:
    assert dump(indexed_by_command(copy(live, tmp_path / "1"), "--workers", "1")) == dump(live)
    assert dump(indexed_by_command(copy(live, tmp_path / "3"), "--workers", "3")) == dump(live)


def test_time_zone_hash_seed_and_locale_change_nothing(live: Layout, tmp_path: Path) -> None:
    other = copy(live, tmp_path / "a")
    indexed_by_command(other, TZ="Pacific/Kiritimati", PYTHONHASHSEED="7", LC_ALL="C", LANG="C")
    assert dump(other) == dump(live)


def test_a_second_index_does_nothing(live: Layout) -> None:
    before = live.index.read_bytes()
    assert jobs.run(live) == jobs.Summary()
    assert live.index.read_bytes() == before


def without_places(layout: Layout) -> dict[str, list[tuple[Any, ...]]]:
    tables = (
        *("captures", "documents", "articles", "authors", "teasers", "failures", "sites", "runs"),
        *("article_documents", "article_versions", "article_moves", "promotions", "teasers_unstored"),
        *("stories", "story_documents", "story_pairs", "story_shingles"),
    )
    found = {}
    for table in tables:
        columns = [c for (c,) in rows(layout.index, "SELECT name FROM pragma_table_info(?)", table)]
        kept = [f'"{column}"' for column in columns if column not in _PLACES]
        found[table] = sorted(rows(layout.index, f"SELECT {', '.join(kept)} FROM {table}"), key=repr)
    return found


def test_shuffled_records_in_other_files_give_the_same_rows_and_ids(live: Layout, tmp_path: Path) -> None:
    groups: list[bytes] = []
    for file in files(live.warc):
        data, pending = file.path.read_bytes(), b""
        for member in MemberWalk(file.path):
            pending += data[member.offset : member.offset + member.length]
            if member.get("warc-type") not in ("metadata", "request"):
                groups.append(pending)
                pending = b""
    random.Random("shuffled").shuffle(groups)
    other = Layout(tmp_path / "a")
    create(other)
    for number in range(3):
        (other.warc / f"shuffled-{number}.warc.gz").write_bytes(b"".join(groups[number::3]))
    indexed_by_command(other)
    assert without_places(other) == without_places(live)


def test_exactly_the_planted_changes_are_new_versions(live: Layout, server: SampleServer) -> None:
    versions = rows(
        live.index, "SELECT url FROM documents WHERE kind = 'article' GROUP BY url HAVING count(*) > 1"
    )
    planted = {each.kind: each for each in server.planted()}
    touched = {planted[kind].url for kind in ("announced", "silent", "trivial")}
    assert {url for (url,) in versions} == touched
    assert {planted[kind].url_after for kind in ("moved", "moved-unsaid")} <= set(articles(live))
    for url in touched:
        texts = rows(live.index, "SELECT newest, text FROM documents WHERE url = ?", url)
        assert sorted(newest for newest, _ in texts) == [0, 1]


def test_other_readers_read_the_same_records(live: Layout) -> None:
    for file in files(live.warc):
        ours = [(m.offset, m.get("warc-record-id")) for m in MemberWalk(file.path)]
        fast = [
            (record.stream_pos, record.record_id)
            for record in ArchiveIterator(
                io.BytesIO(file.path.read_bytes()), record_types=WarcRecordType.any_type
            )
        ]
        theirs = []
        with file.path.open("rb") as stream:
            iterator = WarcioIterator(stream)
            for record in iterator:
                theirs.append((iterator.get_record_offset(), record.rec_headers.get_header("WARC-Record-ID")))
        assert [(offset, (name or "").strip("<>")) for offset, name in ours] == [
            (offset, name.strip("<>")) for offset, name in fast
        ]
        assert ours == theirs


def test_the_manifest_holds_every_file(live: Layout) -> None:
    assert manifest(live.warc) == {file.name: file_sha256(file.path) for file in files(live.warc)}
