"""Cells of a CSV file that no spreadsheet takes for a formula."""

from __future__ import annotations

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula or a command begins with (OWASP, CSV Injection), full-width forms too."""


def safe(value: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it as a formula."""
    return "'" + value if value.startswith(_STARTS) else value
