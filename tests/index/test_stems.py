"""The forms under which the words of an article are found."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest

from archive.index import asking, compounds, jobs, stems, vocabulary
from archive.index.store import Store
from archive.layout import Layout
from tests.index.support import Shot, fake_pool, only, words, write_warc


def forms(text: str, language: str = "de") -> set[str]:
    return set(stems.stems(None, None, text, language).split())


@pytest.mark.parametrize(
    ("text", "there", "not_there"),
    [
        ("Häusern", {"haus", "haeusern"}, {"hausern"}),
        ("Bürger", {"buerger"}, {"burg", "burger"}),
        ("Müller", {"mueller"}, {"mull"}),
        ("Mueller", {"muller"}, {"mull", "mueller"}),
        ("Buergermeisterin", {"burgermeister", "burger", "meister"}, {"burg"}),
        ("Straßen", {"strasse", "straße", "strassen"}, set()),
        ("Strassen", {"strasse", "straße"}, set()),
        ("Oberbürgermeisterin", {"oberburgermeister", "burgermeister", "burger", "meister"}, set()),
        ("Rathausmedaillen", {"rathausmedaille", "rathaus", "rat", "haus", "medaille"}, {"ausmedaille"}),
        ("Verwaltungsdienstleistungen", {"verwaltung", "dienstleistung", "leistung"}, set()),
        ("Kindergärten", {"kindergaerten", "kind", "garten"}, set()),
        ("gewählten", {"wahlen"}, set()),
        (
            "Landung Ratten Hausen Zustand Umzug Schalter",
            set(),
            {"land", "rat", "haus", "stand", "zug", "alter"},
        ),
        ("Ärztinnen", {"arztin", "arzt"}, set()),
        ("Termin Berlin", set(), {"term", "berl"}),
        ("Bürger:innen", {"burgerinnen", "burgerin"}, set()),
        ("Bürger*innen", {"burgerinnen", "burgerin"}, set()),
        ("Bürger_innen", {"burgerinnen", "burgerin"}, set()),
        ("Bürger/-innen", {"burgerinnen", "burgerin"}, set()),
        ("BürgerInnen", {"burger", "burgerin"}, set()),
        ("Ärzt:innen", {"arztin", "arztinnen"}, set()),
        ("Rhein-Herne-Kanals", {"rheinhernekanal", "kanal"}, {"rhein"}),
        ("Online-Shops", {"onlineshop", "shop"}, set()),
        ("Alte Müllers", {"alt", "muller"}, set()),
    ],
)
def test_forms_of_german_words(text: str, there: set[str], not_there: set[str]) -> None:
    found = forms(text)
    assert there <= found
    assert not not_there & found


def test_what_stands_in_the_text_is_not_said_again() -> None:
    assert forms("Die Häuser und das Haus") == {"haeuser"}
    assert stems.stems("Häuser", "Häuser", "Häuser der Häuser", "de").split().count("haus") == 1
    assert stems.stems("Haus", None, "und Häuser", "de") == "haeuser"


def test_numbers_dates_and_signs_have_no_forms() -> None:
    assert forms("Am 3.11.2026 um 12:30 Uhr: 3,5 Mio. €, 2026/27, 4711, C++ – (A40) www.x.de/a_b?c=1") <= {
        "meine"
    }
    assert stems.stems(None, None, "", None) == stems.stems("", "", " \n", "de") == ""


def test_english_is_told_by_its_words_and_not_by_what_the_template_declares() -> None:
    assert {"library", "councillor"} <= forms("The councillors and the libraries", "de")
    assert {"haus", "buerger"} <= forms("Die Bürger und die Häuser", "en-US")
    assert "mayor" in forms("mayors", "en")


def test_forms_are_tokens_of_unicode61() -> None:
    """What a form would become in the full text is the form itself; so a plain MATCH finds it."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 2')")
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, row)")
    given = forms(
        "Élysée-Straßen Ärzt:innen Größenwahn ŁÓDŹ Übergänge naïve İstanbul Ǆungla Ελλάδα ﬁnden Cafés"
        " Kindergartenplätze Weißwürste x̂y ＡＢＣ schön"
    )
    connection.execute("INSERT INTO t VALUES (?)", (" ".join(sorted(given)),))
    assert {row[0] for row in connection.execute("SELECT term FROM v")} == given


