"""Datasette's own pages, mended where they keep readers out, and in our colours (static/sql.css)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jinja2 import BaseLoader

if TYPE_CHECKING:
    from datasette.app import Datasette
    from jinja2 import Environment

_STYLES = "".join(
    f"""<link rel="stylesheet" href="{{{{ urls.static_plugins('gazette', '{name}') }}}}">\n"""
    for name in ("room.css", "sql.css")
)
_HOME = """<p><a href="{{ urls.instance() }}">home</a></p>"""

# Of Datasette 0.65.5, whose templates name neither their language nor all of their fields, have no landmark
# for what they are about, and go from the first heading to the third (WCAG 2.2: 3.1.1, 4.1.2, 1.3.1).
MENDED: dict[str, tuple[tuple[str, str], ...]] = {
    "base.html": (
        ("<html>", '<html lang="en">'),
        ('<section class="content">', '<main class="content">'),
        ("</section>", "</main>"),
        ("{% for url in extra_css_urls %}", _STYLES + "{% for url in extra_css_urls %}"),
    ),
    "error.html": (
        ("<h1>", f"{_HOME}<h1>"),
        ('style="padding: 1em; margin: 1em 0; border: 3px solid red;"', 'class="notice"'),
    ),
    "database.html": (("<h3>Custom SQL query</h3>", "<h2>Custom SQL query</h2>"),),
    "query.html": (("<h3>", "<h2>"), ("</h3>", "</h2>")),
    "table.html": (
        ("<h3>", "<h2>"),
        ("</h3>", "</h2>"),
        ('<select name="_filter_column', '<select aria-label="Column" name="_filter_column'),
        ('<select name="_filter_op', '<select aria-label="Comparison" name="_filter_op'),
        ('name="_filter_value', 'aria-label="Value" name="_filter_value'),
        ('<select name="_sort" id="sort_by">', '<select aria-label="Sort" name="_sort" id="sort_by">'),
    ),
    "_codemirror_foot.html": (("lineNumbers: true,", 'lineNumbers: true, screenReaderLabel: "SQL",'),),
}
"""What stands in a template, and what takes its place."""


class Mended(BaseLoader):
    """Templates of another loader, those of Datasette mended."""

    def __init__(self, loader: BaseLoader) -> None:
        self._loader = loader

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, file, current = self._loader.get_source(environment, template)
        for found, better in MENDED.get(template.removeprefix("default:"), ()):
            source = source.replace(found, better)
        return source, file, current

    def list_templates(self) -> list[str]:
        return self._loader.list_templates()


def mend(datasette: Datasette) -> None:
    """Let its pages be those that are mended; a second time changes nothing."""
    environment = datasette.jinja_env
    if not isinstance(environment.loader, Mended):
        environment.loader = Mended(environment.loader)
