"""What the referee learns from: the pieces of pages whose text is known, each with its label and weight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive import urls
from archive.extract import charset, dom, metadata, split
from archive.extract.referee.features import NAMES, SCALE, Hints, Table, table
from scripts.evaluation.measures import Record, tokens

Weights = NDArray[np.float64]

NEWS_WEIGHT = 4.0
ARTICLES = "wcxb"
"""The source of general articles; all others are news."""
_MAX_WORDS = 80
_SECOND_LEVEL = frozenset("co com org net gov ac edu or ne go gob asn".split())


@dataclass(slots=True)
class Example:
    """One page of a corpus with what the model learns from it."""

    record: Record
    html: bytes
    group: str  # pages of one group are never split between training and test
    features: Table  # (pieces, features)
    text: NDArray[np.bool_]  # whether each piece is part of the expected text
    weights: Weights  # 0: says nothing


def examples(pages: Iterable[tuple[Record, bytes]]) -> list[Example]:
    """The pages that can be read, with the label of each of their pieces."""
    known = list(pages)
    found: list[Example] = []
    for (record, html), group in zip(known, groups([r for r, _ in known]), strict=True):
        decoded = charset.decode(html, "text/html")
        tree = dom.parse(decoded.text) if decoded else None
        if tree is None:
            continue
        meta = metadata.read(tree, record["url"] or "", None)
        pieces = split.pieces(tree.find("body"))
        features = table(pieces, tree.find("body"), Hints(meta.title, tuple(meta.descriptions)))
        text, weights = labels(pieces, record, features)
        found.append(Example(record, html, group, features, text, weights))
    return found


def groups(records: Sequence[Record]) -> list[str]:
    """A name of its own for all pages that share a domain, a publisher or a family, however indirectly."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for record in records:
        marks = _marks(record)
        for mark in marks[1:]:
            parent[root(mark)] = root(marks[0])
    return [root(_marks(record)[0]) for record in records]


def _marks(record: Record) -> list[str]:
    marks = [f"domain {_domain(record['url'] or '')}"]
    if record.get("split_key"):
        marks.append(f"family {record['split_key']}")
    if record.get("publisher"):
        marks.append(f"publisher {record['publisher']}")
    return marks


def _domain(url: str) -> str:
    parts = (urls.host(url) or "").split(".")
    size = 3 if len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in _SECOND_LEVEL else 2
    return ".".join(parts[-size:])


def labels(
    pieces: Sequence[split.Piece], record: Record, features: Table
) -> tuple[NDArray[np.bool_], Weights]:
    """Which pieces are text, by the share of their word 4-grams in the expected text; and their weights."""
    expected = record.get("text") or ""
    words = tokens(expected)
    grams = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
    lines = {" ".join(tokens(line)) for line in expected.split("\n")}
    title = " ".join(tokens(record.get("title")))
    own = [tokens(p.text) for p in pieces]
    sure = [len(t) >= 4 and _inside(t, grams) and (len(t) >= 7 or " ".join(t) in lines) for t in own]
    _drop_copies(own, sure, grams)
    text = list(sure)
    whole = f" {' '.join(words)} "
    for i, t in enumerate(own):
        said = " ".join(t)
        if sure[i] or not t or len(t) >= 7 or f" {said} " not in whole:
            continue
        near = any(sure[max(0, i - 2) : i + 3])
        between = any(sure[max(0, i - 2) : i]) and any(sure[i + 1 : i + 3])
        text[i] = between or (near and said in lines)
    size = np.array([min(len(t), _MAX_WORDS) + 2 for t in own], dtype=np.float64) / max(60, len(words))
    neutral = np.array([not t or " ".join(t) == title for t in own], dtype=bool)
    found = np.array(text, dtype=bool)
    neutral |= ~found & _is_described(features)
    size[neutral] = 0
    if record.get("source") != ARTICLES:
        size *= NEWS_WEIGHT
    return found, size


def _inside(own: Sequence[str], grams: Counter[tuple[str, str, str, str]]) -> bool:
    runs = list(zip(own, own[1:], own[2:], own[3:], strict=False))
    return sum(run in grams for run in runs) >= 0.5 * len(runs)


def _drop_copies(own: Sequence[list[str]], sure: list[bool], grams: Counter[Any]) -> None:
    """A text that stands on the page more often than expected is text where its neighbours are."""
    places: dict[tuple[str, ...], list[int]] = {}
    for i, t in enumerate(own):
        if sure[i]:
            places.setdefault(tuple(t), []).append(i)
    for copy, found in places.items():
        if len(found) > 1:
            ranked = sorted(found, key=lambda i: -sum(sure[max(0, i - 4) : i + 5]))
            for i in ranked[max(1, min(len(found), grams[copy[:4]])) :]:
                sure[i] = False


def _is_described(features: Table) -> NDArray[np.bool_]:
    """The lead, where the expected text leaves leads out: it is neither right nor wrong."""
    if not len(features):
        return np.zeros(0, dtype=bool)
    share = features[:, [NAMES.index("of_description"), NAMES.index("description_in")]].max(axis=1)
    return np.asarray(share >= SCALE // 2)
