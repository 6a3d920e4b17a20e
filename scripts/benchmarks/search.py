"""Search and writing at the size of a large archive, on generated German articles.

    scripts/bench search [--articles 500000] [--until 1000000] [--directory DIR] [--json FILE]

The index is written by scripts/benchmarks/writing.py. ``--until`` writes on behind the search, to compare the
writing at that size with the writing at 100,000. ``--directory`` keeps the index for the next run.

All times are CPU milliseconds of the process, warm: each query is asked once before it is measured.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from archive.db import open_reader
from archive.research.search import answer, count
from archive.types import Order, Query
from scripts.benchmarks import figures as handed
from scripts.benchmarks.figures import Figure
from scripts.benchmarks.german import DAYS, FIRST_DAY, FUNCTION_WORDS, SITES, Press
from scripts.benchmarks.writing import STEP, compare, rates, write

_EACH = 40  # queries of a kind
_MARKS = "search.json"  # says that the index beside it is finished


@dataclass(frozen=True, slots=True)
class Kind:
    """Queries of one kind, and what they may take: CPU ms of the first 20 hits, None for no goal."""

    name: str
    queries: Sequence[Query]
    goal: float | None = None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What the queries of a kind took, in CPU ms."""

    name: str
    queries: int
    matches: int  # of the median query
    capped: int  # queries with more matches than are ranked unasked
    median: float
    p95: float
    goal: float | None

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"{self.goal:>6.0f}  {'ok' if self.p95 <= self.goal else 'OVER'}"
        return (
            f"{self.name:<44}{self.queries:>4}{self.matches:>10,}{self.capped:>7}"
            f"{self.median:>9.2f}{self.p95:>9.2f}{goal:>12}"
        )


def run(articles: int, until: int, directory: Path | None, report: Path | None) -> None:
    """Write the index if it isn't there, print all tables, and write them as JSON into ``report``."""
    with tempfile.TemporaryDirectory() as name:
        place = directory or Path(name)
        press = Press()
        path, spent = standing(place, press, articles)
        sizes = _sizes(path)
        print(f"\n{articles:,} articles, {sizes['text'] / 1e6:,.0f} MB of text; {rates(spent)}")
        print(
            f"full text over text: {sizes['full text'] / sizes['text']:.2f};"
            f" whole index over text: {sizes['file'] / sizes['text']:.2f}"
        )
        figures = _measure(path, press, articles)
        if until > articles:
            (place / _MARKS).unlink()  # from here on the index is no more the one that was searched
            spent += write(path, press, articles, until, articles)
            compare(spent, until)
        if report is not None:
            told = {"articles": articles, "sizes": sizes, "spent": spent, "step": STEP}
            told |= {"figures": [asdict(figure) for figure in figures]}
            handed.write(report, _handed_on(articles, figures, spent), **told)


def standing(place: Path, press: Press, articles: int) -> tuple[Path, list[float]]:
    """The index that is kept in a directory, written if it isn't there, and what its writing took.

    That are the CPU seconds of each step of articles.
    """
    place.mkdir(parents=True, exist_ok=True)
    path, marks = place / "search.db", place / _MARKS
    spent = _kept(marks, articles)
    if spent is None:
        for old in place.glob("search.*"):
            old.unlink()
        spent = write(path, press, 0, articles, articles)
        marks.write_text(json.dumps({"articles": articles, "spent": spent}), encoding="utf-8")
    return path, spent


def _handed_on(articles: int, found: Sequence[Figures], spent: Sequence[float]) -> Iterator[Figure]:
    name = f"search among {articles:,}"
    for one in found:
        if one.goal is not None:
            # The slowest of a few queries: it differs more than a mean does.
            yield Figure(f"{name}, {one.name}, p95", one.p95, "ms", "lower", 0.25)
    if spent:
        yield Figure(f"{name}, written", len(spent) * STEP / sum(spent), "a CPU s", "higher")


def _kept(marks: Path, articles: int) -> list[float] | None:
    if not marks.exists():
        return None
    told = json.loads(marks.read_text(encoding="utf-8"))
    return list(told["spent"]) if told["articles"] == articles else None


def _sizes(path: Path) -> dict[str, int]:
    connection = open_reader(path)
    (text,) = connection.execute(
        "SELECT sum(length(CAST(coalesce(title, '') || coalesce(text, '') AS BLOB))) FROM articles"
    ).fetchone()
    (full,) = connection.execute("SELECT sum(length(block)) FROM articles_fts_data").fetchone()
    (docsize,) = connection.execute("SELECT sum(length(sz)) FROM articles_fts_docsize").fetchone()
    connection.close()
    return {"text": text, "full text": full + docsize, "file": path.stat().st_size}


