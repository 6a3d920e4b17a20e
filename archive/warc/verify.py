"""Whether WARC files are what was written: members, lengths, digests, ids, and the manifest.

    files -> members, each read whole -> records -> digests    } -> findings, each with file@offset
    manifest -> files that are missing, new, or not the same   }

Nothing is changed here, and damage is a finding, never an exception.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from archive.warc.blocks import END, Broken, Fields, OnRead, Source, read_head, scan
from archive.warc.digests import LabelledHash, PayloadHash
from archive.warc.names import OPEN, WarcFile, durable_offset, durable_path, existing_path, files
from archive.warc.reader import TELLING, subject
from archive.warc.seal import MANIFEST, file_sha256, manifest

_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_MANIFEST_LINE = re.compile(rb"([0-9a-fA-F]{64})  ([^/\n]+)")

Progress = Callable[[int, int], None]
"""Told how many bytes are read, and of how many."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that isn't as it was written."""

    warc: str  # file name, without ".open"
    offset: int  # bytes from the start of the file to the member; 0 when the whole file is meant
    kind: str  # of records: member, record, block-digest, payload-digest, double-id; of files: durable,
    # unreadable, and by the manifest: sha256, missing, unlisted, manifest
    message: str  # one line

    def __str__(self) -> str:
        return f"{self.warc}@{self.offset}: {self.message}"


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was looked at, all of it or as far as it is safe on disk."""

    name: str  # without ".open"
    bytes: int
    records: int
    findings: tuple[Finding, ...]
    captures: dict[int, str]  # record id of each record that an index takes, by its offset
    sealed: bool


OnFile = Callable[[Checked], None]


@dataclass(slots=True)
class Tally:
    """What was looked at."""

    files: int = 0
    records: int = 0
    bytes: int = 0
    digests: int = 0  # computed and compared
    unknown: int = 0  # digests of an algorithm that isn't known here
    unchecked: int = 0  # payload digests of revisits and segments: the payload lies elsewhere
    truncated: int = 0  # records that say so themselves (WARC-Truncated)


def verify_file(
    path: Path,
    name: str,
    tally: Tally,
    *,
    end: int | None = None,
    on_read: OnRead = lambda position: None,
    captures: dict[int, str] | None = None,
) -> Iterator[Finding]:
    """Check the records of a file up to ``end`` (None: all of it). ``on_read`` is told each new offset.

    ``captures`` gets the record id of each record that an index takes, by its offset.

    One gzip member a record is what is understood: the rest of a file that isn't so is one finding.
    Behind damage it goes on at the next record. Memory doesn't depend on the size of records.
    """
    tally.files += 1
    ids: set[bytes] = set()
    offset = 0
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            limit = size if end is None else min(size, end)
            if end is not None and size < end:
                yield Finding(name, size, "durable", f"the file ends here, and {end} bytes of it were kept")
            if size == 0 and end is None:
                yield Finding(name, 0, "member", "the file is empty")
            source = Source(file.fileno(), limit, on_read)
            while offset < limit:
                try:
                    fields: Fields = {}
                    for kind, message in _check_record(source, tally, ids, fields):
                        yield Finding(name, offset, kind, message)
                    telling = captures is not None and fields.get("warc-type", "").lower() in TELLING
                    if captures is not None and telling and (told := subject(fields.get)) is not None:
                        captures[offset] = told[0].strip("<>")
                except Broken as broken:
                    kind = "member" if source.end is None else "record"
                    behind = offset + 1 if source.end is None else source.end
                    resumed = scan(file.fileno(), behind, limit, on_read)
                    source.seek(limit if resumed is None else resumed)
                    then = "no record behind it" if resumed is None else f"the next record is at {resumed}"
                    yield Finding(name, offset, kind, f"{broken}; {then}")
                assert source.end is not None, "set by a whole member, or by seek"
                offset = source.end
            tally.bytes += limit
    except OSError as error:
        yield Finding(name, offset, "unreadable", f"can't be read: {error.strerror}")


def _check_record(source: Source, tally: Tally, ids: set[bytes], fields: Fields) -> Iterator[tuple[str, str]]:
    """The findings, kind and message, in the record that is next; ``fields`` gets its own. Raises Broken."""
    pieces = source.pieces()
    head, rest = read_head(pieces)
    fields.update(head)
    stated = fields.get("content-length", "")
    length = int(stated) if _LENGTH.fullmatch(stated) else None
    block = _Block(fields)
    left, tail, more = length or 0, b"", 0
    while True:
        part, behind = rest[:left], rest[left:]
        block.update(part)
        left -= len(part)
        tail += behind[: len(END) + 1 - len(tail)]
        more += len(behind)
        piece = next(pieces, None)
        if piece is None:
            break
        rest = piece
    if length is None:
        raise Broken("record without a Content-Length")
    if left or tail != END:
        raise Broken(f"record of {length - left + more - len(END)} bytes that promises {length}")
    tally.records += 1
    tally.truncated += "warc-truncated" in fields
    record_id = fields.get("warc-record-id")
    if record_id is None:
        yield "record", "record without a WARC-Record-ID"
    else:
        # By their hashes: ids of strangers may be long, and a file holds a million of them.
        short = blake2b(record_id.encode("utf-8"), digest_size=12).digest()
        if short in ids:
            yield "double-id", f"another record of this file has the id {record_id[:200]} too"
        ids.add(short)
    yield from block.findings(tally)


class _Block:
    """A block that streams past, and the digests that its record states."""

    def __init__(self, fields: Fields) -> None:
        stated, payload = fields.get("warc-block-digest"), fields.get("warc-payload-digest")
        self._block = LabelledHash(stated) if stated else None
        # A revisit's payload is in another record; a segment's digest is of all segments (WARC 1.1).
        self._elsewhere = payload is not None and (
            fields.get("warc-type", "").lower() in ("revisit", "continuation")
            or "warc-segment-number" in fields
        )
        mime = fields.get("content-type", "").replace(" ", "").lower()
        is_http = mime.startswith("application/http")
        self._payload = PayloadHash(payload, http=is_http) if payload and not self._elsewhere else None

    def update(self, data: bytes) -> None:
        if self._block is not None:
            self._block.update(data)
        if self._payload is not None:
            self._payload.update(data)

    def findings(self, tally: Tally) -> Iterator[tuple[str, str]]:
        """What doesn't match, once the whole block was seen."""
        tally.unchecked += self._elsewhere
        if self._block is not None and _counted(self._block, tally) and not self._block.matches:
            block = self._block
            yield "block-digest", f"the block digest is {block.computed}, not {block.stated[:200]}"
        if self._payload is None:
            return
        self._payload.finish()
        payload = self._payload.payload
        if _counted(payload, tally) and not payload.matches:
            # warcio and FastWARC do so, against WARC 1.1; nothing is lost then.
            framed = self._payload.chunked and self._payload.raw.matches
            why = " (that is the digest of the chunk framing too)" if framed else ""
            message = f"the payload digest is {payload.computed}, not {payload.stated[:200]}{why}"
            yield "payload-digest", message


