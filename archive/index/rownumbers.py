"""The numbers of documents' rows, which rise with the day: a range of days is a range of them."""

from __future__ import annotations

import base64
from datetime import date

HASH_BITS = 24
"""So a number needs 41 bits, which JavaScript and data frames hold exactly, and the full text, which stores
the distances between the numbers of each word, is a quarter smaller than with 47."""
_EPOCH = date(1970, 1, 1).toordinal()
_DAYS = 1 << 16


def day_number(number: int) -> int:
    """The day of the document with a row number, in days since 1970."""
    return number >> HASH_BITS


def first_number(day: date) -> int:
    """The least row number of a document of ``day``; days 65,536 and more from 1970 count as the last."""
    return max(-_DAYS, min(day.toordinal() - _EPOCH, _DAYS - 1)) << HASH_BITS


def row_number(document_id: str, day: date) -> int:
    """A document's row number: it rises with the day, and within one it is 24 bits of the id.

    Of a thousand documents of one day two share a number with a probability of 3 %: see entry.write.
    """
    digits = base64.b32decode(document_id.upper())
    return first_number(day) + int.from_bytes(digits[: HASH_BITS // 8], "big")


def last_number(day: date) -> int:
    """The greatest row number of a document of ``day``."""
    return first_number(day) + (1 << HASH_BITS) - 1


def day_of(number: int) -> date:
    """The day of a document with this row number."""
    return date.fromordinal(max(1, (number >> HASH_BITS) + _EPOCH))


def days_between(since: date | None, until: date | None) -> tuple[int, int]:
    """The range of row numbers of documents of these days, both included; None is no limit."""
    return first_number(since or date.min), last_number(until or date.max)
