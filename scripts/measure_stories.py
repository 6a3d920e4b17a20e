"""Measures how articles are joined into stories: what is joined, what is missed, what it costs.

    scripts/measure_stories --seeds ONE TWO
        two texts that tell one story; then the same without the teasers that stand behind the articles
    scripts/measure_stories --pages FILE...
        lists every join among pages with known texts, JSON lines with url, title, text and date: as they are
        dated, then as if all had been published on one day
    scripts/measure_stories --generated N [--days D] [--shuffled] [--json FILE]
        N articles of D days (default 365), and rewrites and copies of some: recall, wrong joins, CPU ms an
        article for each tenth, size

Exits with 1 when a promise is broken.
"""

from __future__ import annotations

import gc
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from archive.db import open_writer, transaction
from archive.index import rows, schema, stories
from archive.index.entry import insert
from archive.types import Capture, Dating, Document, Kind, Precision, RecordRef
from archive.urls import document_id
from scripts.benchmarks import figures, press
from scripts.benchmarks.figures import Figure

BATCH = 200
MS = 0.3
"""CPU an article, at most."""
RECALL = 0.95
SHARES = (0.3, 0.5, 0.7)
SOURCES = 1_000
"""Generated articles that are rewritten, once with each share."""
CAPTURED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """An article to be joined with others."""

    url: str
    site: str | None
    title: str
    text: str
    day: date | None
    agencies: tuple[str, ...] = ()


def row_of(told: Told) -> rows.Row:
    """The row of an article, as an index has it."""
    capture = Capture("urn:x", RecordRef("x.warc.gz", 0, 1), told.url, CAPTURED, 200, "text/html", None)
    published = None
    if told.day is not None:
        instant = datetime(told.day.year, told.day.month, told.day.day, tzinfo=UTC)
        published = Dating(instant, Precision.DAY, None, told.day, "meta")
    identifier = document_id(told.url, "sha256:0")
    document = Document(
        identifier, capture, "measured", Kind.ARTICLE, "sha256:0", title=told.title, text=told.text,
        published=published, agencies=told.agencies,
    )  # fmt: skip
    return rows.document_row(document, told.site) | {"newest": 1}


def fill(connection: sqlite3.Connection, articles: Iterable[Told]) -> Iterator[tuple[int, float]]:
    """Put articles into an index, in batches. Gives how many, and the CPU seconds of their stories alone."""
    taken: set[object] = set()
    for batch in _batches(articles):
        numbers = []
        with transaction(connection):
            for told in batch:
                row = row_of(told)
                while row["pk"] in taken:
                    row["pk"] = int(row["pk"] or 0) + 1
                taken.add(row["pk"])
                numbers.append(int(row["pk"] or 0))
                insert(connection, "documents", row)
        # What documents wrote must not be brought into the file while stories are timed.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        begun = time.process_time()
        with transaction(connection):
            stories.settle(connection, sorted(numbers), stories.Touched())
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        yield len(batch), time.process_time() - begun


def _batches(articles: Iterable[Told]) -> Iterator[list[Told]]:
    batch: list[Told] = []
    for told in articles:
        batch.append(told)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def new_index(path: Path) -> sqlite3.Connection:
    """An index without anything in it."""
    connection = open_writer(path)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    with transaction(connection):
        schema.create(connection, "measured")
    return connection


def check_seeds(one: Path, two: Path) -> bool:
    """Whether two texts are one story, as they are and each without what follows its article."""
    texts = [path.read_text(encoding="utf-8") for path in (one, two)]
    good = True
    for label, (first, second) in (("as they are", texts), ("articles alone", [_article(t) for t in texts])):
        joined = join(
            [
                Told("https://a.example/", "a", "", first, None),
                Told("https://b.example/", "b", "", second, None),
            ]
        )
        print(f"{label}: {len(first.split())} and {len(second.split())} words")
        print("  one story: " + joined[0][2] if joined else "  NOT JOINED")
        good &= bool(joined)
    return good


def _article(text: str) -> str:
    """A text up to the second of the paragraphs that a blank line parts and that look like teasers."""
    parts = text.split("\n\n")
    return next(("\n\n".join(parts[:n]) for n in range(2, len(parts)) if parts[n].startswith("„")), text)


def join(articles: Sequence[Told]) -> list[tuple[str, str, str]]:
    """Each member of a story but the first: its URL, the one it was joined through, why."""
    with tempfile.TemporaryDirectory() as place, closing(new_index(Path(place) / "index.db")) as connection:
        for _ in fill(connection, articles):
            pass
        found = connection.execute(
            """SELECT later.url, earlier.url, score, relation, reason, shared FROM story_documents
                JOIN documents AS later ON later.id = document_id
                JOIN documents AS earlier ON earlier.id = through_id ORDER BY score DESC"""
        ).fetchall()
    return [(r[0], r[1], f"{r['relation']}, score {r['score']}: {r['reason']}; {r['shared']}") for r in found]


