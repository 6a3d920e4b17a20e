"""Train the extractor's referee on pages whose text is known, and write its model and its card.

    scripts/train_referee CORPUS.jsonl... [--folds K] [--seed N] [--out DIR]

The corpora are those of scripts/evaluate. Pages are kept together by registrable domain, publisher and
family (``split_key``): first each fold's pages are read by the whole extractor with a model that saw no
page of their groups, and the table of that is printed; then the model that ships is trained on all pages
and written as model.json with its card, model.md. The same corpora, seed and versions make the same
bytes. LightGBM is needed here alone: the extractor reads its model with numpy.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from archive.extract.referee import MODEL
from archive.extract.referee import model as referee
from archive.extract.referee.features import NAMES, SCALE
from scripts.evaluation.competitors import timed, trafilatura_default
from scripts.evaluation.corpus import load, named_hosts
from scripts.evaluation.measures import Prediction, Record, Row, score, summary
from scripts.training.examples import ARTICLES, NEWS_WEIGHT, Example, examples
from scripts.training.fitting import INNER_FOLDS, LEAVES, SEED, TREES, Tree, fit, folds, passes

_Pair = tuple[str, Row, Row]
"""A page's group, and the figures of Gazette and of trafilatura on it."""

_DRAWS = 1000


def by_fold(
    pages: Iterable[tuple[Record, bytes]],
    count: int,
    seed: int,
    also: Iterable[tuple[Record, bytes]] = (),
) -> Callable[[Record, bytes], Prediction]:
    """Gazette's answers to pages, each by a model that saw no page of its domain, publisher or family.

    The models learn from ``also`` too, under the same rule. What is asked beside these pages is read with
    the first model.
    """
    return _judged(examples([*pages, *also]), count, seed)


def _judged(known: Sequence[Example], count: int, seed: int) -> Callable[[Record, bytes], Prediction]:
    fold = folds(known, count, seed)
    models = [fit([e for e, f in zip(known, fold, strict=True) if f != k], seed) for k in range(count)]
    judge = {e.record["id"]: models[f] for e, f in zip(known, fold, strict=True)}
    # By its name: a script that mypy is given as a file can't be a module of this package as well.
    read = timed(importlib.import_module("scripts.evaluate").predict)

    def run(record: Record, html: bytes) -> Prediction:
        with mock.patch.object(referee, "shipped", return_value=judge.get(record["id"], models[0])):
            return read(record, html)

    return run


def figures(known: Sequence[Example], count: int, seed: int) -> list[list[str]]:
    """The cross-validated table: by part of the corpus, Gazette with the referee beside trafilatura."""
    own = _judged(known, count, seed)
    default = timed(trafilatura_default)
    parts: dict[str, list[_Pair]] = {}
    for page in known:
        pair = [score(page.record, run(page.record, page.html)) for run in (own, default)]
        for part in _parts(page.record):
            parts.setdefault(part, []).append((page.group, pair[0], pair[1]))
    table = [["part", "pages", "groups", "F1", "trafilatura", "difference", "95 % interval", "CPU ms"]]
    for part, found in sorted(parts.items()):
        ours = summary([row for _, row, _ in found])
        theirs = summary([row for _, _, row in found])
        low, high = _interval(found, seed)
        table.append(
            [
                *(part, str(len(found)), str(len({group for group, _, _ in found}))),
                *(f"{ours['F1']:.4f}", f"{theirs['F1']:.4f}", f"{ours['F1'] - theirs['F1']:+.4f}"),
                *(f"{low:+.4f} {high:+.4f}", f"{ours['ms']:.1f} ({theirs['ms']:.1f})"),
            ]
        )
    return table


def _parts(record: Record) -> list[str]:
    source = record.get("source") or "pages"
    if source == ARTICLES:
        return [source]
    german = [f"{source}, German"] if record.get("lang_group") == "de" else []
    return ["all news", source, *german]


def _interval(found: Sequence[_Pair], seed: int) -> tuple[float, float]:
    """The 95 % interval of the difference of F1, by drawing groups with replacement."""
    by_group: dict[str, NDArray[np.float64]] = {}
    for group, *pair in found:
        sums = [x for row in pair for x in (row["P"] if row["words"] else 0, bool(row["words"]), row["R"], 1)]
        by_group[group] = by_group.get(group, np.zeros(8)) + np.array(sums, dtype=np.float64)
    clusters = np.array([by_group[name] for name in sorted(by_group)])
    drawn = np.random.default_rng(seed).integers(0, len(clusters), (_DRAWS, len(clusters)))
    totals = clusters[drawn].sum(axis=1)
    low, high = np.percentile(_f1(totals[:, :4]) - _f1(totals[:, 4:]), [2.5, 97.5])
    return float(low), float(high)


