"""The reading room as an ASGI application: Datasette on the index, with what people may ask of it."""

from __future__ import annotations

from datasette.app import Datasette

from archive.errors import NoArchive
from archive.index.generation import current
from archive.layout import Layout
from archive.research.datasette import metadata

_SETTINGS = {
    "sql_time_limit_ms": 2_000,
    "max_returned_rows": 1_000,
    "num_sql_threads": 3,
    "allow_download": False,
}


def house(layout: Layout, *, title: str, source: str, replay: str | None) -> Datasette:
    """Datasette over an archive; its ``app()`` is the application. Raises NoArchive without an index.

    ``replay`` is where pywb answers, as ``http://host:port``.
    """
    if current(layout) is None:
        raise NoArchive(f"{layout.root}: nothing is indexed yet; run: gazette index")
    described = metadata("index", title, source)
    described["plugins"] = {
        "gazette": {"archive": str(layout.root.resolve()), "replay": replay, "title": title}
    }
    return Datasette([str(layout.index)], metadata=described, settings=_SETTINGS)
