"""The index's write-ahead log: emptied behind each batch, and never without bound while somebody reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.index import batches, generation, jobs, store, workers
from archive.layout import Layout
from tests.index.support import Shot, fake_pool, only, write_warc

COUNT = 60


def shots() -> list[Shot]:
    return [
        Shot(f"https://a.example/{i}", {"title": f"Nr. {i}", "text": f"Wort{i} " * 4_000}, i)
        for i in range(COUNT)
    ]


def log(layout: Layout) -> int:
    path = layout.index.resolve()
    wal = path.with_name(path.name + "-wal")
    return wal.stat().st_size if wal.exists() else 0


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr(batches, "BATCH", 5)
    monkeypatch.setattr(batches, "LOG_BYTES", 1 << 20)
    monkeypatch.setattr(batches, "LOG_SECONDS", 0.3)
    monkeypatch.setattr(store, "TRIM_BYTES", 200_000)
    monkeypatch.setattr(workers, "AHEAD", 2)
    layout = Layout(tmp_path)
    write_warc(layout, "a", shots()[:1])
    jobs.run(layout, pool=fake_pool(layout))
    write_warc(layout, "b", shots()[1:])
    return layout


def test_it_is_emptied_while_nobody_reads(layout: Layout) -> None:
    sizes: list[int] = []
    with jobs.Indexer(layout, pool=fake_pool(layout)) as indexer:
        assert not indexer.step(lambda done, total: sizes.append(log(layout))).held
    assert max(sizes) < 200_000
    assert len(sizes) > 5


def test_a_long_reader_holds_it_up_to_a_bound_and_loses_nothing(layout: Layout) -> None:
    reader = generation.open_index(layout)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM documents").fetchone()[0] == 1
    sizes: list[int] = []
    summary = jobs.run(layout, pool=fake_pool(layout), on_progress=lambda *_: sizes.append(log(layout)))
    assert summary.held
    assert 0 < summary.outcomes < COUNT - 1
    assert (1 << 20) < max(sizes) < (3 << 20)
    assert only(layout, "SELECT count(*) FROM documents") == 1 + summary.outcomes
    assert reader.execute("SELECT count(*) FROM documents").fetchone()[0] == 1, "it keeps what it sees"
    again = jobs.run(layout, pool=fake_pool(layout))
    assert again.held
    assert again.outcomes <= 5 + 2, "what was begun, and no more"
    reader.close()
    assert not jobs.run(layout, pool=fake_pool(layout)).held
    assert only(layout, "SELECT count(*) FROM documents") == COUNT
    assert log(layout) == 0