def _f1(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 from columns: sum of precisions, pages with text, sum of recalls, pages."""
    precision, recall = sums[:, 0] / np.maximum(1, sums[:, 1]), sums[:, 2] / sums[:, 3]
    return np.asarray(2 * precision * recall / np.maximum(1e-9, precision + recall))


def model_json(model: Sequence[Sequence[Tree]]) -> str:
    """Both passes as the text of model.json."""
    stored = {"scale": SCALE, "features": [*NAMES, *referee.SECOND_NAMES], "passes": model}
    return json.dumps(stored, separators=(",", ":")) + "\n"


def card(
    text: str, pages: Sequence[Example], corpora: Sequence[Path], table: Sequence[Sequence[str]], seed: int
) -> str:
    """The model's card: what it was made from, how good it is, and where it ends."""
    pieces = sum(len(e.text) for e in pages)
    data = "\n".join(
        f"- {path.name}: sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in corpora
    )
    head, *rows = [f"| {' | '.join(row)} |" for row in table]
    measured = "\n".join([head, f"|{'---|' * len(table[0])}", *rows])
    return _CARD.format(
        digest=hashlib.sha256(text.encode()).hexdigest(),
        size=len(text.encode()),
        features=len(NAMES),
        second=len(referee.SECOND_NAMES),
        trees=TREES,
        leaves=LEAVES,
        data=data,
        pages=len(pages),
        groups=len({e.group for e in pages}),
        pieces=pieces,
        text=round(100 * sum(int(e.text.sum()) for e in pages) / max(1, pieces)),
        news=NEWS_WEIGHT,
        inner=INNER_FOLDS,
        seed=seed,
        lightgbm=importlib.import_module("lightgbm").__version__,
        measured=measured,
    )


_CARD = """# The referee's model

Made by `scripts/train_referee`; do not edit. sha256 of `model.json`: {digest}

**What it does.** Says of each piece of text on a page how sure it is part of the article. The vote takes
lines out of trafilatura's text and puts pieces in, where the model is sure. It is no classifier of pages:
it was shown articles only, and says nothing of use about section pages.

**Form.** {size} bytes of JSON. Two passes of {trees} trees with at most {leaves} leaves over {features}
features of a piece; the second pass has {second} more, from what the first says of the pieces around. All
numbers are whole, so that every machine comes to the same outcome.

**Data.** {pages} pages of {groups} groups (domain, publisher and family together), {pieces} pieces, {text} %
of them text.

{data}

A piece is text when half of its runs of four words stand in the expected text. The title, and a lead that
the expected text leaves out, count for nothing. A page weighs the same however long it is; a page of
news weighs {news:g} times one of general articles.

**Training.** LightGBM {lightgbm}, seed {seed}. The second pass learned from what the first said of pages it
had not seen ({inner} folds).

**Figures.** The whole extractor, each page read with a model that saw no page of its group; F1 by word
4-grams, as `scripts/evaluate` counts it. The model that ships was trained on all pages.

{measured}

**Limits.** The features know no language, but the pages are mostly English and German. The expected texts
differ in what they count: some leave out leads, some lists. Live blogs, transcripts and pages whose text
is in no markup were rare. Trained again on other pages, it has other thresholds: raise nothing by hand.
"""


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 when a model was written, 2 when it can't train."""
    options = _options().parse_args(arguments)
    if importlib.util.find_spec("lightgbm") is None:
        print(
            "train_referee: LightGBM is missing; install it: python -m pip install lightgbm", file=sys.stderr
        )
        return 2
    pages = [page for corpus in options.corpus for page in load(corpus, None)]
    rules = named_hosts([r for r, _ in pages])
    if rules:
        print(f"refused: archive/extract names hosts of these pages: {', '.join(rules)}", file=sys.stderr)
        return 2
    known = examples(pages)
    table = figures(known, options.folds, options.seed)
    print("\n".join("\t".join(row) for row in table), flush=True)
    text = model_json(passes(known, options.seed))
    options.out.joinpath("model.json").write_text(text, encoding="utf-8")
    options.out.joinpath("model.md").write_text(
        card(text, known, options.corpus, table, options.seed), encoding="utf-8"
    )
    print(f"{options.out / 'model.json'}: {len(text)} bytes")
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, nargs="+")
    parser.add_argument("--folds", type=int, default=5, metavar="K")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N")
    parser.add_argument("--out", type=Path, default=MODEL.parent, metavar="DIR", help="where to write")
    return parser


if __name__ == "__main__":
    sys.exit(main())
