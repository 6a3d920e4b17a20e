"""``add`` against servers on loopback, well-behaved and not."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archive.layout import Layout
from crawler.cli import exchange, trial
from crawler.cli.exits import Exit
from crawler.cli.trial import Extract
from crawler.samples.server import SampleServer
from crawler.sites import load_sites
from tests.cli.small_sites import SITES, SmallSites
from tests.cli.small_sites_judge import Got, differences, got_of
from tests.cli.support import Gazette
from tests.crawler.wire_server import certificate

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


@pytest.fixture(scope="module")
def small() -> Iterator[SmallSites]:
    with SmallSites() as sites:
        yield sites


@pytest.fixture(scope="module")
def extract() -> Iterator[Extract]:
    """One extracting process for all tests: starting it costs more than all their pages."""
    with trial.extractor() as function:
        yield function


@pytest.fixture
def quick(extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verbs of this process extract in the shared one."""
    monkeypatch.setattr(trial, "extractor", lambda: nullcontext(extract))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", SITES)
def test_a_small_site_is_found_as_a_person_judged_it(
    name: str, small: SmallSites, gazette: Gazette, layout: Layout
) -> None:
    site = SITES[name]
    url = small.base_urls[name] + site.start
    ran = gazette("--archive", layout.root, "add", url, "--name", name, "--json")
    got = got_of(ran.code, ran.out, ran.err, layout, name)
    assert differences(got, site.expected, url) == []
    assert small.asked(name)[0] == "/robots.txt"
    # A look stays a look: it doesn't crawl.
    assert len(small.asked(name)) <= 30


def test_the_judge_sees_what_differs() -> None:
    expected = SITES["feeds-in-head"].expected
    got = Got(18, "no", wall="shell", feeds=("http://a/other",), articles=1, language="en", rights=("x",))
    found = differences(got, expected, "http://a/")
    assert [line.split()[0] for line in found] == [
        *("exit", "wall", "feeds", "sections", "language", "rights", "1", "no")
    ]


def test_the_sample_outlets_are_added(gazette: Gazette, layout: Layout) -> None:
    with SampleServer() as samples:
        for outlet in samples.outlets:
            ran = gazette(
                "--archive", layout.root, "add", outlet.base_url + "/", "--name", outlet.name, "--no-trial"
            )
            assert (ran.code, ran.err) == (0, "")
        sites = load_sites(layout)
    assert set(sites) == {outlet.name for outlet in samples.outlets}
    assert sites["ruhr-aktuell"].title == "Ruhr Aktuell"
    assert sites["hafenblatt"].title == "Brunsieler Hafenblatt"
    assert sites["ruhr-aktuell"].sitemaps[0].endswith("/sitemap.xml")
    assert sites["emscher-bote"].feeds[0].endswith("/atom.xml")
    assert [url.rpartition("/rubrik/")[2] for url in sites["hafenblatt"].sections] == [
        "hafen/",
        "dorf/",
        "english/",
    ]
    assert all(site.allow_private and site.language == "de" for site in sites.values())


@pytest.mark.usefixtures("quick")
def test_the_report_shows_what_would_be_extracted(
    small: SmallSites, gazette: Gazette, layout: Layout
) -> None:
    ran = gazette("--archive", layout.root, "add", small.base_urls["robots-with-delay-and-sitemap"] + "/")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert "robots.txt: asks for 2 s between requests" in lines
    assert "sections:   Lokales, Kultur" in lines
    assert any(
        line.startswith("forbidden:  ") and line.endswith("/sport/ (Sport), by robots.txt") for line in lines
    )
    assert "3 of 3 pages on trial give an article:" in lines
    row = next(line for line in lines if "ufer-umbau" in line and line.startswith("2026-11-18"))
    assert "Der Umbau am Ufer beginnt nun doch im Frühjahr" in row
    assert "Änne Müßig" in row
    assert "written; look it over" in lines[-1]


@pytest.mark.usefixtures("quick")
def test_a_dry_run_prints_the_file_and_writes_nothing(
    small: SmallSites, gazette: Gazette, layout: Layout
) -> None:
    base = small.base_urls["feeds-in-head"]
    ran = gazette("--archive", layout.root, "add", base + "/", "--dry-run")
    assert ran.code == 0
    assert tomllib.loads(ran.out)["feeds"] == [base + "/rss/alle", base + "/sport.atom"]
    assert "pages on trial give an article" in ran.err
    assert list(layout.sites.iterdir()) == []


@pytest.mark.usefixtures("quick")
def test_what_gives_nothing_is_written_by_force_only(
    small: SmallSites, gazette: Gazette, layout: Layout
) -> None:
    url = small.base_urls["shell-with-mount"] + "/"
    ran = gazette("--archive", layout.root, "add", url, "--dry-run")
    assert (ran.code, ran.out) == (Exit.FAILED, "")
    ran = gazette("--archive", layout.root, "add", url, "--name", "huelle", "--force")
    assert ran.code == 0
    assert load_sites(layout)["huelle"].seeds == (url,)


