"""Counts what is left of an archive after kills, full disks, errors of the disk and power losses.

    scripts/measure_durability [--kills 200] [--full 60] [--errors 60] [--power 50] [--seed S]
    scripts/measure_durability --only "power 7" --seed S

Each chain takes one archive: crawls of a small site that it serves itself meet a few troubles one after the
other, a last one comes to its end, and everything is checked: the pages are those of an undisturbed crawl,
nothing that was kept is lost or was asked for again, each WARC file is whole and in the manifest, the index
is the one that a rebuild makes. Prints a table, and each failure in a line with what repeats it (but for the
exact moments of a kill). Exits with 1 when one promise was not held.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.crawler import troubles
from tests.crawler.durability import Bench
from tests.crawler.small_site import SmallSite
from tests.crawler.volume import volume


@dataclass(frozen=True)
class Kind:
    """One row of the table."""

    title: str
    trouble: troubles.Trouble
    most: int  # troubles of one chain
    real: bool = False


KINDS = {
    "kills": Kind("SIGKILL, resumed", troubles.kill, 5),
    "disk": Kind("disk full, a real file system", troubles.full_disk, 3, real=True),
    "full": Kind("disk full, at a call", troubles.full, 3),
    "errors": Kind("error of the disk, at a call", troubles.error, 3),
    "power": Kind("power loss", troubles.power, 3),
}


@dataclass
class Row:
    """What came of all chains of a kind so far."""

    wanted: int
    reserved: int = 0
    chains: int = 0
    tried: int = 0
    held: int = 0
    failures: list[str] = field(default_factory=list)


@dataclass
class Measure:
    """The work that is left, shared by the threads."""

    seed: str
    rows: dict[str, Row]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> tuple[str, int, int] | None:
        """The next chain: its kind, its number, how many troubles it may have."""
        with self.lock:
            for name, row in self.rows.items():
                left = row.wanted - row.tried - row.reserved
                # A kind whose troubles never come must not go on for ever.
                if left > 0 and row.chains < 20 + row.wanted * 3:
                    most = min(left, KINDS[name].most)
                    row.reserved += most
                    row.chains += 1
                    return name, row.chains, most
        return None

    def run(self, bench: Bench, name: str, number: int, most: int) -> None:
        kind = KINDS[name]
        began = time.monotonic()
        ended = troubles.chain(bench, f"{self.seed} {name} {number}", [kind.trouble] * most, real=kind.real)
        with self.lock:
            row = self.rows[name]
            row.reserved -= most
            row.tried += ended.tried
            row.held += ended.tried if ended.problem is None else 0
            told = "held" if ended.problem is None else ended.problem
            if ended.problem is not None:
                row.failures.append(f'--seed {self.seed} --only "{name} {number}": {ended.problem}')
            seconds = time.monotonic() - began
            say(f"{name} {number}: {ended.tried} in {seconds:.0f} s, {row.tried} of {row.wanted}: {told}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def work(measure: Measure, directory: Path, number: int) -> None:
    """One thread: a site of its own, and chains as long as there are any."""
    with SmallSite() as site:
        place = directory / str(number)
        place.mkdir()
        bench = Bench(site, place)
        bench.measure()
        say(f"undisturbed: {bench.seconds:.1f} s, of these {bench.busy:.1f} s from the first request on")
        while (chain := measure.take()) is not None:
            measure.run(bench, *chain)


def may_mount(directory: Path) -> bool:
    try:
        with volume(directory / "volume"):
            return True
    except OSError:
        return False


def table(rows: dict[str, Row]) -> str:
    lines = [f"{'what befell the crawl':<32}{'tried':>6}{'held':>6}"]
    lines += [f"{KINDS[name].title:<32}{row.tried:>6}{row.held:>6}" for name, row in rows.items()]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument(
        "--full", type=int, default=60, help="a third of them on a real file system, for root"
    )
    parser.add_argument("--errors", type=int, default=60)
    parser.add_argument("--power", type=int, default=50)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", metavar="KIND NUMBER", help="one chain: what a failure's line says")
    parser.add_argument("--keep", type=Path, help="work in this new directory, and leave it there")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="durability-") as temporary:
        directory = options.keep or Path(temporary)
        directory.mkdir(exist_ok=True)
        real = options.full // 3 if may_mount(directory) else 0
        wanted = {"kills": options.kills, "disk": real, "full": options.full - real}
        wanted |= {"errors": options.errors, "power": options.power}
        measure = Measure(options.seed, {name: Row(count) for name, count in wanted.items() if count})
        if options.only:
            name, number = options.only.split()
            measure.rows = {name: Row(KINDS[name].most, chains=int(number) - 1)}
            work(measure, directory, 0)
        else:
            with ThreadPoolExecutor(2) as pool:
                for done in [pool.submit(work, measure, directory, number) for number in range(2)]:
                    done.result()
    print(table(measure.rows))
    failures = [failure for row in measure.rows.values() for failure in row.failures]
    print("\n".join(failures) or f"all held, in {time.monotonic() - began:.0f} s")
    missing = [name for name, row in measure.rows.items() if row.tried < row.wanted and not options.only]
    if missing:
        print(f"not enough troubles came: {', '.join(missing)}")
    return 1 if failures or missing else 0


if __name__ == "__main__":
    sys.exit(main())
