"""From an article to the page as it was: pywb runs beside a reading room that asks for a token."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from datasette.app import Datasette
from playwright.sync_api import Browser, FrameLocator, Page, expect

from archive.layout import Layout
from archive.research.replay import Place, granted, replay_url
from archive.web.door import Door, token_secret
from archive.web.serving import house
from archive.web.tongue import Tongue
from crawler.replay.inside.guard import WORDS
from crawler.replay.server import Replay
from tests import samples_archive
from tests.browser import needs_chromium
from tests.side import side_python
from tests.web.browser.serving import serving

pytestmark = needs_chromium

TOKEN = "a-token-of-this-room"
KEY = b"k" * 32
SMART = "Essen wird zur Smart City"
SMART_URL = "http://127.0.0.1:8101/essen/essen-wird-zur-smart-city"


@pytest.fixture(scope="module")
def place(layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A replay of the sample archive with its pictures and styles, for those who have a grant."""
    python = side_python()
    copied = Layout(tmp_path_factory.mktemp("replayed") / "archive")
    shutil.copytree(layout.root, copied.root, symlinks=True)
    samples_archive.add_requisites(copied)
    with Replay(copied, python, port=0, key=KEY) as replay:
        yield replay.place


@pytest.fixture(scope="module")
def room(layout: Layout, place: Place) -> Iterator[str]:
    """The address of the reading room that asks for the token."""
    room = house(layout, title="", source="", replay=place, secret=token_secret(TOKEN))
    with serving(room, door(room)) as address:
        yield address


def door(room: Datasette) -> Door:
    """One that asks for the token."""
    return Door(room, frozenset({"127.0.0.1"}), False, {}, TOKEN)


@pytest.fixture(params=["en", "de"])
def tongue(request: pytest.FixtureRequest) -> Tongue:
    return Tongue(request.param)


@pytest.fixture
def tab(browser: Browser, room: str, tongue: Tongue) -> Iterator[Page]:
    """A person at the door of the room."""
    with browser.new_context(base_url=room, locale=f"{tongue.language}-DE") as context:
        yield context.new_page()


def enter(tab: Page, tongue: Tongue) -> None:
    tab.goto("/")
    tab.get_by_label(tongue.say("door.field")).fill(TOKEN)
    tab.get_by_role("button", name=tongue.say("door.go")).click()
    expect(tab.get_by_role("searchbox")).to_be_visible()


def open_article(tab: Page, tongue: Tongue, words: str, title: str) -> None:
    tab.get_by_role("searchbox").fill(words)
    tab.get_by_role("button", name=tongue.say("search.go"), exact=True).click()
    tab.get_by_role("heading", level=3).get_by_role("link", name=title).click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text(title)


def is_drawn(page: FrameLocator) -> None:
    """The archived page has its picture, its style sheet and its font, all of them from the archive."""
    picture = page.locator("img[src*='smart-city']").first
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 100
    body = page.locator("body")
    expect(body).to_have_css("background-color", "rgb(247, 245, 240)")
    assert body.evaluate("() => document.fonts.ready.then(all => [...all][0].status)") == "loaded"


@pytest.mark.parametrize("tongue", ["de"], indirect=True)
def test_from_the_door_to_the_page_as_it_was_with_its_picture(
    tab: Page, tongue: Tongue, place: Place
) -> None:
    enter(tab, tongue)
    open_article(tab, tongue, "digitale Innovationen", SMART)
    tab.get_by_role("link", name=tongue.say("article.replay"), exact=True).click()
    tab.wait_for_url(f"{place.origin}/**")
    assert urlsplit(tab.url).hostname != "127.0.0.1"
    expect(tab.locator("html")).to_have_attribute("lang", tongue.language)
    assert re.search(rf"/archive/20251114060\d{{3}}/{SMART_URL}$", tab.url)  # it was found unchanged since
    is_drawn(tab.frame_locator("#replay"))
    tab.go_back()
    tab.get_by_role("link", name=tongue.say("article.split"), exact=True).click()
    expect(tab.locator("article").get_by_role("heading", level=1)).to_contain_text(SMART)
    is_drawn(tab.frame_locator("iframe"))
    # Links lead on, behind the same grant.
    tab.frame_locator("iframe").get_by_role("navigation").get_by_role("link", name="Sport").first.click()
    expect(tab.frame_locator("iframe").get_by_role("heading", name="Sport", exact=True)).to_be_visible()
    assert tab.frames[1].url.startswith(place.origin)
    assert {cookie["name"] for cookie in tab.context.cookies(place.origin)} == set()


@pytest.mark.parametrize("tongue", ["en"], indirect=True)
def test_each_version_has_the_replay_of_its_own_capture(tab: Page, tongue: Tongue) -> None:
    enter(tab, tongue)
    open_article(tab, tongue, "Warenhaus Gläubiger", "Warenhaus Lindemann")
    replayed = tab.get_by_role("link", name=tongue.say("article.replay"), exact=True)
    decided = "nahmen am Donnerstag mit großer Mehrheit"
    replayed.click()
    expect(tab.frame_locator("#replay").get_by_text(decided)).to_be_visible()
    tab.go_back()
    tab.get_by_role("link", name=tongue.say("versions.number", n=1), exact=True).click()
    replayed.click()
    tab.wait_for_url("**/archive/20251114*/**")
    expect(tab.frame_locator("#replay").get_by_role("heading", level=1)).to_contain_text("Warenhaus")
    expect(tab.frame_locator("#replay").get_by_text(decided)).to_have_count(0)


def test_an_address_that_lets_nobody_in_any_more_says_what_to_do(
    tab: Page, tongue: Tongue, place: Place
) -> None:
    over, lasts = granted(KEY, int(time.time()) - 1), granted(KEY, int(time.time()) + 600)
    answer = tab.goto(replay_url(f"{place.origin}/{over}", SMART_URL, "2025-11-28T06"))
    assert answer is not None
    assert answer.status == 403
    expect(tab.get_by_role("heading", level=1)).to_have_text(WORDS[tongue.language]["refused"])
    expect(tab.get_by_text(WORDS[tongue.language]["refused_told"])).to_be_visible()
    assert tab.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "600px"  # styled
    tab.goto(f"{place.origin}/{lasts}/")
    tab.get_by_label(WORDS[tongue.language]["ask"]).fill(SMART_URL)
    tab.get_by_role("button").click()
    expect(tab.frame_locator("#replay").get_by_role("heading", level=1)).to_contain_text(SMART)
