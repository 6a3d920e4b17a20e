"""Make a small archive to do research in: the sample outlets, crawled before and after they changed.

    python scripts/research_archive.py DIR

This machine serves everything to itself; it takes half a minute. The notebook beside this file uses it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from archive.layout import Layout
from crawler.cli import crawling
from crawler.cli.exits import Exit
from crawler.cli.init import create
from crawler.samples.server import SampleServer


def make(directory: Path, names: Sequence[str] = ()) -> None:
    """Crawl the outlets, or those that are named, twice into a new archive. SystemExit when that fails."""
    layout = Layout(directory.absolute())
    create(layout)
    with SampleServer() as server:
        names = names or [outlet.name for outlet in server.outlets]
        for name in names:
            # A calendar has no last month, and no month tells anything.
            text = re.sub(r"(?m)^max_pages = .*$", 'deny = ["/termine/"]', server.site_file(name))
            (layout.sites / f"{name}.toml").write_text(text, encoding="utf-8")
        for settings in ({}, {"GAZETTE_REVISIT": "all"}):
            ended = crawling.run(layout, names, settings, workers=1)
            if ended.code != Exit.OK:
                raise SystemExit(ended.reason)
            server.change()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python scripts/research_archive.py DIR")
    make(Path(sys.argv[1]))
