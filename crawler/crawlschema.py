"""The tables of crawl.db, the steps from one version of them to the next, and the longer statements."""

from __future__ import annotations

from crawler.task import BESIDE, REQUISITE
from crawler.visits import REVISITS

_FIRST = """
CREATE TABLE lanes (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    authority TEXT NOT NULL,
    UNIQUE (site, authority)
);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    lane INTEGER NOT NULL REFERENCES lanes (id),
    url TEXT NOT NULL,
    state TEXT NOT NULL,
    round INTEGER NOT NULL,
    kind TEXT NOT NULL,
    rank REAL NOT NULL,
    depth INTEGER NOT NULL,
    hops TEXT NOT NULL,
    via TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    reason TEXT,
    run TEXT,
    status INTEGER,
    fetched_at TEXT,
    record_id TEXT,
    warc TEXT,
    offset INTEGER,
    length INTEGER,
    etag TEXT,
    last_modified TEXT,
    body_status INTEGER,
    body_mime TEXT,
    body_digest TEXT,
    body_at TEXT,
    body_record_id TEXT,
    body_warc TEXT,
    body_offset INTEGER,
    body_length INTEGER,
    UNIQUE (lane, url)
);
CREATE INDEX queue ON entries (lane, rank, id) WHERE state = 'queued';
CREATE INDEX unexpanded ON entries (lane) WHERE state = 'kept';
CREATE VIEW urls AS
    SELECT entries.*, lanes.site, lanes.authority FROM entries JOIN lanes ON lanes.id = entries.lane;
CREATE TABLE rounds (
    site TEXT PRIMARY KEY,
    round INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT
);
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    args TEXT NOT NULL,
    exit_code INTEGER,
    reason TEXT
);
CREATE TABLE run_sites (
    run TEXT NOT NULL,
    site TEXT NOT NULL,
    fetched INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    PRIMARY KEY (run, site)
) WITHOUT ROWID;
"""

_SECOND = """
ALTER TABLE entries ADD COLUMN page TEXT;
ALTER TABLE entries ADD COLUMN first_at REAL;
ALTER TABLE entries ADD COLUMN visited_at REAL;
ALTER TABLE entries ADD COLUMN visit_at REAL;
ALTER TABLE entries ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
UPDATE entries SET first_at = unixepoch(body_at), visited_at = unixepoch(fetched_at)
WHERE body_status = 200 AND state != 'queued' AND kind NOT IN ('robots', 'rights');
CREATE INDEX due ON entries (lane, visit_at) WHERE visit_at IS NOT NULL;
DROP VIEW urls;
CREATE VIEW urls AS
    SELECT entries.*, lanes.site, lanes.authority FROM entries JOIN lanes ON lanes.id = entries.lane;
ALTER TABLE rounds ADD COLUMN ages TEXT;
ALTER TABLE runs ADD COLUMN started_by TEXT;
ALTER TABLE runs ADD COLUMN config_digest TEXT;
ALTER TABLE run_sites ADD COLUMN new INTEGER;
ALTER TABLE run_sites ADD COLUMN changed INTEGER;
ALTER TABLE run_sites ADD COLUMN unchanged INTEGER;
ALTER TABLE run_sites ADD COLUMN articles INTEGER;
ALTER TABLE run_sites ADD COLUMN seconds REAL;
CREATE TABLE run_outcomes (
    run TEXT NOT NULL,
    site TEXT NOT NULL,
    outcome TEXT NOT NULL,
    kind TEXT NOT NULL,
    what TEXT NOT NULL,
    count INTEGER NOT NULL,
    example_url TEXT NOT NULL,
    example_reason TEXT NOT NULL,
    PRIMARY KEY (run, site, outcome, kind, what)
) WITHOUT ROWID;
"""
# Times of visits are epoch seconds, as not_before: they are compared, and added to.
# What an older Gazette kept has no ``page`` until it is found, and read, again.
# ``rounds.ages`` is the plan by which a site's ``visit_at`` were made; NULL: they have to be made.

_THIRD = """
CREATE INDEX run_sites_site ON run_sites (site, run);
CREATE TABLE troubles (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    cause TEXT NOT NULL,
    since TEXT NOT NULL,
    found_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    over_at TEXT,
    times INTEGER NOT NULL,
    told TEXT,
    what TEXT NOT NULL,
    url TEXT,
    said TEXT
);
CREATE INDEX troubles_of ON troubles (site, cause);
CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    trouble INTEGER NOT NULL REFERENCES troubles (id),
    event TEXT NOT NULL,
    channel TEXT NOT NULL,
    made_at TEXT NOT NULL,
    tried_at TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    sent_at TEXT
);
CREATE INDEX notices_waiting ON notices (made_at) WHERE sent_at IS NULL;
"""

_FOURTH = """
ALTER TABLE run_sites ADD COLUMN requisites INTEGER;
ALTER TABLE run_sites ADD COLUMN requisite_bytes INTEGER;
"""

MIGRATIONS = (_FIRST, _SECOND, _THIRD, _FOURTH)
"""Statement lists: the n-th leads from version n to version n + 1. What has landed is never changed."""

