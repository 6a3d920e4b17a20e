"""The middleware keeps each exchange before anybody sees its response, and secrets never reach disk."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from archive.errors import ArchiveError, DiskFull
from archive.layout import Layout
from archive.types import Capture, Exchange, RecordRef, Site
from archive.warc.members import MemberWalk
from archive.warc.reader import warc_fields
from archive.warc.records import Told
from crawler import frontier
from crawler.cli.init import create
from crawler.frontier import TASK
from crawler.handlers.wire import EXCHANGES
from crawler.middlewares.archive import KEPT, ArchiveMiddleware
from crawler.recorder import Recorded
from crawler.task import Kept, Task
from tests.crawler.support import rows, run
from tests.crawler.test_recorder import exchange
from tests.crawler.wire_server import WireServer


@dataclass
class FakeRecorder:
    error: ArchiveError | None = None
    kept: list[tuple[Exchange, Told]] = field(default_factory=list)
    arrivals: int = 0

    def arrived(self) -> None:
        self.arrivals += 1

    async def keep(self, exchange: Exchange, told: Told, before: Capture | None = None) -> Recorded:
        if self.error is not None:
            raise self.error
        self.kept.append((exchange, told))
        return Recorded(
            RecordRef("a.warc.gz", len(self.kept), 9),
            f"urn:uuid:{len(self.kept)}",
            200,
            "sha1:A",
            revisit=False,
        )


@dataclass
class FakeFrontier:
    """What the middleware asks of the frontier."""

    recorder: FakeRecorder
    kept: list[Kept] = field(default_factory=list)
    failed: list[ArchiveError] = field(default_factory=list)

    @property
    def session(self) -> Any:
        return SimpleNamespace(
            run="run-1", recorder=self.recorder, fail=self.failed.append, sites={"one": Site("one")}
        )

    def keep(self, task: Task, kept: Kept, size: int) -> None:
        self.kept.append(kept)

    def heard(self, task: Task, exchange: Exchange) -> None:
        pass


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> FakeFrontier:
    fake = FakeFrontier(FakeRecorder())
    monkeypatch.setattr(frontier, "of", lambda crawler: fake)
    return fake


@pytest.fixture
def middleware() -> ArchiveMiddleware:
    return ArchiveMiddleware(cast("Crawler", None))


def task(attempts: int = 0) -> Task:
    return Task(
        1, "one", "http://127.0.0.1/a", "127.0.0.1:80", "link", 1, "L", "http://127.0.0.1/", attempts, None
    )


def request_of(*exchanges: Exchange, attempts: int = 0) -> Request:
    return Request("http://127.0.0.1/a", meta={TASK: task(attempts), EXCHANGES: list(exchanges)})


def do(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


def test_each_attempt_is_kept_and_the_last_one_is_the_page(
    queue: FakeFrontier, middleware: ArchiveMiddleware
) -> None:
    request = request_of(exchange("first"), exchange("second"), attempts=1)
    headers = {"ETag": '"x"', "Content-Type": "text/HTML; charset=utf-8"}
    response = Response(request.url, 200, headers=headers)
    assert do(middleware.process_response(request, response)) is response
    assert [e.url[-5:] for e, _ in queue.recorder.kept] == ["first", "econd"]
    assert {told for _, told in queue.recorder.kept} == {Told("one", "run-1", "http://127.0.0.1/", "L", 2)}
    [kept] = queue.kept
    assert request.meta[KEPT] is kept
    assert (kept.ref.offset, kept.etag, kept.mime, kept.status) == (2, '"x"', "text/html", 200)
    assert EXCHANGES not in request.meta


def test_a_failed_exchange_is_kept_once_and_no_page_is(
    queue: FakeFrontier, middleware: ArchiveMiddleware
) -> None:
    request = request_of(exchange("broken"))
    do(middleware.process_exception(request, TimeoutError()))
    do(middleware.process_exception(request, TimeoutError()))
    assert len(queue.recorder.kept) == 1
    assert queue.kept == []
    assert KEPT not in request.meta


def test_what_can_t_be_kept_is_never_seen_and_ends_the_run(
    queue: FakeFrontier, middleware: ArchiveMiddleware
) -> None:
    queue.recorder.error = DiskFull("a.warc.gz: no space left")
    with pytest.raises(DiskFull):
        do(middleware.process_response(request_of(exchange("a")), Response("http://127.0.0.1/a")))
    with pytest.raises(DiskFull):
        do(middleware.process_exception(request_of(exchange("a")), TimeoutError()))
    assert queue.failed == [queue.recorder.error] * 2
    assert queue.kept == []


def test_requests_without_a_task_leave_no_trace(queue: FakeFrontier, middleware: ArchiveMiddleware) -> None:
    request = Request("http://127.0.0.1/a", meta={EXCHANGES: [exchange("a")]})
    response = Response(request.url)
    assert do(middleware.process_response(request, response)) is response
    do(middleware.process_exception(request, TimeoutError()))
    assert queue.recorder.kept == []


@pytest.fixture
def server() -> Iterator[WireServer]:
    """A wire server in a thread of its own."""
    ready: Future[WireServer] = Future()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with WireServer() as running:
            ready.set_result(running)
            await over.wait()

    thread = Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    yield ready.result(5)
    loop.call_soon_threadsafe(over.set)
    thread.join(5)
    loop.close()


SECRETS = ("geheim-url", "geheim-header", "geheim-cookie", "Z2VoZWlt")
"""The last one: what user info beginning with "geheim" is in base64."""


def test_planted_secrets_are_nowhere_in_the_archive(server: WireServer, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "archive")
    create(layout)
    base = server.base.replace("http://", "http://geheim:geheim-url@")
    seeds = [f"{base}/{name}/1" for name in ("plain", "301", "chunked", "short", "404")]
    text = f'seeds = {json.dumps(seeds)}\nfollow = false\ndelay = 0.0\nallow_private = true\ntitle = "One"\n'
    (layout.sites / "one.toml").write_text(text, encoding="utf-8")
    own = {"Authorization": "Basic geheim-header", "Cookie": "abo=geheim-cookie"}
    ended = run(
        layout,
        index=False,
        DEFAULT_REQUEST_HEADERS=json.dumps(own),
        LOG_LEVEL="DEBUG",
        GAZETTE_MAX_SECONDS=15,
    )
    assert ended.code == 0, ended

    read = b"".join(served.read for notes in server.served.values() for served in notes)
    assert b"geheim-header" in read
    assert b"geheim-cookie" in read

    files = [p for p in layout.root.rglob("*") if p.is_file() and p.parent != layout.sites]
    assert {p.suffix for p in files} >= {".gz", ".db", ".log"}
    for path in files:
        data = path.read_bytes()
        data += gzip.decompress(data) if path.suffix == ".gz" else b""
        for secret in SECRETS:
            assert secret.encode() not in data, f"{secret} in {path.name}"

    notes = [
        warc_fields(member.block_head)
        for path in layout.warc.glob("*.warc.gz")
        for member in MemberWalk(path)
        if member.get("warc-type") == "metadata"
    ]
    # robots.txt, the two files that reserve rights, and the five seeds, one of which leads to another
    assert [note["cut"] for note in notes] == ["authorization, cookie"] * len(notes)
    assert {note["outcome"] for note in notes} == {"complete", "truncated"}
    told = rows(layout.crawl_db, "SELECT count(*) FROM urls WHERE status IS NOT NULL")
    assert told[0][0] == len(notes) == 8
