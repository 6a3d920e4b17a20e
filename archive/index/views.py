"""The index's views: the tables as researchers ask for them, under names that they expect.

A view is an interface like a table: each column has its meaning beside it, and a change of one raises
``tables.VERSION``.
"""

from __future__ import annotations

from dataclasses import dataclass

from archive.index.tables import DOCUMENTS, Columns


@dataclass(frozen=True, slots=True)
class View:
    """A view, or the full-text table: ``sql`` creates it."""

    name: str
    text: str
    columns: Columns
    sql: str


_TAKEN_OVER = (
    "pk id url url_key site title kicker lead text section language tags agencies published"
    " published_precision modified modified_precision paywall_declared paywall_observed canonical_url"
    " captured_at last_captured_at extractor record_id warc offset length"
).split()
_MEANING = {name: (kind, text) for name, kind, text in DOCUMENTS.columns}

ARTICLES = View(
    "articles",
    "The newest version of each article: what searches look through. One that moved has a row per URL",
    (
        *((name, *_MEANING[name]) for name in _TAKEN_OVER),
        ("day", str, "Local day of publication, else day of the first capture (UTC), YYYY-MM-DD"),
        ("authors", str, "Names of its authors, in order, with commas between"),
    ),
    f"""CREATE VIEW articles AS SELECT {", ".join(_TAKEN_OVER)},
        coalesce(published_day, substr(captured_at, 1, 10)) AS day,
        (SELECT group_concat(name, ', ') FROM
            (SELECT name FROM authors WHERE document_id = documents.id ORDER BY position)) AS authors
    FROM documents WHERE newest = 1 AND kind = 'article'""",  # noqa: S608 - names from above
)

SITES = View(
    "sites",
    "What the archive holds of each site",
    (
        ("name", str, "Name of the site"),
        ("first_capture", str, "When it was first captured"),
        ("last_capture", str, "When it was last captured"),
        ("captures", int, "Records of its URLs"),
        ("documents", int, "Documents, all kinds and versions"),
        ("articles", int, "Articles, newest version only"),
    ),
    """CREATE VIEW sites AS SELECT site AS name, min(captured_at) AS first_capture,
        max(captured_at) AS last_capture, count(*) AS captures,
        (SELECT count(*) FROM documents WHERE site = captures.site) AS documents,
        (SELECT count(*) FROM documents
            WHERE site = captures.site AND newest = 1 AND kind = 'article') AS articles
    FROM captures WHERE site IS NOT NULL GROUP BY site""",
)

