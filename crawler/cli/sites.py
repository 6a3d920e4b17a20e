"""``gazette sites``: which sites there are; ``gazette sites check``: whether each still gives articles."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from archive import urls
from archive.errors import Locked
from archive.layout import Layout
from archive.locks import held
from archive.types import Site
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, table

if TYPE_CHECKING:
    from crawler.cli.check import Checked


@click.command("sites")
@click.argument("words", nargs=-1, metavar="[check [SITE...]]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, one a site.")
@click.pass_obj
def command(options: Options, words: tuple[str, ...], as_json: bool) -> int:
    """List the sites; or, with `check`, try each of them (or those that are named).

    A check asks robots.txt, the seeds, three sections, the feeds and the sitemaps, and extracts one article;
    nothing of it is kept. A site is unhealthy when one of them doesn't answer or can't be read, or when no
    article comes of it; then the exit code is 22.

    \b
    Example:
      gazette sites
      gazette sites check hafenblatt
    """
    from crawler.sites import load_sites

    if words and words[0] != "check":
        raise click.UsageError(f"{words[0]!r} is no action; to try it: gazette sites check {words[0]}")
    layout = options.layout()
    sites = load_sites(layout)
    if not sites:
        click.echo("no site yet; add one with: gazette add URL", err=True)
        return Exit.OK
    if not words:
        _list(layout, sites, as_json=as_json)
        return Exit.OK
    unknown = [name for name in words[1:] if name not in sites]
    if unknown:
        raise click.BadParameter(
            f"no site {unknown[0]!r}; the sites are: {', '.join(sites)}", param_hint="SITE"
        )
    chosen = {name: site for name, site in sites.items() if len(words) == 1 or name in words}
    return _check(layout, chosen, as_json=as_json)


def _list(layout: Layout, sites: dict[str, Site], *, as_json: bool) -> None:
    from crawler import runlog
    from crawler.schedule import plan_of

    with runlog.opened(layout) as connection:
        last = runlog.last_runs(connection) if connection else {}
    articles = _articles(layout)
    rows = []
    for name, site in sites.items():
        run = last.get(name)
        rows.append(
            {
                "site": name,
                "title": site.title,
                "file": str(layout.sites / f"{name}.toml"),
                "seeds": len(site.seeds),
                "feeds": len(site.feeds),
                "sitemaps": len(site.sitemaps),
                "sections": len(site.sections),
                "every": site.every,
                "plan": plan_of(site),
                "delay": site.delay,
                "rights": site.rights,
                "last_run": run.run if run else None,
                "last_started": run.started_at if run else None,
                "last_reason": run.reason if run else None,
                "articles": articles.get(name, 0),
            }
        )
    if as_json:
        for row in rows:
            emit(row)
    else:
        head = (
            "site",
            "title",
            "seeds",
            "feeds",
            "sitemaps",
            "sections",
            "plan",
            "delay",
            "rights",
            "last run",
        )
        click.echo(table((*head, "articles"), [_line(row) for row in rows]))


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    from crawler.schedule import span

    plan = row["plan"] or "when asked"
    counts = (row["seeds"], row["feeds"], row["sitemaps"], row["sections"])
    last = row["last_started"] or "never"
    return (
        row["site"],
        row["title"],
        *counts,
        plan,
        span(row["delay"]),
        row["rights"],
        last,
        row["articles"],
    )


def _articles(layout: Layout) -> dict[str, int]:
    """How many articles the index holds of each site, {} without an index."""
    from archive.index import generation

    if generation.current(layout) is None:
        return {}
    connection = generation.open_index(layout)
    try:
        return {
            row["name"]: row["articles"] for row in connection.execute("SELECT name, articles FROM sites")
        }
    finally:
        connection.close()


def _check(layout: Layout, sites: dict[str, Site], *, as_json: bool) -> int:
    healthy, rows = True, []
    for name, checked in _checked(layout, sites):
        if isinstance(checked, Locked):
            row = {"site": name, "verdict": "in use", "problems": [str(checked)]}
        else:
            healthy = healthy and checked.healthy
            verdict = "healthy" if checked.healthy else "unhealthy"
            fields = dataclasses.asdict(checked)
            row = {"site": name, "verdict": verdict, **fields, "problems": list(checked.problems)}
        if as_json:
            emit(row)
        rows.append((name, row["verdict"], *_cells(checked), "; ".join(row["problems"])))
    if not as_json:
        click.echo(table(("site", "verdict", "pages", "feeds", "sitemaps", "article", "problems"), rows))
    return Exit.OK if healthy else Exit.UNHEALTHY


def _cells(checked: Checked | Locked) -> tuple[str, str, str, str]:
    if isinstance(checked, Locked):
        return ("", "", "", "")
    title = checked.article or "none"
    shown = title if len(title) <= 50 else title[:49].rstrip() + "…"
    return (str(checked.pages), str(checked.feeds), str(checked.sitemaps), shown)


def _checked(layout: Layout, sites: dict[str, Site]) -> Iterator[tuple[str, Checked | Locked]]:
    """Each site tried, one after the other; Locked for one that a crawl is asking just now."""
    from crawler.cli.add import telling
    from crawler.cli.ask import Asker
    from crawler.cli.check import check
    from crawler.cli.trial import extractor
    from crawler.identity import may_start, user_agent

    may_start(layout, sites.values())
    agent = user_agent(layout)
    with extractor() as extract:
        for name, site in sites.items():
            named = site.seeds + site.feeds + site.sitemaps + site.sections
            inside = (
                frozenset(urls.authority(url) or "" for url in named) if site.allow_private else frozenset()
            )
            asker = Asker(agent, inside, max(site.delay, 1.0), site.verify_tls)
            try:
                # A crawl of the site has the one connection that its server is asked for at a time.
                with held(layout.locks / f"site-{name}.lock", f"site {name}"), telling(asker):
                    yield name, check(site, asker, extract)
            except Locked as error:
                yield name, error
