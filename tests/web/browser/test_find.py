"""Finding articles as a person does, with and without JavaScript."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import needs_chromium

pytestmark = needs_chromium


def asked(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def ask(page: Page, words: str) -> None:
    """By the field on the start page."""
    page.goto("/")
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("button", name="Search").click()


def hits(page: Page) -> Locator:
    return page.get_by_role("region", name="Results").get_by_role("heading", level=3)


def test_an_article_is_found_by_an_inflected_word(tab: Page) -> None:
    ask(tab, "Brücken")
    expect(hits(tab)).to_have_count(4)
    expect(tab.locator("mark", has_text="Kohlenbrücke")).to_be_visible()
    expect(tab.get_by_text("4 articles · Best match first")).to_be_visible()
    hits(tab).filter(has_text="Emscherbrücke in Wanbrück").get_by_role("link").click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Emscherbrücke in Wanbrück")


def test_the_same_without_javascript(plain_tab: Page) -> None:
    ask(plain_tab, "Brücken")
    expect(hits(plain_tab)).to_have_count(4)
    plain_tab.get_by_role("link", name="Count them").click()
    expect(plain_tab.get_by_text("4 articles · Best match first")).to_be_visible()
    plain_tab.get_by_role("link", name="10 November 2025: 1 of 3").click(force=True)
    expect(hits(plain_tab)).to_have_count(1)
    expect(plain_tab.get_by_label("From", exact=True)).to_have_value("2025-11-10")
    hits(plain_tab).get_by_role("link").click()
    expect(plain_tab.get_by_role("heading", level=1)).to_contain_text("Wasserballer")


def bar(page: Page, day: str) -> Locator:
    return page.locator(f'svg a[data-since="{day}"] rect').first


def test_a_span_of_time_is_brushed_with_the_mouse(tab: Page) -> None:
    tab.goto("/find")
    first, last = bar(tab, "2025-11-01"), bar(tab, "2025-11-14")
    first.hover()
    tab.mouse.down()
    last.hover()
    expect(tab.get_by_text("From 1 November 2025 to 14 November 2025")).to_be_visible()
    tab.mouse.up()
    tab.wait_for_url("**/find?*")
    assert asked(tab) == {"since": "2025-11-01", "until": "2025-11-14"}
    expect(tab.locator("svg a[data-since]")).to_have_count(14)
    tab.get_by_role("link", name="Whole period").click()
    tab.wait_for_url("**/find")


def test_a_click_on_a_bar_chooses_its_period(tab: Page) -> None:
    tab.goto("/find?q=Wasser")
    tab.locator("svg a", has=tab.locator("rect.found")).last.click()
    tab.wait_for_url("**since=*")
    assert asked(tab)["since"] == asked(tab)["until"]


def test_a_span_of_time_is_chosen_with_the_keyboard(tab: Page) -> None:
    tab.goto("/find?q=Wasser")
    bars = tab.locator("svg a[data-since]")
    expect(bars.first).to_have_attribute("tabindex", "0")
    bars.first.focus()
    for key in ("End", "ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft"):
        tab.keyboard.press(key)
    days = bars.evaluate_all("bars => bars.map(bar => bar.dataset.since)")
    first, last = bars.evaluate_all("bars => [bars.at(-4).dataset.first, bars.at(-2).dataset.last]")
    expect(tab.get_by_text(f"From {first} to {last}")).to_be_visible()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**since=*")
    assert asked(tab) == {"q": "Wasser", "since": days[-4], "until": days[-2]}


def test_a_finger_draws_a_span_too(browser: Browser, served: str) -> None:
    with browser.new_context(
        base_url=served, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}
    ) as context:
        page = context.new_page()
        page.goto("/find")
        box = page.locator("svg[data-brush]").bounding_box()
        assert box
        days = page.locator("svg a[data-since]").evaluate_all("bars => bars.map(bar => bar.dataset.since)")
        place = box["width"] / len(days)
        y = box["y"] + 20
        touch = context.new_cdp_session(page)
        for kind, day in (("touchStart", 10), ("touchMove", 15), ("touchMove", 20), ("touchEnd", None)):
            points = [] if day is None else [{"x": box["x"] + (day + 0.5) * place, "y": y}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_url("**since=*")
        assert asked(page) == {"since": days[10], "until": days[20]}
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_selection_is_narrowed_and_exported(tab: Page) -> None:
    tab.goto("/find?q=Wasser")
    tab.locator("#facets").get_by_role("link", name="ruhr-aktuell").click()
    tab.wait_for_url("**site=ruhr-aktuell*")
    number = hits(tab).count()
    with tab.expect_download() as download:
        tab.get_by_role("link", name="All fields and texts (JSON Lines)").click()
    lines = [json.loads(line) for line in download.value.path().read_text(encoding="utf-8").splitlines()]
    assert download.value.suggested_filename == "gazette.jsonl"
    assert len(lines) == number > 0
    assert {line["site"] for line in lines} == {"ruhr-aktuell"}
    tab.get_by_role("link", name="Remove: ruhr-aktuell").click()
    expect(hits(tab)).not_to_have_count(number)


@pytest.mark.parametrize(
    "path", ["/find?q=Wasser", "/find?q=(Haus", "/find?q=Haus&kind=section&since=2020-01-01"]
)
def test_nothing_fails_within_the_page(tab: Page, path: str) -> None:
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    tab.goto(path, wait_until="networkidle")
    assert faults == []
