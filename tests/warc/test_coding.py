"""Content codings: what servers promise, what they send, and what attackers send."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest

from archive.warc.coding import content_codings, decode_body, zstd

TEXT = b"".join(b"<p>Zeile %d %x im Rathaus</p>\n" % (i, i * 7919) for i in range(8_000))


def _raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


CODERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", _raw_deflate),
    "brotli": ("br", lambda data: brotli.compress(data, quality=5)),
    "zstd": ("zstd", zstd.compress),
}


@pytest.mark.parametrize("coder", CODERS)
def test_whole_bodies(coder: str) -> None:
    coding, encode = CODERS[coder]
    assert decode_body(encode(TEXT), [coding]) == TEXT
    assert decode_body(encode(TEXT), [coding], cap=1_000) == TEXT[:1_000]


@pytest.mark.parametrize("coder", CODERS)
def test_a_body_that_isnt_coded_as_said_stays_as_it_is(coder: str) -> None:
    coding, _ = CODERS[coder]
    for body in (TEXT, b"", b"Hallo", b"\xef\xbb\xbf<!doctype html>", b'{"a": 1}'):
        assert decode_body(body, [coding]) == body


@pytest.mark.parametrize("coder", CODERS)
def test_a_cut_body_gives_what_came(coder: str) -> None:
    coding, encode = CODERS[coder]
    coded = encode(TEXT)
    decoded = decode_body(coded[: len(coded) // 2], [coding])
    assert TEXT.startswith(decoded)
    assert len(decoded) > len(TEXT) // 4


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_broken_body_gives_what_came_before_the_break(coding: str) -> None:
    coded = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": CODERS["brotli"][1],
        "zstd": zstd.compress,
    }[coding](TEXT)
    middle = len(coded) // 2
    decoded = decode_body(coded[:middle] + b"\xff" * 2_000, [coding])
    # What is decoded of the break itself may be anything.
    kept = len(TEXT) // 4
    assert decoded[:kept] == TEXT[:kept]


def test_streams_behind_each_other_and_what_trails_them() -> None:
    half = len(TEXT) // 2
    for coding, encode in (("gzip", gzip.compress), ("zstd", zstd.compress)):
        coded = encode(TEXT[:half]) + encode(b"") + encode(TEXT[half:])
        assert decode_body(coded, [coding]) == TEXT
        assert decode_body(coded + b"<!-- cached -->", [coding]) == TEXT


def test_empty_streams_are_empty() -> None:
    for coding, encode in (("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstd.compress)):
        assert decode_body(encode(b""), [coding]) == b""


def test_codings_are_undone_last_first() -> None:
    assert decode_body(gzip.compress(gzip.compress(TEXT)), ["gzip", "gzip"]) == TEXT
    assert decode_body(brotli.compress(gzip.compress(TEXT), quality=1), ["gzip", "br"]) == TEXT
    assert decode_body(gzip.compress(TEXT), ["gzip", "sdch"]) == TEXT


def test_content_codings() -> None:
    assert content_codings(None) == []
    assert content_codings(" GZIP , identity,,br") == ["gzip", "br"]
    assert len(content_codings("gzip," * 1_000)) == 4


def test_bombs_are_cut_at_the_cap_in_little_time_and_memory() -> None:
    zeros = bytes(96 << 20)
    bombs = {
        "gzip": gzip.compress(zeros, 1),
        "br": brotli.compress(zeros, quality=1),
        "zstd": zstd.compress(zeros),
    }
    del zeros
    cap = 4 << 20
    for coding, bomb in bombs.items():
        began = time.process_time()
        tracemalloc.start()
        decoded = decode_body(bomb, [coding], cap)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(decoded) == cap
        assert peak < 3 * cap, coding
        assert time.process_time() - began < 2, coding


def test_a_million_empty_streams_cost_no_minutes() -> None:
    began = time.process_time()
    assert decode_body(gzip.compress(b"") * 300_000, ["gzip"]) == b""
    assert decode_body(zstd.compress(b"") * 300_000, ["zstd"]) == b""
    assert time.process_time() - began < 2


def test_a_window_that_no_browser_grants_is_refused() -> None:
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.content_size_flag: 0}
    stream = zstd.ZstdCompressor(options=options)
    coded = stream.compress(TEXT) + stream.flush()
    assert decode_body(coded, ["zstd"]) == b""
