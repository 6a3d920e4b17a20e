"""What people write: ``sites/NAME.toml``, one outlet each, and the defaults in ``gazette.toml``.

    file -> TOML -> known keys, right types -> values -> Site

Every error is a BadConfiguration that begins with the file's path.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from archive import urls
from archive.errors import BadConfiguration
from archive.layout import Layout, read_config
from archive.types import Site

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""A site's name: part of file names, lock names and commands."""

_SECONDS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_BYTES = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "b": 1}
_AMOUNT = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]+)")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_REFERENCE = re.compile(r"(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_ARCHIVE_KEYS = ("format", "operator", "contact", "user_agent", "defaults")

Check = Callable[[Any], Any]
"""Takes a value as TOML gives it, returns the field's value, or raises ValueError with what it must be."""


def load_sites(layout: Layout) -> dict[str, Site]:
    """All sites of an archive, by name, in the order of the names.

    Raises BadConfiguration for the first file that is wrong, and NoArchive when there is no archive.
    """
    defaults = load_defaults(layout)
    seen: dict[str, Path] = {}
    for path in sorted(layout.sites.glob("*.toml")) if layout.sites.is_dir() else []:
        first = seen.setdefault(path.stem.casefold(), path)
        if first is not path:
            raise BadConfiguration(f"{path}: the same name as {first}; rename one of them")
    return {path.stem: load_site(path, defaults) for path in seen.values()}


def load_defaults(layout: Layout) -> dict[str, Any]:
    """The [defaults] of gazette.toml as values of Site fields. Raises BadConfiguration or NoArchive."""
    config = read_config(layout)
    _known(layout.config, config, _ARCHIVE_KEYS)
    for key in ("operator", "contact", "user_agent"):
        value = config.get(key, "")
        if not isinstance(value, str) or not value.isprintable():
            raise BadConfiguration(f"{layout.config}: {key} must be one line of text, not {value!r}")
    table = config.get("defaults", {})
    if not isinstance(table, dict):
        raise BadConfiguration(f"{layout.config}: defaults must be a table: [defaults]")
    return _values(layout.config, table, {key: _CHECKS[key] for key in _DEFAULTED})


def load_site(path: Path, defaults: Mapping[str, Any]) -> Site:
    """The site that a file describes; what it leaves out comes from ``defaults``. Raises BadConfiguration."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"{path}: can't be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(f"{path}: no valid TOML: {error}") from None
    name = path.stem
    if not NAME.fullmatch(name):
        raise BadConfiguration(
            f"{path}: a site's name is made of a-z, 0-9 and -, at most 63; rename the file"
        )
    if table.pop("name", name) != name:
        raise BadConfiguration(f"{path}: name must be {name!r}, as the file is called; leave the key out")
    values = _values(path, table, _CHECKS)
    if not any(values.get(key) for key in ("seeds", "feeds", "sitemaps", "sections")):
        raise BadConfiguration(
            f'{path}: nothing to start from; add seeds = ["https://..."], feeds or sitemaps'
        )
    site = Site(name=name, **{**defaults, **values})
    if site.since and site.until and site.since > site.until:
        raise BadConfiguration(
            f"{path}: since is after until: no day lies between {site.since} and {site.until}"
        )
    return site


def _known(path: Path, table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            close = difflib.get_close_matches(key, keys, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(keys)}"
            raise BadConfiguration(f"{path}: unknown key {key!r}; {hint}")


def _values(path: Path, table: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    _known(path, table, tuple(checks))
    values = {}
    for key, value in table.items():
        try:
            values["extra" if key == "notes" else key] = checks[key](value)
        except ValueError as error:
            raise BadConfiguration(f"{path}: {key} {error}") from None
    return values


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f"must be one line of text, not {value!r}")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f'must be a list of texts, ["...", "..."], not {value!r}')
    return tuple(value)


def _urls(value: Any) -> tuple[str, ...]:
    for url in (found := _texts(value)):
        if urls.canonical(url) is None:
            raise ValueError(f"must hold http or https URLs, which {url!r} is not")
    return found


def _patterns(value: Any) -> tuple[str, ...]:
    for pattern in (found := _texts(value)):
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"must hold regular expressions, which {pattern!r} is not: {error}") from None
    return found


def _amount(value: Any, units: Mapping[str, int], must: str) -> float:
    """A number as it is, or a text such as "30m" by its unit."""
    found: float = -1
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = value
    elif isinstance(value, str) and (match := _AMOUNT.fullmatch(value.strip().lower())):
        found = float(match[1]) * units[match[2]] if match[2] in units else -1
    if not math.isfinite(found) or found < 0:
        raise ValueError(f"must be {must}, not {value!r}")
    return found


def _seconds(value: Any) -> float:
    return float(_amount(value, _SECONDS, 'a time such as "30s", "15m", "1h", "2d", or a number of seconds'))


def _positive_seconds(value: Any) -> float:
    if (found := _seconds(value)) == 0:
        raise ValueError("must be more than no time at all; leave the key out instead")
    return found


def _bytes(value: Any) -> int:
    if (found := int(_amount(value, _BYTES, 'a size such as "500 MB", or a number of bytes'))) == 0:
        raise ValueError("must be more than nothing; leave the key out instead")
    return found


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"must be a whole number above 0, not {value!r}")
    return value


def _rights(value: Any) -> str:
    if value not in ("record", "obey"):
        raise ValueError(f'must be "record" (note what a page states) or "obey", not {value!r}')
    return str(value)


def _day(value: Any) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a day such as 2026-01-31")
    return value


def _credentials(value: Any) -> tuple[tuple[str, str], ...]:
    """Request headers for licensed access. A secret in a site file would end in copies and in back-ups."""
    if not isinstance(value, dict):
        raise ValueError('must be a table: [credentials] with Authorization = "env:NAME" or "file:PATH"')
    for name, source in value.items():
        if not _HEADER.fullmatch(name):
            raise ValueError(f"must name request headers, which {name!r} is not")
        if not isinstance(source, str) or not _REFERENCE.fullmatch(source):
            # Never the value itself in the message: it may be the secret.
            raise ValueError(f'must say where {name} is found, "env:NAME" or "file:PATH", never the secret')
    return tuple(value.items())


def _language(value: Any) -> str:
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise ValueError(f'must be a language code such as "de" or "de-AT", not {value!r}')
    return value


def _spider(value: Any) -> str:
    if not isinstance(value, str) or not value.isidentifier():
        raise ValueError(f"must be the name of a spider, not {value!r}")
    return value


def _notes(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError("must be a table of texts")
    return tuple(value.items())


_CHECKS: dict[str, Check] = {
    "title": _text,
    "seeds": _urls,
    "feeds": _urls,
    "sitemaps": _urls,
    "sections": _urls,
    "allow": _patterns,
    "deny": _patterns,
    "follow": _truth,
    "subdomains": _truth,
    "since": _day,
    "until": _day,
    "max_depth": _count,
    "every": _positive_seconds,
    "delay": _seconds,
    "max_pages": _count,
    "max_bytes": _bytes,
    "max_seconds": _positive_seconds,
    "requisites": _truth,
    "rights": _rights,
    "allow_private": _truth,
    "verify_tls": _truth,
    "cookies": _truth,
    "credentials": _credentials,
    "spider": _spider,
    "language": _language,
    "notes": _notes,
}
_DEFAULTED = (
    *("follow", "subdomains", "since", "until", "max_depth"),
    *("every", "delay", "max_pages", "max_bytes", "max_seconds"),
    *("requisites", "rights", "spider", "language"),
)
