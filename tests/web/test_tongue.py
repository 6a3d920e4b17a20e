from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

import archive.web
from archive.web.tongue import LANGUAGES, Tongue, spoken, words

PLACES = re.compile(r"\{(\w+)\}")
TEMPLATES = Path(archive.web.__file__).parent / "templates" / "gazette"


def test_every_word_stands_in_both_languages_with_the_same_places() -> None:
    for key, said in words().items():
        assert set(said) == set(LANGUAGES), key
        assert len({frozenset(PLACES.findall(text)) for text in said.values()}) == 1, key


def test_every_key_that_a_template_asks_for_is_there() -> None:
    asked = {
        key
        for path in TEMPLATES.glob("*.html")
        for key in re.findall(r"""\bt\(\s*"([^"]+)"\s*[,)]""", path.read_text(encoding="utf-8"))
    }
    assert asked
    assert asked <= set(words())


def test_no_template_holds_words_of_its_own() -> None:
    """What is no word of a language: names of formats, units, and the examples of what may be asked."""
    plain = r"BibTeX|RIS|CSL-JSON|<dt>[^<]*</dt>"
    for path in TEMPLATES.glob("*.html"):
        text = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        said = re.sub(r"<[^>]*>|&\w+;", " ", re.sub(rf'{plain}|[\w-]+="[^"]*"', "", text))
        assert re.findall(r"[^\W\d_]{2,}", said) == [], path.name
        labels = re.findall(r"""(?:aria-label|title|placeholder|alt)="([^"]*)\"""", text)
        assert not [label for label in labels if re.search(r"[^\W\d_]", label)], path.name


def test_numbers_and_days_are_written_as_people_write_them() -> None:
    english, german = Tongue("en"), Tongue("de")
    assert (english.say("articles", n=12345), german.say("articles", n=12345)) == (
        "12,345 articles",
        "12.345 Artikel",
    )
    assert english.say("articles", n=1) == "1 article"
    assert german.day(date(2026, 3, 1)) == "1. März 2026"
    assert english.moment("2026-03-01T07:05:30Z") == "1 March 2026, 07:05"
    assert german.moment("2026-03-01T00:30:00+01:00") == "28. Februar 2026, 23:30 Uhr"
    assert german.cited("2026-03-01T00:30:00+01:00") == "28. Februar 2026, 23:30 UTC"
    assert german.span(timedelta(minutes=148)) == "2 Stunden"


@pytest.mark.parametrize(
    ("since", "until", "english", "german"),
    [
        ("2026-03-01", "2026-03-01", "1 March 2026", "1. März 2026"),
        ("2026-03-01", "2026-03-09", "1 to 9 March 2026", "1. bis 9. März 2026"),
        ("2026-03-01", "2026-04-09", "1 March to 9 April 2026", "1. März bis 9. April 2026"),
        ("2025-03-01", "2026-03-01", "1 March 2025 to 1 March 2026", "1. März 2025 bis 1. März 2026"),
    ],
)
def test_what_two_days_have_in_common_is_said_once(since: str, until: str, english: str, german: str) -> None:
    assert (Tongue("en").through(since, until), Tongue("de").through(since, until)) == (english, german)


@pytest.mark.parametrize(
    ("until", "english", "german"),
    [
        ("2026-03-01T07:05:50Z", "1 March 2026, 07:05", "1. März 2026, 07:05 Uhr"),
        ("2026-03-01T09:00:00Z", "1 March 2026, 07:05 to 09:00", "1. März 2026, 07:05 bis 09:00 Uhr"),
        (
            "2026-03-02T07:05:00Z",
            "1 March 2026, 07:05 to 2 March 2026, 07:05",
            "1. März 2026, 07:05 Uhr bis 2. März 2026, 07:05 Uhr",
        ),
    ],
)
def test_two_times_of_one_day_name_it_once(until: str, english: str, german: str) -> None:
    since = "2026-03-01T07:05:00Z"
    assert (Tongue("en").stretch(since, until), Tongue("de").stretch(since, until)) == (english, german)


def test_languages_have_names() -> None:
    said = [Tongue("de").called(tag) for tag in ("de", "de-AT", "EN", "xx-Latn")]
    assert said == ["Deutsch", "Deutsch (AT)", "Englisch", "xx-Latn"]


def test_the_browser_says_which_language() -> None:
    asked = ["", "de", "de-AT,en;q=0.8", "fr, en;q=0.3, de;q=0.9", "fr", "en-GB, de", "de;q=x"]
    assert [spoken(one).language for one in asked] == ["en", "de", "de", "de", "en", "en", "en"]
