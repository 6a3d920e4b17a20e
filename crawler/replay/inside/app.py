"""pywb on the files of one archive. Run by the Python of the side environment; imports nothing of Gazette.

    cd ARCHIVE/replay
    python -I app.py '{"fd": 3, "warc": DIR, "origin": URL, "hosts": [...], "ancestors": [...]}'

It looks captures up in the CDXJ files of the folder ``index`` there, answers on the listening socket it is
handed, says "ready" on stdout, and ends when stdin does: so it never outlives the process that started it.
With a key in GAZETTE_REPLAY_KEY (hexadecimal) it lets in by signed addresses alone (door.py).
There is no recorder, no proxy and no loader for the live web in it.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import resource
import runpy
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gevent import monkey

monkey.patch_all()

import brotli
import gevent
import jinja2
import pywb.apps.frontendapp as frontend
import pywb.utils.geventserver as geventserver
import pywb.warcserver.warcserver as warcserver
from gevent.fileobject import FileObject
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer
from pywb.warcserver.handlers import ResourceHandler
from pywb.warcserver.index.aggregator import DirectoryIndexSource
from pywb.warcserver.resource.resolvingloader import ResolvingLoader
from pywb.warcserver.resource.responseloader import WARCPathLoader
from warcio.bufferedreaders import BufferedReader

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_HERE = Path(__file__).parent
_COLLECTION = "archive"
_INDEX = "index/"
_MEMORY = 2 << 30
"""Bytes of address space: a page that unpacks to more fails by itself, and the machine stays well."""
_AT_ONCE = 64
"""Answers in the making at the same time; more wait."""


class _Brotli:
    """The two things warcio asks of a decompressor, which Google's brotli module doesn't have of itself."""

    unused_data = None

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def decompress(self, data: bytes) -> bytes:
        return bytes(self._stream.process(data))

    def flush(self) -> bytes:
        return b""


class _Zstd:
    """As _Brotli; browsers take windows up to 8 MB (RFC 9659)."""

    def __init__(self) -> None:
        self._stream = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 23})

    @property
    def unused_data(self) -> bytes | None:
        return self._stream.unused_data or None

    def decompress(self, data: bytes) -> bytes:
        return b"" if self._stream.eof else self._stream.decompress(data)

    def flush(self) -> bytes:
        return b""


class _Loader(ResolvingLoader):  # type: ignore[misc]
    """A revisit that says "304 Not Modified" is shown under the headers of what was not modified."""

    def load_headers_and_payload(self, *arguments: Any) -> Any:
        headers, payload = super().load_headers_and_payload(*arguments)
        head = None if headers is payload else headers.http_headers
        if head is not None and head.get_statuscode() == "304":
            headers.http_headers = payload.http_headers
        return headers, payload


def _handler(warc: Path) -> ResourceHandler:
    """What looks captures up and reads them: in the archive, and nowhere else."""
    # Relative, because pywb takes brackets and braces in a path for patterns.
    source = DirectoryIndexSource(_INDEX)

    def places(name: str, _cdx: Any) -> Iterator[str]:
        # A file that grows ends with ".open"; it loses that when it is sealed, perhaps between the two tries.
        for place in (name, f"{name}.open", name):
            yield str(warc / Path(place).name)

    loader = WARCPathLoader([places], source)
    loader.resolve_loader = _Loader(loader.resolvers)
    return ResourceHandler(source, [loader], rules_file="")


def _application(options: dict[str, Any]) -> Any:
    handler = _handler(Path(options["warc"]))
    # pywb's inner server; what people look at is nobody's business, so neither keeps a log.
    geventserver.WSGIServer = functools.partial(WSGIServer, log=None)
    # In place of pywb's own way of making a collection, which adds loaders for the live web.
    warcserver.WarcServer.load_coll = lambda *_arguments: handler
    app = frontend.FrontEndApp(
        custom_config={
            "collections": {_COLLECTION: {"index_paths": _INDEX}},
            "collections_root": "collections",  # there is none
            "enable_auto_colls": False,
            "framed_replay": True,
            "head_insert_html": "gazette_insert.html",
            "csp-header": "",  # the guard's stands on every answer
        }
    )
    templates = app.rewriterapp.jinja_env.jinja_env.loader
    templates.loaders.insert(0, jinja2.FileSystemLoader(_HERE / "pages"))
    return app


def _end_with(stream: FileObject) -> None:
    """Nothing is ever written to stdin: what is read is its end."""
    stream.read()
    os._exit(0)


def main() -> None:
    options = json.loads(sys.argv[1])
    key = os.environ.pop("GAZETTE_REPLAY_KEY", "")  # not an argument, which all users of a machine see
    with contextlib.suppress(ValueError, OSError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    told = os.dup(1)
    os.dup2(2, 1)  # pywb prints
    BufferedReader.DECOMPRESSORS |= {"br": _Brotli, "zstd": _Zstd}
    guard = runpy.run_path(str(_HERE / "guard.py"))["Guard"](
        _application(options), options["origin"], options["hosts"], options["ancestors"], _HERE / "pages"
    )
    app = guard
    if key:
        app = runpy.run_path(str(_HERE / "door.py"))["Door"](guard, guard.refuse, bytes.fromhex(key))
    gevent.spawn(_end_with, FileObject(0, "rb"))
    server = WSGIServer(
        socket.socket(fileno=options["fd"]),
        app,
        handler_class=geventserver.RequestURIWSGIHandler,
        spawn=Pool(_AT_ONCE),
        log=None,
    )
    os.write(told, b"ready\n")
    os.close(told)
    server.serve_forever()


if __name__ == "__main__":
    main()
