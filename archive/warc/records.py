"""WARC 1.1 records as gzip members.

One exchange becomes three records, in this order: metadata, request, response (or revisit). The
response comes last, so that a file cut anywhere never holds a response without what is told of it.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.types import Capture, Exchange, ExchangeEnd
from archive.warc.deflate import deflated
from archive.warc.http import Head, parse_head, payload_parts

_VERSION = "WARC/1.1"
_FIELDS = "application/warc-fields"

Fields = Mapping[str, str | tuple[str, ...] | None]
"""WARC header fields: a tuple's values stand on lines of their own, None leaves the field out."""

# What would end a line or can't be written as UTF-8 is percent-encoded: URLs of strangers get here.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

# The vocabulary of WARC-Protocol (IIPC's addition to WARC 1.1) for what OpenSSL calls them.
_TLS = {
    "SSLv3": "ssl/3",
    "TLSv1": "tls/1.0",
    "TLSv1.1": "tls/1.1",
    "TLSv1.2": "tls/1.2",
    "TLSv1.3": "tls/1.3",
}
_TRUNCATED = frozenset({"length", "time", "disconnect", "unspecified"})


def digest(data: bytes) -> str:
    """A labelled digest as the field writes it: ``sha1:`` and base32 (WARC 1.1, 5.8)."""
    return digest_of((data,))


def digest_of(parts: Iterable[bytes | memoryview]) -> str:
    """The digest of what comes in parts."""
    sha1 = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        sha1.update(part)
    return "sha1:" + base64.b32encode(sha1.digest()).decode("ascii")


def new_id() -> str:
    """A fresh WARC-Record-ID, without angle brackets."""
    # As uuid4() makes it (RFC 9562, 5.4); its class checks and formats for three times as long.
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"urn:uuid:{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def related_ids(count: int) -> list[str]:
    """Fresh ids of up to eight records of one exchange: they differ in the last digit.

    A record that names another one's id beside its own then costs 20 bytes less.
    """
    first = new_id()
    digit = int(first[-1], 16) & 8
    return [f"{first[:-1]}{digit + number:x}" for number in range(count)]


def warc_date(moment: datetime) -> str:
    """A WARC-Date with microseconds, which WARC 1.1 allows (5.4)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def member(kind: str, fields: Fields, content_type: str | None, block: bytes) -> bytes:
    """A whole gzip member with one record."""
    return _member(kind, _lines(fields), content_type, block)


def _member(kind: str, lines: str, content_type: str | None, block: bytes) -> bytes:
    """The same, of fields that are lines already, each with its end."""
    stated = "" if content_type is None else f"Content-Type: {content_type}\r\n"
    head = (
        f"{_VERSION}\r\nWARC-Type: {kind}\r\n{lines}WARC-Block-Digest: {digest(block)}\r\n"
        f"{stated}Content-Length: {len(block)}\r\n\r\n"
    )
    return deflated(head.encode(), block)


def _lines(fields: Fields) -> str:
    lines = []
    for name, value in fields.items():
        values = value if isinstance(value, tuple) else (value,)
        lines += [f"{name}: {_safe(one)}\r\n" for one in values if one is not None]
    return "".join(lines)


def _safe(value: str) -> str:
    # Nothing printable is unsafe, and that is known in a tenth of the time.
    return value if value.isprintable() else _UNSAFE.sub(_escaped, value)


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def fields_block(fields: Mapping[str, str | None]) -> bytes:
    """An application/warc-fields block; line breaks in values become spaces."""
    lines = (f"{k}: {' '.join(v.split())}\r\n" for k, v in fields.items() if v is not None)
    return "".join(lines).encode("utf-8", "replace")


def warcinfo(file_name: str, started: datetime, fields: Mapping[str, str | None]) -> tuple[str, bytes]:
    """The record a file begins with (WARC 1.1, 6.2): its id and its member."""
    record_id = new_id()
    header = {"WARC-Record-ID": f"<{record_id}>", "WARC-Date": warc_date(started), "WARC-Filename": file_name}
    return record_id, member("warcinfo", header, _FIELDS, fields_block(fields))


@dataclass(frozen=True, slots=True)
class Told:
    """What the crawler tells of an exchange beside its bytes."""

    site: str
    run: str
    via: str | None = None
    hops: str | None = None  # Heritrix' letters from the seed: L link, R redirect, E embed, ...
    attempt: int = 1
    cut: tuple[str, ...] = ()  # names of request headers whose values are not kept


@dataclass(frozen=True, slots=True)
class ExchangeRecords:
    """The members of one exchange, the response's last, and what an index needs of them."""

    members: tuple[bytes, ...]
    record_id: str
    payload_digest: str | None
    status: int | None
    revisit: bool  # the payload is not in these records but where it was kept before


