"""The law: the index is a pure function of the records and the extractor key."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archive.index import batches, generation, intake, jobs, rownumbers
from archive.index.store import Store
from archive.index.workers import Result
from archive.layout import Layout
from archive.warc.reader import CaptureWalk, files, read_page
from archive.warc.records import digest
from tests.index import fakes
from tests.index.support import Shot, child, dump, fake_pool, only, reopen, seal, write_warc

A, B, C = "https://a.example/rathaus?id=1", "https://a.example/B", "https://b.example/ü"


Rows = list[tuple[object, ...]]
Expected = tuple[Layout, Rows]


def article(title: str, text: str = "Der Rat tagte.", **more: object) -> dict[str, object]:
    return {"title": title, "lead": "Kurz gesagt.", "text": text, **more}


MUELL = article("Zwei", "Straße und Müll\ud800\x00.")


PROMOTED = (
    Shot("https://d.example/haushalt", article("Der Haushalt steht"), 21),
    Shot(
        "https://d.example/rss",
        {"kind": "section", "teasers": [["Bad bleibt zu", "https://d.example/bad"]]},
        22,
    ),
    Shot(
        "https://d.example/brand",
        article("Es brannte", suspects=[["Der Haushalt steht", "31 dafür."], ["Bad bleibt zu", "Risse."]]),
        23,
    ),
    Shot("https://d.example/bad", article("Bad bleibt zu"), 24),
    Shot("https://d.example/haushalt", article("Haushalt: So wird gespart"), 25),
)


def news() -> list[Shot]:
    """Versions, versions that come back, one content at two times, revisits, teasers before and after their
    targets, teasers that other pages prove, failures, redirects, a soft 404 over an article, records that are
    no responses."""
    return [
        Shot("https://a.example/robots.txt", b"User-agent: *", 0, mime="text/plain"),
        Shot(
            "https://a.example/", {"kind": "section", "teasers": [["Eins", A], ["Zwei", B], ["Drei", C]]}, 1
        ),
        Shot(A, article("Alt", authors=["Ada", "Bo"], day="2026-02-27", teasers=[["Zwei", B]]), 2),
        Shot(A, article("Neu"), 50),
        Shot(A, article("Alt", authors=["Ada", "Bo"], day="2026-02-27", teasers=[["Zwei", B]]), 90),
        Shot(A, b"", 95, 304, "revisit", of=50, said_digest="sha1:EMPTY"),
        Shot(B, MUELL, 3),
        Shot(B, MUELL, 40, run="run-2", site="foxtrot"),
        Shot(B, b"", 60, 200, "revisit", said_digest=digest(Shot(B, MUELL).body)),
        Shot(B + "#teil?utm_source=x", {"kind": "other", "title": "Nicht gefunden"}, 70),
        Shot(C, {"failure": "empty"}, 4),
        Shot(C, article("Drei", day="1897-01-01", teasers=[["Eins", A + "&utm_source=feed"]]), 5, site=None),
        Shot(C, {"act": "raise"}, 6),
        Shot("https://b.example/alt", b"", 7, 301),
        Shot("https://b.example/fehler", article("Fehler"), 8, 500),
        Shot("https://b.example/bild", b"\x89PNG", 9, kind="resource", mime="image/png"),
        Shot("dns:b.example", b"b.example 1 IN A 127.0.0.1", 10, kind="conversion", mime="text/dns"),
        Shot("https://b.example/nie", b"", 11, 304, "revisit", of=2),
        *PROMOTED,
        *(
            Shot(f"https://c.example/{i}", article(f"Nr. {i}", day=f"2026-02-{1 + i % 28:02d}"), 100 + i)
            for i in range(30)
        ),
    ]


def split(layout: Layout, shots: list[Shot], count: int = 3) -> None:
    for number in range(count):
        write_warc(layout, f"part-{number}", shots[number::count])


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Expected:
    layout = Layout(tmp_path_factory.mktemp("expected"))
    split(layout, news())
    jobs.run(layout, pool=fake_pool(layout))
    return layout, dump(layout)


def test_what_stands_in_the_index(expected: Expected) -> None:
    layout, _ = expected
    assert only(
        layout,
        "SELECT title, captured_at, last_captured_at, newest FROM documents WHERE url = ? ORDER BY 1",
        A,
    ) == [
        ("Alt", "2026-03-01T00:02:00.250000Z", "2026-03-01T01:30:00.250000Z", 0),
        ("Neu", "2026-03-01T00:50:00.250000Z", "2026-03-01T01:35:00.250000Z", 1),
    ]
    assert only(layout, "SELECT title, text, site FROM articles WHERE url = ?", B) == [
        ("Zwei", "Kurz gesagt.\nStraße und Müll\ufffd\ufffd.", "echo")
    ], "an article stands for its URL although a page without one came later"
    assert (
        only(
            layout,
            "SELECT count(*) FROM captures WHERE document_id = (SELECT id FROM articles WHERE url = ?)",
            B,
        )
        == 3
    )
    assert only(
        layout,
        "SELECT headline, d.title FROM teasers t LEFT JOIN documents d ON d.id = target_id ORDER BY 1, 2",
    ) == [
        ("Bad bleibt zu", "Bad bleibt zu"),
        ("Bad bleibt zu", "Bad bleibt zu"),
        ("Der Haushalt steht", "Haushalt: So wird gespart"),
        ("Drei", "Drei"),
        ("Eins", "Neu"),
        ("Eins", "Neu"),
        ("Zwei", "Zwei"),
        ("Zwei", "Zwei"),
    ]
    assert only(layout, "SELECT kind, rtrim(message, '0123456789') FROM failures ORDER BY kind") == [
        ("crash", "KeyError in fakes.py, line "),
        ("empty", "no text"),
    ]
    assert only(layout, "SELECT kind, count(*) FROM documents GROUP BY 1") == [
        ("article", 38),
        ("other", 4),
        ("section", 2),
    ]
    assert only(
        layout, "SELECT record_type, status, outcome FROM captures WHERE outcome = 'none' ORDER BY 2"
    ) == [
        ("response", 301, "none"),
        ("revisit", 304, "none"),
        ("response", 500, "none"),
    ]
    assert only(layout, "SELECT title FROM articles ORDER BY pk LIMIT 1") == "Drei", (
        "numbers rise with the day"
    )
    cut = only(layout, "SELECT text FROM articles WHERE title = 'Es brannte'")
    assert cut == "Kurz gesagt.\nDer Rat tagte."
    assert only(layout, "SELECT group_concat(name, ',') FROM authors") == "Ada,Bo"
    assert only(layout, "SELECT name, articles, documents FROM sites ORDER BY 1") == [
        ("echo", 35, 43),
        ("foxtrot", 0, 0),
    ]


def test_second_run_writes_nothing(expected: Expected) -> None:
    layout, _ = expected
    before = layout.index.stat(), layout.index.read_bytes()
    assert jobs.run(layout, pool=fake_pool(layout)) == jobs.Summary()
    after = layout.index.stat(), layout.index.read_bytes()
    assert (after[0].st_mtime_ns, after[1]) == (before[0].st_mtime_ns, before[1])


@pytest.mark.parametrize("seed", range(4))
def test_order_of_arrival_and_pieces_change_nothing(
    tmp_path: Path, expected: Expected, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files in any order, each in pieces cut anywhere, taken in by batches of any size."""
    dice = random.Random(seed)
    monkeypatch.setattr(batches, "BATCH", dice.choice((1, 2, 7)))
    monkeypatch.setattr(intake, "_CHUNK", dice.choice((1, 3)))
    layout = Layout(tmp_path)
    names = [f"part-{number}" for number in range(3)]
    dice.shuffle(names)
    with jobs.Indexer(layout, pool=fake_pool(layout)) as indexer:
        for name in names:
            number = int(name[-1])
            shots = news()[number::3]
            ends = write_warc(layout, name, shots)
            cuts = sorted(dice.choice(range(ends[-1])) for _ in range(3))
            reopen(layout, name, 0)
            for cut in cuts:
                seal(layout, name)
                reopen(layout, name, cut)
                indexer.step()
            seal(layout, name)
        indexer.step()
    assert dump(layout) == expected[1]


