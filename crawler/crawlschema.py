"""The tables of crawl.db, the steps from one version of them to the next, and the longer statements."""

from __future__ import annotations

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

MIGRATIONS = (_FIRST,)
"""Statement lists: the n-th leads from version n to version n + 1. What has landed is never changed."""

OFFER = """
INSERT INTO entries (lane, url, state, round, kind, rank, depth, hops, via, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (lane, url) DO UPDATE SET
    state = excluded.state, round = excluded.round, kind = excluded.kind, rank = excluded.rank,
    depth = excluded.depth, hops = excluded.hops, via = excluded.via, reason = excluded.reason,
    attempts = 0, not_before = 0
WHERE entries.round < excluded.round AND entries.state != 'kept'
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
SELECT * FROM entries WHERE lane = ? AND state = 'queued' AND not_before <= ? ORDER BY rank, id LIMIT 1
"""

_FAILS = """(status >= 500 OR status < 200 OR status = 429
    OR (status >= 400 AND kind NOT IN ('robots', 'rights')))"""
# That there is no robots.txt is an answer; that it can't be had is none.

DONE = (
    f"UPDATE entries SET state = CASE WHEN {_FAILS} THEN 'failed' ELSE 'expanded' END,"  # noqa: S608
    f" reason = CASE WHEN {_FAILS} THEN 'HTTP ' || status END "
)
"""The end of a kept URL; its WHERE follows."""
SETTLE = """
UPDATE entries SET state = ?, run = ?, reason = ?, status = CASE state WHEN 'kept' THEN status END
WHERE id = ?
"""
