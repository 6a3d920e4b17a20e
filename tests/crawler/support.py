"""Archives over the sample outlets, crawls of them, and what came of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from archive.db import open_reader
from archive.index import jobs
from archive.layout import Layout
from crawler.cli import crawling
from crawler.cli.init import create
from crawler.samples.server import SampleServer

QUICK = ("ruhr-aktuell", "emscher-bote")
"""The outlets without a crawl-delay."""
ALL = (*QUICK, "hafenblatt")


def new_archive(
    root: Path, server: SampleServer, names: tuple[str, ...] = QUICK, delay: float = 0.0
) -> Layout:
    """An archive with the site files of some sample outlets."""
    layout = Layout(root)
    create(layout)
    for name in names:
        text = re.sub(r"(?m)^delay = .*$", f"delay = {delay}", server.site_file(name))
        (layout.sites / f"{name}.toml").write_text(text, encoding="utf-8")
    return layout


def deny_calendars(layout: Layout) -> None:
    """Keep a site's endless calendar out, so that a second visit takes articles and no months."""
    for path in layout.sites.glob("ruhr-aktuell.toml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^max_pages = .*$", 'deny = ["/termine/"]', text), encoding="utf-8")


def run(layout: Layout, *names: str, index: bool = True, **settings: Any) -> crawling.Ended:
    """``gazette crawl`` without its command line."""
    chosen = list(names) or sorted(path.stem for path in layout.sites.glob("*.toml"))
    ended = crawling.run(layout, chosen, settings, workers=0)
    if index:
        jobs.run(layout, workers=2)
    return ended


def rows(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a query finds in a database."""
    connection = open_reader(path)
    try:
        return [tuple(row) for row in connection.execute(sql, values)]
    finally:
        connection.close()


def articles(layout: Layout) -> dict[str, tuple[Any, ...]]:
    """Id, title, lead and text of each article, by URL."""
    found = rows(layout.index, "SELECT url, id, title, lead, text FROM articles")
    return {row[0]: row[1:] for row in found}
