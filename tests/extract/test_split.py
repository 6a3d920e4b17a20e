"""Markup that hides a page's text from who reads it too strictly."""

from __future__ import annotations

import pytest

from archive.extract import clean, dom, extract_html, reasons, split
from archive.types import Document
from tests.extract.support import LEAD, PARAGRAPHS, TITLE, URL, article, html

STORY = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
TEXT = "\n".join(PARAGRAPHS)


def texts(body: bytes) -> list[str]:
    tree = dom.parse(body.decode())
    assert tree is not None
    return [p.text for p in split.pieces(tree.find("body"))]


def read(body: bytes) -> Document:
    found = extract_html(body, URL)
    assert isinstance(found, Document)
    return found


def test_what_stands_behind_an_early_end_is_read() -> None:
    body = article().replace(b"<h1>", b"</body>\n</HTML >\n<h1>")
    assert texts(body) == [TITLE, *PARAGRAPHS]
    assert read(body).text == TEXT


@pytest.mark.parametrize("tag", ["nav", "button"])
def test_a_menu_that_nobody_closed_holds_the_page(tag: str) -> None:
    body = html(f"<p>Menü</p><{tag}><a href='/'>Start</a><div><h1>{TITLE}</h1>{STORY}</div>")
    assert texts(body) == ["Menü", "Start", TITLE, *PARAGRAPHS]


def test_a_menu_beside_the_text_is_no_piece() -> None:
    entries = "".join(f"<li><a href='/{n}'>Noch ein Eintrag des Menüs</a></li>" for n in range(200))
    assert texts(html(f"<nav><ul>{entries}</ul></nav><h1>{TITLE}</h1>{STORY}")) == [TITLE, *PARAGRAPHS]
    # A short page with a short menu keeps them apart as well.
    assert texts(html(f"<nav><a href='/'>Start</a></nav><p>{LEAD}</p>")) == [LEAD]


def test_a_class_about_what_lies_inside_says_nothing_of_its_element() -> None:
    assert split.class_traits("[&_figcaption]:mt-2 lg:[&>.teaser]:p-4") == 0
    assert split.class_traits("figcaption teaser") == split.Trait.CAPTION | split.Trait.TEASER


def test_a_quotation_or_a_listing_in_a_figure_is_no_caption() -> None:
    quote, caption = "Wir haben sechs Nächte lang gerechnet.", "Ute Brandt nach der Sitzung im Rathaus"
    tree = dom.parse(f"<figure><blockquote>{quote}</blockquote><figcaption>{caption}</figcaption></figure>")
    assert tree is not None
    by_text = {p.squashed: p for p in split.pieces(tree.find("body"))}
    known = clean.Known(by_text, frozenset(), "", frozenset(), (), frozenset())
    assert clean.reason(quote, known) is None
    assert clean.reason(caption, known) == reasons.CAPTION


def test_a_story_about_javascript_is_no_notice() -> None:
    fact = '<a href="/wissen">JavaScript</a> bleibt die Sprache der Browser, auch nach dreißig Jahren.'
    notice = (
        "Bitte aktivieren Sie JavaScript, denn ohne JavaScript fehlt hier das Video: JavaScript aktivieren"
    )
    body = html(f"<article><h1>{TITLE}</h1><p>{fact}</p>{STORY}<p>{notice}</p></article>")
    text = read(body).text
    assert "bleibt die Sprache der Browser" in text
    assert "JavaScript aktivieren" not in text
