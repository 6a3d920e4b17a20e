"""What tells that two articles tell the same story, and what tells that they don't."""

from __future__ import annotations

import itertools

import pytest

from archive.index import story_facts
from archive.index.shingles import samples, shingles
from archive.index.story_evidence import Evidence, passages, weigh
from archive.index.story_facts import facts
from archive.index.story_groups import story_id
from archive.index.story_order import agency_of
from archive.index.story_postings import NEEDED
from crawler.samples.model import load
from scripts.benchmarks import press

LEAD = (
    "Am Mittwoch empfing Bürgermeisterin Heike Tönnies in Altenbrock 34 Gäste des Vereins Haus der Brücken. "
    "„Ich freue mich sehr, dass Sie in diesem Jahr zu uns gekommen sind“, sagte Tönnies beim Essen. "
)
REST = "Der Umbau des alten Bahnhofs kostet 3,8 Millionen Euro und soll bis zum Herbst 2027 fertig sein. "
OTHER = "Gegner bezweifeln, dass die Gemeinde so viel Geld hat, und verlangen einen Entscheid der Bürger. "


def compare(one: str, other: str, titles: tuple[str, str] = ("", ""), days: int = 0) -> Evidence | None:
    found = weigh(facts(one), facts(other), titles, days)
    assert found == weigh(facts(other), facts(one), (titles[1], titles[0]), days), "symmetric"
    return found


def test_shingles_ignore_case_signs_and_kinds_of_characters() -> None:
    one, other = shingles("Die „Brücke“ – am KANAL, 2025"), shingles("die bru\u0308cke am Kanal 2025")
    assert list(one.hashes) == list(other.hashes)
    assert len(one.hashes) == 3
    assert one.word(1) == "Brücke"
    assert len(shingles("zwei Wörter").hashes) == 0
    assert len(shingles("").hashes) == 0
    assert len(shingles("東京 大阪 京都 \U0001f600 Ω").hashes) == 2
    assert shingles("lone \ud800 surrogate here").word(2) == "surrogate"


def test_a_sample_holds_what_a_shorter_text_keeps_of_the_shared() -> None:
    short = press.piece(1, 30).text
    long = "\n".join(press.piece(number, 30).text for number in (2, 1, 3))
    shared = set(shingles(short).kept) & set(shingles(long).kept)
    assert len(shared) >= len(shingles(short).kept) / 3
    assert all(0 <= each < 1 << 31 for each in shingles(long).kept)


def test_the_sister_stories_of_the_samples_are_found_and_no_others() -> None:
    found = set()
    texts = {
        (outlet.name, article.slug): (
            article.title,
            "\n".join([article.lead, *(b.plain for b in article.blocks)]),
        )
        for outlet in load()
        for article in outlet.articles
    }
    for (one, first), (other, second) in itertools.combinations(texts.items(), 2):
        if compare(first[1], second[1], (first[0], second[0])):
            found.add(frozenset((one[1], other[1])))
    assert frozenset(("essen-wird-zur-smart-city", "buergermeister-kufen-itec-learning-journey")) in found
    assert all(len(pair) == 2 for pair in found)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_generated_rewrites_are_found(share: float) -> None:
    found = 0
    sources = [press.piece(number, 30) for number in range(1, 200) if number % press.SERIES]
    for source in sources:
        made = press.rewrite(source, 10_000 + source.number, share)
        one, other = facts(source.text), facts(made.text)
        common = set(one.shingles.kept) & set(other.shingles.kept)
        evidence = weigh(one, other, (source.title, made.title), (made.day - source.day).days)
        found += evidence is not None and len(common) >= NEEDED
    assert found >= 0.95 * len(sources)


def test_pieces_of_a_series_are_not_joined() -> None:
    series = [press.piece(number * press.SERIES, 30) for number in range(120)]
    for one, other in itertools.combinations(series, 2):
        apart = abs((one.day - other.day).days)
        if one.series == other.series and apart <= 7:
            assert weigh(facts(one.text), facts(other.text), (one.title, other.title), apart) is None


def test_a_copy_an_excerpt_and_a_rewrite() -> None:
    whole = LEAD + REST + OTHER
    copy = compare(whole, whole.replace("Gegner", "Kritiker"))
    excerpt = compare(whole, LEAD)
    rewrite = compare(LEAD + REST, LEAD + OTHER * 2)
    assert copy is not None
    assert excerpt is not None
    assert rewrite is not None
    assert (copy.relation, excerpt.relation, rewrite.relation) == ("copy", "excerpt", "rewrite")
    assert copy.score > rewrite.score
    assert rewrite.quotations == ("Ich freue mich sehr, dass Sie in diesem Jahr zu uns gekommen sind",)
    assert rewrite.names == ("Bürgermeisterin Heike Tönnies", "Vereins Haus")
    assert rewrite.numbers == ("34",)
    assert rewrite.reason().endswith("1 quotation, 2 names, 1 number; same day")
    assert passages(LEAD + REST, OTHER + LEAD)[0].startswith("Am Mittwoch empfing Bürgermeisterin")


def test_what_stands_below_every_text_of_a_company_is_no_story() -> None:
    about = "Über die Stadtwerke Altenbrock: " + " ".join(
        f"Das Unternehmen versorgt {n} Haushalte in {town} seit {1900 + n} mit Strom und Wärme."
        for n, town in enumerate("Hörstel Wanbrück Bergkamen Altenbrock Essen".split(), 30)
    )
    one, other = (" ".join(press.piece(number, 30).sentences[:14]) + " " + about for number in (7, 8))
    assert compare(one, other) is None


def test_a_part_of_a_round_up_is_no_story_of_its_own() -> None:
    parts = [" ".join(press.piece(number, 30).sentences[:8]) for number in range(1, 9)]
    assert compare(parts[5], "\n".join(parts)) is None


def test_headlines_that_differ_in_the_day_alone_are_of_a_series() -> None:
    assert compare(LEAD + REST, LEAD + OTHER, ("Markt am Montag", "Markt am Dienstag"), 1) is None
    assert compare(LEAD + REST, LEAD + OTHER, ("Markt am Montag", "Markt am Dienstag"), 0) is not None
    assert story_facts.dated("Polizeibericht vom 12.11.2025")[0] == "polizeibericht vom"


def test_quotations_with_all_kinds_of_marks() -> None:
    said = "das ist ein ganz klarer Fall"
    for text in (f"„{said}“", f"“{said}”", f"»{said}«", f"«{said}»", f'"{said}"', f"„{said}”"):
        assert story_facts.quotations(f"Er sagte: {text}, und ging.") == {said.lower(): said}
    assert story_facts.quotations('Das "Haus" und der "Hof" sind zu "haben", sagt "er"') == {}


def test_the_agency_that_is_credited() -> None:
    assert agency_of(["dpa/lnw", "rh"], "") == "dpa"
    assert agency_of(["red"], "Essen (epd). Der Rat") == "epd"
    assert agency_of(["red"], "Der Rat") is None


def test_a_story_keeps_its_id_with_the_url_of_its_first() -> None:
    assert story_id("https://a.example/1") == "s-" + story_id("https://a.example/1")[2:]
    assert len(story_id("https://a.example/1")) == 14
    assert story_id("https://a.example/1") != story_id("https://a.example/2")


def test_what_is_kept_of_many_texts_is_what_is_kept_of_each() -> None:
    texts = [press.piece(number, 30).text for number in range(60)] + ["", "ein Wort", "x " * 30_000, "東京 é"]
    assert [list(each) for each in samples(texts)] == [list(shingles(text).kept) for text in texts]
    assert list(samples([])) == []
