"""From WARC files to captures and pages."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.errors import DamagedRecord
from archive.types import Capture, Page, RecordRef
from archive.urls import join
from archive.warc.coding import BODY_CAP, content_codings, decode_body
from archive.warc.http import Head, dechunk, is_chunked, parse_head
from archive.warc.members import Member, MemberWalk, parse_fields
from archive.warc.names import WarcFile, files, open_file

__all__ = ["BODY_CAP", "CaptureWalk", "Entry", "Unanswered", "WarcFile", "files", "read_block", "read_page"]

OWN = "urn:gazette:"
"""How the addresses of our own notes begin (a site's configuration): they tell of no URL."""

SOURCE = "importedFrom"
"""Field of the warcinfo record that a file of imported records begins with: the name of their file."""
IMPORTED = "import"
"""What the names of such files begin with. The field is believed only there: a stranger may write it too."""

TELLING = frozenset({"response", "revisit", "resource", "conversion"})
"""Types of the records that tell of a URL: captures."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A capture with what the records written beside it say of it."""

    capture: Capture
    record_type: str  # response, revisit, resource or conversion
    site: str | None
    run: str | None
    via: str | None  # the URL that led here
    refers_to_url: str | None  # of a revisit: WARC-Refers-To-Target-URI
    refers_to_date: datetime | None  # of a revisit: WARC-Refers-To-Date
    source: str | None  # the stranger's file that the record was imported from
    end: int  # offset behind the record's member
    redirect_to: str | None = None  # of an answer with status 3xx: where it leads, absolute
    embedded: bool = False  # a crawl of Gazette fetched it as a part of another page's look: Heritrix' hop E


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An attempt of a crawl of Gazette that left no answer; the metadata record at ``ref`` tells of it."""

    ref: RecordRef
    url: str
    at: datetime
    site: str
    run: str
    outcome: str  # failed or refused: see ExchangeEnd
    reason: str | None


class CaptureWalk:
    """Iterates over the captures of a file's whole members between ``start`` and ``end``.

    A capture's metadata record stands before it, so an entry is complete as soon as it is met.
    ``offset`` is the end of the last whole member, captures or not; ``problem`` as in MemberWalk.
    ``software`` is what the file says it was written by, known once the walk has begun.
    """

    def __init__(self, path: Path, name: str, start: int = 0, end: int | None = None) -> None:
        self._walk = MemberWalk(path, start, end)
        self._name = name
        self._told: dict[str, str] = {}
        self._unanswered: list[Unanswered] = []
        self.software: str | None = None

    @property
    def offset(self) -> int:
        return self._walk.offset

    @property
    def problem(self) -> str | None:
        return self._walk.problem

    def __iter__(self) -> Iterator[Entry]:
        notes: dict[str, dict[str, str]] = {}
        first = first_fields(self._walk.path)
        self.software = first.get("software")
        if self._name.startswith(IMPORTED + "-"):
            self._told = first
        note = None
        for member in self._walk:
            kind = (member.get("warc-type") or "").lower()
            if kind == "metadata":
                subject = member.get("warc-concurrent-to") or member.get("warc-refers-to")
                told = warc_fields(member.block_head)
                if subject is not None:
                    notes, note = {subject: told}, member
                else:
                    self._miss(member, told)
            elif kind == "request" and note is not None and member.get("warc-record-id") in notes:
                # What we tell of an exchange stands beside its request only if no answer is there.
                self._miss(note, next(iter(notes.values())))
            elif kind in TELLING and (entry := self._entry(member, kind, notes)) is not None:
                yield entry

    def unanswered(self) -> list[Unanswered]:
        """The attempts without an answer that were met since this was asked the last time."""
        found, self._unanswered = self._unanswered, []
        return found

    def _miss(self, member: Member, told: dict[str, str]) -> None:
        """Note the attempt that a metadata record tells of, if it is one of ours that left no answer."""
        named, outcome = subject(member.get), told.get("outcome")
        site, run = told.get("site"), told.get("run")
        if named is None or site is None or run is None or outcome not in ("failed", "refused"):
            return
        _, url, at = named
        ref = RecordRef(self._name, member.offset, member.length)
        self._unanswered.append(Unanswered(ref, url.strip("<>"), at, site, run, outcome, told.get("reason")))

    def _entry(self, member: Member, kind: str, notes: dict[str, dict[str, str]]) -> Entry | None:
        told = subject(member.get)
        if told is None:
            return None
        record_id, url, captured_at = told
        mime, status, redirect_to = member.get("content-type"), None, None
        if (mime or "").replace(" ", "").lower().startswith("application/http"):
            head = parse_head(member.block_head)
            mime, status = (head.get("content-type"), head.status) if head else (None, None)
            redirect_to = _redirect(head, url.strip("<>")) if head else None
        note = notes.get(record_id, {})
        capture = Capture(
            record_id=record_id.strip("<>"),
            ref=RecordRef(self._name, member.offset, member.length),
            url=url.strip("<>"),
            captured_at=captured_at,
            status=status,
            mime=(mime or "").partition(";")[0].strip().lower() or None,
            payload_digest=member.get("warc-payload-digest"),
        )
        return Entry(
            capture=capture,
            record_type=kind,
            site=self._told.get("site") or note.get("site"),
            run=note.get("run"),
            via=note.get("via"),
            refers_to_url=(member.get("warc-refers-to-target-uri") or "").strip("<>") or None,
            refers_to_date=parse_date(member.get("warc-refers-to-date")),
            source=self._told.get(SOURCE),
            end=member.offset + member.length,
            redirect_to=redirect_to,
            # Other crawlers mean something else by hops; those of a Gazette's export mean the same.
            embedded="run" in note and note.get("hopsFromSeed", "").rstrip("R").endswith("E"),
        )


def subject(get: Callable[[str], str | None]) -> tuple[str, str, datetime] | None:
    """Record id, URL and date of a record that an index takes, from its fields by lower-case name.

    None for one that lacks any of them, and for our own notes.
    """
    record_id, url, captured_at = get("warc-record-id"), get("warc-target-uri"), parse_date(get("warc-date"))
    if record_id is None or url is None or captured_at is None or url.startswith(OWN):
        return None
    return record_id, url, captured_at


def _redirect(head: Head, url: str) -> str | None:
    """Where an answer leads (RFC 9110, 15.4 and 10.2.2). Servers write bytes there, mostly UTF-8."""
    location = head.get("location")
    if not 300 <= head.status <= 399 or not location:
        return None
    return join(url, location.encode("latin-1", "replace").decode("utf-8", "replace"))


def first_fields(path: Path) -> dict[str, str]:
    """What the warcinfo record tells that a file begins with; {} when it begins otherwise."""
    first = next(iter(MemberWalk(path)), None)
    if first is None or first.get("warc-type") != "warcinfo":
        return {}
    return warc_fields(first.block_head)


def warc_fields(block: bytes) -> dict[str, str]:
    """The ``name: value`` lines of an application/warc-fields block; the first of a name counts."""
    found: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip(), value.strip())
    return found


# Crawlers in Java that mean "dd" and write "DD" give the day of the year: 2008-10-294 (ClueWeb09).
_ORDINAL = re.compile(r"([0-9]{4})-[0-9]{2}-([0-9]{3})(?=T)")


def parse_date(text: str | None) -> datetime | None:
    """A WARC-Date (WARC 1.1, 5.4: W3C profile of ISO 8601, in UTC); None when it is none."""
    if text is None:
        return None
    # The profile also knows years and months alone; a date without a zone is in UTC.
    full = {4: text + "-01-01", 7: text + "-01"}.get(len(text), text)
    try:
        if (ordinal := _ORDINAL.match(full)) is not None:
            day = datetime(int(ordinal[1]), 1, 1, tzinfo=UTC) + timedelta(days=int(ordinal[2]) - 1)
            full = f"{day:%Y-%m-%d}{full[ordinal.end() :]}"
        date = datetime.fromisoformat(full)
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the first and the last year have no room for a zone
        return None


def read_block(warc_dir: Path, ref: RecordRef, cap: int = 64 << 20) -> tuple[dict[str, str], bytes]:
    """A record's WARC fields (by lower-case name) and its block, which is cut at ``cap`` bytes.

    Raises DamagedRecord when the file is gone or no whole record stands there.
    """
    try:
        descriptor = open_file(warc_dir, ref.warc)
        try:
            compressed = os.pread(descriptor, ref.length, ref.offset)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise DamagedRecord(ref, f"can't read the file: {error.strerror}") from None
    stream = zlib.decompressobj(31)
    try:
        data = stream.decompress(compressed, cap)
    except zlib.error as error:
        raise DamagedRecord(ref, f"no gzip member: {error}") from None
    if not stream.eof and len(data) < cap:
        raise DamagedRecord(ref, "torn gzip member")
    parsed = parse_fields(data)
    if parsed is None:
        raise DamagedRecord(ref, "no WARC record here")
    pairs, start = parsed
    fields = {name.lower(): value for name, value in reversed(pairs)}
    stated = fields.get("content-length", "")
    if not (stated.isascii() and stated.isdigit() and len(stated) < 19):
        raise DamagedRecord(ref, "record without a Content-Length")
    if stream.eof and len(data) < start + int(stated):
        raise DamagedRecord(ref, f"record of {len(data) - start} bytes that promises {stated}")
    return fields, data[start : start + int(stated)]


def read_page(warc_dir: Path, capture: Capture, cap: int = BODY_CAP) -> Page:
    """What an extractor may see of a capture. Raises DamagedRecord."""
    fields, block = read_block(warc_dir, capture.ref)
    if not fields.get("content-type", "").replace(" ", "").lower().startswith("application/http"):
        stated = fields.get("content-type")
        return Page(capture, (("Content-Type", stated),) if stated else (), block[:cap])
    head = parse_head(block)
    if head is None:  # HTTP/0.9: the block is the body
        return Page(capture, (), block[:cap])
    body = block[head.body_start :]
    if is_chunked(head.headers):
        body = dechunk(body)[0]
    codings = [c for k, v in head.headers if k.lower() == "content-encoding" for c in content_codings(v)]
    return Page(capture, head.headers, decode_body(body, codings[:4], cap))
