"""Damage is found where it is; what is whole, or merely odd, is no finding."""

from __future__ import annotations

import base64
import gzip
import hashlib
import random
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.types import ExchangeEnd
from archive.warc.blocks import next_record
from archive.warc.check import Finding, Tally, verify_file
from archive.warc.digests import Dechunker
from archive.warc.http import dechunk
from archive.warc.members import Member, MemberWalk
from archive.warc.names import durable_path
from archive.warc.records import digest, exchange_records
from archive.warc.seal import MANIFEST
from archive.warc.verify import verify_archive, verify_paths
from tests.warc.support import (
    AT,
    CHUNKED,
    OK,
    SHAPES,
    TOLD,
    checked_manifest,
    exchange,
    keep,
    new_writer,
    raw_member,
    sealed,
    write_file,
)


def check(warc_dir: Path) -> list[Finding]:
    return list(verify_archive(warc_dir, Tally()))


def findings(data: bytes, path: Path) -> list[Finding]:
    """Of a file of strangers."""
    path.write_bytes(data)
    return list(verify_file(path, path.name, Tally()))


def members(path: Path) -> list[Member]:
    return list(MemberWalk(path))


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A sealed file with every shape of a response."""
    return write_file(tmp_path / "warc", (exchange(shape.response) for shape in SHAPES.values()))


def test_every_shape_passes_and_everything_is_counted(whole: Path) -> None:
    tally = Tally()
    assert list(verify_archive(whole.parent, tally)) == []
    assert (tally.files, tally.records, tally.bytes) == (1, 1 + 3 * len(SHAPES), whole.stat().st_size)
    payloads = sum(shape.payload is not None for shape in SHAPES.values())
    assert tally.digests == tally.records + payloads
    assert (tally.unknown, tally.unchecked, tally.truncated) == (0, 0, 0)


def test_cut_exchanges_and_revisits_pass(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    keep(writer, exchange(OK + b"half", end=ExchangeEnd.TRUNCATED, reason="disconnect"))
    writer.append(
        [raw_member(b"", WARC_Type="revisit", WARC_Record_ID="<urn:a>", WARC_Payload_Digest="sha1:X")]
    )
    writer.close()
    tally = Tally()
    assert list(verify_archive(tmp_path, tally)) == []
    assert (tally.truncated, tally.unchecked) == (1, 1)


def test_a_flipped_bit_is_found_at_its_record(whole: Path) -> None:
    data, places = whole.read_bytes(), members(whole)
    random_bits = random.Random(7).sample(range(8 * len(data)), 80)
    for bit in random_bits:
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        whole.write_bytes(changed)
        found = check(whole.parent)
        assert any(finding.kind == "sha256" for finding in found), bit
        member = next(m for m in places if m.offset <= bit // 8 < m.offset + m.length)
        of_records = {finding.offset for finding in found if finding.kind != "sha256"}
        # Time and system in a gzip header and the last bits of a deflate stream mean nothing: there
        # is only the manifest to tell.
        end = member.offset + member.length
        unseen = opened(bytes(changed[member.offset : end])) == opened(data[member.offset : end])
        assert {member.offset} >= of_records >= (set() if unseen else {member.offset}), bit
        if unseen:
            continue
        kept = [m.offset for m in members_behind_damage(whole)]
        assert set(kept) >= {m.offset for m in places} - {member.offset}


def opened(member: bytes) -> bytes | None:
    try:
        return gzip.decompress(member)
    except (OSError, EOFError, zlib.error):
        return None


def members_behind_damage(path: Path) -> list[Member]:
    found: list[Member] = []
    start: int | None = 0
    while start is not None:
        walk = MemberWalk(path, start)
        found += walk
        start = next_record(path, walk.offset + 1, path.stat().st_size) if walk.problem else None
    return found


def test_a_cut_file_is_found_wherever_it_is_cut(whole: Path) -> None:
    data, ends = whole.read_bytes(), [m.offset + m.length for m in members(whole)]
    for cut in [*random.Random(8).sample(range(len(data)), 60), *ends[:-1], 0]:
        whole.write_bytes(data[:cut])
        found = {finding.kind: finding.offset for finding in check(whole.parent)}
        assert "sha256" in found, cut
        if cut and cut not in ends:
            assert found["member"] == max(end for end in [0, *ends] if end < cut)


def test_each_of_several_damages_is_found(whole: Path) -> None:
    data, places = bytearray(whole.read_bytes()), members(whole)
    broken = [places[n].offset for n in (0, 5, 6, 20)]
    for n in (0, 5, 6, 20):
        data[places[n].offset + places[n].length - 5] ^= 0xFF  # in the check sum at its end
    found = findings(bytes(data) + b"garbage", whole)
    assert [finding.offset for finding in found] == [*broken, len(data)]
    assert str(found[-1]) == (
        f"{whole.name}@{len(data)}: no whole gzip member (incorrect header check); no record behind it"
    )
    assert f"the next record is at {places[1].offset}" in found[0].message


def test_a_swapped_payload_is_found_though_everything_else_holds(tmp_path: Path) -> None:
    block = OK + b"other"
    data = raw_member(block, WARC_Block_Digest=digest(block), WARC_Payload_Digest=digest(b"first"))
    (found,) = findings(data, tmp_path / "a.warc.gz")
    assert (found.kind, found.offset) == ("payload-digest", 0)
    assert found.message == f"the payload digest is {digest(b'other')}, not {digest(b'first')}"
    (found,) = findings(raw_member(block, WARC_Block_Digest=digest(b"first")), tmp_path / "a.warc.gz")
    assert (found.kind, found.offset) == ("block-digest", 0)


def test_a_record_copied_from_elsewhere_is_found(whole: Path) -> None:
    data, places = whole.read_bytes(), members(whole)
    third = places[3]
    twice = data + data[third.offset : third.offset + third.length]
    (found,) = findings(twice, whole)
    assert (found.kind, found.offset) == ("double-id", len(data))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_digests_are_read_as_tools_write_them(algorithm: str, tmp_path: Path) -> None:
    body = "Grüße".encode()
    made = hashlib.new(algorithm, body)
    base32 = base64.b32encode(made.digest()).decode()
    label = algorithm.replace("sha", "SHA-")
    for stated in (base32, base32.lower(), base32.rstrip("="), made.hexdigest(), made.hexdigest().upper()):
        for name in (algorithm, label):
            tally = Tally()
            path = tmp_path / "a.warc.gz"
            path.write_bytes(raw_member(OK + body, WARC_Payload_Digest=f"{name}:{stated}"))
            assert list(verify_file(path, "a", tally)) == []
            assert tally.digests == 1
            wrong = made.hexdigest()[::-1] if stated != base32 else base32[::-1]
            assert len(findings(raw_member(OK + body, WARC_Payload_Digest=f"{name}:{wrong}"), path)) == 1


def test_an_unknown_algorithm_is_counted_and_no_finding(tmp_path: Path) -> None:
    path, tally = tmp_path / "a.warc.gz", Tally()
    path.write_bytes(raw_member(OK, WARC_Payload_Digest="blake3:abc", WARC_Block_Digest="nothing"))
    assert list(verify_file(path, "a", tally)) == []
    assert (tally.unknown, tally.digests) == (2, 0)


def test_payloads_of_other_records_than_responses(tmp_path: Path) -> None:
    request = b"POST / HTTP/1.1\r\nHost: a.example\r\n\r\nform"
    of_request = raw_member(
        request, "application/http; msgtype=request", WARC_Type="request", WARC_Payload_Digest=digest(b"form")
    )
    text = b"one\r\n\r\ntwo"
    of_resource = raw_member(
        text, "text/plain", WARC_Type="resource", WARC_Record_ID="<urn:b>", WARC_Payload_Digest=digest(text)
    )
    old = b"<html>old\r\n\r\npage"
    of_old = raw_member(old, WARC_Record_ID="<urn:c>", WARC_Payload_Digest=digest(old))
    assert findings(of_request + of_resource + of_old, tmp_path / "a.warc.gz") == []


def test_the_digest_of_raw_chunks_is_told_as_what_it_is(tmp_path: Path) -> None:
    body = b"3\r\nabc\r\n0\r\n\r\n"
    assert findings(raw_member(CHUNKED + body, WARC_Payload_Digest=digest(b"abc")), tmp_path / "a") == []
    (found,) = findings(raw_member(CHUNKED + body, WARC_Payload_Digest=digest(body)), tmp_path / "a")
    assert found.message.endswith("(that is the digest of the chunk framing too)")


@given(
    st.lists(
        st.sampled_from(
            [b"3\r\nabc\r\n", b"a;x=y\n0123456789\n", b"\n", b"\r\n", b"0\r\n", b"ff\r\nx", b"zz"]
        )
    ),
    st.integers(1, 9),
)
def test_chunks_are_taken_off_as_the_writer_does(parts: list[bytes], step: int) -> None:
    class Sink:
        seen = b""

        def update(self, data: bytes, /) -> None:
            self.seen += data

    body, sink = b"".join(parts), Sink()
    dechunker = Dechunker(sink)
    for start in range(0, len(body), step):
        dechunker.update(body[start : start + step])
    dechunker.finish()
    assert sink.seen == dechunk(body)[0]


def test_odd_members_of_strangers(tmp_path: Path) -> None:
    good = raw_member(OK + b"page")
    cases = {
        "short": (raw_member(b"abc", Content_Length="9"), "record of 3 bytes that promises 9"),
        "long": (raw_member(b"abcdef", Content_Length="3"), "record of 6 bytes that promises 3"),
        "no length": (raw_member(b"abc", Content_Length="three"), "record without a Content-Length"),
        "huge length": (raw_member(b"abc", Content_Length="9" * 5000), "record without a Content-Length"),
        "no record": (gzip.compress(b"something else"), "no WARC record in this gzip member"),
        "empty members": (gzip.compress(b"") * 500, "no WARC record in this gzip member"),
        "endless head": (gzip.compress(b"WARC/1.1\r\nA: " + b"b" * (1 << 20)), "a WARC header of more than"),
        "no gzip": (b"WARC/1.1\r\n" * 99, "no whole gzip member (incorrect header check)"),
    }
    for name, (bad, reason) in cases.items():
        (found,) = findings(bad + good, tmp_path / "a.warc.gz")
        assert found.offset == 0, name
        assert found.message.startswith(reason), name
        assert found.message.endswith(f"the next record is at {len(bad)}"), name
    (found,) = findings(b"", tmp_path / "a.warc.gz")
    assert found.message == "the file is empty"


def test_a_large_record_is_streamed(tmp_path: Path) -> None:
    fields = {"Content-Length": 96 << 20, "WARC-Record-ID": "<urn:a>", "WARC-Payload-Digest": "sha1:x"}
    head = "WARC/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    path = tmp_path / "a.warc.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(head.encode())
        for _ in range(96):
            file.write(bytes(1 << 20))
        file.write(b"\r\n\r\n")
    tracemalloc.start()
    (found,) = verify_file(path, path.name, Tally())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.kind == "payload-digest"
    assert peak < 8 << 20


def test_an_open_file_is_checked_up_to_its_durable_offset(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    keep(writer, exchange())
    durable = writer.durable
    (path,) = tmp_path.glob("*.open")
    with path.open("ab") as file:
        file.write(b"a torn tail")
    tally = Tally()
    assert list(verify_archive(tmp_path, tally)) == []
    assert tally.bytes == durable
    assert list(verify_paths([path], Tally())) == []
    durable_path(path).write_text(f"{durable + 50:020d}")
    assert [(f.kind, f.offset) for f in check(tmp_path)] == [("durable", durable + 11), ("member", durable)]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda line: b"", ("unlisted", 0)),
        (lambda line: line[1:3] + line[:1] + line[3:], ("sha256", 0)),
        (lambda line: line[:-1], ("unlisted", 0)),
        (lambda line: line + line.replace(b"gazette", b"missing"), ("missing", 0)),
        (lambda line: line + line, None),
        (lambda line: line.upper().replace(line[66:].upper(), line[66:]), None),
        (lambda line: line + b"0" * 64 + line[64:], ("manifest", -1)),
        (lambda line: line + b"nonsense\n", ("manifest", -1)),
        (lambda line: line + b"0" * 64 + b"  ../x\n", ("manifest", -1)),
    ],
)
def test_edits_of_the_manifest(edit: object, expected: tuple[str, int] | None, whole: Path) -> None:
    path = whole.parent / MANIFEST
    line = path.read_bytes()
    path.write_bytes(edit(line))  # type: ignore[operator]
    found = [(finding.kind, finding.offset) for finding in check(whole.parent)]
    if expected is not None and expected[1] == -1:
        expected = (expected[0], len(line))
    assert found == ([expected] if expected else [])


def test_a_missing_file_is_found_and_a_strange_one_is_not_asked_for_its_line(
    whole: Path, tmp_path: Path
) -> None:
    moved = whole.rename(tmp_path / "b.warc.gz")
    (found,) = check(whole.parent)
    assert str(found) == f"{whole.name}@0: the file is listed in {MANIFEST}, and not there"
    assert list(verify_paths([moved], Tally())) == []


def test_a_file_of_the_archive_named_by_itself_is_checked_by_the_manifest_too(whole: Path) -> None:
    data = bytearray(whole.read_bytes())
    data[4] ^= 1  # the time in the gzip header
    whole.write_bytes(data)
    assert [finding.kind for finding in verify_paths([whole], Tally())] == ["sha256"]


def test_a_file_that_is_sealed_meanwhile_is_no_finding(tmp_path: Path) -> None:
    write_file(tmp_path, [exchange()])
    writer = new_writer(tmp_path)
    keep(writer, exchange())

    still_open = [writer.warcinfo_id]

    def while_the_first_is_read(done: int, total: int) -> None:
        if still_open:
            writer.append(exchange_records(exchange(started_at=AT), TOLD, still_open.pop()).members)
            writer.close()

    tally = Tally()
    assert list(verify_archive(tmp_path, tally, while_the_first_is_read)) == []
    assert (tally.files, tally.records) == (2, 8)
    assert checked_manifest(tmp_path) == sealed(tmp_path)


def test_progress_ends_at_all_of_it(whole: Path) -> None:
    seen: list[tuple[int, int]] = []
    assert list(verify_archive(whole.parent, Tally(), lambda done, total: seen.append((done, total)))) == []
    size = whole.stat().st_size
    assert seen[-1] == (size, size)
    assert all(done <= size for done, _ in seen)
