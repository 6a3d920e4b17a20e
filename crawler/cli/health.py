"""``gazette health``: what is off with each site, since when, and what to do; and the notices of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from archive.errors import ArchiveError
from archive.layout import Layout
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line
from crawler.health.nouns import ArchiveHistory, Trouble


@click.command("health")
@click.argument("names", metavar="[SITE]...", nargs=-1)
@click.option("--notify", is_flag=True, help="Also send the notices that are due, as a crawl does.")
@click.option(
    "--test-notice", is_flag=True, help="Send a test by each way of [notices], and do nothing else."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each trouble.")
@click.pass_obj
def command(options: Options, names: tuple[str, ...], notify: bool, test_notice: bool, as_json: bool) -> int:
    """Say what is off with the sites (all of them when none is named), since when, why, and what to do.

    The records are read, nothing is asked for: the runs with what they did not get, the pages that came, and
    the rhythm in which articles came before. A weekend without news is no trouble for a site that has none on
    weekends. Exit code 22 says that something is off; gazette help operation tells more of each cause.

    --notify belongs into a timer of its own: it also finds that the timer of the crawls is dead.

    \b
    Example:
      gazette health
      gazette health ruhr-aktuell --json
      gazette health --test-notice
    """
    layout = options.layout()
    if test_notice:
        return _test(layout)
    if notify and names:
        raise click.UsageError("--notify is about all sites: name none")
    now = datetime.now(UTC)
    known = look(layout, names, now)
    found = _told(layout, known, now) if notify else _judged(known, now)
    if known.unread is not None:
        click.echo(f"gazette: pages are not judged: {one_line(known.unread)}", err=True)
    if as_json:
        for trouble in found:
            emit(_row(trouble))
    else:
        _print(found, known)
    return Exit.UNHEALTHY if found else Exit.OK


def look(layout: Layout, names: Sequence[str], now: datetime) -> ArchiveHistory:
    """What is known of the sites. Raises ArchiveError."""
    from crawler.health.whole import gather
    from crawler.settings import GAZETTE_MIN_FREE

    return gather(layout, names, now, GAZETTE_MIN_FREE)


def after_run(layout: Layout) -> None:
    """Judge and tell, behind a run of the crawler; what goes wrong with it is told and changes nothing."""
    now = datetime.now(UTC)
    try:
        _told(layout, look(layout, (), now), now)
    except ArchiveError as error:
        click.echo(f"gazette: no notices: {one_line(str(error))}", err=True)


def _judged(known: ArchiveHistory, now: datetime) -> list[Trouble]:
    from crawler.health.judge import judge_all

    return judge_all(known, now)


def _told(layout: Layout, known: ArchiveHistory, now: datetime) -> list[Trouble]:
    from crawler.notices.send import tell
    from crawler.notices.settings import channels

    found, wrong = tell(layout, known, channels(layout), now)
    for error in wrong:
        click.echo(f"gazette: a notice waits for the next run: {one_line(error)}", err=True)
    return found


def _test(layout: Layout) -> int:
    from crawler.notices.nouns import NAMES
    from crawler.notices.send import test
    from crawler.notices.settings import channels

    ways = channels(layout)
    if not ways:
        click.echo(f"gazette: {layout.config}: has no [notices]; gazette help operation says how", err=True)
        return Exit.BAD_CONFIGURATION
    wrong = test(layout, ways)
    for error in wrong:
        click.echo(f"gazette: {one_line(error)}", err=True)
    if not wrong:
        click.echo(f"a test was sent by {', '.join(NAMES[type(way)] for way in ways)}")
    return Exit.FAILED if wrong else Exit.OK


def _row(trouble: Trouble) -> dict[str, str | None]:
    from crawler.health.advice import ADVICE

    return {
        "site": trouble.site or None,
        "cause": trouble.cause,
        "since": trouble.since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "what": trouble.what,
        "url": trouble.url,
        "said": trouble.said,
        "todo": ADVICE[trouble.cause],
    }


def _print(found: Sequence[Trouble], known: ArchiveHistory) -> None:
    from crawler.health.advice import ADVICE

    for trouble in found:
        since = f"{trouble.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        click.echo(click.style(f"{trouble.site or 'the archive'}: {trouble.cause}, since {since}", bold=True))
        click.echo(f"  {one_line(trouble.what)}")
        if trouble.url or trouble.said:
            click.echo(f"  {one_line(': '.join(part for part in (trouble.url, trouble.said) if part))}")
        click.echo(f"  to do: {ADVICE[trouble.cause]}\n")
    sick = {trouble.site for trouble in found}
    well = [history.site for history in known.sites if history.site not in sick and history.looks]
    new = [history.site for history in known.sites if history.site not in sick and not history.looks]
    if well:
        click.echo(f"well: {', '.join(well)}")
    if new:
        click.echo(f"never crawled: {', '.join(new)}")
    if not known.sites and not found:
        click.echo("no site yet; add one with: gazette add URL")
