"""An archive whose front page is captured each hour, with an extractor that reads what the tests wrote."""

from __future__ import annotations

from archive.index import jobs
from archive.layout import Layout
from tests.index.support import Shot, fake_pool, write_warc

FRONT = "https://a.example/"
HOSTILE = "<script>alert(1)</script>\" onload='alert(2)"
PAGES = (
    ("Rat tagt heute", "Brand am Hafen", "Sieg im Derby"),
    ("Brand am Hafen", "Rat tagt heute", "Sieg im Derby"),
    ("Brand am Hafen: Zwei Verletzte", "Rat tagt heute", HOSTILE),
    ("Brand am Hafen: Zwei Verletzte", "Sieg im Derby", HOSTILE),
    ("Brand am Hafen", "Sieg im Derby"),
)
"""The headlines of each hour, from the top."""
URLS = {"Rat": "rat", "Brand": "brand", "Sieg": "derby", "<scri": "schrift"}


def url(headline: str) -> str:
    return FRONT + next(path for begin, path in URLS.items() if headline.startswith(begin))


def shots() -> list[Shot]:
    found = [
        Shot(
            FRONT,
            {"kind": "section", "teasers": [[line, url(line)] for line in lines]},
            hour * 60,
            run=f"run-{hour}",
        )
        for hour, lines in enumerate(PAGES)
    ]
    return [
        *found,
        Shot(FRONT + "brand", {"title": "Brand am Hafen gelöscht", "lead": "Es brannte."}, 5),
        Shot(FRONT + "derby", {"title": HOSTILE, "authors": [HOSTILE], "lead": "2:1."}, 6),
        Shot(FRONT + "weg", b"", 7, 404),
        Shot(FRONT + "rat", b"", 8, 302, location="https://a.example/brand", run="run-1"),
    ]


def fill(layout: Layout) -> Layout:
    write_warc(layout, "all", shots())
    jobs.run(layout, pool=fake_pool(layout))
    return layout