def _counted(digest: LabelledHash, tally: Tally) -> bool:
    tally.digests += digest.known
    tally.unknown += not digest.known
    return digest.known


def verify_archive(
    warc_dir: Path,
    tally: Tally,
    on_progress: Progress = lambda done, total: None,
    *,
    on_file: OnFile = lambda checked: None,
    only: frozenset[str] | None = None,
) -> Iterator[Finding]:
    """Check all files of an archive, and the manifest. Open files are checked up to their durable offset.

    ``only``: names of the files whose bytes are read; None for all. ``on_file`` is told of each of them.
    """
    # The manifest before the files: all that it lists must stand there, whatever is sealed meanwhile.
    listed, wrong = _read_manifest(warc_dir)
    yield from wrong
    present = files(warc_dir)
    names = {file.name for file in present if file.sealed}
    for name in sorted(set(listed) - names):
        if not (warc_dir / name).exists():
            yield Finding(name, 0, "missing", f"the file is listed in {MANIFEST}, and not there")
    chosen = [file for file in present if only is None or file.name in only]
    yield from _verify(chosen, listed, tally, on_progress, on_file=on_file)


def sample(warc_dir: Path, share: float, verified: Mapping[str, datetime]) -> frozenset[str]:
    """The files whose turn it is: ``share`` (0 to 1) of all bytes, or a little more.

    Those never verified come first, then those verified longest ago: within 1 / ``share`` calls each does.
    """
    present = files(warc_dir)
    oldest = datetime.min.replace(tzinfo=UTC)
    present.sort(key=lambda file: (verified.get(file.name, oldest), file.name))
    left = share * sum(file.durable for file in present)
    chosen = set()
    for file in present:
        if left <= 0:
            break
        chosen.add(file.name)
        left -= file.durable
    return frozenset(chosen)