@pytest.mark.usefixtures("quick")
def test_who_is_sent_away_goes(small: SmallSites, gazette: Gazette, layout: Layout) -> None:
    before = len(small.asked("challenge-403"))
    gazette("--archive", layout.root, "add", small.base_urls["challenge-403"] + "/")
    assert small.asked("challenge-403")[before:] == ["/robots.txt", "/"]


@pytest.mark.usefixtures("quick")
def test_what_robots_forbids_is_not_asked_for(small: SmallSites, gazette: Gazette, layout: Layout) -> None:
    name = "robots-with-delay-and-sitemap"
    gazette("--archive", layout.root, "add", small.base_urls[name] + "/", "--dry-run")
    assert not [path for path in small.asked(name) if path.startswith("/sport")]


def test_the_archive_says_who_asks(gazette: Gazette, layout: Layout, server: str) -> None:
    layout.config.write_text('format = 1\ncontact = "desk@example.org"\n', encoding="utf-8")
    assert gazette("--archive", layout.root, "add", f"{server}/gzip", "--no-trial").code == 0
    assert [path for path, _ in _Handler.asked][:2] == ["/robots.txt", "/gzip"]
    assert all("desk@example.org" in agent for _, agent in _Handler.asked)
    (name,) = load_sites(layout)
    assert name == server.removeprefix("http://").replace(".", "-").replace(":", "-")


def test_the_open_web_is_asked_by_nobody_without_a_contact(gazette: Gazette, layout: Layout) -> None:
    ran = gazette("--archive", layout.root, "add", "http://192.0.2.1/")
    assert ran.code == Exit.BAD_CONFIGURATION
    assert "contact" in ran.err
    assert ran.err.count("\n") == 1


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
    ran = gazette("--archive", layout.root, "add", f"{server}/endless", "--dry-run", "--no-trial")
    assert ran.code == 0
    assert 'title = "Bote"' in ran.out


def test_a_dripping_server_holds_nobody(
    gazette: Gazette, layout: Layout, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MAX_SECONDS", 0.3)
    ran = gazette("--archive", layout.root, "add", f"{server}/drip")
    assert ran.code == Exit.FAILED
    assert "no whole answer within 0.3 s" in ran.err


class _Names:
    """A resolver that knows one name, and connections that are counted and lead nowhere."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.connected: list[str] = []

    def getaddrinfo(self, host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (self.address, port))]

    def create_connection(self, place: tuple[str, int], **_: object) -> socket.socket:
        self.connected.append(place[0])
        raise ConnectionRefusedError(111, "Connection refused")


@pytest.mark.parametrize(
    ("url", "address", "connects"),
    [
        ("http://zeitung.example/", "127.0.0.1", False),
        ("http://zeitung.example/", "10.0.0.5", False),
        ("http://zeitung.example/", "169.254.169.254", False),
        ("http://zeitung.example/", "::ffff:127.0.0.1", False),
        ("http://169.254.169.254/", "169.254.169.254", False),
        ("http://zeitung.example/", "1.1.1.1", True),
        ("http://10.0.0.5/", "10.0.0.5", True),  # a person named it
        ("http://0x7f.1/", "127.0.0.1", True),
        ("http://[::1]/", "::1", True),
    ],
)
def test_an_address_inside_a_network_is_connected_to_only_when_it_was_named(
    url: str,
    address: str,
    connects: bool,
    gazette: Gazette,
    layout: Layout,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layout.config.write_text('format = 1\ncontact = "desk@example.org"\n', encoding="utf-8")
    names = _Names(address)
    monkeypatch.setattr(exchange.socket, "getaddrinfo", names.getaddrinfo)
    monkeypatch.setattr(exchange.socket, "create_connection", names.create_connection)
    ran = gazette("--archive", layout.root, "add", url)
    assert ran.err.count("\n") == 1
    if connects:
        assert (ran.code, names.connected) == (Exit.FAILED, [address])
    else:
        assert (ran.code, names.connected) == (Exit.REFUSED, [])
        assert "not connected to" in ran.err


def test_a_certificate_that_is_not_trusted_is_told(gazette: Gazette, layout: Layout, tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as listening:
        listening.socket = certificate(tmp_path).wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
        thread.start()
        ran = gazette("--archive", layout.root, "add", f"https://127.0.0.1:{listening.server_port}/gzip")
        listening.shutdown()
        thread.join()
    assert ran.code == Exit.FAILED
    assert "certificate" in ran.err
    assert "verify_tls = false" in ran.err
    assert ran.err.count("\n") == 1


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
