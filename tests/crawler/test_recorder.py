"""Group commit: what is acknowledged is durable, and many share one sync."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.errors import ArchiveError, DiskFull
from archive.types import Exchange
from archive.warc.names import OPEN, durable_path
from archive.warc.reader import read_block
from archive.warc.records import Told
from archive.warc.writer import WarcWriter
from crawler.recorder import Recorder
from tests import exchanges

TOLD = Told("one", "run")
INFO: dict[str, str | None] = {"software": "test"}


class SlowDisk:
    """What makes bytes durable takes a while, or waits until it is told to end."""

    def __init__(self) -> None:
        self.seconds = 0.02
        self.gate: threading.Semaphore | None = None

    def sync(self, descriptor: int) -> None:
        if threading.current_thread() is threading.main_thread():
            return  # a rotation's
        if self.gate is not None:
            assert self.gate.acquire(timeout=5)
        else:
            time.sleep(self.seconds)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    slow = SlowDisk()
    monkeypatch.setattr("archive.warc.writer._sync_data", slow.sync)
    return slow


class WatchedWriter(WarcWriter):
    """Counts its syncs, sees to it that nothing else happens during one, and can fail."""

    syncs = 0
    running = 0
    failing: ArchiveError | None = None

    def sync(self) -> int:
        if threading.current_thread() is threading.main_thread():
            return super().sync()  # a rotation's
        assert self.running == 0, "one sync at a time"
        self.running += 1
        self.syncs += 1
        name = self.name
        try:
            size = super().sync()
            assert self.name == name, "the file changed during a sync"
            if self.failing is not None:
                self._durable, self._failed = 0, self.failing
                raise self.failing
            return size
        finally:
            self.running -= 1

    def begin(self) -> None:
        assert self.running == 0, "files change between syncs only"
        super().begin()

    def close(self) -> None:
        assert self.running == 0, "files are sealed between syncs only"
        super().close()


def exchange(name: str, size: int = 100) -> Exchange:
    return exchanges.exchange(
        f"http://127.0.0.1/{name}",
        datetime(2025, 11, 13, tzinfo=UTC),
        f"HTTP/1.1 200 OK\r\n\r\n{name}".encode() + b" " * size,
        f"GET /{name} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode(),
    )


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(work(), 20)

    asyncio.run(bounded())


def test_many_share_a_sync_and_none_is_early(tmp_path: Path, disk: SlowDisk) -> None:
    writer = WatchedWriter(tmp_path, INFO)
    recorder = Recorder(writer)

    async def keep(i: int) -> None:
        await asyncio.sleep(i / 2000)
        recorded = await recorder.keep(exchange(f"page-{i}"), TOLD)
        published = int(durable_path(tmp_path / (recorded.ref.warc + OPEN)).read_bytes())
        assert published >= recorded.ref.offset + recorded.ref.length
        assert read_block(tmp_path, recorded.ref)[1].endswith(f"page-{i}".encode() + b" " * 100)

    async def work() -> None:
        await asyncio.gather(*(keep(i) for i in range(200)))
        await recorder.close()

    run(work)
    assert 2 <= writer.syncs <= 30


def test_a_sync_waits_for_who_is_under_way_but_not_for_ever(
    tmp_path: Path, disk: SlowDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.recorder.PATIENCE", 60.0)
    writer = WatchedWriter(tmp_path, INFO)
    recorder = Recorder(writer)

    async def arrive(i: int) -> None:
        recorder.arrived()
        await recorder.keep(exchange(f"page-{i}"), TOLD)

    async def work() -> None:
        for _ in range(3):
            recorder.expect()
        kept = []
        for i in range(3):
            kept.append(asyncio.ensure_future(arrive(i)))
            await asyncio.sleep(0.01)
            assert not any(one.done() for one in kept)
        await asyncio.gather(*kept)
        assert writer.syncs == 1
        recorder.expect()  # and never comes
        monkeypatch.setattr("crawler.recorder.PATIENCE", 0.001)
        await recorder.keep(exchange("alone"), TOLD)
        assert writer.syncs == 2
        await recorder.close()

    run(work)


def test_an_error_in_a_sync_reaches_all_who_wait_and_all_who_come(tmp_path: Path, disk: SlowDisk) -> None:
    writer = WatchedWriter(tmp_path, INFO)
    recorder = Recorder(writer)

    async def work() -> None:
        await recorder.keep(exchange("good"), TOLD)
        writer.failing = DiskFull("w.warc.gz: no space left")
        first = [asyncio.ensure_future(recorder.keep(exchange(f"a{i}"), TOLD)) for i in range(5)]
        await asyncio.sleep(0.005)  # the sync runs, and does not know of these:
        second = [asyncio.ensure_future(recorder.keep(exchange(f"b{i}"), TOLD)) for i in range(5)]
        results = await asyncio.gather(*first, *second, return_exceptions=True)
        assert [type(result) for result in results] == [DiskFull] * 10
        writer.failing = None  # as a kernel that has thrown the pages away would say
        with pytest.raises(DiskFull):
            await recorder.keep(exchange("late"), TOLD)
        await recorder.close()

    run(work)
    assert [path.name for path in tmp_path.glob("*.warc.gz")] == []
    assert len(list(tmp_path.glob(f"*{OPEN}"))) == 1


def test_a_bug_in_a_sync_reaches_who_waits_and_the_next_sync_goes_on(
    tmp_path: Path, disk: SlowDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = WatchedWriter(tmp_path, INFO)
    recorder = Recorder(writer)

    def wrong() -> int:
        raise ValueError("a bug")

    async def work() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(writer, "sync", wrong)
            with pytest.raises(ValueError, match="a bug"):
                await recorder.keep(exchange("first"), TOLD)
        recorded = await recorder.keep(exchange("second"), TOLD)
        assert writer.durable >= recorded.ref.offset + recorded.ref.length
        await recorder.close()

    run(work)
    assert not any(one.name == "sync" for one in threading.enumerate())
    assert len(list(tmp_path.glob("*.warc.gz"))) == 1


def test_files_change_also_when_a_sync_is_always_under_way(tmp_path: Path, disk: SlowDisk) -> None:
    """Each page is written while the sync of the one before it runs: none finds the writer at rest."""
    gate = disk.gate = threading.Semaphore(0)
    writer = WatchedWriter(tmp_path, INFO, max_bytes=10_000)
    recorder = Recorder(writer)
    kept = []

    async def work() -> None:
        before = asyncio.ensure_future(recorder.keep(exchange("p0"), TOLD))
        for i in range(1, 60):
            await asyncio.sleep(0.001)
            this = asyncio.ensure_future(recorder.keep(exchange(f"p{i}"), TOLD))
            await asyncio.sleep(0)
            gate.release()
            kept.append(await before)
            before = this
        gate.release()
        kept.append(await before)
        await recorder.close()

    run(work)
    sizes = [path.stat().st_size for path in tmp_path.glob("*.warc.gz")]
    assert len(sizes) > 4
    assert max(sizes) < 14_000
    assert [read_block(tmp_path, r.ref)[1].split()[-1] for r in kept] == [b"p%d" % i for i in range(60)]


def test_closing_waits_for_the_sync_that_runs(tmp_path: Path, disk: SlowDisk) -> None:
    writer = WatchedWriter(tmp_path, INFO)
    disk.seconds = 0.2
    recorder = Recorder(writer)

    async def work() -> None:
        kept = asyncio.ensure_future(recorder.keep(exchange("last"), TOLD))
        await asyncio.sleep(0.05)
        assert writer.running == 1
        await recorder.close()
        recorded = await kept
        assert read_block(tmp_path, recorded.ref)[1].startswith(b"HTTP/1.1 200 OK")

    run(work)
    assert len(list(tmp_path.glob("*.warc.gz"))) == 1


def test_one_page_that_is_cancelled_takes_nothing_from_the_others(tmp_path: Path, disk: SlowDisk) -> None:
    writer = WatchedWriter(tmp_path, INFO)
    recorder = Recorder(writer)

    async def work() -> None:
        tasks = [asyncio.ensure_future(recorder.keep(exchange(f"p{i}"), TOLD)) for i in range(5)]
        await asyncio.sleep(0.005)
        tasks[0].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert not any(isinstance(result, BaseException) for result in results[1:])
        await recorder.close()

    run(work)


def test_closing_without_anything_kept_leaves_nothing(tmp_path: Path) -> None:
    run(Recorder(WarcWriter(tmp_path, INFO)).close)
    assert list(tmp_path.iterdir()) == []
