from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from urllib.parse import quote, urlencode, urlsplit

import pytest
from datasette.app import Datasette
from playwright.sync_api import Browser, Page

from archive.layout import Layout
from archive.web.routes import ROUTES
from archive.web.serving import house
from tests.browser import needs_chromium, requested
from tests.web import hostile
from tests.web.browser.serving import serving

pytestmark = needs_chromium

REPLAY = "http://replay.localhost:8090"
_PER_PAGE = 2
"""Articles that are opened; each of them has all its fields poisoned."""
_LOOK = """() => ({
    gotcha: window.gotcha ?? null,
    links: ["href", "src", "action", "formaction"].flatMap(
        name => [...document.querySelectorAll(`[${name}]`)].map(each => each.getAttribute(name))),
    handlers: [...document.querySelectorAll("*")].flatMap(each => [...each.attributes])
        .map(each => each.name).filter(name => name.startsWith("on")),
    frames: document.querySelectorAll("iframe").length,
    ours: document.querySelector("header.top") !== null,
    wide: document.documentElement.scrollWidth - window.innerWidth,
    header: document.querySelector("header.top")?.getBoundingClientRect().height ?? 0,
})"""


@pytest.fixture(scope="module")
def hostile_room(hostile_layout: Layout) -> Datasette:
    return house(hostile_layout, title=hostile.NAUGHTY[1], source=hostile.NAUGHTY[0], replay=REPLAY)


@pytest.fixture(scope="module")
def base(hostile_room: Datasette) -> Iterator[str]:
    with serving(hostile_room) as address:
        yield address


def paths(layout: Layout) -> list[str]:
    """Every page of ours and of Datasette's, as far as archived content reaches it."""
    connection = sqlite3.connect(layout.index.resolve())

    def all_of(sql: str) -> list[str]:
        return [row[0] for row in connection.execute(sql)]

    articles = all_of("SELECT id FROM documents WHERE kind = 'article' ORDER BY id")
    chosen = [*articles[:2], *articles[2 :: len(articles) // _PER_PAGE]]
    twice = all_of("SELECT DISTINCT document_id FROM article_versions WHERE number = 2 ORDER BY 1 LIMIT 1")
    stories = all_of("SELECT id FROM stories ORDER BY id LIMIT 2")
    words = [urlencode({"q": bad[:200]}) for bad in hostile.NAUGHTY[:2]]
    found = ["/", "/outlets", *(f"/outlet/{site}" for site in hostile.SITES)]
    found += [f"/outlet/{site}/front" for site in hostile.SITES]
    found += [f"/find?{word}&count=1" for word in ("", "q=Rat", "q=window", *words)]
    found += [f"/find/facets?{word}" for word in ("", "q=Rat")] + ["/find/sql?q=Rat"]
    for bad in hostile.NAUGHTY[:2]:
        found += [f"/find?{urlencode({'q': 'Rat', name: bad[:80]})}" for name in ("author", "section")]
    found += [f"/article/{each}{page}" for each in chosen for page in ("?cuts=1", "/split")]
    found += [f"/article/{each}/versions" for each in twice]
    found += [f"/story/{each}{page}" for each in stories for page in ("", "/compare")]
    found += [f"/article/{quote(bad[:50], safe='')}" for bad in hostile.NAUGHTY[:2]]
    sql = "SELECT title, url, lead, '<script>window.gotcha=1</script>' AS \"<b>a</b>\" FROM documents"
    found += [
        "/index",
        "/index/documents",
        "/index/teasers",
        "/index/authors",
        "/index/documents?_facet=title",
    ]
    found += ["/index?" + urlencode({"sql": sql}), "/index?" + urlencode({"sql": hostile.NAUGHTY[1]})]
    found += [
        f"/index/documents?{urlencode({'title__contains': bad[:80], '_size': 9})}"
        for bad in hostile.NAUGHTY[:2]
    ]
    (row,) = all_of("SELECT pk FROM documents ORDER BY pk LIMIT 1")
    return [*found, f"/index/documents/{row}"]


def test_nothing_archived_acts_on_any_page(base: str, browser: Browser, hostile_layout: Layout) -> None:
    with browser.new_context(base_url=base, locale="en-GB") as context:
        tab = context.new_page()
        tab.route(f"{REPLAY}/**", lambda route: route.fulfill(body="replayed"))
        asked, harms = requested(tab), list[str]()
        said, dialogs = list[str](), list[str]()
        tab.on("dialog", lambda dialog: dialogs.append(dialog.message))
        tab.on("pageerror", lambda error: said.append(str(error)))
        opened = paths(hostile_layout)
        for path in opened:
            answer = tab.goto(path, wait_until="load")
            assert answer is not None
            assert answer.status in (200, 400, 404), (path, answer.status)
            assert tab.url.startswith(f"{base}/"), path
            harms += _harms(tab, path)
        assert harms == []
        assert not dialogs
        assert not said
    hosts = {urlsplit(url).netloc for url in asked}
    assert hosts <= {urlsplit(base).netloc, urlsplit(REPLAY).netloc}


def _harms(tab: Page, path: str) -> list[str]:
    """What is wrong with the page that the tab shows."""
    for box in tab.locator("input:visible, a:visible").all()[:3]:
        box.focus()
    seen = tab.evaluate(_LOOK)
    schemes = {urlsplit(link).scheme for link in seen["links"] if not link.startswith(("/", "?", "#"))}
    wrong = {
        "a script ran": seen["gotcha"] is not None,
        f"handlers: {seen['handlers']}": bool(seen["handlers"]),
        f"{seen['frames']} frames": seen["frames"] > ("/split" in path),
        f"links: {schemes}": not schemes <= {"http", "https", ""},
        # Datasette's tables are as wide as they are; facets are a fragment of another page.
        f"{seen['wide']} pixels too wide": seen["ours"] and seen["wide"] > 0,
        "the header is broken": seen["ours"] and seen["header"] > 200,
    }
    return [f"{path}: {told}" for told, found in wrong.items() if found]


def test_every_page_of_ours_is_opened_here(hostile_layout: Layout) -> None:
    opened = [path.partition("?")[0] for path in paths(hostile_layout)]
    files = r"\.(json|\(\?P<format>)"
    pages = [route for route, _ in ROUTES if not re.search(files, route)]
    assert [
        route for route in pages if not any(re.fullmatch(route.strip("^$"), path) for path in opened)
    ] == []
