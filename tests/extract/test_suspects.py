"""Runs of headlines with a short text that nothing on their page proves to be teasers."""

from __future__ import annotations

import pytest

from archive.extract import extract_page
from tests.extract.support import LEAD, PARAGRAPHS, article, page, read

HEADS = ("Storch kehrt ins Tal zurück", "Hallenbad bleibt bis März zu", "Feuerwehr rettet Katze vom Dach")
BELOW = (
    "Zum ersten Mal seit 1936 brütet ein Paar auf dem Kamin der Molkerei.",
    "Gutachter haben Risse in drei Dachträgern gefunden. Wie lange geht das?",
    "Das Tier saß zwei Tage lang auf dem First und wollte nicht herunter.",
)
SHAPES = {
    "headings": "<h2>{}</h2><p>{}</p>",
    "bold lines": "<div><p><strong>{}</strong></p><p>{}</p></div>",
    "classes": "<div class=t-{n}><div class=h>{}</div><div class=x>{}</div></div>",
    "kickers": "<div class=t><p><b>Aus dem Tal</b></p><h3>{}</h3><p>{}</p></div>",
}


def teasers(shape: str, count: int = 3) -> str:
    pairs = list(zip(HEADS, BELOW, strict=True))[:count]
    return "".join(SHAPES[shape].format(*pair, n=n) for n, pair in enumerate(pairs))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_run_behind_the_article(shape: str) -> None:
    found = read(extract_page(page(article(teasers(shape)))))
    assert [(s.headline, s.text) for s in found.suspects] == list(zip(HEADS, BELOW, strict=True))
    assert {suspect.run for suspect in found.suspects} == {0}
    for suspect in found.suspects:
        lines = [block.text for block in found.blocks[suspect.first : suspect.last + 1]]
        assert not {suspect.headline, suspect.text} & {b.text for b in found.blocks} - set(lines)


def test_headlines_alone() -> None:
    found = read(extract_page(page(article("".join(f"<p><b>{h}</b></p>" for h in HEADS)))))
    assert [(s.headline, s.text) for s in found.suspects] == [(h, "") for h in HEADS]


def test_a_headline_that_is_linked_elsewhere_on_the_page_still_heads_its_text() -> None:
    links = "".join(f'<li><a href="/a/{n}-{n}-{n}">{h}</a></li>' for n, h in enumerate(HEADS))
    aside = f"<aside><h4>Neu im Talkurier</h4><ul>{links}</ul></aside>"
    found = read(extract_page(page(article(teasers("headings") + aside))))
    assert [suspect.headline for suspect in found.suspects] == list(HEADS)
    assert [suspect.text for suspect in found.suspects] == list(BELOW)


def test_sections_of_the_article_are_another_run() -> None:
    """Where a page's markup tells subheadings from teasers, they don't share their fate."""
    sections = "".join(f"<h2>{h}</h2><p>{p}</p>" for h, p in zip(HEADS, PARAGRAPHS, strict=False))
    found = read(extract_page(page(article(sections + teasers("bold lines")))))
    runs: dict[int, int] = {}
    for suspect in found.suspects:
        runs[suspect.run] = runs.get(suspect.run, 0) + 1
    assert runs == {0: 3, 1: 3}


@pytest.mark.parametrize(
    "extra",
    [
        teasers("headings", 1),
        "".join(f"<h2>{h}</h2>" + "".join(f"<p>{p}</p>" for p in PARAGRAPHS) for h in HEADS),
        f"<ul><li>{HEADS[0]}</li><li>{HEADS[1]}</li></ul>",
        "".join(f"<p>{p}</p>" for p in PARAGRAPHS),
    ],
    ids=["one item", "long sections", "a list", "paragraphs"],
)
def test_no_suspects(extra: str) -> None:
    assert read(extract_page(page(article(extra)))).suspects == ()


def test_the_lead_and_the_first_paragraph_are_never_suspects() -> None:
    before = f"<h2>{HEADS[0]}</h2><p>{LEAD}</p>"
    found = read(extract_page(page(article(teasers("headings"), before=before))))
    assert [suspect.headline for suspect in found.suspects] == list(HEADS)
    assert found.suspects[0].first > len(PARAGRAPHS)


@pytest.mark.parametrize(
    "form",
    ["<li><h3>{}</h3><p>{}</p></li>", "<li><b>{}</b><br>{}</li>", "<dt>{}</dt><dd>{}</dd>"],
    ids=["headings", "bold", "definitions"],
)
def test_the_items_of_a_list_are_blocks_of_their_own(form: str) -> None:
    tag = "dl" if "<dt>" in form else "ul"
    items = "".join(form.format(*pair) for pair in zip(HEADS, BELOW, strict=True))
    found = read(extract_page(page(article(f"<{tag}>{items}</{tag}>"))))
    assert [(s.headline, s.text) for s in found.suspects] == list(zip(HEADS, BELOW, strict=True))
    for suspect in found.suspects:
        lines = [block.text for block in found.blocks[suspect.first : suspect.last + 1]]
        assert lines in ([], [suspect.headline, suspect.text])


def test_entries_of_a_ticker_are_no_suspects() -> None:
    pairs = zip(HEADS, BELOW, strict=True)
    entries = "".join(
        f"<div class=entry><time>1{n}:15 Uhr</time><h3>{h}</h3><p>{t}</p></div>"
        for n, (h, t) in enumerate(pairs)
    )
    assert read(extract_page(page(article(entries)))).suspects == ()