def test_no_input_breaks_or_delays_it() -> None:
    long = "Donaudampfschifffahrt" * 400
    for text in (
        long,
        "-".join(["Haus"] * 3000),
        "ä" * 100_000,
        "Bürger:" * 5000,
        "\x00\ud800",
        "ß",
        "I" * 9000,
    ):
        assert len(stems.stems(text, text, text, "de")) < 4 * len(text) + 100


def test_a_query_loads_no_table_of_compounds() -> None:
    """Nor looks for them: where they can't be kept, that takes 2 s and 260 MB."""
    code = (
        "import sys; from archive.index.asking import asked; asked('Rathausmedaillen'); asked('Lauterbachs');"
    )
    code += "from archive.index import compounds; sys.exit(compounds._tables.cache_info().currsize)"
    told = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=False, timeout=60
    )
    assert told.returncode == 0


def test_other_processes_give_the_same_forms() -> None:
    text = "Die Oberbürgermeisterinnen der Städte und das Straßenverkehrsamt in Müllers Gärten"
    code = f"from archive.index.stems import stems; print(ascii(stems(None, None, {text!r}, None)))"
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "LC_ALL": "C"},
            capture_output=True,
            check=True,
            timeout=60,
        )
        assert told.stdout.decode().strip() == ascii(stems.stems(None, None, text, "de"))


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("Oberbürgermeister", ("ober", "bürgermeister")),
        ("Stadtratssitzung", ("stadtrats", "sitzung")),
        ("Emscherbrücke", ("emscher", "brücke")),
        ("Schwimmbad", ("schwimm", "bad")),
        ("Minister", None),
        ("Verbraucher", None),
        ("Mannschaft", None),
        ("Aufgabe", None),
        ("Oktober", None),
        ("Häuser", None),
        ("Rat", None),
    ],
)
def test_compounds_are_told_from_words_that_only_look_like_them(
    word: str, parts: tuple[str, str] | None
) -> None:
    assert compounds.split(word) == parts


@pytest.mark.parametrize(
    ("word", "wanted", "has"),
    [
        ("Häuser", "haus", True),
        ("Rathausmedaillen", "rathaus", True),
        ("Stadtrat", "rat", True),
        ("Berater", "rat", False),
        ("Bürger:innen", "burger", True),
        ("Ost-West-Konflikts", "konflikt", True),
        ("libraries", "library", True),
        ("Bürger", "burg", False),
    ],
)
def test_words_are_marked_by_their_forms(word: str, wanted: str, has: bool) -> None:
    assert asking.has_form(word, {wanted}) is has


def test_the_dictionary() -> None:
    assert vocabulary.bases("Rats") == ["Rat"]
    assert vocabulary.bases("gewählten") == ["gewählt", "wählen"]
    assert vocabulary.bases("xyzzy") == []
    assert vocabulary.masculine("Ärztin") == "Arzt"
    assert vocabulary.masculine("Kollegin") == "Kollege"
    assert vocabulary.masculine("Termin") is None


def test_an_index_whose_stems_other_versions_made_is_filled_anew(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    layout = Layout(tmp_path_factory.mktemp("archive"))
    shots = [
        Shot(f"https://echo.example/{number}", {"title": "Häuser am Markt", "text": "Zwei Häuser."}, number)
        for number in range(3)
    ]
    write_warc(layout, "a", shots)
    jobs.run(layout, pool=fake_pool(layout))
    made = words(layout)
    path = layout.index.resolve()
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('delete-all')")
    connection.execute("INSERT INTO articles_fts (rowid, stems) SELECT pk, 'hausx' FROM documents")
    connection.execute("UPDATE meta SET value = 'older' WHERE key = 'stems'")
    connection.commit()
    connection.close()
    Store(path, "fake-1").close()
    assert words(layout) == made
    assert only(layout, "SELECT value FROM meta WHERE key = 'stems'") == stems.key()