def list_pages(paths: Sequence[Path]) -> None:
    """Print every join, for a person to judge."""
    told: dict[str, Told] = {}
    for path in paths:
        for line in filter(None, path.read_text(encoding="utf-8").split("\n")):
            raw = json.loads(line)
            url = raw.get("url") or f"https://no.example/{raw['id']}"
            told[url] = Told(url, None, raw.get("title") or "", raw["text"] or "", _day(raw))
    of_one_day = [Told(t.url, None, t.title, t.text, None) for t in told.values()]
    for label, articles in (("as dated", list(told.values())), ("as of one day", of_one_day)):
        joins = join(articles)
        print(f"{label}: {len(articles)} articles, {len(joins)} joins")
        for later, earlier, why in joins:
            print(f"\n  {told[earlier].title}\n    {earlier}\n  {told[later].title}\n    {later}\n    {why}")


def _day(raw: dict[str, str | None]) -> date | None:
    try:
        return date.fromisoformat(str(raw.get("date"))[:10])
    except ValueError:
        return None


def check_generated(number: int, days: int, target: Path | None = None, *, shuffled: bool) -> bool:
    """Fill an index with generated articles; recall, wrong joins, cost and size.

    The cost is written to ``target`` as JSON.
    """
    pieces = made(number, days)
    order = sorted(pieces, key=lambda p: p.day)
    gc.freeze()  # no job holds all articles in memory, for Python to look through again and again
    if shuffled:
        random.Random("shuffled").shuffle(order)
    with tempfile.TemporaryDirectory() as place, closing(new_index(Path(place) / "index.db")) as connection:
        tenth, done, seconds, total = len(order) // 10, 0, 0.0, 0.0
        print(f"{len(order)} articles of {days} days; CPU ms an article for each tenth:")
        for count, spent in fill(connection, map(_told, order)):
            done, seconds, total = done + count, seconds + spent, total + spent
            if done >= tenth:
                print(f"  {seconds / done * 1e3:.3f}", end="", flush=True)
                done, seconds = 0, 0.0
        print(f"\n  on the whole {total / len(order) * 1e3:.3f} (promised: {MS})")
        good = _judged(connection, pieces)
        _print_size(connection)
    if target is not None:
        cost = Figure(f"stories, CPU an article of {number:,}", total / len(order) * 1e3, "ms", "lower")
        figures.write(target, [cost], articles=number, days=days)
    return good and total / len(order) * 1e3 <= MS


def made(number: int, days: int) -> list[press.Piece]:
    """Articles, and rewrites and copies of some of them."""
    pieces = [press.piece(n, days) for n in range(number)]
    sources = [p for p in pieces if p.series is None][: min(SOURCES, number // 10)]
    for source in sources:
        for share in SHARES:
            pieces.append(press.rewrite(source, len(pieces), share))
    pieces += [press.copy(source, len(pieces) + n) for n, source in enumerate(sources[: len(sources) // 5])]
    return pieces


def _told(piece: press.Piece) -> Told:
    return Told(piece.url, piece.outlet, piece.title, piece.text, piece.day)


def _judged(connection: sqlite3.Connection, pieces: Sequence[press.Piece]) -> bool:
    story = {
        int(row[0].rsplit("/", 1)[1]): row[1:]
        for row in connection.execute(
            "SELECT url, story_id, relation FROM documents JOIN story_documents ON id = document_id"
        )
    }
    good = True
    groups: dict[str, list[press.Piece]] = {}
    for p in pieces:
        if p.of is not None:
            groups.setdefault(f"{p.share * 100:.0f} % replaced" if p.share else "copies", []).append(p)
    for label, group in groups.items():
        found = [p for p in group if p.number in story and story[p.number][0] == story.get(p.of or 0, " ")[0]]
        recall = len(found) / max(1, len(group))
        relations = sorted({story[p.number][1] for p in found})
        print(f"  {label}: {len(found)} of {len(group)} joined, {recall:.3f}; as {', '.join(relations)}")
        good &= recall >= RECALL
    origin = {p.number: p.number if p.of is None else p.of for p in pieces}
    wrong = connection.execute(
        """SELECT one.url, other.url, reason FROM story_pairs JOIN documents AS one ON one.id = earlier_id
            JOIN documents AS other ON other.id = later_id"""
    ).fetchall()
    wrong = [r for r in wrong if len({origin[int(r[n].rsplit("/", 1)[1])] for n in (0, 1)}) > 1]
    print(f"  wrong joins: {len(wrong)}")
    for row in wrong[:20]:
        print("   ", *row)
    return good and not wrong


def _print_size(connection: sqlite3.Connection) -> None:
    text = connection.execute("SELECT sum(length(CAST(text AS BLOB))) FROM documents").fetchone()[0]
    for table in ("story_shingles", "story_pairs", "story_documents", "stories"):
        number = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names from above
        size = connection.execute("SELECT sum(pgsize) FROM dbstat WHERE name = ?", (table,)).fetchone()[0]
        print(f"  {table}: {number} rows, {size / 1e6:.1f} MB, {size / text:.3f} of the text")


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments ask for."""
    match list(arguments):
        case ["--seeds", one, two]:
            return not check_seeds(Path(one), Path(two))
        case ["--pages", *paths] if paths:
            list_pages([Path(path) for path in paths])
            return 0
        case ["--generated", number, *more]:
            days = int(more[more.index("--days") + 1]) if "--days" in more else 365
            target = Path(more[more.index("--json") + 1]) if "--json" in more else None
            return not check_generated(int(number), days, target, shuffled="--shuffled" in more)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
