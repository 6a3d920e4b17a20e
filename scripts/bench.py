"""Benchmarks that take too long, or depend too much on the machine, for tests.

scripts/bench all                     all of these, and what has changed: see scripts/benchmarks/everything.py
scripts/bench crawl [--pages N]       a crawl against wget and others: see scripts/benchmarks/crawl.py
scripts/bench frontier [--urls N]     the crawler's memory of URLs: see scripts/benchmarks/frontier.py
scripts/bench reextract CORPUS.jsonl  extraction against trafilatura's: see scripts/benchmarks/reextract.py
scripts/bench search [--articles N]   search and writing at 500,000 articles: see scripts/benchmarks/search.py
scripts/bench web [--articles N]      the reading room under readers: see scripts/benchmarks/web.py
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from archive.errors import ArchiveError, BadConfiguration
from scripts.benchmarks import crawl, crawlreport, everything, frontier, pairs, reextract, search, web


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="what", required=True)
    one = argparse.ArgumentParser(add_help=False)
    one.add_argument("--json", type=Path, help="where to write the figures as JSON")
    verb = verbs.add_parser("all", parents=[one], help="every benchmark, and what has changed")
    verb.add_argument("--quick", action="store_true", help="sizes that tell only whether they run")
    verb.add_argument("--only", type=_names, default=[], metavar="NAME,NAME")
    verb.add_argument("--against", type=Path, default=everything.SAVED, help="what is compared with")
    verb.add_argument("--save", action="store_true", help="keep the figures for the next comparison")
    verb = verbs.add_parser("frontier", parents=[one], help="the crawler's memory of URLs")
    verb.add_argument("--urls", type=int, default=1_000_000)
    verb = verbs.add_parser(
        "reextract", parents=[one], help="extraction of stored records, against trafilatura's"
    )
    verb.add_argument("corpus", type=Path, help="JSON lines {url, html}, as for scripts/evaluate")
    verb.add_argument("--records", type=int, default=5_000)
    verb.add_argument(
        "--memory", default="1000,50000", help='records of the passes whose memory is measured, or ""'
    )
    verb.add_argument("--nothing", type=int, default=100_000, help="records of the archive with nothing new")
    verb.add_argument("--profile", type=Path, help="where to write a cProfile of the parent's part")
    verb = verbs.add_parser("search", parents=[one], help="search, and writing, on generated German articles")
    verb.add_argument("--articles", type=int, default=500_000, help="articles that are searched")
    verb.add_argument("--until", type=int, default=0, help="write on up to so many, and compare the writing")
    verb.add_argument("--directory", type=Path, help="where the index is kept for the next run")
    verb.add_argument("--pair", type=Path, nargs=2, metavar=("SMALL", "LARGE"), help="write on behind both")
    verb.add_argument("--lot", type=int, default=2_000, help="articles that either of a pair gets at a time")
    verb.add_argument("--rounds", type=int, default=5, help="lots that either of a pair gets")
    verb = verbs.add_parser("web", parents=[one], help="the reading room under readers, and beside a writer")
    verb.add_argument("--articles", type=int, default=500_000, help="articles of its index")
    verb.add_argument("--directory", type=Path, help="where `search` left an index, or where to leave one")
    verb.add_argument("--readers", type=int, default=20)
    verb.add_argument("--pause", type=float, default=5.0, help="seconds between two clicks of a reader")
    verb.add_argument("--seconds", type=float, default=120.0, help="without a writer, and as long with one")
    verb = verbs.add_parser(
        "crawl", parents=[one], help="one local site, crawled by Gazette and by what else there is"
    )
    verb.add_argument("--pages", type=int, default=4_000)
    verb.add_argument("--authorities", type=int, default=8)
    verb.add_argument("--repeat", type=int, default=1, help="turns; of each crawl the middle one counts")
    verb.add_argument("--only", type=_names, default=[], metavar="NAME,NAME")
    verb.add_argument("--plot", type=Path, help="where to draw them: a name that ends in .svg or .png")
    verb.add_argument("--save", action="store_true", help="keep both where README quotes them from")
    return parser


def _names(text: str) -> list[str]:
    return text.split(",")


def _run(options: argparse.Namespace) -> bool:
    """Run one benchmark; False when it failed. Raises ArchiveError."""
    if options.what == "all":
        if options.save and (options.quick or options.only):
            raise BadConfiguration("--save keeps all figures at their usual sizes: no --quick, no --only")
        target = everything.SAVED if options.save else options.json
        return everything.run(options.only, options.against, target, quick=options.quick)
    if options.what == "crawl":
        places = (crawlreport.SAVED, crawlreport.PLOT) if options.save else (options.json, options.plot)
        return crawl.run(options.pages, options.authorities, options.repeat, options.only, *places)
    if options.what == "reextract":
        sizes = tuple(int(number) for number in options.memory.split(",") if number)
        more = (options.nothing, options.profile, options.json)
        reextract.run(options.corpus, options.records, sizes, *more)
    elif options.what == "search" and options.pair:
        return pairs.run(options.pair, options.lot, options.rounds, options.json)
    elif options.what == "web":
        crowd = (options.readers, options.pause, options.seconds)
        return web.run(options.articles, options.directory, *crowd, options.json)
    elif options.what == "search":
        search.run(options.articles, options.until, options.directory, options.json)
    else:
        frontier.run(options.urls, options.json)
    return True


def main() -> None:
    """Read the command line and run one benchmark, or all of them."""
    try:
        fine = _run(_parser().parse_args())
    except ArchiveError as error:
        sys.exit(f"bench: {error}")
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
