from __future__ import annotations

import asyncio
import re

import httpx
from datasette.app import Datasette


def get(room: Datasette, path: str, **headers: str) -> httpx.Response:
    response: httpx.Response = asyncio.run(room.client.get(path, headers=headers))
    return response


def test_a_style_sheet_is_asked_for_once(room: Datasette) -> None:
    (style,) = re.findall(
        r'href="(/-/static-plugins/gazette/room\.css\?v=[0-9a-f]{16})"', get(room, "/").text
    )
    response = get(room, style)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert response.headers["content-type"].startswith("text/css")
    assert response.headers["x-content-type-options"] == "nosniff"


def test_what_no_url_names_is_asked_for_by_its_tag(room: Datasette) -> None:
    for path in ("/-/static-plugins/gazette/find.js", "/-/static-plugins/gazette/find.js?v=0123456789abcdef"):
        response = get(room, path)
        assert response.headers["cache-control"] == "no-cache"
        again = get(room, path, **{"if-none-match": f'W/{response.headers["etag"]}, "x"'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == response.headers["etag"]
        assert get(room, path, **{"if-none-match": '"x"'}).status_code == 200


def test_no_other_file_is_kept(room: Datasette) -> None:
    for path in ("nothing.css", "..%2F__init__.py", "", "%00", "x" * 300):
        response = get(room, f"/-/static-plugins/gazette/{path}")
        assert response.status_code in (403, 404, 500), path
        assert "etag" not in response.headers
