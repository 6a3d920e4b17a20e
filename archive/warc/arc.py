"""ARC, the format before WARC (Burner and Kahle 1996; versions 1 and 2), read as if it were WARC.

A record is one line, the block, and a line break.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]{0,30}:")
_ADDRESS = re.compile(rb"[0-9A-Fa-f.:]{1,64}")
_DATE = re.compile(rb"[0-9]{8,17}")
_LENGTH = re.compile(rb"[0-9]{1,18}")

MAX_LINE = 16 << 10
"""Bytes of a record's line. URLs of two thousand are long."""


@dataclass(frozen=True, slots=True)
class ArcHeader:
    """A record's line, in WARC's words."""

    fields: tuple[tuple[str, str], ...]
    size: int  # of the block, in bytes


def arc_header(line: bytes) -> ArcHeader | None:
    """The fields that a record's line makes, without its line break; None when it is none.

    Version 1 has five parts, version 2 ten: status, checksum, location, offset and file name come before
    the length. A URL of careless writers holds blanks.
    """
    parts = line.split(b" ")
    if len(line) > MAX_LINE or len(parts) < 5 or not _SCHEME.match(line) or not _LENGTH.fullmatch(parts[-1]):
        return None
    # Where the date stands says which version it is.
    if not (len(parts) >= 10 and _DATE.fullmatch(parts[2])):
        parts = line.rsplit(b" ", 4)
    url, address, date, mime = parts[:4]
    if not _DATE.fullmatch(date) or not _ADDRESS.fullmatch(address):
        return None
    fields = [("WARC-Target-URI", _text(url))]
    when = _date(_text(date))
    if when is not None:
        fields.append(("WARC-Date", when))
    if address != b"0.0.0.0":
        fields.append(("WARC-IP-Address", _text(address)))
    fields.append(("Content-Type", _text(mime)))
    return ArcHeader(tuple(fields), int(parts[-1]))


def begins_arc(data: bytes) -> bool:
    """Whether a record's line stands at the start, with its line break."""
    line, found, _ = data[: MAX_LINE + 2].partition(b"\n")
    return bool(found) and arc_header(line.rstrip(b"\r")) is not None


def find_arc(data: bytes) -> int | None:
    """Where the first whole line stands that begins a record."""
    at = 0
    while (end := data.find(b"\n", at)) >= 0:
        if arc_header(data[at:end].rstrip(b"\r")) is not None:
            return at
        at = end + 1
    return None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _date(digits: str) -> str | None:
    """A WARC-Date from up to fourteen digits; None when they are no date."""
    try:
        moment = datetime.strptime(digits[:14].ljust(14, "0") + "Z", "%Y%m%d%H%M%S%z")
    except ValueError:
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