def exchange_records(
    exchange: Exchange, told: Told, warcinfo_id: str, before: Capture | None = None
) -> ExchangeRecords:
    """The records of an exchange.

    A broken one is kept too: what came of the response with WARC-Truncated, or, when nothing came,
    the request and the metadata alone, or the metadata when nothing was sent either.

    ``before`` is the capture that holds this URL's payload as it was kept last: when the server says
    that it is not modified, or sends it again, a revisit record takes the response's place.
    """
    head = parse_head(exchange.response)
    # What has no head (HTTP/0.9, another protocol's greeting) has no payload to be told from its block.
    payload_digest = digest_of(payload_parts(exchange.response, head)) if head else None
    profile = _profile(exchange, head, payload_digest, before)
    metadata_id, request_id, response_id = related_ids(3)
    anchor = response_id if exchange.response else request_id if exchange.request else metadata_id
    named = _naming(exchange, anchor, warcinfo_id, lean=profile is not None)
    about = fields_block(_metadata(exchange, told))
    members = [_member("metadata", named(metadata_id, "about"), _FIELDS, about)]
    if exchange.request:
        kind = "application/http; msgtype=request"
        members.append(_member("request", named(request_id, "asked"), kind, exchange.request))
    if exchange.response:
        kind, block = "response", exchange.response
        further = f"WARC-Payload-Digest: {payload_digest}\r\n" if payload_digest else ""
        if exchange.end is not ExchangeEnd.COMPLETE:
            reason = exchange.reason if exchange.reason in _TRUNCATED else "unspecified"
            further += f"WARC-Truncated: {reason}\r\n"
        if profile is not None and before is not None and head is not None:
            kind, block = "revisit", block[: head.body_start]
            further = _lines(_revisit(profile, before))
        lines = named(response_id, "answered") + further
        members.append(_member(kind, lines, "application/http; msgtype=response", block))
    status = head.status if head else None
    return ExchangeRecords(tuple(members), anchor, payload_digest, status, profile is not None)


def _naming(exchange: Exchange, anchor: str, warcinfo_id: str, *, lean: bool) -> Callable[[str, str], str]:
    """Makes the lines by which a record names itself, its place and, beside its own id, the ``anchor``.

    Of an unchanged page the records are all that is stored (``lean``): what is the same for all of them
    stands in one, and that the file's warcinfo holds for them is told by the run in the metadata.
    """
    place = f"WARC-Target-URI: {_safe(exchange.url)}\r\nWARC-Date: {warc_date(exchange.started_at)}\r\n"
    if not lean:
        place += f"WARC-Warcinfo-ID: <{warcinfo_id}>\r\n"
    connection = _lines(
        {"WARC-IP-Address": exchange.ip, "WARC-Protocol": (exchange.protocol, *_tls(exchange.tls))}
    )

    def named(record_id: str, part: str) -> str:
        itself = f"WARC-Record-ID: <{record_id}>\r\n"
        if record_id != anchor:
            itself += f"WARC-Concurrent-To: <{anchor}>\r\n"
        told = part == "answered" or (part == "asked" and not lean)
        return itself + place + connection if told else itself + place

    return named


def _profile(
    exchange: Exchange, head: Head | None, payload_digest: str | None, before: Capture | None
) -> str | None:
    """The kind of revisit (WARC 1.1, 6.7), None when the payload has to be kept."""
    if before is None or head is None or exchange.end is not ExchangeEnd.COMPLETE:
        return None
    if head.status == 304:
        return "server-not-modified"
    same = payload_digest is not None and payload_digest == before.payload_digest
    return "identical-payload-digest" if same and head.status == before.status else None


def _revisit(profile: str, before: Capture) -> Fields:
    return {
        "WARC-Payload-Digest": before.payload_digest,
        "WARC-Profile": f"http://netpreserve.org/warc/1.1/revisit/{profile}",
        "WARC-Refers-To": f"<{before.record_id}>",
        "WARC-Refers-To-Target-URI": before.url,
        "WARC-Refers-To-Date": warc_date(before.captured_at),
    }


def resource(uri: str, moment: datetime, content_type: str, data: bytes, warcinfo_id: str) -> bytes:
    """The member of a resource record (WARC 1.1, 6.4): bytes that came by no protocol."""
    fields = {
        "WARC-Record-ID": f"<{new_id()}>",
        "WARC-Target-URI": uri,
        "WARC-Date": warc_date(moment),
        "WARC-Warcinfo-ID": f"<{warcinfo_id}>",
        "WARC-Payload-Digest": digest(data),
    }
    return member("resource", fields, content_type, data)


def _tls(version: str | None) -> tuple[str, ...]:
    return (_TLS[version],) if version in _TLS else ()


def _metadata(exchange: Exchange, told: Told) -> dict[str, str | None]:
    return {
        "site": told.site,
        "run": told.run,
        "via": told.via,
        "hopsFromSeed": told.hops,
        "fetchTimeMs": str(exchange.fetch_ms),
        "outcome": exchange.end.value,
        "reason": exchange.reason,
        "attempt": str(told.attempt) if told.attempt > 1 else None,
        "cut": ", ".join(told.cut) or None,
        "interim": base64.b64encode(exchange.interim).decode("ascii") if exchange.interim else None,
    }
