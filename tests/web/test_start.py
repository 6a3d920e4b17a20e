from __future__ import annotations

import asyncio

from datasette.app import Datasette

from archive.layout import Layout
from archive.research.desk import open_desk


def test_the_start_page_tells_what_the_archive_holds(room: Datasette, layout: Layout) -> None:
    response = asyncio.run(room.client.get("/", headers={"accept-language": "de-AT,en;q=.5"}))
    assert response.status_code == 200
    with open_desk(layout.root) as archive:
        (number,) = archive.sql("SELECT count(*) AS n FROM articles")
        told = archive.stories(outlets=2, limit=None)
    assert f"{number['n']} Artikel" in response.text
    assert all(f"/story/{story.id}" in response.text for story in told[:3])
    assert '<html lang="de">' in response.text


def test_our_pages_run_no_script_of_others(room: Datasette) -> None:
    response = asyncio.run(room.client.get("/"))
    policy = response.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-src http://replay.localhost:8090" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "gazette-page" not in response.headers


def test_pages_of_datasette_stand_beside_ours(room: Datasette) -> None:
    response = asyncio.run(room.client.get("/index/articles.json?_size=1"))
    assert len(response.json()["rows"]) == 1
    assert response.headers["x-content-type-options"] == "nosniff"
