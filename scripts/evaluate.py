"""Score the extractor, or the texts of an archive's index, on pages whose text is known.

    scripts/evaluate CORPUS.jsonl [--against NAME,...] [--table FILE.tsv] [--html FILE] [--wrong FIELD]
    scripts/evaluate CORPUS.jsonl --archive DIR --map IDS.jsonl

A corpus is JSON lines {id, url, html (a path beside the file, .gz or not), text, title, authors, date,
summary, publisher, split_key, source, lang_group}. One run reads every page with Gazette and with each
competitor, and prints side by side: F1, precision and recall of the text by word 4-grams (means over
pages, and their harmonic mean; a line that repeats the title is neutral), shares of right titles, leads,
author sets and publication days, and CPU milliseconds a page; then Gazette's figures and their difference
to the first competitor with 95 % intervals, drawn by publisher. The lead counts where the text begins
with the summary: the same words. Authors are compared with a Document's authors and agencies together,
because corpora name both as authors.

With --archive, Gazette's texts come from the index of that archive; the map is JSON lines {id, url} and
says which indexed URL belongs to which page of the corpus. With --folds, the referee reads each page with a
model that saw no page of its publisher; training needs LightGBM.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from archive.extract import extract_html
from archive.extract.asjson import to_json
from scripts.evaluation import report, tables
from scripts.evaluation.competitors import COMPETITORS, missing, timed
from scripts.evaluation.competitors import trafilatura_default as predict_default
from scripts.evaluation.corpus import from_index, load, named_hosts
from scripts.evaluation.measures import (
    FIELDS,
    Prediction,
    Record,
    Row,
    days,
    fold,
    name_set,
    score,
    summary,
    text_score,
    tokens,
)

__all__ = [
    "Prediction",
    "Record",
    "Row",
    "days",
    "fold",
    "load",
    "main",
    "name_set",
    "named_hosts",
    "predict",
    "predict_default",
    "score",
    "summary",
    "text_score",
    "timed",
    "tokens",
]

OWN = "gazette"
_DRAWS, _SEED = 500, 4
Run = Callable[[Record, bytes], Prediction]


def predict(html: bytes, url: str) -> Prediction:
    """Gazette's answer for a page: title, lead, authors, date (ISO) and text; None where it has none.

    The corpora name agencies, desks and the outlet itself among the authors, so ``authors`` are a Document's
    people and behind them its agencies; a Document keeps the two apart.
    """
    outcome = to_json(extract_html(html, url))
    if "failure" in outcome:
        return {"lead": None, "text": None}
    authors = [*outcome["authors"], *outcome["agencies"]]
    return {k: outcome[k] for k in ("title", "lead", "date", "text")} | {"authors": authors}


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 when it ran, 2 when it refuses."""
    options = _options().parse_args(arguments)
    refusal = _refusal(options)
    if refusal:
        print(refusal, file=sys.stderr)
        return 2
    pages = list(load(options.corpus, options.only))
    rules = named_hosts([r for r, _ in pages])
    if rules or not pages:
        names = f"archive/extract names hosts of this corpus: {', '.join(rules)}; take the rule out"
        print(f"refused: {names if rules else 'no page of the corpus is chosen'}", file=sys.stderr)
        return 2
    asked = [n for n in options.against.split(",") if n]
    absent = missing(asked)
    for line in absent:
        print(line, file=sys.stderr)
    runs = {OWN: _own(options, pages)} | {
        n: timed(COMPETITORS[n][0]) for n in asked if not any(line.startswith(f"{n}:") for line in absent)
    }
    got, rows = _read(pages, runs)
    _tell(options, [r for r, _ in pages], got, rows)
    return 0


