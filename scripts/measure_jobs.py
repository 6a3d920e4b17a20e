"""Kills index, reextract, --compare, --accept, --rebuild and import at random; the rows must not show it.

    scripts/measure_jobs [--kills N] [--pages N] [--only ACTION,...] [--seed N]

Each trial begins the action on a copy of the same archive in a process of its own, sends SIGKILL at a moment
drawn from the time that an undisturbed run takes, runs the action again to its end and compares every row of
every table and view and every word of the full text with those of the undisturbed run. Beside --compare,
--accept and --rebuild a reader looks on: with new connections, and with one that stays open. It must never
see rows of two extractors, nor records without an outcome. Exits with 1 when it does, or when a row differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.index.killing import ACTIONS, series


def main() -> int:
    """Read the command line, run all series, print the table."""
    parser = argparse.ArgumentParser(prog="scripts/measure_jobs", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--pages", type=int, default=120)
    parser.add_argument("--only", default=",".join(ACTIONS))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    failed = False
    print(f"{'action':<10} {'kills':>6} {'too late':>9} {'equal':>6} {'looks':>7} {'mixtures':>9}")
    for action in options.only.split(","):
        with tempfile.TemporaryDirectory() as directory:
            counts = series(action, Path(directory), options.kills, options.pages, options.seed)
        print(
            f"{action:<10} {counts.kills:>6} {counts.finished:>9} {counts.equal:>6}"
            f" {counts.looks:>7} {counts.mixtures:>9}",
            flush=True,
        )
        for note in counts.notes[:5]:
            print(f"  {note}")
        failed = failed or counts.equal != counts.kills or counts.mixtures > 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
