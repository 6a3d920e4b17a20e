"""Nothing keeps anybody out: axe-core looks at every page, on a screen and on a phone, light and dark."""

from __future__ import annotations

import re
import sqlite3
from typing import Any, Literal
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from archive.errors import ArchiveError
from archive.layout import Layout
from archive.web.door import Door
from archive.web.readers import Readers, TooSlow
from archive.web.routes import ROUTES
from archive.web.serving import house
from tests.browser import needs_chromium
from tests.web.browser.serving import serving

pytestmark = needs_chromium

_ENDS = {
    "with a picture": "SELECT id FROM documents WHERE kind = 'article' AND images != '[]' AND newest = 1",
    "without": "SELECT id FROM documents WHERE kind = 'article' AND images = '[]' AND newest = 1",
    "with cuts": "SELECT document_id FROM cuts GROUP BY 1 ORDER BY count(*) DESC",
    "behind a paywall": "SELECT id FROM documents WHERE paywall_declared AND newest = 1",
    "an older version": "SELECT before_id FROM article_versions WHERE number = 2",
    "versions": "SELECT document_id FROM article_versions WHERE number = 2",
    "story": "SELECT story_id FROM story_documents",
}


def pages(layout: Layout) -> dict[str, int]:
    """Paths of every kind of page, ours and Datasette's, with the status each answers."""
    connection = sqlite3.connect(layout.index.resolve())
    ids = {name: connection.execute(f"{sql} LIMIT 1").fetchone()[0] for name, sql in _ENDS.items()}
    connection.close()
    found = {"/": 200, "/outlets": 200, "/outlet/ruhr-aktuell": 200, "/outlet/ruhr-aktuell/front": 200}
    found |= {f"/find{asked}": 200 for asked in ("", "?q=Wasser", "?q=Xylofon")}
    found |= {"/find?q=Haus&kind=section&author=A&exact=1&since=2020-01-01": 200}
    found |= {
        f"/article/{ids[name]}": 200
        for name in ("with a picture", "without", "behind a paywall", "an older version")
    }
    found |= {f"/article/{ids['with cuts']}{end}": 200 for end in ("?cuts=1", "/split")}
    found |= {f"/article/{ids['versions']}/versions": 200}
    found |= {f"/story/{ids['story']}{end}": 200 for end in ("", "/compare")}
    found |= {
        "/index/runs?_sort=nothing": 400,
        f"/find?q={quote('(Haus')}": 400,
        "/outlet/ruhr-aktuell/front?at=x": 400,
    }
    found |= {"/nowhere": 404, "/article/aaaaaaaa": 404, f"/article/{ids['without']}/versions": 404}
    found |= {f"/index{end}": 200 for end in ("", "/runs", "?sql=select+id,title+from+documents")}
    return found


_LOOKS: tuple[tuple[Literal["light", "dark"], tuple[int, int], dict[str, Any]], ...] = (
    # All but colours is the same in the other look.
    ("light", (1280, 900), {"runOnly": ["color-contrast", "link-in-text-block"]}),
    ("dark", (390, 844), {}),
)
"""Schemes, sizes of the window, and what axe is asked for there."""


def _faults(tab: Page, path: str) -> list[str]:
    """What axe finds, as "PATH, SCHEME: RULE (IMPACT) ELEMENT", and what is wider than the window."""
    found = []
    tab.evaluate(Axe().axe_script)
    for scheme, (width, height), options in _LOOKS:
        tab.set_viewport_size({"width": width, "height": height})
        tab.emulate_media(color_scheme=scheme)
        asked = {"resultTypes": ["violations"], "preload": False, **options}
        for fault in tab.evaluate("options => axe.run(options)", asked)["violations"]:
            found += [f"{path}, {scheme}: {fault['id']} ({fault['impact']}) {_where(fault)}"]
        wide = tab.evaluate("document.documentElement.scrollWidth")
        found += [f"{path}: {wide} pixels wide in {width}"] if wide > width else []
    return found


def _where(fault: dict[str, Any]) -> str:
    node = fault["nodes"][0]
    return f"{len(fault['nodes'])} times, as in {node['html'][:300]}: {node['failureSummary'][:300]}"


@pytest.fixture
def looking(browser: Browser, served: str) -> Any:
    """A page of a German reader, on which axe may run."""
    with browser.new_context(base_url=served, locale="de-DE", bypass_csp=True) as context:
        tab = context.new_page()
        tab.route("http://replay.localhost:8090/**", lambda route: route.fulfill(body="replayed"))
        yield tab


def test_every_page_is_for_everybody(looking: Page, layout: Layout) -> None:
    found = []
    for path, status in pages(layout).items():
        answer = looking.goto(path)
        assert answer is not None
        assert answer.status == status, path
        looking.wait_for_selector(".waiting", state="hidden")  # what is counted beside a search
        found += _faults(looking, path)
    assert found == []


def test_every_route_is_looked_at(layout: Layout) -> None:
    looked_at = [path.partition("?")[0] for path in pages(layout)]
    no_pages = r"\.(json|\(\?P<format>)|/find/(facets|sql)\$"
    routes = [route for route, _ in ROUTES if not re.search(no_pages, route)]
    assert [route for route in routes if not any(re.match(route, path) for path in looked_at)] == []


@pytest.mark.parametrize(("error", "status"), [(TooSlow(2.0), 503), (ArchiveError("a part is gone"), 500)])
def test_what_goes_wrong_is_told_to_everybody(
    looking: Page, monkeypatch: pytest.MonkeyPatch, error: ArchiveError, status: int
) -> None:
    async def failing(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Readers, "ask", failing)
    answer = looking.goto("/")
    assert answer is not None
    assert answer.status == status
    assert _faults(looking, str(status)) == []


def test_so_is_the_door(browser: Browser, layout: Layout) -> None:
    room = house(layout, title="", source="", replay=None, secret="s" * 32)
    with serving(room, Door(room, frozenset(), True, {}, "a-token")) as address:
        tab = browser.new_page(bypass_csp=True)
        answer = tab.goto(address)
        assert answer is not None
        assert answer.status == 403
        assert _faults(tab, "door") == []
        tab.close()


@pytest.mark.parametrize("path", ["/", "/find?q=Wasser", "/outlets"])
def test_the_keyboard_sees_where_it_is(looking: Page, path: str) -> None:
    looking.goto(path)
    looking.keyboard.press("Tab")
    assert looking.evaluate("document.activeElement.getAttribute('href')") == "#content"
    looking.keyboard.press("Tab")
    assert looking.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
