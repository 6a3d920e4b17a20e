"""Large pages: one at a time in memory, and many links in parts."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime

from scrapy import Request
from scrapy.http import HtmlResponse, Response

from archive.types import Capture, Page, RecordRef, Site
from crawler import discover, memory
from crawler.handlers.room import LARGE as WIRE_LARGE
from crawler.handlers.room import Room
from crawler.middlewares import decoding
from crawler.middlewares.decoding import DecodingMiddleware
from crawler.task import Task
from crawler.traps import Traps

SITE = Site("one", seeds=("https://example.org/",))
TASK = Task(1, "one", "https://example.org/", "example.org:443", "sitemap", 0, "", None, 0, None)


def _page(body: bytes, mime: str) -> Page:
    place = RecordRef("", 0, 0)
    return Page(Capture("", place, TASK.url, datetime(2026, 11, 22, tzinfo=UTC), 200, mime, None), (), body)


def test_many_links_come_in_parts() -> None:
    many = 2 * discover.BATCH + 5
    page = _page("\n".join(f"https://example.org/{i}" for i in range(many)).encode(), "text/plain")
    found = discover.read(page, "sitemap")
    parts = list(discover.batches(found, page, TASK, SITE, Traps()))
    assert [len(part) for part in parts] == [discover.BATCH, discover.BATCH, 5]
    assert [offer for part in parts for offer in part] == discover.expand(page, TASK, SITE)


def test_a_page_that_only_redirects_is_not_read() -> None:
    page = _page(b'<a href="/a">a</a>', "text/html")
    moved = Page(
        Capture("", page.capture.ref, TASK.url, page.capture.captured_at, 302, "text/html", None),
        (("Location", "/b"),),
        page.body,
    )
    assert not discover.is_read(moved, TASK)
    assert [offer.url for offer in discover.expand(moved, TASK, SITE)] == ["https://example.org/b"]


def _coded(size: int) -> tuple[Request, Response]:
    body = gzip.compress(b"x" * size, mtime=0)
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    return Request("https://example.org/"), HtmlResponse("https://example.org/", headers=headers, body=body)


def test_the_next_large_body_waits_until_the_last_one_is_dropped() -> None:
    async def work() -> None:
        middleware = DecodingMiddleware()
        first = await middleware.process_response(*_coded(decoding.LARGE * 2))
        second = asyncio.ensure_future(middleware.process_response(*_coded(decoding.LARGE * 2)))
        # Pages of usual size pass by.
        small = await middleware.process_response(*_coded(1_000))
        assert (len(small.body), len(first.body)) == (1_000, decoding.LARGE * 2)
        assert not second.done()
        del first
        assert len((await second).body) == decoding.LARGE * 2

    asyncio.run(asyncio.wait_for(work(), 60))


def test_a_bomb_is_cut() -> None:
    async def work() -> None:
        bomb = await DecodingMiddleware().process_response(*_coded(decoding.MAX_BODY + 1))
        assert len(bomb.body) == decoding.MAX_BODY
        assert "Content-Encoding" not in bomb.headers

    asyncio.run(asyncio.wait_for(work(), 60))


class _Guest:
    def hold(self) -> None:
        return None

    def go_on(self) -> None:
        return None


def test_memory_is_given_back_when_a_large_exchange_has_gone() -> None:
    given: list[bool] = []
    room = Room(emptied=lambda: given.append(True))
    large, small = _Guest(), _Guest()
    room.note(large, WIRE_LARGE)
    room.note(small, WIRE_LARGE - 1)
    room.leave(small)
    assert given == []
    room.leave(large)
    assert given == [True]
    memory.give_back()  # on this machine, whatever its C library: no error
