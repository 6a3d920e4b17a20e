"""Dates as pages write them. No function here asks a clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from archive.types import Dating, Precision

_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:(?:[T_ ]|\s+)\s*(\d{1,2})[:.]?(\d{2})(?:[:.]?(\d{2})(?:[.,:]\d{1,9})?)?\s*(Z|UTC|GMT|"
    r"[+-]\d{1,2}(?::?\d{2})?)?)?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"(\d{10})(\d{3})?$")
_TIME = r"(?:\D{0,12}?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*(?:(AM|PM)\b)?)?"
_DOTTED = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b" + _TIME, re.IGNORECASE)
_DAY_MONTH = re.compile(r"\b(\d{1,2})\.?\s+([^\W\d_]{3,10})\.?,?\s+(\d{4})\b" + _TIME, re.IGNORECASE)
_MONTH_DAY = re.compile(
    r"\b([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b" + _TIME, re.IGNORECASE
)
_OFFSET = re.compile(r"\s*(Z|UTC|GMT|[+-]\d{1,2}:?\d{2})(?!\d)", re.IGNORECASE)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januar january jänner janvier enero gennaio januari",
            "feb februar february feber février febrero febbraio februari",
            "mär märz mar march mars marzo maart mrz",
            "apr april avril abril aprile",
            "mai may mayo maggio mei",
            "jun juni june juin junio giugno",
            "jul juli july juillet julio luglio",
            "aug august août agosto augustus",
            "sep sept september septembre septiembre settembre",
            "okt oct oktober october octobre octubre ottobre",
            "nov november novembre noviembre",
            "dez dec dezember december décembre diciembre dicembre",
        ),
        1,
    )
    for name in names.split()
}
EARLIEST = date(1990, 1, 1)
"""Before this there was no web page to publish; older claims are defaults of a CMS such as 1970."""


def parse(claim: str, source: str, latest: date | None = None) -> Dating | None:
    """The date that a page claims, None when it can't be read or can't be true.

    ``latest`` is the last local day that the page can know of; None leaves the future open.
    """
    claim = claim.strip()[:120]
    try:
        dating = _iso(claim, source) or _written(claim, source)
    except (ValueError, OverflowError):
        return None
    if dating is None or dating.local_day < EARLIEST or (latest is not None and dating.local_day > latest):
        return None
    return dating


def last_day(captured_at: datetime | None) -> date | None:
    """The latest calendar day anywhere on earth at the moment of a capture."""
    return None if captured_at is None else (captured_at.astimezone(UTC) + timedelta(hours=14)).date()


def day(value: date, source: str) -> Dating:
    """A date without a time of day."""
    return Dating(
        datetime(value.year, value.month, value.day, tzinfo=UTC), Precision.DAY, None, value, source
    )


def _iso(claim: str, source: str) -> Dating | None:
    epoch = _EPOCH.match(claim)
    if epoch:
        instant = datetime.fromtimestamp(int(epoch[1]), UTC)
        return Dating(instant, Precision.SECOND, None, instant.date(), source)
    match = _ISO.match(claim)
    if not match:
        return None
    year, month, number, hour, minute, second, zone = match.groups()
    return _dating(source, (int(year), int(month), int(number)), hour, minute, second, zone)


def _written(claim: str, source: str) -> Dating | None:
    for pattern, order in ((_DOTTED, "dmy"), (_DAY_MONTH, "dmy"), (_MONTH_DAY, "mdy")):
        match = pattern.search(claim)
        if not match:
            continue
        first, middle, year, hour, minute, second, half = match.groups()
        number, month = (first, middle) if order == "dmy" else (middle, first)
        month_number = int(month) if month.isdigit() else _MONTHS.get(month.lower().rstrip("."))
        if month_number is None:
            continue
        if hour and half:
            hour = str(int(hour) % 12 + (12 if half.lower() == "pm" else 0))
        zone = _OFFSET.match(claim, match.end()) if hour else None
        return _dating(
            source, (int(year), month_number, int(number)), hour, minute, second, zone[1] if zone else None
        )
    return None


def _dating(
    source: str,
    ymd: tuple[int, int, int],
    hour: str | None,
    minute: str | None,
    second: str | None,
    zone: str | None,
) -> Dating:
    local_day = date(*ymd)
    if hour is None or minute is None:
        return day(local_day, source)
    offset = _offset_minutes(zone)
    if not offset and int(hour) == int(minute) == int(second or 0) == 0:
        return day(local_day, source)  # a CMS that knows only the day writes midnight
    zone_info = timezone(timedelta(minutes=offset or 0))
    instant = datetime(*ymd, int(hour), int(minute), int(second or 0), tzinfo=zone_info).astimezone(UTC)
    return Dating(instant, Precision.SECOND if second else Precision.MINUTE, offset, local_day, source)


def _offset_minutes(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone.upper() in ("Z", "UTC", "GMT"):
        return 0
    digits = zone[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    total = hours * 60 + minutes
    return -total if zone[0] == "-" else total
