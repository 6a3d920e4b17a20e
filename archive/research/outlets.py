"""The outlets' names as people know them."""

from __future__ import annotations

import tomllib

from archive.layout import Layout


def titles(layout: Layout | None) -> dict[str, str]:
    """The names that the site files give, by site; a file that can't be read gives none."""
    found: dict[str, str] = {}
    for path in sorted(layout.sites.glob("*.toml")) if layout else ():
        try:
            title = tomllib.loads(path.read_text(encoding="utf-8")).get("title")
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            continue
        if isinstance(title, str) and title:
            found[path.stem] = title
    return found
