from __future__ import annotations

import asyncio
import html

import bibtexparser
import httpx
import pytest
import rispy
from datasette.app import Datasette

from archive.layout import Layout
from archive.research.desk import open_desk


def get(room: Datasette, path: str) -> httpx.Response:
    response: httpx.Response = asyncio.run(room.client.get(path))
    return response


def test_an_article_is_shown_whole_with_its_teasers_apart(room: Datasette, layout: Layout) -> None:
    with open_desk(layout.root) as archive:
        rows = archive.sql("SELECT id FROM documents WHERE kind = 'article' AND lead IS NOT NULL ORDER BY id")
        documents = [archive.document(row["id"]) for row in rows]
    shown = next(document for document in documents if document["teasers"])
    text = get(room, f"/article/{shown['id']}").text
    article, _, teasers = text.partition('<section class="teasers"')
    for block in [shown["lead"], *(block["text"] for block in shown["blocks"])]:
        assert str(html.escape(block.splitlines()[0], quote=False)) in html.unescape(article) or (
            block.splitlines()[0] in html.unescape(article)
        )
    for teaser in shown["teasers"]:
        assert teaser["headline"] in html.unescape(teasers)


def test_versions_stand_side_by_side(room: Datasette, layout: Layout) -> None:
    with open_desk(layout.root) as archive:
        (row,) = archive.sql("SELECT document_id FROM versions WHERE number = 2 ORDER BY document_id LIMIT 1")
        difference = archive.diff(row["document_id"], 1, 2)
    text = html.unescape(get(room, f"/article/{row['document_id']}/versions?a=1&b=2").text)
    pieces = [piece for _, pieces in difference.fields for piece in pieces]
    assert pieces
    for piece in pieces:
        tag = {"+": "ins", "-": "del"}.get(piece.sign)
        assert (f"<{tag}>{piece.text}</{tag}>" if tag else piece.text) in text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/article/aaaaaaaaaaaaaaaa", 404),
        ("/article/{id}/versions?a=x", 400),
        ("/article/{id}/versions?a=99", 400),
        ("/article/{id}/split", 200),
        ("/article/{id}?cuts=1", 200),
    ],
)
def test_what_is_not_there_is_told_on_a_page(room: Datasette, layout: Layout, path: str, status: int) -> None:
    with open_desk(layout.root) as archive:
        (row,) = archive.sql("SELECT document_id AS id FROM versions WHERE number = 2 ORDER BY 1 LIMIT 1")
    response = get(room, path.format(**row))
    assert response.status_code == status
    assert "Traceback" not in response.text
    assert "<h1>" in response.text


def test_an_article_is_cited_in_three_formats(room: Datasette, layout: Layout) -> None:
    with open_desk(layout.root) as archive:
        (row,) = archive.sql("SELECT id, title FROM articles WHERE site = 'emscher-bote' ORDER BY id LIMIT 1")
        document = archive.document(row["id"])
    (entry,) = bibtexparser.parse_string(get(room, f"/article/{row['id']}.bib").text).entries
    (taken,) = rispy.loads(get(room, f"/article/{row['id']}.ris").text)
    (item,) = get(room, f"/article/{row['id']}.csl.json").json()
    assert row["id"][:12] in entry.key
    assert taken["title"] == item["title"] == row["title"]
    assert get(room, f"/article/{row['id']}.json").json() == document
