"""Questions that are to exhaust a server: each path is asked of the reading room by the tests and measured by
scripts/measure_room."""

from __future__ import annotations

from urllib.parse import urlencode

_COUNT = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
_LONG = "printf('%.*c', 9000000, 'a')"

SQL = {
    "endless recursion": f"{_COUNT} SELECT count(*) FROM c",
    "printf of 2 GB": "SELECT printf('%.*c', 2000000000, 'x')",
    "printf of 9 MB, wide": "SELECT " + ", ".join([_LONG] * 100),
    "zeroblob of 1 GB": "SELECT zeroblob(1000000000)",
    "hex of hex of hex": "SELECT hex(hex(hex(randomblob(4000000))))",
    "1,000 rows of 9 MB": f"{_COUNT} SELECT randomblob(9000000) FROM c LIMIT 1000",
    "1,000 rows of 200 values": f"{_COUNT} SELECT {', '.join(['x'] * 200)} FROM c LIMIT 1000",
    "group_concat of everything": "SELECT group_concat(a.text || b.text) FROM documents a, documents b",
    "group_concat without end": f"{_COUNT} SELECT group_concat(x, 'aaaaaaaaaaaaaaaaaaaa') FROM c",
    "cross join, sorted": "SELECT a.text || b.text FROM documents a, documents b, documents c ORDER BY 1",
    "cross join, counted": "SELECT count(*) FROM captures a, captures b, captures c, captures d, captures e",
    "distinct without end": f"{_COUNT} SELECT DISTINCT x || printf('%.*c', 1000, 'a') FROM c ORDER BY 1",
    "window over everything": f"{_COUNT} SELECT sum(x) OVER (ORDER BY x DESC) FROM c",
    "instr that never ends": f"SELECT instr({_LONG}, printf('%.*c', 4000000, 'a') || 'b')",
    "replace that grows": "SELECT replace(replace(zeroblob(99999), x'00', 'aaaaaaaaaa'), 'a', 'bbbbbbbbb')",
    "replace that never ends": f"SELECT replace({_LONG}, printf('%.*c', 4000000, 'a') || 'b', '')",
    "LIKE that never ends": f"SELECT {_LONG} LIKE '" + "%a" * 200 + "b'",
    "GLOB that never ends": f"SELECT {_LONG} GLOB '" + "*a" * 200 + "b'",
    "a pattern of 3,000": "SELECT count(*) FROM documents WHERE text LIKE '" + "%a_" * 1_000 + "'",
    "IN of 2,500 values": "SELECT count(*) FROM documents WHERE id IN ("
    + ",".join(map(str, range(2_500)))
    + ")",
    "JSON, nested": "SELECT json_valid(printf('%.*c', 9000000, '['))",
    "JSON, walked": f"SELECT count(*) FROM json_tree('[' || replace({_LONG}, 'a', '0,') || '0]')",
    "JSON, grown": f"{_COUNT} SELECT json_group_array(json_object('k', hex(randomblob(1000)))) FROM c",
    "full text, every word": "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH '"
    + " OR ".join(f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz")
    + "'",
    "full text, NEAR": "SELECT highlight(articles_fts, 1, '<', '>') FROM articles_fts"
    " WHERE articles_fts MATCH 'NEAR(d* e* s* n* r* t* a* i*, 10000)'",
    "expression, deep": "SELECT " + "(" * 500 + "1" + ")" * 500,
    "sum of many": "SELECT " + "+".join(["1"] * 3_000),
    "500 SELECTs": " UNION ALL ".join(["SELECT 1"] * 500),
    "dates without end": f"{_COUNT} SELECT count(strftime('%Y', x, '+1 day')) FROM c",
    "the pages of the file": "SELECT count(*), sum(a.unused) FROM dbstat a, dbstat b, dbstat c",
    "another file": "SELECT 1 FROM (SELECT 1) WHERE load_extension('/lib/libc.so.6')",
    "where the file lies": "SELECT * FROM pragma_database_list",
    "a PRAGMA that writes": "WITH a AS (SELECT 1) SELECT * FROM pragma_journal_mode",
    "a write": "WITH a AS (SELECT 1) DELETE FROM documents",
    "a write to the schema": "WITH a AS (SELECT 1) UPDATE sqlite_master SET sql = 1",
    "another database": "SELECT 1; ATTACH '/tmp/gazette-attack.db' AS x",
    "a tokenizer": "SELECT fts3_tokenizer('simple', x'4141414141414141')",
}
"""By what they do; none gives more than 2 seconds' work or an answer that anybody reads."""


def path(sql: str, kind: str = "json") -> str:
    """Where the reading room is asked that."""
    return f"/index.{kind}?" + urlencode({"sql": sql}) if kind else "/index?" + urlencode({"sql": sql})


PATHS = {
    "a table, filtered by SQL": "/index/documents.json?"
    + urlencode({"_where": "instr(text, text || 'a') > 0"}),
    "a table, by a bad pattern": "/index/documents.json?" + urlencode({"text__like": "%a" * 400}),
    "each column as a facet": "/index/documents?"
    + "&".join(f"_facet={name}" for name in ("text", "title", "url")),
    "facets of arrays": "/index/documents?_facet_array=text&_facet_date=text",
    "all rows as CSV": "/index/documents.csv?_stream=on&_size=max",
    "1,000 rows as a page": "/index/documents?_size=max",
    "1,000 rows as JSON": "/index/documents.json?_size=max&_shape=array&_labels=on",
    "the file itself": "/index.db",
    "a blob": "/index.blob?" + urlencode({"sql": "SELECT randomblob(9000000) AS a", "_blob_column": "a"}),
    "a wide page": "/index?"
    + urlencode({"sql": f"{_COUNT} SELECT {', '.join(['x'] * 48)} FROM c LIMIT 1000"}),
}
