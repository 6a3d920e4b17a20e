"""What is no article, what can't be read, and that nothing but the page decides."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import pytest

from archive.extract import extract_html, extract_page, extractor_key
from archive.types import Failure, FailureKind, Kind
from archive.urls import document_id
from tests.extract.support import LEAD, PARAGRAPHS, TITLE, URL, article, html, page, read

RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Talkurier</title><language>de</language>
<item><title>Erste Meldung</title><link>/a-1</link><description>Kurz &amp;amp; gut</description></item>
<item><title>Zweite Meldung</title><link>/a-2</link></item></channel></rss>"""


@pytest.mark.parametrize(
    ("body", "content_type", "url"),
    [
        (b"%PDF-1.7 ...", "application/pdf", URL),
        (b"%PDF-1.7 ...", "text/html", URL),
        (b"\x89PNG\r\n\x1a\n", "image/png", URL),
        (b"User-agent: *\nDisallow: /x\n", "text/plain", "https://www.talkurier.example/robots.txt"),
        (b'<?xml version="1.0"?><urlset><url><loc>/a</loc></url></urlset>', "application/xml", URL),
        (b'{"a": 1}', "application/json", URL),
        (b"body { color: red }", "text/css", URL),
        (b"", "image/gif", URL),
    ],
)
def test_other_things_are_documents_of_kind_other(body: bytes, content_type: str, url: str) -> None:
    found = read(extract_page(page(body, content_type, url)))
    assert (found.kind, found.text, found.blocks) == (Kind.OTHER, "", ())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FailureKind.EMPTY),
        (b" \n\t ", FailureKind.EMPTY),
        (b"just words, and no markup", FailureKind.NOT_HTML),
        (b"<a>" * 200_000, FailureKind.TOO_LARGE),
    ],
)
def test_failures_have_a_kind(body: bytes, kind: FailureKind) -> None:
    found = extract_html(body, URL)
    assert isinstance(found, Failure)
    assert (found.kind, found.extractor) == (kind, extractor_key())
    assert "\n" not in found.message


def test_a_feed_is_a_section_whose_items_are_its_teasers() -> None:
    found = read(extract_page(page(RSS, "application/rss+xml", "https://www.talkurier.example/feed")))
    assert (found.kind, found.title, found.text) == (Kind.SECTION, "Talkurier", "")
    assert [(t.headline, t.text, t.url, t.position, t.evidence) for t in found.teasers] == [
        ("Erste Meldung", "Kurz & gut", "https://www.talkurier.example/a-1", 0, "feed"),
        ("Zweite Meldung", "", "https://www.talkurier.example/a-2", 1, "feed"),
    ]


@pytest.mark.parametrize(
    "reference", ["&#12;", "&#8;", "&#27;", "&#xFFFE;", "&#0;", "\x0c", "\x00", "&#xD800;"]
)
def test_control_characters_cost_nothing_but_themselves(reference: str) -> None:
    found = read(extract_html(article().replace(b"Beratung", f"Bera{reference}tung".encode()), URL))
    assert found.kind is Kind.ARTICLE
    assert PARAGRAPHS[3] in found.text


@pytest.mark.parametrize("depth", [100, 260, 1000])
def test_deep_nesting_loses_no_text(depth: int) -> None:
    text = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    found = read(extract_html(html(f"<h1>{TITLE}</h1>{'<div>' * depth}{text}{'</div>' * depth}"), URL))
    assert found.text == "\n".join(PARAGRAPHS)


def test_a_lead_outside_of_the_text_is_found_by_the_description() -> None:
    before = f"<header><p>{LEAD}</p></header>"
    found = read(
        extract_html(article(before=before, head=f'<meta name=description content="{LEAD[:80]} …">'), URL)
    )
    assert found.lead == LEAD
    assert found.text == "\n".join([LEAD, *PARAGRAPHS])


def test_a_lead_that_opens_the_text_stands_once() -> None:
    head = f'<meta property="og:description" content="{PARAGRAPHS[0]}">'
    found = read(extract_html(article(head=head), URL))
    assert found.lead == PARAGRAPHS[0]
    assert found.text == "\n".join(PARAGRAPHS)


