"""Why URLs gave no page: each kind as real servers and addresses bring it about."""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
from contextlib import ExitStack

import pytest

from archive.layout import Layout
from crawler.cli.init import create
from crawler.handlers.outcomes import of_status
from tests.crawler.hostile_tls import contexts
from tests.crawler.support import rows, run

_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<!doctype html><p>Hi"
_ANSWERS = {
    "/robots.txt": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "/": _PAGE,
    "/403": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    "/404": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "/418": b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n",
    "/501": b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n",
    "/reset": b"",
    "/broken": b"\x16\x03\x01 this is no HTTP\r\n\r\n",
}


class Server:
    """Answers with bytes as they stand, one connection after the other; None: it says nothing at all."""

    def __init__(self, tls: ssl.SSLContext | None = None, *, silent: bool = False) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._tls, self._silent = tls, silent
        self._held: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def base(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # closed: the test is over
                return
            if self._silent:
                self._held.append(connection)
                continue
            try:
                with (
                    self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as plain
                ):
                    path = plain.recv(65_536).split(b" ")[1].decode()
                    plain.sendall(_ANSWERS.get(path, _ANSWERS["/404"]))
            except (OSError, IndexError):  # the other side went away
                continue


def unused() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[tuple[str, ...], str]]:
    """By site, the example of each outcome, kind and kind of URL of one run."""
    layout = Layout(tmp_path_factory.mktemp("outcomes") / "a")
    create(layout)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        plain, silent = Server(), Server(silent=True)
        tls = Server(contexts(folder)["self-signed"])
        for server in (plain, silent, tls):
            stack.callback(server.close)
        # Names below .invalid are no hosts (RFC 6761, 6.4). The first to fail is robots.txt.
        seeds = {
            "plain": [plain.base + path for path in _ANSWERS if path != "/robots.txt"],
            "silent": [f"{silent.base}/"],
            "tls": [f"{tls.base}/"],
            "connect": [f"http://127.0.0.1:{unused()}/"],
            "dns": ["http://gazette.invalid/"],
            "guard": ["http://169.254.169.254/"],
        }
        layout.config.write_text('format = 1\ncontact = "desk@example.org"\n', encoding="utf-8")
        for name, urls in seeds.items():
            text = f"seeds = {urls!r}\nallow_private = true\ndelay = 0\n".replace("'", '"')
            (layout.sites / f"{name}.toml").write_text(text, encoding="utf-8")
        ended = run(layout, index=False, DOWNLOAD_TIMEOUT=1, GAZETTE_RETRY_AFTER="0", GAZETTE_MAX_ATTEMPTS=2)
    assert ended.run is not None, ended.reason
    found: dict[str, dict[tuple[str, ...], str]] = {name: {} for name in seeds}
    sql = "SELECT site, outcome, kind, what, example_url FROM run_outcomes"
    for site, outcome, kind, what, url in rows(layout.crawl_db, sql):
        found[site][outcome, kind, what] = "/" + url.partition("://")[2].partition("/")[2]
    return found


@pytest.mark.parametrize("kind", ["tls", "connect", "dns"])
def test_what_gives_no_answer_fails_by_its_kind_and_robots_refuses_the_rest(
    kind: str, outcomes: dict[str, dict[tuple[str, ...], str]]
) -> None:
    assert outcomes[kind]["failed", kind, "robots"] == "/robots.txt"
    assert outcomes[kind]["refused", "robots", "seed"] == "/"


def test_silence_is_a_timeout(outcomes: dict[str, dict[tuple[str, ...], str]]) -> None:
    assert ("failed", "timeout", "robots") in outcomes["silent"]


def test_an_address_that_is_never_asked_is_refused_by_the_guard(
    outcomes: dict[str, dict[tuple[str, ...], str]],
) -> None:
    assert ("refused", "guard", "robots") in outcomes["guard"]


def test_answers_that_are_none(outcomes: dict[str, dict[tuple[str, ...], str]]) -> None:
    assert {key[1]: url for key, url in outcomes["plain"].items() if key[0] == "failed"} == {
        "blocked": "/403",
        "gone": "/404",
        "http": "/418",
        "server": "/501",
        "reset": "/reset",
        "broken": "/broken",
    }


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "blocked"),
        (429, "blocked"),
        (451, "blocked"),
        (410, "gone"),
        (503, "server"),
        (400, "http"),
        (700, "other"),
    ],
)
def test_statuses(status: int, kind: str) -> None:
    assert of_status(status) == kind
