"""``gazette import``: files of strangers come in by copy and say whence; nothing is lost in silence."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.layout import Layout
from archive.warc.members import MemberWalk
from archive.warc.seal import file_sha256, manifest
from archive.warc.takein import PARTIAL
from crawler.cli.exits import Exit
from tests.cli.conftest import PARAGRAPHS, page
from tests.cli.support import Gazette, Ran
from tests.crawler.support import rows
from tests.warc.test_foreign import arc, record

Call = Callable[..., Ran]
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
MILL = page("Die alte Mühle mahlt", "Nach achtzig Jahren dreht sie sich.", PARAGRAPHS, "2019-05-04")


def response(url: str, body: bytes = MILL) -> bytes:
    raw = record(url, HTTP + body, kind="response")
    return raw.replace(b"Content-Type: text/plain", b"Content-Type: application/http; msgtype=response")


@pytest.fixture
def call(layout: Layout, gazette: Gazette) -> Call:
    return lambda *arguments: gazette("--archive", layout.root, *arguments)


def took(ran: Ran) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.out.splitlines()]


def test_members_are_copied_byte_for_byte_and_the_rows_say_whence(
    call: Call, layout: Layout, tmp_path: Path
) -> None:
    members = [gzip.compress(response(f"http://alt.example/{n}")) for n in range(3)]
    (tmp_path / "old.warc.gz").write_bytes(b"".join(members))
    ran = call("import", tmp_path / "old.warc.gz", "--site", "alt")
    assert ran.code == 0
    assert "3 records (3 response)" in ran.out
    assert "3 byte for byte" in ran.out
    (path,) = layout.warc.glob("*.warc.gz")
    assert path.read_bytes().endswith(b"".join(members))
    assert manifest(layout.warc) == {path.name: file_sha256(path)}
    assert call("verify").code == 0
    assert call("index", "--workers", 1).code == 0
    found = rows(layout.index, "SELECT url, site, source FROM captures ORDER BY url")
    assert found == [(f"http://alt.example/{n}", "alt", "old.warc.gz") for n in range(3)]
    assert rows(layout.index, "SELECT DISTINCT title FROM articles") == [("Die alte Mühle mahlt",)]


def test_a_rebuild_gives_the_same_rows(call: Call, layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "a.arc").write_bytes(b"".join(arc(f"http://alt.example/{n}", HTTP + MILL) for n in range(3)))
    (tmp_path / "b.warc").write_bytes(response("http://neu.example/") + record("urn:x", b"note"))
    assert call("import", tmp_path / "a.arc", tmp_path / "b.warc").code == 0
    assert call("index", "--workers", 1).code == 0
    select = (
        "SELECT warc, offset, record_id, url, captured_at, status, source, outcome FROM captures ORDER BY 4"
    )
    before = rows(layout.index, select)
    assert len(before) == 5
    assert {row[6] for row in before} == {"a.arc", "b.warc"}
    assert call("index", "--rebuild", "--workers", 1).code == 0
    assert rows(layout.index, select) == before


def test_what_was_imported_is_not_imported_again(call: Call, layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(response("http://alt.example/"))
    (tmp_path / "copy.warc").write_bytes(response("http://alt.example/"))
    first, second = took(call("import", tmp_path / "a.warc", tmp_path / "copy.warc", "--json"))
    assert second["before"] == first["name"]
    assert len(list(layout.warc.glob("*.warc.gz"))) == 1


def test_damage_is_said_and_the_rest_comes_in(call: Call, layout: Layout, tmp_path: Path) -> None:
    good = [gzip.compress(response(f"http://alt.example/{n}")) for n in range(2)]
    (tmp_path / "a.warc.gz").write_bytes(good[0] + gzip.compress(b"not a record") + good[1] + good[0][:50])
    (tmp_path / "b.warc.gz").write_bytes(b"<html>")
    (tmp_path / "c.warc.gz").write_bytes(b"")
    names = [tmp_path / name for name in ("a.warc.gz", "b.warc.gz", "c.warc.gz")]
    ran = call("import", *names)
    assert ran.code == Exit.DAMAGED
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"a.warc.gz@{len(good[0])}: no header of a WARC record")
    assert lines[1].startswith(f"a.warc.gz@{len(b''.join(good)) + len(gzip.compress(b'not a record'))}: torn")
    assert "2 records" in lines[2]
    assert lines[3] == f"{names[1]}@0: no WARC or ARC record stands here; nothing of it was taken"
    assert lines[4] == f"{names[2]}@0: the file is empty"
    assert len(list(layout.warc.glob("*.warc.gz"))) == 1
    assert call("import", tmp_path / "missing").code == Exit.FAILED


def test_targets_of_strangers_lead_nowhere(call: Call, layout: Layout, tmp_path: Path) -> None:
    urls = [
        "javascript:alert(1)",
        "../../../etc/passwd",
        "file:///etc/passwd",
        "",
        "http://[::1",
        "\x1b[31mred",
    ]
    data = b"".join(response(url) for url in urls) + record("urn:x", b"x").replace(b"WARC-Type", b"X-Type")
    (tmp_path / "a.warc").write_bytes(data)
    assert call("import", tmp_path / "a.warc").code == 0
    assert call("index", "--workers", 1).code == 0
    assert {row[0] for row in rows(layout.index, "SELECT url FROM captures")} >= {"../../../etc/passwd"}
    assert "\x1b" not in call("search", "Mühle").out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.warc", layout.root.name]


def test_a_record_of_a_stranger_does_not_say_whence_it_comes(
    call: Call, layout: Layout, tmp_path: Path
) -> None:
    lie = record("x", b"importedFrom: elsewhere\r\nsite: other\r\n", kind="warcinfo")
    (tmp_path / "a.warc").write_bytes(lie + response("http://alt.example/"))
    call("import", tmp_path / "a.warc")
    call("index", "--workers", 1)
    assert rows(layout.index, "SELECT source, site FROM captures") == [("a.warc", None)]


def wacz(path: Path, stated: str | None) -> None:
    with zipfile.ZipFile(path, "w") as file:
        data = gzip.compress(response("http://alt.example/"))
        file.writestr("archive/data.warc.gz", data)
        file.writestr("../../evil.warc.gz", data)
        listed = {
            "path": "archive/data.warc.gz",
            "hash": stated or f"sha256:{hashlib.sha256(data).hexdigest()}",
        }
        file.writestr("datapackage.json", json.dumps({"resources": [listed]}))


def test_wacz_is_taken_and_its_hashes_are_checked(call: Call, layout: Layout, tmp_path: Path) -> None:
    wacz(tmp_path / "good.wacz", None)
    (done,) = took(call("import", tmp_path / "good.wacz", "--json"))
    assert done["source"] == "good.wacz!archive/data.warc.gz"
    assert done["records"] == {"response": 1}
    (layout.warc / done["name"]).unlink()
    wacz(tmp_path / "wrong.wacz", "sha256:00")
    ran = call("import", tmp_path / "wrong.wacz")
    assert ran.code == Exit.DAMAGED
    assert "and in datapackage.json sha256:00" in ran.out
    (tmp_path / "torn.wacz").write_bytes((tmp_path / "good.wacz").read_bytes()[:200])
    ran = call("import", tmp_path / "torn.wacz")
    assert ran.code == Exit.DAMAGED
    assert "no zip that can be read" in ran.out
    assert not list(layout.warc.glob("wacz-*"))


def test_a_killed_import_leaves_nothing_and_is_done_again(call: Call, layout: Layout, tmp_path: Path) -> None:
    body = os.urandom(200_000)
    (tmp_path / "a.warc").write_bytes(b"".join(record(f"urn:{n}", body) for n in range(300)))
    command = [
        sys.executable,
        "-m",
        "crawler.cli",
        "--archive",
        str(layout.root),
        "import",
        str(tmp_path / "a.warc"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not list(layout.warc.glob(f"*{PARTIAL}")) and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(layout.warc.glob(f"*{PARTIAL}"))
    assert call("index", "--workers", 1).code == 0
    assert rows(layout.index, "SELECT count(*) FROM captures") == [(0,)]
    assert call("import", tmp_path / "a.warc").code == 0
    assert not list(layout.warc.glob(f"*{PARTIAL}"))
    (path,) = layout.warc.glob("*.warc.gz")
    assert len(list(MemberWalk(path))) == 301
