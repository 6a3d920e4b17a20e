from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from archive.db import open_memory, open_reader
from archive.index import jobs, schema
from archive.layout import Layout
from archive.research import portrait, reserved
from archive.research.stood import Page
from tests.index.support import Shot, fake_pool, write_warc

DAYS = ("2026-02-27", "2026-02-27", "2026-02-28", "2026-02-20")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    layout = Layout(tmp_path_factory.mktemp("portrait"))
    shots = [
        Shot(
            f"https://a.example/{number}",
            {
                "title": f"Nr. {number}",
                "lead": "Kurz.",
                "day": day,
                "authors": ["Ada", "Bo"][: 1 + number % 2],
                "section": "Stadt" if number else "Land",
            },
            number,
        )
        for number, day in enumerate(DAYS)
    ]
    shots += [
        Shot("https://a.example/weg", b"", 9, 404),
        Shot("https://b.example/", b"", 2000, 500, run="r-2"),
    ]
    write_warc(layout, "all", shots)
    jobs.run(layout, pool=fake_pool(layout))
    return layout.index


def test_an_outlet_in_numbers(index: Path) -> None:
    with closing(open_reader(index)) as connection:
        (held,) = portrait.all_held(connection)
        assert (held.name, held.articles) == ("echo", len(DAYS))
        assert (held.first, held.last) == (date(2026, 2, 20), date(2026, 2, 28))
        assert (held.first_capture or "")[:10] == "2026-03-01"
        assert (held.last_capture or "")[:10] == "2026-03-02"
        assert portrait.held(connection, "nobody").articles == 0
        spread = portrait.spread(connection, "echo")
        assert spread.days.articles == {
            date(2026, 2, 27): 2,
            date(2026, 2, 28): 1,
            date(2026, 2, 20): 1,
        }
        assert portrait.recent(connection, date(2026, 2, 27))["echo"].articles == {
            date(2026, 2, 27): 2,
            date(2026, 2, 28): 1,
        }
        assert portrait.spread(connection, "echo", most=2).counted == 2
        assert portrait.looked_at(connection, held, 26) == portrait.LEAST  # it has fewer
        assert portrait.authors(connection, "echo", 9) == [("Ada", 4), ("Bo", 2)]
        assert [row["title"] for row in portrait.newest(connection, "echo", 1)] == ["Nr. 2"]


def test_what_failed_by_the_day_on_which_a_run_began(index: Path) -> None:
    with closing(open_reader(index)) as connection:
        assert portrait.failing(connection, "echo", date(2026, 1, 1)) == {
            date(2026, 3, 1): (5, 1),
            date(2026, 3, 2): (1, 1),
        }
        assert [row["run"] for row in portrait.runs(connection, "echo", 5)] == ["r-2", "run-1"]
        assert portrait.reasons(connection, "echo", date(2026, 1, 1), 5) == []


def test_weeks_end_with_the_last_day() -> None:
    days = portrait.Days({date(2026, 2, 27): 2, date(2026, 2, 20): 3}, {date(2026, 2, 27): 1})
    assert portrait.weekly(days, date(2026, 2, 27), 2) == [
        (date(2026, 2, 14), 3, 0),
        (date(2026, 2, 21), 2, 1),
    ]
    assert days.share == pytest.approx(0.2)
    assert portrait.Days({}, {}).share is None


def _page(connection: sqlite3.Connection, offset: int, path: str, kind: str, at: str) -> None:
    place = ("w", offset, f"https://a.example{path}", f"example,a){path}", at, f"id{offset}")
    connection.execute(
        "INSERT INTO captures (warc, offset, url, url_key, captured_at, document_id, site, record_type)"
        " VALUES (?, ?, ?, ?, ?, ?, 'echo', 'response')",
        place,
    )
    connection.execute(
        "INSERT INTO documents (pk, warc, offset, url, url_key, captured_at, id, site, kind, newest)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'echo', ?, 1)",
        (offset, *place, kind),
    )


def test_what_the_newest_articles_and_the_files_reserve_now() -> None:
    with closing(open_memory()) as connection:
        schema.create(connection, "key")
        _page(connection, 1, "/eins", "article", "2026-03-01T00:00:00.000000Z")
        _page(connection, 2, "/zwei", "article", "2026-03-02T00:00:00.000000Z")
        _page(connection, 3, "/ai.txt", "other", "2026-03-01T12:00:00.000000Z")
        # The first article was found unchanged when ai.txt stood there.
        connection.execute(
            "INSERT INTO captures (warc, offset, url, url_key, captured_at, document_id, site, record_type)"
            " SELECT 'w', 4, url, url_key, '2026-03-03T00:00:00.000000Z', 'id1', site, 'revisit'"
            " FROM captures WHERE offset = 1"
        )
        connection.executemany(
            "INSERT INTO rights (warc, offset, position, name, source, applies_to, applies_to_glob)"
            " VALUES ('w', ?, 0, ?, ?, ?, ?)",
            [(3, "disallow", "ai.txt", "/", "/*"), (2, "noarchive", "meta", None, None)],
        )
        assert sorted(reserved.of_newest(connection, "echo"), key=str) == sorted(
            [
                reserved.Said(None, None, None, "disallow", 1),
                reserved.Said("noarchive", None, None, "disallow", 1),
            ],
            key=str,
        )
        (file,) = reserved.files(connection, [Page("https://a.example/", "example,a)/")], 5)
        assert (file.url, [rule["name"] for rule in file.rules]) == ("https://a.example/ai.txt", ["disallow"])
