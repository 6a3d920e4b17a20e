"""The index's tables and columns: what stands in them, said once.

People query this with any SQLite tool, so names and meanings are an interface. Times are ISO 8601 in
UTC. Lists and blocks are JSON. NULL means that the page (or the record) doesn't say it.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 6
"""Raised with every change of a table. An index of another version is rebuilt, never migrated."""

Columns = tuple[tuple[str, type, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is made, with the meaning of the whole and of each column."""

    name: str
    text: str
    pk: str | tuple[str, ...]
    columns: Columns
    foreign: tuple[tuple[str, str, str], ...] = ()  # column, other table, its column


def _dating(name: str, what: str) -> Columns:
    return (
        (name, str, f"When the page says it was {what}; midnight UTC of the day if it names only a day"),
        (f"{name}_day", str, f"Day of `{name}` in the page's own zone, YYYY-MM-DD: what its readers saw"),
        (f"{name}_precision", str, f"How exact `{name}` is: day, minute or second"),
        (f"{name}_offset", int, f"Minutes east of UTC of the zone in which the page states `{name}`"),
        (f"{name}_source", str, f"Where on the page `{name}` stood, e.g. json-ld"),
    )


CAPTURES = Table(
    "captures",
    "Every record that tells of a URL: each answer a server gave, redirects, errors and revisits too",
    ("warc", "offset"),
    (
        ("warc", str, "WARC file the record is in"),
        ("offset", int, "Byte of that file at which the record's gzip member begins"),
        ("length", int, "Compressed bytes of the member"),
        ("record_id", str, "WARC-Record-ID, without angle brackets"),
        ("record_type", str, "response, revisit, resource or conversion"),
        ("url", str, "URL as it was asked for"),
        ("url_key", str, "Sort-friendly form of the URL (SURT), as web archives use it to find a page"),
        ("captured_at", str, "When it was captured, to the microsecond"),
        ("status", int, "HTTP status"),
        ("mime", str, "Media type that the server stated"),
        ("payload_digest", str, "Digest of the payload as it came, WARC-Payload-Digest"),
        ("content_digest", str, "SHA-256 of the body without content coding; NULL if it was never read"),
        ("site", str, "Name of the site it was crawled for"),
        ("run", str, "Crawl run that captured it"),
        ("via", str, "URL that led to it"),
        ("source", str, "File of somebody else that the record was imported from; NULL for our own crawls"),
        ("refers_to_url", str, "Of a revisit: URL of the capture whose content was found again"),
        ("refers_to_date", str, "Of a revisit: when that content was captured"),
        ("redirect_to", str, "Of a redirect: canonical form of the address it leads to"),
        ("outcome", str, "document, failure, or none for what is no page; NULL until it was extracted"),
        ("document_id", str, "Document it holds; for a revisit, the one that was found unchanged"),
        ("extractor", str, "Extractor key the outcome was made under"),
    ),
    (("document_id", "documents", "id"),),
)

DOCUMENTS = Table(
    "documents",
    "What a URL said: one row per URL and content, made from the earliest capture of that content",
    "pk",
    (
        ("pk", int, "Number of the row: rises with the day, and is the same in every rebuild"),
        ("id", str, "What people cite: made of URL and content alone, the same under every extractor"),
        ("url", str, "Canonical form of the captured URL: no fragment, no tracking parameters"),
        ("url_key", str, "Sort-friendly form of the URL (SURT)"),
        ("site", str, "Name of the site it was crawled for"),
        ("kind", str, "article, section (a page or feed that lists articles) or other"),
        ("newest", int, "1 for the version that stands for its URL: the last article, else the last page"),
        ("language", str, "Language tag, as the page declares it or else as detected"),
        ("title", str, "Headline"),
        ("title_key", int, "Hash of its folded words: `teasers` and `suspects` have the like"),
        ("kicker", str, "Short line over the headline"),
        ("section", str, "Department of the outlet the page says it belongs to"),
        *_dating("published", "published"),
        *_dating("modified", "last changed"),
        ("paywall_declared", int, "1 if the page says that it is not free, 0 if it says that it is"),
        ("paywall_observed", int, "1 if the text ends as a stub does, 0 if not"),
        ("trafilatura_asked", int, "0 if the referee was sure of the text without trafilatura, 1 if not"),
        ("canonical_url", str, "The address that the page itself calls canonical"),
        ("captured_at", str, "When this content was first captured"),
        ("last_captured_at", str, "When this content was last captured, or found unchanged"),
        ("extractor", str, "Extractor key the row was made under"),
        ("content_digest", str, "SHA-256 of the body without content coding"),
        ("record_id", str, "WARC record the row was made from"),
        ("warc", str, "WARC file of that record"),
        ("offset", int, "Byte of that file at which the record's gzip member begins"),
        ("length", int, "Compressed bytes of the member"),
        ("tags", str, "JSON list of keywords"),
        ("agencies", str, "JSON list of news agencies and desk codes"),
        ("images", str, "JSON list of images: url, caption, credit"),
        ("lead", str, "Lead paragraph; `text` begins with it"),
        ("text", str, "Running text: the lead, then the blocks, one a line; no teasers"),
        ("blocks", str, "JSON list of the text's blocks without the lead: kind, text"),
        ("uncut", str, "`blocks` as they were before other stored pages proved some of them to be teasers"),
    ),
)

