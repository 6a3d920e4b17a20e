"""What is wrong, and why text was cut, in both languages: by kinds and codes, never by the English text."""

from __future__ import annotations

import ast
import asyncio
import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from datasette.app import Datasette

import archive
from archive.errors import ArchiveError
from archive.extract import reasons
from archive.layout import Layout
from archive.research.desk import open_desk
from archive.web.readers import TooSlow
from archive.web.tongue import LANGUAGES, words

ROOT = Path(archive.__file__).parent
RAISED = ("BadQuery", "Missing", "_bad")
"""What makes an error that a page tells: its message, its kind, what stands in it."""
TERMINAL = ("desk.py", "opened.py")
"""Modules whose errors nobody but Python and the terminal says."""
PLACES = re.compile(r"\{(\w+)\}")


def made() -> Iterator[tuple[str, str, set[str]]]:
    """Every error that is made in research and web: where, its kind, and its values."""
    for folder in ("research", "web"):
        for path in sorted((ROOT / folder).glob("*.py")):
            if path.name in TERMINAL:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", None) in RAISED:
                    if isinstance(node.args[-1], ast.Name):
                        continue  # it hands on the kind that its caller says
                    given = {word.arg for word in node.keywords if word.arg is not None}
                    where = f"{path.name}:{node.lineno}"
                    for kind in _kinds(node.args[1:]):
                        yield where, kind, given


def _kinds(arguments: Sequence[ast.expr]) -> list[str]:
    """Those that the last argument may be; "" where there is none."""
    last = arguments[-1] if arguments else ast.Constant("")
    chosen = [last.body, last.orelse] if isinstance(last, ast.IfExp) else [last]
    return [str(ast.literal_eval(one)) for one in chosen]


def test_every_error_that_a_page_may_tell_has_words_with_its_values() -> None:
    found = list(made())
    assert len(found) > 25
    for where, kind, given in found:
        assert f"wrong.{kind}" in words(), f"{where} has no kind, or one without words"
        for language in LANGUAGES:
            assert set(PLACES.findall(words()[f"wrong.{kind}"][language])) <= given, (where, kind)


def test_no_words_are_left_of_errors_that_nobody_makes() -> None:
    told = {key.removeprefix("wrong.") for key in words() if key.startswith("wrong.")}
    assert told == {kind for _, kind, _ in made()} | {TooSlow(2.0).kind}


def test_every_reason_of_a_cut_has_words_and_none_is_left_over() -> None:
    told = {key.removeprefix("cut.") for key in words() if key.startswith("cut.")}
    assert told == set(reasons.MEANING)


def test_an_error_says_the_same_in_a_terminal_as_ever() -> None:
    error = ArchiveError("a.warc.gz@12: torn", "torn", place="a.warc.gz@12")
    assert (str(error), error.kind, error.values["place"]) == ("a.warc.gz@12: torn", "torn", "a.warc.gz@12")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/find?q=(Haus", 400, "Diese Klammer wird nicht geschlossen."),
        ("/find?q=Haus&since=2026-02-01&until=2026-01-01", 400, "1. Februar 2026 liegt nach 1. Januar 2026."),
        ("/find?q=Haus&paywall=x", 400, "paywall=x steht nicht zur Wahl. Möglich ist: 'yes', 'no'."),
        ("/find?q=Haus&after=x", 400, "„x“ ist keine Stelle in einer Trefferliste."),
        ("/article/aaaaaaaaaaaaaaaa", 404, "Kennung „aaaaaaaaaaaaaaaa“ ist nicht gespeichert."),
        ("/story/s-aaaaaaaa", 404, "Eine Geschichte mit der Kennung „s-aaaaaaaa“ gibt es nicht."),
        ("/outlet/nirgends", 404, "von einem Medium namens „nirgends“"),
        ("/outlet/emscher-bote/front?at=x", 400, "at=x ist kein Tag und keine Uhrzeit."),
        ("/find/sql?kind=section&q=Haus", 404, "Nur Artikel haben einen Volltext"),
    ],
)
def test_what_is_wrong_is_said_in_german(room: Datasette, path: str, status: int, said: str) -> None:
    response = asyncio.run(room.client.get(path, headers={"accept-language": "de"}))
    assert response.status_code == status
    assert said in html.unescape(response.text)


def test_why_text_was_cut_is_said_in_german(room: Datasette, layout: Layout) -> None:
    with open_desk(layout.root) as opened:
        (row,) = opened.sql("SELECT document_id AS id FROM cuts WHERE reason = 'share' ORDER BY id LIMIT 1")
    path = f"/article/{row['id']}?cuts=1"
    text = html.unescape(asyncio.run(room.client.get(path, headers={"accept-language": "de"})).text)
    assert "Ein Knopf zum Teilen oder Drucken <code>share</code>" in text
    assert reasons.MEANING["share"] not in text


def test_what_readers_can_do_nothing_about_is_told_to_who_runs_the_room(
    room: Datasette, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ArchiveError("index.db: is gone")

    monkeypatch.setattr("archive.web.start.held", broken)
    response = asyncio.run(room.client.get("/", headers={"accept-language": "de"}))
    assert response.status_code == 500
    assert "Das Archiv lässt sich gerade nicht lesen." in response.text
    assert "is gone" not in response.text
    assert "index.db: is gone" in caplog.text
