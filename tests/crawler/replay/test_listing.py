"""The list of captures: complete, sorted and without doubles, however it came about."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.db import open_reader
from archive.export import cdxj
from archive.index import jobs
from archive.layout import Layout
from archive.warc.names import existing_path
from crawler.cli.init import create
from crawler.replay.listing import Listing
from tests.index.support import Shot, fake_pool, write_warc


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "archive")
    create(layout)
    return layout


def grow(layout: Layout, number: int, count: int = 3) -> None:
    """Another file with captures, indexed."""
    shots = [Shot(f"http://a.example/{number}-{n}", {"text": "x"}, at=number * 100 + n) for n in range(count)]
    write_warc(layout, f"a-{number:03}", shots)
    jobs.run(layout, pool=fake_pool(layout))


def parts(listing: Listing) -> list[Path]:
    return sorted(listing.folder.glob("*.cdxj"))


def listed(listing: Listing) -> list[str]:
    """All lines, as pywb merges them."""
    found = [path.read_text("ascii").splitlines(keepends=True) for path in parts(listing)]
    assert all(lines == sorted(lines) for lines in found)
    return sorted(line for lines in found for line in lines)


def expected(layout: Layout) -> list[str]:
    connection = open_reader(layout.index)
    try:
        return list(cdxj.lines(connection, replay=True))
    finally:
        connection.close()


def test_it_grows_by_what_is_new_in_few_parts(layout: Layout) -> None:
    listing = Listing(layout)
    assert listing.update() == 0  # nothing is indexed
    for number in range(4):
        grow(layout, number)
        assert listing.update() == 3
        assert listing.update() == 0
        assert listed(listing) == expected(layout)
    # 12 lines: each part has at least twice the lines of the next.
    sizes = [len(path.read_bytes().splitlines()) for path in parts(listing)]
    assert sum(sizes) == 12
    assert len(sizes) <= 3


def test_another_process_goes_on_with_it(layout: Layout) -> None:
    grow(layout, 1)
    first = Listing(layout)
    first.update()
    kept = parts(first)[0].stat().st_mtime_ns
    (first.folder / "00000009.making").write_bytes(b"what a kill left")
    grow(layout, 2, count=1)
    again = Listing(layout)
    assert again.update() == 1
    assert parts(again)[0].stat().st_mtime_ns == kept
    assert listed(again) == expected(layout)
    assert not list(again.folder.glob("*.making"))


@pytest.mark.parametrize("damage", ["cut", "gone", "state"])
def test_what_is_damaged_is_made_anew(layout: Layout, damage: str) -> None:
    grow(layout, 1)
    listing = Listing(layout)
    listing.update()
    if damage == "state":
        (layout.replay / "state.json").write_text('{"form": 1, "places": 3}', encoding="ascii")
    elif damage == "gone":
        parts(listing)[0].unlink()
    else:
        path = parts(listing)[0]
        path.write_bytes(path.read_bytes()[:100])
    again = Listing(layout)
    assert again.update() == 3
    again.update()  # takes what is outdated away
    assert listed(again) == expected(layout)


def test_a_file_that_went_takes_its_captures_along(layout: Layout) -> None:
    grow(layout, 1)
    grow(layout, 2)
    listing = Listing(layout)
    assert listing.update() == 6
    existing_path(layout.warc, "a-001.warc.gz").unlink()
    jobs.run(layout, pool=fake_pool(layout), rebuild=True)
    assert listing.update() == 3
    listing.update()
    assert listed(listing) == expected(layout)
