"""What of a shape's article is lost and what of its teasers is kept, alone and in an archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from archive.db import open_reader
from archive.extract import extract_html, extract_page, extractor_key
from archive.extract.asjson import to_json
from archive.extract.dom import squash
from archive.index import generation
from archive.index.store import Store
from archive.index.workers import Result
from archive.layout import Layout
from archive.warc.reader import CaptureWalk, files, read_page
from tests.extract.shapes import Shape, section, story, target
from tests.index.support import Shot, write_warc

PROMOTED = (1, 4, 8)
"""Of the twelve stories those that an archive holds beside the page that promotes them."""


@dataclass(frozen=True)
class Verdict:
    """A shape's page, read. Words are counted where they stand in the text or should."""

    lost: int  # words of the lead and of the article's lines
    kept: int  # words of headlines and texts of teasers
    furniture: tuple[str, ...]  # labels, bylines, captions and boxes that stand in the text
    records: int  # of the twelve teasers, those that are records
    evidence: tuple[str, ...]  # of the records
    wrong: tuple[str, ...]  # fields that are not as they should be

    @property
    def clean(self) -> bool:
        """The article and nothing but it, with a record of each teaser."""
        return not (self.lost or self.kept or self.furniture or self.wrong) and self.records == 12

    @property
    def whole(self) -> bool:
        """At least nothing of the article is lost, and nothing but teasers kept beside it."""
        return not (self.lost or self.furniture or self.wrong)


def judge(shape: Shape, found: Mapping[str, Any]) -> Verdict:
    """``found`` has the keys title, lead, authors, text and teasers, as an extraction or a row has them."""
    text = found["text"]
    lines = [squash(line) for line in text.split("\n")]
    missing = _missing(lines, shape.lines)
    lost = sum(len(line.split()) for line in missing)
    if not text.startswith(shape.lead):
        lost += len(shape.lead.split())
    whole = "".join(lines)
    kept = sum(len(part.split()) for pair in shape.teasers for part in pair if squash(part) in whole)
    headlines = {squash(headline) for headline, _ in shape.teasers}
    records = [t for t in found["teasers"] if squash(t["headline"]) in headlines]
    fields = (("title", shape.title), ("lead", shape.lead), ("authors", []))
    return Verdict(
        lost=lost,
        kept=kept,
        furniture=tuple(part for part in shape.furniture if squash(part) in _stood(part, lines)),
        records=len({squash(t["headline"]) for t in records}),
        evidence=tuple(sorted({t["evidence"] for t in records})),
        wrong=tuple(name for name, value in fields if found[name] != value),
    )


def _missing(lines: Sequence[str], wanted: Iterable[str]) -> Iterable[str]:
    """The wanted lines that are not there, or not in their order."""
    position = 0
    for line in wanted:
        key = squash(line)
        place = next((i for i in range(position, len(lines)) if key in lines[i]), None)
        if place is None:
            yield line
        else:
            position = place


def _stood(part: str, lines: Sequence[str]) -> Sequence[str] | str:
    """Short furniture stands on a line of its own or before a text; longer parts anywhere."""
    return [*lines, *(line[: len(squash(part))] for line in lines)] if len(part) < 20 else "".join(lines)


def alone(shape: Shape) -> Verdict:
    """A shape's page without an archive."""
    return judge(shape, to_json(extract_html(shape.html.encode(), shape.url)))


def with_stories(root: Path, shapes: Sequence[Shape]) -> dict[str, Verdict]:
    """The pages in an archive that also holds some of the stories they promote."""
    shots = []
    at = count(1)
    for shape in shapes:
        shots.append(_shot(shape, shape.url, shape.html, next(at)))
        for number in PROMOTED:
            page = story(*shape.teasers[number])
            shots.append(_shot(shape, target(shape.host, number), page, next(at)))
    return _judged(_index(root, shots), shapes)


def with_section(root: Path, shapes: Sequence[Shape]) -> dict[str, Verdict]:
    """The pages in an archive that also holds a section page which lists those stories."""
    shots = []
    at = count(1)
    for shape in shapes:
        shots.append(_shot(shape, shape.url, shape.html, next(at)))
        page = section(shape.host, shape.teasers)
        shots.append(_shot(shape, f"https://www.{shape.host}/talheim/", page, next(at)))
    return _judged(_index(root, shots), shapes)


def _shot(shape: Shape, url: str, page: str, at: int) -> Shot:
    return Shot(url, page.encode(), at, site=shape.name)


def _index(root: Path, shots: Sequence[Shot]) -> Layout:
    layout = Layout(root)
    write_warc(layout, "all", shots)
    path = generation.fresh(layout)
    store = Store(path, extractor_key())
    entries = list(CaptureWalk(layout.warc / "all.warc.gz", "all.warc.gz"))
    store.add_captures(files(layout.warc)[0], entries, entries[-1].end)
    while captures := list(store.new_captures()):
        store.write([Result(c, extract_page(read_page(layout.warc, c)), None) for c in captures])
    store.close()
    generation.use(layout, path)
    return layout


def _judged(layout: Layout, shapes: Sequence[Shape]) -> dict[str, Verdict]:
    connection = open_reader(layout.index)
    found = {}
    for shape in shapes:
        row = connection.execute(
            "SELECT id, title, lead, text FROM documents WHERE site = ? AND url = ?", (shape.name, shape.url)
        ).fetchone()
        people = connection.execute("SELECT name FROM authors WHERE document_id = ?", (row["id"],)).fetchall()
        teasers = connection.execute(
            "SELECT headline, evidence FROM teasers WHERE document_id = ?", (row["id"],)
        ).fetchall()
        seen = {**dict(row), "authors": [name for (name,) in people], "teasers": [dict(t) for t in teasers]}
        found[shape.name] = judge(shape, seen)
    connection.close()
    return found
