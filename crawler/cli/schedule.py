"""``gazette schedule``: what is crawled when; a timer for it, or a process that does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive.layout import Layout
from archive.types import Site
from crawler.cli.exits import Exit
from crawler.cli.options import Options, processes, workers
from crawler.cli.output import emit, one_line, table
from crawler.cli.watching import Watching, watched


class _Hours(click.ParamType[float]):
    """A span such as "24h" or "7d": hours."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from crawler.values import seconds

        try:
            return seconds(value) / 3600
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("schedule")
@click.argument("words", nargs=-1, metavar="[run | SITE...]")
@click.option("--preview", "hours", type=_Hours(), metavar="SPAN", help="Say what will begin, as far as 24h.")
@click.option("--install", "way", type=click.Choice(["systemd", "cron"]), help="Write what calls it.")
@click.option("--user", is_flag=True, help="With --install systemd: units of your own, not of the machine.")
@click.option("--as", "account", metavar="NAME", help="With --install: who it runs as. Default: the owner.")
@click.option(
    "--dir",
    "directory",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="With --install: where to. Default: where systemd looks; a crontab line is printed.",
)
@click.option("--dry-run", is_flag=True, help="With --install: only print it.")
@workers("With run: processes that extract.")
@processes("With run: processes that crawl; what is due at the same time is divided over them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, one a site or start.")
@watched
@click.pass_obj
def command(
    options: Options,
    words: tuple[str, ...],
    hours: float | None,
    way: str | None,
    user: bool,
    account: str | None,
    directory: Path | None,
    dry_run: bool,
    workers: int,
    processes: int,
    as_json: bool,
    watching: Watching,
) -> int:
    """Say when each site is crawled; or, with `run`, crawl what is due until Ctrl-C.

    A site file says when: `every`, `cron`, or a pace between `every_min` and `every_max`; `zone`, `blackout`
    and `jitter` move it. `run` does in one process what a timer does that calls `gazette crawl --due` once a
    minute; `--install` writes such a timer. What was missed is caught up once.

    \b
    Example:
      gazette schedule
      gazette schedule --preview 24h
      gazette schedule run
      gazette schedule --install systemd --dry-run
    """
    layout = options.layout()
    if way is not None:
        from crawler.cli.install import install

        return install(layout, way, user=user, account=account, directory=directory, dry_run=dry_run)
    if words == ("run",):
        from crawler.cli.daemon import serve

        with watching.on(layout):
            return serve(layout, workers=workers, processes=processes, settings=watching.settings)
    if "run" in words:
        raise click.UsageError("run takes all sites; leave their names out")
    sites, code = _sites(layout, words)
    if hours is None:
        _list(layout, sites, as_json=as_json)
    else:
        _preview(layout, sites, hours, as_json=as_json)
    return code


def _sites(layout: Layout, names: tuple[str, ...]) -> tuple[dict[str, Site], int]:
    """The sites that are meant, as far as their files can be used, and the exit code that says so."""
    from crawler.sites import named_sites, readable_sites

    if names:
        return named_sites(layout, names), Exit.OK
    sites, wrong = readable_sites(layout)
    for error in wrong:
        click.echo(f"gazette: {one_line(str(error))}", err=True)
    if not sites and not wrong:
        click.echo("no site yet; add one with: gazette add URL", err=True)
    return sites, Exit.BAD_CONFIGURATION if wrong else Exit.OK


def _list(layout: Layout, sites: Mapping[str, Site], *, as_json: bool) -> None:
    from crawler.history import past
    from crawler.schedule import next_due

    now = datetime.now(UTC)
    known = past(layout, sites.values())
    lines = []
    for name, site in sites.items():
        last = known.rounds.get(name)
        planned = next_due(site, last, now, known.histories.get(name, ()))
        why = planned.why if planned else ()
        row: dict[str, object] = {
            "site": name,
            "plan": planned.plan if planned else None,
            "zone": site.zone,
            "blackout": [str(hours) for hours in site.blackout],
            "last": _utc(last.started_at) if last else None,
            "next": _utc(planned.at) if planned else None,
            "due": planned is not None and planned.at <= now,
            "why": list(why),
        }
        if as_json:
            emit(row)
        when = "" if planned is None else "now" if row["due"] else local(planned.at, site)
        lines.append(
            (
                name,
                planned.plan if planned else "when asked",
                local(last.started_at, site) if last else "never",
                when,
                ", ".join(why),
            )
        )
    if sites and not as_json:
        click.echo(table(("site", "plan", "last", "next", "why"), lines))


def _preview(layout: Layout, sites: Mapping[str, Site], hours: float, *, as_json: bool) -> None:
    from crawler.history import past
    from crawler.schedule import has_plan, preview

    now = datetime.now(UTC)
    known = past(layout, sites.values())
    found = preview(sites.values(), known.rounds, now, hours, known.histories)
    if as_json:
        for one in found:
            row = {"at": _utc(one.at), "local": _clock(one.at, sites[one.site]).isoformat(timespec="seconds")}
            emit(
                row | {"zone": sites[one.site].zone, "site": one.site, "plan": one.plan, "why": list(one.why)}
            )
        return
    lines = [
        (local(one.at, sites[one.site]), sites[one.site].zone, one.site, one.plan, ", ".join(one.why))
        for one in found
    ]
    if lines:
        click.echo(table(("begins", "zone", "site", "plan", "why"), lines))
    elif any(has_plan(site) for site in sites.values()):
        click.echo("nothing begins in that time", err=True)
    if asked := [name for name, site in sites.items() if not has_plan(site)]:
        click.echo(f"only when asked, as no plan is in the site file: {', '.join(asked)}", err=True)


def local(at: datetime, site: Site) -> str:
    """An instant as the clock of a site's zone shows it: "Sun 2026-03-29 03:00:00 CEST"."""
    return f"{_clock(at, site):%a %Y-%m-%d %H:%M:%S %Z}"


def _clock(at: datetime, site: Site) -> datetime:
    from crawler.localtime import known_zone

    return at.astimezone(known_zone(site.zone))


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def upcoming(layout: Layout, sites: Iterable[Site], now: datetime) -> str | None:
    """The next start, for people: None when nothing is planned."""
    from crawler.history import past
    from crawler.schedule import next_due

    chosen = {site.name: site for site in sites}
    known = past(layout, chosen.values())
    planned = [
        found
        for name, site in chosen.items()
        if (found := next_due(site, known.rounds.get(name), now, known.histories.get(name, ()))) is not None
    ]
    if not planned:
        return None
    first = min(planned, key=lambda one: (one.at, one.site))
    return f"{first.site} at {local(first.at, chosen[first.site])}"
