"""What Datasette shows of a published index: each table and column described, each question as a query."""

from __future__ import annotations

from typing import Any

from archive.index import schema
from archive.research.questions import QUESTIONS

_INTERNAL = ("suspects", "article_words", "warc_files", "meta")
"""Tables that no question needs: shown last."""


def metadata(database: str, title: str, source: str) -> dict[str, Any]:
    """The metadata.json of Datasette (its manual: "Metadata", "Canned queries") for a file ``database``.db.

    ``source`` says whose archive it is; "" for nobody.
    """
    tables: dict[str, dict[str, Any]] = {}
    for name, column, _, meaning in schema.describe():
        if column:
            tables[name]["columns"][column] = meaning
        else:
            tables[name] = {"description": meaning, "columns": {}}
            if name in _INTERNAL:
                tables[name]["hidden"] = True
    queries = {
        each.name: {"title": each.question, "description": each.why, "sql": each.sql} for each in QUESTIONS
    }
    described: dict[str, Any] = {
        "title": title,
        "databases": {database: {"tables": tables, "queries": queries}},
    }
    return described | ({"source": source} if source else {})
