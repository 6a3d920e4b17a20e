"""Stage 2 of teasers: runs of suspects that other stored pages prove, and what is cut for it.

    suspects of a document  -> titles of articles, linked headlines of sections and feeds, of the same outlet
    new title, new headline -> suspects that have its key

A run is proved by two items whose headlines, and whose addresses, are different ones. Nothing counts that
leads back to the document itself: another address of it, another part of it, another article of its title.
All versions of a page give evidence: a headline that was changed later was promoted as it was.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from archive.extract import reasons

TITLE, TEASER, RUN = reasons.STORED_TITLE, reasons.STORED_TEASER, reasons.STORED_RUN
"""Evidence: the title of a stored article; a linked headline on a stored section page or feed; neither, but
at least two others of its run have such evidence."""
_NEEDED = 2
_EDGE_WORDS = 5
"""At either end of a run, a headline without evidence needs as many words: a subheading of the article that
looks like those of the teasers behind it is shorter."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A suspect that is a teaser, and why."""

    headline: str
    text: str
    first: int
    last: int
    url: str | None
    evidence: str


@dataclass(slots=True)
class Touched:
    """What a transaction did to evidence and suspects, to be followed up."""

    keys: set[int] = field(default_factory=set)  # of headlines that came or went
    documents: set[str] = field(default_factory=set)  # ids whose suspects were written


def leave(connection: sqlite3.Connection, document_id: str, touched: Touched) -> None:
    """Note the evidence that a document gave so far, before its row changes."""
    touched.keys.update(row[0] for row in connection.execute(_GIVEN, {"id": document_id}))


def arrive(connection: sqlite3.Connection, document_id: str, touched: Touched) -> None:
    """Note what a written document brings: its suspects, and the evidence that no other document gives."""
    touched.keys.update(row[0] for row in connection.execute(_BROUGHT, {"id": document_id}))
    if connection.execute("SELECT 1 FROM suspects WHERE document_id = ?", (document_id,)).fetchone():
        touched.documents.add(document_id)


def affected(connection: sqlite3.Connection, touched: Touched) -> list[str]:
    """The ids of all documents whose cuts may be others now."""
    found = set(touched.documents)
    for key in touched.keys:
        found.update(
            row[0]
            for row in connection.execute("SELECT document_id FROM suspects WHERE headline_key = ?", (key,))
        )
    return sorted(found)


def changed(connection: sqlite3.Connection, document_id: str) -> list[_Item] | None:
    """What is to be cut of a document; None when that is what was cut already."""
    items = _proved(connection, document_id)
    stored = connection.execute(
        """SELECT headline, text, url, evidence FROM teasers
            WHERE document_id = ? AND evidence IN (?, ?, ?) ORDER BY position""",
        (document_id, TITLE, TEASER, RUN),
    ).fetchall()
    same = [tuple(row) for row in stored] == [(i.headline, i.text, i.url, i.evidence) for i in items]
    return None if same else items


def write(connection: sqlite3.Connection, document_id: str, items: Sequence[_Item]) -> None:
    """Cut ``items`` out of a document's text, and nothing else: what an earlier proof cut comes back."""
    for table, column in (("teasers", "evidence"), ("cuts", "reason")):
        connection.execute(
            f"DELETE FROM {table} WHERE document_id = ? AND {column} IN (?, ?, ?)",  # noqa: S608 - from above
            (document_id, TITLE, TEASER, RUN),
        )
    row = connection.execute(
        "SELECT lead, blocks, uncut FROM documents WHERE id = ?", (document_id,)
    ).fetchone()
    whole = row["uncut"] or row["blocks"]
    blocks = json.loads(whole)
    gone = {number for item in items for number in range(item.first, item.last + 1)}
    labels = _labels(blocks, gone)
    kept = [block for number, block in enumerate(blocks) if number not in gone | labels]
    text = "\n".join([*([row["lead"]] if row["lead"] else []), *(block["text"] for block in kept)])
    connection.execute(
        "UPDATE documents SET blocks = ?, text = ?, uncut = ? WHERE id = ?",
        (
            json.dumps(kept, ensure_ascii=False, separators=(",", ":")),
            text,
            whole if gone else None,
            document_id,
        ),
    )
    cuts = [(blocks[number]["text"], RUN) for number in sorted(labels)]
    cuts += [
        ("\n".join(b["text"] for b in blocks[i.first : i.last + 1]), i.evidence)
        for i in items
        if i.first <= i.last  # else the text had lost it before
    ]
    connection.executemany(
        "INSERT INTO cuts (document_id, position, text, reason) VALUES (?, ?, ?, ?)",
        [(document_id, n, *cut) for n, cut in enumerate(cuts, _next(connection, "cuts", document_id))],
    )
    connection.executemany(
        """INSERT INTO teasers (document_id, position, headline, text, url, evidence)
            VALUES (?, ?, ?, ?, ?, ?)""",
        [
            (document_id, n, i.headline, i.text, i.url, i.evidence)
            for n, i in enumerate(items, _next(connection, "teasers", document_id))
        ],
    )


def _next(connection: sqlite3.Connection, table: str, document_id: str) -> int:
    """The position behind the last of a document's rows."""
    row = connection.execute(
        f"SELECT max(position) FROM {table} WHERE document_id = ?",  # noqa: S608 - a name from above
        (document_id,),
    ).fetchone()
    return 0 if row[0] is None else int(row[0]) + 1


def _labels(blocks: Sequence[dict[str, str]], gone: set[int]) -> set[int]:
    """The heading right above what is cut, where nothing follows it any more: "More stories"."""
    above = min(gone, default=0) - 1
    ends = gone.issuperset(range(above + 1, len(blocks)))
    return {above} if above > 0 and ends and blocks[above]["kind"] == "heading" else set()


