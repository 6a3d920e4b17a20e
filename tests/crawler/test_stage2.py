"""Teasers without any link on crawled pages: other stored pages prove them, and the text is the article's."""

from __future__ import annotations

from pathlib import Path

from archive.index import jobs
from crawler.samples.server import SampleServer
from tests.crawler.support import new_archive, rows, run

SHAPES = frozenset(("teasers-plain", "teasers-strong"))
"""Below the article: a heading or a bold line with a paragraph, and no link."""


def test_unlinked_teasers_of_stored_stories_are_records_and_no_text(tmp_path: Path) -> None:
    with SampleServer() as server:
        layout = new_archive(tmp_path, server)
        run(layout)
        truths = server.expected()
    stored = {row[0]: row[1:] for row in rows(layout.index, "SELECT url, id, lead, text FROM articles")}
    found = {
        url: rows(
            layout.index,
            "SELECT headline, text FROM teasers"
            " WHERE document_id = ? AND evidence LIKE 'stored-%' ORDER BY position",
            document_id,
        )
        for url, (document_id, _, _) in stored.items()
    }
    assert stored.keys() <= truths.keys()
    for url, (_, lead, text) in stored.items():
        truth = truths[url]
        if truth.shapes & SHAPES:
            assert text == "\n".join([lead, *truth.paragraphs])
            assert found[url] == [(teaser.headline, teaser.text) for teaser in truth.teasers]
        else:
            assert found[url] == []
    assert sum(map(bool, found.values())) == 7
    before = rows(layout.index, "SELECT url, text FROM articles ORDER BY pk")
    jobs.run(layout, workers=1, rebuild=True)
    assert rows(layout.index, "SELECT url, text FROM articles ORDER BY pk") == before
