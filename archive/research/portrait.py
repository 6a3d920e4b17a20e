"""One outlet, and all of them side by side: what they yield, what is paid for, what runs brought.

Nothing grows with the archive but counts that are read off an index: what is counted by its rows is that of
so many of the newest articles.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from archive.index.rownumbers import HASH_BITS, day_of, first_number
from archive.research.browse import sites

COUNTED = 6_000
"""So many of an outlet's newest articles are looked at, at most, for what stands in their rows."""
LEAST = 500
"""So many in any case, though they be old: if others have many more, each is on another page of the file."""
NAMED = 1_000
"""So many for their authors, who stand in another table, each in another place."""

_PAID = "coalesce(paywall_declared, 0) OR coalesce(paywall_observed, 0)"
_ARTICLES = "FROM documents INDEXED BY documents_site WHERE site = :site AND kind = 'article' AND newest = 1"
# Each asked for alone, the least and the greatest are read at the ends of the index.
_HELD = f"""SELECT (SELECT count(*) {_ARTICLES}) AS articles, (SELECT max(pk) {_ARTICLES}) AS last,
    (SELECT min(pk) {_ARTICLES}) AS first,
    (SELECT min(captured_at) FROM captures WHERE site = :site) AS first_capture,
    (SELECT max(captured_at) FROM captures WHERE site = :site) AS last_capture"""  # noqa: S608 - from above
_NEWEST = f"""WITH found AS MATERIALIZED (SELECT pk {_ARTICLES} ORDER BY pk DESC LIMIT :most)"""
_FACETS = """found CROSS JOIN documents INDEXED BY documents_facets
    ON documents.pk = found.pk AND newest = 1 AND kind = 'article'"""
_SPREAD = f"""{_NEWEST} SELECT documents.pk >> {HASH_BITS} AS day, section, {_PAID} AS paid,
    count(*) AS number FROM {_FACETS} GROUP BY 1, 2, 3"""  # noqa: S608 - from above
_AUTHORS = f"""{_NEWEST} SELECT name, count(DISTINCT found.pk) AS number FROM {_FACETS}
    CROSS JOIN authors ON document_id = documents.id GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :shown"""  # noqa: S608 - from above
_LATEST = f"""{_NEWEST} SELECT id, title, url, coalesce(published_day, substr(captured_at, 1, 10)) AS day
    FROM found CROSS JOIN documents ON documents.pk = found.pk ORDER BY documents.pk DESC"""  # noqa: S608 - from above
_SINCE = f"SELECT count(*) FROM (SELECT 1 {_ARTICLES} AND pk >= :first LIMIT {COUNTED})"  # noqa: S608 - from above
_RECENT = f"""SELECT site, pk >> {HASH_BITS} AS day, {_PAID} AS paid, count(*) AS number
    FROM documents INDEXED BY documents_facets
    WHERE newest = 1 AND kind = 'article' AND pk >= ? GROUP BY 1, 2, 3"""  # noqa: S608 - from above
_RUNS = """SELECT runs.*, (SELECT software FROM warc_files WHERE name =
        (SELECT warc FROM captures WHERE captures.run = runs.run AND captures.site = runs.site LIMIT 1))
        AS software
    FROM runs WHERE site = ? ORDER BY first_capture DESC, run DESC LIMIT ?"""
_ASKED = """SELECT substr(first_capture, 1, 10) AS day, sum(captures + failed) AS asked,
        sum(errors + failed) AS failed
    FROM runs WHERE site = ? AND first_capture >= ? GROUP BY 1 ORDER BY 1"""
_REASONS = """SELECT coalesce(reason, outcome) AS reason, count(*) AS number FROM
        (SELECT reason, outcome FROM unanswered WHERE site = ? AND attempted_at >= ?
            ORDER BY attempted_at DESC LIMIT 10000)
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"""


@dataclass(frozen=True, slots=True)
class Held:
    """What an archive holds of an outlet. Days are None where it has no article."""

    name: str
    articles: int
    first: date | None
    last: date | None
    first_capture: str | None
    last_capture: str | None


@dataclass(frozen=True, slots=True)
class Days:
    """Articles by their day, and those of them that are paid for: by their word, or seen in their text."""

    articles: Mapping[date, int]
    paid: Mapping[date, int]

    @property
    def share(self) -> float | None:
        """Of the articles, those that are paid for; None where there are none."""
        number = sum(self.articles.values())
        return sum(self.paid.values()) / number if number else None


