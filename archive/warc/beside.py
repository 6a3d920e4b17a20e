"""The records that belong to a capture and stand beside it: its request, and what is told of it.

    file -> members before the capture -> the capture -> members behind it, in files of others

Our own writer puts metadata and request right before the response. Others put the request behind it
(warcio, Heritrix), or let the response name the request (wget); all of them between two captures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.errors import DamagedRecord
from archive.types import RecordRef
from archive.warc.members import Member, MemberWalk
from archive.warc.names import existing_path

_BESIDE = frozenset({"request", "metadata"})
_NAMING = ("warc-concurrent-to", "warc-refers-to")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a capture stands, and how far around it the records beside it may stand."""

    ref: RecordRef
    record_id: str  # without angle brackets
    start: int  # end of the capture before it, 0 for the first
    end: int  # where the next capture begins, or its own end: then nothing behind it is looked at


def leading_warcinfo(warc_dir: Path, name: str) -> list[RecordRef]:
    """The warcinfo records that a file begins with: its own, and that of the file it was imported from.

    Raises DamagedRecord when the file is gone.
    """
    found = []
    for member in _walk(warc_dir, name, 0, None):
        if member.get("warc-type") != "warcinfo":
            break
        found.append(RecordRef(name, member.offset, member.length))
    return found


def records_of(warc_dir: Path, place: Place) -> list[tuple[str, RecordRef]]:
    """A capture and the records beside it, as they follow each other in the file: WARC-Type and place.

    All are whole. Raises DamagedRecord when the capture is not, is another record, or the file is gone.
    """
    before: list[Member] = []
    behind: list[Member] = []
    capture: Member | None = None
    for member in _walk(
        warc_dir, place.ref.warc, place.start, max(place.end, place.ref.offset + place.ref.length)
    ):
        if member.offset == place.ref.offset:
            capture = member
        elif member.get("warc-type") in _BESIDE:
            (before if capture is None else behind).append(member)
    if capture is None:
        # What stands before it may be what is damaged.
        capture = next(
            _walk(warc_dir, place.ref.warc, place.ref.offset, place.ref.offset + place.ref.length), None
        )
        before = []
    if capture is None:
        raise DamagedRecord(place.ref, "no whole record stands here")
    if _plain(capture.get("warc-record-id")) != place.record_id:
        raise DamagedRecord(place.ref, f"another record than {place.record_id}, which the index has here")
    named = _named(capture)
    return [
        (member.get("warc-type") or "", RecordRef(place.ref.warc, member.offset, member.length))
        for member in (*before, capture, *behind)
        if member is capture
        or place.record_id in _named(member)
        or (member.get("warc-type") == "request" and _plain(member.get("warc-record-id")) in named)
    ]


def _walk(warc_dir: Path, name: str, start: int, end: int | None) -> Iterator[Member]:
    for last in (False, True):
        try:
            yield from MemberWalk(existing_path(warc_dir, name), start, end)
            return
        except FileNotFoundError as error:
            # It may have been sealed, and so renamed, since its path was looked up.
            if last:
                raise DamagedRecord(f"{name}@{start}", f"can't read the file: {error.strerror}") from None


def _named(member: Member) -> set[str]:
    """The records that one says it belongs to; WARC-Concurrent-To may stand there often (WARC 1.1, 5.7)."""
    return {_plain(value) for name, value in member.fields if name.lower() in _NAMING}


def _plain(record_id: str | None) -> str:
    return (record_id or "").strip("<>")
