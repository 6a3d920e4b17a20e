from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from datasette.app import Datasette

from archive.layout import Layout
from archive.web.door import COOKIE, Door, token_secret
from archive.web.serving import house

TOKEN = "a-token-of-this-room"


@pytest.fixture
def open_door(room: Datasette) -> Door:
    return Door(room, frozenset({"127.0.0.1"}), False, {"localhost": "127.0.0.1"}, None)


@pytest.fixture
def guarded(layout: Layout) -> Iterator[Door]:
    room = house(layout, title="", source="", replay=None, secret=token_secret(TOKEN))
    yield Door(room, frozenset({"archive.example"}), True, {}, TOKEN)
    room.get_database("index").close()


def ask(door: Door, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        host = headers.pop("host", "127.0.0.1:8001")
        transport = httpx.ASGITransport(app=door(door.datasette.app()))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as client:
            url = httpx.URL("http://127.0.0.1:8001").copy_with(raw_path=path.encode("latin-1"))
            return await client.request(method, url, headers={"host": host, **headers})

    return asyncio.run(asked())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/index/articles.json?_size=1", 200),
        ("/-/static-plugins/gazette/room.css", 200),
        ("/%00", 400),
        ("/index/%0d%0aset-cookie:a=b", 400),
        ("/" + "a" * 3_000, 414),
        ("/find?q=" + "a" * 20_000, 414),
        ("/-/metadata.json", 404),
        ("/-/databases.json", 404),
        ("/-/threads", 404),
        ("/-/settings.json", 404),
        ("/-/auth-token?token=x", 404),
        ("/-/messages", 404),
        ("/-/static/../../metadata.json", 404),
        ("/-/static-plugins/gazette/..%2f..%2fdoor.py", 404),
        ("/_internal", 403),
        ("/_internal/databases.json", 403),
        ("/index.db", 403),
        ("/crawl.db", 404),
        ("/index?_timelimit=x&sql=select+1", 400),
        ("/index/articles?_size=x", 400),
        ("/index/articles?_next=x", 400),
        ("/index/articles?_sort=nothing", 400),
        ("/index/articles?_facet=nothing", 400),
        ("/index/articles?_where=%27", 400),
        ("/index/articles.json?_shape=object", 200),
        ("/index/articles.json?_shape=nothing", 400),
        ("/index/nothing", 404),
        ("/index/documents/nothing", 404),
        ("/nothing", 404),
    ],
)
def test_odd_addresses_are_answered_in_a_line(open_door: Door, path: str, status: int) -> None:
    response = ask(open_door, path)
    assert response.status_code == status
    assert "Traceback" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" in response.headers


def test_nothing_tells_where_the_archive_lies(open_door: Door, layout: Layout) -> None:
    paths = [
        "/index",
        "/index.json",
        "/index/documents.json?_size=1",
        "/",
        "/index.json?sql=select+*+from+meta",
    ]
    for path in paths:
        assert str(layout.root) not in ask(open_door, path).text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_is_changed(open_door: Door, method: str) -> None:
    response = ask(open_door, "/index/documents", method)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


def test_head_has_the_headers_of_get(open_door: Door) -> None:
    for path in ("/", "/index", "/index/articles.csv", "/nothing"):
        head, get = ask(open_door, path, "HEAD"), ask(open_door, path)
        assert head.status_code == get.status_code
        assert head.headers["content-type"] == get.headers["content-type"]
        assert not head.content


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8001", "127.0.0.1.evil.example", "", "[::1", "a b"]
)
def test_no_other_name_means_this_server(open_door: Door, host: str) -> None:
    assert ask(open_door, "/", host=host).status_code == 421


def test_the_name_of_the_replay_is_not_shared(open_door: Door) -> None:
    response = ask(open_door, "/find?q=a%20b&x=%3C", host="localhost:9999")
    assert response.status_code == 307
    assert response.headers["location"] == "http://127.0.0.1:9999/find?q=a%20b&x=%3C"


def test_a_token_opens_once_and_a_cookie_then(guarded: Door) -> None:
    assert ask(guarded, "/").status_code == 403
    assert ask(guarded, "/?token=wrong").status_code == 403
    assert ask(guarded, "/-/metadata.json").status_code == 403
    entered = ask(guarded, f"/find?q=Rat&token={TOKEN}")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly; SameSite=Strict" in cookie
    assert TOKEN not in cookie
    assert 'content="0;url=/find?q=Rat"' in entered.text
    assert entered.headers["cache-control"] == "private, no-store"
    answer = ask(guarded, "/", cookie=cookie.partition(";")[0])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert ask(guarded, "/", authorization=f"Bearer {TOKEN}").status_code == 200


def test_nothing_else_opens(guarded: Door, layout: Layout) -> None:
    signed = guarded.datasette.sign({"until": 1}, COOKIE)
    other = house(layout, title="", source="", replay=None, secret=token_secret("another-token-here"))
    forged = other.sign({"until": 1e12}, COOKIE)
    for cookie in (signed, forged, "", "x", '"', "a.b.c"):
        assert ask(guarded, "/", cookie=f"{COOKIE}={cookie}").status_code == 403
    for header in ("Bearer", "Bearer x", f"Basic {TOKEN}"):
        assert ask(guarded, "/", authorization=header).status_code == 403


def test_the_form_at_the_door_is_in_the_reader_s_language(guarded: Door) -> None:
    assert "Zugangscode" in ask(guarded, "/", **{"accept-language": "de"}).text
    assert ask(guarded, "/-/static-plugins/gazette/room.css").status_code == 200


def test_numbers_are_names_where_it_listens_on_all(guarded: Door) -> None:
    assert ask(guarded, "/", host="192.0.2.7:8001").status_code == 403
    assert ask(guarded, "/", host="[2001:db8::7]").status_code == 403
    assert ask(guarded, "/", host="archive.example").status_code == 403
    assert ask(guarded, "/", host="other.example").status_code == 421


def test_the_form_at_the_door_keeps_what_was_asked(guarded: Door) -> None:
    text = ask(guarded, "/find?q=%22%3E%3Cscript%3E&token=wrong&site=a").text
    assert '<input type="hidden" name="q" value="&#34;&gt;&lt;script&gt;">' in text
    assert '<input type="hidden" name="site" value="a">' in text
    assert "wrong" not in text
