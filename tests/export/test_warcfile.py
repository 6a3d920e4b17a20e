"""WARC exports: byte for byte what was kept, with all that belongs to it, and readable by others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from sqlite3 import Connection

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.cli import main as warcio

from archive.export import warcfile
from archive.export.chosen import Chosen, choosing
from archive.export.form import About, Packed
from archive.index.generation import open_index
from archive.layout import Layout
from archive.research.articles import articles
from archive.types import Query
from archive.warc.check import Tally
from archive.warc.members import Member, MemberWalk
from archive.warc.names import files
from archive.warc.takein import import_file
from archive.warc.verify import verify_paths
from crawler.cli.exporting import needs
from tests.export.archived import BRIDGE, FERRY, HOST, index
from tests.warc.support import raw_member


@pytest.fixture
def connection(growing: Layout) -> Iterator[Connection]:
    with closing(open_index(growing)) as opened:
        yield opened


def about(name: str = "out.warc.gz") -> About:
    def no_python() -> Path:
        raise AssertionError("asked for the library of WACZ")

    return About(name, "Test", {"software": "test", "description": "Test"}, no_python)


def exported(chosen: Chosen, path: Path) -> tuple[Packed, list[Member]]:
    """What was written to ``path``, and the members that stand there."""
    chosen.add_needed()
    with path.open("wb") as out:
        done = warcfile.write(chosen, out, about(path.name))
    walk = MemberWalk(path)
    members = list(walk)
    assert walk.problem is None
    assert done.records == len(members)
    return done, members


def of(members: list[Member], kind: str) -> list[str]:
    return [m.get("warc-target-uri") or "" for m in members if m.get("warc-type") == kind]


def test_an_article_comes_with_its_versions_requests_and_what_it_shows(
    growing: Layout, connection: Connection, tmp_path: Path
) -> None:
    with choosing(connection, growing.warc, needs) as chosen:
        chosen.add_articles(a for a in articles(connection, Query("")) if a.url == BRIDGE)
        done, members = exported(chosen, tmp_path / "out.warc.gz")
    shown = ["lokales/bruecke", "stil/blatt.css", "stil/mehr.css", "stil/antiqua.woff2"]
    shown += ["bilder/bruecke.jpg", "bilder/alt.jpg", "bilder/neu.jpg"]
    responses = [f"{HOST}/{path}" for path in shown]
    assert of(members, "response") == responses
    assert of(members, "revisit") == [BRIDGE, f"{HOST}/bilder/bruecke.jpg"]
    assert done.captures == 9
    assert sorted(of(members, "request")) == sorted(of(members, "metadata"))
    assert sorted(of(members, "request")) == sorted([*responses, *of(members, "revisit")])
    assert [m.get("warc-type") for m in members].count("warcinfo") == 3
    assert members[0].get("warc-filename") == "out.warc.gz"


def test_members_are_copied_as_they_are(growing: Layout, connection: Connection, tmp_path: Path) -> None:
    with choosing(connection, growing.warc) as chosen:
        chosen.add_captures(None, None, None)
        _, members = exported(chosen, tmp_path / "out.warc.gz")
    before = b"".join(file.path.read_bytes() for file in files(growing.warc))
    data = (tmp_path / "out.warc.gz").read_bytes()
    for member in members[1:]:
        assert data[member.offset : member.offset + member.length] in before
    ids = [member.get("warc-record-id") for member in members]
    assert len(ids) == len(set(ids))


def test_a_revisit_keeps_what_it_says_and_stands_behind_its_target(
    growing: Layout, connection: Connection, tmp_path: Path
) -> None:
    with choosing(connection, growing.warc) as chosen:
        chosen.add_articles(articles(connection, Query("")))
        _, members = exported(chosen, tmp_path / "out.warc.gz")
    (revisit,) = [member for member in members if member.get("warc-type") == "revisit"]
    assert (revisit.get("warc-profile") or "").endswith("server-not-modified")
    places = {member.get("warc-record-id"): member.offset for member in members}
    assert places[revisit.get("warc-refers-to")] < revisit.offset
    assert revisit.get("warc-refers-to-target-uri") == BRIDGE


def test_what_an_unchanged_capture_refers_to_comes_along(
    growing: Layout, connection: Connection, tmp_path: Path
) -> None:
    day = connection.execute("SELECT date(max(captured_at)) FROM captures").fetchone()[0]
    with choosing(connection, growing.warc) as chosen:
        chosen.add_captures("blatt", date.fromisoformat(day), None)
        assert len(chosen) == 3
        _, members = exported(chosen, tmp_path / "out.warc.gz")
    assert set(of(members, "response")) == {BRIDGE, FERRY, f"{HOST}/bilder/bruecke.jpg"}
    assert len(of(members, "revisit")) == 2


def test_others_find_nothing_wrong_in_it(
    growing: Layout, connection: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.warc.gz"
    with choosing(connection, growing.warc) as chosen:
        chosen.add_captures(None, None, None)
        _, members = exported(chosen, path)
    with pytest.raises(SystemExit) as ended:
        warcio(["check", str(path)])
    assert (ended.value.code, capsys.readouterr().out) == (0, "")
    with path.open("rb") as file:
        read = [record.verify_block_digest() for record in FastIterator(file, parse_http=False)]
    assert read == [True] * len(members)
    tally = Tally()
    assert list(verify_paths([path], tally)) == []
    assert tally.records == len(members)


def test_nothing_chosen_is_a_file_that_says_what_it_is(
    growing: Layout, connection: Connection, tmp_path: Path
) -> None:
    with choosing(connection, growing.warc, needs) as chosen:
        chosen.add_captures("nobody", None, None)
        done, members = exported(chosen, tmp_path / "out.warc.gz")
    assert (done.captures, len(members)) == (0, 1)
    assert b"description: Test" in members[0].block_head
    with pytest.raises(Exception, match="no such table"):
        connection.execute("SELECT * FROM chosen")


HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nx"
ASKED = "application/http; msgtype=request"
TOLD = "application/warc-fields"


def _theirs(*, names_request: bool) -> bytes:
    """Two exchanges as others write them: the request behind the response, or before and named by it."""
    made = [raw_member(b"software: wget\r\n", TOLD, WARC_Type="warcinfo", WARC_Record_ID="<urn:uuid:w>")]
    for number in (1, 2):
        ids = {kind: f"<urn:uuid:{kind}-{number}>" for kind in ("response", "request", "metadata")}
        uri = {"WARC_Target_URI": f"http://fremd.example/{number}"}
        link = {"WARC_Concurrent_To": ids["request"]} if names_request else {}
        back = {} if names_request else {"WARC_Concurrent_To": ids["response"]}
        response = raw_member(HTTP, WARC_Record_ID=ids["response"], **uri, **link)
        request = raw_member(b"GET", ASKED, WARC_Type="request", WARC_Record_ID=ids["request"], **uri, **back)
        told = {"WARC_Type": "metadata", "WARC_Record_ID": ids["metadata"], "WARC_Refers_To": ids["response"]}
        metadata = raw_member(b"a: b\r\n", TOLD, **told, **uri)
        made += [request, response] if names_request else [response, request]
        made.append(metadata)
    return b"".join(made)


@pytest.mark.parametrize("names_request", [False, True])
def test_in_files_of_others_the_records_are_found_on_both_sides(
    kept: Layout, tmp_path: Path, names_request: bool
) -> None:
    (tmp_path / "theirs.warc.gz").write_bytes(_theirs(names_request=names_request))
    import_file(tmp_path / "theirs.warc.gz", kept.warc, site="fremd")
    index(kept)
    with closing(open_index(kept)) as connection, choosing(connection, kept.warc) as chosen:
        connection.execute(
            "INSERT INTO chosen SELECT 0, warc, offset, 1, 1 FROM captures WHERE url = 'http://fremd.example/1'"
        )
        _, members = exported(chosen, tmp_path / "out.warc.gz")
    ids = {member.get("warc-record-id") for member in members[2:]}
    assert ids == {f"<urn:uuid:{name}>" for name in ("w", "response-1", "request-1", "metadata-1")}


def test_what_is_damaged_is_left_out_and_said(kept: Layout, tmp_path: Path) -> None:
    with closing(open_index(kept)) as connection:
        row = connection.execute("SELECT * FROM captures WHERE url = ?", (FERRY,)).fetchone()
        gone = connection.execute("SELECT warc FROM captures ORDER BY captured_at DESC LIMIT 1").fetchone()[0]
        with (kept.warc / row["warc"]).open("r+b") as file:
            file.seek(row["offset"] + 300)
            file.write(b"\0" * 40)
        (kept.warc / gone).unlink()
        with choosing(connection, kept.warc) as chosen:
            chosen.add_captures(None, None, None)
            done, members = exported(chosen, tmp_path / "out.warc.gz")
    assert done.lost == len(done.problems) == 4
    assert f"{row['warc']}@{row['offset']}: no whole record stands here" in done.problems
    assert any("can't read the file: No such file" in problem for problem in done.problems)
    assert FERRY not in of(members, "response")
    assert BRIDGE in of(members, "response")


def test_another_record_than_the_index_tells_of_is_not_copied(kept: Layout, tmp_path: Path) -> None:
    with closing(open_index(kept)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM warc_files ORDER BY name")]
        path = kept.warc / names[0]
        data = path.read_bytes()
        walk = MemberWalk(path)
        first = next(m for m in walk if m.get("warc-type") == "response")
        other = raw_member(b"HTTP/1.1 200 OK\r\n\r\n", WARC_Record_ID="<urn:uuid:other>")
        end = first.offset + first.length
        path.write_bytes(data[: first.offset] + other + data[end:])
        with choosing(connection, kept.warc) as chosen:
            connection.execute(
                "INSERT INTO chosen SELECT 0, warc, offset, 1, 1 FROM captures WHERE url LIKE '%robots.txt'"
            )
            done, _ = exported(chosen, tmp_path / "out.warc.gz")
    assert done.captures == 0
    assert "another record than urn:uuid:" in done.problems[0]


def test_revisits_of_what_is_not_here_are_counted(kept: Layout, tmp_path: Path) -> None:
    revisit = {"WARC_Type": "revisit", "WARC_Record_ID": "<urn:uuid:r>", "WARC_Payload_Digest": "sha1:X"}
    (tmp_path / "theirs.warc.gz").write_bytes(raw_member(b"HTTP/1.1 200 OK\r\n\r\n", **revisit))
    import_file(tmp_path / "theirs.warc.gz", kept.warc, site="fremd")
    index(kept)
    with closing(open_index(kept)) as connection, choosing(connection, kept.warc) as chosen:
        chosen.add_captures("fremd", None, None)
        assert chosen.add_needed() == 1
        chosen.add_captures("blatt", None, None)
        assert chosen.add_needed() == 0
