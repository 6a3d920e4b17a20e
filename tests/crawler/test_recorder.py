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
from archive.types import Exchange, ExchangeEnd
from archive.warc.names import OPEN, durable_path
from archive.warc.reader import read_block
from archive.warc.records import Told
from archive.warc.writer import WarcWriter
from crawler.recorder import Recorder

TOLD = Told("one", "run")
INFO: dict[str, str | None] = {"software": "test"}


class SlowWriter(WarcWriter):
    """Its syncs take a while, are counted, and can be made to fail."""

    syncs = 0
    running = 0
    failing: ArchiveError | None = None
    seconds = 0.02

    def sync(self) -> int:
        if threading.current_thread() is threading.main_thread():
            return super().sync()  # of a rotation
        assert self.running == 0, "one sync at a time"
        self.running += 1
        self.syncs += 1
        size = self.size
        time.sleep(self.seconds)
        try:
            if self.failing is not None:
                self._failed = self.failing
                raise self.failing
            assert self.size >= size, "the file changed during a sync"
            return super().sync()
        finally:
            self.running -= 1

    def begin(self) -> None:
        assert self.running == 0, "files change between syncs only"
        super().begin()

    def close(self) -> None:
        assert self.running == 0, "files are sealed between syncs only"
        super().close()


def exchange(name: str, size: int = 100) -> Exchange:
    return Exchange(
        url=f"http://127.0.0.1/{name}",
        started_at=datetime(2025, 11, 13, tzinfo=UTC),
        request=f"GET /{name} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode(),
        response=f"HTTP/1.1 200 OK\r\n\r\n{name}".encode() + b" " * size,
        interim=b"",
        fetch_ms=1,
        ip="127.0.0.1",
        protocol="http/1.1",
        tls=None,
        end=ExchangeEnd.COMPLETE,
        reason=None,
    )


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(work(), 20)

    asyncio.run(bounded())


def test_many_share_a_sync_and_none_is_early(tmp_path: Path) -> None:
    writer = SlowWriter(tmp_path, INFO)
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


def test_an_error_in_a_sync_reaches_all_who_wait_and_all_who_come(tmp_path: Path) -> None:
    writer = SlowWriter(tmp_path, INFO)
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


def test_files_change_between_syncs_also_when_pages_never_stop_coming(tmp_path: Path) -> None:
    writer = SlowWriter(tmp_path, INFO, max_bytes=20_000)
    writer.seconds = 0.004
    recorder = Recorder(writer)
    kept = []

    async def keep(lane: int) -> None:
        for i in range(40):
            await asyncio.sleep(0.001 * (lane % 3))
            kept.append(await recorder.keep(exchange(f"{lane}-{i}", 50), TOLD))

    async def work() -> None:
        await asyncio.gather(*(keep(lane) for lane in range(12)))
        await recorder.close()

    run(work)
    sealed = sorted(tmp_path.glob("*.warc.gz"))
    assert len(sealed) > 5
    # Never much fuller than full: what came during one sync goes in beside.
    assert all(path.stat().st_size < 60_000 for path in sealed)
    bodies = {read_block(tmp_path, r.ref)[1].partition(b"\r\n\r\n")[2].strip() for r in kept}
    assert len(bodies) == len(kept) == 480


def test_closing_waits_for_the_sync_that_runs(tmp_path: Path) -> None:
    writer = SlowWriter(tmp_path, INFO)
    writer.seconds = 0.2
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


def test_one_page_that_is_cancelled_takes_nothing_from_the_others(tmp_path: Path) -> None:
    writer = SlowWriter(tmp_path, INFO)
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