def verify_paths(
    paths: list[Path], tally: Tally, on_progress: Progress = lambda done, total: None
) -> Iterator[Finding]:
    """Check these files, of the archive or of others; by the manifest too, where one beside them names it.

    Raises OSError when there is no such file.
    """
    present = []
    for path in paths:
        is_open = path.name.endswith(OPEN)
        # A stranger's open file has no published offset.
        known = is_open and durable_path(path).exists()
        whole = durable_offset(path) if known else path.stat().st_size
        present.append(WarcFile(path.name.removesuffix(OPEN), path, whole, sealed=not is_open))
    yield from _verify(present, {}, tally, on_progress, unlisted=False)


def _verify(
    present: list[WarcFile],
    listed: dict[str, str],
    tally: Tally,
    on_progress: Progress,
    *,
    unlisted: bool = True,
    on_file: OnFile = lambda checked: None,
) -> Iterator[Finding]:
    total = sum(file.durable for file in present)
    done = 0
    for file in present:
        # An open file may have been sealed, and so renamed, since it was listed.
        path = file.path if file.sealed else existing_path(file.path.parent, file.name)
        end = None if file.sealed else file.durable

        def read(position: int, before: int = done) -> None:
            on_progress(before + position, total)

        captures: dict[int, str] = {}
        records = tally.records
        found = []
        for finding in verify_file(path, file.name, tally, end=end, on_read=read, captures=captures):
            found.append(finding)
            yield finding
        if file.sealed and (other := _against_manifest(file, listed, unlisted=unlisted)) is not None:
            found.append(other)
            yield other
        records = tally.records - records
        on_file(Checked(file.name, file.durable, records, tuple(found), captures, file.sealed))
        done += file.durable
        on_progress(done, total)


def _against_manifest(file: WarcFile, listed: dict[str, str], *, unlisted: bool) -> Finding | None:
    # Read again for a file that a run has sealed and not listed yet when the manifest was read.
    stated = listed.get(file.name) or manifest(file.path.parent).get(file.name)
    if stated is None:
        message = f"the file isn't listed in {MANIFEST}; it is added by: gazette repair"
        return Finding(file.name, 0, "unlisted", message) if unlisted else None
    try:
        found = file_sha256(file.path)
    except OSError:
        return None  # which was said when its records were read
    if found == stated.lower():
        return None
    return Finding(file.name, 0, "sha256", f"the file's SHA-256 is {found}, and in {MANIFEST} {stated}")


def _read_manifest(warc_dir: Path) -> tuple[dict[str, str], list[Finding]]:
    """What is listed, and the lines that are none, or that contradict another one."""
    try:
        text = (warc_dir / MANIFEST).read_bytes()
    except FileNotFoundError:
        return {}, []
    listed: dict[str, str] = {}
    wrong: list[Finding] = []
    offset = 0
    # What has no line break at its end is half a line, which the next run mends.
    for line in text.split(b"\n")[:-1]:
        match = _MANIFEST_LINE.fullmatch(line)
        if match is None:
            wrong.append(Finding(MANIFEST, offset, "manifest", "no line of a SHA-256, two spaces and a name"))
        else:
            name, digest = os.fsdecode(match[2]), match[1].decode("ascii")
            if listed.setdefault(name, digest).lower() != digest.lower():
                wrong.append(Finding(MANIFEST, offset, "manifest", f"another SHA-256 of {name}"))
        offset += len(line) + 1
    return listed, wrong
