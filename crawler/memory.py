"""Memory that large pages took is given back to the system.

glibc keeps what was freed for later, and takes ever larger blocks for usual ones: after a hundred bombs
a process has 350 MB that it doesn't use. With other C libraries nothing is done, and nothing has to be.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of mallopt(3)
_ARENA_MAX = -8  # M_ARENA_MAX
_LARGE = 256 << 10


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
        found[0](_ARENA_MAX, 1)


def give_back() -> None:
    """Return what is free; some milliseconds, for use after something large."""
    if (found := _functions()) is not None:
        found[1](0)
