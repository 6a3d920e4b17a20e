"""What a search found, handed on as a file."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from archive.export import FORMATS as WRITERS
from archive.research.articles import Article, articles
from archive.web.wanted import wanted

if TYPE_CHECKING:
    import sqlite3

    from archive.types import Query
    from archive.web.visit import Visit

FORMATS = {
    "csv": ("csv", "text/csv; charset=utf-8"),
    "jsonl": ("jsonl", "application/jsonl; charset=utf-8"),
    "bib": ("bibtex", "application/x-bibtex; charset=utf-8"),
    "ris": ("ris", "application/x-research-info-systems; charset=utf-8"),
    "csl.json": ("csl", "application/vnd.citationstyles.csl+json; charset=utf-8"),
}
"""By the end of the path: the writer's name, and the type of what it writes."""

MOST = 10_000
"""Articles of one file: some 60 MB with their texts."""
_BYTES = 150_000_000
_SECONDS = 30.0
_MORE_SECONDS = 5.0
"""For the first article to be found."""
_IN_MEMORY = 1_000_000
_CHUNK = 1 << 16


@dataclass(slots=True)
class _Limits:
    """Ends a list where a limit is reached, so that what is written is whole all the same."""

    out: IO[bytes]
    end: float  # of the monotonic clock
    reached: str | None = None

    def within(self, found: Iterable[Article]) -> Iterator[Article]:
        for number, article in enumerate(found):
            if number == MOST:
                self.reached = "articles"
            elif self.out.tell() > _BYTES:
                self.reached = "bytes"
            elif time.monotonic() > self.end:
                self.reached = "seconds"
            if self.reached:
                return
            yield article


async def handed(visit: Visit) -> Response:
    """``/find/export.FORMAT``: the articles of a search, the oldest first, as far as the limits go.

    A file that isn't all says so in its name, and in the header ``x-gazette-capped`` (what ended it:
    articles, bytes or seconds).
    """
    suffix = visit["format"]
    writer, mime = FORMATS[suffix]
    query = wanted(visit).query(MOST)
    outlets = visit.room.outlets()
    out, count, reached = await visit.ask(
        lambda connection: _written(connection, query, writer, outlets),
        seconds=_SECONDS + _MORE_SECONDS,
        lane="export",
    )
    name = f"gazette-first-{count}.{suffix}" if reached else f"gazette.{suffix}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "x-gazette-articles": str(count)}
    if reached:
        headers["x-gazette-capped"] = reached
    return _File(out, headers=headers, content_type=mime)


def _written(
    connection: sqlite3.Connection, query: Query, writer: str, outlets: dict[str, str]
) -> tuple[IO[bytes], int, str | None]:
    """A file at its beginning, its number of articles, and which limit ended it.

    It is written before it is sent: so no slow reader holds a thread and a moment of the index.
    """
    out = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when it is sent
    try:
        limits = _Limits(out, time.monotonic() + _SECONDS)
        with closing(articles(connection, query)) as found:
            count = WRITERS[writer].write(limits.within(found), out, outlets)  # type: ignore[arg-type]
        out.seek(0)
    except BaseException:
        out.close()
        raise
    return out, count, limits.reached


class _File(Response):  # type: ignore[misc]
    """A response whose body is a file, which is closed behind it."""

    async def asgi_send(self, send: Any) -> None:
        file: IO[bytes] = self.body
        headers = {**self.headers, "content-type": self.content_type}
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        with file:
            await send({"type": "http.response.start", "status": self.status, "headers": raw})
            while chunk := file.read(_CHUNK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
