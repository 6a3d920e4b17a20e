"""What runs brought, from their records: the same however the files come to the index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.index import jobs
from archive.layout import Layout
from archive.types import Capture, Exchange, ExchangeEnd, RecordRef
from archive.warc.records import Told, exchange_records, warcinfo
from tests.index.support import dump, fake_pool, only, reopen, seal

BEGAN = datetime(2026, 3, 1, 6, tzinfo=UTC)
SOFTWARE = "Gazette/9 test"


def exchange(number: int, status: int | None, **more: object) -> Exchange:
    """What was asked in a second of its own; without a status no answer came."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: text/plain\r\n\r\nText {number}\n".encode()
    values: dict[str, object] = {
        "url": f"https://a.example/{number}",
        "started_at": BEGAN + timedelta(seconds=number),
        "request": b"GET / HTTP/1.1\r\n\r\n",
        "response": head if status else b"",
        "interim": b"",
        "fetch_ms": 1,
        "ip": None,
        "protocol": "http/1.1",
        "tls": None,
        "end": ExchangeEnd.COMPLETE if status else ExchangeEnd.FAILED,
        "reason": None if status else "timeout",
    }
    return Exchange(**(values | more))  # type: ignore[arg-type]


def members(number: int, status: int | None, site: str = "echo", run: str = "r-1", **more: object) -> bytes:
    return b"".join(exchange_records(exchange(number, status, **more), Told(site, run), "urn:x").members)


def unchanged(number: int) -> bytes:
    """The same payload as an earlier capture of that URL."""
    shot = exchange(number, 200, url="https://a.example/1", response=exchange(1, 200).response)
    first = exchange_records(shot, Told("echo", "r-1"), "urn:x")
    before = Capture("urn:y", RecordRef("x", 0, 1), shot.url, BEGAN, 200, None, first.payload_digest)
    return b"".join(exchange_records(shot, Told("echo", "r-1"), "urn:x", before).members)


def write(layout: Layout, name: str, parts: Sequence[bytes]) -> list[int]:
    """A sealed file with a warcinfo record; the offset behind each part."""
    layout.warc.mkdir(parents=True, exist_ok=True)
    data = warcinfo(name, BEGAN, {"software": SOFTWARE})[1]
    ends = []
    for part in parts:
        data += part
        ends.append(len(data))
    (layout.warc / f"{name}.warc.gz").write_bytes(data)
    return ends


def records() -> list[bytes]:
    return [
        members(1, 200),
        members(2, None),
        members(3, None, request=b"", reason="dns"),
        members(4, 301),
        members(5, 404),
        unchanged(6),
        members(7, 200, site="foxtrot"),
        members(8, 200, run="r-2"),
        members(9, None, end=ExchangeEnd.REFUSED, reason="noarchive"),
        members(10, None, run="r-3", reason="connect"),
    ]


def index(layout: Layout, rebuild: bool = False) -> None:
    jobs.run(layout, pool=fake_pool(layout), rebuild=rebuild)


def test_runs_are_counted_by_what_came_of_each_attempt(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write(layout, "a", records())
    index(layout)
    rows = only(
        layout,
        "SELECT run, site, captures, ok, redirects, errors, unchanged, failed, refused,"
        " substr(first_capture, 12, 8), substr(last_capture, 12, 8) FROM runs ORDER BY run, site",
    )
    assert rows == [
        ("r-1", "echo", 4, 1, 1, 1, 1, 2, 1, "06:00:01", "06:00:09"),
        ("r-1", "foxtrot", 1, 1, 0, 0, 0, 0, 0, "06:00:07", "06:00:07"),
        ("r-2", "echo", 1, 1, 0, 0, 0, 0, 0, "06:00:08", "06:00:08"),
        ("r-3", "echo", 0, 0, 0, 0, 0, 1, 0, "06:00:10", "06:00:10"),
    ]
    assert only(layout, "SELECT url, outcome, reason FROM unanswered ORDER BY attempted_at") == [
        ("https://a.example/2", "failed", "timeout"),
        ("https://a.example/3", "failed", "dns"),
        ("https://a.example/9", "refused", "noarchive"),
        ("https://a.example/10", "failed", "connect"),
    ]
    assert only(layout, "SELECT software FROM warc_files") == SOFTWARE
    assert only(layout, "SELECT sum(bytes) FROM runs") == only(layout, "SELECT sum(length) FROM captures")


def test_a_file_that_grows_gives_the_same_rows_as_a_whole_one(tmp_path: Path) -> None:
    whole, grown = Layout(tmp_path / "whole"), Layout(tmp_path / "grown")
    parts = records()
    ends = write(whole, "a", parts)
    index(whole)
    grown.warc.mkdir(parents=True)
    (grown.warc / "a.warc.gz").write_bytes((whole.warc / "a.warc.gz").read_bytes())
    for end in ends:
        reopen(grown, "a", end)
        index(grown)
        index(grown)  # what stands behind the last capture is read again
        seal(grown, "a")
    index(grown)
    assert dump(grown) == dump(whole)
    index(grown, rebuild=True)
    assert dump(grown) == dump(whole)
