"""Serves the pages of an evaluation corpus on loopback, each under its own path and query.

    records -> by host -> one port per host -> there: the pages, a sitemap of them, a robots.txt

A page is known by the canonical form of the URL under which it is served, because that is what a crawler
asks for: tracking parameters and fragments fall away, and records that become one by it get a parameter more.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from archive.errors import ArchiveError, BadConfiguration
from archive.layout import open_archive
from archive.urls import canonical, host, surt
from crawler.samples.edition import esc
from crawler.samples.loopback import App, Loopback, OnLoopback, Resource
from crawler.samples.machine import SITEMAP, XML

MARK = "# Written by scripts/serve_pages: its ports are new ones at each start.\n"


@dataclass(frozen=True, slots=True)
class Record:
    """One page of the corpus."""

    id: str
    url: str  # where it stood on the web
    html: Path  # plain or gzipped bytes


def read_records(path: Path) -> list[Record]:
    """The records of a JSON lines file. Raises BadConfiguration with the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"{path}: can't be read: {error}; give a file of JSON lines") from None
    records = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            record = Record(str(raw["id"]), str(raw["url"]), path.parent / raw["html"])
        except (ValueError, KeyError, TypeError) as error:
            raise BadConfiguration(f"{path}:{number}: no record with id, url and html ({error!r})") from None
        if host(record.url) is None:
            raise BadConfiguration(f"{path}:{number}: {record.url!r} is no http(s) URL")
        if not record.html.is_file():
            raise BadConfiguration(f"{path}:{number}: the page {record.html} is missing")
        records.append(record)
    return records


def site_names(hosts: Sequence[str]) -> dict[str, str]:
    """A name of ``[a-z0-9-]`` for each host; two hosts never share one."""
    names: dict[str, str] = {}
    for each in hosts:
        stem = re.sub(r"[^a-z0-9]+", "-", each.lower()).strip("-") or "site"
        name, number = stem, 2
        while name in names.values():
            name, number = f"{stem}-{number}", number + 1
        names[each] = name
    return names


def served_urls(base: str, records: Sequence[Record]) -> dict[str, Record]:
    """The canonical URL under a base at which each record of one host is served.

    No two are alike, neither as they stand nor as sort keys, which know no case and no order of parameters.
    """
    taken: set[str] = set()
    served: dict[str, Record] = {}
    for record in records:
        for url in _candidates(base, record.url):
            if surt(url) not in taken:
                break
        taken.add(surt(url))
        served[url] = record
    return served


def _candidates(base: str, url: str) -> Iterator[str]:
    parts = urlsplit(canonical(url) or url)
    path = parts.path or "/"
    if path in ("/robots.txt", "/sitemap.xml"):
        path += "/"
    plain = base + path + (f"?{parts.query}" if parts.query else "")
    yield canonical(plain) or plain
    number = 2
    while True:
        made = f"{plain}{'&' if parts.query else '?'}record={number}"
        yield canonical(made) or made
        number += 1


class CorpusServer(OnLoopback):
    """The pages of a corpus on 127.0.0.1, from ``with`` to its end.

    Raises BadConfiguration for a bad file.
    """

    def __init__(self, path: Path) -> None:
        by_host: dict[str, list[Record]] = {}
        for record in read_records(path):
            by_host.setdefault(host(record.url) or "", []).append(record)
        names = site_names(list(by_host))
        self._loopback = Loopback(dict.fromkeys(names.values(), 0))
        self.titles = {name: each for each, name in names.items()}  # site name -> host on the web
        self.base_urls = self._loopback.base_urls  # by site name
        self._served = {n: served_urls(self.base_urls[n], by_host[each]) for each, n in names.items()}

    def _apps(self) -> dict[str, App]:
        return {name: self._app(name) for name in self._served}

    @property
    def urls(self) -> list[tuple[str, str]]:
        """Id and served URL of every record, in the order of the corpus within each host."""
        return [(record.id, url) for served in self._served.values() for url, record in served.items()]

    def _app(self, name: str) -> App:
        base, served = self.base_urls[name], self._served[name]
        locations = "".join(f"<url><loc>{esc(url)}</loc></url>\n" for url in served)
        sitemap = f'{XML}<urlset xmlns="{SITEMAP}">\n{locations}</urlset>\n'.encode()
        robots = f"User-agent: *\nDisallow:\n\nSitemap: {base}/sitemap.xml\n".encode()

        def answer(target: str) -> Resource:
            if target == "/robots.txt":
                return Resource(robots, "text/plain")
            if target == "/sitemap.xml":
                return Resource(sitemap, "application/xml")
            record = served.get(canonical(base + target) or "")
            if record is None:
                return Resource(b"<html><body>Not part of the corpus.</body></html>", "text/html", 404)
            raw = record.html.read_bytes()
            # No charset in the header: none was kept with the pages, and a wrong one would spoil them.
            return Resource(gzip.decompress(raw) if record.html.suffix == ".gz" else raw, "text/html")

        return answer

    def write_sites(self, root: Path) -> int:
        """Writes a site file per host into an archive; returns how many.

        Raises NoArchive, and BadConfiguration where a file of somebody else stands in the way.
        """
        layout = open_archive(root)
        layout.sites.mkdir(exist_ok=True)
        for name, base in self.base_urls.items():
            path = layout.sites / f"{name}.toml"
            if path.exists() and not path.read_text(encoding="utf-8").startswith(MARK):
                raise BadConfiguration(
                    f"{path}: not written by this script; move it away or take another archive"
                )
            path.write_text(
                f"{MARK}title = {json.dumps(self.titles[name])}\n"
                f"sitemaps = [{json.dumps(base + '/sitemap.xml')}]\n"
                "# The pages point to the web: nothing beyond the sitemap.\nfollow = false\ndelay = 0\n"
                "allow_private = true\n",
                encoding="utf-8",
            )
        return len(self.base_urls)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until Ctrl-C; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="scripts/serve_pages",
        description="Serves the pages of an evaluation corpus on loopback until Ctrl-C.",
    )
    parser.add_argument("pages", type=Path, help="JSON lines with id, url and html (a file, .gz or plain)")
    parser.add_argument("--archive", type=Path, help="an archive that gets a site file per host")
    parser.add_argument("--map", type=Path, help="a file that gets JSON lines of id and served url")
    options = parser.parse_args(arguments)
    try:
        server = CorpusServer(options.pages)
        with server:
            if options.map:
                lines = [json.dumps({"id": each, "url": url}) + "\n" for each, url in server.urls]
                options.map.write_text("".join(lines), encoding="utf-8")
            if options.archive:
                count = server.write_sites(options.archive)
                _say(f"{count} site files written to {options.archive / 'sites'}")
            _say(f"{len(server.urls)} pages on {len(server.base_urls)} ports of 127.0.0.1. Ctrl-C ends it.")
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except ArchiveError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}; nothing is served\n")
        return 9
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