def _refusal(options: argparse.Namespace) -> str | None:
    """Why these options can't be run, None when they can."""
    if not options.corpus.is_file():
        return f"{options.corpus}: no such corpus; give a file of JSON lines"
    if (options.archive is None) != (options.map is None):
        return "--archive needs --map and the other way round"
    if options.archive and not (options.archive / "index.db").exists():
        return f"{options.archive}/index.db: no such file; run: gazette index"
    if options.folds and options.archive:
        return "--folds and --archive exclude each other"
    if options.folds and importlib.util.find_spec("lightgbm") is None:
        return "--folds trains models, which needs LightGBM; run: pip install lightgbm"
    return None


def _own(options: argparse.Namespace, pages: Sequence[tuple[Record, bytes]]) -> Run:
    if options.archive:
        return from_index(options.archive, options.map)
    if options.folds:
        run: Run = importlib.import_module("scripts.train_referee").by_fold(pages, options.folds, _SEED)
        return run
    return timed(predict)


def _read(
    pages: Sequence[tuple[Record, bytes]], runs: dict[str, Run]
) -> tuple[list[Prediction], dict[str, list[Row]]]:
    """(Gazette's answers, the figures of each extractor), a page after the other."""
    empty = {"id": "", "url": "http://localhost/"}
    for run in runs.values():
        # What is imported at the first page is no page's cost.
        run(empty, b"<html><body><p>A page that is read by nobody.</p></body></html>")
    got: list[Prediction] = []
    rows: dict[str, list[Row]] = {name: [] for name in runs}
    for number, (record, html) in enumerate(pages):
        # Who comes second finds the page in every cache: they take turns.
        for name in sorted(runs, reverse=bool(number % 2)):
            answer = runs[name](record, html)
            rows[name].append(score(record, answer))
            if name == OWN:
                got.append(answer)
    return got, rows


def _tell(
    options: argparse.Namespace,
    records: Sequence[Record],
    got: Sequence[Prediction],
    rows: dict[str, list[Row]],
) -> None:
    figures = tables.side_by_side(rows, records)
    print(figures)
    if options.save:
        lines = (
            json.dumps({**g, "id": r["id"]}, ensure_ascii=False, default=str)
            for r, g in zip(records, got, strict=True)
        )
        options.save.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    others = [n for n in rows if n != OWN]
    if others:
        print("\n" + tables.with_intervals(rows, records, OWN, others[0], _DRAWS, _SEED))
    if options.table:
        options.table.write_text(tables.by_page(rows, records), encoding="utf-8")
    if options.wrong:
        print("\n" + tables.wrong(options.wrong, records, got, rows[OWN]))
    order = tables.worst(records, rows, OWN, options.worst or 30)
    if options.html:
        options.html.write_text(
            report.page(options.corpus.name, figures, records, got, rows[OWN], order), encoding="utf-8"
        )
    for i in order if options.worst and not options.html else ():
        figure = "  ".join(f"{n} {rows[n][i]['F1']:.3f}" for n in rows)
        print(f"{figure}  P {rows[OWN][i]['P']:.3f}  R {rows[OWN][i]['R']:.3f}  {records[i]['id']}")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"no regular expression: {error}") from error
    return text


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument(
        "--against",
        default="trafilatura",
        metavar="NAME,...",
        help=f"of {', '.join(COMPETITORS)}; '' for none",
    )
    parser.add_argument("--only", type=_pattern, help="a regular expression on the pages' ids")
    parser.add_argument("--save", type=Path, help="write Gazette's answers as JSON lines")
    parser.add_argument("--table", type=Path, metavar="FILE.tsv", help="write the figures of each page")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a report on the worst pages")
    parser.add_argument("--wrong", choices=FIELDS, help="list what is wrong in a field")
    parser.add_argument(
        "--worst",
        type=int,
        default=0,
        metavar="N",
        help="name the N worst pages, or show them with --html (30)",
    )
    parser.add_argument("--folds", type=int, default=0, metavar="K", help="cross-validate the referee")
    parser.add_argument("--archive", type=Path, help="take Gazette's texts out of this archive's index")
    parser.add_argument("--map", type=Path, help="JSON lines {id, url}: the indexed URL of each page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
