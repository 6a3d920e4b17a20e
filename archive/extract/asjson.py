"""An outcome as one JSON object."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

from archive.types import Dating, Document, Failure, Outcome, Precision


def to_json(outcome: Outcome) -> dict[str, Any]:
    """Every field of a document, and ``date``: its publication as ISO 8601.

    ``authors`` are people; ``date`` is the day, or the instant with the page's own offset when the
    page states one more finely. A failure is ``{"failure": kind, "message": ...}``.
    """
    if isinstance(outcome, Failure):
        return {"failure": outcome.kind.value, "message": outcome.message}
    return {**_document(outcome), "date": iso(outcome.published)}


def iso(dating: Dating | None) -> str | None:
    """A dating as ISO 8601: "2025-11-13" or "2025-11-13T09:12:00+01:00"."""
    if dating is None:
        return None
    if dating.precision is Precision.DAY:
        return dating.local_day.isoformat()
    if dating.offset_minutes is None:
        # The page named no zone: a time on its own wall, which no offset may be added to.
        return dating.instant.replace(tzinfo=None).isoformat()
    return dating.instant.astimezone(timezone(timedelta(minutes=dating.offset_minutes))).isoformat()


def _document(document: Document) -> dict[str, Any]:
    return {f.name: _plain(getattr(document, f.name)) for f in fields(document)}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value
