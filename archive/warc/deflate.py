"""Gzip members (RFC 1952): one record each, made in memory, as small as it is cheap to make them.

a record -> small? zlib | dense? its head deflated, its block stored | else ISA-L -> a member
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from isal import igzip, isal_zlib

_END = b"\r\n\r\n"
"""Two empty lines end a record (WARC 1.1, 4)."""

# Level 1 of ISA-L: the size of zlib's 6 on pages that come compressed, at a fiftieth of the time.
_LEVEL = 1
_SMALL = 2 << 10
_LARGE = 1 << 20

_SAMPLE = 512
_DENSE = 0.97
"""What a sample shrinks to when deflating is in vain: pages come compressed, images are so by themselves."""
_GROWN = 1.39
"""What level 0 makes of such a sample, by its fixed code for text: 1.39 to 1.47; of programs 1.3 at most."""
_VARIED = 80
"""What is compressed has more different bytes in a quarter of a sample, 85 to 115. Chinese, of which level 0
makes as much, has 70 in UTF-8, and other scripts in eight bits have fewer."""

_GZIP = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_STORED = 0xFFFF
"""Bytes of the longest stored block (RFC 1951, 3.2.4)."""


def deflated(head: bytes, block: bytes) -> bytes:
    """The gzip member of a record: its header fields with the empty line behind them, and its block."""
    if len(block) < _SMALL:
        # What an unchanged page costs: zlib makes these smaller than ISA-L does, and is as quick.
        small = zlib.compressobj(6, zlib.DEFLATED, 16 + 12, 5)
        return small.compress(head + block + _END) + small.flush()
    if _is_dense(block):
        return b"".join(_stored(head, block))
    if len(block) < _LARGE:
        return igzip.compress(head + block + _END, compresslevel=_LEVEL)
    # In pieces: put together first, a large block would be in memory twice.
    stream = isal_zlib.compressobj(_LEVEL, wbits=31)
    parts = list(map(stream.compress, (head, *_pieces(block, _LARGE), _END)))
    return b"".join([*parts, stream.flush()])


def _is_dense(block: bytes) -> bool:
    middle = (len(block) - _SAMPLE) // 2
    sample = block[middle : middle + _SAMPLE]
    # Level 0 takes a tenth of the time, and makes of what is compressed already far more than of all else but
    # texts of other scripts.
    grown = len(isal_zlib.compress(sample, 0, -15)) > _GROWN * _SAMPLE
    if grown and len(set(sample[::4])) > _VARIED:
        return True
    return len(isal_zlib.compress(sample, _LEVEL, -15)) > _DENSE * _SAMPLE


def _stored(head: bytes, block: bytes) -> Iterator[bytes | memoryview]:
    """The parts of a member whose block stands in it as it is: to deflate it costs ten times as much."""
    first = zlib.compressobj(6, zlib.DEFLATED, -12, 5)
    # A full flush ends at a byte's end, where a stored block can begin.
    yield _GZIP + first.compress(head) + first.flush(zlib.Z_FULL_FLUSH)
    for piece in _pieces(block, _STORED):
        yield struct.pack("<BHH", 0, len(piece), len(piece) ^ _STORED)
        yield piece
    yield struct.pack("<BHH", 1, len(_END), len(_END) ^ _STORED) + _END
    check = isal_zlib.crc32(_END, isal_zlib.crc32(block, isal_zlib.crc32(head)))
    yield struct.pack("<LL", check, (len(head) + len(block) + len(_END)) & 0xFFFFFFFF)


def _pieces(block: bytes, size: int) -> Iterator[memoryview]:
    view = memoryview(block)
    return (view[start : start + size] for start in range(0, len(block), size))
