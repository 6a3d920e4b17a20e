"""``add`` against servers on loopback, well-behaved and not."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from archive.layout import Layout
from crawler.cli import add
from crawler.cli.exits import Exit
from crawler.samples.server import SampleServer
from crawler.sites import load_sites
from tests.cli.support import Gazette

PAGE = b'<title>Bote</title><link rel=alternate type="application/rss+xml" href="/f.xml">'


class _Handler(BaseHTTPRequestHandler):
    """Answers by path; ``asked`` holds the paths and user agents that came."""

    asked: list[tuple[str, str]]
    robots: tuple[int, bytes]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["User-Agent"]))
        if self.path == "/robots.txt":
            self._answer(*self.robots)
        elif self.path == "/gzip":
            self._answer(200, gzip.compress(PAGE), ("Content-Encoding", "gzip"))
        elif self.path == "/moved":
            self._answer(301, b"", ("Location", "/gzip"))
        elif self.path == "/away":
            self._answer(302, b"", ("Location", "http://example.org/"))
        elif self.path == "/circle":
            self._answer(302, b"", ("Location", "/circle"))
        elif self.path == "/none":
            self._answer(404, b"")
        elif self.path == "/rude":
            self.wfile.write(b"\x16\x03\x01 not HTTP at all\r\n\r\n")
        elif self.path == "/drip":
            self._drip()
        elif self.path == "/endless":
            self._endless()

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for header in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b" ")
                time.sleep(0.01)
        except OSError:
            return

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE)
        try:
            while True:
                self.wfile.write(b" " * 65_536)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[str]:
    """The base URL of the server."""
    _Handler.asked, _Handler.robots = [], (404, b"")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_the_sample_outlets_are_added(gazette: Gazette, layout: Layout) -> None:
    with SampleServer() as samples:
        for outlet in samples.outlets:
            ran = gazette("--archive", layout.root, "add", outlet.base_url + "/", "--name", outlet.name)
            assert (ran.code, ran.err) == (0, "")
        sites = load_sites(layout)
        requests = len(samples.requests)
    assert set(sites) == {outlet.name for outlet in samples.outlets}
    assert sites["ruhr-aktuell"].title == "Ruhr Aktuell"
    assert sites["ruhr-aktuell"].sitemaps[0].endswith("/sitemap.xml")
    assert sites["emscher-bote"].feeds[0].endswith("/atom.xml")
    assert requests == 2 * len(sites)


def test_a_dry_run_writes_nothing(gazette: Gazette, layout: Layout, server: str) -> None:
    ran = gazette("--archive", layout.root, "add", f"{server}/moved", "--dry-run")
    assert ran.code == 0
    assert f'feeds = ["{server}/f.xml"]' in ran.out
    assert list(layout.sites.iterdir()) == []


def test_the_archive_says_who_asks(gazette: Gazette, layout: Layout, server: str) -> None:
    layout.config.write_text('format = 1\ncontact = "desk@example.org"\n', encoding="utf-8")
    assert gazette("--archive", layout.root, "add", f"{server}/gzip").code == 0
    assert [path for path, _ in _Handler.asked] == ["/robots.txt", "/gzip"]
    assert all("desk@example.org" in agent for _, agent in _Handler.asked)
    (name,) = load_sites(layout)
    assert name == server.removeprefix("http://").replace(".", "-").replace(":", "-")


def test_an_existing_file_is_left_alone(gazette: Gazette, layout: Layout, server: str) -> None:
    path = layout.sites / "bote.toml"
    path.write_text("mine", encoding="utf-8")
    ran = gazette("--archive", layout.root, "add", f"{server}/gzip", "--name", "bote")
    assert ran.code == Exit.BAD_CONFIGURATION
    assert "is there already" in ran.err
    assert path.read_text(encoding="utf-8") == "mine"
    assert _Handler.asked == []


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/none", Exit.FAILED, "the server answers 404"),
        ("/away", Exit.FAILED, "leads to http://example.org/; add that address if it is the site"),
        ("/circle", Exit.FAILED, "redirects more than"),
        ("/rude", Exit.FAILED, "can't be reached"),
    ],
)
def test_a_page_that_is_none(
    path: str, code: Exit, words: str, gazette: Gazette, layout: Layout, server: str
) -> None:
    ran = gazette("--archive", layout.root, "add", server + path)
    assert ran.code == code
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert list(layout.sites.iterdir()) == []


@pytest.mark.parametrize("robots", [(200, b"User-agent: *\nDisallow: /gzip"), (503, b"")])
def test_robots_is_asked_first_and_obeyed(
    robots: tuple[int, bytes], gazette: Gazette, layout: Layout, server: str
) -> None:
    _Handler.robots = robots
    ran = gazette("--archive", layout.root, "add", f"{server}/gzip")
    assert ran.code == Exit.REFUSED
    assert "robots.txt" in ran.err
    assert [path for path, _ in _Handler.asked] == ["/robots.txt"]


def test_an_endless_page_is_cut(gazette: Gazette, layout: Layout, server: str) -> None:
    ran = gazette("--archive", layout.root, "add", f"{server}/endless", "--dry-run")
    assert ran.code == 0
    assert 'title = "Bote"' in ran.out


def test_a_dripping_server_holds_nobody(
    gazette: Gazette, layout: Layout, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(add, "MAX_SECONDS", 0.3)
    ran = gazette("--archive", layout.root, "add", f"{server}/drip")
    assert ran.code == Exit.FAILED
    assert "no whole answer within 0.3 s" in ran.err


@pytest.mark.parametrize("url", ["https://example.org/", "http://192.0.2.1/", "http://[2001:db8::1]/"])
def test_only_this_machine_can_be_added_yet(url: str, gazette: Gazette, layout: Layout) -> None:
    ran = gazette("--archive", layout.root, "add", url)
    assert ran.code == Exit.BAD_CONFIGURATION
    assert "only sites on this machine" in ran.err


def test_nobody_listens(gazette: Gazette, layout: Layout) -> None:
    ran = gazette("--archive", layout.root, "add", "http://127.0.0.1:9/")
    assert ran.code == Exit.FAILED
    assert "can't be reached" in ran.err


@pytest.mark.parametrize(
    "arguments", [["ftp://127.0.0.1/"], ["example"], ["http://127.0.0.1/", "--name", "A B"]]
)
def test_an_address_or_a_name_that_is_none(arguments: list[str], gazette: Gazette, layout: Layout) -> None:
    ran = gazette("--archive", layout.root, "add", *arguments)
    assert ran.code == Exit.USAGE
