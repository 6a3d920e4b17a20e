"""What is typed in Python to narrow a search, as the query that it means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, TypedDict, TypeVar

from archive.errors import BadQuery
from archive.types import Kind, Order, Query

_Choice = TypeVar("_Choice", bound=StrEnum)

Day = date | str
"""A day, or one in ISO 8601: "2026-01-31"."""


class Filters(TypedDict, total=False):
    """Keyword arguments that narrow a search; None, or one that is left out, is no limit."""

    site: str | None  # name of the site
    since: Day | None  # first local day of publication
    until: Day | None  # last one, inclusive
    author: str | None  # by authors whose names hold all these words
    section: str | None  # department of the outlet
    language: str | None  # "de" holds "de-AT", too
    paywall: bool | None  # True: declared by the page, or seen in its text; False: neither
    kind: Literal["article", "section", "other"]  # of page; articles without this
    exact: bool  # only words as they are typed, no other forms of them


def query_of(
    text: str,
    filters: Filters,
    *,
    limit: int = 20,
    order: str = Order.RELEVANCE,
    full_rank: bool = False,
) -> Query:
    """The query that was asked. Raises BadQuery for a wrong value, TypeError for a wrong name."""
    unknown = [name for name in filters if name not in Filters.__annotations__]
    if unknown:
        raise TypeError(f"there is no filter {unknown[0]!r}; there are: {', '.join(Filters.__annotations__)}")
    if limit < 1:
        raise BadQuery(f"limit={limit}: ask for one or more", "limit", limit=limit)
    since, until = day_of("since", filters.get("since")), day_of("until", filters.get("until"))
    if since and until and since > until:
        raise BadQuery(
            f"since {since} is after until {until}; exchange them", "days_exchanged", since=since, until=until
        )
    return Query(
        text=text,
        site=filters.get("site"),
        since=since,
        until=until,
        limit=limit,
        author=filters.get("author"),
        section=filters.get("section"),
        language=filters.get("language"),
        paywall=filters.get("paywall"),
        kind=choice("kind", Kind, filters.get("kind", Kind.ARTICLE)),
        exact=filters.get("exact", False),
        order=choice("order", Order, order),
        full_rank=full_rank,
    )


def day_of(name: str, day: Day | None) -> date | None:
    """The day that is meant. Raises BadQuery."""
    if isinstance(day, datetime):
        return day.date()
    if day is None or isinstance(day, date):
        return day
    try:
        return date.fromisoformat(day)
    except (ValueError, TypeError):
        raise BadQuery(
            f"{name}={day!r}: no day; write it as YYYY-MM-DD", "no_day", name=name, value=day
        ) from None


def choice(name: str, choices: type[_Choice], value: str) -> _Choice:
    """The member of ``choices`` that is named. Raises BadQuery."""
    try:
        return choices(value)
    except ValueError:
        raise unknown(name, value, [one.value for one in choices]) from None


def unknown(name: str, value: str, choices: Iterable[str]) -> BadQuery:
    """The error for a value that is none of those one may choose from."""
    named = ", ".join(map(repr, choices))
    return BadQuery(f"{name}={value!r}: choose one of {named}", "choice", name=name, value=value, named=named)
