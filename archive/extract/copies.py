"""A text that a page holds twice, such as one for narrow screens and one for wide ones.

A refrain, a recipe or a programme repeats itself too: only many words that follow each other unchanged, as
they did before, are a copy.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.extract.dom import squash
from archive.types import Block

_LEAST_WORDS, _LEAST_LINES = 150, 4


def without_copies(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks without those that repeat a run of the blocks before them, of 150 words or more."""
    keys = [squash(block.text) for block in blocks]
    if len(set(keys)) > len(keys) - _LEAST_LINES:
        return tuple(blocks)
    first: dict[str, int] = {}
    for number, key in enumerate(keys):
        first.setdefault(key, number)
    dropped: set[int] = set()
    start = 0
    while start < len(blocks):
        end = start + 1
        if first[keys[start]] < start:
            while (
                end < len(blocks)
                and first[keys[end]] == first[keys[end - 1]] + 1
                and first[keys[end]] < start
            ):
                end += 1
            words = sum(len(block.text.split()) for block in blocks[start:end])
            if words >= _LEAST_WORDS and end - start >= _LEAST_LINES:
                dropped.update(range(start, end))
        start = end
    return tuple(block for number, block in enumerate(blocks) if number not in dropped)
