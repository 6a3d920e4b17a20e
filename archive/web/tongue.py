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
    """One language; templates know it as ``t`` (its words), ``num``, ``day`` and ``moment``."""

    language: str

    def say(self, key: str, **values: object) -> str:
        """The words of a key, numbers in them as people write them; ``n=1`` takes KEY.one, if there."""
        known = words()
        if values.get("n") == 1 and f"{key}.one" in known:
            key = f"{key}.one"
        shown = {
            name: self.number(value) if isinstance(value, int) else value for name, value in values.items()
        }
        return known[key][self.language].format(**shown)

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
        return f"{value.day}.{value.month}.{value:%y}" if self.language == "de" else f"{value:%d %b %y}"

    def span(self, value: timedelta) -> str:
        """A length of time in its largest unit: days from two days on, hours from two hours on."""
        minutes = round(value.total_seconds() / 60)
        if minutes >= 2 * 24 * 60:
            return self.say("span.days", n=round(minutes / 60 / 24))
        if minutes >= 2 * 60:
            return self.say("span.hours", n=round(minutes / 60))
        return self.say("span.minutes", n=minutes)

    def moment(self, value: datetime | str | None) -> str:
        """A time (or its ISO 8601 text) in words, to the minute, in UTC; "" for None."""
        if value is None:
            return ""
        read = datetime.fromisoformat(value) if isinstance(value, str) else value
        at = read if read.tzinfo is None else read.astimezone(UTC)
        return f"{self.day(at.date())}, {at:%H:%M} UTC"


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
