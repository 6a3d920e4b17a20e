"""The page of one outlet: what comes of it, what it promotes, what it reserves, and how its runs went."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from archive.research import fronts, portrait, reserved
from archive.research.portrait import Held, Spread
from archive.research.stood import Page
from archive.web.plots import Bars, Shares, bars, shares
from archive.web.tongue import words
from archive.web.visit import Missing

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from archive.web.tongue import Tongue
    from archive.web.visit import Visit

_DAYS = 60
_WEEKS = 26
_SHOWN = 12
_PROMOTED = 8
_CAPTURES = 100
"""Of the front page, the newest: four days of them, if it is captured each hour."""
_RULES = 12
_TALL = 64.0
_CLASSES = {
    "TLS": "tls",
    "CannotResolveHostError": "dns",
    "DownloadConnectionRefusedError": "connect",
    "DownloadTimeoutError": "timeout",
}
"""Kinds of failures by what their text begins with."""


@dataclass(frozen=True, slots=True)
class _Plots:
    """None where there is nothing to show."""

    articles: Bars | None
    paid: Shares | None
    failed: Shares | None


@dataclass(frozen=True, slots=True)
class _Found:
    held: Held
    spread: Spread
    plots: _Plots
    authors: list[tuple[str, int]]
    newest: list[sqlite3.Row]
    pages: list[Page]
    promoted: fronts.Recent | None
    runs: list[sqlite3.Row]
    reasons: list[tuple[str, int]]
    said: list[reserved.Said]
    files: list[reserved.File]


async def page(visit: Visit) -> Response:
    """``/outlet/NAME``."""
    name = unquote(visit["name"])
    found = await visit.ask(lambda connection: _find(connection, name))
    sections = found.spread.sections.most_common(_SHOWN)
    return await visit.page(
        "outlet.html",
        found=found,
        name=name,
        sections=sections,
        days=_DAYS,
        took=lambda run: _took(run, visit.tongue),
        size=lambda number: _size(number, visit.tongue),
    )


def known(connection: sqlite3.Connection, name: str) -> Held:
    """An outlet in numbers. Raises Missing for one that the archive has nothing of."""
    held = portrait.held(connection, name)
    if held.first_capture is None and not held.articles:
        raise Missing(f"{name}: the archive has no outlet of this name", "no_outlet", name=name)
    return held


def _find(connection: sqlite3.Connection, name: str) -> _Found:
    held = known(connection, name)
    most = portrait.looked_at(connection, held, _WEEKS)
    spread = portrait.spread(connection, name, most)
    asked = date.fromisoformat((held.last_capture or str(held.last))[:10]) - timedelta(days=_DAYS - 1)
    pages = fronts.pages(connection, name)
    return _Found(
        held,
        spread,
        _plots(held, spread, portrait.failing(connection, name, asked), asked),
        portrait.authors(connection, name, _SHOWN, min(most, portrait.NAMED)),
        portrait.newest(connection, name, _SHOWN),
        pages,
        fronts.recent(connection, pages[0], _CAPTURES, _PROMOTED) if pages else None,
        portrait.runs(connection, name, _SHOWN),
        _kinds(portrait.reasons(connection, name, asked, _SHOWN)),
        reserved.of_newest(connection, name),
        reserved.files(connection, pages[:1], _RULES),
    )


def _plots(held: Held, spread: Spread, failing: Mapping[date, tuple[int, int]], asked: date) -> _Plots:
    """Days of articles end with the last of these, days of runs (from ``asked`` on) with the last capture."""
    days = [asked + timedelta(days=number) for number in range(_DAYS)]
    days += sorted(day for day in failing if day > days[-1])
    failed = shares([(day, *failing.get(day, (0, 0))) for day in days], 1)
    if held.last is None:
        return _Plots(None, None, failed)
    since = held.last - timedelta(days=_DAYS - 1)
    paid = shares(portrait.weekly(spread.days, held.last, _WEEKS), 7)
    return _Plots(bars({held.name: spread.days.articles}, since, held.last, _TALL), paid, failed)


def _kinds(reasons: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Reasons by kinds that have words (``reason.`` in words/reasons.toml), the commonest first.

    What was noted of a failure is a word, or an error's class and text, which the table `unanswered` keeps.
    """
    found: Counter[str] = Counter()
    for reason, number in reasons:
        noted = reason.partition(":")[0]
        kind = _CLASSES.get(noted, noted)
        found[kind if f"reason.{kind}" in words() else "other"] += number
    return found.most_common()


def _took(run: sqlite3.Row, tongue: Tongue) -> str:
    length = datetime.fromisoformat(run["last_capture"]) - datetime.fromisoformat(run["first_capture"])
    return tongue.span(length) if length >= timedelta(minutes=1) else tongue.say("outlet.run.brief")


def _size(number: int, tongue: Tongue) -> str:
    """Bytes as people read them."""
    kilo = number / 1e3
    text = f"{kilo / 1e3:,.1f} MB" if kilo >= 1_000 else f"{kilo:,.0f} kB"
    return text.translate(str.maketrans(",.", ".,")) if tongue.language == "de" else text
