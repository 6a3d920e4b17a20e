"""Measures how German is found, and what it costs to find it so.

    scripts/measure_search                  the judged test set, in five ways to search
    scripts/measure_search --misses         and each query that found something else than was wanted
    scripts/measure_search --texts FILE     and time and size over texts: JSON lines with title and text
    scripts/measure_search --copies N       each text N times, for a longer measurement (default 4)
    scripts/measure_search --json FILE      writes recall and precision as JSON, too

Exits with 1 when recall is below .95 or precision below .9 in one of the three groups of queries.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from archive.db import open_writer
from archive.index.stems import stems
from scripts.benchmarks.figures import EXACT, Figure, write
from tests.research import judged

MIN_RECALL, MIN_PRECISION = 0.95, 0.9
ROUNDS = 5

Row = tuple[str, str, str]
"""Title, lead (the first paragraph, with which the text begins) and text."""


def show_judged(misses: bool, told: list[Figure]) -> bool:
    """Print the table of the judged set; whether the promise is held. Its figures go into ``told``."""
    held = True
    number, number_fresh = len(judged.articles()), len(judged.articles(fresh=True))
    print(f"{number} articles, for the fresh queries {number_fresh}")
    print(f"{'':24}{'':8}{'':8}{'of all hits':>16}{'means of queries':>18}")
    print(f"{'':24}{'':8}{'queries':>8}{'recall':>8}{'prec.':>8}{'recall':>10}{'prec.':>8}")
    for name, way in judged.WAYS.items():
        for part in judged.PARTS:
            results = judged.search(way, part)
            got = judged.score(results)
            print(
                f"{name if part == 'tune' else '':24}{part:8}{len(results):8}{got.recall:8.3f}"
                f"{got.precision:8.3f}{got.macro_recall:10.3f}{got.macro_precision:8.3f}"
            )
            if name == "gazette":
                for what, value in (("recall", got.recall), ("precision", got.precision)):
                    told.append(Figure(f"judged search, {part}, {what}", value, "", "higher", EXACT))
                held = held and got.recall >= MIN_RECALL and got.precision >= MIN_PRECISION
                if misses:
                    _show_misses(results)
    return held


def _show_misses(results: list[tuple[judged.Judged, frozenset[int]]]) -> None:
    for query, got in results:
        if got != query.wanted:
            missing, wrong = sorted(query.wanted - got), sorted(got - query.wanted)
            print(f"    {query.text}: missing {missing or '-'}, wrong {wrong or '-'}")


def show_costs(path: Path, copies: int) -> None:
    """Print CPU time and size with stems and without, measured in turns."""
    rows = _rows(path)
    size = sum(len(title.encode()) + len(text.encode()) for title, _, text in rows)
    print(f"\n{len(rows)} texts of {size / len(rows):.0f} bytes on average, each {copies} times")
    begun = time.process_time()
    for title, lead, text in rows:
        stems(title, lead, text, "de")
    print(f"stems, every word new: {_per(begun, len(rows)):.3f} ms a text (with loading the dictionary)")
    begun = time.process_time()
    forms = [stems(title, lead, text, "de") for title, lead, text in rows]
    print(f"stems, all words met before: {_per(begun, len(rows)):.3f} ms a text")
    times: dict[bool, list[float]] = {False: [], True: []}
    sizes = {}
    with tempfile.TemporaryDirectory() as directory:
        for number in range(ROUNDS):
            for with_stems in (False, True):
                index = Path(directory) / f"{number}-{with_stems}.db"
                times[with_stems].append(_write(index, rows, copies, with_stems))
                sizes[with_stems] = index.stat().st_size / (size * copies)
                index.unlink()
    for with_stems, name in ((False, "title, lead, text"), (True, "the same with stems")):
        median = statistics.median(times[with_stems])
        print(f"{name}: {median:.3f} ms, {1000 / median:.0f} rows per CPU s, index {sizes[with_stems]:.2f}")
    inside = sum(len(found.encode()) for found in forms) / size
    print(f"(index: bytes over those of the texts; {inside:.2f} bytes of stems for each byte of text)")


def _rows(path: Path) -> list[Row]:
    found = []
    for line in path.read_text("utf-8").splitlines():
        article = json.loads(line)
        text = article["text"] or ""
        found.append((article["title"] or "", text.partition("\n")[0], text))
    return found


def _write(path: Path, rows: list[Row], copies: int, with_stems: bool) -> float:
    """CPU ms for each text, in batches of 200; then the index is made as small as it gets."""
    connection = open_writer(path)
    connection.execute(
        "CREATE VIRTUAL TABLE fts USING fts5 (title, lead, text, stems, content='',"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    begun = time.process_time()
    connection.execute("BEGIN")
    for number, (title, lead, text) in enumerate(rows * copies):
        forms = stems(title, lead, text, "de") if with_stems else ""
        connection.execute(
            "INSERT INTO fts (rowid, title, lead, text, stems) VALUES (?, ?, ?, ?, ?)",
            (number, title, lead, text, forms),
        )
        if number % 200 == 199:
            connection.execute("COMMIT")
            connection.execute("BEGIN")
    connection.execute("COMMIT")
    taken = _per(begun, len(rows) * copies)
    connection.execute("INSERT INTO fts (fts) VALUES ('optimize')")
    connection.execute("VACUUM")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    return taken


def _per(begun: float, number: int) -> float:
    return (time.process_time() - begun) * 1000 / number


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    told: list[Figure] = []
    held = show_judged(options.misses, told)
    if options.json is not None:
        write(options.json, told)
    if options.texts is not None:
        show_costs(options.texts, options.copies)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
