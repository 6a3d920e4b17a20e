"""What people write: ``sites/NAME.toml``, one outlet each, and the defaults in ``gazette.toml``.

    file -> TOML -> known keys, right types -> values -> Site

Every error is a BadConfiguration that begins with the file's path.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archive.errors import BadConfiguration
from archive.layout import Layout, read_config
from archive.types import Site
from crawler.blackout import closed
from crawler.values import CHECKS, DEFAULTED, Check

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""A site's name: part of file names, lock names and commands."""

_ARCHIVE_KEYS = ("format", "operator", "contact", "user_agent", "defaults", "notices")
_PLANS = (("every",), ("cron",), ("every_min", "every_max"))
"""The ways to say when a site is crawled: one of them holds."""


def load_sites(layout: Layout) -> dict[str, Site]:
    """All sites of an archive, by name, in the order of the names.

    Raises BadConfiguration for the first file that is wrong, and NoArchive when there is no archive.
    """
    sites, wrong = readable_sites(layout)
    if wrong:
        raise wrong[0]
    return sites


def readable_sites(layout: Layout) -> tuple[dict[str, Site], list[BadConfiguration]]:
    """The sites whose files can be used, and what is wrong with the other files.

    What runs unattended goes on with the others. Raises as ``load_defaults`` does.
    """
    defaults = load_defaults(layout)
    sites: dict[str, Site] = {}
    wrong: list[BadConfiguration] = []
    seen: dict[str, Path] = {}
    for path in sorted(layout.sites.glob("*.toml")) if layout.sites.is_dir() else []:
        first = seen.setdefault(path.stem.casefold(), path)
        if first is not path:
            wrong.append(BadConfiguration(f"{path}: the same name as {first}; rename one of them"))
    for path in seen.values():
        try:
            sites[path.stem] = load_site(path, defaults)
        except BadConfiguration as error:
            wrong.append(error)
    return sites, wrong


def named_sites(layout: Layout, names: Sequence[str]) -> dict[str, Site]:
    """The sites with these names; no other file is looked at.

    Raises BadConfiguration for a wrong file and for a name that has none, and as ``load_defaults`` does.
    """
    defaults = load_defaults(layout)
    there = {path.stem for path in layout.sites.glob("*.toml")} if layout.sites.is_dir() else set()
    for name in names:
        if name not in there:
            known = ", ".join(sorted(there)) or "none"
            raise BadConfiguration(f"{layout.sites / name}.toml: no such site; there are: {known}")
    return {name: load_site(layout.sites / f"{name}.toml", defaults) for name in names}


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
    values = _values(layout.config, table, {key: CHECKS[key] for key in DEFAULTED})
    _one_plan(layout.config, values)
    return values


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
    values = _values(path, table, CHECKS)
    if not any(values.get(key) for key in ("seeds", "feeds", "sitemaps", "sections")):
        raise BadConfiguration(
            f'{path}: nothing to start from; add seeds = ["https://..."], feeds or sitemaps'
        )
    site = Site(name=name, **{**_without(defaults, _one_plan(path, values)), **values})
    _sound(path, site)
    return site


def _one_plan(path: Path, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys that say when a site is crawled, () when none is there. Raises BadConfiguration."""
    stated = [plan for plan in _PLANS if any(key in values for key in plan)]
    if len(stated) > 1:
        said = " and ".join(next(key for key in plan if key in values) for plan in stated)
        raise BadConfiguration(f"{path}: {said} say two things of when to crawl; leave one of them out")
    return stated[0] if stated else ()


def _without(defaults: Mapping[str, Any], plan: tuple[str, ...]) -> dict[str, Any]:
    """The defaults for a site that states its plan by these keys: another plan's keys don't hold for it."""
    other = {key for keys in _PLANS if plan and keys != plan for key in keys}
    return {key: value for key, value in defaults.items() if key not in other}


def _sound(path: Path, site: Site) -> None:
    """Raise BadConfiguration for values that don't go together."""
    if site.since and site.until and site.since > site.until:
        raise BadConfiguration(
            f"{path}: since is after until: no day lies between {site.since} and {site.until}"
        )
    if (site.every_min is None) != (site.every_max is None):
        missing = "every_min" if site.every_min is None else "every_max"
        raise BadConfiguration(f"{path}: {missing} is missing: the pace needs both bounds, or only every")
    if site.every_min is not None and site.every_max is not None and site.every_min > site.every_max:
        raise BadConfiguration(f"{path}: every_min is more than every_max; change them over")
    if closed(site.blackout):
        raise BadConfiguration(f"{path}: blackout leaves no minute of the week; shorten its hours")


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
