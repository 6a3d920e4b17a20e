"""A small archive with all that an export of captures has to think of, in two WARC files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.extract import extractor_key
from archive.index import jobs
from archive.index.inside import Inside
from archive.layout import Layout
from archive.types import Capture, Exchange, ExchangeEnd
from archive.warc.records import Told, exchange_records
from archive.warc.writer import WarcWriter
from crawler.cli.init import create
from tests.cli.support import PARAGRAPHS
from tests.cli.support import page as article
from tests.exchanges import exchange

START = datetime(2025, 11, 13, 9, 0, tzinfo=UTC)
HOST = "http://blatt.example"
BRIDGE = f"{HOST}/lokales/bruecke"
FERRY = f"{HOST}/lokales/faehre"
HTML = "text/html; charset=utf-8"


def _page(title: str, lead: str, *shown: str) -> bytes:
    made = article(title, lead, PARAGRAPHS, "2025-11-13")
    return made.replace(b"</article>", "".join(shown).encode() + b"</article>")


BRIDGE_PAGE = _page(
    "Neue Brücke am Kanal",
    "Die Brücke wird gebaut.",
    '<link rel="stylesheet" href="/stil/blatt.css"><img src="/bilder/bruecke.jpg">',
    '<img src="/bilder/alt.jpg"><img src="/bilder/fort.jpg">',
)
FERRY_PAGE = _page("Die Fähre fährt wieder", "Sie war drei Jahre fort.")
FERRY_LATER = _page("Die Fähre fährt doch nicht", "Sie war drei Jahre fort.")
CSS = b'@import "mehr.css"; @font-face { src: url("/stil/antiqua.woff2") }'


@dataclass(frozen=True)
class Shot:
    """An exchange that is kept."""

    path: str
    body: bytes = b""
    status: int = 200
    mime: str = HTML
    headers: str = ""
    again: bool = False  # what was kept of this URL before is known to the writer
    failed: bool = False  # nothing came


FIRST = (
    Shot("/robots.txt", b"User-agent: *\nDisallow:\n", mime="text/plain"),
    Shot("/", b"<html><body><h1>Blatt</h1></body></html>"),
    Shot("/lokales/bruecke", BRIDGE_PAGE),
    Shot("/lokales/nirgends", failed=True),
    Shot("/stil/blatt.css", CSS, mime="text/css"),
    Shot("/stil/mehr.css", b"p { color: black }", mime="text/css"),
    Shot("/stil/antiqua.woff2", b"wOF2" * 9, mime="font/woff2"),
    Shot("/bilder/bruecke.jpg", b"\xff\xd8\xff" * 50, mime="image/jpeg"),
    Shot("/bilder/alt.jpg", status=301, headers=f"Location: {HOST}/bilder/neu.jpg\r\n"),
    Shot("/bilder/neu.jpg", b"\xff\xd8\xfe" * 50, mime="image/jpeg"),
    Shot("/bilder/fort.jpg", b"no", status=404),
    Shot("/bilder/andere.jpg", b"\xff\xd8\xfd" * 50, mime="image/jpeg"),
    Shot("/lokales/faehre", FERRY_PAGE),
)
LATER = (
    Shot("/lokales/bruecke", status=304, again=True),
    Shot("/bilder/bruecke.jpg", b"\xff\xd8\xff" * 50, mime="image/jpeg", again=True),
    Shot("/lokales/faehre", FERRY_LATER, again=True),
)


class Keeper:
    """Writes shots into WARC files, and remembers what was kept of each URL."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.kept: dict[str, Capture] = {}

    def write(self, shots: tuple[Shot, ...], at: datetime, *, sealed: bool = True) -> WarcWriter:
        """A file with a shot a second."""
        writer = WarcWriter(self.layout.warc, {"software": "test", "isPartOf": f"run-{at:%d}"})
        for second, shot in enumerate(shots):
            url, moment = HOST + shot.path, at + timedelta(seconds=second)
            writer.begin()
            made = exchange_records(
                _exchange(url, moment, shot),
                Told("blatt", f"run-{at:%d}", via=f"{HOST}/", hops="L" if shot.mime == HTML else "LE"),
                writer.warcinfo_id,
                self.kept.get(url) if shot.again else None,
            )
            refs = writer.append(made.members)
            if not shot.failed and not made.revisit:
                self.kept[url] = Capture(
                    made.record_id, refs[-1], url, moment, made.status, shot.mime, made.payload_digest
                )
        writer.sync()
        if sealed:
            writer.close()
        return writer


def _exchange(url: str, at: datetime, shot: Shot) -> Exchange:
    head = f"HTTP/1.1 {shot.status} X\r\nContent-Type: {shot.mime}\r\n{shot.headers}\r\n"
    request = f"GET {url.removeprefix(HOST)} HTTP/1.1\r\nHost: blatt.example\r\n\r\n".encode()
    whole = exchange(url, at, head.encode() + shot.body, request)
    return replace(whole, response=b"", end=ExchangeEnd.FAILED, reason="timeout") if shot.failed else whole


def build(root: Path, *, sealed: bool = True) -> Layout:
    """The archive, indexed; unless ``sealed``, its second file is still being written."""
    layout = Layout(root)
    create(layout)
    keeper = Keeper(layout)
    keeper.write(FIRST, START)
    keeper.write(LATER, START + timedelta(days=1), sealed=sealed)
    index(layout)
    return layout


def index(layout: Layout) -> None:
    """Index what is new in this process."""
    jobs.run(layout, pool=Inside(layout.warc, extractor_key(), layout.root / "note"))
