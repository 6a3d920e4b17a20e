"""Outlets are called as people know them wherever a person reads; URLs have their short names."""

from __future__ import annotations

import asyncio
import re

import pytest
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive.layout import Layout
from archive.research.desk import open_desk
from archive.web import room as rooms
from archive.web.tongue import Tongue
from archive.web.visit import Visit

NAMES = {"emscher-bote": "Der Emscher-Bote", "ruhr-aktuell": "Ruhr Aktuell", "hafenblatt": "Das Hafenblatt"}
_MARKUP = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.DOTALL)


def read(room: Datasette, path: str) -> tuple[str, str]:
    """A page's HTML, and what a person reads of it."""
    response = asyncio.run(room.client.get(path))
    assert response.status_code == 200, path
    return response.text, _MARKUP.sub(" ", response.text)


@pytest.fixture
def article(layout: Layout) -> dict[str, str]:
    """One of Emscher-Bote that another outlet tells too."""
    with open_desk(layout.root) as opened:
        (row,) = opened.sql(
            """SELECT document_id AS id, story_id AS story FROM story_documents
            JOIN stories ON stories.id = story_id JOIN documents ON documents.id = document_id
            WHERE site = 'emscher-bote' AND stories.outlets > 1 ORDER BY 1 LIMIT 1"""
        )
    return dict(row)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/find?q=Haus",
        "/find?q=Haus&site=emscher-bote&count=1",
        "/find/facets?q=Haus",
        "/article/{id}",
        "/story/{story}",
        "/story/{story}/compare",
        "/outlets",
        "/outlet/emscher-bote",
        "/outlet/emscher-bote/front",
    ],
)
def test_a_page_names_outlets_as_people_know_them(
    room: Datasette, article: dict[str, str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("archive.web.room.titles", lambda _: NAMES)
    html, text = read(room, path.format(**article))
    assert "Der Emscher-Bote" in text
    assert not [name for name in NAMES if re.search(rf"(?<![/.-]){name}\b", text)]
    links = re.findall(r'href="([^"]*)"', html)
    assert not [link for link in links if "Emscher-Bote" in link]


def test_an_article_of_no_outlet_is_called_by_its_host(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.web.room.titles", lambda _: NAMES)
    found = rooms.of(room)
    assert found is not None
    called = Visit(room, Request.fake("/"), found, Tongue("de")).outlets()
    assert called(None, "https://kleinestadt.example/a") == "kleinestadt.example"
    assert called("emscher-bote") == "Der Emscher-Bote"
    assert called("unnamed") == "unnamed"
