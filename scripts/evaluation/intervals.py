"""How sure a figure is: bootstrap over publishers, because pages of one publisher share their templates."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from archive import urls
from scripts.evaluation.measures import Record, Row, summary

Interval = tuple[float, float]
"""(lower, upper) end of the middle 95 %."""


def publisher(record: Record) -> str:
    """What keeps pages together: the family of publishers that the corpus names, else the page's domain."""
    named = record.get("split_key") or record.get("publisher")
    return str(named) if named else ".".join((urls.host(record["url"] or "") or "").split(".")[-2:])


def resamples(records: Sequence[Record], count: int, seed: int) -> list[list[int]]:
    """``count`` draws of as many publishers as there are, with replacement: the indices of their pages."""
    pages: dict[str, list[int]] = {}
    for index, record in enumerate(records):
        pages.setdefault(publisher(record), []).append(index)
    names = sorted(pages)
    chance = random.Random(seed)
    return [[i for _ in names for i in pages[chance.choice(names)]] for _ in range(count)]


def drawn(rows: Sequence[Row], draws: Iterable[Sequence[int]]) -> list[Row]:
    """The summary of each draw; two extractors are compared draw by draw."""
    return [summary([rows[i] for i in draw]) for draw in draws]


def middle(values: Iterable[float]) -> Interval:
    """The middle 95 % of the values; not-a-number, where a draw states no such field, is left out."""
    known = sorted(v for v in values if v == v)
    if not known:
        return float("nan"), float("nan")
    return known[int(0.025 * len(known))], known[min(len(known) - 1, int(0.975 * len(known)))]
