"""Versions and moves of the sample articles: those that were planted, and the words that changed."""

from __future__ import annotations

from sqlite3 import Connection

import pytest

from archive.errors import BadQuery
from archive.index.worddiff import Piece
from archive.research import versions
from tests.samples_archive import BASES, the_planted

PLANTED = the_planted()


def rows(connection: Connection, sql: str, *values: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(sql, values)]


def test_changes_are_the_planted_ones_and_no_others(connection: Connection) -> None:
    assert rows(
        connection, "SELECT url, changed, announced FROM versions WHERE number > 1 ORDER BY announced"
    ) == [
        (PLANTED["silent"].url, ", ".join(PLANTED["silent"].changed), 0),
        (PLANTED["announced"].url, ", ".join(PLANTED["announced"].changed), 1),
    ]
    silent = "SELECT url, changed, words_added, words_removed FROM silent_changes"
    assert rows(connection, silent) == [(PLANTED["silent"].url, "text", 2, 2)]


def test_moves_are_the_planted_ones_and_no_others(connection: Connection) -> None:
    assert rows(connection, "SELECT url, moved_to, evidence FROM article_moves ORDER BY evidence") == [
        (PLANTED["moved"].url, PLANTED["moved"].url_after, "redirect"),
        (PLANTED["moved-unsaid"].url, PLANTED["moved-unsaid"].url_after, "text"),
    ]
    assert rows(connection, "SELECT url FROM gone_articles") == []


def test_a_trivial_change_is_one_version_with_two_contents(connection: Connection) -> None:
    urls = {row[0] for row in connection.execute("SELECT url FROM versions WHERE contents > 1")}
    assert urls == {PLANTED[kind].url for kind in ("trivial", "moved", "moved-unsaid")}
    history = versions.history(connection, PLANTED["trivial"].url)
    (version,) = history["versions"]
    assert (version["captures"], len(version["documents"])) == (2, 2)


def test_the_words_that_changed(connection: Connection) -> None:
    difference = versions.differences(connection, PLANTED["silent"].url, 1, 2)
    ((name, pieces),) = difference.fields
    assert name == "text"
    assert [piece for piece in pieces if piece.sign != "="] == [
        Piece("-", "31.270"),
        Piece("+", "31.720"),
        Piece("-", "Acht"),
        Piece("+", "Zwölf"),
    ]
    back = versions.differences(connection, PLANTED["silent"].url, 2, 1)
    assert Piece("-", "Zwölf") in back.fields[0][1]
    assert versions.differences(connection, PLANTED["silent"].url, 1, 1).fields == ()


@pytest.mark.parametrize("kind", ["moved", "moved-unsaid"])
def test_an_article_is_found_by_either_url_and_by_each_id(connection: Connection, kind: str) -> None:
    move = PLANTED[kind]
    history = versions.history(connection, move.url)
    assert history["urls"] == [move.url, move.url_after]
    assert versions.history(connection, move.url_after + "#top") == history
    for document_id in history["versions"][0]["documents"]:
        assert versions.history(connection, document_id) == history


def test_a_redirect_that_was_no_article_leads_to_one(connection: Connection) -> None:
    history = versions.history(connection, BASES["emscher-bote"] + "/node/4711")
    assert len(history["versions"]) == 1


def test_what_is_no_article_has_no_versions(connection: Connection) -> None:
    with pytest.raises(BadQuery, match="only articles have versions"):
        versions.history(connection, BASES["ruhr-aktuell"] + "/impressum")
    with pytest.raises(BadQuery, match="nothing is stored under this URL"):
        versions.history(connection, "https://elsewhere.example/")
    with pytest.raises(BadQuery, match="has versions 1 to 2"):
        versions.differences(connection, PLANTED["silent"].url, 1, 3)
