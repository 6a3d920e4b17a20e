"""Views that count, and that take lists apart: what a spreadsheet or a plot begins with."""

from __future__ import annotations

from archive.index.views import View

CAPTURES_PER_DAY = View(
    "captures_per_day",
    "What was captured on each day (UTC) of each site",
    (
        ("day", str, "Day of capture, UTC, YYYY-MM-DD"),
        ("site", str, "Name of the site"),
        ("captures", int, "Records"),
        ("unchanged", int, "Of these, pages that were found unchanged"),
        ("errors", int, "Of these, answers with status 400 and above"),
        ("articles", int, "Articles whose text was captured for the first time"),
    ),
    """CREATE VIEW captures_per_day AS
    WITH kept AS (
        SELECT substr(captured_at, 1, 10) AS day, site, count(*) AS captures,
            sum(record_type = 'revisit') AS unchanged, coalesce(sum(status >= 400), 0) AS errors
        FROM captures WHERE site IS NOT NULL GROUP BY site, substr(captured_at, 1, 10)
    ), new AS (
        SELECT substr(seen_from, 1, 10) AS day, documents.site, count(*) AS articles
        FROM article_versions JOIN documents ON documents.id = document_id
        WHERE number = 1 GROUP BY documents.site, substr(seen_from, 1, 10)
    )
    SELECT kept.day, kept.site, captures, unchanged, errors, coalesce(articles, 0) AS articles
    FROM kept LEFT JOIN new ON new.site = kept.site AND new.day = kept.day""",
)

ARTICLES_PER_DAY = View(
    "articles_per_day",
    "How many articles each site published on each local day, and how long they are",
    (
        ("day", str, "Local day of publication, else day of the first capture (UTC), YYYY-MM-DD"),
        ("site", str, "Name of the site"),
        ("articles", int, "Articles, newest version only"),
        ("characters", int, "Characters of their texts"),
        ("behind_paywall", int, "Of these articles, those that the page says are not free"),
    ),
    """CREATE VIEW articles_per_day AS SELECT coalesce(published_day, substr(captured_at, 1, 10)) AS day,
        site, count(*) AS articles, sum(length(text)) AS characters,
        coalesce(sum(paywall_declared), 0) AS behind_paywall
    FROM documents WHERE newest = 1 AND kind = 'article'
    GROUP BY coalesce(published_day, substr(captured_at, 1, 10)), site""",
)


def _taken_apart(name: str, column: str, what: str, one: str) -> View:
    """A view with one row per article and value of a JSON list."""
    return View(
        name,
        f"{what} of each article, newest version only: one row for each",
        (
            (one, str, "One of them, as the page gives it"),
            ("site", str, "Name of the site"),
            ("day", str, "Local day of publication, else day of the first capture (UTC), YYYY-MM-DD"),
            ("title", str, "Headline of the article"),
            ("url", str, "URL of the article"),
            ("document_id", str, "Document that stands for the article"),
        ),
        f"""CREATE VIEW {name} AS SELECT value AS {one}, site,
            coalesce(published_day, substr(captured_at, 1, 10)) AS day, title, url,
            documents.id AS document_id
        FROM documents JOIN json_each(documents.{column})
        WHERE newest = 1 AND documents.kind = 'article'""",  # noqa: S608 - names from below
    )


TAGS_BY_ARTICLE = _taken_apart("tags_by_article", "tags", "Keywords", "tag")
AGENCIES_BY_ARTICLE = _taken_apart(
    "agencies_by_article", "agencies", "News agencies and desk codes", "agency"
)
AUTHORS_BY_ARTICLE = View(
    "authors_by_article",
    "Authors of each article, newest version only: one row for each",
    (
        ("author", str, "Name as the page gives it"),
        ("position", int, "Order on the page, from 0"),
        ("site", str, "Name of the site"),
        ("day", str, "Local day of publication, else day of the first capture (UTC), YYYY-MM-DD"),
        ("title", str, "Headline of the article"),
        ("url", str, "URL of the article"),
        ("document_id", str, "Document that stands for the article"),
    ),
    """CREATE VIEW authors_by_article AS SELECT name AS author, position, site,
        coalesce(published_day, substr(captured_at, 1, 10)) AS day, title, url, document_id
    FROM authors JOIN documents ON documents.id = document_id WHERE newest = 1 AND kind = 'article'""",
)

VIEWS = (CAPTURES_PER_DAY, ARTICLES_PER_DAY, AUTHORS_BY_ARTICLE, TAGS_BY_ARTICLE, AGENCIES_BY_ARTICLE)
