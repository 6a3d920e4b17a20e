from __future__ import annotations

import asyncio
import re
import sqlite3

from archive.layout import Layout
from archive.web.serving import house


def test_what_other_programs_read_is_well_formed(hostile_layout: Layout) -> None:
    room = house(hostile_layout, title="", source="", replay=None)
    connection = sqlite3.connect(hostile_layout.index.resolve())
    ids = [
        row[0] for row in connection.execute("SELECT id FROM documents WHERE kind = 'article' ORDER BY id")
    ]

    async def read() -> None:
        for document in ids[::7]:
            stored = await room.client.get(f"/article/{document}.json")
            assert stored.json()["id"] == document
            for kind in ("bib", "ris", "csl.json"):
                answer = await room.client.get(f"/article/{document}.{kind}")
                assert answer.status_code == 200
                name = answer.headers["content-disposition"]
                assert re.fullmatch(r'attachment; filename="[\w.-]+"', name)
        for kind in ("csv", "jsonl", "bib", "ris", "csl.json"):
            answer = await room.client.get(f"/find/export.{kind}?q=Rat")
            assert answer.status_code == 200, kind
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert re.fullmatch(r'attachment; filename="[\w.-]+"', answer.headers["content-disposition"])

    asyncio.run(read())
