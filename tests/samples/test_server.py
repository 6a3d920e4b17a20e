"""The sample server on the wire: raw sockets, because the bytes are what it is for."""

from __future__ import annotations

import gzip
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.samples.loopback import PortTaken
from crawler.samples.server import SampleServer, main


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer() as running:
        yield running


def _talk(url: str, data: bytes) -> bytes:
    """All that comes back on one connection that the server is asked to close."""
    parts = urlsplit(url)
    assert parts.port is not None
    with socket.create_connection(("127.0.0.1", parts.port), timeout=5) as sock:
        sock.sendall(data)
        got = b""
        while piece := sock.recv(65_536):
            got += piece
    return got


def _ask(url: str, method: str = "GET", fields: str = "") -> tuple[str, dict[str, list[str]], bytes]:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    request = f"{method} {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n{fields}Connection: close\r\n\r\n"
    head, _, body = _talk(url, request.encode("ascii")).partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    return status, headers, body


def _dechunked(body: bytes) -> tuple[bytes, list[int]]:
    out, sizes = b"", []
    while True:
        line, _, body = body.partition(b"\r\n")
        size = int(line, 16)
        sizes.append(size)
        assert body[size : size + 2] == b"\r\n"
        out, body = out + body[:size], body[size + 2 :]
        if size == 0:
            assert body == b""
            return out, sizes


def _article(server: SampleServer, *wanted: str, without: tuple[str, ...] = ()) -> str:
    for url, truth in server.expected().items():
        if set(wanted) <= truth.shapes and not truth.shapes & set(without):
            return url
    raise LookupError(wanted)


def test_plain_answer_has_its_length(server: SampleServer) -> None:
    url = _article(server, "standard", without=("gzip", "chunked"))
    status, headers, body = _ask(url)
    assert status == "HTTP/1.1 200 OK"
    assert headers["content-length"] == [str(len(body))]
    assert body == server.pages()[url].resource.body


def test_gzip_and_chunks(server: SampleServer) -> None:
    url = _article(server, "gzip", "chunked")
    _, headers, body = _ask(url, fields="Accept-Encoding: br, gzip\r\n")
    assert headers["transfer-encoding"] == ["chunked"]
    assert headers["content-encoding"] == ["gzip"]
    assert "content-length" not in headers
    packed, sizes = _dechunked(body)
    assert gzip.decompress(packed) == server.pages()[url].resource.body
    assert sizes[0] == 1
    assert len(sizes) > 3


def test_no_gzip_for_a_client_that_does_not_take_it(server: SampleServer) -> None:
    url = _article(server, "gzip", without=("chunked",))
    for fields in ("", "Accept-Encoding: gzip;q=0, br\r\n"):
        _, headers, body = _ask(url, fields=fields)
        assert "content-encoding" not in headers
        assert body == server.pages()[url].resource.body


def test_no_chunks_for_http_1_0(server: SampleServer) -> None:
    url = _article(server, "chunked", without=("gzip",))
    got = _talk(url, f"GET {urlsplit(url).path} HTTP/1.0\r\n\r\n".encode())
    assert b"Transfer-Encoding" not in got
    assert got.endswith(server.pages()[url].resource.body)


def test_head_has_the_fields_and_no_body(server: SampleServer) -> None:
    url = _article(server, "standard", without=("gzip", "chunked"))
    status, headers, body = _ask(url, "HEAD")
    assert status == "HTTP/1.1 200 OK"
    assert headers["content-length"] == [str(len(server.pages()[url].resource.body))]
    assert body == b""


def test_repeated_fields_stay_apart(server: SampleServer) -> None:
    _, headers, _ = _ask(_article(server, "seed-1"))
    assert len(headers["set-cookie"]) == 2


def test_conditional_requests(server: SampleServer) -> None:
    url = _article(server, "standard")
    _, headers, _ = _ask(url)
    tag, modified = headers["etag"][0], headers["last-modified"][0]
    for fields in (f"If-None-Match: {tag}\r\n", f"If-Modified-Since: {modified}\r\n"):
        status, again, body = _ask(url, fields=fields)
        assert status == "HTTP/1.1 304 Not Modified"
        assert again["etag"] == [tag]
        assert body == b""
    # A validator that does not fit outweighs a date that does.
    status, _, _ = _ask(url, fields=f'If-None-Match: "other"\r\nIf-Modified-Since: {modified}\r\n')
    assert status == "HTTP/1.1 200 OK"
    status, _, _ = _ask(url, fields="If-Modified-Since: yesterday\r\n")
    assert status == "HTTP/1.1 200 OK"


def test_keep_alive_takes_several_requests(server: SampleServer) -> None:
    base = server.outlets[2].base_url
    one = f"HEAD /robots.txt HTTP/1.1\r\nHost: {urlsplit(base).netloc}\r\n"
    got = _talk(base, f"{one}\r\n{one}\r\n{one}Connection: close\r\n\r\n".encode())
    assert got.count(b"HTTP/1.1 200 OK") == 3


def test_what_it_does_not_understand(server: SampleServer) -> None:
    base = server.outlets[0].base_url
    assert _talk(base, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert _talk(base, b"GET / HTTP/1.1\r\nno colon\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert _talk(base, b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert _ask(base + "/", "DELETE")[0] == "HTTP/1.1 405 Method Not Allowed"


def test_the_log_names_outlet_path_and_status(server: SampleServer) -> None:
    server.requests.clear()
    _ask(server.outlets[1].base_url + "/nowhere?a=1")
    (entry,) = server.requests
    assert (entry.outlet, entry.path, entry.status) == ("emscher-bote", "/nowhere?a=1", 404)
    assert entry.started_at > 0


def test_a_taken_port_is_one_clear_line(server: SampleServer, capsys: pytest.CaptureFixture[str]) -> None:
    taken = urlsplit(server.outlets[0].base_url).port
    assert taken is not None
    with pytest.raises(PortTaken):
        SampleServer([taken])
    assert main(["--ports", f"0,{taken},0"]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert f"127.0.0.1:{taken}" in shown


def test_it_starts_without_heavy_libraries() -> None:
    heavy = ("scrapy", "lxml", "trafilatura", "aiohttp")
    code = f"import sys, crawler.samples.server; print([m for m in {heavy} if m in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
