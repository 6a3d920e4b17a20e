"""scripts/add_page: a page becomes a test directory, from a file, a server of this machine or a record."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.warc.reader import CaptureWalk
from scripts import add_page
from tests.extract.support import LEAD, PARAGRAPHS, TITLE, URL, article
from tests.warc.support import exchange, write_file

PAGE = article(before=f"<p class=lead>{LEAD}</p>")


@pytest.fixture
def server() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/talheim/haushalt"
        running.shutdown()
        thread.join(10)


def _read(directory: Path) -> tuple[dict[str, object], dict[str, object]]:
    names = ("expected.json", "meta.json")
    expected, meta = (json.loads((directory / n).read_text(encoding="utf-8")) for n in names)
    assert (directory / "page.html").read_bytes() == PAGE
    return expected, meta


def test_a_file_becomes_a_directory_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "saved.html"
    saved.write_bytes(PAGE)
    arguments = [str(saved), "a_page", "--url", URL, "--into", str(tmp_path / "pages")]
    assert add_page.main(arguments) == 0
    expected, meta = _read(tmp_path / "pages" / "a_page")
    assert (expected["title"], expected["lead"], expected["teasers"]) == (TITLE, LEAD, [])
    assert expected["text"] == "\n".join([LEAD, *PARAGRAPHS])
    assert meta == {"url": URL, "captured_at": None, "source": "saved.html"}
    (tmp_path / "pages" / "a_page" / "expected.json").write_text("mine", encoding="utf-8")
    assert add_page.main(arguments) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "pages" / "a_page" / "expected.json").read_text(encoding="utf-8") == "mine"


def test_a_page_of_a_server_on_this_machine(tmp_path: Path, server: str) -> None:
    assert add_page.main([server, "served", "--into", str(tmp_path)]) == 0
    expected, meta = _read(tmp_path / "served")
    assert expected["title"] == TITLE
    assert meta["url"] == meta["source"] == server
    assert str(meta["captured_at"]).endswith("Z")


def test_a_record_of_an_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    warc = write_file(tmp_path / "warc", [exchange(head + PAGE)])
    capture = next(iter(CaptureWalk(warc, warc.name))).capture
    into = tmp_path / "pages"
    rest = ["--archive", str(tmp_path), "--into", str(into)]
    assert add_page.main([str(capture.ref), "kept", *rest]) == 0
    expected, meta = _read(into / "kept")
    assert (expected["title"], expected["url"]) == (TITLE, capture.url)
    stamp = capture.captured_at.isoformat().replace("+00:00", "Z")
    assert meta == {"url": capture.url, "captured_at": stamp, "source": str(capture.ref)}
    assert add_page.main([f"{warc.name}@{capture.ref.offset + 1}", "other", *rest]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (into / "other").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["https://www.talkurier.example/a", "x"], "only pages of this machine"),
        (["{dir}/nothing.html", "x", "--url", URL], "No such file"),
        (["{dir}/saved.html", "x"], "add --url URL"),
        (["{dir}/saved.html", "Bad Name", "--url", URL], "small letters"),
        (["{dir}/empty.html", "x", "--url", URL], "empty"),
        (["a.warc.gz@17", "x"], "add --archive DIR"),
        (["a.warc.gz@17", "x", "--archive", "{dir}"], "no such file"),
    ],
)
def test_an_error_is_one_line_and_leaves_nothing(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "saved.html").write_bytes(PAGE)
    (tmp_path / "empty.html").write_bytes(b"")
    into = tmp_path / "pages"
    filled = [a.replace("{dir}", str(tmp_path)) for a in arguments]
    assert add_page.main([*filled, "--into", str(into)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not into.exists()
