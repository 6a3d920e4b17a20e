"""Another generation under another key: built beside, compared, then accepted or rejected."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from archive.db import open_reader
from archive.errors import ArchiveError, Locked
from archive.index import candidate, generation, jobs
from archive.index.compare import Comparison, compare
from archive.index.comparison_page import page
from archive.index.worddiff import LONGEST, Piece, diff
from archive.layout import Layout
from tests.index.support import Shot, dump, fake_pool, only, write_warc
from tests.index.test_reextract import article, shots

HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(1)>"


def newer(layout: Layout) -> Any:
    return fake_pool(layout, function="extract_newer")


def many() -> list[Shot]:
    return [
        *shots(),
        Shot("https://b.example/x", article(HOSTILE, v2={"text": f"{HOSTILE} " * 90}), 500, site="bravo"),
        Shot("https://b.example/y", article("Ohne Site"), 501, site=None),
        *(
            Shot(
                f"https://b.example/{i}",
                article(f"B {i}", "eins zwei drei " * i, v2={"text": "eins vier drei " * (i + i % 3)}),
                510 + i,
                site="bravo",
            )
            for i in range(60)
        ),
    ]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    write_warc(layout, "a", many())
    jobs.run(layout, pool=fake_pool(layout))
    return layout


def compared(layout: Layout) -> Comparison:
    used, built = generation.current(layout), generation.candidate(layout)
    assert used is not None
    assert built is not None
    return compare(used, built)


def test_built_beside_and_accepted_with_what_came_meanwhile(layout: Layout, tmp_path: Path) -> None:
    before = dump(layout)
    candidate.build(layout, newer(layout))
    assert dump(layout) == before
    write_warc(layout, "b", [Shot("https://b.example/neu", article("Neu"), 700)])
    jobs.run(layout, pool=fake_pool(layout))
    assert generation.candidate(layout) is not None, "a pass over the index in use leaves it alone"
    old = generation.open_index(layout)
    summary = candidate.accept(layout, newer(layout))
    assert (summary.captures, summary.documents) == (1, 1)
    assert old.execute("SELECT DISTINCT extractor FROM documents").fetchall()[0][0] == "fake-1"
    old.close()
    fresh = Layout(tmp_path / "fresh")
    fresh.warc.mkdir(parents=True)
    for path in layout.warc.iterdir():
        (fresh.warc / path.name).write_bytes(path.read_bytes())
    jobs.run(fresh, pool=newer(fresh))
    assert dump(layout) == dump(fresh)
    assert generation.candidate(layout) is None
    assert [path.name for path in layout.generations.glob("*.db")] == [layout.index.readlink().name]
    assert jobs.run(layout, pool=newer(layout)) == jobs.Summary()


def test_rejected_and_refused(layout: Layout) -> None:
    before = dump(layout)
    with pytest.raises(ArchiveError, match="no comparison waits; make one with"):
        candidate.accept(layout, newer(layout))
    assert not candidate.reject(layout)
    candidate.build(layout, newer(layout))
    with pytest.raises(ArchiveError, match="under another extractor"):
        candidate.accept(layout, fake_pool(layout))
    with jobs.Indexer(layout, pool=fake_pool(layout)), pytest.raises(Locked):
        candidate.accept(layout, newer(layout))
    assert candidate.reject(layout)
    assert dump(layout) == before
    assert len(list(layout.generations.iterdir())) == 1


def test_unfinished_is_gone_on_with_and_never_accepted(layout: Layout) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done:
            raise Stop

    with pytest.raises(Stop):
        candidate.build(layout, newer(layout), stop)
    with pytest.raises(ArchiveError, match="isn't finished; go on with"):
        candidate.accept(layout, newer(layout))
    summary = candidate.build(layout, newer(layout))
    assert 0 <= summary.outcomes < only(layout, "SELECT count(*) FROM captures WHERE extractor IS NOT NULL")
    path = generation.candidate(layout)
    candidate.build(layout, newer(layout))
    assert generation.candidate(layout) == path, "built again under the same key it is the same"
    candidate.build(layout, fake_pool(layout))
    assert compared(layout).total.changed == 0


def recount(layout: Layout) -> dict[str | None, Counter[str]]:
    """The numbers of a comparison from the rows themselves, by other means."""
    stored = []
    for path in (generation.current(layout), generation.candidate(layout)):
        assert path is not None
        connection = open_reader(path)
        rows = {}
        for row in connection.execute("SELECT * FROM documents"):
            parts = [
                tuple(map(tuple, connection.execute(sql, (row["id"],))))
                for sql in (
                    "SELECT name FROM authors WHERE document_id = ? ORDER BY position",
                    """SELECT headline, text, url, evidence FROM teasers
                        WHERE document_id = ? ORDER BY position""",
                )
            ]
            rows[row["id"]] = (dict(row), parts)
        stored.append(rows)
        connection.close()
    old, new = stored
    ignored = (
        "pk newest extractor title_key uncut trafilatura_asked published_source modified_source"
        " captured_at last_captured_at record_id warc offset length"
    ).split()
    counts: dict[str | None, Counter[str]] = {}
    for key in old.keys() | new.keys():
        one, two = old.get(key), new.get(key)
        site = (two or one or ({}, []))[0]["site"]
        found = counts.setdefault(site, Counter())
        was = re.findall(r"\S+", one[0]["text"]) if one else []
        now = re.findall(r"\S+", two[0]["text"]) if two else []
        for word in {*was, *now}:
            difference = now.count(word) - was.count(word)
            found["words_added" if difference > 0 else "words_removed"] += abs(difference)
        if one is None or two is None:
            found["gained" if one is None else "lost"] += 1
        elif one[1] != two[1] or any(one[0][name] != two[0][name] for name in one[0] if name not in ignored):
            found["changed"] += 1
    return counts


def test_numbers_equal_a_separate_recount(layout: Layout) -> None:
    candidate.build(layout, newer(layout))
    found = compared(layout)
    expected = recount(layout)
    names = ("gained", "lost", "changed", "words_added", "words_removed")
    for site, counts in found.sites.items():
        assert {name: getattr(counts, name) for name in names} == {
            name: expected[site][name] for name in names
        }, site
    assert found.sites.keys() == expected.keys()
    assert found.total.gained == found.total.lost == 1
    assert found.fields["title"] == 3
    assert found.fields["published"] == 9
    assert (found.failures_before, found.failures_after) == ({"empty": 2}, {"empty": 2, "timeout": 1})
    assert sum(found.net_words.values()) == found.total.changed
    sizes = [one.words_added + one.words_removed for one in found.largest]
    assert len(sizes) == 50
    assert sizes == sorted(sizes, reverse=True)
    assert {one.what for one in found.largest} >= {"changed"}


def test_pages_that_came_meanwhile_are_no_difference(layout: Layout) -> None:
    candidate.build(layout, newer(layout))
    before = compared(layout).total
    write_warc(layout, "b", [Shot("https://b.example/neu", article("Neu"), 700)])
    jobs.run(layout, pool=fake_pool(layout))
    after = compared(layout).total
    assert (after.gained, after.lost, after.changed) == (before.gained, before.lost, before.changed)
    assert after.before == before.before + 1


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.bad += [
            f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset") or name[:2] == "on"
        ]


def test_the_page_needs_nothing_else_and_nothing_in_it_runs(layout: Layout) -> None:
    candidate.build(layout, newer(layout))
    seen = _Seen()
    text = page(compared(layout))
    seen.feed(text)
    assert seen.bad == []
    assert not {"script", "img", "link", "iframe", "a"} & seen.tags.keys()
    assert seen.tags["svg"] == 4
    assert seen.tags["article"] == 50
    assert "url(" not in text
    assert "&lt;script&gt;" in text


def test_words_that_differ_stand_between_words_that_do_not() -> None:
    same = " ".join(f"w{i}" for i in range(40))
    pieces = diff(f"{same} alt {same}", f"{same} neu und {same}")
    assert pieces == (
        Piece("=", "… " + " ".join(f"w{i}" for i in range(32, 40))),
        Piece("-", "alt"),
        Piece("+", "neu und"),
        Piece("=", " ".join(f"w{i}" for i in range(8)) + " …"),
    )
    assert diff(same, same) == (Piece("=", "…"),)
    assert diff("", "") == ()
    assert diff("", "a b") == (Piece("+", "a b"),)
    ((sign, words),) = [(p.sign, p.text.split()) for p in diff("", "x " * 1000)]
    assert (sign, len(words)) == ("+", LONGEST + 1)
    long = [diff("a b " * 4000, "c d " * 4000)]
    assert [piece.sign for piece in long[0]] == ["-", "+"]
