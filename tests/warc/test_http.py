"""HTTP messages as servers really write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.warc.http import MAX_HEAD, dechunk, is_chunked, parse_head, payload
from tests.warc.support import SHAPES


@pytest.mark.parametrize("name", SHAPES)
def test_payload_is_what_stands_behind_head_and_framing(name: str) -> None:
    shape = SHAPES[name]
    head = parse_head(shape.response)
    if shape.payload is None:
        assert head is None
    else:
        assert head is not None
        assert payload(shape.response, head) == shape.payload
        assert is_chunked(head.headers) is shape.chunked


def test_head_keeps_order_case_repeats_and_bytes() -> None:
    head = parse_head(
        b"HTTP/1.1 200  Alles gut \r\nset-Cookie: a=1\r\nSet-Cookie:b=2 \r\nX: \xe4\r\n\t  gefaltet\r\n\r\nx"
    )
    assert head is not None
    assert (head.status, head.reason) == (200, "Alles gut")
    assert head.headers == (("set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X", "ä gefaltet"))
    assert head.get("set-cookie") == "a=1"
    assert head.get("x-none") is None


@pytest.mark.parametrize(
    "line", [b"HTTP/2 200", b"HTTP/1.1 200", b"HTTP/1.1\t200 OK", b"HTTP/1.0 200 \xe4\xf6"]
)
def test_status_lines_that_browsers_take(line: bytes) -> None:
    head = parse_head(line + b"\r\n\r\n")
    assert head is not None
    assert head.status == 200


@pytest.mark.parametrize(
    "line", [b"", b"HTTP/1.1 20", b"HTTP/1.1 2000 OK", b"ICY 200 OK", b"<html>", b"HTTP/1.1"]
)
def test_what_is_no_status_line(line: bytes) -> None:
    assert parse_head(line + b"\r\n\r\n") is None


def test_a_head_without_end_is_read_as_far_as_it_may_go() -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\nX: " + b"y" * (2 * MAX_HEAD))
    assert head is not None
    assert head.body_start == MAX_HEAD


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"3\r\nabc\r\n0\r\n\r\n", (b"abc", True)),
        (b"3\nabc\n0\n\n", (b"abc", True)),
        (b'0003 ;ext="x"\r\nabc\r\n000\r\nTrailer: x\r\n\r\n', (b"abc", True)),
        (b"3\r\nabc\r\n", (b"abc", False)),
        (b"3\r\nabc\r\nA\r\nde", (b"abcde", False)),
        (b"ffffffffffffffff\r\nabc", (b"abc", False)),
        (b"3\r\nabc\r\nno size\r\n", (b"abc", False)),
        (b"<html>never framed", (b"<html>never framed", False)),
        (b"", (b"", False)),
        (b"0\r\n\r\n", (b"", True)),
    ],
)
def test_dechunk(body: bytes, expected: tuple[bytes, bool]) -> None:
    assert dechunk(body) == expected


@given(st.lists(st.binary(min_size=1, max_size=40)), st.sampled_from([b"", b";a=b", b" ; q"]))
def test_dechunk_takes_off_what_a_server_puts_on(parts: list[bytes], extension: bytes) -> None:
    framed = b"".join(b"%X%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    assert dechunk(framed + b"0\r\n\r\n") == (b"".join(parts), True)


_LIKE_HTTP = st.lists(
    st.one_of(
        st.sampled_from(
            [b"HTTP/1.1 200 OK", b"\r\n", b"\n", b"\r", b":", b" ", b"\t", b"0", b"a;", b"chunked"]
        ),
        st.binary(max_size=12),
    ),
    max_size=30,
).map(b"".join)


@given(_LIKE_HTTP)
def test_nothing_a_server_writes_raises(block: bytes) -> None:
    head = parse_head(block)
    assert head is None or (0 <= head.body_start <= len(block) and len(payload(block, head)) <= len(block))
    assert len(dechunk(block)[0]) <= len(block)
