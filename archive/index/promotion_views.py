"""Views of teasers: which page promoted what, where, from when to when, and under which headline."""

from __future__ import annotations

from archive.index.views import View

PROMOTIONS = View(
    "promotions",
    "Who promoted which story: one row per page, story and headline, with the time in which it stood there",
    (
        ("site", str, "Name of the site whose page promoted it"),
        ("page_url", str, "Page on which the teaser stood"),
        ("place", str, "What that page is: front (a host's first page), section, feed, article or other"),
        ("target_url", str, "URL of the story"),
        ("headline", str, "Headline of the teaser"),
        ("position", int, "Best place on the page, from 0"),
        ("last_position", int, "Worst place on the page"),
        ("seen_from", str, "First capture of the page in which it stood there"),
        ("seen_until", str, "Last capture of the page in which it stood there"),
        ("gone_by", str, "First capture of the page after that, in which it stood there no more"),
        ("captures", int, "Captures of the page in which it stood there"),
        ("target_id", str, "Document that stands for the story, if it is stored"),
    ),
    # One level of grouping: SQLite takes the condition of a query into one, and not into two.
    """CREATE VIEW promotions AS
    SELECT page.site AS site, page.url AS page_url,
        max(CASE WHEN page.kind <> 'section' THEN page.kind
            WHEN (SELECT mime FROM captures AS own WHERE own.warc = page.warc AND own.offset = page.offset) IN
                ('application/rss+xml', 'application/atom+xml', 'application/rdf+xml', 'application/xml',
                'text/xml', 'application/json', 'application/feed+json') THEN 'feed'
            WHEN substr(page.url, instr(substr(page.url, 9), '/') + 8) = '/' THEN 'front'
            ELSE 'section' END) AS place,
        teasers.url AS target_url, headline, min(position) AS position, max(position) AS last_position,
        min(shown.captured_at) AS seen_from, max(shown.captured_at) AS seen_until,
        (SELECT min(after.captured_at) FROM captures AS after
            WHERE after.url_key = page.url_key AND after.captured_at > max(shown.captured_at)
            AND after.outcome = 'document') AS gone_by,
        count(DISTINCT shown.captured_at) AS captures, max(target_id) AS target_id
    FROM teasers JOIN documents AS page ON page.id = teasers.document_id
        JOIN captures AS shown ON shown.document_id = page.id
    WHERE teasers.url IS NOT NULL
    GROUP BY teasers.url, page.url, headline, page.site, page.url_key""",
)

HEADLINE_TESTS = View(
    "headline_tests",
    "Stories that one page promoted under several headlines: one row per headline, in order of time",
    (
        ("site", str, "Name of the site whose page promoted it"),
        ("page_url", str, "Page on which the teasers stood"),
        ("target_url", str, "URL of the story"),
        ("headline", str, "Headline of the teaser"),
        ("seen_from", str, "First capture of the page in which it stood there"),
        ("seen_until", str, "Last capture of the page in which it stood there"),
        ("title", str, "Headline of the story itself, as it stands now"),
        ("target_id", str, "Document that stands for the story, if it is stored"),
    ),
    """CREATE VIEW headline_tests AS
    WITH tested AS (
        SELECT page.url AS page_url, teasers.url AS target_url
        FROM teasers JOIN documents AS page ON page.id = teasers.document_id
        WHERE teasers.url IS NOT NULL AND page.kind = 'section'
        GROUP BY teasers.url, page.url HAVING count(DISTINCT coalesce(headline_key, headline)) > 1
    )
    SELECT promotions.site, tested.page_url, tested.target_url, headline, seen_from, seen_until, title,
        target_id
    FROM tested CROSS JOIN promotions
            ON promotions.target_url = tested.target_url AND promotions.page_url = tested.page_url
        LEFT JOIN documents ON documents.id = target_id
    ORDER BY tested.target_url, tested.page_url, seen_from, headline""",
)

TEASERS_UNSTORED = View(
    "teasers_unstored",
    "Stories that pages promoted and that are not stored, not even where a redirect of theirs leads",
    (
        ("site", str, "Name of the site whose pages promoted it"),
        ("target_url", str, "URL of the story"),
        ("headline", str, "Headline of the teaser; the last in the alphabet if there are several"),
        ("pages", int, "Pages that promoted it"),
        ("seen_from", str, "First capture of a page that promoted it"),
        ("seen_until", str, "Last capture of a page that promoted it"),
        ("status", int, "HTTP status of its last answer, if it was asked for; NULL: no answer is stored"),
    ),
    """CREATE VIEW teasers_unstored AS SELECT page.site, teasers.url AS target_url,
        max(headline) AS headline, count(DISTINCT page.url) AS pages, min(page.captured_at) AS seen_from,
        max(page.last_captured_at) AS seen_until,
        (SELECT status FROM captures WHERE captures.url = teasers.url AND status >= 300 AND status <> 304
            ORDER BY captured_at DESC LIMIT 1) AS status
    FROM teasers JOIN documents AS page ON page.id = teasers.document_id
    WHERE teasers.url IS NOT NULL AND target_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM captures JOIN documents AS there ON there.url = captures.redirect_to
        WHERE captures.url = teasers.url AND captures.status >= 300 AND captures.status <> 304)
    GROUP BY teasers.url, page.site""",
)

VIEWS = (PROMOTIONS, HEADLINE_TESTS, TEASERS_UNSTORED)
INDEXES = (
    """CREATE INDEX captures_led_elsewhere ON captures (url, captured_at)
        WHERE status >= 300 AND status <> 304""",
)
