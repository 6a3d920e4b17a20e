"""Every benchmark of the project in one call, and what has changed since the last one.

    scripts/bench all [--quick] [--only NAME,...] [--against FILE] [--json FILE] [--save]

    each benchmark, a process of its own -> its JSON -> one JSON, name by name -> beside the last one

The sizes are small, so that all of them together can be run often; --quick tells only that all of them run.
What is compared with is scripts/benchmarks/results/all.json, or --against; --save puts the new figures
there. A figure is marked when it differs by more than its noise; nothing is compared that was measured with
other sizes. Exits with 1 when a benchmark failed, so that it has no figures; that one does not hold what it
promises is told, and no failure. What needs a corpus from elsewhere (scripts/evaluate) and what only says
whether a promise is held (the other scripts/measure_*) is no part of it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from archive.errors import BadConfiguration
from crawler.samples.server import SampleServer
from scripts.benchmarks.comparing import HEAD, compared
from scripts.benchmarks.figures import RESULTS, ROOT, Figure, machine, made, read

SAVED = RESULTS / "all.json"
_LIMIT = 900.0
"""Seconds that one benchmark may take."""
_CORPUS = "CORPUS"
"""Stands in a command for a corpus of pages, which is made of the sample outlets."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A program of this folder or the one above, and its arguments: usual ones, and quick ones."""

    module: str
    usual: tuple[str, ...]
    quick: tuple[str, ...]


BENCHMARKS = {
    "crawl": Benchmark(
        "scripts.bench",
        ("crawl", "--pages", "1600"),
        ("crawl", "--pages", "16", "--authorities", "2", "--only", "wget-tuned,gazette"),
    ),
    "frontier": Benchmark("scripts.bench", ("frontier", "--urls", "300000"), ("frontier", "--urls", "25000")),
    "search": Benchmark("scripts.bench", ("search", "--articles", "60000"), ("search", "--articles", "1000")),
    "web": Benchmark(
        "scripts.bench",
        ("web", "--articles", "20000", "--seconds", "40"),
        ("web", "--articles", "1000", "--readers", "4", "--pause", "0.5", "--seconds", "4"),
    ),
    "reextract": Benchmark(
        "scripts.bench",
        ("reextract", _CORPUS, "--records", "1000", "--memory", "", "--nothing", "30000"),
        ("reextract", _CORPUS, "--records", "20", "--memory", "", "--nothing", "50"),
    ),
    "stories": Benchmark(
        "scripts.measure_stories", ("--generated", "20000"), ("--generated", "300", "--days", "30")
    ),
    "judged": Benchmark("scripts.measure_search", (), ()),
    "revisits": Benchmark("scripts.measure_revisits", (), ("--pages", "10")),
}


@dataclass(frozen=True, slots=True)
class Done:
    """A benchmark that was run."""

    arguments: tuple[str, ...]
    seconds: float
    code: int  # exit code of its program
    measured: list[Figure]  # none: it failed


def run(only: Sequence[str], against: Path, target: Path | None, *, quick: bool) -> bool:
    """Run the benchmarks, print what has changed and write the figures; whether none failed.

    Raises BadConfiguration for a name that is none of BENCHMARKS, and for a file that isn't one of ours.
    """
    names = list(only or BENCHMARKS)
    if wrong := [name for name in names if name not in BENCHMARKS]:
        raise BadConfiguration(f"--only {','.join(wrong)}: there are {', '.join(BENCHMARKS)}")
    last = _last(against)
    done: dict[str, Done] = {}
    with tempfile.TemporaryDirectory() as place:
        for name in names:
            print(f"\n== {name}", flush=True)
            done[name] = _run(BENCHMARKS[name], Path(place) / name, quick=quick)
            print(f"== {name}, {done[name].seconds:.0f} s", flush=True)
    _tell(last, done)
    if target is not None:
        _write(target, done)
    return all(one.measured for one in done.values())


def _last(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for one in told["benchmarks"].values():
            one["measured"] = [Figure(**figure) for figure in one["measured"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadConfiguration(
            f"{path}: not written by scripts/bench all ({error!r}); name another"
        ) from None
    return told


def _run(benchmark: Benchmark, folder: Path, *, quick: bool) -> Done:
    """Run one in a process of its own, ended with all that it started after ``_LIMIT``."""
    folder.mkdir()
    arguments = benchmark.quick if quick else benchmark.usual
    written = folder / "figures.json"
    given = [str(_corpus(folder)) if word == _CORPUS else word for word in arguments]
    command = [sys.executable, "-m", benchmark.module, *given, "--json", str(written)]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        code = process.wait(_LIMIT)
    except subprocess.TimeoutExpired:
        print(f"no end within {_LIMIT:.0f} s", file=sys.stderr)
        code = 124  # as timeout(1) says it
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    seconds = time.monotonic() - began
    measured = read(written)[1] if written.exists() else []
    return Done(arguments, seconds, code, measured)


def _corpus(folder: Path) -> Path:
    """The articles of the sample outlets as a corpus: JSON lines {url, html}."""
    with SampleServer() as server:
        pages = server.pages()
        articles = sorted(server.expected())
        lines = []
        for number, url in enumerate(articles):
            file = folder / f"{number}.html"
            file.write_bytes(pages[url].resource.body)
            lines.append(json.dumps({"url": f"https://outlet.example/{number}", "html": file.name}))
    path = folder / "corpus.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _tell(last: dict[str, Any] | None, done: dict[str, Done]) -> None:
    known = last["benchmarks"] if last is not None else {}
    alike = {name for name, one in done.items() if known.get(name, {}).get("arguments") == [*one.arguments]}
    if last is None:
        print("\nnothing to compare with: these are the first figures")
    else:
        print(f"\nlast: {machine(last['made'])}")
        if other := sorted(set(done) & set(known) - alike):
            print(f"not compared, as it was measured with other sizes: {', '.join(other)}")
    print(f"now:  {machine(made())}\n\n{HEAD}")
    changes = []
    for name, one in done.items():
        before = known[name]["measured"] if name in alike else []
        changes += compared(before, one.measured)
    for change in changes:
        print(change)
    worse = [change for change in changes if change.verdict == "worse"]
    better = [change for change in changes if change.verdict == "better"]
    print(f"\nbeyond noise: {len(worse)} worse, {len(better)} better, of {len(changes)} figures")
    if last is not None and _where(last["made"]) != _where(made()):
        print("the last figures are of another machine: what differs may be the machine")
    if broken := [name for name, one in done.items() if one.code and one.measured]:
        print(f"a promise is not held, see above: {', '.join(broken)}")
    if failed := [f"{name} (code {one.code})" for name, one in done.items() if not one.measured]:
        print(f"FAILED: {', '.join(failed)}")


def _where(told: dict[str, Any]) -> tuple[Any, ...]:
    return told["cores"], told["processor"], told["python"]


def _write(target: Path, done: dict[str, Done]) -> None:
    told = {"made": made(), "benchmarks": {name: asdict(one) for name, one in done.items()}}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
