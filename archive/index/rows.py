"""From nouns to rows: pure functions, so that the same record gives the same row at any time and place."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from archive.extract.rightsfiles import Pattern
from archive.index import headlines, rownumbers
from archive.types import Capture, Dating, Document, Failure, Kind, RecordRef
from archive.urls import canonical, surt
from archive.warc.reader import Entry

Row = dict[str, str | int | None]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """Text that any SQLite tool can read: NUL ends a string in C, lone surrogates have no UTF-8."""
    return _UNSTORABLE.sub("\ufffd", text)


def moment(when: datetime) -> str:
    """A time of a capture. Always with microseconds, so that texts sort as the times do."""
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def awaits_outcome(entry: Entry) -> bool:
    """Whether an extractor reads the record: a page that a server gave, or a file that was put in.

    Images, style sheets, fonts and scripts of another page say nothing by themselves: for each article there
    are ten of them, and a row of a document costs 2 KB.
    """
    status = entry.capture.status
    if entry.embedded and "html" not in (entry.capture.mime or ""):
        return False
    if entry.record_type == "response":
        return status is not None and 200 <= status <= 299
    return entry.record_type in ("resource", "conversion")


def capture_row(entry: Entry) -> Row:
    """The row of a record as it was found, before any extraction."""
    capture = entry.capture
    return _cleaned(
        {
            "warc": capture.ref.warc,
            "offset": capture.ref.offset,
            "length": capture.ref.length,
            "record_id": capture.record_id,
            "record_type": entry.record_type,
            "url": capture.url,
            "url_key": surt(capture.url),
            "captured_at": moment(capture.captured_at),
            "status": capture.status,
            "mime": capture.mime,
            "payload_digest": capture.payload_digest,
            "site": entry.site,
            "run": entry.run,
            "via": entry.via,
            "source": entry.source,
            "refers_to_url": entry.refers_to_url,
            "refers_to_date": moment(entry.refers_to_date) if entry.refers_to_date else None,
            "redirect_to": entry.redirect_to and _canonical(entry.redirect_to),
            "outcome": None if awaits_outcome(entry) else "none",
        }
    )


def capture_of(row: Any) -> Capture:
    """The capture that a row of ``captures`` tells of."""
    return Capture(
        record_id=row["record_id"],
        ref=RecordRef(row["warc"], row["offset"], row["length"]),
        url=row["url"],
        captured_at=datetime.fromisoformat(row["captured_at"]),
        status=row["status"],
        mime=row["mime"],
        payload_digest=row["payload_digest"],
    )


def document_row(document: Document, site: str | None) -> Row:
    """The row of a document. ``newest`` and ``last_captured_at`` are what it knows alone: see relate."""
    capture = document.capture
    captured_at = moment(capture.captured_at)
    day = document.published.local_day if document.published else capture.captured_at.astimezone(UTC).date()
    row: Row = {
        "pk": rownumbers.row_number(document.id, day),
        "id": document.id,
        "url": canonical(capture.url) or capture.url,
        "url_key": surt(capture.url),
        "site": site,
        "kind": document.kind,
        "newest": 0,
        "language": document.language,
        "title": document.title,
        "title_key": headlines.key(document.title),
        "kicker": document.kicker,
        "section": document.section,
        **_dating_row("published", document.published),
        **_dating_row("modified", document.modified),
        "paywall_declared": document.paywall_declared,
        "paywall_observed": document.paywall_observed,
        "trafilatura_asked": document.trafilatura_asked,
        "canonical_url": document.canonical_url,
        "captured_at": captured_at,
        "last_captured_at": captured_at,
        "extractor": document.extractor,
        "content_digest": document.content_digest,
        "record_id": capture.record_id,
        "warc": capture.ref.warc,
        "offset": capture.ref.offset,
        "length": capture.ref.length,
        "tags": _json(document.tags),
        "agencies": _json(document.agencies),
        "images": _json({"url": i.url, "caption": i.caption, "credit": i.credit} for i in document.images),
        "lead": document.lead,
        "text": document.text,
        "blocks": _json({"kind": block.kind, "text": clean(block.text)} for block in document.blocks),
        "uncut": None,
    }
    return _cleaned(row)


def author_rows(document: Document) -> list[Row]:
    """The rows of a document's authors."""
    return [
        _cleaned({"document_id": document.id, "position": position, "name": name})
        for position, name in enumerate(document.authors)
    ]


def teaser_rows(document: Document) -> list[Row]:
    """The rows of a document's teasers; ``target_id`` is relate's."""
    return [
        _cleaned(
            {
                "document_id": document.id,
                "position": position,
                "headline": teaser.headline,
                "text": teaser.text,
                "url": teaser.url and _canonical(teaser.url),
                "evidence": teaser.evidence,
                "headline_key": headlines.key(teaser.headline)
                if teaser.url and document.kind is Kind.SECTION
                else None,
            }
        )
        for position, teaser in enumerate(sorted(document.teasers, key=lambda teaser: teaser.position))
    ]


def suspect_rows(document: Document) -> list[Row]:
    """The rows of what in an article's text may be teasers."""
    return [
        _cleaned(
            {
                "document_id": document.id,
                "position": position,
                "run": suspect.run,
                "headline": suspect.headline,
                "text": suspect.text,
                "first": suspect.first,
                "last": suspect.last,
                "headline_key": headlines.key(suspect.headline),
            }
        )
        for position, suspect in enumerate(document.suspects)
    ]


def cut_rows(document: Document) -> list[Row]:
    """The rows of what the page itself proved to be no part of the text."""
    return [
        _cleaned({"document_id": document.id, "position": position, "text": cut.text, "reason": cut.reason})
        for position, cut in enumerate(document.cuts)
    ]


def rights_rows(document: Document) -> list[Row]:
    """The rows of what a document's capture states about rights."""
    ref = document.capture.ref
    return [
        _cleaned(
            {
                "warc": ref.warc,
                "offset": ref.offset,
                "position": position,
                "name": signal.name,
                "value": signal.value,
                "source": signal.source,
                "agent": signal.agent,
                "applies_to": signal.applies_to,
                "applies_to_glob": None if signal.applies_to is None else Pattern.of(signal).glob(),
            }
        )
        for position, signal in enumerate(document.rights)
    ]


@functools.lru_cache(maxsize=20_000)
def _canonical(url: str) -> str:
    """An address as it is known. The pages of a site repeat theirs: asked once, it is known."""
    return canonical(url) or url


def failure_row(failure: Failure, capture: Capture) -> Row:
    """The row of a failure."""
    return _cleaned(
        {
            "warc": capture.ref.warc,
            "offset": capture.ref.offset,
            "record_id": capture.record_id,
            "url": capture.url,
            "extractor": failure.extractor,
            "kind": failure.kind,
            "message": " ".join(failure.message.split()),
        }
    )


def _dating_row(name: str, dating: Dating | None) -> Row:
    if dating is None:
        return dict.fromkeys((name, *(f"{name}_{part}" for part in ("day", "precision", "offset", "source"))))
    return {
        name: dating.instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z",
        f"{name}_day": dating.local_day.isoformat(),
        f"{name}_precision": dating.precision,
        f"{name}_offset": dating.offset_minutes,
        f"{name}_source": dating.source,
    }


def _json(values: Iterable[object]) -> str:
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def _cleaned(row: Row) -> Row:
    # str() also takes the enum off a StrEnum, which sqlite3 would otherwise store by its repr's rules.
    return {name: clean(str(value)) if isinstance(value, str) else value for name, value in row.items()}
