"""Questions that people ask an archive of news, each as SQL that any SQLite tool runs as it stands.

They are shown by ``gazette help queries``, stand in Datasette's metadata, and are executed in the tests.
Names, words and days in them are those of the sample outlets: put your own there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer in SQL."""

    name: str  # a word or a few with hyphens, as Datasette shows it in an address
    question: str
    why: str  # who asks it, and what to mind
    sql: str


QUESTIONS = (
    Question(
        "silent-changes",
        "Which articles were changed without a word about it?",
        "Media studies. The page states the same time of change as before; what changed is between the two"
        " times. The words stand in: gazette versions URL",
        """SELECT site, title, unchanged_until, changed_by, changed, words_added, words_removed, url
FROM silent_changes ORDER BY changed_by, url""",
    ),
    Question(
        "corrections",
        "Which articles own up to a mistake?",
        "Media studies. A word of the text, so it finds corrections that the house marks, and no others.",
        """SELECT site, day, title, url
FROM articles
WHERE pk IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'text:Korrektur OR text:Berichtigung')
ORDER BY day, url""",
    ),
    Question(
        "as-it-stood",
        "What did an article say on a certain day, and which record proves it?",
        "Libraries, courts, whoever cites. The last version that was seen by the end of that day, with the"
        " WARC file and the place in it.",
        """SELECT number, seen_from, seen_until, versions.title, documents.text, warc, offset, record_id
FROM versions JOIN documents ON documents.id = document_id
WHERE versions.url LIKE '%/warenhaus-lindemann-zukunft' AND seen_from < '2025-11-21'
ORDER BY number DESC LIMIT 1""",
    ),
    Question(
        "headline-tests",
        "Under which headlines did one page sell the same story?",
        "Media studies. Two headlines with times that follow each other are a change of mind; two that"
        " overlap are two places on the page.",
        """SELECT page_url, target_url, headline, seen_from, seen_until
FROM headline_tests ORDER BY target_url, page_url, seen_from""",
    ),
    Question(
        "front-page-time",
        "Which stories stood on the front page, how high, and from when to when?",
        "Media studies: agenda setting. Times are bounded by the captures of the page, so crawl often.",
        """SELECT site, min(position) + 1 AS place, min(seen_from) AS seen_from,
    max(seen_until) AS seen_until, sum(captures) AS captures, target_url
FROM promotions WHERE place = 'front'
GROUP BY site, target_url ORDER BY site, place, target_url""",
    ),
    Question(
        "never-on-the-front-page",
        "Which articles never stood on a front page?",
        "Media studies: what is published but not shown. With 'section' and 'feed' it tells what the"
        " crawl found by luck.",
        """SELECT site, day, title, url FROM articles
WHERE NOT EXISTS (SELECT 1 FROM promotions
    WHERE target_url = articles.url AND place = 'front')
ORDER BY site, day, url""",
    ),
    Question(
        "pointed-to-but-missing",
        "Which stories were promoted and are not in the archive?",
        "Libraries: gaps. A status says what the server answered; none, that it was never asked, e.g. because"
        " the story is on another host.",
        """SELECT site, target_url, headline, pages, seen_from, status
FROM teasers_unstored ORDER BY site, target_url""",
    ),
    Question(
        "agency-share",
        "How much of each outlet comes from news agencies?",
        "Media studies: own work against bought copy. Only agencies that the page names are known.",
        """SELECT site, count(*) AS articles, sum(agencies <> '[]') AS with_agency,
    round(100.0 * sum(agencies <> '[]') / count(*), 1) AS percent
FROM articles GROUP BY site ORDER BY percent DESC, site""",
    ),
    Question(
        "busiest-authors",
        "Who writes most, for which outlet, and since when?",
        "Media studies, local history. Names are those that the pages give: no two spellings are joined.",
        """SELECT author, site, count(DISTINCT url) AS articles, min(day) AS first_day, max(day) AS last_day
FROM authors_by_article GROUP BY author, site ORDER BY articles DESC, author, site LIMIT 20""",
    ),
    Question(
        "departments",
        "What share of each outlet is sport, what is politics, what is police reports?",
        "Media studies. The department is the one that the page itself names.",
        """SELECT site, coalesce(section, '(none)') AS department, count(*) AS articles,
    round(100.0 * count(*) / sum(count(*)) OVER (PARTITION BY site), 1) AS percent
FROM articles WHERE url NOT IN (SELECT url FROM article_moves)
GROUP BY site, department ORDER BY site, articles DESC, department""",
    ),
    Question(
        "length-by-department",
        "How long are the articles?",
        "Media studies. In characters of the running text; a wall before the text makes it short.",
        """SELECT site, coalesce(section, '(none)') AS department, count(*) AS articles,
    cast(avg(length(text)) AS INTEGER) AS characters, min(length(text)) AS shortest,
    max(length(text)) AS longest
FROM articles GROUP BY site, department ORDER BY characters DESC, site, department""",
    ),
    Question(
        "paywall-share",
        "How much stands behind a paywall?",
        "Media studies. Declared by the page for machines; outlets that declare nothing are not counted.",
        """SELECT site, count(paywall_declared) AS declared, sum(paywall_declared) AS behind_paywall,
    round(100.0 * sum(paywall_declared) / count(paywall_declared), 1) AS percent
FROM articles GROUP BY site HAVING declared > 0 ORDER BY site""",
    ),
    Question(
        "hours-of-publication",
        "At which hours of the day does each outlet publish?",
        "Media studies. The page's own local time: the stated time plus its offset from UTC.",
        """SELECT site, strftime('%H', published, published_offset || ' minutes') AS hour,
    count(*) AS articles
FROM documents
WHERE newest = 1 AND kind = 'article' AND published_precision <> 'day' AND published_offset IS NOT NULL
GROUP BY site, hour ORDER BY site, hour""",
    ),
    Question(
        "word-over-time",
        "How often does a word come up, month by month, as a share of all articles?",
        "Media studies, linguistics, local history. A share, since the number of articles grows with the"
        " number of sites.",
        """WITH found AS (SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'Hafen')
SELECT substr(day, 1, 7) AS month, count(*) AS articles, sum(pk IN found) AS with_word,
    round(100.0 * sum(pk IN found) / count(*), 1) AS percent
FROM articles GROUP BY month ORDER BY month""",
    ),
    Question(
        "who-was-first",
        "Which outlet was the first to report on something, and who followed?",
        "Media studies. By the time that the pages state; captures tell when it was seen at the latest.",
        """SELECT published, site, title, captured_at, url
FROM articles
WHERE pk IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'Hallenbad AND Altenbrock*')
ORDER BY published, url""",
    ),
    Question(
        "place-chronicle",
        "What happened in a place? Its chronicle, day by day.",
        "Local history. The star takes what begins so, too: Altenbrocker, Altenbrocks.",
        """SELECT day, site, title, lead, url
FROM articles
WHERE pk IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'Altenbrock*')
ORDER BY day, url""",
    ),
    Question(
        "person",
        "Where is a person mentioned?",
        "Local history, biography. Quotation marks keep the words of a name together.",
        """SELECT day, site, articles.title, url,
    snippet(articles_fts, 2, '[', ']', ' ... ', 12) AS words
FROM articles_fts JOIN articles ON articles.pk = articles_fts.rowid
WHERE articles_fts MATCH '"Detlef Manthey"' ORDER BY day, url""",
    ),
    Question(
        "keywords",
        "Which keywords do the outlets give their stories?",
        "Libraries: subject headings. They are the outlets' own, with all their spellings.",
        """SELECT tag, count(*) AS articles, group_concat(DISTINCT site) AS sites
FROM tags_by_article GROUP BY tag ORDER BY articles DESC, tag LIMIT 30""",
    ),
    Question(
        "addresses-that-moved",
        "Which addresses no longer hold, and where is the article now?",
        "Libraries, whoever cites: link rot. `answer` is what the old address says today.",
        """SELECT url, moved_to, evidence, seen_at,
    (SELECT status FROM captures WHERE captures.url = article_moves.url
        ORDER BY captured_at DESC LIMIT 1) AS answer
FROM article_moves ORDER BY url""",
    ),
    Question(
        "dead-addresses",
        "Which addresses answered with an error, and when first?",
        "Libraries: what the archive lost, or never got.",
        """SELECT site, url, status, min(captured_at) AS first_seen, count(*) AS times
FROM captures WHERE status >= 400 GROUP BY site, url, status ORDER BY site, url""",
    ),
    Question(
        "coverage",
        "Is the archive complete? Captures, errors and new articles of each day.",
        "Libraries. A day without a row is a day without a crawl.",
        """SELECT day, site, captures, unchanged, errors, articles
FROM captures_per_day ORDER BY day, site""",
    ),
    Question(
        "rights",
        "For how many pages are rights to text and data mining reserved?",
        "Libraries, whoever passes texts on. What page, header, tdmrep.json or ai.txt said at the capture.",
        """SELECT site, count(*) AS pages, coalesce(sum(tdm_reservation = '1'), 0) AS reserved,
    coalesce(sum(robots LIKE '%noarchive%'), 0) AS not_to_be_archived
FROM rights_of_pages GROUP BY site ORDER BY site""",
    ),
    Question(
        "languages",
        "In which languages do the outlets write?",
        "Linguistics, libraries. As the page declares it, or else as it was detected.",
        """SELECT language, site, count(*) AS articles
FROM articles GROUP BY language, site ORDER BY language, articles DESC, site""",
    ),
)
