"""The outlets' names as people know them."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from archive.layout import Layout


def titles(layout: Layout | None) -> dict[str, str]:
    """The names that the site files give, by site; a file that can't be read gives none."""
    found: dict[str, str] = {}
    for path in sorted(layout.sites.glob("*.toml")) if layout else ():
        try:
            title = _title(path, path.stat().st_mtime_ns)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            continue
        if isinstance(title, str) and title:
            found[path.stem] = title
    return found


@lru_cache(maxsize=10_000)
def _title(path: Path, changed: int) -> object:
    """What a file says, as it was changed last at ``changed``: every page asks for all names."""
    return tomllib.loads(path.read_text(encoding="utf-8")).get("title")
