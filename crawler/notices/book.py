"""Which troubles are known and what was told of them: two tables of crawl.db, so that nobody is told twice.

    found now + on record -> [step, pure] -> what changed, and what is to be told -> one transaction

A trouble that comes back within CALM of its end is the same one: it is told once that it comes and goes, and
then nothing until it has been over for CALM.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from archive.db import failure_of, open_writer, transaction
from crawler.crawlrows import date_of, text_of
from crawler.health.nouns import Cause, Trouble
from crawler.notices.nouns import Event

CALM = timedelta(days=2)
"""Two rounds of a site that is crawled daily."""
_STALE = timedelta(days=14)
"""A notice that could not be delivered for so long is not tried any more."""


@dataclass(frozen=True, slots=True)
class Known:
    """A trouble on record."""

    id: int | None  # None: not stored yet
    trouble: Trouble
    over_at: datetime | None = None
    times: int = 1  # how often it came
    told: Event | None = None  # the last word of it


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that waits to be delivered."""

    id: int
    event: Event
    trouble: Trouble
    over_at: datetime | None
    channel: str


def step(known: Known | None, found: Trouble | None, now: datetime) -> tuple[Known | None, Event | None]:
    """What becomes of a trouble at ``now``, and what is told of it. Pure.

    ``known``: what is on record of the site and the cause; ``found``: the same as it is now, None when it is
    over. A record that comes back without an id is a new one.
    """
    closed = known is not None and known.over_at is not None and now - known.over_at >= CALM
    if found is not None:
        if known is None or (closed and known.times == 1) or (closed and known.told is Event.OVER):
            return Known(None, found, told=Event.FOUND), Event.FOUND
        current = replace(known, trouble=replace(found, since=min(found.since, known.trouble.since)))
        if known.over_at is None:
            return current, None
        back = Event.BACK if known.told is not Event.BACK else None
        return replace(current, over_at=None, times=known.times + 1, told=back or known.told), back
    if known is None or known.told is Event.OVER:
        return known, None
    if known.over_at is None:
        known = replace(known, over_at=now)
        if known.times == 1:
            return replace(known, told=Event.OVER), Event.OVER
    elif closed:
        return replace(known, told=Event.OVER), Event.OVER
    return known, None


class Book:
    """All reads and writes of the two tables; each method is one short transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_writer(path)

    def close(self) -> None:
        self._connection.close()

    def enter(
        self,
        found: Sequence[Trouble],
        sites: Iterable[str],
        channels: Sequence[str],
        now: datetime,
        unknown: Collection[Cause] = (),
    ) -> None:
        """Compare what is found with what is on record, and note what is to be told.

        ``sites``: those that were judged, "" for the archive; of others nothing changes. A trouble of a
        site that is judged and not found is over, but for causes that are ``unknown`` now. Raises
        ArchiveError.
        """
        now_by = {(trouble.site, trouble.cause): trouble for trouble in found}
        judged = set(sites)
        try:
            with transaction(self._connection):
                newest = self._newest().items()
                open_to = {key for key, _ in newest if key[0] in judged and key[1] not in unknown}
                known = {key: one for key, one in newest if key in open_to or key in now_by}
                for key in sorted(known.keys() | now_by.keys()):
                    after, event = step(known.get(key), now_by.get(key), now)
                    if after is not None and after != known.get(key):
                        number = self._store(after, now)
                        if event is not None:
                            self._note(number, event, channels, now)
        except sqlite3.Error as error:
            raise failure_of(self._path, error) from error

    def _newest(self) -> dict[tuple[str, Cause], Known]:
        """The newest record of each site and cause."""
        rows = self._connection.execute(
            "SELECT * FROM troubles WHERE id IN (SELECT max(id) FROM troubles GROUP BY site, cause)"
        )
        return {
            (row["site"], Cause(row["cause"])): _known(row) for row in rows if row["cause"] in list(Cause)
        }

    def _store(self, one: Known, now: datetime) -> int:
        trouble = one.trouble
        values = {
            "id": one.id,
            "site": trouble.site,
            "cause": trouble.cause,
            "since": text_of(trouble.since),
            "seen": text_of(now),
            "over": text_of(one.over_at) if one.over_at else None,
            "times": one.times,
            "told": one.told,
            "what": trouble.what,
            "url": trouble.url,
            "said": trouble.said,
        }
        if one.id is not None:
            self._connection.execute(_CHANGE, values)
            return one.id
        number = self._connection.execute(_ADD, values).lastrowid
        assert number is not None, "an INSERT has made a row"
        return number

    def _note(self, trouble: int, event: Event, channels: Sequence[str], now: datetime) -> None:
        self._connection.executemany(
            "INSERT INTO notices (trouble, event, channel, made_at) VALUES (?, ?, ?, ?)",
            [(trouble, event, channel, text_of(now)) for channel in channels],
        )

    def open(self) -> list[Trouble]:
        """The troubles that are not over."""
        rows = self._connection.execute("SELECT * FROM troubles WHERE over_at IS NULL ORDER BY site, id")
        return [_known(row).trouble for row in rows]

    def due(self, channels: Sequence[str], now: datetime) -> list[Due]:
        """The notices that wait, the oldest first."""
        rows = self._connection.execute(
            "SELECT notices.id AS notice, notices.event, notices.channel, troubles.* FROM notices"
            " JOIN troubles ON troubles.id = notices.trouble"
            " WHERE sent_at IS NULL AND made_at >= ? ORDER BY notices.id",
            (text_of(now - _STALE),),
        )
        return [
            Due(row["notice"], Event(row["event"]), known.trouble, known.over_at, row["channel"])
            for row, known in ((row, _known(row)) for row in rows)
            if row["channel"] in channels
        ]

    def delivered(self, notice: int, now: datetime, error: str | None) -> None:
        """Note that a notice was sent, or why it was not."""
        try:
            self._connection.execute(
                "UPDATE notices SET tried_at = :now, tries = tries + 1, error = :error,"
                " sent_at = CASE WHEN :error IS NULL THEN :now END WHERE id = :id",
                {"id": notice, "now": text_of(now), "error": error},
            )
        except sqlite3.Error as problem:
            raise failure_of(self._path, problem) from problem


_ADD = """
INSERT INTO troubles (site, cause, since, found_at, seen_at, over_at, times, told, what, url, said)
VALUES (:site, :cause, :since, :seen, :seen, :over, :times, :told, :what, :url, :said)
"""
_CHANGE = """
UPDATE troubles SET since = :since, seen_at = :seen, over_at = :over, times = :times, told = :told,
    what = :what, url = :url, said = :said
WHERE id = :id
"""


def _known(row: sqlite3.Row) -> Known:
    trouble = Trouble(
        row["site"], Cause(row["cause"]), date_of(row["since"]), row["what"], row["url"], row["said"]
    )
    over = date_of(row["over_at"]) if row["over_at"] else None
    return Known(row["id"], trouble, over, row["times"], Event(row["told"]) if row["told"] else None)
