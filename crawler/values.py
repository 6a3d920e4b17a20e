"""What the values in ``sites/NAME.toml`` and ``[defaults]`` may be: one check for each key.

A check takes a value as TOML gives it and returns the field's value, or raises ValueError with what it must
be: the end of a sentence that begins with the key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from archive import urls
from archive.types import Blackout
from crawler.cron import parse
from crawler.localtime import zone_of

_SECONDS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_BYTES = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "b": 1}
_AMOUNT = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]+)")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_REFERENCE = re.compile(r"(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)")
_HOURS = re.compile(r"(?:([A-Za-z][A-Za-z, -]*?)\s+)?(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")

Check = Callable[[Any], Any]
"""Takes a value as TOML gives it, returns the field's value, or raises ValueError with what it must be."""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f"must be one line of text, not {value!r}")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f'must be a list of texts, ["...", "..."], not {value!r}')
    return tuple(value)


def _urls(value: Any) -> tuple[str, ...]:
    for url in (found := _texts(value)):
        if urls.canonical(url) is None:
            raise ValueError(f"must hold http or https URLs, which {url!r} is not")
    return found


def _patterns(value: Any) -> tuple[str, ...]:
    for pattern in (found := _texts(value)):
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"must hold regular expressions, which {pattern!r} is not: {error}") from None
    return found


def _amount(value: Any, units: Mapping[str, int], must: str) -> float:
    """A number as it is, or a text such as "30m" by its unit."""
    found: float = -1
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = value
    elif isinstance(value, str) and (match := _AMOUNT.fullmatch(value.strip().lower())):
        found = float(match[1]) * units[match[2]] if match[2] in units else -1
    if not math.isfinite(found) or found < 0:
        raise ValueError(f"must be {must}, not {value!r}")
    return found


def seconds(value: Any) -> float:
    """A time: a number of seconds, or a text such as "30s", "15m", "1h", "2d". Raises ValueError."""
    return float(_amount(value, _SECONDS, 'a time such as "30s", "15m", "1h", "2d", or a number of seconds'))


def _positive_seconds(value: Any) -> float:
    if (found := seconds(value)) == 0:
        raise ValueError("must be more than no time at all; leave the key out instead")
    return found


def _pace(value: Any) -> float:
    if (found := _positive_seconds(value)) < 60:
        raise ValueError(f"must be at least a minute, not {value!r}")
    return found


def _ages(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise ValueError(f'must be a list of times, ["1h", "6h", "1d"], or [] for never, not {value!r}')
    return tuple(sorted({_positive_seconds(item) for item in value}))


def _cron(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f'must be a cron expression such as "30 5 * * *", not {value!r}')
    parse(value)
    return " ".join(value.split())


def _zone(value: Any) -> str:
    if not isinstance(value, str) or zone_of(value) is None:
        raise ValueError(f'must be a time zone such as "Europe/Berlin", not {value!r}')
    return value


def _blackout(value: Any) -> tuple[Blackout, ...]:
    spans = [value] if isinstance(value, str) else value
    if not isinstance(spans, list) or not all(isinstance(item, str) for item in spans):
        raise ValueError(f'must be a list of hours, ["22:00-05:00", "Sat,Sun 00:00-24:00"], not {value!r}')
    return tuple(_hours(item) for item in spans)


def _hours(text: str) -> Blackout:
    """One span such as "22:00-05:00" or "Mon-Fri 08:00-18:00"."""
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'must hold hours such as "22:00-05:00" or "Sat 22:00-05:00", which {text!r} is not')
    start, end = int(match[2]) * 60 + int(match[3]), int(match[4]) * 60 + int(match[5])
    if int(match[3]) > 59 or int(match[5]) > 59 or start > 1439 or end > 1440:
        raise ValueError(f"must hold times of day from 00:00 to 24:00, which {text!r} doesn't")
    if start == end:
        raise ValueError(
            f'must hold spans with two different ends, not {text!r}; a whole day is "00:00-24:00"'
        )
    return Blackout(start, end, _days(match[1]) if match[1] else tuple(range(7)))


