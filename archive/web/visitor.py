"""Runs visitors' SQL, one statement at a time, in a process that may be killed.

    python -P visitor.py '{"memory": BYTES, "bytes": ..., "values": ..., "nice": 10}'

Started by ``archive.web.visitors``; imports as little as it can, as each process costs its memory. What it is
asked and what it answers are lines of JSON on stdin and stdout; the first answer is {}, when it is ready:

    {"path": FILE, "sql": TEXT, "params": {...} or [...], "most": ROWS or null, "seconds": 1.8, "values": ...}
    {"columns": [...], "rows": [[...], ...], "truncated": false}    a blob is ["BASE64"]
    {"fault": TEXT, "kind": "slow", "memory", "sql" or "gone"}

SQLite looks at the clock between two steps of its machine. One step can take hours (``instr`` on two long
texts): that is ended from outside, by a signal.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from archive.db import open_reader

_STEPS = 2_000
"""Of SQLite's machine between two looks at the clock: about .1 ms."""

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 10_000_000,  # bytes of a value, and of a row
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 2_000,  # Datasette asks for the labels of a page's rows at once
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_ACTIONS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_PRAGMAS = frozenset(
    "schema_version data_version table_info table_xinfo table_list index_list index_info index_xinfo"
    " foreign_key_list function_list module_list compile_options".split()
)
"""Those that tell of the schema. None that writes, and none that tells where the file lies."""
_REFUSED = frozenset({"load_extension", "fts3_tokenizer"})


class _TooMuch(Exception):
    """The answer is larger than anybody reads."""


def _may(action: int, one: str | None, other: str | None, _schema: object, _by: object) -> int:
    """SQLite's question while it compiles a statement (its manual: "sqlite3_set_authorizer")."""
    if action == sqlite3.SQLITE_FUNCTION:
        allowed = (other or "").lower() not in _REFUSED
    elif action == sqlite3.SQLITE_PRAGMA:
        allowed = (one or "").lower() in _PRAGMAS
    elif action == sqlite3.SQLITE_UPDATE:
        # What SQLite says when it meets a virtual table (full text, json_each). The file can't be written.
        allowed = one == "sqlite_master"
    else:
        allowed = action in _ACTIONS
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _open(path: str) -> sqlite3.Connection:
    connection = open_reader(Path(path))
    connection.row_factory = None
    connection.text_factory = lambda text: str(text, "utf-8", "replace")
    connection.execute("PRAGMA temp_store = MEMORY")  # sorting fills no disk; the memory is bounded
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    connection.set_authorizer(_may)
    return connection


def _answer(connection: sqlite3.Connection, asked: dict[str, Any], bounds: dict[str, int]) -> dict[str, Any]:
    end = time.monotonic() + asked["seconds"]
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    cursor = connection.execute(asked["sql"], asked["params"])
    rows: list[list[Any]] = []
    most, held, truncated = asked["most"], 0, False
    for row in cursor:
        if most is not None and len(rows) == most:
            truncated = True
            break
        held += sum(len(cell) if isinstance(cell, str | bytes) else 8 for cell in row)
        if held > bounds["bytes"] or len(row) * (len(rows) + 1) > asked["values"]:
            raise _TooMuch(_limits(bounds, asked["values"]))
        rows.append([_plain(cell) for cell in row])
    columns = [column[0] for column in cursor.description or ()]
    cursor.close()  # a reader that has not finished keeps the log of the writer from being taken over
    return {"columns": columns, "rows": rows, "truncated": truncated}


def _plain(cell: object) -> object:
    return [base64.b64encode(cell).decode("ascii")] if isinstance(cell, bytes) else cell


def _limits(bounds: dict[str, int], values: int) -> str:
    told = f"{bounds['bytes'] // 1_000_000} MB or {values:,} values"
    return told if values == bounds["values"] else f"{told} (as JSON or CSV: {bounds['values']:,})"


def _told(error: Exception, bounds: dict[str, int]) -> dict[str, str]:
    if isinstance(error, MemoryError):
        return {"kind": "memory", "fault": f"needs more than {bounds['memory'] // 1_000_000} MB of memory"}
    if isinstance(error, _TooMuch):
        return {"kind": "sql", "fault": f"answers with more than {error}; ask for fewer rows or columns"}
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_INTERRUPT:
        return {"kind": "slow", "fault": "takes too long"}
    if code == sqlite3.SQLITE_CANTOPEN:
        return {"kind": "gone", "fault": str(error)}
    return {"kind": "sql", "fault": str(error)}


def _give_way(nice: int) -> None:
    """Be nice; also where Linux shares processors between sessions: this is one (sched(7), autogroup)."""
    os.nice(nice)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(nice), encoding="ascii")


def main() -> None:
    """Answer until stdin ends."""
    bounds: dict[str, int] = json.loads(sys.argv[1])
    with contextlib.suppress(ValueError, OSError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (bounds["memory"], bounds["memory"]))
    _give_way(bounds["nice"])
    path, connection = "", None
    _say("{}")
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        # If who started this process is killed, nobody is left to end a step that doesn't.
        used = resource.getrusage(resource.RUSAGE_SELF)
        resource.setrlimit(
            resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 5, resource.RLIM_INFINITY)
        )
        try:
            if connection is None or asked["path"] != path:
                if connection is not None:
                    connection.close()
                path, connection = asked["path"], _open(asked["path"])
            told = json.dumps(_answer(connection, asked, bounds))
        except (sqlite3.Error, sqlite3.Warning, MemoryError, ValueError, OverflowError, _TooMuch) as error:
            told = json.dumps(_told(error, bounds))
        finally:
            if connection is not None:
                connection.set_progress_handler(None, 0)
        _say(told)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
