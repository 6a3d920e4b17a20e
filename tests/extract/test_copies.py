"""A text that stands on a page twice is there once; what repeats itself for a reason stays."""

from __future__ import annotations

from archive.extract import copies, extract_html
from archive.types import Block, BlockKind, Document
from tests.extract.support import PARAGRAPHS, TITLE, URL, html

LONG = tuple(f"{p} {n}" for n in ("Eins.", "Zwei.") for p in PARAGRAPHS)


def blocks(*texts: str) -> tuple[Block, ...]:
    return tuple(Block(BlockKind.PARAGRAPH, text) for text in texts)


def test_a_second_and_a_third_copy_go() -> None:
    once = blocks(*LONG, "Und ein Schluss.")
    assert copies.without_copies((*once, *once, *once)) == once
    assert copies.without_copies((*once, *once[2:], *blocks("Ein Nachtrag."))) == (
        *once,
        *blocks("Ein Nachtrag."),
    )


def test_what_repeats_itself_for_a_reason_stays() -> None:
    refrain = blocks(
        *(f"{verse} Vers, der anders ist als der davor. \nLa la la" for verse in "ABCD"), "La la la"
    )
    plan = blocks(*(line for day in range(9) for line in (f"Tag {day}", *PARAGRAPHS[:3])))
    torn = blocks(*LONG, "Dazwischen.", *LONG[::-1])
    for kept in (refrain, plan, torn, blocks(), blocks(LONG[0], LONG[0])):
        assert copies.without_copies(kept) == kept


def test_a_page_for_two_screens() -> None:
    story = "".join(f"<p>{p}</p>" for p in LONG)
    body = f"<article><h1>{TITLE}</h1><div class=wide>{story}</div><div class=narrow>{story}</div></article>"
    found = extract_html(html(body), URL)
    assert isinstance(found, Document)
    assert found.text == "\n".join(LONG)
