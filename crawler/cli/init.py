"""``gazette init``: a new archive."""

from __future__ import annotations

from pathlib import Path

import click

from archive.errors import BadConfiguration
from archive.layout import FORMAT, Layout
from crawler.notices.settings import COMMENTED

_CONFIG = f"""\
# An archive of Gazette. Who runs it stands in every WARC file and in every request, so that
# an outlet can tell who asks and whom to write to.
format = {FORMAT}
operator = ""    # a person or an institution
contact = ""     # a mail address or a page; asked for before real sites are crawled
user_agent = ""  # empty: Gazette's own, with the contact in it

# What holds for every site whose file in sites/ says nothing else.
[defaults]
delay = 1.0          # seconds between two requests to one server
# every = "1h"       # how often a timer takes a site; without it, only when asked
# zone = "UTC"       # of cron = "30 5 * * *" and of blackout = ["22:00-05:00"], when no round begins
# revisit = ["1h", "6h", "1d", "7d", "30d"]  # when an article is fetched again; [] is never
# max_pages = 1000   # bounds of one round over a site
# max_bytes = "2 GB"
# max_seconds = "2h"
# requisites = true  # keep what articles need to look as they did: images, style sheets, fonts, scripts
# requisites_bytes = "200 MB"  # of one run over a site, beside max_bytes
rights = "record"    # "record": note what pages state about use; "obey": keep out what they reserve
{COMMENTED}"""


@click.command("init")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def command(directory: Path) -> None:
    """Make a new archive in DIR, with a commented gazette.toml.

    \b
    Example:
      gazette init my-archive
    """
    layout = Layout(directory.absolute())
    create(layout)
    click.echo(f"{directory}: a new archive; fill in gazette.toml, then: cd {directory} && gazette add URL")


def create(layout: Layout) -> None:
    """Lay out an empty archive. Raises BadConfiguration when something is there already."""
    if layout.config.exists():
        raise BadConfiguration(f"{layout.root}: is an archive already; nothing was changed")
    if layout.root.is_dir() and any(layout.root.iterdir()):
        raise BadConfiguration(f"{layout.root}: holds other files; name an empty or a new directory")
    for path in (layout.root, layout.sites, layout.warc, layout.generations):
        path.mkdir(parents=True, exist_ok=True)
    # The file that makes a directory an archive comes last, and never over another.
    with layout.config.open("x", encoding="utf-8") as file:
        file.write(_CONFIG)