@dataclass(frozen=True, slots=True)
class Spread:
    """An outlet's newest articles by day and section; ``counted`` are so many."""

    days: Days
    sections: Counter[str]
    counted: int


def held(connection: sqlite3.Connection, site: str) -> Held:
    """An outlet in numbers; one that is not known has none."""
    row = connection.execute(_HELD, {"site": site}).fetchone()
    first, last = (None if number is None else day_of(number) for number in (row["first"], row["last"]))
    return Held(site, row["articles"], first, last, row["first_capture"], row["last_capture"])


def all_held(connection: sqlite3.Connection) -> list[Held]:
    """Every outlet in numbers, by its name."""
    return [held(connection, name) for name in sites(connection)]


def recent(connection: sqlite3.Connection, since: date) -> dict[str, Days]:
    """Articles of the days from ``since`` on, by outlet."""
    found: dict[str, Days] = {}
    for row in connection.execute(_RECENT, (first_number(since),)):
        days = found.setdefault(row["site"] or "", Days(Counter(), Counter()))
        _count(days, day_of(row["day"] << HASH_BITS), row)
    return found


def looked_at(connection: sqlite3.Connection, held: Held, weeks: int) -> int:
    """How many of an outlet's newest articles to look at to see its last weeks, as far as COUNTED reaches."""
    if held.last is None:
        return LEAST
    asked = {"site": held.name, "first": first_number(held.last - timedelta(weeks=weeks))}
    return max(LEAST, int(connection.execute(_SINCE, asked).fetchone()[0]))


def spread(connection: sqlite3.Connection, site: str, most: int = COUNTED) -> Spread:
    """How an outlet's newest articles are spread."""
    found = Spread(Days(Counter(), Counter()), Counter(), most)
    for row in connection.execute(_SPREAD, {"site": site, "most": most}):
        _count(found.days, day_of(row["day"] << HASH_BITS), row)
        if row["section"]:
            found.sections[row["section"]] += row["number"]
    return Spread(found.days, found.sections, sum(found.days.articles.values()))


def authors(
    connection: sqlite3.Connection, site: str, shown: int, most: int = NAMED
) -> list[tuple[str, int]]:
    """The names that stand over most of an outlet's newest articles."""
    rows = connection.execute(_AUTHORS, {"site": site, "most": most, "shown": shown})
    return [(row["name"], row["number"]) for row in rows]


def newest(connection: sqlite3.Connection, site: str, limit: int) -> list[sqlite3.Row]:
    """An outlet's newest articles: id, title, url, day."""
    return connection.execute(_LATEST, {"site": site, "most": limit}).fetchall()


def runs(connection: sqlite3.Connection, site: str, limit: int) -> list[sqlite3.Row]:
    """The last runs that asked for pages of an outlet: rows of ``runs``, and the software of their file."""
    return connection.execute(_RUNS, (site, limit)).fetchall()


def failing(connection: sqlite3.Connection, site: str, since: date) -> dict[date, tuple[int, int]]:
    """Attempts of each day on which a run began, and those of them that failed: no answer, or an error."""
    rows = connection.execute(_ASKED, (site, since.isoformat()))
    return {date.fromisoformat(row["day"]): (row["asked"], row["failed"]) for row in rows}


def reasons(connection: sqlite3.Connection, site: str, since: date, limit: int) -> list[tuple[str, int]]:
    """Why no answer came, or was kept, of the latest 10,000 such attempts since a day; commonest first."""
    rows = connection.execute(_REASONS, (site, since.isoformat(), limit))
    return [(row["reason"], row["number"]) for row in rows]


def weekly(days: Days, last: date, weeks: int) -> list[tuple[date, int, int]]:
    """First day, articles and paid ones of each of so many weeks of seven days up to ``last``."""
    found = []
    for back in range(weeks - 1, -1, -1):
        first = last - timedelta(days=7 * back + 6)
        week = [first + timedelta(days=number) for number in range(7)]
        found.append(
            (first, sum(days.articles.get(d, 0) for d in week), sum(days.paid.get(d, 0) for d in week))
        )
    return found


def _count(days: Days, day: date, row: sqlite3.Row) -> None:
    for counter, number in ((days.articles, row["number"]), (days.paid, row["number"] * row["paid"])):
        assert isinstance(counter, Counter)
        counter[day] += number