AUTHORS = Table(
    "authors",
    "The people who wrote a document",
    ("document_id", "position"),
    (
        ("document_id", str, "Document they wrote"),
        ("position", int, "Order on the page, from 0"),
        ("name", str, "Name as the page gives it"),
    ),
    (("document_id", "documents", "id"),),
)

TEASERS = Table(
    "teasers",
    "Pointers to other stories, found on a page: who promoted what, and where on the page",
    ("document_id", "position"),
    (
        ("document_id", str, "Document on whose page the teaser stood"),
        ("position", int, "Order on the page, from 0"),
        ("headline", str, "Headline of the teaser"),
        ("text", str, "Its text, empty if it has none"),
        ("url", str, "Canonical form of the address it links to"),
        (
            "evidence",
            str,
            "Why it was taken for a teaser; stored-title, -teaser and -run: other pages prove it",
        ),
        ("target_id", str, "Document it points to: the one that stands for its URL, if that is stored"),
        ("headline_key", int, "As `documents.title_key`, of linked headlines on sections and feeds"),
    ),
    (("document_id", "documents", "id"), ("target_id", "documents", "id")),
)

SUSPECTS = Table(
    "suspects",
    "Headlines with a short text inside of articles: other stored pages may prove that they are teasers",
    ("document_id", "position"),
    (
        ("document_id", str, "Article in whose text it stands"),
        ("position", int, "Order on the page, from 0"),
        ("run", int, "Items of one run look alike, and follow each other"),
        ("headline", str, "Its headline"),
        ("text", str, "What stands below it, empty if nothing does"),
        ("first", int, "Its first block, counted from 0, in `uncut` if that is there, else in `blocks`"),
        ("last", int, "Its last block; less than `first` if it stood on the page and not in the text"),
        ("headline_key", int, "As `documents.title_key`; NULL for a headline of one or two words"),
    ),
    (("document_id", "documents", "id"),),
)

CUTS = Table(
    "cuts",
    "What was taken out of a document's text, and why",
    ("document_id", "position"),
    (
        ("document_id", str, "Document it was cut from"),
        ("position", int, "Order, from 0: what the page itself proved, then what other pages did"),
        ("text", str, "What stood there"),
        ("reason", str, "Why: the evidence of the teaser it is, or another reason of the extractor"),
    ),
    (("document_id", "documents", "id"),),
)

FAILURES = Table(
    "failures",
    "Captures of pages that could not be extracted, and why",
    ("warc", "offset"),
    (
        ("warc", str, "WARC file the record is in"),
        ("offset", int, "Byte of that file at which the record's gzip member begins"),
        ("record_id", str, "WARC-Record-ID, without angle brackets"),
        ("url", str, "URL as it was asked for"),
        ("extractor", str, "Extractor key it failed under"),
        ("kind", str, "empty, not_html, undecodable, too_large, timeout, memory, crash or damaged"),
        ("message", str, "What went wrong, one line"),
    ),
)

RIGHTS = Table(
    "rights",
    "What each captured response states about rights in it, or, if it is a file of rules, in other pages",
    ("warc", "offset", "position"),
    (
        ("warc", str, "WARC file of the capture, as in `captures`"),
        ("offset", int, "Byte of that file at which the capture's gzip member begins"),
        ("position", int, "Order of the statements, from 0: headers, then the page or the file"),
        ("name", str, "noindex, noarchive, tdm-reservation, license, copyright, ai-train and the like"),
        ("value", str, "What stands behind the name; NULL for a directive that is a word alone"),
        ("source", str, "header, meta, link, json-ld, tdmrep.json, ai.txt or robots.txt"),
        ("agent", str, "Crawler it is addressed to, in lower case; NULL for all"),
        ("applies_to", str, "Of a rule in a file: the pattern of paths it is for; NULL for the page itself"),
        ("applies_to_glob", str, "`applies_to` as a pattern of GLOB"),
    ),
)

WARC_FILES = Table(
    "warc_files",
    "How far each WARC file is indexed",
    "name",
    (
        ("name", str, "WARC file"),
        ("indexed_offset", int, "Bytes whose captures are in this index"),
        ("sealed", int, "1 once the file will not grow any more"),
        ("software", str, "What it says that it was written by, in its warcinfo record"),
    ),
)

META = Table(
    "meta",
    "What this index is",
    "key",
    (
        (
            "key",
            str,
            "schema: version of the tables; extractor: key it was begun under; stems: revision of those",
        ),
        ("value", str, "Its value"),
    ),
)

TABLES = (DOCUMENTS, CAPTURES, AUTHORS, TEASERS, SUSPECTS, CUTS, FAILURES, RIGHTS, WARC_FILES, META)