def test_identity_and_digest() -> None:
    body = article()
    found = read(extract_page(page(body)))
    assert found.id == document_id(URL, found.content_digest)
    assert found.content_digest.startswith("sha256:")
    assert found.extractor == extractor_key()
    assert extractor_key().startswith("gazette-")


_PRINT = """
import json, sys
from archive.extract import extract_html
from archive.extract.asjson import to_json
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        found = extract_html(file.read(), "https://www.talkurier.example/x/y-z-a-1")
    print(json.dumps(to_json(found), sort_keys=True))
"""


def _python(code: str, *arguments: str, root: Path, environment: dict[str, str] | None = None) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=True, text=True)
    return done.stdout


def test_no_clock_zone_or_hash_seed_changes_an_outcome(pytestconfig: pytest.Config) -> None:
    pages = sorted(str(p) for p in (pytestconfig.rootpath / "tests/extract/pages").glob("*/page.html"))
    seen = set()
    for seed, zone in (("0", "UTC"), ("1", "Pacific/Kiritimati"), ("77", "America/Los_Angeles")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        seen.add(_python(_PRINT, *pages, root=pytestconfig.rootpath, environment=environment))
    assert len(seen) == 1
    assert seen.pop().count("\n") == len(pages) > 0


GUESSES = (
    "vor 2 Tagen veröffentlicht",
    "Stand: 3. März 24, 14:30 Uhr",
    "Heute, 14:30 Uhr",
    "Montag, 12. Mai, 9 Uhr",
    "zuletzt geändert 12/05/24",
)


@pytest.mark.parametrize("line", GUESSES)
def test_no_guess_at_a_date_asks_the_clock(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import htmldate.extractors
    import htmldate.meta
    import htmldate.validators

    class AnyDatetime(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class Clock(datetime, metaclass=AnyDatetime):
        year_now = 2024

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return cls(cls.year_now, 6, 1, tzinfo=tz)

    def refuse() -> None:
        raise AssertionError("dateparser reads two-digit years and relative dates by today's date")

    monkeypatch.setattr(htmldate.extractors, "get_external_parser", refuse)
    monkeypatch.setattr(htmldate.validators, "datetime", Clock)
    for captured in (None, datetime(2024, 6, 1, tzinfo=UTC), datetime(2031, 6, 1, tzinfo=UTC)):
        body = article(before=f'<p class="date">{line}</p>')
        seen = []
        for year in (1999, 2024, 2061):
            monkeypatch.setattr(Clock, "year_now", year)
            htmldate.meta.reset_caches()
            seen.append(read(extract_html(body, URL, captured)).published)
        assert seen[0] == seen[1] == seen[2]


def test_thousands_of_attributes_take_no_minutes() -> None:
    many = " ".join(f"a{number}=1" for number in range(21_000))
    found = read(extract_html(article(extra=f"<div {many}>x</div>"), URL))
    assert (found.kind, PARAGRAPHS[3] in found.text) == (Kind.ARTICLE, True)


def test_a_page_of_frames_is_no_failure() -> None:
    body = b"<html><head><title>Talkurier</title></head><frameset><frame src=a.html></frameset></html>"
    found = read(extract_html(body, "https://www.talkurier.example/"))
    assert (found.kind, found.title, found.text) == (Kind.OTHER, "Talkurier", "")


def test_feeds_and_sitemaps_never_load_trafilatura(pytestconfig: pytest.Config) -> None:
    code = (
        "import sys; from archive.extract import extractor_key, feeds, sitemaps; extractor_key(); "
        "print(sorted({'trafilatura', 'htmldate', 'justext', 'dateparser'} & set(sys.modules)))"
    )
    assert _python(code, root=pytestconfig.rootpath).strip() == "[]"


def test_nothing_reaches_for_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert read(extract_html(article(), "https://www.some-new-host.co.uk/a/b-c-d-1")).kind is Kind.ARTICLE
    assert read(extract_page(page(RSS, "application/rss+xml"))).kind is Kind.SECTION
