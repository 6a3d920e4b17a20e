"""``gazette add``: looks at a site, extracts some of its pages on trial, and writes its file.

    URL -> look (robots.txt, page, feeds, sitemaps, sections, trial) -> report -> sites/NAME.toml

The look goes past the recorder on purpose: nothing of it is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from archive import urls
from archive.errors import ArchiveError, BadConfiguration
from archive.layout import Layout
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line, table

if TYPE_CHECKING:
    from crawler.cli.ask import Asker
    from crawler.cli.look import Look, Tried
    from crawler.survey.marks import Wall

_WALLS = {
    "consent": (Exit.REFUSED, "a page that asks for consent"),
    "challenge": (Exit.REFUSED, "a test whether a person asks"),
    "shell": (Exit.FAILED, "an empty page that scripts would fill in a browser"),
}
_LONGEST = {"title": 46, "lead": 34, "authors": 24}
"""Characters of a cell, so that a line of the trial fits on a wide terminal."""


class Walled(ArchiveError):
    """The site gives a crawler nothing."""

    def __init__(self, url: str, wall: Wall) -> None:
        code, what = _WALLS[wall.kind]
        super().__init__(
            f"{url}: gives a crawler nothing but {what}: it {wall.evidence};"
            " no file was written (--force writes it all the same)"
        )
        self.exit_code = code


@click.command("add")
@click.argument("url")
@click.option("--name", help="The site's name. Default: from its host.")
@click.option(
    "--dry-run", is_flag=True, help="Print the file on stdout, the report on stderr; write nothing."
)
@click.option("--no-trial", is_flag=True, help="Extract no page on trial.")
@click.option("--force", is_flag=True, help="Write the file also when the site gives a crawler nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print all that was found as one JSON object.")
@click.pass_obj
def command(
    options: Options, url: str, name: str | None, dry_run: bool, no_trial: bool, force: bool, as_json: bool
) -> None:
    """Look at a site, extract a few of its pages on trial, and write sites/NAME.toml.

    It looks at robots.txt, feeds and sitemaps (where they are named, and at the usual places), the sections
    of the navigation, the language, and at marks of paywalls, consent layers and reserved rights. About
    thirty requests, one a second; robots.txt is obeyed.

    \b
    Example:
      gazette add http://127.0.0.1:8101/ --name hafenblatt
      gazette add http://127.0.0.1:8101/ --dry-run
    """
    from crawler.sites import NAME
    from crawler.survey.places import propose_name
    from crawler.survey.sitefile import site_file

    layout = options.layout()
    seed = urls.canonical(url)
    if seed is None:
        raise click.BadParameter(f"{url!r} is no http or https URL", param_hint="URL")
    name = name or propose_name(seed)
    if not NAME.fullmatch(name):
        raise click.BadParameter(f"{name!r}: a site's name is made of a-z, 0-9 and -", param_hint="--name")
    path = layout.sites / f"{name}.toml"
    if path.exists() and not dry_run:
        raise BadConfiguration(f"{path}: is there already; edit it, or choose another name with --name")
    found = _looked(layout, seed, name, trial=not no_trial)
    wall = found.proposal.wall
    writes = wall is None or force
    text = site_file(found.proposal)
    if writes and not dry_run:
        layout.sites.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    if as_json:
        emit(_as_json(found, name, text, str(path) if writes and not dry_run else None))
    elif writes:
        click.echo(_report(found, trial=not no_trial), err=dry_run)
    if wall is not None and not force:
        raise Walled(seed, wall)
    if dry_run and not as_json:
        click.echo(text, nl=False)
    elif not as_json:
        click.echo(f"\n{path}: written; look it over, then: gazette crawl {name}")


def _looked(layout: Layout, seed: str, name: str, *, trial: bool) -> Look:
    from archive.types import Site
    from crawler.cli.look import look
    from crawler.cli.trial import extractor
    from crawler.identity import may_start, user_agent

    # What a crawl of it would be refused for must be said before the first request, too.
    may_start(layout, [Site(name, seeds=(seed,), allow_private=True)])
    with (
        telling(asker_for(seed, user_agent(layout))) as asker,
        extractor() if trial else nullcontext() as extract,
    ):
        return look(seed, asker, extract)


def asker_for(seed: str, agent: str) -> Asker:
    """Who asks for the site of a URL: an address inside a network may be asked when the URL names it."""
    from crawler.cli.ask import Asker
    from crawler.handlers.guard import Reach, refusal

    name = (urls.host(seed) or "").strip("[]")
    closed = refusal(name, Reach.PUBLIC) is not None and refusal(name, Reach.PRIVATE) is None
    inside = urls.is_loopback(name) or closed
    return Asker(agent, frozenset({urls.authority(seed) or ""} if inside else ()))


@contextmanager
def telling(asker: Asker) -> Iterator[Asker]:
    """Shows where a person watches what is being asked for: a look takes half a minute on the open web."""
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("looking ...") as status:
            asker.told = lambda url: status.update(f"asking for {one_line(url)[:100]}")
            yield asker
    else:
        yield asker


def _report(found: Look, *, trial: bool) -> str:
    """What was found, for people."""
    proposal = found.proposal
    language = f"{proposal.language} ({'stated' if proposal.declared else 'told from its words'})"
    asks = f"asks for {proposal.delay:g} s between requests" if proposal.delay else "asks for no delay"
    lines = [
        ("site", proposal.title or "(no title)"),
        ("robots.txt", asks),
        ("language", language if proposal.language else "not known"),
        *_several("feeds", [f"{feed.url}  {feed.line}" for feed in proposal.feeds]),
        *_several("sitemaps", [f"{sitemap.url}  {sitemap.line}" for sitemap in proposal.sitemaps]),
        ("sections", ", ".join(section.name for section in proposal.sections) or "none"),
        *[("forbidden", f"{section.url} ({section.name}), by robots.txt") for section in proposal.forbidden],
        *[("paging", proposal.next_page) for _ in [0] if proposal.next_page],
        *[("calendar", f"{path} may have no end") for path in proposal.calendars],
        ("paywall", "; ".join(proposal.paywall) or "no mark of one"),
        ("consent", ", ".join(proposal.consent) or "no mark of a layer"),
        ("rights", "; ".join(proposal.rights) or "none stated"),
        *[("note", note) for note in proposal.notes],
    ]
    told = "\n".join(f"{f'{label}:' if label else '':<12}{one_line(text)}" for label, text in lines)
    return f"{told}\n\n{_trial(found.tried)}" if trial else told


def _several(label: str, lines: list[str]) -> list[tuple[str, str]]:
    return [(label, lines[0] if lines else "none")] + [("", line) for line in lines[1:]]


_HEAD = ("day", "kind", "words", "teasers", "title", "lead", "authors", "page")


def _trial(tried: tuple[Tried, ...]) -> str:
    """The table of the trial, a page a line."""
    if not tried:
        return "No page was tried: nothing looks like an article."
    origin = urls.origin(tried[0].url) or ""
    rows = [(*_row(page), page.url.removeprefix(origin)) for page in tried]
    articles = sum(page.article is not None and page.wall is None for page in tried)
    said = f"{articles} of {len(tried)} pages on trial give an article"
    if not articles:
        said += "; look at the pages before you crawl"
    return f"{said}:\n{table(_HEAD, rows)}"


def _row(page: Tried) -> tuple[object, ...]:
    from archive.types import Document, Failure

    found = page.outcome
    if page.wall is not None:
        return ("", page.wall.kind.value, None, None, f"it {page.wall.evidence}", "", "")
    if not isinstance(found, Document):
        problem = found.message if isinstance(found, Failure) else page.problem
        return ("", "nothing", None, None, problem, "", "")
    return (
        found.published.local_day if found.published else "",
        found.kind.value,
        len(found.text.split()),
        len(found.teasers),
        _cut("title", found.title),
        _cut("lead", found.lead),
        _cut("authors", ", ".join((*found.authors, *found.agencies))),
    )


def _cut(column: str, text: str | None) -> str:
    longest = _LONGEST[column]
    line = one_line(text or "")
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _as_json(found: Look, name: str, text: str, path: str | None) -> dict[str, Any]:
    """One object: the proposal's fields, the file's text, where it was written (None: it was not)."""
    from archive.extract.asjson import to_json

    proposal = found.proposal
    kept = (
        "id",
        "kind",
        "title",
        "lead",
        "text",
        "authors",
        "agencies",
        "date",
        "language",
        "teasers",
        "failure",
        "message",
    )
    tried = []
    for page in found.tried:
        outcome = to_json(page.outcome) if page.outcome is not None else {}
        tried.append(
            {
                "url": page.url,
                "wall": page.wall.kind.value if page.wall else None,
                "problem": page.problem,
                "paywall": list(page.paywall),
                **{key: value for key, value in outcome.items() if key in kept},
            }
        )
    return {
        "site": name,
        "written": path,
        "seed": proposal.seed,
        "title": proposal.title,
        "language": proposal.language,
        "language_stated": proposal.declared,
        "feeds": [feed.url for feed in proposal.feeds],
        "sitemaps": [sitemap.url for sitemap in proposal.sitemaps],
        "sections": [section.url for section in proposal.sections],
        "forbidden_sections": [section.url for section in proposal.forbidden],
        "next_page": proposal.next_page,
        "calendars": list(proposal.calendars),
        "robots_delay": proposal.delay,
        "paywall": list(proposal.paywall),
        "consent": list(proposal.consent),
        "rights": list(proposal.rights),
        "notes": list(proposal.notes),
        "wall": {"kind": proposal.wall.kind.value, "evidence": proposal.wall.evidence}
        if proposal.wall
        else None,
        "trial": tried,
        "requests": found.asked,
        "file": text,
    }
