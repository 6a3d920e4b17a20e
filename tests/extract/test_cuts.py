"""What an article's page shows between title and end that is no part of it, and why."""

from __future__ import annotations

import pytest

from archive.extract import cuts, extract_html, reasons
from archive.types import Cut
from tests.extract.support import LEAD, PARAGRAPHS, TITLE, URL, html, read


def cut_of(*between: str, behind: str = "") -> tuple[Cut, ...]:
    """The cuts of the article of the tests with something between its paragraphs, or behind them."""
    parts = [f"<p>{p}</p>" for p in PARAGRAPHS]
    parts[2:2] = between
    body = f"<main><article><h1>{TITLE}</h1>{''.join(parts)}{behind}</article></main>"
    return read(extract_html(html(body, '<meta property="og:type" content="article">'), URL)).cuts


def test_nothing_is_cut_of_a_plain_article() -> None:
    assert cut_of() == ()


@pytest.mark.parametrize(
    ("between", "reason"),
    [
        ("<p>Von Jens Holm</p>", reasons.BYLINE),
        ("<p>Eine Analyse von Jens Holm</p>", reasons.BYLINE),
        ("<p>Lesezeit: 3 Min.</p>", reasons.BYLINE),
        ("<figure><img src=/i.jpg><figcaption>Der Rat bei der Arbeit</figcaption></figure>", reasons.CAPTION),
        ("<p>Foto: Ida Kern</p>", reasons.CAPTION),
        ("<div class=newsletter><p>Jetzt unseren Newsletter abonnieren</p></div>", reasons.PROMOTION),
        ("<p>Empfohlener redaktioneller Inhalt</p>", reasons.CONSENT),
        ('<p><a href="/a/b-c-d-e">Lesen Sie auch: Was das Bad kostet</a></p>', reasons.POINTER),
        ("<p>Artikeltext</p>", reasons.LABEL),
        ("<p>Artikel teilen</p>", reasons.SHARE),
        ("<p>Anzeige</p>", reasons.FURNITURE),
        (f"<h2>{TITLE}</h2>", reasons.TITLE),
    ],
)
def test_each_kind_of_furniture_has_its_reason(between: str, reason: str) -> None:
    assert [cut.reason for cut in cut_of(between)] == [reason]


def test_comments_behind_the_text_are_one_cut() -> None:
    said = "".join(
        f"<p>{who}, 14:2{n} Uhr</p><p>Das sehe ich ganz anders als der Rat der Stadt.</p><p>Antworten</p>"
        for n, who in enumerate(("Max", "Eva"))
    )
    (found,) = cut_of(behind=f"<h3>Kommentare</h3>{said}")
    assert found.reason == reasons.COMMENT
    assert found.text.count("Das sehe ich ganz anders") == 2


def test_the_label_before_a_text_is_cut_alone() -> None:
    found = cut_of(f"<p>Vorspann {LEAD}</p>")
    assert Cut("Vorspann", reasons.LABEL) in found
    assert not any(LEAD in cut.text for cut in found)


def test_cuts_are_bounded() -> None:
    found = cut_of(*(f"<p>Von Jens Holm</p><p>Foto: Ida Kern {n}</p>" for n in range(400)))
    assert len(found) == cuts.MAX_CUTS
    long = "<figure><figcaption>" + "Der Rat bei der Arbeit " * 400 + "</figcaption></figure>"
    found = cut_of(*[long, "<p>Anzeige</p>"] * 60)
    assert max(len(cut.text) for cut in found) <= cuts.MAX_CHARACTERS
    assert sum(len(cut.text) for cut in found) <= cuts.MAX_ALL


def test_every_code_has_a_meaning() -> None:
    codes = {value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)}
    assert codes == set(reasons.MEANING)
