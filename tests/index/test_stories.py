"""Stories are a law: the same articles make the same ones, in whatever order they come, change and go."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.index import generation, story_pairs, story_postings
from archive.index.store import Store
from archive.index.workers import Result
from archive.layout import Layout
from archive.types import Page
from archive.warc.reader import CaptureWalk, files, read_page
from scripts.benchmarks import press
from tests.index import fakes
from tests.index.support import Shot, dump, only, write_warc


def said(piece: press.Piece, **more: Any) -> dict[str, Any]:
    return {"title": piece.title, "text": piece.text, "day": piece.day.isoformat(), **more}


def pieces() -> list[press.Piece]:
    """Sources with rewrites, copies and rewrites of rewrites, and pieces of series."""
    sources = [press.piece(number, 9) for number in range(1, 9)]
    found = [press.piece(number * press.SERIES, 9) for number in range(6)] + sources
    for number, source in enumerate(sources):
        found.append(press.rewrite(source, 1_000 + number, 0.5))
        found.append(press.rewrite(found[-1], 2_000 + number, 0.3))
        found.append(press.copy(source, 3_000 + number))
    return found


def shots() -> list[Shot]:
    found = []
    for number, piece in enumerate(pieces()):
        more: dict[str, Any] = {}
        if number % 5 == 3:
            more["v2"] = {"failure": "empty"}
        elif number % 5 == 1:
            more["v2"] = {"text": press.piece(5_000 + number, 9).text}
        elif number % 7 == 2:
            more["v2"] = {"day": (piece.day + timedelta(5)).isoformat()}
        found.append(Shot(piece.url, said(piece, **more), number, site=piece.outlet))
        if number % 6 == 0:
            found.append(Shot(piece.url, said(press.rewrite(piece, 9_000 + number, 0.3)), 100 + number))
    return found


class Index:
    """A generation that is filled capture by capture, in this process."""

    def __init__(self, root: Path) -> None:
        self.layout = Layout(root)
        write_warc(self.layout, "all", shots())
        self.path = generation.fresh(self.layout)
        self.store = Store(self.path, fakes.KEY)
        entries = list(CaptureWalk(self.layout.warc / "all.warc.gz", "all.warc.gz"))
        self.store.add_captures(files(self.layout.warc)[0], entries, entries[-1].end)
        self.captures = list(self.store.new_captures())

    def write(self, dice: random.Random, extract: Any) -> None:
        """Give every capture its outcome, in any order and in lots of any size."""
        dice.shuffle(self.captures)
        waiting = list(self.captures)
        while waiting:
            lot = [waiting.pop() for _ in range(min(len(waiting), dice.choice((1, 2, 9, 40))))]
            self.store.write([self._result(capture, extract) for capture in lot])
        # What lost its outcome to another capture's is new again.
        while again := list(self.store.new_captures()):
            self.store.write([self._result(capture, extract) for capture in again])

    def _result(self, capture: Any, extract: Any) -> Result:
        page: Page = read_page(self.layout.warc, capture)
        return Result(capture, extract(page), None)

    def dump(self) -> list[tuple[Any, ...]]:
        self.store.close()
        generation.use(self.layout, self.path)
        return dump(self.layout)


@pytest.mark.parametrize(("stock", "partners"), [(8, 5), (1, 5), (8, 1), (2, 2)])
def test_any_order_replacement_and_removal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stock: int, partners: int
) -> None:
    """With low bounds, phrases become stock phrases and cease to be, and pairs give way to others, in nearly
    every lot."""
    monkeypatch.setattr(story_postings, "STOCK", stock)
    monkeypatch.setattr(story_pairs, "PARTNERS", partners)
    first, scratch = Index(tmp_path / "first"), Index(tmp_path / "scratch")
    first.write(random.Random(0), fakes.extract)
    scratch.write(random.Random(1), fakes.extract_newer)
    wanted, wanted_newer = first.dump(), scratch.dump()
    for seed in range(2, 4):
        index = Index(tmp_path / str(seed))
        index.write(random.Random(seed), fakes.extract)
        if seed == 2:
            assert index.dump() == wanted
            continue
        index.write(random.Random(seed), fakes.extract_newer)
        found = [row for row in index.dump() if row[0] != "meta"]
        assert found == [row for row in wanted_newer if row[0] != "meta"]
    tables = [row[0] for row in wanted]
    assert tables.count("stories") >= (8 if stock == 8 else 1)
    assert {"story_pairs", "story_documents", "story_shingles"} <= set(tables)


def test_what_was_made_of_what_is_joined_and_nothing_else(tmp_path: Path) -> None:
    index = Index(tmp_path)
    index.write(random.Random(0), fakes.extract)
    index.dump()
    found = only(
        index.layout,
        """SELECT story_id, group_concat(url, ' ') FROM story_documents
            JOIN documents ON id = document_id GROUP BY 1""",
    )
    made = {piece.number: piece.of for piece in pieces()}

    def origin(number: int) -> int:
        of = made.get(number)
        return number if of is None else origin(of)

    for _, urls in found:
        assert len({origin(int(url.rsplit("/", 1)[1])) for url in urls.split()}) == 1
    assert len(found) >= 7
    assert set(only(index.layout, "SELECT relation FROM story_documents GROUP BY 1")) >= {
        ("copy",),
        ("first",),
        ("rewrite",),
    }
    assert only(
        index.layout,
        """SELECT count(*) FROM stories JOIN documents ON documents.id = first_id
            WHERE first_day = published_day AND stories.title = documents.title""",
    ) == len(found)
