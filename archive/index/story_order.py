"""An article as stories see it: its outlet, its place in time, the agency it credits."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass

from archive.extract.names import is_agency

Order = tuple[str, bool, str, str]
"""(day, whether the time of the day is unknown, time, URL): what was published earlier is less."""

_CREDIT = re.compile(r"\((dpa|afp|epd|kna|sid|ots|apa|sda|ap|reuters)\b[^)]{0,12}\)", re.IGNORECASE)
_CREDIT_CHARS = 200
"""Where in a text a place line such as "Essen (dpa/lnw) -" stands."""


@dataclass(frozen=True, slots=True)
class Article:
    """A newest article, in what stories need of it."""

    id: str
    url: str
    title: str
    text: str
    outlet: str
    day: str  # YYYY-MM-DD
    order: Order
    agency: str | None


def outlet_of(row: sqlite3.Row) -> str:
    """The name of the site, else the host as in a sort key: "de,example,www"."""
    return str(row["site"] or row["url_key"].partition(")")[0])


def article_of(row: sqlite3.Row) -> Article:
    """The article of a row of ``documents``."""
    day = row["published_day"] or row["captured_at"][:10]
    untimed = row["published"] is None or row["published_precision"] == "day"
    order = (day, untimed, row["published"] or row["captured_at"], row["url"])
    return Article(
        row["id"],
        row["url"],
        row["title"] or "",
        row["text"],
        outlet_of(row),
        day,
        order,
        agency_of(json.loads(row["agencies"]), row["text"]),
    )


def agency_of(agencies: list[str], text: str) -> str | None:
    """The news agency that an article credits, in small letters: among its authors, or before its text."""
    for name in agencies:
        first = re.split(r"[/\s,-]", name.lower())[0]
        if is_agency(name, ()) or is_agency(first, ()):
            return first
    match = _CREDIT.search(text[:_CREDIT_CHARS])
    return match[1].lower() if match else None
