"""What is due in an archive: looked up anew each time, as site files change while a crawl runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import click

from archive.db import failure_of
from archive.errors import ArchiveError, Locked
from archive.layout import Layout
from archive.locks import held
from archive.types import Site
from crawler.cli.output import one_line


@dataclass(slots=True)
class Dues:
    """Looks for due sites. A site that can't be crawled doesn't hold up the others, and is told of once."""

    layout: Layout
    names: Sequence[str] = ()  # the only ones that are meant; none: all
    said: set[str] = field(default_factory=set)
    wrong: bool = False  # something was told of

    def look(self) -> list[str]:
        """The names of the sites that are due and not in use, those that have waited longest first.

        Raises ArchiveError when that can't be found out.
        """
        from crawler.history import past
        from crawler.schedule import due, has_plan
        from crawler.sites import named_sites, readable_sites

        if self.names:
            known = named_sites(self.layout, self.names)
        else:
            known, errors = readable_sites(self.layout)
            for error in errors:
                self.say(error)
        sites = [site for site in known.values() if has_plan(site)]
        try:
            known_of = past(self.layout, sites)
        except sqlite3.Error as error:
            raise failure_of(self.layout.crawl_db, error) from error
        found = due(sites, known_of.rounds, datetime.now(UTC), known_of.histories)
        return [site.name for site in found if self._may(site) and not in_use(self.layout, site.name)]

    def again(self) -> list[str]:
        """The same while something runs that must go on: what goes wrong is told, and nothing is due."""
        try:
            return self.look()
        except ArchiveError as error:
            self.say(error)
            return []

    def say(self, error: ArchiveError) -> None:
        """Tell of an error, the first time."""
        self.wrong = True
        if str(error) not in self.said:
            self.said.add(str(error))
            click.echo(f"gazette: {one_line(str(error))}", err=True)

    def _may(self, site: Site) -> bool:
        from crawler.credentials import resolve
        from crawler.identity import may_start

        try:
            may_start(self.layout, [site])
            resolve(site, self.layout.root)
        except ArchiveError as error:
            self.say(error)
            return False
        return True


def in_use(layout: Layout, name: str) -> bool:
    """Whether a run holds the site. A look only, before Scrapy has started: the run takes the lock."""
    try:
        with held(layout.locks / f"site-{name}.lock", f"site {name}"):
            return False
    except Locked:
        return True
