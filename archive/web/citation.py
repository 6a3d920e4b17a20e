"""One article for other programs: all that is stored of it as JSON, and as a reference."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from archive.errors import BadQuery
from archive.export import FORMATS
from archive.research import documents
from archive.research.articles import article
from archive.web.visit import Missing, Visit

if TYPE_CHECKING:
    import sqlite3

    from archive.research.articles import Article

_FORMATS = {
    "bib": ("bibtex", "application/x-bibtex; charset=utf-8"),
    "ris": ("ris", "application/x-research-info-systems; charset=utf-8"),
    "csl.json": ("csl", "application/vnd.citationstyles.csl+json; charset=utf-8"),
}


async def stored(visit: Visit) -> Response:
    """``/article/ID.json``: as ``gazette show --json`` prints it."""

    def read(connection: sqlite3.Connection) -> dict[str, object]:
        try:
            return documents.get(connection, visit["id"])
        except BadQuery as error:
            raise Missing.of(error) from None

    found = await visit.ask(read)
    return Response(json.dumps(found, ensure_ascii=False), content_type="application/json; charset=utf-8")


async def reference(visit: Visit) -> Response:
    """``/article/ID.bib``, ``.ris`` and ``.csl.json``."""
    name, mime = _FORMATS[visit["format"]]
    found: Article | None = await visit.ask(lambda connection: article(connection, visit["id"]))
    if found is None:
        raise Missing("only articles are cited", "no_citation")
    out = io.BytesIO()
    FORMATS[name].write([found], out, visit.room.outlets())  # type: ignore[arg-type]
    headers = {"content-disposition": f'attachment; filename="{found.id}.{visit["format"]}"'}
    return Response(out.getvalue().decode("utf-8"), content_type=mime, headers=headers)