def _proved(connection: sqlite3.Connection, document_id: str) -> list[_Item]:
    own = connection.execute(
        "SELECT site, url, url_key, canonical_url, title_key FROM documents WHERE id = ?", (document_id,)
    ).fetchone()
    suspects = connection.execute(
        "SELECT * FROM suspects WHERE document_id = ? ORDER BY position", (document_id,)
    ).fetchall()
    asked = {"id": document_id, "site": own["site"], "host": own["url_key"].partition(")")[0] + ")"}
    evidence: dict[int, tuple[str, str]] = {}
    # A title speaks before a linked headline, so the second question is for what the first left open.
    for why, question in ((TITLE, _TITLES), (TEASER, _LINKED)):
        if len(evidence) < len(suspects):
            matches = connection.execute(question, asked).fetchall()
            for position, url in _speaking(matches, own):
                evidence.setdefault(position, (url, why))
    if len(evidence) < _NEEDED:
        return []
    found: list[_Item] = []
    for _, run in groupby(suspects, key=lambda row: row["run"]):
        found += _cut_of(list(run), evidence)
    return found


def _speaking(matches: Iterable[Sequence[Any]], own: sqlite3.Row) -> Iterable[tuple[int, str]]:
    """The items that a match speaks for, the shortest address of each first; none of the page itself."""
    itself = [address for address in (own["url"], own["canonical_url"]) if address]
    for position, key, url, canonical_url in sorted(map(tuple, matches), key=lambda m: (len(m[2]), m[2])):
        addresses = [address for address in (url, canonical_url) if address]
        if key != own["title_key"] and not any(
            _same_page(one, other) for one in addresses for other in itself
        ):
            yield position, url


def _cut_of(run: Sequence[sqlite3.Row], evidence: dict[int, tuple[str, str]]) -> Iterable[_Item]:
    """The items of a run to be cut: none, when it is not proved."""
    proved = [index for index, row in enumerate(run) if row["position"] in evidence]
    keys = {run[index]["headline_key"] for index in proved}
    urls = [evidence[run[index]["position"]][0] for index in proved]
    if len(keys) < _NEEDED or all(_same_page(url, urls[0]) for url in urls):
        return
    first, last = proved[0], proved[-1]
    while first > 0 and _long(run[first - 1]):
        first -= 1
    while last + 1 < len(run) and _long(run[last + 1]):
        last += 1
    for row in run[first : last + 1]:
        url, why = evidence.get(row["position"], (None, RUN))
        yield _Item(row["headline"], row["text"], row["first"], row["last"], url, why)


def _long(row: sqlite3.Row) -> bool:
    return len(str(row["headline"]).split()) >= _EDGE_WORDS


def _same_page(one: str, other: str) -> bool:
    """Whether addresses differ only in parameters that one of them doesn't have: a part, a print version."""
    (path, _, query), (other_path, _, other_query) = one.partition("?"), other.partition("?")
    if path.rstrip("/") != other_path.rstrip("/"):
        return False
    said, other_said = set(query.split("&")) - {""}, set(other_query.split("&")) - {""}
    return said <= other_said or other_said <= said


_SAME_OUTLET = "(there.site = :site OR substr(there.url_key, 1, instr(there.url_key, ')')) = :host)"

# CROSS JOIN keeps SQLite from walking through all titles: it goes from the few suspects to the indexes.
# A section page is stored with every change, each time with most of its headlines: one of its versions is
# enough, so the versions are asked for their outlet only until the first says yes.
_TITLES = f"""SELECT suspects.position, headline_key, there.url, there.canonical_url
    FROM suspects CROSS JOIN documents AS there
    WHERE suspects.document_id = :id AND there.title_key = headline_key
        AND there.kind = 'article' AND {_SAME_OUTLET}"""  # noqa: S608 - constants
_LINKED = f"""SELECT position, headline_key, url, NULL FROM (
        SELECT DISTINCT suspects.position, teasers.headline_key, teasers.url
        FROM suspects CROSS JOIN teasers
        WHERE suspects.document_id = :id AND teasers.headline_key = suspects.headline_key) AS linked
    WHERE EXISTS (
        SELECT 1 FROM teasers CROSS JOIN documents AS there
        WHERE teasers.headline_key = linked.headline_key AND teasers.url = linked.url
            AND there.id = teasers.document_id AND {_SAME_OUTLET})"""  # noqa: S608 - constants

_GIVEN = """SELECT title_key FROM documents WHERE id = :id AND kind = 'article' AND title_key IS NOT NULL
    UNION SELECT headline_key FROM teasers WHERE document_id = :id AND headline_key IS NOT NULL"""

# What another document of the same outlet says already moves nothing. A section page is stored again with
# every story that comes up, and most of its headlines stood there before.
_ALSO = """there.site IS here.site AND substr(there.url_key, 1, instr(there.url_key, ')'))
    = substr(here.url_key, 1, instr(here.url_key, ')'))"""
_BROUGHT = f"""SELECT here.title_key FROM documents AS here
    WHERE here.id = :id AND here.kind = 'article' AND here.title_key IS NOT NULL
    UNION
    SELECT new.headline_key FROM documents AS here CROSS JOIN teasers AS new
    WHERE here.id = :id AND new.document_id = :id AND new.headline_key IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM teasers AS old CROSS JOIN documents AS there
        WHERE old.headline_key = new.headline_key AND old.url = new.url AND old.document_id <> :id
            AND there.id = old.document_id AND {_ALSO})"""  # noqa: S608 - constants
