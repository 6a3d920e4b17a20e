"""The judged test set of search in german/: articles, queries, and which articles each query wants.

All was written and judged by meaning before any of it was searched. A word is wanted in every form of it,
in either spelling, also of women where the query names men or both, and where it is part of a compound and
keeps its meaning there: Bürgermeister for Meister, Rathaus for Rat, but not Bahnhof for Hof. Words that only
look alike are not wanted. Only the queries marked "tune" were used to choose anything. Those marked "fresh"
were written after all was chosen, with more articles, and nothing was changed for them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import Stemmer

from archive.index.stems import stems
from archive.index.words import fold
from archive.research.expression import to_fts

PARTS = ("tune", "held", "fresh")
_DATA = Path(__file__).parent / "german"


@dataclass(frozen=True)
class Article:
    """``language`` is de or en."""

    number: int
    language: str
    title: str
    text: str


@dataclass(frozen=True)
class Judged:
    """A query; ``part`` is one of PARTS."""

    part: str
    text: str
    wanted: frozenset[int]


@dataclass(frozen=True)
class Way:
    """A way to search: a tokenizer, what stands in a fourth column, and how a query is put."""

    tokenizer: str
    stems: Callable[[Article], str]
    expression: Callable[[str], str]


@dataclass(frozen=True)
class Score:
    """Of all hits together (micro), and as means over the queries (macro)."""

    recall: float
    precision: float
    macro_recall: float
    macro_precision: float


def articles(*, fresh: bool = False) -> list[Article]:
    """The articles that the queries are judged for; ``fresh`` with those of the fresh ones."""
    blocks = re.split("^= ", (_DATA / "texts.txt").read_text("utf-8"), flags=re.MULTILINE)[1:]
    found = []
    for block in blocks:
        head, title, text = block.strip().split("\n", 2)
        number, language, *marks = head.split()
        if fresh or not marks:
            found.append(Article(int(number), language, title, " ".join(text.split())))
    return found


def queries(*parts: str) -> list[Judged]:
    lines = (_DATA / "queries.tsv").read_text("utf-8").splitlines()
    split = [line.split("\t") for line in lines if not line.startswith("#")]
    return [
        Judged(part, text, frozenset(map(int, numbers.split())))
        for part, text, numbers in split
        if part in parts
    ]


def _nothing(article: Article) -> str:
    return ""


def _own(article: Article) -> str:
    return stems(article.title, None, article.text, article.language)


def _as_typed(text: str) -> str:
    return " AND ".join(f'"{word}"' for word in text.split())


_SNOWBALL = Stemmer.Stemmer("german")


def _snowball(article: Article) -> str:
    words = re.findall(r"[^\W\d_]+", f"{article.title}\n{article.text}".lower())
    return " ".join(dict.fromkeys(fold(stem) for stem in _SNOWBALL.stemWords(words)))


def _stemmed(text: str) -> str:
    words = [(word, fold(_SNOWBALL.stemWord(word.lower()))) for word in text.split()]
    return " AND ".join(f'("{word}" OR stems : "{stem}")' for word, stem in words)


_FOLDED = "unicode61 remove_diacritics 2"
WAYS = {
    "gazette": Way(_FOLDED, _own, to_fts),
    "stems, query as typed": Way(_FOLDED, _own, _as_typed),
    "unicode61 alone": Way(_FOLDED, _nothing, _as_typed),
    "trigram": Way("trigram", _nothing, _as_typed),
    "Snowball alone": Way(_FOLDED, _snowball, _stemmed),
}


def search(way: Way, part: str) -> list[tuple[Judged, frozenset[int]]]:
    """What each query of a part finds in the articles that it is judged for."""
    stored = articles(fresh=part == "fresh")
    connection = sqlite3.connect(":memory:")
    connection.execute(
        f"CREATE VIRTUAL TABLE articles_fts USING fts5(title, lead, text, stems, tokenize='{way.tokenizer}')"
    )
    connection.executemany(
        "INSERT INTO articles_fts (rowid, title, lead, text, stems) VALUES (?, ?, '', ?, ?)",
        [(article.number, article.title, article.text, way.stems(article)) for article in stored],
    )
    found = []
    for query in queries(part):
        rows = connection.execute(
            "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?", (way.expression(query.text),)
        )
        found.append((query, frozenset(row[0] for row in rows)))
    connection.close()
    return found


def score(results: Iterable[tuple[Judged, frozenset[int]]]) -> Score:
    """A query that finds nothing has a precision of 1 if nothing was wanted, else of 0."""
    results = list(results)
    right = sum(len(query.wanted & got) for query, got in results)
    recalls = [len(query.wanted & got) / len(query.wanted) for query, got in results if query.wanted]
    precisions = [
        len(query.wanted & got) / len(got) if got else float(not query.wanted) for query, got in results
    ]
    return Score(
        right / sum(len(query.wanted) for query, _ in results),
        right / sum(len(got) for _, got in results),
        sum(recalls) / len(recalls),
        sum(precisions) / len(precisions),
    )
