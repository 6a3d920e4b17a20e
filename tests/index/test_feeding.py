"""Workers go on while outcomes are written, and end with what they were started for."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from archive.errors import DiskFull
from archive.index import batches, jobs, workers
from archive.index.store import Store
from archive.index.workers import Pool, Result
from archive.layout import Layout
from archive.types import Document
from archive.warc.reader import CaptureWalk
from tests.index.support import Shot, child, fake_pool, only, write_warc

_PATIENCE = 30.0  # seconds; no test is slower for it

Write = Callable[[Store, Iterable[Result]], int]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    write_warc(layout, "a", [page(i) for i in range(40)])
    return layout


def page(number: int, **said: object) -> Shot:
    return Shot(f"https://a.example/{number}", {"title": f"Nr. {number}", "text": "Text", **said}, number)


def until(happened: Callable[[], bool]) -> bool:
    """Wait for it; whether it happened."""
    deadline = time.monotonic() + _PATIENCE
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.005)
    return happened()


def instead_of_writing(monkeypatch: pytest.MonkeyPatch, first: Callable[[], None]) -> None:
    """Let the first batch be written only when ``first`` has returned."""
    write, asked = Store.write, threading.Event()

    def slowly(store: Store, results: Iterable[Result]) -> int:
        if not asked.is_set():
            asked.set()
            first()
        return write(store, results)

    monkeypatch.setattr(Store, "write", slowly)
    monkeypatch.setattr(batches, "BATCH", 4)


def finished(pool: Pool) -> int:
    return sum(worker.finished for worker in list(pool._processes.workers))


@pytest.mark.parametrize("count", [1, 2])
def test_workers_are_fed_while_a_batch_is_written(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(workers, "AHEAD", 20 // count)
    pool = fake_pool(layout, count)
    seen: list[int] = []

    def writing() -> None:
        until(lambda: finished(pool) >= 4 - 1 + 20)
        seen.append(finished(pool))

    instead_of_writing(monkeypatch, writing)
    assert jobs.run(layout, pool=pool).documents == 40
    assert seen == [4 - 1 + 20], "what was taken ahead, and no more"


def test_a_page_has_its_limit_while_a_batch_is_written(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is ended in time, and what waits behind it is not charged with what the writer takes."""
    write_warc(layout, "a", [page(i, **({"act": "hang"} if i in (30, 31) else {})) for i in range(40)])
    pool = fake_pool(layout, seconds=0.8)

    def writing() -> None:
        assert until(lambda: finished(pool) == 30), "newest first: those behind the two that hang"
        assert not pool._processes.busy

    instead_of_writing(monkeypatch, writing)
    summary = jobs.run(layout, pool=pool)
    assert (summary.documents, summary.failures) == (38, 2)
    assert only(layout, "SELECT url, kind FROM failures ORDER BY 1") == [
        ("https://a.example/30", "timeout"),
        ("https://a.example/31", "timeout"),
    ]


def test_what_can_t_be_written_ends_the_workers(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = fake_pool(layout, 2)

    def full() -> None:
        raise DiskFull("no space left")

    instead_of_writing(monkeypatch, full)
    with pytest.raises(DiskFull):
        jobs.run(layout, pool=pool)
    assert pool._processes.workers == []
    assert "feeding" not in [thread.name for thread in threading.enumerate()]
    assert jobs.run(layout, pool=fake_pool(layout)).documents == 40


def test_a_pool_that_is_closed_in_the_middle_ends_its_thread(layout: Layout) -> None:
    captures = [entry.capture for entry in CaptureWalk(layout.warc / "a.warc.gz", "a.warc.gz")]
    with fake_pool(layout, 2) as pool:
        results = pool.extract_all(captures)
        assert isinstance(next(results).outcome, Document)
        processes = [worker.process for worker in pool._processes.workers]
    assert all(process.poll() is not None for process in processes)
    assert "feeding" not in [thread.name for thread in threading.enumerate()]
    results.close()


def test_after_the_end_only_what_was_begun_is_finished(layout: Layout) -> None:
    """The first is always begun: however little time there is, a pass gets on."""
    captures = [entry.capture for entry in CaptureWalk(layout.warc / "a.warc.gz", "a.warc.gz")]
    with fake_pool(layout, 2) as pool:
        assert len(list(pool.extract_all(captures, lambda: True))) == 1
        assert not pool._processes.busy, "nothing is left in flight"
        (worker,) = pool._processes.workers
        assert len(list(pool.extract_all(captures))) == 40
        assert worker in pool._processes.workers, "it was ended for nothing"


def test_ctrl_c_while_a_page_hangs(layout: Layout) -> None:
    write_warc(layout, "a", [page(0, act="hang")])
    code = """
pool = fake_pool(layout, seconds=60)
try:
    jobs.run(layout, pool=pool, on_progress=lambda done, total: print("begun", flush=True))
except KeyboardInterrupt:
    print(len(pool._processes.workers), flush=True)
"""
    process = child(layout, code)
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=_PATIENCE)
    assert (told, process.returncode) == (b"0\n", 0)
