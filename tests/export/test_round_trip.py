"""What is exported and imported elsewhere gives the same index there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

import pytest

from archive.export.chosen import choosing
from archive.export.form import About
from archive.export.target import pack
from archive.index.generation import open_index
from archive.layout import Layout
from archive.research.articles import articles
from archive.types import Query
from archive.warc import takein, wacz
from crawler.cli.exporting import needs
from crawler.cli.init import create
from tests.export.archived import index
from tests.samples_archive import fill
from tests.side import side_python

# All that a person reads or cites, without the place of the record, which is another one there.
DOCUMENTS = """SELECT id, pk, url, site, kind, newest, language, title, kicker, section, published,
    modified, paywall_declared, captured_at, last_captured_at, record_id, tags, agencies, images, lead, text,
    blocks, uncut FROM documents WHERE {} ORDER BY id"""
CAPTURES = """SELECT record_id, record_type, url, captured_at, status, mime, payload_digest, content_digest,
    site, run, via, refers_to_url, refers_to_date, redirect_to, outcome, document_id
    FROM captures WHERE {} ORDER BY record_id"""
TEASERS = """SELECT document_id, position, headline, text, url, evidence, {target} FROM teasers
    WHERE document_id IN (SELECT value FROM json_each(:ids)) ORDER BY 1, 2"""
VERSIONS = "SELECT * FROM versions WHERE document_id IN (SELECT value FROM json_each(:ids)) ORDER BY 1, 2"
CUTS = "SELECT * FROM cuts WHERE document_id IN (SELECT value FROM json_each(:ids)) ORDER BY 1, 2"
STORIES = """SELECT story_id, document_id FROM story_documents
    WHERE document_id IN (SELECT value FROM json_each(:ids)) ORDER BY 1, 2"""


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """The sample outlets in both of their stages."""
    return fill(Layout(tmp_path_factory.mktemp("sampled") / "archive"))


@pytest.fixture
def there(tmp_path: Path) -> Layout:
    """Another archive, empty."""
    layout = Layout(tmp_path / "there")
    create(layout)
    return layout


@pytest.fixture
def here(sampled: Layout) -> Iterator[Connection]:
    with closing(open_index(sampled)) as connection:
        yield connection


def about(name: str) -> About:
    return About(name, "Test", {"software": "test"}, side_python)


def rows(connection: Connection, sql: str, **values: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(sql, values)]


def ids(connection: Connection, which: str) -> str:
    return json.dumps([row["id"] for row in connection.execute(f"SELECT id FROM documents WHERE {which}")])


def test_the_captures_of_an_archive_give_its_index_again(
    sampled: Layout, here: Connection, there: Layout, tmp_path: Path
) -> None:
    with choosing(here, sampled.warc) as chosen:
        chosen.add_captures(None, None, None)
        chosen.add_needed()
        pack("warc", chosen, tmp_path / "all.warc.gz", about("all.warc.gz"))
    done = takein.import_file(tmp_path / "all.warc.gz", there.warc)
    assert done.as_they_were == sum(done.records.values())
    index(there)
    every = ids(here, "1")
    with closing(open_index(there)) as connection:
        for sql in (DOCUMENTS.format(1), CAPTURES.format(1)):
            assert rows(connection, sql) == rows(here, sql)
        for sql in (TEASERS.format(target="target_id"), VERSIONS, CUTS, STORIES):
            assert rows(connection, sql, ids=every) == rows(here, sql, ids=every)
    assert rows(here, STORIES, ids=every)


def test_what_pages_show_stays_what_it_is(kept: Layout, there: Layout, tmp_path: Path) -> None:
    with closing(open_index(kept)) as before:
        with choosing(before, kept.warc) as chosen:
            chosen.add_captures(None, None, None)
            chosen.add_needed()
            pack("warc", chosen, tmp_path / "all.warc.gz", about("all.warc.gz"))
        takein.import_file(tmp_path / "all.warc.gz", there.warc)
        index(there)
        with closing(open_index(there)) as after:
            for sql in (DOCUMENTS.format(1), CAPTURES.format(1)):
                assert rows(after, sql) == rows(before, sql)
        kinds = before.execute("SELECT outcome FROM captures WHERE mime LIKE 'image/%' AND status = 200")
        assert {kind for (kind,) in kinds} == {"none"}


def test_the_articles_of_one_outlet_come_as_wacz(
    sampled: Layout, here: Connection, there: Layout, tmp_path: Path
) -> None:
    site = "ruhr-aktuell"
    with choosing(here, sampled.warc, needs) as chosen:
        number = chosen.add_articles(articles(here, Query("", site=site)))
        chosen.add_needed()
        pack("wacz", chosen, tmp_path / "one.wacz", about("one.warc.gz"))
    with wacz.opened(tmp_path / "one.wacz") as file:
        (packed,) = wacz.packed(file)
        with wacz.unpacked(file, packed, there.warc) as (part, digest):
            assert digest == packed.stated
            takein.import_file(part, there.warc)
    index(there)
    which = f"site = '{site}' AND kind = 'article'"
    chosen_ids = ids(here, which)
    assert len(json.loads(chosen_ids)) >= number > 10
    with closing(open_index(there)) as connection:
        assert rows(connection, DOCUMENTS.format("kind = 'article'")) == rows(here, DOCUMENTS.format(which))
        # What a teaser points to may be no part of what was chosen.
        for sql in (TEASERS.format(target="1"), VERSIONS, CUTS):
            assert rows(connection, sql, ids=chosen_ids) == rows(here, sql, ids=chosen_ids)