def _days(text: str) -> tuple[int, ...]:
    """Weekdays such as "Sat", "Mon-Fri" or "Fri-Sun, Wed"; Monday is 0."""
    days: set[int] = set()
    for part in text.lower().split(","):
        ends = [name.strip()[:3] for name in part.split("-")]
        if len(ends) > 2 or any(end not in _WEEKDAYS for end in ends):
            raise ValueError(f"must name days as Mon, Tue, Wed, Thu, Fri, Sat, Sun, not {text!r}")
        first, last = (_WEEKDAYS.index(end) for end in (ends[0], ends[-1]))
        days.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return tuple(sorted(days))


def _bytes(value: Any) -> int:
    if (found := int(_amount(value, _BYTES, 'a size such as "500 MB", or a number of bytes'))) == 0:
        raise ValueError("must be more than nothing; leave the key out instead")
    return found


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"must be a whole number above 0, not {value!r}")
    return value


def _rights(value: Any) -> str:
    if value not in ("record", "obey"):
        raise ValueError(f'must be "record" (note what a page states) or "obey", not {value!r}')
    return str(value)


def _day(value: Any) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a day such as 2026-01-31")
    return value


def _credentials(value: Any) -> tuple[tuple[str, str], ...]:
    """Request headers for licensed access. A secret in a site file would end in copies and in back-ups."""
    if not isinstance(value, dict):
        raise ValueError('must be a table: [credentials] with Authorization = "env:NAME" or "file:PATH"')
    for name, source in value.items():
        if not _HEADER.fullmatch(name):
            raise ValueError(f"must name request headers, which {name!r} is not")
        if not isinstance(source, str) or not _REFERENCE.fullmatch(source):
            # Never the value itself in the message: it may be the secret.
            raise ValueError(f'must say where {name} is found, "env:NAME" or "file:PATH", never the secret')
    return tuple(value.items())


def _language(value: Any) -> str:
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise ValueError(f'must be a language code such as "de" or "de-AT", not {value!r}')
    return value


def _spider(value: Any) -> str:
    if not isinstance(value, str) or not value.isidentifier():
        raise ValueError(f"must be the name of a spider, not {value!r}")
    return value


def _notes(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError("must be a table of texts")
    return tuple(value.items())


CHECKS: dict[str, Check] = {
    "title": _text,
    "seeds": _urls,
    "feeds": _urls,
    "sitemaps": _urls,
    "sections": _urls,
    "allow": _patterns,
    "deny": _patterns,
    "follow": _truth,
    "subdomains": _truth,
    "since": _day,
    "until": _day,
    "max_depth": _count,
    "every": _pace,
    "every_min": _pace,
    "every_max": _pace,
    "cron": _cron,
    "zone": _zone,
    "blackout": _blackout,
    "jitter": seconds,
    "revisit": _ages,
    "feeds_every": _positive_seconds,
    "sections_every": _positive_seconds,
    "sitemaps_every": _positive_seconds,
    "delay": seconds,
    "max_pages": _count,
    "max_bytes": _bytes,
    "max_seconds": _positive_seconds,
    "requisites": _truth,
    "requisites_bytes": _bytes,
    "rights": _rights,
    "allow_private": _truth,
    "verify_tls": _truth,
    "cookies": _truth,
    "credentials": _credentials,
    "spider": _spider,
    "language": _language,
    "notes": _notes,
}
DEFAULTED = (
    *("follow", "subdomains", "since", "until", "max_depth"),
    *("every", "every_min", "every_max", "cron", "zone", "blackout", "jitter"),
    *("revisit", "feeds_every", "sections_every", "sitemaps_every"),
    *("delay", "max_pages", "max_bytes", "max_seconds"),
    *("requisites", "requisites_bytes", "rights", "spider", "language"),
)
"""The keys that may stand in [defaults]."""
