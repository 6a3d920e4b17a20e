"""Views of articles through time: versions, silent changes, what is gone."""

from __future__ import annotations

from archive.index.version_tables import ARTICLE_VERSIONS
from archive.index.views import View

_TOLD = {name: (kind, text) for name, kind, text in ARTICLE_VERSIONS.columns}
_CHANGE = ("changed", "words_added", "words_removed")

VERSIONS = View(
    "versions",
    "Every version of every article, in order of time: `number` counts them from 1",
    (
        ("site", str, "Name of the site"),
        ("url", str, "URL under which the version was first captured"),
        ("number", *_TOLD["number"]),
        ("versions", int, "How many versions the article has"),
        ("title", str, "Headline of the version"),
        *((name, *_TOLD[name]) for name in ("seen_from", "seen_until", *_CHANGE, "announced", "same_as")),
        ("published", str, "When the page says it was published"),
        ("modified", str, "When the page says it was last changed; NULL if it doesn't"),
        *((name, *_TOLD[name]) for name in ("captures", "contents", "document_id", "before_id")),
        ("article_id", *_TOLD["article_id"]),
    ),
    """CREATE VIEW versions AS SELECT documents.site, documents.url, number,
        (SELECT max(number) FROM article_versions AS others WHERE others.article_id = own.article_id)
            AS versions,
        title, seen_from, seen_until, changed, words_added, words_removed, announced, same_as, published,
        modified, captures, contents, document_id, before_id, article_id
    FROM article_versions AS own JOIN documents ON documents.id = document_id""",
)

SILENT_CHANGES = View(
    "silent_changes",
    "Changes of title, lead or text that the page doesn't announce: its time of change stayed as it was",
    (
        ("site", str, "Name of the site"),
        ("url", str, "URL under which the change was first captured"),
        ("title", str, "Headline after the change"),
        ("title_before", str, "Headline before it"),
        ("unchanged_until", str, "When the text was last captured as it was before"),
        ("changed_by", str, "When it was first captured as it is since"),
        *((name, *_TOLD[name]) for name in _CHANGE),
        ("published", str, "When the page says it was published"),
        (
            "modified",
            str,
            "When the page says, before and after, that it was last changed; NULL: it never says",
        ),
        ("number", int, "Number of the version that the change made"),
        ("document_id", *_TOLD["document_id"]),
        ("before_id", *_TOLD["before_id"]),
        ("article_id", *_TOLD["article_id"]),
    ),
    """CREATE VIEW silent_changes AS SELECT new.site, new.url, new.title, old.title AS title_before,
        before.seen_until AS unchanged_until, own.seen_from AS changed_by, own.changed, own.words_added,
        own.words_removed, new.published, new.modified, own.number, own.document_id, own.before_id,
        own.article_id
    FROM article_versions AS own
        JOIN article_versions AS before
            ON before.article_id = own.article_id AND before.number = own.number - 1
        JOIN documents AS new ON new.id = own.document_id
        JOIN documents AS old ON old.id = own.before_id
    WHERE own.announced = 0""",
)

GONE_ARTICLES = View(
    "gone_articles",
    "Articles whose URL answered last that there is nothing (404, 410), and that are known under no other",
    (
        ("site", str, "Name of the site"),
        ("url", str, "URL of the article"),
        ("title", str, "Headline as it was seen last"),
        ("published", str, "When the page says it was published"),
        ("last_captured_at", str, "When the article was last captured"),
        ("gone_by", str, "When it was first found gone after that"),
        ("status", int, "HTTP status of that answer"),
        ("document_id", str, "Document that stands for it"),
    ),
    """CREATE VIEW gone_articles AS SELECT documents.site, documents.url, title, published,
        last_captured_at, min(captures.captured_at) AS gone_by, captures.status, id AS document_id
    FROM documents JOIN captures
        ON captures.url = documents.url AND captures.status >= 300 AND captures.status <> 304
    WHERE newest = 1 AND kind = 'article' AND captures.status IN (404, 410)
        AND captures.captured_at > last_captured_at
        AND NOT EXISTS (SELECT 1 FROM article_moves WHERE article_moves.url = documents.url)
    GROUP BY documents.id""",
)

VIEWS = (VERSIONS, SILENT_CHANGES, GONE_ARTICLES)
