"""``gazette verify`` says what is wrong and where; ``gazette repair`` mends, and says what is gone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archive.layout import Layout
from archive.locks import held
from archive.warc.members import MemberWalk
from archive.warc.names import durable_path
from archive.warc.seal import MANIFEST, manifest
from crawler.cli.exits import Exit
from tests.cli.support import Gazette, Ran
from tests.crawler.support import rows
from tests.warc.support import exchange, keep, new_writer

Call = Callable[..., Ran]


@pytest.fixture
def call(filled: Layout, gazette: Gazette) -> Call:
    return lambda *arguments: gazette("--archive", filled.root, *arguments)


@pytest.fixture
def warc(filled: Layout) -> Path:
    """The archive's one finished file."""
    (path,) = filled.warc.glob("*.warc.gz")
    return path


def leave_open(layout: Layout, tail: bytes = b"", durable: int = 0) -> Path:
    """A file that a killed run left: two exchanges, and a tail of which ``durable`` bytes are published."""
    writer = new_writer(layout.warc)
    keep(writer, exchange())
    keep(writer, exchange())
    (path,) = layout.warc.glob("*.open")
    kept = path.read_bytes()
    published = writer.durable
    writer.close()
    (path.with_name(path.name.removesuffix(".open"))).unlink()
    lines = (layout.warc / MANIFEST).read_bytes().splitlines(keepends=True)
    (layout.warc / MANIFEST).write_bytes(b"".join(lines[:-1]))
    path.write_bytes(kept + tail)
    durable_path(path).write_text(f"{published + durable:020d}")
    return path


def test_a_whole_archive_passes(call: Call, warc: Path) -> None:
    ran = call("verify")
    assert ran.code == Exit.OK
    size = f"{warc.stat().st_size / 1000:.1f} kB"
    assert ran.out == f"files: 1 ({size}), records: 10, digests: 13; all is as it was written\n"
    assert ran.err == ""


def test_findings_are_lines_with_file_and_offset(call: Call, warc: Path) -> None:
    third = list(MemberWalk(warc))[3]
    data = bytearray(warc.read_bytes())
    data[third.offset + third.length - 6] ^= 1
    warc.write_bytes(data)
    for arguments in ((), (warc,)):
        ran = call("verify", *arguments)
        assert ran.code == Exit.DAMAGED
        first, second, summary = ran.out.splitlines()
        assert first.startswith(f"{warc.name}@{third.offset}: no whole gzip member (incorrect data check); ")
        assert second.startswith(f"{warc.name}@0: the file's SHA-256 is ")
        assert summary.endswith("; findings: 2")


def test_findings_as_json(call: Call, warc: Path) -> None:
    (warc.parent / MANIFEST).unlink()
    found, summary = map(json.loads, call("verify", "--json").out.splitlines())
    assert (found["warc"], found["offset"], found["kind"]) == (warc.name, 0, "unlisted")
    assert (summary["findings"], summary["records"]) == (1, 10)


