"""Where a response begins and ends, read without a parser's strictness."""

from __future__ import annotations

import pytest

from archive.warc.http import parse_head
from crawler.handlers.framing import body_of, interim_length, is_whole, stated_length

OK = b"HTTP/1.1 200 OK\r\n"
EARLY = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"


@pytest.mark.parametrize(
    ("received", "length"),
    [
        (b"", 0),
        (OK + b"\r\n", 0),
        (EARLY + OK + b"\r\n", len(EARLY)),
        (EARLY * 3 + OK + b"\r\n", len(EARLY) * 3),
        (EARLY, len(EARLY)),
        (EARLY[:20], 20),
        (b"HTTP/1.1 101 Go\r\n\r\nHTTP/1.1 100 x\r\n\r\n", 0),
        (b"<html>", 0),
    ],
)
def test_interim_responses_end_before_the_final_one(received: bytes, length: int) -> None:
    assert interim_length(received) == length


@pytest.mark.parametrize(
    ("response", "method", "closed", "whole"),
    [
        (OK + b"Content-Length: 2\r\n\r\nab", "GET", False, True),
        (OK + b"Content-Length: 2\r\n\r\na", "GET", True, False),
        (OK + b"Content-Length: 2\r\n\r\n", "HEAD", False, True),
        (OK + b"Content-Length: 2, 2\r\n\r\nab", "GET", False, True),
        (OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nab", "GET", True, False),
        (OK + b"Content-Length: x\r\n\r\nab", "GET", True, True),
        (OK + b"\r\nab", "GET", False, False),
        (OK + b"\r\nab", "GET", True, True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "GET", False, True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n", "GET", True, False),
        (b"HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n", "GET", False, True),
        (b"HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", "GET", False, True),
        (OK + b"Content-Len", "GET", True, False),
        (b"<html>", "GET", True, True),
        (b"<html>", "GET", False, False),
    ],
)
def test_a_response_is_whole_when_it_has_what_it_promised(
    response: bytes, method: str, closed: bool, whole: bool
) -> None:
    assert is_whole(response, method, closed=closed) is whole


def test_a_length_beside_chunks_says_nothing() -> None:
    head = parse_head(OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert head is not None
    assert stated_length(head) is None


@pytest.mark.parametrize(
    ("block", "body"),
    [
        (OK + b"Content-Length: 2\r\n\r\nabcd", b"ab"),
        (OK + b"\r\nabcd", b"abcd"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n2\r\nbc\r\n0\r\nT: 1\r\n\r\n", b"abc"),
        (b"HTTP/1.1 204 No\r\n\r\nabc", b""),
    ],
)
def test_a_body_comes_without_framing(block: bytes, body: bytes) -> None:
    head = parse_head(block)
    assert head is not None
    assert body_of(block, head, "GET") == body
