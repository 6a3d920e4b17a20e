"""Whether each way of discovery finds each article once, and whether hostile lists and URLs are survived.

    scripts/measure_discovery --site 5000 [--path rss --path all]
    scripts/measure_discovery --feeds DIR --sitemaps DIR --urls DIR

``--site`` crawls a generated outlet of so many articles by each path alone, then by all, and prints a table.
``--urls`` takes files of the WHATWG URL standard's tests (``urltestdata.json``). Exit code 1 when something
is missing, doubled or out of scope, raises, takes longer than ``LIMIT`` or differs from the standard.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from archive import urls
from archive.extract.feeds import parse_feed
from archive.extract.sitemaps import parse_sitemap
from tests.crawler.bigsite import PATHS, BigSite
from tests.crawler.discovering import BOUNDS, Verdict, crawl

LIMIT = 10.0
"""CPU seconds for one feed or sitemap."""
_BASE = "https://www.outlet.example/tief/liste.xml"
_HEAD = "path       articles found missing twice beyond requests calendar search repeated seconds"


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for; 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="measure_discovery", description=__doc__.partition("\n")[0])
    parser.add_argument("--site", type=int, metavar="N", help="crawl a generated outlet of N articles")
    parser.add_argument(
        "--path", action="append", choices=[*PATHS, "all"], help="only this path; again for more"
    )
    for name in ("feeds", "sitemaps", "urls"):
        parser.add_argument(f"--{name}", type=Path, metavar="DIR", help=f"read all {name} in a directory")
    options = parser.parse_args(arguments)
    good = True
    if options.site:
        good &= _site(options.site, options.path or [*PATHS, "all"])
    if options.feeds:
        good &= _lists("feeds", options.feeds, _read_feed)
    if options.sitemaps:
        good &= _lists("sitemaps", options.sitemaps, _read_sitemap)
    if options.urls:
        good &= _urls(options.urls)
    return 0 if good else 1


def _site(articles: int, paths: list[str]) -> bool:
    good = True
    refused: Counter[str] = Counter()
    print(_HEAD, flush=True)
    for path in paths:
        chosen = frozenset(PATHS if path == "all" else (path,))
        with tempfile.TemporaryDirectory() as place, BigSite(articles, chosen) as site:
            verdict = crawl({"big": site}, Path(place) / "archive")["big"]
        print(_line(path, verdict), flush=True)
        for problem in (*verdict.missing[:3], *verdict.twice[:3], *verdict.beyond[:3]):
            print(f"  {problem}", flush=True)
        refused.update(verdict.refused)
        good &= verdict.good
    print(f"bounds of the traps: {BOUNDS}")
    print("refused, by reason:")
    for reason, count in refused.most_common():
        print(f"  {count:7}  {reason}")
    return good


def _line(path: str, verdict: Verdict) -> str:
    found = verdict.wanted - len(verdict.missing)
    counts = f"{len(verdict.missing):7} {len(verdict.twice):5} {len(verdict.beyond):6} {verdict.requests:8}"
    traps = f"{verdict.traps['calendar']:8} {verdict.traps['search']:6} {verdict.traps['repeated']:8}"
    return f"{path:10} {verdict.wanted:8} {found:5} {counts} {traps} {verdict.seconds:7.1f}"


def _read_feed(body: bytes) -> int | None:
    feed = parse_feed(body, _BASE)
    return None if feed is None else len(feed.items)


def _read_sitemap(body: bytes) -> int | None:
    sitemap = parse_sitemap(body, _BASE)
    return None if sitemap is None else len(sitemap.entries)


def _lists(name: str, directory: Path, read: Callable[[bytes], int | None]) -> bool:
    """Read each file as it is, cut in half, and twice in a row; none may raise or take long."""
    outcomes: Counter[str] = Counter()
    slowest, raised, items = 0.0, 0, 0
    files = sorted(path for path in directory.iterdir() if path.is_file())
    for path in files:
        body = path.read_bytes()
        for form, data in (("whole", body), ("half", body[: len(body) // 2]), ("twice", body + body)):
            began = time.process_time()
            try:
                found = read(data)
            except Exception as error:  # noqa: BLE001 - what is measured is that there is none
                raised += 1
                print(f"  {path.name} ({form}): {type(error).__name__}: {error}")
                continue
            slowest = max(slowest, time.process_time() - began)
            if form == "whole":
                outcomes["none" if found is None else "read"] += 1
                items += found or 0
    told = f"{outcomes['read']} read with {items} items, {outcomes['none']} are none"
    print(f"{name}: {len(files)} files, {told}, {raised} exceptions, slowest {slowest:.2f} CPU s")
    return raised == 0 and slowest <= LIMIT


def _urls(directory: Path) -> bool:
    """Compare ``join`` with each case of the standard whose answer is an http(s) URL or a failure."""
    checked, wrong, raised, odd = 0, 0, 0, 0
    for path in sorted(directory.glob("*.json")):
        for text in _strings(json.loads(path.read_text("utf-8"))):
            odd += 1
            for function in (urls.canonical, urls.surt, urls.host, urls.authority, urls.origin):
                try:
                    function(text)
                except Exception as error:  # noqa: BLE001 - what is measured is that there is none
                    raised += 1
                    print(f"  {function.__name__}({text!r}): {type(error).__name__}: {error}")
        for case in _cases(path):
            wanted = None if case.get("failure") else str(case["href"])
            if wanted is not None and not wanted.startswith(("http://", "https://")):
                wanted = None
            checked += 1
            base = case.get("base")
            found = (
                urls.join(base, case["input"])
                if base and base != "about:blank"
                else urls.join("", case["input"])
            )
            if found != wanted:
                wrong += 1
                print(
                    f"  {path.name}: {case['input']!r} on {base!r}: {found!r}, the standard says {wanted!r}"
                )
    print(f"urls: {checked} cases of the standard, {wrong} differ; {odd} strings, {raised} exceptions")
    return wrong == 0 and raised == 0


def _cases(path: Path) -> Iterator[dict[str, Any]]:
    found = json.loads(path.read_text("utf-8"))
    for case in found if isinstance(found, list) else []:
        if isinstance(case, dict) and "input" in case and ("href" in case or case.get("failure")):
            yield case


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from _strings(part)


if __name__ == "__main__":
    sys.exit(main())
