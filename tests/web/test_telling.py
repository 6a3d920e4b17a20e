from __future__ import annotations

import asyncio
import html

from datasette.app import Datasette

from archive.layout import Layout
from archive.research.desk import open_desk


def test_a_story_shows_its_outlets_in_order_and_what_two_texts_share(room: Datasette, layout: Layout) -> None:
    with open_desk(layout.root) as archive:
        told = [archive.story(story.id) for story in archive.stories(outlets=2, limit=None)]
    joined = next(one for one in told if any(member.passages for member in one))
    page = html.unescape(asyncio.run(room.client.get(f"/story/{joined.story.id}")).text)
    places = [page.index(f'id="{member.document_id}"') for member in joined]
    assert places == sorted(places)
    assert page.count("<circle") == len(joined)
    member = next(member for member in joined if member.passages)
    asked = f"/story/{joined.story.id}/compare?a={member.through_id}&b={member.document_id}"
    shared = " ".join(html.unescape(asyncio.run(room.client.get(asked)).text).split())
    assert all(f"{passage}</mark>" in shared or passage in shared for passage in member.passages)
    assert shared.count("<mark>") >= 2


def test_no_story_and_no_article_of_it(room: Datasette, layout: Layout) -> None:
    with open_desk(layout.root) as archive:
        (story, *_) = archive.stories(outlets=2, limit=None)
    assert asyncio.run(room.client.get("/story/s-aaaaaaaaaaaa")).status_code == 404
    response = asyncio.run(room.client.get(f"/story/{story.id}/compare?a=aaaaaaaaaaaaaaaa"))
    assert response.status_code == 400
    assert "is no article of this story" in response.text
