"""Writing on behind two standing indexes in turn: what a document costs in a large one against a small one.

    scripts/bench search --pair SMALL LARGE [--lot 2000] [--rounds 5] [--json FILE]

SMALL and LARGE are directories in which ``scripts/bench search --articles N --directory DIR`` left an index.
Both are copied first, and only the copies are written to. One lot after the other goes to either, the order
changing from round to round, so what else the machine does weighs on both alike; a first lot of each is not
counted. The articles are made before the clock runs.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from archive.errors import BadConfiguration
from archive.index.store import Store
from scripts.benchmarks import figures as handed
from scripts.benchmarks.figures import Figure
from scripts.benchmarks.german import EXTRACTOR, Press, Written
from scripts.benchmarks.writing import BATCH, SHARE, take_in, warm


@dataclass(slots=True)
class Standing:
    """An index that is written on."""

    store: Store
    articles: int  # that it had
    written: int  # that it has by now


def run(places: Sequence[Path], lot: int, rounds: int, report: Path | None) -> bool:
    """Print the CPU ms a document of each lot in either index. Whether the median of the ratios is fine.

    Raises BadConfiguration when there is no finished index in one of ``places``.
    """
    sizes = [_size(place) for place in places]
    press = Press()
    warm(press)
    with ExitStack() as stack:
        standing = [
            Standing(stack.enter_context(_copied(place, stack)), size, size)
            for place, size in zip(places, sizes, strict=True)
        ]
        print(f"writing, CPU ms a document, lots of {lot:,}")
        print("".join(f"{f'behind {size:,}':>22}" for size in sizes) + f"{'ratio':>10}")
        for one in standing:
            _spent(one, press, lot)
        spent: list[list[float]] = []
        for number in range(rounds):
            order = (0, 1) if number % 2 == 0 else (1, 0)
            took = {which: _spent(standing[which], press, lot) for which in order}
            spent.append([took[0], took[1]])
            print(f"{took[0]:>22.3f}{took[1]:>22.3f}{took[1] / took[0]:>10.3f}", flush=True)
    small, large = (statistics.median(column) for column in zip(*spent, strict=True))
    ratio = statistics.median(pair[1] / pair[0] for pair in spent)
    verdict = "ok" if ratio <= SHARE else "OVER"
    print(f"{small:>22.3f}{large:>22.3f}{ratio:>10.3f}  medians; goal {SHARE}: {verdict}")
    if report is not None:
        name = f"writing behind {sizes[1]:,} articles over behind {sizes[0]:,}"
        handed.write(report, [Figure(name, ratio, "", "lower")], articles=sizes, lot=lot, spent=spent)
    return ratio <= SHARE


def _size(place: Path) -> int:
    """How many articles the finished index of a directory has."""
    try:
        told = json.loads((place / "search.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadConfiguration(
            f"{place}: no finished index here; make it: scripts/bench search --articles N --directory {place}"
        ) from None
    return int(told["articles"])


def _copied(place: Path, stack: ExitStack) -> closing[Store]:
    """A copy of a directory's index, open, and gone with ``stack``."""
    name = stack.enter_context(tempfile.TemporaryDirectory(prefix="pair-", dir=place))
    path = Path(name) / "search.db"
    shutil.copyfile(place / "search.db", path)
    with path.open("rb") as copy:  # else the disk is busy with it for minutes, while a few lots are counted
        os.fsync(copy.fileno())
    return closing(Store(path, EXTRACTOR))


def _spent(standing: Standing, press: Press, lot: int) -> float:
    """The CPU ms a document of one lot more."""
    first = standing.written
    made: list[Written] = list(press.articles(first, first + lot, standing.articles))
    start = time.process_time()
    for begin in range(0, lot, BATCH):
        take_in(standing.store, made[begin : begin + BATCH])
    standing.written += lot
    return 1e3 * (time.process_time() - start) / lot
