"""Make a test directory out of a page: page.html, expected.json, meta.json.

    scripts/add_page FILE NAME --url URL            a page that was saved
    scripts/add_page http://127.0.0.1:8000/x NAME   a page of a server on this machine
    scripts/add_page a.warc.gz@251752 NAME --archive DIR   a record, as `gazette show` and errors name it

expected.json holds what the extractor finds now: correct it by hand until it says what is right, and take
out the fields that the page is not about. A page of somebody else is not yours to publish: keep its shape
and write your own words into it. An existing directory is never overwritten.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError

from archive import urls
from archive.errors import ArchiveError
from archive.extract import extract_html
from archive.extract.asjson import to_json
from archive.warc.reader import CaptureWalk, read_page

PAGES = Path(__file__).resolve().parent.parent / "tests" / "extract" / "pages"
_FIELDS = ("kind", "title", "kicker", "lead", "authors", "agencies", "date", "language", "text")
_RECORD = re.compile(r"(?P<warc>[^/@]+)@(?P<offset>\d+)")
_LARGEST = 10_000_000
_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A page with where it came from."""

    html: bytes
    url: str
    captured_at: datetime | None  # None: nobody knows
    source: str  # what was given: a file's name, a URL, a record


def from_file(path: Path, url: str | None) -> Found:
    """A saved page. Raises ValueError without its URL, OSError when it can't be read."""
    if not url:
        raise ValueError(f"{path}: add --url URL, the address that the page had")
    return Found(path.read_bytes(), url, None, path.name)


def from_server(url: str) -> Found:
    """A page of a server on this machine. Raises ValueError for any other host."""
    if not urls.is_loopback(urls.host(url) or ""):
        raise ValueError(
            f"{url}: only pages of this machine (127.0.0.1, localhost) are fetched; save it first"
        )
    # No proxy: it would be another machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=_TIMEOUT_S) as answer:
        html = answer.read(_LARGEST + 1)
    if len(html) > _LARGEST:
        raise ValueError(f"{url}: more than {_LARGEST // 1_000_000} MB; that is no page to keep as a test")
    return Found(html, url, datetime.now(UTC).replace(microsecond=0), url)


def from_record(archive: Path, warc: str, offset: int) -> Found:
    """The page of a stored record. Raises ValueError when there is none at that place."""
    directory = archive / "warc"
    path = next((p for p in (directory / warc, directory / f"{warc}.open") if p.is_file()), None)
    if path is None:
        raise ValueError(f"{directory / warc}: no such file; name one that lies in the archive's warc/")
    entry = next(iter(CaptureWalk(path, warc, offset)), None)
    if entry is None or entry.capture.ref.offset != offset:
        raise ValueError(
            f"{warc}@{offset}: no record of a page begins there; take the place from `gazette why`"
        )
    page = read_page(directory, entry.capture)
    return Found(page.body, entry.capture.url, entry.capture.captured_at, str(entry.capture.ref))


def expected(found: Found) -> dict[str, object]:
    """What the extractor says of the page now. Raises ValueError when it can't read it."""
    outcome = to_json(extract_html(found.html, found.url, found.captured_at))
    if "failure" in outcome:
        raise ValueError(f"{found.source}: {outcome['failure']}: {outcome['message']}")
    return {
        "url": found.url,
        **{field: outcome[field] for field in _FIELDS},
        "teasers": [teaser["headline"] for teaser in outcome["teasers"]],
    }


def write(found: Found, directory: Path) -> None:
    """The three files of a test directory. Raises FileExistsError when it is there already."""
    answer = expected(found)
    directory.mkdir(parents=True)
    stamp = found.captured_at.isoformat().replace("+00:00", "Z") if found.captured_at else None
    meta = {"url": found.url, "captured_at": stamp, "source": found.source}
    (directory / "page.html").write_bytes(found.html)
    for name, content in (("expected", answer), ("meta", meta)):
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (directory / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 when the directory is there, 2 when it refuses, with one line that says why."""
    options = _options().parse_args(arguments)
    directory: Path = options.into / options.name
    try:
        if not re.fullmatch(r"[a-z0-9_]+", options.name):
            raise ValueError(f"{options.name}: name it in small letters, digits and _, by what it shows")
        if directory.exists():
            raise ValueError(f"{directory}: is there already; take another name or remove it")
        write(_found(options), directory)
    except (ArchiveError, URLError, OSError, ValueError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    print(f"{directory}: now correct expected.json, then: scripts/test tests/extract -k {options.name}")
    return 0


def _found(options: argparse.Namespace) -> Found:
    if options.source.startswith(("http://", "https://")):
        return from_server(options.source)
    record = _RECORD.fullmatch(options.source)
    if record and (options.archive or not Path(options.source).exists()):
        if options.archive is None:
            raise ValueError(f"{options.source}: add --archive DIR, the archive that holds the record")
        return from_record(options.archive, record["warc"], int(record["offset"]))
    return from_file(Path(options.source), options.url)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", metavar="URL|RECORD|FILE")
    parser.add_argument("name", metavar="NAME", help="of the directory: what the page shows")
    parser.add_argument("--url", help="the address of a page from a file")
    parser.add_argument("--archive", type=Path, metavar="DIR", help="the archive that holds the record")
    parser.add_argument("--into", type=Path, default=PAGES, metavar="DIR", help="where tests' pages lie")
    return parser


if __name__ == "__main__":
    sys.exit(main())
