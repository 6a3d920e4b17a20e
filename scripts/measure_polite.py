"""Measures how a crawl treats those whom it asks. Servers are on loopback, and what counts is their logs.

    scripts/measure_polite --robots CASES.json [--wild DIRECTORY]
        CASES.json: [{"robots": text, "url": ..., "ua": ..., "allow": true or false}, ...]; robots.txt files
        as a crowd wrote them in DIRECTORY (without it: robots_wild beside the folder of CASES.json)
    scripts/measure_polite --bombs      robots.txt files made to be slow
    scripts/measure_polite --statuses   a crawl of sites whose robots.txt answers in all ways of RFC 9309
    scripts/measure_polite --sites N    a crawl of N authorities at once, and another run behind it

Exits with 1 when a promise is broken.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from crawler.robots import rules_of
from tests.crawler import polite_sites, robots_cases
from tests.crawler.polite_server import TOLERANCE
from tests.crawler.robots_bombs import BOMBS, URLS

SECONDS = 2.0
"""Within which any robots.txt is read and has judged a thousand URLs, or each bomb its few."""

EXCEPTIONS = {
    "/foo/bar/%62%61%7A": "escapes of unreserved characters are undone first (RFC 9309, 2.2.2)",
    "http://foo.bar/foo/bar/ツ": "bare characters are escaped first (RFC 9309, 2.2.2)",
}
"""Where Google's parser is not followed, by a part of the file or the whole URL: see crawler/robots.py."""


def _exception(case: dict[str, str]) -> str | None:
    return next((why for key, why in EXCEPTIONS.items() if key in case["robots"] or key == case["url"]), None)


def check_cases(path: Path) -> bool:
    """Compare with the expected answers; whether all that differ are exceptions, and at most ten."""
    cases = json.loads(path.read_text(encoding="utf-8"))
    differing = []
    for number, case in enumerate(cases):
        try:
            data = case["robots"].encode("latin-1")  # bytes that JSON can't hold stand there as characters
        except UnicodeEncodeError:
            data = case["robots"].encode()
        if rules_of(200, data, case["ua"]).allows(case["url"]) != case["allow"]:
            differing.append((number, case))
    print(f"{path.name}: {len(cases)} cases, {len(cases) - len(differing)} passed, {len(differing)} differ")
    for number, case in differing:
        print(f"  case {number}: {_exception(case) or 'NOT EXPECTED'}: {case['robots']!r} {case['url']}")
    return len(differing) <= 10 and all(_exception(case) for _, case in differing)


def _judge(data: bytes) -> None:
    rules = rules_of(200, data, "Gazette")
    for number in range(1_000):
        rules.allows(f"https://outlet.example/lokales/2026/artikel-{number}.html?seite={number}")


def check_wild(directory: Path) -> bool:
    """Read each file of a directory in a process of its own, under a time limit."""
    files = sorted(path for path in directory.iterdir() if path.is_file())
    bad = 0
    for path in files:
        worker = multiprocessing.Process(target=_judge, args=(path.read_bytes(),))
        worker.start()
        worker.join(10 * SECONDS)
        if worker.exitcode != 0:
            worker.kill()
            bad += 1
            print(f"  {path.name}: {'hangs' if worker.exitcode is None else 'raises'}")
    print(f"{directory.name}: {len(files)} files, each asked for 1,000 URLs: {bad} raised or hung")
    return bad == 0


def check_bombs() -> bool:
    """Time what was made to be slow."""
    slow = 0
    print(f"{'robots.txt':34} {'read':>8} {'slowest answer':>15}")
    for name, data in BOMBS.items():
        began = time.perf_counter()
        rules = rules_of(200, data, "Gazette")
        read, worst = time.perf_counter() - began, 0.0
        for url in URLS:
            began = time.perf_counter()
            rules.allows(url)
            worst = max(worst, time.perf_counter() - began)
        slow += read + worst > SECONDS
        print(f"{name:34} {read * 1e3:5.0f} ms {worst * 1e3:12.1f} ms")
    return slow == 0


def check_statuses() -> bool:
    """Crawl sites whose robots.txt answers in all ways."""
    with tempfile.TemporaryDirectory() as folder:
        found = robots_cases.crawl(Path(folder))
    words = {robots_cases.ALL: "all", robots_cases.SOME: "by the rules", robots_cases.NONE: "nothing"}
    print(f"{'robots.txt answers':32} {'RFC 9309':28} {'fetched':14} states in crawl.db")
    for case, fetched, states in found:
        verdict = "" if fetched == case.fetched else f"  BROKEN, expected: {words[case.fetched]}"
        ends = sorted({state.partition(":")[0] for state in states.values()})
        print(f"{case.name:32} {case.says:28} {words.get(fetched, '?'):14} {', '.join(ends)}{verdict}")
    ended = all(s.partition(":")[0] in _ENDS for _, _, states in found for s in states.values())
    right = sum(fetched == case.fetched for case, fetched, _ in found)
    print(f"{right} of {len(found)} cases as RFC 9309 says; each URL has one outcome: {ended}")
    return right == len(found) and ended


_ENDS = {"expanded", "refused", "failed"}


def check_sites(count: int) -> bool:
    """Crawl many authorities at once, twice, and read the servers' logs."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        treated, code = polite_sites.crawl(Path(folder) / "archive", count, runs=2)
    broken = 0
    print(f"{'authority':10} {'kind':12} sites requests at once  least gap  under its delay")
    for one in treated:
        how = one.manners
        bad = how.at_once != 1 or how.late or not one.rested or how.visits < polite_sites.FEW
        broken += bool(bad)
        told = "; ".join(how.late) or ("no" if one.rested else "Retry-After was not held")
        numbers = f"{one.sites:5} {how.visits:8} {how.at_once:7} {how.least:8.3f} s"
        print(f"{one.name:10} {one.kind:12} {numbers}  {told}")
    seconds = time.monotonic() - began
    print(f"tolerance {TOLERANCE * 1e3:.0f} ms, from the end of an answer to the begin of the next request")
    print(f"{count} authorities, two runs back to back, {seconds:.0f} s, exit code {code}: {broken} broken")
    return broken == 0 and code == 0


def main(arguments: list[str]) -> int:
    """Run what was asked for."""
    checks: list[Callable[[], bool]] = []
    while arguments:
        option, *arguments = arguments
        if option == "--robots" and arguments:
            path = Path(arguments.pop(0))
            wild = path.parent.parent / "robots_wild"
            if arguments[:1] == ["--wild"]:
                wild, arguments = Path(arguments[1]), arguments[2:]
            checks.append(functools.partial(check_cases, path))
            if wild.is_dir():
                checks.append(functools.partial(check_wild, wild))
        elif option == "--sites" and arguments:
            checks.append(functools.partial(check_sites, int(arguments.pop(0))))
        elif option in ("--bombs", "--statuses"):
            checks.append(check_bombs if option == "--bombs" else check_statuses)
        else:
            checks = []
            break
    if not checks:
        print(__doc__, file=sys.stderr)
        return 2
    held = [check() for check in checks]  # all of them, also behind one that failed
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
