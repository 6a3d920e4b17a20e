"""Whether the records of one WARC file are what was written: members, lengths, digests and ids.

file -> members, each read whole -> records -> digests -> findings, each with file@offset
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from archive.warc.blocks import END, Broken, Fields, OnRead, Source, read_head, scan
from archive.warc.digests import LabelledHash, PayloadHash
from archive.warc.reader import TELLING, subject

_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)


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
