"""A small index of generated articles, as scripts/bench search writes its large one."""

from __future__ import annotations

import itertools
from pathlib import Path

from archive.index.store import Store
from scripts.benchmarks.german import EXTRACTOR, Press
from scripts.benchmarks.writing import take_in

ARTICLES = 240
FORMS = 260


def write(path: Path) -> None:
    """Write ARTICLES articles over ten years into the index at ``path``, in batches that mix the years."""
    store = Store(path, EXTRACTOR)
    articles = list(Press(FORMS).articles(0, ARTICLES, ARTICLES))
    for start in range(4):
        take_in(store, list(itertools.islice(articles, start, None, 4)))
    store.close()
