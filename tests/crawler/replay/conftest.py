from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archive.layout import Layout
from crawler.cli.init import create
from crawler.replay.server import Replay
from tests.crawler.replay.blatt import Archivist, shots
from tests.side import side_python


@dataclass
class Target:
    """A server that no archived page may reach; it notes who asks."""

    url: str
    asked: list[str] = field(default_factory=list)


@dataclass
class Running:
    """A replay of an archive that grows."""

    layout: Layout
    replay: Replay
    archivist: Archivist
    target: Target


@pytest.fixture(scope="session")
def target() -> Iterator[Target]:
    class Note(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            target.asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"outside")

        do_POST = do_GET

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Note)
    target = Target(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield target
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def python() -> Path:
    """The Python of the side environment; the test is skipped where there is none."""
    return side_python()


@pytest.fixture(scope="module")
def running(python: Path, target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    layout = Layout(tmp_path_factory.mktemp("replay") / "archive [1] {ä}*")
    create(layout)
    archivist = Archivist(layout)
    taken = shots(target.url)
    # The revisits lie in another file than what they found again.
    archivist.write(taken[:-2])
    archivist.write(taken[-2:])
    archivist.index()
    with Replay(layout, python, port=0) as replay:
        yield Running(layout, replay, archivist, target)
