"""What FTS5 knows of sizes, in its own tables (its documentation: "The Averages Record")."""

from __future__ import annotations

import sqlite3

_AVERAGES = "SELECT block FROM articles_fts_data WHERE id = 1"


def totals(connection: sqlite3.Connection) -> list[int]:
    """How many articles there are, then how many words each column has in all; empty without any article."""
    row = connection.execute(_AVERAGES).fetchone()
    return varints(row[0]) if row is not None else []


def varints(block: bytes) -> list[int]:
    """SQLite's integers of variable length: seven bits a byte, the last one without the highest."""
    found, value = [], 0
    for byte in block:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            found.append(value)
            value = 0
    return found