def test_three_workers_and_rebuild(tmp_path: Path, expected: Expected) -> None:
    layout = Layout(tmp_path)
    split(layout, news())
    jobs.run(layout, pool=fake_pool(layout, 3))
    assert dump(layout) == expected[1]
    jobs.run(layout, pool=fake_pool(layout, 2), rebuild=True)
    assert dump(layout) == expected[1]


def test_other_clock_zone_and_hash_seed(tmp_path: Path, expected: Expected) -> None:
    layout = Layout(tmp_path)
    split(layout, news())
    code = "jobs.run(layout, pool=fake_pool(layout, 2))"
    assert child(layout, code, TZ="Pacific/Kiritimati", PYTHONHASHSEED="4711", LC_ALL="C").wait() == 0
    assert dump(layout) == expected[1]


def test_documents_that_share_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes first, the lesser id keeps the number, and the full text finds all."""
    monkeypatch.setattr(rownumbers, "row_number", lambda document_id, day: rownumbers.first_number(day))
    shots = [Shot(f"https://a.example/{i}", article(f"Nr. {i}", day="2026-02-01"), i) for i in range(9)]
    dumps = []
    for seed in range(3):
        layout = Layout(tmp_path / str(seed))
        write_warc(layout, "all", shots)
        path = generation.fresh(layout)
        store = Store(path, fakes.KEY)
        entries = list(CaptureWalk(layout.warc / "all.warc.gz", "all.warc.gz"))
        store.add_captures(files(layout.warc)[0], entries, entries[-1].end)
        captures = list(store.new_captures())
        random.Random(seed).shuffle(captures)
        for capture in captures:
            store.write([Result(capture, fakes.extract(read_page(layout.warc, capture)), None)])
        store.close()
        generation.use(layout, path)
        dumps.append(dump(layout))
    assert dumps[0] == dumps[1] == dumps[2]
    numbers = only(layout, "SELECT pk FROM documents ORDER BY id")
    assert numbers == [(numbers[0][0] + i,) for i in range(9)]
    assert only(layout, "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'Rat'") == 9
