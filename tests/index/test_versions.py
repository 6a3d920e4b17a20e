"""Versions and lineages as a law: the same captures give the same rows in any order and in any batches."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from archive.index import generation
from archive.index.store import Store
from archive.index.workers import Result
from archive.layout import Layout
from archive.warc.reader import CaptureWalk, files, read_page
from tests.index import fakes
from tests.index.support import Shot, dump, only, write_warc

HOST = "https://a.example"
LONG = "Der Rat tagte bis spät in die Nacht und beschloss den Haushalt der Stadt. " * 5
OTHER = "Am Kanal brütet seit dem Frühjahr ein Paar Störche auf dem Mast. " * 5


def said(title: str, text: str = LONG, **more: object) -> dict[str, object]:
    return {"title": title, "text": text, **more}


def shot(path: str, what: object, at: int, **more: object) -> Shot:
    """A capture; each hundred minutes are a run of their own."""
    made = Shot(HOST + path, what, at, run=f"run-{at // 100}")
    return replace(made, **more)  # type: ignore[arg-type]


def led(path: str, at: int, to: str, status: int = 301) -> Shot:
    return shot(path, b"", at, status=status, location=HOST + to)


SHOTS = [
    # To and fro, with a change that is none, announced once and silent twice.
    shot("/rat", said("Rat tagt", modified="2026-03-01"), 1),
    shot("/rat", said("Rat tagt", LONG.replace("Rat", "Rat\u00ad"), modified="2026-03-01"), 101),
    shot("/rat", said("Rat tagt", LONG + "\nAktualisiert um 14.30 Uhr", modified="2026-03-01"), 150),
    shot("/rat", said("Rat tagte", LONG + "Dann war Schluss.", modified="2026-03-02"), 201),
    shot("/rat", said("Rat tagt", modified="2026-03-01"), 301),
    shot("/rat", b"", 401, status=304, kind="revisit", of=301),
    # Moved twice, by two redirects on the way, the text changed at once.
    shot("/alt", said("Es war einmal"), 2),
    led("/alt", 102, "/mitte"),
    led("/mitte", 103, "/neu", 302),
    shot("/neu", said("Es war einmal", LONG + "Neu."), 104),
    led("/neu", 202, "/zuletzt"),
    shot("/zuletzt", said("Es war einmal", LONG + "Neu."), 203),
    # Gone, and led to another story: no move.
    shot("/weg", said("Störche am Kanal", OTHER), 3),
    led("/weg", 105, "/rat"),
    # The same text later under another URL of the site, and a page that calls it its own.
    shot("/a", said("Zwei Brücken", LONG + "A."), 4),
    shot("/b", said("Zwei Brücken", LONG + "A."), 106),
    shot("/c", said("Drei Brücken", LONG + "B.", canonical=HOST + "/b"), 205),
    # Beside each other in one run: a print version is no change.
    shot("/d", said("Vier Brücken", LONG + "C."), 5),
    shot("/d?druck", said("Vier Brücken", LONG + "C. Druck.", canonical=HOST + "/d"), 6),
    # Too short to be the same by chance.
    shot("/kurz", said("Kurz", "Nichts."), 7),
    shot("/kuerzer", said("Kurz", "Nichts."), 107),
]


def written(layout: Layout, shots: list[Shot], dice: random.Random) -> Layout:
    """Indexed in an order and in batches of chance. Captures come by file, outcomes in any order."""
    names = [f"part-{number}" for number in range(3)]
    for number, name in enumerate(names):
        write_warc(layout, name, shots[number::3])
    path = generation.fresh(layout)
    store = Store(path, fakes.KEY)
    order = list(files(layout.warc))
    dice.shuffle(order)
    for file in order:
        entries = list(CaptureWalk(file.path, file.name))
        store.add_captures(file, entries, entries[-1].end)
        if dice.random() < 0.5:
            extract(layout, store, dice)
    extract(layout, store, dice)
    store.close()
    generation.use(layout, path)
    return layout


def extract(layout: Layout, store: Store, dice: random.Random) -> None:
    captures = list(store.new_captures())
    dice.shuffle(captures)
    while captures:
        batch = [captures.pop() for _ in range(min(len(captures), dice.choice((1, 2, 5))))]
        store.write(Result(c, fakes.extract(read_page(layout.warc, c)), None) for c in batch)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return written(Layout(tmp_path_factory.mktemp("indexed")), SHOTS, random.Random(0))


@pytest.mark.parametrize("seed", range(1, 7))
def test_the_order_of_arrival_changes_nothing(indexed: Layout, tmp_path: Path, seed: int) -> None:
    assert dump(written(Layout(tmp_path), SHOTS, random.Random(seed))) == dump(indexed)


def versions(layout: Layout, path: str) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = only(
        layout,
        """SELECT number, title, captures, contents, changed, announced, same_as FROM versions
            WHERE article_id = (SELECT article_id FROM article_documents WHERE url = ?) ORDER BY number""",
        HOST + path,
    )
    return found


def test_a_version_is_a_stretch_that_says_the_same(indexed: Layout) -> None:
    assert versions(indexed, "/rat") == [
        (1, "Rat tagt", 3, 3, None, None, None),
        (2, "Rat tagte", 1, 1, "title, text", 1, None),
        (3, "Rat tagt", 2, 1, "title, text", 1, 1),
    ]
    assert only(indexed, "SELECT words_added, words_removed FROM versions WHERE title = 'Rat tagte'") == [
        (4, 1)
    ]


def test_articles_are_followed(indexed: Layout) -> None:
    assert only(indexed, "SELECT url, moved_to, evidence FROM article_moves ORDER BY seen_at, url") == [
        (HOST + "/alt", HOST + "/neu", "redirect"),
        (HOST + "/a", HOST + "/b", "text"),
        (HOST + "/neu", HOST + "/zuletzt", "redirect"),
        (HOST + "/b", HOST + "/c", "canonical"),
    ]
    assert [row[0] for row in versions(indexed, "/alt")] == [1, 2]
    assert [row[1:5] for row in versions(indexed, "/c")] == [
        ("Zwei Brücken", 2, 2, None),
        ("Drei Brücken", 1, 1, "title, text"),
    ]
    assert versions(indexed, "/c") == versions(indexed, "/a")


@pytest.mark.parametrize("path", ["/weg", "/d", "/d?druck", "/kurz", "/kuerzer"])
def test_what_is_no_move_stays_apart(indexed: Layout, path: str) -> None:
    assert len(versions(indexed, path)) == 1
    assert only(indexed, "SELECT count(*) FROM article_moves WHERE ? IN (url, moved_to)", HOST + path) == 0


def test_silent_changes_are_those_whose_stamp_stayed(tmp_path: Path) -> None:
    shots = [
        shot("/rat", said("Rat", LONG, modified="2026-03-01"), 1),
        shot("/rat", said("Rat", LONG + "Mehr.", modified="2026-03-01"), 101),
        shot("/nie", said("Nie", LONG), 1),
        shot("/nie", said("Nie", LONG + "Mehr."), 101),
    ]
    layout = written(Layout(tmp_path), shots, random.Random(0))
    found = only(layout, "SELECT url, changed, modified, title_before FROM silent_changes ORDER BY url")
    assert found == [
        (HOST + "/nie", "text", None, "Nie"),
        (HOST + "/rat", "text", "2026-03-01T00:00:00Z", "Rat"),
    ]


@pytest.mark.parametrize("count", [20, 21])
def test_what_many_addresses_lead_to_tells_of_none(tmp_path: Path, count: int) -> None:
    """A page for all that is gone, which says the same as each of them."""
    shots = [shot("/ende", said("Es war einmal", LONG), 300)]
    for number in range(count):
        shots.append(shot(f"/{number}", said(f"Es war einmal {number}", LONG), number))
        shots.append(led(f"/{number}", 100 + number, "/ende"))
    first = written(Layout(tmp_path / "1"), shots, random.Random(1))
    assert only(first, "SELECT count(*) FROM article_moves") == (count if count == 20 else 0)
    assert dump(written(Layout(tmp_path / "2"), shots, random.Random(2))) == dump(first)


def test_a_document_that_is_extracted_anew_leaves_its_article(tmp_path: Path) -> None:
    """Under a newer extractor it says something else: versions and moves are those of a first indexing."""
    newer = said("Es war einmal", LONG + "Neu.") | {"v2": said("Störche", OTHER)}
    shots = [shot("/alt", said("Es war einmal"), 2), led("/alt", 102, "/neu"), shot("/neu", newer, 104)]
    layout = written(Layout(tmp_path / "a"), shots, random.Random(0))
    assert only(layout, "SELECT count(*) FROM article_moves") == 1
    path = generation.current(layout)
    assert path is not None
    store = Store(path, "fake-2")
    numbers = only(layout, "SELECT rowid FROM captures WHERE outcome = 'document'")
    for capture in store.captures_at([row[0] for row in numbers]):
        store.write([Result(capture, fakes.extract_newer(read_page(layout.warc, capture)), None)])
    store.close()
    assert only(layout, "SELECT count(*) FROM article_moves") == 0
    assert only(layout, "SELECT count(DISTINCT article_id) FROM article_versions") == 2
