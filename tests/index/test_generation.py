"""Generations, keys and what else may be found where the index should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import ArchiveError, Locked, NoArchive
from archive.index import generation, jobs
from archive.layout import Layout
from archive.research import documents
from tests.index.support import Shot, dump, fake_pool, only, write_warc

TITLES = "SELECT title, extractor FROM articles ORDER BY title"


def shot(number: int) -> Shot:
    return Shot(f"https://a.example/{number}", {"title": f"Nr. {number}", "text": "Text"}, number)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    write_warc(layout, "a", [shot(1), shot(2)])
    jobs.run(layout, pool=fake_pool(layout))
    return layout


def test_rows_of_another_key_stay_until_rebuild(layout: Layout) -> None:
    write_warc(layout, "b", [shot(3)])
    jobs.run(layout, pool=fake_pool(layout, function="extract_newer"))
    assert only(layout, TITLES) == [("Nr. 1", "fake-1"), ("Nr. 2", "fake-1"), ("Nr. 3", "fake-2")]
    with generation.open_index(layout) as reader:
        assert documents.status(reader, "fake-2")["stale"] == 2
        assert documents.status(reader, "fake-2")["extractor"] == "fake-1"
    reader.close()
    jobs.run(layout, pool=fake_pool(layout, function="extract_newer"), rebuild=True)
    assert only(layout, TITLES) == [("Nr. 1", "fake-2"), ("Nr. 2", "fake-2"), ("Nr. 3", "fake-2")]
    assert only(layout, "SELECT value FROM meta WHERE key = 'extractor'") == "fake-2"


def test_reader_keeps_the_old_rows_and_a_new_one_sees_the_new(layout: Layout) -> None:
    old = generation.open_index(layout)
    assert len(old.execute(TITLES).fetchall()) == 2
    seen: list[int] = []

    def progress(done: int, total: int) -> None:
        reader = generation.open_index(layout)
        seen.append(len(reader.execute(TITLES).fetchall()))
        reader.close()

    write_warc(layout, "b", [shot(3)])
    before = layout.index.readlink()
    jobs.run(layout, pool=fake_pool(layout), rebuild=True, on_progress=progress)
    assert seen == [2, 2], "while it is being built, nobody sees the new generation"
    assert len(old.execute(TITLES).fetchall()) == 2
    old.close()
    assert len(only(layout, TITLES)) == 3
    assert layout.index.readlink() != before
    assert not layout.index.readlink().is_absolute()
    assert [p.name for p in layout.generations.glob("*.db")] == [layout.index.readlink().name]


def test_dropped_and_indexed_again(layout: Layout) -> None:
    before = dump(layout)
    layout.index.unlink()
    assert jobs.run(layout, pool=fake_pool(layout)).documents == 2
    assert dump(layout) == before
    for path in layout.generations.iterdir():
        path.unlink()
    jobs.run(layout, pool=fake_pool(layout))
    assert dump(layout) == before


def test_unfinished_generation_is_swept_away(layout: Layout) -> None:
    used = layout.index.readlink().name
    for name in ("000007.db", "000007.db-wal"):
        (layout.generations / name).write_bytes(b"half")
    jobs.run(layout, pool=fake_pool(layout))
    assert [p.name for p in layout.generations.iterdir()] == [used]


def test_second_writer_is_refused_at_once(layout: Layout) -> None:
    holder = jobs.Indexer(layout, pool=fake_pool(layout))
    with pytest.raises(Locked, match=r"index\.db: the index is in use"):
        jobs.run(layout, pool=fake_pool(layout))
    holder.close()
    assert jobs.run(layout, pool=fake_pool(layout)) == jobs.Summary()


def test_index_of_another_version_or_none(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(NoArchive, match="nothing is indexed yet"):
        generation.open_index(Layout(tmp_path / "elsewhere"))
    with jobs.Indexer(layout, pool=fake_pool(layout)) as indexer:
        indexer._store._connection.execute("UPDATE meta SET value = '0' WHERE key = 'schema'")
    for use in (lambda: jobs.run(layout, pool=fake_pool(layout)), lambda: generation.open_index(layout)):
        with pytest.raises(ArchiveError, match=r"another version of Gazette.*gazette index --rebuild"):
            use()
    jobs.run(layout, pool=fake_pool(layout), rebuild=True)
    assert len(only(layout, TITLES)) == 2


def test_damaged_index_or_a_file_in_its_place(layout: Layout) -> None:
    path = layout.index.resolve()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(ArchiveError, match="gazette index --rebuild"):
        jobs.run(layout, pool=fake_pool(layout))
    with pytest.raises(ArchiveError, match="gazette index --rebuild"):
        generation.open_index(layout)
    jobs.run(layout, pool=fake_pool(layout), rebuild=True)
    layout.index.unlink()
    layout.index.write_bytes(b"")
    with pytest.raises(ArchiveError, match="should be a link"):
        jobs.run(layout, pool=fake_pool(layout))


def test_torn_file_is_told_and_the_rest_is_taken(layout: Layout) -> None:
    ends = write_warc(layout, "b", [shot(3), shot(4)])
    path = layout.warc / "b.warc.gz"
    path.write_bytes(path.read_bytes()[: ends[1] - 5])
    write_warc(layout, "c", [shot(5)])
    summary = jobs.run(layout, pool=fake_pool(layout))
    assert summary.documents == 2
    (problem,) = summary.problems
    assert problem.startswith("b.warc.gz@")
    assert "torn" in problem