RIGHTS_OF_PAGES = View(
    "rights_of_pages",
    "What was reserved when each page was captured: by itself, or by the files of its site as known then",
    (
        ("warc", str, "WARC file of the capture"),
        ("offset", int, "Byte of that file at which the capture's gzip member begins"),
        ("url", str, "URL as it was asked for"),
        ("site", str, "Name of the site it was crawled for"),
        ("captured_at", str, "When it was captured"),
        ("document_id", str, "Document it holds"),
        ("robots", str, "What robots meta tags and X-Robots-Tag forbid to all, e.g. noindex, noarchive"),
        ("tdm_reservation", str, "1 if rights to text and data mining are reserved, 0 if expressly not"),
        ("tdm_source", str, "Which of meta, header and tdmrep.json says so: the first of these that does"),
        ("tdm_rule", str, "Pattern of paths of the rule in tdmrep.json"),
        ("ai_txt", str, "What ai.txt says to all of the page: allow or disallow"),
        ("ai_txt_rule", str, "Pattern of paths of that rule"),
    ),
    # A file's rules are made of its content alone, so those of a revisit stand at the capture it found again.
    # An origin ends at the first slash behind "https://" or, where the host has two letters, "http://x".
    """CREATE VIEW rights_of_pages AS
    WITH pages AS (
        SELECT captures.warc, captures.offset, captures.url, captures.site, captures.captured_at,
            captures.document_id,
            CASE record_type WHEN 'revisit' THEN documents.warc ELSE captures.warc END AS own_warc,
            CASE record_type WHEN 'revisit' THEN documents.offset ELSE captures.offset END AS own_offset,
            substr(captures.url, 1, instr(substr(captures.url, 9), '/') + 7) AS origin,
            substr(captures.url, instr(substr(captures.url, 9), '/') + 8) AS path,
            substr(captures.url_key, 1, instr(captures.url_key, ')')) AS place
        FROM captures JOIN documents ON documents.id = captures.document_id
    ), known AS (
        SELECT pages.*,
            CASE instr(path, '?') WHEN 0 THEN path ELSE substr(path, 1, instr(path, '?') - 1) END AS bare,
            (SELECT position FROM rights WHERE warc = own_warc AND offset = own_offset
                AND name = 'tdm-reservation' AND source IN ('meta', 'header') AND value IN ('0', '1')
                ORDER BY source = 'meta' DESC, position LIMIT 1) AS own,
            (SELECT documents.pk FROM captures LEFT JOIN documents ON documents.id = captures.document_id
                WHERE captures.url_key = place || '/.well-known/tdmrep.json'
                AND captures.url = origin || '/.well-known/tdmrep.json'
                AND captures.captured_at <= pages.captured_at
                ORDER BY captures.captured_at DESC, captures.warc DESC, captures.offset DESC LIMIT 1) AS tdm,
            (SELECT documents.pk FROM captures LEFT JOIN documents ON documents.id = captures.document_id
                WHERE captures.url_key = place || '/ai.txt' AND captures.url = origin || '/ai.txt'
                AND captures.captured_at <= pages.captured_at
                ORDER BY captures.captured_at DESC, captures.warc DESC, captures.offset DESC LIMIT 1) AS ai
        FROM pages
    ), ruled AS (
        SELECT known.*, tdm.warc AS tdm_warc, tdm.offset AS tdm_offset, ai.warc AS ai_warc,
            ai.offset AS ai_offset,
            (SELECT position FROM rights WHERE warc = tdm.warc AND offset = tdm.offset
                AND name = 'tdm-reservation' AND source = 'tdmrep.json'
                AND (path GLOB applies_to_glob OR bare GLOB applies_to_glob)
                ORDER BY position LIMIT 1) AS tdm_position,
            (SELECT position FROM rights WHERE warc = ai.warc AND offset = ai.offset
                AND source = 'ai.txt' AND agent IS NULL AND applies_to IS NOT NULL
                AND (path GLOB applies_to_glob OR bare GLOB applies_to_glob)
                ORDER BY length(applies_to) DESC, name = 'allow' DESC, position LIMIT 1) AS ai_position
        FROM known LEFT JOIN documents AS tdm ON tdm.pk = known.tdm
            LEFT JOIN documents AS ai ON ai.pk = known.ai
    )
    SELECT ruled.warc, ruled.offset, url, site, captured_at, document_id,
        (SELECT group_concat(name, ', ') FROM
            (SELECT name FROM rights WHERE warc = own_warc AND offset = own_offset AND agent IS NULL
                AND source IN ('meta', 'header') AND name LIKE 'no%'
                GROUP BY name ORDER BY min(position))) AS robots,
        coalesce(own.value, rule.value) AS tdm_reservation,
        coalesce(own.source, rule.source) AS tdm_source,
        CASE WHEN own.value IS NULL THEN rule.applies_to END AS tdm_rule,
        told.name AS ai_txt, told.applies_to AS ai_txt_rule
    FROM ruled
        LEFT JOIN rights AS own
            ON own.warc = own_warc AND own.offset = own_offset AND own.position = ruled.own
        LEFT JOIN rights AS rule
            ON rule.warc = tdm_warc AND rule.offset = tdm_offset AND rule.position = tdm_position
        LEFT JOIN rights AS told
            ON told.warc = ai_warc AND told.offset = ai_offset AND told.position = ai_position""",
)

VIEWS = (ARTICLES, SITES, RIGHTS_OF_PAGES)
"""In the order in which they are made: a view may read those before it."""
