"""The pages' words, in German and English, by the browser's language."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de")
"""The first is for those who asked for neither."""

_WORDS = Path(__file__).parent / "words"
_MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
}


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language. Templates know its methods by their names, ``say`` as ``t`` and ``number`` as ``num``.

    Times are told in UTC, which the foot of each page says once.
    """

    language: str

    def say(self, key: str, **values: object) -> str:
        """The words of a key, numbers and days as people write them; ``n=1`` takes KEY.one, if there."""
        known = words()
        if values.get("n") == 1 and f"{key}.one" in known:
            key = f"{key}.one"
        return known[key][self.language].format(
            **{name: self._shown(value) for name, value in values.items()}
        )

    def _shown(self, value: object) -> object:
        if isinstance(value, int):
            return self.number(value)
        return self.day(value) if isinstance(value, date) else value

    def number(self, value: int) -> str:
        """A whole number with its thousands set apart."""
        text = f"{value:,}"
        return text.replace(",", ".") if self.language == "de" else text

    def day(self, value: date | str | None) -> str:
        """A day (or its ISO 8601 text) in words; "" for None."""
        if value is None:
            return ""
        read = date.fromisoformat(value[:10]) if isinstance(value, str) else value
        month = _MONTHS[self.language][read.month - 1]
        return (
            f"{read.day}. {month} {read.year}" if self.language == "de" else f"{read.day} {month} {read.year}"
        )

    def month(self, value: date) -> str:
        """The month of a day in words."""
        return f"{_MONTHS[self.language][value.month - 1]} {value.year}"

    def short(self, value: datetime, timed: bool = False) -> str:
        """A day, or its hour, as it fits under an axis."""
        if timed and value.hour:
            return f"{value:%H:%M}"
        if self.language == "de":
            return f"{value.day}.{value.month}.{value:%y}"
        return f"{value.day} {_MONTHS[self.language][value.month - 1][:3]} {value:%y}"

    def span(self, value: timedelta) -> str:
        """A length of time in its largest unit: days from two days on, hours from two hours on."""
        minutes = round(value.total_seconds() / 60)
        if minutes >= 2 * 24 * 60:
            return self.say("span.days", n=round(minutes / 60 / 24))
        if minutes >= 2 * 60:
            return self.say("span.hours", n=round(minutes / 60))
        return self.say("span.minutes", n=minutes)

    def clock(self, value: datetime | str) -> str:
        """The time of day, to the minute."""
        return f"{_utc(value):%H:%M}" + (" Uhr" if self.language == "de" else "")

    def moment(self, value: datetime | str | None) -> str:
        """A time (or its ISO 8601 text) in words, to the minute; "" for None."""
        return "" if value is None else f"{self.day(_utc(value).date())}, {self.clock(value)}"

    def cited(self, value: datetime | str) -> str:
        """A time as it is carried off the page: with its zone."""
        return f"{self.day(_utc(value).date())}, {_utc(value):%H:%M} UTC"

    def through(self, since: date | str, until: date | str) -> str:
        """The days from one to another; what both have in common is said once."""
        first, last = self.day(since), self.day(until)
        begin, end = (
            date.fromisoformat(each[:10]) if isinstance(each, str) else each for each in (since, until)
        )
        if first == last:
            return first
        if begin.year == end.year:
            first = first.removesuffix(f" {begin.year}")
            if begin.month == end.month:
                first = first.removesuffix(f" {_MONTHS[self.language][begin.month - 1]}")
        return self.say("span", since=first, until=last)

    def stretch(self, since: datetime | str, until: datetime | str) -> str:
        """The time from one moment to another; a day that both have in common is said once."""
        first, last = self.moment(since), self.moment(until)
        if first == last:
            return first
        if _utc(since).date() == _utc(until).date():
            first, last = f"{self.day(_utc(since).date())}, {_utc(since):%H:%M}", self.clock(until)
        return self.say("span", since=first, until=last)

    def called(self, tag: str) -> str:
        """A language by its tag (BCP 47): its name, with the region behind it; else the tag as it is."""
        primary, _, rest = tag.partition("-")
        name = words().get(f"language.{primary.lower()}")
        if name is None:
            return tag
        return f"{name[self.language]} ({rest})" if rest else name[self.language]


def _utc(value: datetime | str) -> datetime:
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read if read.tzinfo is None else read.astimezone(UTC)


@cache
def words() -> dict[str, dict[str, str]]:
    """All words by key and language, of the files in ``words/``: ``[key] en = "..." de = "..."``."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(_WORDS.glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def spoken(accepted: str) -> Tongue:
    """The tongue for an ``Accept-Language`` header (RFC 9110, section 12.5.4)."""
    best, weight = LANGUAGES[0], 0.0
    for part in accepted.split(","):
        tag, _, quality = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        try:
            value = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if primary in LANGUAGES and value > weight:
            best, weight = primary, value
    return Tongue(best)
