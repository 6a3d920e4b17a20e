"""The options of scripts/evaluate, and which of them do not go together."""

from __future__ import annotations

import argparse
import importlib.util
import re
from pathlib import Path

from scripts.evaluation.competitors import COMPETITORS
from scripts.evaluation.measures import FIELDS

_FOLDS = 5


def parser(description: str | None) -> argparse.ArgumentParser:
    """The options of the command line."""
    found = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument("corpus", type=Path)
    found.add_argument(
        "--against",
        default="trafilatura",
        metavar="NAME,...",
        help=f"of {', '.join(COMPETITORS)}; '' for none",
    )
    found.add_argument("--only", type=_pattern, help="a regular expression on the pages' ids")
    found.add_argument("--save", type=Path, help="write Gazette's answers as JSON lines")
    found.add_argument("--table", type=Path, metavar="FILE.tsv", help="write the figures of each page")
    found.add_argument("--html", type=Path, metavar="FILE", help="write a report on the worst pages")
    found.add_argument("--wrong", choices=FIELDS, help="list what is wrong in a field")
    found.add_argument(
        "--worst",
        type=int,
        default=0,
        metavar="N",
        help="name the N worst pages, or show them with --html (30)",
    )
    found.add_argument(
        "--folds",
        type=int,
        nargs="?",
        const=_FOLDS,
        default=0,
        metavar="K",
        help=f"cross-validate the referee ({_FOLDS})",
    )
    found.add_argument(
        "--also",
        type=Path,
        nargs="+",
        default=[],
        metavar="CORPUS",
        help="with --folds: learn from these too",
    )
    found.add_argument("--archive", type=Path, help="take Gazette's texts out of this archive's index")
    found.add_argument("--map", type=Path, help="JSON lines {id, url}: the indexed URL of each page")
    return found


def refusal(options: argparse.Namespace) -> str | None:
    """Why these options can't be run, None when they can."""
    absent = next((path for path in (options.corpus, *options.also) if not path.is_file()), None)
    if absent:
        return f"{absent}: no such corpus; give a file of JSON lines"
    if options.also and not options.folds:
        return "--also is about what the models of --folds learn from"
    if options.folds == 1:
        return "--folds 1 leaves nothing to learn from; give 2 or more"
    if (options.archive is None) != (options.map is None):
        return "--archive needs --map and the other way round"
    if options.archive and not (options.archive / "index.db").exists():
        return f"{options.archive}/index.db: no such file; run: gazette index"
    if options.folds and options.archive:
        return "--folds and --archive exclude each other"
    if options.folds and importlib.util.find_spec("lightgbm") is None:
        return "--folds trains models, which needs LightGBM; run: pip install lightgbm"
    return None


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"no regular expression: {error}") from error
    return text
