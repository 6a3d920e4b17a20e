"""The outlets and a front page through time, as a person goes through them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser import needs_chromium

pytestmark = needs_chromium

FRONT = "/outlet/ruhr-aktuell/front"


def at(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["at"][0]


def test_from_the_outlets_to_the_front_page_of_the_day_before(tab: Page) -> None:
    tab.goto("/outlets")
    tab.get_by_role("row").filter(has_text="ruhr-aktuell").get_by_role("link").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("ruhr-aktuell")
    tab.get_by_role("link", name="The front page through time").click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Front page of ruhr-aktuell")
    tab.get_by_role("link", name="Earlier").click()
    assert at(tab)[:10] == "2025-11-14"
    tab.locator("ol.stories").get_by_role("link").first.click()
    assert "/article/" in tab.url


def test_the_arrow_keys_lead_through_the_captures_but_not_out_of_a_field(tab: Page) -> None:
    tab.goto(FRONT)
    tab.keyboard.press("ArrowLeft")
    tab.wait_for_url("**at=2025-11-14*")
    tab.get_by_role("searchbox").press("ArrowRight")
    assert at(tab)[:10] == "2025-11-14"
    tab.locator("h1").click()
    tab.keyboard.press("Escape")
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("ArrowRight")
    tab.wait_for_url("**at=2025-11-28*")


def test_a_day_is_chosen_without_javascript(plain_tab: Page) -> None:
    plain_tab.goto(FRONT)
    plain_tab.get_by_role("textbox", name="Day").fill("2025-11-20")
    plain_tab.get_by_role("button", name="Show").click()
    expect(plain_tab.locator(".steps time")).to_have_text("14 November 2025, 06:00")
