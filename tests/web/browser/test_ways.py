"""The ways that people go from page to page, by what they see on them: in both languages, with the mouse or
the keyboard, and without JavaScript where a way has to work without.

The words of links and buttons come from the pages' own files: these tests hold that they are there, not how
they are put.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from archive.web.tongue import Tongue
from tests.browser import needs_chromium

pytestmark = needs_chromium

LOCALES = {"en": "en-GB", "de": "de-DE"}


@dataclass(frozen=True)
class Person:
    """Somebody with a browser in their language."""

    tab: Page
    tongue: Tongue

    def link(self, key: str, **values: object) -> Locator:
        """The link with these words."""
        return self.tab.get_by_role("link", name=self.tongue.say(key, **values), exact=True)

    def button(self, key: str) -> Locator:
        return self.tab.get_by_role("button", name=self.tongue.say(key), exact=True)

    def find(self, words: str, title: str) -> None:
        """From the start page to an article, by a search."""
        self.tab.goto("/")
        self.tab.get_by_role("searchbox").fill(words)
        self.button("search.go").click()
        self.tab.get_by_role("heading", level=3).get_by_role("link", name=title).click()
        expect(self.tab.get_by_role("heading", level=1)).to_contain_text(title)


@pytest.fixture(params=["en", "de-plain"])
def person(request: pytest.FixtureRequest, browser: Browser, served: str) -> Iterator[Person]:
    """One with JavaScript, in English, and one without, in German."""
    language, _, plain = request.param.partition("-")
    with browser.new_context(
        base_url=served, locale=LOCALES[language], java_script_enabled=not plain
    ) as context:
        yield Person(context.new_page(), Tongue(language))


@pytest.fixture
def german(browser: Browser, served: str) -> Iterator[Person]:
    """One with JavaScript, in German."""
    with browser.new_context(base_url=served, locale=LOCALES["de"]) as context:
        yield Person(context.new_page(), Tongue("de"))


def words(of: Locator) -> str:
    return " ".join(" ".join(of.all_inner_texts()).split())


def test_from_an_inflected_word_to_what_changed_in_an_article(person: Person) -> None:
    person.find("Gläubigern", "Warenhaus Lindemann")
    person.link("article.compare").click()
    added, removed = person.tab.locator("ins"), person.tab.locator("del")
    expect(added.first).to_be_visible()
    expect(removed.first).to_be_visible()
    assert "nahmen am Donnerstag mit großer Mehrheit" in words(added)
    assert "nahmen am Donnerstag mit großer Mehrheit" not in words(removed)
    # The two are told apart without colours, too.
    assert removed.first.evaluate("each => getComputedStyle(each).textDecorationLine") == "line-through"
    assert added.first.evaluate("each => getComputedStyle(each).textDecorationLine") != "line-through"


@pytest.mark.parametrize("person", ["de-plain"], indirect=True)
def test_two_versions_are_chosen_and_each_is_opened(person: Person) -> None:
    tongue = person.tongue
    person.find("Sparbücher Tresor", "Taucher findet Tresor")
    expect(person.tab.get_by_role("heading", name=tongue.say("article.versions", n=2))).to_be_visible()
    person.link("article.compare").click()
    first = tongue.say("versions.number", n=1)
    person.tab.get_by_role("radio", name=f"{tongue.say('versions.after')}: {first}").check()
    person.button("versions.compare").click()
    expect(person.tab.get_by_text(tongue.say("versions.same"))).to_be_visible()
    person.tab.get_by_role("link", name=first, exact=True).click()
    expect(person.tab.get_by_text(tongue.say("article.older"))).to_be_visible()
    person.tab.get_by_role("link", name=tongue.say("versions.number", n=2), exact=True).click()
    expect(person.tab.get_by_text(tongue.say("article.older"))).to_have_count(0)


def test_from_an_article_to_its_story_and_what_two_texts_share(person: Person) -> None:
    person.find("Hallenbäder Risse", "Hallenbad Altenbrock muss")
    person.link("article.story_open").click()
    expect(person.tab.get_by_role("heading", level=1)).to_contain_text("Hallenbad Altenbrock")
    expect(person.tab.locator("svg circle")).to_have_count(2)
    person.link("story.compare").click()
    left, right = person.tab.locator("main section").all()
    assert words(left.get_by_role("heading")) != words(right.get_by_role("heading"))
    shared = words(left.locator("mark"))
    assert len(shared.split()) >= 8
    assert shared == words(right.locator("mark"))
    right.get_by_role("heading").get_by_role("link").click()
    expect(person.tab.get_by_role("heading", level=1)).to_contain_text("Risse im Dach")
    person.tab.go_back()
    person.link("story.back").click()
    expect(person.tab.get_by_role("heading", level=1)).to_contain_text("Hallenbad Altenbrock")


def cited(person: Person) -> str:
    """The citation as it stands on the page."""
    box = person.tab.get_by_role("heading", name=person.tongue.say("article.cite"), exact=True)
    return words(person.tab.locator("section", has=box).locator("p").first)


def test_a_citation_is_copied_by_its_button(german: Person) -> None:
    german.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    german.find("Hallenbäder Risse", "Hallenbad Altenbrock muss")
    german.button("article.copy").click()
    expect(german.button("article.copied")).to_be_visible()
    text = german.tab.evaluate("navigator.clipboard.readText()")
    assert text == cited(german)
    for part in (
        "Hallenbad Altenbrock muss nach Rissfund",
        "29. Oktober 2025",
        "/region/hallenbad-",
        "urn:uuid:",
    ):
        assert part in text


def test_a_citation_is_copied_where_browsers_have_no_clipboard(german: Person) -> None:
    """As over plain http from another machine."""
    german.tab.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    german.find("Hallenbäder Risse", "Hallenbad Altenbrock muss")
    german.tab.evaluate("addEventListener('copy', () => window.taken = getSelection().toString())")
    german.button("article.copy").click()
    expect(german.button("article.copied")).to_be_visible()
    assert " ".join(german.tab.evaluate("taken").split()) == cited(german)
    german.tab.evaluate("document.execCommand = () => false")
    german.button("article.copied").click()
    expect(german.button("article.selected")).to_be_visible()
    assert " ".join(german.tab.evaluate("getSelection().toString()").split()) == cited(german)


@pytest.mark.parametrize("person", ["de-plain"], indirect=True)
def test_a_citation_is_taken_without_javascript(person: Person) -> None:
    person.find("Hallenbäder Risse", "Hallenbad Altenbrock muss")
    person.tab.get_by_text("urn:uuid:").first.click(click_count=3)
    assert "Hallenbad Altenbrock muss nach Rissfund" in person.tab.evaluate("getSelection().toString()")
    for name, begins in (("BibTeX", "@"), ("RIS", "TY  - "), ("CSL-JSON", "[")):
        with person.tab.expect_download() as download:
            person.tab.get_by_role("link", name=name, exact=True).click()
        text = download.value.path().read_text(encoding="utf-8")
        assert text.startswith(begins)
        assert "Hallenbad Altenbrock muss nach Rissfund" in text


def days(tab: Page) -> set[str]:
    """Of the articles that are shown."""
    times = tab.locator("ol.list time")
    expect(times.first).to_be_visible()
    return {str(day) for day in times.evaluate_all("all => all.map(each => each.dateTime)")}


def test_a_month_is_brushed(german: Person) -> None:
    german.tab.goto("/find")
    bars = german.tab.locator("svg a[data-since]")
    expect(bars.first).to_be_visible()
    named = bars.evaluate_all("bars => bars.map(bar => bar.getAttribute('aria-label'))")
    october = [number for number, name in enumerate(named) if "Oktober 2025" in name]
    assert len(october) > 20
    german.tab.mouse.move(*middle(bars.nth(october[0])))
    german.tab.mouse.down()
    german.tab.mouse.move(*middle(bars.nth(october[-1])), steps=4)
    german.tab.mouse.up()
    german.tab.wait_for_url("**until=2025-10-31*")
    assert {day[:7] for day in days(german.tab)} == {"2025-10"}
    german.tab.get_by_role("link", name=german.tongue.say("find.timeline.whole")).click()
    german.tab.wait_for_url("**/find")


def middle(of: Locator) -> tuple[float, float]:
    box = of.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("person", ["de-plain"], indirect=True)
def test_a_month_is_chosen_without_a_mouse_and_the_selection_is_exported(person: Person) -> None:
    tab, tongue = person.tab, person.tongue
    tab.goto("/")
    person.link("nav.search").click()
    tab.get_by_label(tongue.say("find.since"), exact=True).fill("2025-10-01")
    tab.get_by_label(tongue.say("find.until"), exact=True).fill("2025-10-31")
    person.button("search.go").click()
    assert {day[:7] for day in days(tab)} == {"2025-10"}
    with tab.expect_download() as download:
        person.link("find.take.csv").click()
    with download.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= tab.get_by_role("heading", level=3).count()
    assert {row["day"][:7] for row in rows} == {"2025-10"}


_FOCUSED = """() => {
  const each = document.activeElement, box = each.getBoundingClientRect();
  const bar = each.querySelector("rect.room");  // of a plot, whose place is framed
  return {
    name: (each.getAttribute("aria-label") || each.textContent || each.name || "").trim(),
    main: each.closest("main") !== null,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
      && (bar ? getComputedStyle(bar).stroke : getComputedStyle(each).outlineStyle) !== "none",
  };
}"""


def tab_to(tab: Page, name: str, most: int = 60) -> list[str]:
    """Press the Tab key until something of this name has the focus; the names on the way."""
    way = []
    for _ in range(most):
        tab.keyboard.press("Tab")
        here = tab.evaluate(_FOCUSED)
        assert here["seen"], f"the focus on {here['name']!r} is not to be seen"
        way.append(here["name"])
        if here["name"] == name:
            return way
    raise AssertionError(f"no Tab key leads to {name!r}: {way}")


def test_with_the_keyboard_alone_from_the_start_to_what_changed(german: Person) -> None:
    tab, say = german.tab, german.tongue.say
    tab.goto("/")
    way = tab_to(tab, say("nav.outlets"))
    brand = tab.locator("header .brand").inner_text()
    assert way == [say("nav.skip"), brand, say("search.field"), say("search.go"), say("nav.search"), way[-1]]
    tab.keyboard.press("Shift+Tab")
    for _ in way[2:-2]:
        tab.keyboard.press("Shift+Tab")
    assert tab.evaluate(_FOCUSED)["name"] == say("search.field")
    tab.keyboard.type("Gläubigern")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/find?*")
    expect(tab.get_by_role("heading", level=3)).to_have_count(1)
    tab.wait_for_load_state("networkidle")  # what comes beside the hits is in the tab order, too
    tab_to(tab, tab.get_by_role("heading", level=3).inner_text())
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/article/*")
    tab_to(tab, say("article.compare"))
    tab.keyboard.press("Enter")
    expect(tab.locator("ins").first).to_be_visible()


def test_one_key_leads_over_the_head_of_a_page(person: Person) -> None:
    person.tab.goto("/")
    person.tab.keyboard.press("Tab")
    assert person.tab.evaluate(_FOCUSED) == {
        "name": person.tongue.say("nav.skip"),
        "main": False,
        "seen": True,
    }
    person.tab.keyboard.press("Enter")
    person.tab.keyboard.press("Tab")
    assert person.tab.evaluate(_FOCUSED)["main"]