OFFER = f"""
INSERT INTO entries (lane, url, state, round, kind, rank, depth, hops, via, reason)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (lane, url) DO UPDATE SET
    state = excluded.state, round = excluded.round, kind = excluded.kind, rank = CASE
        WHEN entries.page = 'other' AND excluded.kind = 'link' THEN {REVISITS} + ?11 ELSE excluded.rank END,
    depth = excluded.depth, hops = excluded.hops, via = excluded.via, reason = excluded.reason,
    attempts = 0, not_before = 0
WHERE entries.round < excluded.round AND entries.state != 'kept' AND CASE
    WHEN entries.page IS NULL THEN coalesce(entries.visit_at, 0) <= ?11
    WHEN entries.page = 'other' OR excluded.kind IN ('seed', 'feed', 'sitemap')
        THEN coalesce(entries.visited_at, 0) < ?12
    ELSE 0 END AND (excluded.kind != '{REQUISITE}' OR entries.kind = '{REQUISITE}')
"""  # noqa: S608
"""An article and a file are not queued because they were found again: see crawler.visits. Other known pages
that only links lead to stand behind what is new, and behind the visits that were due before. A page that is
an image of another one, too, stays a page."""

DUE = """
SELECT id, url, kind, page FROM entries WHERE lane = :lane AND visit_at <= :now AND page IS NOT NULL
    AND round < :round AND state IN ('expanded', 'failed', 'refused')
"""
KNOWN = """
SELECT id, url, kind, page FROM entries WHERE lane = :lane AND page IS NOT NULL
    AND round < :round AND state IN ('expanded', 'failed', 'refused')
"""
"""Instead of DUE, when all that is known is to be visited."""
REVISIT = f"""
UPDATE entries SET state = 'queued', round = :round, attempts = 0, not_before = 0, reason = NULL,
    rank = {REVISITS} + coalesce(visit_at, 0)
WHERE id = :id
"""  # noqa: S608
BEGIN_SITE = """
INSERT INTO run_sites (run, site, new, changed, unchanged, articles, seconds, requisites, requisite_bytes)
VALUES (?, ?, 0, 0, 0, 0, 0, 0, 0)
"""
REPLAN = """
UPDATE entries SET visit_at = next_visit(kind, page, first_at, visited_at, gone)
WHERE lane IN (SELECT id FROM lanes WHERE site = ?) AND page IS NOT NULL AND first_at IS NOT NULL
"""

_KEPT = """
UPDATE entries SET state = 'kept', run = :run, reason = NULL, status = :status, fetched_at = :at,
    record_id = :record_id, warc = :warc, offset = :offset, length = :length,
"""
KEEP = f"""{_KEPT}
    etag = coalesce(:etag, etag), last_modified = coalesce(:last_modified, last_modified)
WHERE id = :id
"""
KEEP_WHOLE = f"""{_KEPT}
    etag = :etag, last_modified = :last_modified, body_status = :status, body_mime = :mime,
    body_digest = :digest, body_at = :at, body_record_id = :record_id, body_warc = :warc,
    body_offset = :offset, body_length = :length
WHERE id = :id
"""
"""Instead of KEEP, for what has a payload of its own."""

HEAD = """
SELECT id, url, kind, depth, hops, via, attempts, status, fetched_at, etag, last_modified, body_record_id,
    body_warc, body_offset, body_length, body_at, body_status, body_mime, body_digest, page, first_at,
    visited_at, visit_at, gone
FROM entries WHERE lane = ? AND state = 'queued' AND not_before <= ? AND rank >= ?
ORDER BY rank, id LIMIT 1
"""

_FAILS = """(status >= 500 OR status < 200 OR status = 429
    OR (status >= 400 AND kind NOT IN ('robots', 'rights')))"""
# That there is no robots.txt is an answer; that it can't be had is none.

_DONE = (
    f"UPDATE entries SET state = CASE WHEN {_FAILS} THEN 'failed' ELSE 'expanded' END,"  # noqa: S608
    f" reason = CASE WHEN {_FAILS} THEN 'HTTP ' || status END"
)
DONE = f"""{_DONE},
    page = :page, first_at = :first_at, visited_at = :visited_at, visit_at = :visit_at, gone = :gone
WHERE id = :id RETURNING reason
"""
"""The end of a kept URL."""
RESTORED = f"""{_DONE}, page = coalesce(:page, page),
    first_at = CASE WHEN status BETWEEN 200 AND 299 THEN coalesce(first_at, :moment) ELSE first_at END,
    visited_at = CASE WHEN status BETWEEN 200 AND 299 OR status = 304 THEN :moment ELSE visited_at END,
    gone = CASE WHEN status IN (404, 410) THEN gone + 1 ELSE 0 END
WHERE id = :id
"""
"""As DONE, of what a WARC file tells. The next visit is planned when a round begins."""
SETTLE = """
UPDATE entries SET state = ?, run = ?, reason = ?, status = CASE state WHEN 'kept' THEN status END,
    visit_at = ?
WHERE id = ?
"""
COUNT = """
UPDATE run_sites SET fetched = fetched + :fetched, new = new + :new, changed = changed + :changed,
    unchanged = unchanged + :unchanged, articles = articles + :articles, failed = failed + :failed,
    refused = refused + :refused, bytes = bytes + :bytes, seconds = max(seconds, :seconds),
    requisites = requisites + :requisites, requisite_bytes = requisite_bytes + :requisite_bytes
WHERE run = :run AND site = :site
"""
IS_BESIDE = f"(kind = '{REQUISITE}' OR hops LIKE '{BESIDE}%')"
"""As Task.beside."""
IS_NO_PAGE = f"kind IN ('{REQUISITE}', 'robots', 'rights')"
OUTCOME = """
INSERT INTO run_outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count
"""
