"""One article and twelve teasers in the shapes of many layouts: what is lost of it, what of them is kept."""

from __future__ import annotations

import pytest

from archive.extract import extract_html, reasons
from tests.extract import judging
from tests.extract.judging import Verdict, judge
from tests.extract.shapes import BODY, CAPTION, LEAD, PROMOTION, TITLE, Shape, shapes
from tests.extract.support import read

SHAPES = shapes()
LINKED = [shape for shape in SHAPES if shape.linked]
PLAIN = [shape for shape in SHAPES if not shape.linked]
STORIES, SECTION = {"stored-title", "stored-run"}, {"stored-teaser"}

Archives = tuple[dict[str, Verdict], dict[str, Verdict]]


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """All shapes beside some of the stories they promote, and beside section pages that list them."""
    root = tmp_path_factory.mktemp("shapes")
    return judging.with_stories(root / "stories", SHAPES), judging.with_section(root / "section", SHAPES)


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) >= 12
    assert len(PLAIN) >= 6


@pytest.mark.parametrize("shape", LINKED, ids=lambda s: s.name)
def test_linked_teasers_are_records_and_no_text(shape: Shape) -> None:
    verdict = judging.alone(shape)
    assert verdict.clean, verdict
    assert set(verdict.evidence) <= {
        reasons.ALL_LINKED,
        reasons.HEADLINE_LINKED,
        reasons.LINKED_ELSEWHERE,
        reasons.DISTINCT_LINK,
    }


@pytest.mark.parametrize("shape", PLAIN, ids=lambda s: s.name)
def test_without_links_nothing_of_the_article_is_lost(shape: Shape) -> None:
    verdict = judging.alone(shape)
    assert verdict.whole, verdict
    assert verdict.records == 0


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.name)
def test_an_archive_with_some_of_the_stories(shape: Shape, archives: Archives) -> None:
    verdict = archives[0][shape.name]
    assert verdict.clean, verdict
    assert shape.linked or set(verdict.evidence) == STORIES


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.name)
def test_an_archive_with_a_page_that_lists_them(shape: Shape, archives: Archives) -> None:
    verdict = archives[1][shape.name]
    assert verdict.clean, verdict
    assert shape.linked or set(verdict.evidence) == SECTION


def test_what_the_page_proves_is_not_proved_again(archives: Archives) -> None:
    for shape in LINKED:
        for verdicts in archives:
            assert verdicts[shape.name].evidence == judging.alone(shape).evidence


def test_the_judge_sees_what_is_wrong() -> None:
    shape = LINKED[0]
    good = {"title": TITLE, "lead": LEAD, "authors": [], "text": "\n".join((LEAD, *BODY)), "teasers": []}
    assert judge(shape, good) == Verdict(0, 0, (), 0, (), ())
    lost = judge(shape, {**good, "text": "\n".join((LEAD, *BODY[1:]))})
    assert lost.lost == len(BODY[0].split())
    swapped = judge(shape, {**good, "text": "\n".join((LEAD, *BODY[:4], BODY[5], BODY[4]))})
    assert swapped.lost == len(BODY[5].split()) or swapped.lost == len(BODY[4].split())
    headline, text = shape.teasers[3]
    kept = judge(shape, {**good, "text": f"{good['text']}\n{headline}\n{text}\n{CAPTION}"})
    assert kept.kept == len(f"{headline} {text}".split())
    assert kept.furniture == (CAPTION,)
    assert judge(shape, {**good, "lead": None}).wrong == ("lead",)


def test_cuts_say_what_stood_in_the_article_and_why() -> None:
    shape = next(s for s in SHAPES if s.name == "boxes_between_paragraphs")
    found = read(extract_html(shape.html.encode(), shape.url))
    cuts = {cut.text: cut.reason for cut in found.cuts}
    assert cuts[CAPTION] == reasons.CAPTION
    assert cuts["Vorspann"] == cuts["Artikeltext"] == reasons.LABEL
    assert cuts[PROMOTION] == reasons.PROMOTION
    assert set(cuts.values()) >= {reasons.BYLINE, reasons.CONSENT, reasons.POINTER}
    assert set(cuts.values()) <= set(reasons.MEANING)
    assert not any(line in cuts for line in (*BODY, LEAD, TITLE))
