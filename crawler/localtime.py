"""Local time: zones by their name, and the instants of what a wall clock shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None when there is no such zone."""
    if name.startswith(("right/", "posix/")):
        return None  # copies of the database by other rules; "right" counts leap seconds
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such zone; no possible name; a folder of zones
        return None


def known_zone(name: str) -> ZoneInfo:
    """The zone of a name that has been checked."""
    zone = zone_of(name)
    assert zone is not None, "a Site's zone is checked when its file is read"
    return zone


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When a wall clock first shows a time (without zone), in UTC.

    A time that the clock shows twice is its first; one that it skips is the moment at which it skips it.
    """
    while not _exists(wall, zone):
        wall = wall.replace(second=0) + timedelta(minutes=1)
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    # PEP 495: what is skipped comes back from UTC as another time.
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == wall
