"""Cron expressions of five fields in a time zone, by cronsim.

Daylight saving shifts nothing and repeats nothing. An expression whose hour field names hours ("30 2 * * *")
means what the wall clock shows: a time that is skipped in spring counts as the moment of the skip, a time
that comes twice in autumn counts once, at its first. One that holds in every hour ("30 * * * *") means real
hours: 23 of them in spring, 25 in autumn.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from crawler.localtime import instant

_SOME_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - a wall clock's time


def parse(expression: str) -> None:
    """Raise ValueError with what is wrong, when it is no expression of five fields that ever matches."""
    if len(expression.split()) != 5:
        raise ValueError(
            'must have five fields: minute, hour, day of month, month, day of week, as in "30 5 * * 1-5",'
            f" not {expression!r}"
        )
    try:
        next(CronSim(expression, _SOME_DAY))
    except (CronSimError, StopIteration) as error:  # the second: in fifty years it never came
        why = str(error).lower() or "it never comes"
        raise ValueError(f"can't be understood: {why} in {expression!r}") from None


def following(expression: str, zone: ZoneInfo, after: datetime) -> datetime:
    """The first instant after ``after`` (UTC) that a checked expression names, in UTC."""
    local = after.astimezone(zone)
    if _every_hour(expression):
        return next(CronSim(expression, local)).astimezone(UTC)
    walls = CronSim(expression, local.replace(tzinfo=None, fold=0))
    return next(found for wall in walls if (found := instant(wall, zone)) > after)


@lru_cache(maxsize=1024)
def _every_hour(expression: str) -> bool:
    return len(CronSim(expression, _SOME_DAY).hours) == 24
