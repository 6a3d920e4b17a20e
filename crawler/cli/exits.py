"""The exit codes of every verb."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """How a verb ended, for scripts and timers; the numbers are an interface."""

    OK = 0
    USAGE = 2
    DISK_FULL = 3
    BAD_CONFIGURATION = 4
    FAILED = 9
    INTERRUPTED = 11
    SIZE_BUDGET = 14
    TIME_BUDGET = 15
    REFUSED = 18
    IN_USE = 20
    DAMAGED = 21
    UNHEALTHY = 22


MEANINGS = {
    Exit.OK: "done",
    Exit.USAGE: "the command line or a query can't be understood",
    Exit.DISK_FULL: "the disk is full; what was kept before is whole",
    Exit.BAD_CONFIGURATION: "no archive here, or a file that people write is wrong",
    Exit.FAILED: "it failed, for the reason on the last line",
    Exit.INTERRUPTED: "interrupted by Ctrl-C or a signal; the next run goes on",
    Exit.SIZE_BUDGET: "a budget of bytes was used up",
    Exit.TIME_BUDGET: "a budget of time was used up",
    Exit.REFUSED: "refused by the site",
    Exit.IN_USE: "in use by another run",
    Exit.DAMAGED: "damage was found",
    Exit.UNHEALTHY: "a site is unhealthy",
}
