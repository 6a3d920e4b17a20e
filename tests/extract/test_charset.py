"""Header x meta x content: whatever is declared, the words come out as they were written."""

from __future__ import annotations

import itertools

import pytest

from archive.extract import charset, extract_page
from archive.types import Failure, FailureKind
from tests.extract.support import CHARSETS, UMLAUTS, in_charset, page, read


@pytest.mark.parametrize(("content", "header", "meta"), list(itertools.product(CHARSETS, repeat=3)))
def test_matrix_of_right_and_wrong_declarations(content: str, header: str, meta: str) -> None:
    found = read(extract_page(page(in_charset(content, meta), f"text/html; charset={header}")))
    assert UMLAUTS in found.text


@pytest.mark.parametrize(
    "content", ["utf-8", "windows-1252", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"]
)
def test_nothing_declared(content: str) -> None:
    assert UMLAUTS in read(extract_page(page(in_charset(content, None), "text/html"))).text


def test_the_header_is_asked_before_the_page() -> None:
    body = "<meta charset=iso-8859-2><p>naïve</p>".encode("cp1252")
    assert charset.decode(body, "text/html; charset=windows-1252") == charset.Decoded(
        "<meta charset=iso-8859-2><p>naïve</p>", "cp1252", "header"
    )


def test_a_few_foreign_bytes_in_utf8_harm_only_themselves() -> None:
    body = "<p>Größe, Maße, Straße und Äpfel</p>".encode() + "<p>für 5 \u20ac</p>".encode("cp1252")
    decoded = charset.decode(body)
    assert decoded is not None
    assert decoded.text == "<p>Größe, Maße, Straße und Äpfel</p><p>für 5 €</p>"


def test_the_language_of_the_page_decides_between_old_charsets() -> None:
    polish = "<html lang=pl><p>zażółć gęślą jaźń</p>"
    decoded = charset.decode(polish.encode("cp1250"))
    assert decoded is not None
    assert (decoded.text, decoded.source) == (polish, "language")


def test_a_character_cut_at_the_cap_of_the_reader() -> None:
    decoded = charset.decode("<p>schöne Grüße</p> und Öl".encode()[:-2])
    assert decoded is not None
    assert decoded.text.startswith("<p>schöne Grüße</p> und ")
    assert decoded.charset == "utf-8"


@pytest.mark.parametrize("label", ["rot13", "hex", "utf-7", "unicode_escape", "no-such-charset", "idna"])
def test_codecs_that_no_browser_knows_are_ignored(label: str) -> None:
    body = f"<meta charset={label}><p>Müll</p>".encode("cp1252")
    decoded = charset.decode(body)
    assert decoded is not None
    assert "Müll" in decoded.text


def test_bytes_that_are_no_text() -> None:
    found = extract_page(page(b"<html>" + bytes(range(1, 9)) * 400, "text/html"))
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.UNDECODABLE
