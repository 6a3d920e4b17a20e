"""The index's tables of articles through time: their versions and their moves."""

from __future__ import annotations

from archive.index.tables import Table

ARTICLE_DOCUMENTS = Table(
    "article_documents",
    "Which article each document is a state of: an article keeps its id when its text or its URL changes",
    "document_id",
    (
        ("document_id", str, "Document of kind article"),
        ("article_id", str, "Id of the article: that of the document that was captured first"),
        ("url", str, "URL of the document, as in `documents`"),
        ("site", str, "Name of the site it was crawled for"),
        ("text_key", int, "Hash of title and text without what is no change: equal within one version"),
    ),
    (("document_id", "documents", "id"),),
)

ARTICLE_VERSIONS = Table(
    "article_versions",
    "What an article said, in order of time: a new version begins where title, lead or text change",
    ("article_id", "number"),
    (
        ("article_id", str, "Article, as in `article_documents`"),
        ("number", int, "1 for the version that was captured first"),
        ("document_id", str, "Document in which it was captured first"),
        ("before_id", str, "Document of the version before, as it was captured last; NULL for the first"),
        ("seen_from", str, "When it was first captured"),
        ("seen_until", str, "When it was last captured, or found unchanged"),
        ("captures", int, "Captures in which it stood"),
        ("contents", int, "Documents that say it: pages may change where the article doesn't"),
        (
            "changed",
            str,
            "What differs from the version before: title, lead, text, authors, published; NULL for the first",
        ),
        ("words_added", int, "Words of title and text that the version before doesn't have"),
        ("words_removed", int, "Words of the version before that are gone"),
        (
            "announced",
            int,
            "1 if the page states another time of change than before, 0 if not; NULL for the first",
        ),
        ("same_as", int, "Number of the earlier version that says the same: the article was changed back"),
    ),
    (("document_id", "documents", "id"), ("before_id", "documents", "id")),
)

ARTICLE_MOVES = Table(
    "article_moves",
    "Articles that are known under another URL, and how that is known",
    ("url", "moved_to"),
    (
        ("article_id", str, "Article, as in `article_documents`"),
        ("url", str, "URL it had"),
        ("moved_to", str, "URL it has since"),
        (
            "evidence",
            str,
            "redirect: the old URL leads there; canonical: a page names the other URL; text: says the same",
        ),
        ("seen_at", str, "When the article was first captured under the new URL"),
    ),
)

TABLES = (ARTICLE_DOCUMENTS, ARTICLE_VERSIONS, ARTICLE_MOVES)
INDEXES = (
    "CREATE INDEX article_documents_article_id ON article_documents (article_id)",
    "CREATE INDEX article_documents_url ON article_documents (url)",
    "CREATE INDEX article_documents_text_key ON article_documents (text_key)",
    "CREATE INDEX article_versions_document_id ON article_versions (document_id)",
    "CREATE INDEX article_versions_before_id ON article_versions (before_id) WHERE before_id IS NOT NULL",
    "CREATE INDEX article_moves_article_id ON article_moves (article_id)",
    "CREATE INDEX captures_redirect ON captures (url_key, redirect_to, url) WHERE redirect_to IS NOT NULL",
    "CREATE INDEX captures_redirect_to ON captures (redirect_to, url) WHERE redirect_to IS NOT NULL",
    """CREATE INDEX documents_canonical_url ON documents (canonical_url)
        WHERE kind = 'article' AND canonical_url <> url""",
)
