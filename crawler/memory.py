"""Memory that large pages took is given back to the system, and that of usual ones is used again.

glibc keeps what was freed for later, and takes ever larger blocks for usual ones: after a hundred bombs
a process has 350 MB that it doesn't use. Where it may not do so, it gives each page's memory back at once,
and asks for it again for the next page: a seventh of a crawl's CPU time. So both bounds are set.
With other C libraries nothing is done, and nothing has to be.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from functools import cache

_TRIM_THRESHOLD = -1  # M_TRIM_THRESHOLD of mallopt(3)
_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD
_ARENA_MAX = -8  # M_ARENA_MAX
_LARGE = 1 << 20
"""Bytes of a block that is none of a usual page."""
_SPARE = 8 << 20
"""Free bytes at the end of the heap that are kept: a page's body as it came and decoded, and its tree."""
_YOUNG = 2_000
"""Objects that are made before circles are looked for among them: those of a page or two."""


@cache
def _functions() -> tuple[Callable[[int, int], int], Callable[[int], int]] | None:
    try:
        library = ctypes.CDLL(None)
        return library.mallopt, library.malloc_trim
    except (OSError, AttributeError, TypeError):
        return None


def keep_little() -> None:
    """Large blocks get pages of their own, and threads share one heap: what is freed can be given back."""
    if (found := _functions()) is not None:
        found[0](_MMAP_THRESHOLD, _LARGE)
        found[0](_TRIM_THRESHOLD, _SPARE)
        found[0](_ARENA_MAX, 1)


def settle() -> None:
    """What is there now stays to the end: the garbage collector needn't look through it again and again.

    To be called when all is loaded. Of what pages leave, hardly anything is garbage in a circle.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG)


def give_back() -> None:
    """Return what is free; some milliseconds, for use after something large."""
    if (found := _functions()) is not None:
        found[1](0)
