"""URLs as browsers read them. The cases are of the kinds that the WHATWG's and the field's own tests have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import urls


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://WWW.Example.COM:80/a/../b", "http://www.example.com/b"),
        ("https://example.com:443", "https://example.com/"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://user:secret@example.com/x", "http://example.com/x"),
        ("http://example.com/x#top", "http://example.com/x"),
        ("http://example.com/x?#", "http://example.com/x"),
        ("http://example.com?b=2&a=1", "http://example.com/?b=2&a=1"),
        ("http://example.com/?&&a=1&", "http://example.com/?a=1"),
        ("http://example.com/?utm_source=x&a=1&FBCLID=2&at_medium=y", "http://example.com/?a=1"),
        ("http://example.com/?utm_source=x", "http://example.com/"),
        ("http://example.com/??", "http://example.com/??"),
        ("http://example.com/??a=1&utm_id=2", "http://example.com/??a=1"),
        ("http://example.com/?automat_medium=x&gclidx=1", "http://example.com/?automat_medium=x&gclidx=1"),
        ("http://example.com/%7Efoo?a=%2f", "http://example.com/%7Efoo?a=%2f"),
        ("http://bücher.example/straße?ä=ö", "http://xn--bcher-kva.example/stra%C3%9Fe?%C3%A4=%C3%B6"),
        ("http://faß.example/", "http://xn--fa-hia.example/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[0:0::1]:8080/", "http://[::1]:8080/"),
        ("http://ex%61mple.com/", "http://example.com/"),
        ("http:\\\\example.com\\a\\b", "http://example.com/a/b"),
        ("  http://exa\tmple.com/\n ", "http://example.com/"),
        ("http:example.com/", "http://example.com/"),
        ("http://example.com/a b", "http://example.com/a%20b"),
        ("http://example.com./", "http://example.com./"),
        ("http://a.example@b.example/", "http://b.example/"),
        ("http://example.com/.%2e/%2e/x", "http://example.com/x"),
        ("", None),
        ("example.com", None),
        ("//example.com/", None),
        ("/a", None),
        ("http://", None),
        ("http://a b/", None),
        ("http://example.com:99999/", None),
        ("http://256.256.256.256/", None),
        ("http://[::1", None),
        ("ftp://example.com/", None),
        ("javascript:alert(1)", None),
        ("mailto:a@example.com", None),
        ("data:text/html,x", None),
        ("http://example.com/" + "x" * urls.MAX_URL, None),
        ("http://example.com/" + "ä" * (urls.MAX_URL // 2), None),
        ("http://example.com/\ud800", "http://example.com/%EF%BF%BD"),
    ],
)
def test_canonical(url: str, expected: str | None) -> None:
    assert urls.canonical(url) == expected
    if expected is not None:
        assert urls.canonical(expected) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("b", "http://a.example/x/b"),
        ("/b?c#d", "http://a.example/b?c#d"),
        ("../../b", "http://a.example/b"),
        ("?q", "http://a.example/x/y?q"),
        ("//b.example/", "http://b.example/"),
        ("\\\\b.example\\c", "http://b.example/c"),
        ("https:b", "https://b/"),
        ("http:b", "http://a.example/x/b"),
        ("", "http://a.example/x/y"),
        (" \t/b\n", "http://a.example/b"),
        ("http://user@b.example/", "http://user@b.example/"),
        ("javascript:void(0)", None),
        ("tel:+49", None),
        ("http://[", None),
    ],
)
def test_join(reference: str, expected: str | None) -> None:
    assert urls.join("http://a.example/x/y", reference) == expected


def test_join_to_no_base() -> None:
    assert urls.join("no base", "b") is None
    assert urls.join("mailto:a@b.example", "/b") is None
    assert urls.join("", "http://a.example/") == "http://a.example/"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.Example.com:8080/A?b=2&a=1", "com,example:8080)/a?a=1&b=2"),
        ("http://www34.archive.example/", "example,archive)/"),
        ("http://example.com/index.html?", "com,example)/index.html"),
        ("http://example.com/a/b/", "com,example)/a/b"),
        ("http://example.com//", "com,example)/"),
        ("http://example.com/?b=b&b=a&a=b", "com,example)/?a=b&b=a&b=b"),
        ("http://example.com/?B=1&a=2", "com,example)/?a=2&b=1"),
        ("http://example.com/?a-b=1&a=2&a", "com,example)/?a&a=2&a-b=1"),
        ("http://example.com/?utm_source=x#y", "com,example)/"),
        ("http://user:pw@example.com./", "com,example)/"),
        ("http://mywww.example.com/", "com,example,mywww)/"),
        ("http://a.www.example.com/", "com,example,www,a)/"),
        ("http://www.example/", "example,www)/"),
        ("http://127.0.0.1:8001/x", "127.0.0.1:8001)/x"),
        ("http://[::1]/x", "[::1])/x"),
        ("urn:gazette:site", "urn:gazette:site"),
        ("", ""),
    ],
)
def test_surt(url: str, expected: str) -> None:
    assert urls.surt(url) == expected


def test_surt_brings_the_pages_of_a_site_together() -> None:
    pages = ["http://b.example/2", "http://www.b.example/1", "http://a.b.example/0", "http://a.example/3"]
    assert sorted(map(urls.surt, pages)) == ["example,a)/3", "example,b)/1", "example,b)/2", "example,b,a)/0"]


@pytest.mark.parametrize(
    ("url", "host", "authority", "origin"),
    [
        ("http://A.example/x", "a.example", "a.example:80", "http://a.example"),
        ("https://a.example:8443/", "a.example", "a.example:8443", "https://a.example:8443"),
        ("https://u:p@ä.example/", "xn--4ca.example", "xn--4ca.example:443", "https://xn--4ca.example"),
        ("http://[::1]:80/", "[::1]", "[::1]:80", "http://[::1]"),
        ("nothing", None, None, None),
        ("file:///etc/passwd", None, None, None),
    ],
)
def test_places(url: str, host: str | None, authority: str | None, origin: str | None) -> None:
    assert (urls.host(url), urls.authority(url), urls.origin(url)) == (host, authority, origin)


@pytest.mark.parametrize("name", ["localhost", "a.localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_loopback(name: str) -> None:
    assert urls.is_loopback(name)


@pytest.mark.parametrize(
    "name",
    ["", "example.com", "localhost.example", "10.0.0.1", "0.0.0.0", "::", "1.1.1.1", "127.0.0.1.example"],
)
def test_not_loopback(name: str) -> None:
    assert not urls.is_loopback(name)


def test_document_ids_stay_what_they_were() -> None:
    """People cite them: this value must never change."""
    digest = "sha256:" + "0" * 64
    known = urls.document_id("http://example.com/artikel", digest)
    assert known == "wbtvzhtonuwwfyfu"
    assert urls.document_id("http://user@EXAMPLE.com:80/./artikel?utm_source=x#y", digest) == known
    assert urls.document_id("https://example.com/artikel", digest) != known
    assert urls.document_id("http://example.com/artikel", digest[:-1] + "1") != known
    assert len({urls.document_id(url, digest) for url in ("urn:a", "urn:b", "\ud800", "")}) == 4


_ANYTHING = st.text(st.characters(codec=None, exclude_categories=()))
_PIECES = "http:// https: // / \\ ? # @ : & = % %2e .. www. [::1] 127.1 a.example xn-- utm_source=".split()
_PIECES += ["ä", "ß", "'", '"', "|", "\t", "\u200d", " "]
_LIKE_A_URL = st.builds(
    "".join,
    st.lists(
        st.one_of(
            st.sampled_from(_PIECES),
            _ANYTHING,
        ),
        max_size=12,
    ),
)


@given(_LIKE_A_URL, _LIKE_A_URL)
def test_nothing_raises_and_canonical_is_final(one: str, two: str) -> None:
    urls.surt(one), urls.host(one), urls.authority(one), urls.origin(one), urls.is_loopback(one)
    urls.document_id(one, two)
    for url in (one, "http://" + one, urls.join(one, two), urls.join("http://a.example/x/", two)):
        known = urls.canonical(url) if url is not None else None
        if known is not None:
            assert known.isascii()
            assert urls.canonical(known) == known
            assert urls.surt(known) == urls.surt(url or "")
            assert urls.host(known) == urls.host(url or "")
