from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

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


def test_numbers_and_days_are_written_as_people_write_them() -> None:
    english, german = Tongue("en"), Tongue("de")
    assert (english.say("articles", n=12345), german.say("articles", n=12345)) == (
        "12,345 articles",
        "12.345 Artikel",
    )
    assert english.say("articles", n=1) == "1 article"
    assert german.day(date(2026, 3, 1)) == "1. März 2026"
    assert english.moment("2026-03-01T07:05:30Z") == "1 March 2026, 07:05 UTC"
    assert german.moment("2026-03-01T00:30:00+01:00") == "28. Februar 2026, 23:30 UTC"
    assert german.span(timedelta(minutes=148)) == "2 Stunden"


def test_the_browser_says_which_language() -> None:
    asked = ["", "de", "de-AT,en;q=0.8", "fr, en;q=0.3, de;q=0.9", "fr", "en-GB, de", "de;q=x"]
    assert [spoken(one).language for one in asked] == ["en", "de", "de", "de", "en", "en", "en"]