def _measure(path: Path, press: Press, articles: int) -> list[Figures]:
    connection = open_reader(path)
    head = (
        f"{'first 20 hits, CPU ms':<44}{'n':>4}{'matches':>10}{'capped':>7}{'median':>9}{'p95':>9}{'goal':>8}"
    )
    print(f"\n{head}")
    figures = []
    for kind in _kinds(press, articles):
        times, matches, capped = [], [], 0
        for query in kind.queries:
            answer(connection, query, counted=kind.counted)
            start = time.process_time()
            found = answer(connection, query, counted=kind.counted)
            times.append(1e3 * (time.process_time() - start))
            matches.append(found.facets.total if found.facets else count(connection, query))
            capped += found.capped
        times.sort()
        p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
        figure = Figures(
            kind.name,
            len(times),
            int(statistics.median(matches)),
            capped,
            statistics.median(times),
            p95,
            kind.goal,
        )
        figures.append(figure)
        print(figure, flush=True)
    connection.close()
    return figures


def _kinds(press: Press, articles: int) -> Iterator[Kind]:
    chance = random.Random(1)
    function, content = press.words[: len(FUNCTION_WORDS)], press.words[len(FUNCTION_WORDS) :]
    words = {
        "commonest words": [*function[:20], *content[:20]],
        "middle words": chance.sample(content[1_000:5_000], _EACH),
        "rare words": chance.sample(content[50_000:], _EACH),
    }
    phrases = {
        "phrases of the 100 commonest": (
            350.0,
            _phrases(press, articles, chance, lambda w: w <= set(function[:100])),
        ),
        "other phrases": (60.0, _phrases(press, articles, chance, lambda w: not w <= set(function[:100]))),
    }
    for name, said in words.items():
        yield from _both(name, said, 30.0)
    for name, (goal, said) in phrases.items():
        yield from _both(name, said, goal)
    prefixes = [word[:5] + "*" for word in words["middle words"]]
    yield from _both("prefixes", prefixes, None)
    everything = [word for said in words.values() for word in said]
    yield from _both("any word, 30 days", everything, 30.0, lambda query: _in_days(query, chance))
    yield from _both(
        "phrases, 30 days", phrases["other phrases"][1], 30.0, lambda query: _in_days(query, chance)
    )
    yield from _both("any word, one site", everything, None, lambda query: _at_site(query, chance))
    common = words["commonest words"]
    yield Kind(
        "all by relevance on request: commonest", [Query(word, full_rank=True) for word in common], 700.0
    )
    print("with total and facets:")
    for name, said in words.items():
        yield Kind(f"{name}, with facets", [Query(word) for word in said], None, counted=True)


def _both(
    name: str,
    said: Sequence[str],
    goal: float | None,
    narrowed: Callable[[Query], Query] = lambda query: query,
) -> Iterator[Kind]:
    queries = [narrowed(Query(words)) for words in said]
    yield Kind(f"{name}, by relevance", queries, goal)
    dated = [Query(**(_fields(query) | {"order": Order.DATE})) for query in queries]
    yield Kind(f"{name}, by date", dated, goal)


def _in_days(query: Query, chance: random.Random) -> Query:
    first = FIRST_DAY + timedelta(days=chance.randrange(DAYS - 30))
    return Query(query.text, since=first, until=first + timedelta(days=29))


def _at_site(query: Query, chance: random.Random) -> Query:
    return Query(query.text, site=chance.choice(SITES))


def _fields(query: Query) -> dict[str, Any]:
    return asdict(query)


def _phrases(
    press: Press, articles: int, chance: random.Random, fits: Callable[[set[str]], bool]
) -> list[str]:
    """Two or three words that follow each other in one of the articles."""
    found: list[str] = []
    while len(found) < _EACH:
        number = chance.randrange(articles)
        (article,) = press.articles(number, number + 1, articles)
        words = article.document.text.replace(".", "").lower().split()
        length = chance.choice((2, 2, 3))
        starts = [at for at in range(len(words) - length) if fits(set(words[at : at + length]))]
        if starts:
            at = chance.choice(starts)
            found.append(f'"{" ".join(words[at : at + length])}"')
    return found