def test_a_file_needs_no_archive(gazette: Gazette, warc: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.warc.gz"
    copy.write_bytes(warc.read_bytes())
    assert gazette("--archive", tmp_path / "none", "verify", copy).code == Exit.OK
    missing = gazette("verify", tmp_path / "none.warc.gz")
    assert missing.code == Exit.FAILED
    assert "none.warc.gz: No such file" in missing.err
    assert gazette("--archive", tmp_path / "none", "verify").code == Exit.BAD_CONFIGURATION


def test_nothing_to_repair(call: Call) -> None:
    ran = call("repair")
    assert (ran.code, ran.out) == (Exit.OK, "nothing to repair\n")


def test_a_torn_tail_is_set_aside_and_nothing_is_lost(call: Call, filled: Layout) -> None:
    path = leave_open(filled, tail=b"\x1f\x8b\x08torn")
    name, size = path.name.removesuffix(".open"), path.stat().st_size
    ran = call("repair")
    assert ran.code == Exit.OK
    assert ran.out.startswith(f"{name}@{size - 7}: ")
    assert ran.out.endswith(f"; bytes set aside in {name}.corrupt: 7; none had been kept\n")
    assert (filled.warc / f"{name}.corrupt").read_bytes() == b"\x1f\x8b\x08torn"
    assert name in manifest(filled.warc)
    assert call("verify").code == Exit.OK
    assert call("repair").out == "nothing to repair\n"


def test_a_whole_file_is_finished(call: Call, filled: Layout) -> None:
    path = leave_open(filled)
    ran = call("repair", "--json")
    assert ran.code == Exit.OK
    done = json.loads(ran.out)
    assert (done["file"], done["lost"]) == (path.name.removesuffix(".open"), False)
    assert done["message"].startswith("finished, ")


def test_what_had_been_kept_and_is_gone_is_told(call: Call, filled: Layout) -> None:
    path = leave_open(filled, durable=300)
    size = path.stat().st_size
    ran = call("repair")
    assert ran.code == Exit.DAMAGED
    name = path.name.removesuffix(".open")
    assert ran.out == (
        f"{name}@{size}: the file ends here; bytes that had been kept and are gone from the file: 300\n"
    )


def test_a_file_that_is_missing_in_the_manifest_is_listed(call: Call, warc: Path) -> None:
    (warc.parent / MANIFEST).unlink()
    assert call("verify").code == Exit.DAMAGED
    assert call("repair").out == f"{warc.name}@0: listed in {MANIFEST}\n"
    assert call("verify").code == Exit.OK


def test_nothing_is_touched_while_something_runs(call: Call, filled: Layout) -> None:
    path = leave_open(filled)
    with held(filled.locks / "site-hafenblatt.lock", "site hafenblatt"):
        ran = call("repair", "--crawl-db")
    assert ran.code == Exit.IN_USE
    assert "site hafenblatt is in use by another run" in ran.err
    with held(path, str(path)):
        ran = call("repair")
    assert ran.code == Exit.IN_USE
    assert path.exists()
    assert not filled.crawl_db.exists()


def test_a_lost_crawl_db_is_built_again(call: Call, filled: Layout) -> None:
    ran = call("repair", "--crawl-db")
    assert ran.code == Exit.OK
    assert ran.out == ("crawl.db@0: it is missing; built again from 3 captures: sites 1, URLs 3, runs 1\n")
    assert rows(filled.crawl_db, "SELECT DISTINCT site, status, state FROM urls") == [
        ("hafenblatt", 200, "expanded")
    ]
    assert "run-1" in call("runs").out
    assert "hafenblatt" in call("status").out


def test_a_whole_crawl_db_is_left_alone_unless_forced(call: Call, filled: Layout) -> None:
    call("repair", "--crawl-db")
    connection = sqlite3.connect(filled.crawl_db)
    connection.execute("DELETE FROM entries")
    connection.commit()
    connection.close()
    ran = call("repair", "--crawl-db")
    assert ran.code == Exit.OK
    assert "whole, so nothing was done" in ran.out
    assert rows(filled.crawl_db, "SELECT count(*) FROM urls") == [(0,)]
    ran = call("repair", "--crawl-db", "--force")
    assert ran.out.endswith("; the old one is crawl.db.lost-1\n")
    assert rows(filled.crawl_db, "SELECT count(*) FROM urls") == [(3,)]
    assert rows(filled.root / "crawl.db.lost-1", "SELECT count(*) FROM urls") == [(0,)]
    assert call("repair", "--force").code == Exit.USAGE


def test_damage_on_the_way_is_told(call: Call, filled: Layout, warc: Path) -> None:
    filled.crawl_db.write_bytes(b"this is no database, " * 99)
    last = list(MemberWalk(warc))[-1]
    data = bytearray(warc.read_bytes())
    data[last.offset + last.length - 6] ^= 1
    warc.write_bytes(data)
    ran = call("repair", "--crawl-db")
    assert ran.code == Exit.DAMAGED
    first, second = ran.out.splitlines()
    assert first.startswith(f"{warc.name}@{last.offset}: no gzip member")
    assert second == (
        "crawl.db@0: it is damaged: file is not a database; built again from 2 captures: sites 1, URLs 2,"
        " runs 1; the old one is crawl.db.lost-1"
    )


def test_a_row_without_its_record_and_a_record_without_its_row_are_found(call: Call, filled: Layout) -> None:
    assert call("index", "--workers", 1).code == 0
    assert call("verify").code == 0
    with closing(sqlite3.connect(filled.index)) as index:
        first, second = index.execute("SELECT warc, offset FROM captures ORDER BY offset LIMIT 2").fetchall()
        index.execute("PRAGMA foreign_keys = OFF")
        index.execute("DELETE FROM captures WHERE offset = ?", (first[1],))
        index.execute("UPDATE captures SET offset = offset + 1 WHERE offset = ?", (second[1],))
        index.commit()
    found = [json.loads(line) for line in call("verify", "--json").out.splitlines()[:-1]]
    assert {(f["offset"], f["kind"]) for f in found} == {
        (first[1], "not-indexed"),
        (second[1], "not-indexed"),
        (second[1] + 1, "not-in-file"),
    }
    kinds = {row[0] for row in rows(filled.ledger, "SELECT kind FROM findings")}
    assert kinds == {"not-indexed", "not-in-file"}


def test_a_sample_a_night_covers_all(call: Call, filled: Layout) -> None:
    for _ in range(4):
        writer = new_writer(filled.warc)
        keep(writer, exchange())
        writer.close()
    names = {path.name for path in filled.warc.glob("*.warc.gz")}
    for night in range(4):
        assert call("verify", "--sample", "25%").code == 0
        seen = {row[0] for row in rows(filled.ledger, "SELECT DISTINCT warc FROM verifications")}
        assert night > 0 or seen < names
    assert seen == names
    assert call("verify", "--sample", "nought").code == Exit.USAGE
