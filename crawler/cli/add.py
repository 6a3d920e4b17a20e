"""``gazette add``: looks at a site and writes its file.

    URL -> robots.txt -> the page -> what they name -> sites/NAME.toml

The look goes past the recorder on purpose: it keeps nothing, and asks for two addresses only.
"""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

import click

from archive import urls
from archive.errors import ArchiveError, BadConfiguration
from crawler.cli.exits import Exit
from crawler.cli.options import Options

MAX_BYTES = 2 << 20
"""Of one answer. The head of a page and a robots.txt lie far below."""
MAX_SECONDS = 20.0
"""For one answer, so that a server that drips can't hold the command."""
_REDIRECTS = 5


class Refused(ArchiveError):
    """The site doesn't want to be crawled."""

    exit_code = Exit.REFUSED


@click.command("add")
@click.argument("url")
@click.option("--name", help="The site's name. Default: from its host.")
@click.option("--dry-run", is_flag=True, help="Print the file and write nothing.")
@click.pass_obj
def command(options: Options, url: str, name: str | None, dry_run: bool) -> None:
    """Look at a site and write sites/NAME.toml, with the feeds and sitemaps that it names.

    \b
    Example:
      gazette add http://127.0.0.1:8101/ --name hafenblatt
    """
    from crawler.session import user_agent
    from crawler.sites import NAME
    from crawler.survey import propose_name

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
    text = look(seed, user_agent(layout))
    if dry_run:
        click.echo(text, nl=False)
        return
    layout.sites.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"{path}: written; look it over, then: gazette crawl {name}")


def look(url: str, agent: str) -> str:
    """The text of a site file for ``url``. Raises ArchiveError when it can't be reached or says no."""
    from archive.warc.coding import content_codings, decode_body
    from crawler import robots, survey

    status, _, body, _ = _get(f"{urls.origin(url)}/robots.txt", agent)
    rules = robots.rules_of(status, body, robots.product_token(agent))
    if not rules.allows(url):
        raise Refused(f"{url}: not allowed to {robots.product_token(agent)}: {rules.reason}")
    status, coding, body, place = _get(url, agent)
    if status != 200:
        raise ArchiveError(f"{url}: the server answers {status}; give the address of a page that is there")
    head = survey.read_head(decode_body(body, content_codings(coding), MAX_BYTES), place)
    return survey.site_file(url, head, survey.sitemaps_of(rules, url), rules.delay)


def _get(url: str, agent: str) -> tuple[int, str | None, bytes, str]:
    """Status, Content-Encoding, body cut at MAX_BYTES, and the URL after redirects on the same host."""
    authority = urls.authority(url)
    for _ in range(_REDIRECTS):
        status, headers, body = _ask(url, agent)
        target = urls.join(url, headers.get("Location") or "") if 300 <= status < 400 else None
        if target is None:
            return status, headers.get("Content-Encoding"), body, url
        if urls.authority(target) != authority:
            raise ArchiveError(f"{url}: leads to {target}; add that address if it is the site")
        url = target
    raise ArchiveError(f"{url}: redirects more than {_REDIRECTS} times")


def _ask(url: str, agent: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    parts = urlsplit(url)
    name = urls.host(url) or ""
    if not urls.is_loopback(name):
        raise BadConfiguration(f"{url}: only sites on this machine (127.0.0.1, localhost) can be added yet")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(name.strip("[]"), parts.port, timeout=MAX_SECONDS)
    deadline = time.monotonic() + MAX_SECONDS
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": agent, "Accept-Encoding": "gzip, identity"})
        response = connection.getresponse()
        body = bytearray()
        while len(body) < MAX_BYTES and (part := response.read1(65_536)):
            body += part
            if time.monotonic() > deadline:
                raise ArchiveError(f"{url}: no whole answer within {MAX_SECONDS:g} s; try again later")
        return response.status, response.headers, bytes(body)
    except (OSError, http.client.HTTPException) as error:
        raise ArchiveError(f"{url}: can't be reached: {str(error) or type(error).__name__}") from None
    finally:
        connection.close()
