"""Members give back what went in, however dense it is; what is dense already is not deflated."""

from __future__ import annotations

import gzip
import io
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isal import igzip
from warcio.archiveiterator import ArchiveIterator

from archive.warc.deflate import deflated

HEAD = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 1\r\n\r\n"
END = b"\r\n\r\n"
_NOISE = random.Random(9).randbytes(300_000)
_TEXT = "Der Rat der Stadt hat über den Haushalt beraten. ".encode() * 6_000
BLOCKS = {
    "nothing": b"",
    "small": b"HTTP/1.1 200 OK\r\n\r\n",
    "text": _TEXT,
    "text of a large page": _TEXT * 8,
    "compressed page": gzip.compress(_TEXT + _NOISE.hex().encode()),
    "one stored block": _NOISE[:0xFFFF],
    "a byte more": _NOISE[: 0xFFFF + 1],
    "large and dense": _NOISE * 5,
    "dense in its middle alone": _TEXT + _NOISE + _TEXT,
}


def assert_whole(member: bytes, content: bytes) -> None:
    walk = zlib.decompressobj(wbits=31)
    assert walk.decompress(member) == content
    assert walk.eof
    assert walk.unused_data == b""
    assert igzip.decompress(member) == content
    assert gzip.decompress(member * 2) == content * 2


@pytest.mark.parametrize("name", BLOCKS)
def test_a_member_gives_back_what_went_in(name: str) -> None:
    block = BLOCKS[name]
    member = deflated(HEAD, block)
    assert_whole(member, HEAD + block + END)
    assert len(member) < len(HEAD + block) + 200


@given(st.binary(max_size=6_000), st.binary(min_size=1, max_size=300))
def test_any_bytes_come_back(block: bytes, head: bytes) -> None:
    assert_whole(deflated(head, block), head + block + END)


def test_what_is_dense_stands_in_its_member_as_it_is() -> None:
    assert _NOISE[:60_000] in deflated(HEAD, _NOISE[:60_000])
    assert len(deflated(HEAD, _TEXT)) < len(_TEXT) / 50


@pytest.mark.parametrize(("letters", "coding"), [("一龥", "utf-8"), ("一丿", "gb18030"), ("ая", "cp1251")])
def test_what_few_letters_of_another_script_make_up_is_no_dense_page(letters: str, coding: str) -> None:
    """A page without a content coding: its bytes are as rare in texts as those of a compressed one."""
    dice, (first, last) = random.Random(4), map(ord, letters)
    some = [chr(dice.randrange(first, last + 1)) for _ in range(300)]
    block = "".join(dice.choice(some) for _ in range(30_000)).encode(coding)
    assert len(deflated(HEAD, block)) < 0.9 * len(block)


def test_warcio_reads_a_stored_record() -> None:
    head = b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Target-URI: urn:x\r\nContent-Length: %d\r\n\r\n" % len(
        _NOISE
    )
    (record,) = (
        (one.rec_type, one.content_stream().read())
        for one in ArchiveIterator(io.BytesIO(deflated(head, _NOISE)))
    )
    assert record == ("resource", _NOISE)
