"""Our own secrets in requests: cut, marked, and nothing else touched."""

from __future__ import annotations

import pytest

from crawler.handlers.cut import cut_request, cut_user_info, names_cut

HEAD = b"GET /a?b=c HTTP/1.1\r\nHost: example.org\r\n"


@pytest.mark.parametrize(
    ("sent", "kept", "names"),
    [
        (HEAD + b"\r\n", HEAD + b"\r\n", ()),
        (HEAD + b"Cookie: a=1; b=2\r\n\r\n", HEAD + b"Cookie: [cut]\r\n\r\n", ("cookie",)),
        (HEAD + b"cOOkie:a=1\r\n\r\n", HEAD + b"cOOkie:[cut]\r\n\r\n", ("cookie",)),
        (HEAD + b"Cookie : a=1\r\n\r\n", HEAD + b"Cookie : [cut]\r\n\r\n", ("cookie",)),
        (
            HEAD + b"Authorization: Basic YTpi\r\nX: 1\r\nProxy-Authorization: Basic YTpi\r\n\r\n",
            HEAD + b"Authorization: [cut]\r\nX: 1\r\nProxy-Authorization: [cut]\r\n\r\n",
            ("authorization", "proxy-authorization"),
        ),
        (
            HEAD + b"Cookie: a=1\r\nCookie: b=2\r\n\r\n",
            HEAD + b"Cookie: [cut]\r\nCookie: [cut]\r\n\r\n",
            ("cookie",),
        ),
        (HEAD + b"Cookie: a=1;\r\n b=2\r\n\r\n", HEAD + b"Cookie: [cut]\r\n\r\n", ("cookie",)),
        (HEAD + b"X: a\r\n b\r\n\r\n", HEAD + b"X: a\r\n b\r\n\r\n", ()),
        (HEAD + b"Cookie-Policy: none\r\n\r\n", HEAD + b"Cookie-Policy: none\r\n\r\n", ()),
        (
            HEAD + b"Content-Length: 19\r\n\r\nCookie: a=1\r\n\r\nmore",
            HEAD + b"Content-Length: 19\r\n\r\nCookie: a=1\r\n\r\nmore",
            (),
        ),
        (
            b"GET http://u:p@example.org/ HTTP/1.1\r\nReferer: http://u:p@q@example.org/x\r\n\r\n",
            b"GET http://example.org/ HTTP/1.1\r\nReferer: http://example.org/x\r\n\r\n",
            (),
        ),
        (
            b"GET /mail@example.org HTTP/1.1\r\nX: \xe4@\r\n\r\n",
            b"GET /mail@example.org HTTP/1.1\r\nX: \xe4@\r\n\r\n",
            (),
        ),
        (b"", b"", ()),
    ],
)
def test_values_are_cut_and_named(sent: bytes, kept: bytes, names: tuple[str, ...]) -> None:
    assert cut_request(sent) == kept
    assert names_cut(kept) == names
    assert cut_request(kept) == kept


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Getting https://me:pa%20ss@example.org:8/a took long", "Getting https://example.org:8/a took long"),
        ("http://example.org/@home", "http://example.org/@home"),
        ("http://example.org?mail=a@b", "http://example.org?mail=a@b"),
        ("a@b //c@d/", "a@b //c@d/"),
    ],
)
def test_user_info_of_urls_goes(text: str, expected: str) -> None:
    assert cut_user_info(text) == expected
