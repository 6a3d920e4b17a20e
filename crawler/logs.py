"""What a crawl writes down about itself: text or JSON lines, bounded files, no secret.

    Scrapy and our modules -> one handler of the root logger -> [cut secrets] -> LOG_FILE, LOG_FILE.1 ...

Scrapy's own handler knows neither a second form nor a bound, and it is made before the first crawler is;
``Logging`` is the add-on that steps in before it (``ADDONS`` in crawler/settings.py), so that a crawl by
``gazette crawl``, by ``scrapy crawl`` and under Scrapyd write the same.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Protocol

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from crawler.handlers.cut import CUT, cut_user_info

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")
MAX_BYTES = 10 << 20
"""Of one log file; what follows goes to the next."""
MAX_FILES = 5
"""Full ones that a crawl keeps beside the one it writes to, the newest ones."""
KEEP_DAYS = 90
KEEP_LOGS = 1_000
KEEP_BYTES = 1 << 30
"""What is left of the logs of old crawls: none older, no more of them, no more together."""

_SHORT = 6
"""A value of fewer characters is no secret, and cutting it would make holes in every line."""
_HEADER = re.compile(
    r"""(?ix) (\b (?: proxy-)? authorization | \b (?: set-)? cookie | \b x-api-key ) (\b ['"]? \s* [:=,] \s* )
        (?: [bB]? ' [^']* ' | [bB]? " [^"]* " | \[ [^\]]* \] | [^\r\n]+ )"""
)


class _Settings(Protocol):
    """The part of Scrapy's settings that is read here."""

    def get(self, name: str, default: Any = None) -> Any: ...
    def getbool(self, name: str) -> bool: ...
    def getint(self, name: str) -> int: ...
    def set(self, name: str, value: Any, priority: str) -> None: ...


class Logging:
    """The add-on of Scrapy by which its log becomes ours."""

    @classmethod
    def update_pre_crawler_settings(cls, settings: _Settings) -> None:
        """Make the handler before Scrapy makes its own. Raises OSError when LOG_FILE can't be opened."""
        shown = settings.get("LOG_FILE") or settings.getbool("LOG_ENABLED")
        if not shown or not settings.getbool("LOG_INSTALL_ROOT_HANDLER"):
            return
        settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
        install(
            settings.get("LOG_FILE"),
            settings.get("LOG_LEVEL"),
            settings.get("GAZETTE_LOG_FORMAT"),
            pattern=settings.get("LOG_FORMAT"),
            max_bytes=settings.getint("GAZETTE_LOG_BYTES"),
            max_files=settings.getint("GAZETTE_LOG_FILES"),
        )

    def update_settings(self, settings: _Settings) -> None:
        """Set the level again when a crawler is made: meanwhile Scrapy has set its own loggers to DEBUG."""
        if any(isinstance(handler.formatter, Text | Json) for handler in logging.getLogger().handlers):
            _make_none_below(settings.get("LOG_LEVEL"))


def install(
    file: Path | str | None,
    level: str,
    form: str,
    *,
    pattern: str = "%(asctime)s [%(name)s] %(levelname)s: %(message)s",
    max_bytes: int = MAX_BYTES,
    max_files: int = MAX_FILES,
) -> logging.Handler:
    """A handler at the root logger of this process: to a file that rotates, or to stderr when it is None.

    ``form`` is one of FORMATS, ``level`` as in Python's logging, in any case. Raises OSError.
    """
    handler: logging.Handler
    if file is None:
        handler = logging.StreamHandler()
    else:
        handler = RotatingFileHandler(
            file, maxBytes=max_bytes, backupCount=max_files, encoding="utf-8", errors="backslashreplace"
        )
    handler.setFormatter(Json() if form == "json" else Text(pattern))
    handler.setLevel(level.upper())
    logging.getLogger().addHandler(handler)
    _make_none_below(level)
    return handler


def _make_none_below(level: str) -> None:
    """Below the level no record is even made: of each page Scrapy writes two, with a stack frame each."""
    for logger in (logging.getLogger(), logging.getLogger("scrapy")):
        logger.setLevel(level.upper())


def hide(values: Iterable[str]) -> None:
    """Cut these values, and what stands behind a scheme in them, out of all that is logged from now on."""
    hidden = {part for value in values for part in (value, value.partition(" ")[2].strip())}
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, Text | Json):
            handler.formatter.hidden |= {value for value in hidden if len(value) >= _SHORT}


def cut(text: str, hidden: Iterable[str] = ()) -> str:
    """A text without the secrets in it: known values, what headers of access hold, user info in URLs."""
    mark = CUT.decode("ascii")
    for value in sorted(hidden, key=len, reverse=True):
        text = text.replace(value, mark)
    return cut_user_info(_HEADER.sub(rf"\1\2{mark}", text))


def _time(record: logging.LogRecord) -> str:
    # UTC, as everything in an archive: a machine's zone is nobody's who reads its log years later.
    time = datetime.fromtimestamp(record.created, UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Text(logging.Formatter):
    """Lines for people."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.hidden: set[str] = set()

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return _time(record)

    def format(self, record: logging.LogRecord) -> str:
        return cut(super().format(record), self.hidden)


class Json(JsonFormatter):
    """One JSON object a line: time, level, logger, message, and exc_info where there was an exception."""

    def __init__(self) -> None:
        # Scrapy hangs the objects of the crawl on its records.
        objects = ["spider", "crawler", "request", "response", "item", "failure"]
        super().__init__(
            ["asctime", "levelname", "name", "message"],
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            reserved_attrs=[*RESERVED_ATTRS, *objects],
            json_ensure_ascii=False,
        )
        self.hidden: set[str] = set()

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return _time(record)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """The fields, cut before they are written as JSON: an escape would hide a secret from us."""
        return {
            key: cut(value, self.hidden) if isinstance(value, str) else value
            for key, value in log_data.items()
        }


@dataclass(frozen=True, slots=True)
class OldLog:
    """A log file, as far as its fate depends on it."""

    path: Path
    written_at: datetime  # UTC, when it was last written to
    size: int  # bytes


def outdated(logs: Iterable[OldLog], now: datetime) -> list[Path]:
    """The logs that go: too old, too many, too large together; the newest stay."""
    gone, kept, together = [], 0, 0
    for log in sorted(logs, key=lambda log: (log.written_at, log.path.name), reverse=True):
        kept, together = kept + 1, together + log.size
        if now - log.written_at > timedelta(days=KEEP_DAYS) or kept > KEEP_LOGS or together > KEEP_BYTES:
            gone.append(log.path)
    return gone


def prune(directory: Path, now: datetime) -> int:
    """Remove the outdated logs of crawls from the log directory; how many went."""
    found = []
    for path in directory.glob("*.log*"):
        try:
            stat = path.stat()
        except FileNotFoundError:  # another run was quicker
            continue
        found.append(OldLog(path, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size))
    gone = outdated(found, now)
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
