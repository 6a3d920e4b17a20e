"""Score the extractor, or the texts of an archive's index, on pages whose text is known.

    scripts/evaluate CORPUS.jsonl [--against NAME,...] [--table FILE.tsv] [--html FILE] [--wrong FIELD]
    scripts/evaluate CORPUS.jsonl --folds [K] [--also CORPUS.jsonl ...]
    scripts/evaluate CORPUS.jsonl --archive DIR --map IDS.jsonl

A corpus is JSON lines {id, url, html (a path beside the file, .gz or not), text, title, authors, date,
summary, publisher, split_key, source, lang_group}. One run reads every page with Gazette and with each
competitor, and prints side by side: F1, precision and recall of the text by word 4-grams (means over
pages, and their harmonic mean; a line that repeats the title is neutral), shares of right titles, leads,
author sets and publication days, and CPU milliseconds a page; then how many words of the expected text
Gazette's teaser cuts took out of it; then Gazette's figures and their difference to the first competitor
with 95 % intervals, drawn by publisher. All that for the whole corpus, its German pages and each source. The
lead counts where the text begins with the summary: the same words. Authors are compared with a Document's
authors and agencies together, because corpora name both as authors.

With --archive, Gazette's texts come from the index of that archive; the map is JSON lines {id, url} and
says which indexed URL belongs to which page of the corpus.

With --folds, the referee reads each page with one of K models that saw no page of its domain, publisher or
family. The models learn from the corpora of --also too, under the same rule, and the figures of these follow.
They come from the seed with which scripts/train_referee makes the model that ships. Training needs LightGBM.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from unittest import mock

from archive.extract import extract_html, reasons, teasers
from archive.extract.asjson import iso
from archive.types import Failure
from scripts.evaluation import report, tables
from scripts.evaluation.competitors import COMPETITORS, missing, timed
from scripts.evaluation.competitors import trafilatura_default as predict_default
from scripts.evaluation.corpus import from_index, load, named_hosts
from scripts.evaluation.measures import (
    Prediction,
    Record,
    Row,
    days,
    fold,
    lost_words,
    name_set,
    score,
    summary,
    text_score,
    tokens,
)
from scripts.evaluation.options import parser, refusal
from scripts.training.fitting import SEED

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
_DRAWS = 500
_TEASERS = frozenset(
    (reasons.ALL_LINKED, reasons.HEADLINE_LINKED, reasons.LINKED_ELSEWHERE, reasons.DISTINCT_LINK)
)
Page = tuple[Record, bytes]
Run = Callable[[Record, bytes], Prediction]


def predict(html: bytes, url: str) -> Prediction:
    """Gazette's answer for a page: title, lead, authors, date (ISO) and text; None where it has none.

    The corpora name agencies, desks and the outlet itself among the authors, so ``authors`` are a Document's
    people and behind them its agencies; a Document keeps the two apart. ``teasers`` are the texts that were
    taken for teasers, in the article or around it.
    """
    found = extract_html(html, url)
    if isinstance(found, Failure):
        return {"lead": None, "text": None}
    cuts = [cut.text for cut in found.cuts if cut.reason in _TEASERS]
    return {
        "title": found.title,
        "lead": found.lead,
        "authors": [*found.authors, *found.agencies],
        "date": iso(found.published),
        "text": found.text,
        "teasers": [*(f"{t.headline}\n{t.text}" for t in found.teasers), *cuts],
    }


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 when it ran, 2 when it refuses."""
    options = parser(__doc__).parse_args(arguments)
    refused = refusal(options)
    if refused:
        print(refused, file=sys.stderr)
        return 2
    corpora = [list(load(options.corpus, options.only)), *(list(load(path, None)) for path in options.also)]
    pages = [page for corpus in corpora for page in corpus]
    rules = named_hosts([r for r, _ in pages])
    if rules or not corpora[0]:
        names = f"archive/extract names hosts of this corpus: {', '.join(rules)}; take the rule out"
        print(f"refused: {names if rules else 'no page of the corpus is chosen'}", file=sys.stderr)
        return 2
    asked = [n for n in options.against.split(",") if n]
    absent = missing(asked)
    for line in absent:
        print(line, file=sys.stderr)
    runs = {OWN: _own(options, corpora)} | {
        n: timed(COMPETITORS[n][0]) for n in asked if not any(line.startswith(f"{n}:") for line in absent)
    }
    for path, corpus in zip([options.corpus, *options.also], corpora, strict=True):
        got, rows = _read(corpus, runs)
        records = [record for record, _ in corpus]
        figures = _figures(records, rows)
        print(f"\n{path.name}\n{figures}" if options.also else figures)
        if path is options.corpus:
            _tell(options, records, got, rows)
    return 0


def _own(options: argparse.Namespace, corpora: Sequence[Sequence[Page]]) -> Run:
    if options.archive:
        return from_index(options.archive, options.map)
    if options.folds:
        # By its name: it imports LightGBM, and this module.
        train = importlib.import_module("scripts.train_referee")
        also = [page for corpus in corpora[1:] for page in corpus]
        run: Run = train.by_fold(corpora[0], options.folds, SEED, also)
        return run
    return timed(predict)


def _read(pages: Sequence[Page], runs: dict[str, Run]) -> tuple[list[Prediction], dict[str, list[Row]]]:
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
            rows[name].append(row := score(record, answer))
            if name == OWN:
                got.append(answer)
            if row.get("lost"):
                row["lost"] -= _lost_anyway(record, html, runs[name], answer)
    return got, rows


def _lost_anyway(record: Record, html: bytes, run: Run, answer: Prediction) -> int:
    """Of the words that were cut as teasers those that the text lacks also when nothing is cut from it."""
    with mock.patch.object(teasers, "safe", return_value=False):
        uncut = run(record, html)
    return lost_words(record.get("text"), uncut.get("text"), answer["teasers"])


def _figures(records: Sequence[Record], rows: dict[str, list[Row]]) -> str:
    """The tables of a corpus, with an empty line between."""
    others = [n for n in rows if n != OWN]
    found = [tables.side_by_side(rows, records), tables.teaser_cuts(rows[OWN], records)]
    if others:
        found.append(tables.with_intervals(rows, records, OWN, others[0], _DRAWS, SEED))
    return "\n\n".join(part for part in found if part)


def _tell(
    options: argparse.Namespace,
    records: Sequence[Record],
    got: Sequence[Prediction],
    rows: dict[str, list[Row]],
) -> None:
    """The files and lists that were asked for."""
    if options.save:
        lines = (
            json.dumps({**g, "id": r["id"]}, ensure_ascii=False, default=str)
            for r, g in zip(records, got, strict=True)
        )
        options.save.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    if options.table:
        options.table.write_text(tables.by_page(rows, records), encoding="utf-8")
    if options.wrong:
        print("\n" + tables.wrong(options.wrong, records, got, rows[OWN]))
    order = tables.worst(records, rows, OWN, options.worst or 30)
    if options.html:
        figures = tables.side_by_side(rows, records)
        options.html.write_text(
            report.page(options.corpus.name, figures, records, got, rows[OWN], order), encoding="utf-8"
        )
    for i in order if options.worst and not options.html else ():
        figure = "  ".join(f"{n} {rows[n][i]['F1']:.3f}" for n in rows)
        print(f"{figure}  P {rows[OWN][i]['P']:.3f}  R {rows[OWN][i]['R']:.3f}  {records[i]['id']}")


if __name__ == "__main__":
    sys.exit(main())
