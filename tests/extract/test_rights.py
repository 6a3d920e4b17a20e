"""What responses, pages and files of a site state about rights: parsed right, whatever is thrown at it."""

from __future__ import annotations

import json
import sqlite3
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.extract import dom, extract_html, extract_page, rights, rightsfiles
from archive.extract.rightsfiles import Pattern, governing, path_of, reserves
from archive.types import Capture, Document, Kind, Page, RecordRef, Signal

WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(signals: tuple[Signal, ...]) -> list[tuple[str | None, ...]]:
    return [(s.name, s.value, s.agent) for s in signals]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["noindex"], [("noindex", None, None)]),
        (["NoIndex,NOFOLLOW"], [("noindex", None, None), ("nofollow", None, None)]),
        (["index, follow", "all"], []),
        (["none"], [("noindex", "none", None), ("nofollow", "none", None)]),
        (["noindex nofollow"], [("noindex", None, None), ("nofollow", None, None)]),
        (["noindex; noarchive"], [("noindex", None, None), ("noarchive", None, None)]),
        # An agent is meant until the next one, and not in the next field.
        (["googlebot: nofollow"], [("nofollow", None, "googlebot")]),
        (
            ["BadBot: noindex, noarchive, other-bot: noai", "nosnippet"],
            [
                ("noindex", None, "badbot"),
                ("noarchive", None, "badbot"),
                ("noai", None, "other-bot"),
                ("nosnippet", None, None),
            ],
        ),
        (["*: noindex"], [("noindex", None, None)]),
        (
            ["googlebot: max-snippet: 20, max-image-preview:large"],
            [("max-snippet", "20", "googlebot"), ("max-image-preview", "large", "googlebot")],
        ),
        # Dates with colons and, as RFC 850 has them, a comma.
        (
            ["unavailable_after: 25 Jun 2010 15:00:00 PST"],
            [("unavailable_after", "25 Jun 2010 15:00:00 PST", None)],
        ),
        (
            ["unavailable_after: Friday, 25-Jun-10 15:00:00 PST, noindex"],
            [("unavailable_after", "Friday, 25-Jun-10 15:00:00 PST", None), ("noindex", None, None)],
        ),
        (["", ",,;", ":", "ä: ö", "\x00"], []),
    ],
)
def test_x_robots_tag(values: list[str], expected: list[tuple[str | None, ...]]) -> None:
    assert said(rights.of_headers(tuple(("X-ROBOTS-Tag", value) for value in values))) == expected


def test_other_headers() -> None:
    headers = (
        ("TDM-Reservation", " 1 "),
        ("tdm-policy", "https://x.example/p"),
        ("Content-Usage", "train-ai=n"),
    )
    assert [(s.name, s.value, s.source) for s in rights.of_headers(headers)] == [
        ("tdm-reservation", "1", "header"),
        ("tdm-policy", "https://x.example/p", "header"),
        ("train-ai", "n", "header"),
    ]


HEAD = """
<meta name="Robots" content="noarchive, max-image-preview:large">
<meta name="googlebot-news" content="none">
<meta name="gazette" content="nofollow">
<meta name="GPT" content="noindex, noarchive">
<meta name="msapplication-config" content="none"><meta name="distribution" content="all">
<meta name="description" content="noindex ist ein Wort"><meta name="viewport" content="width=device-width">
<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://x.example/p.json">
<meta name="copyright" content=" Verlag
 GmbH "><link rel="nofollow License" href="/lizenz"><link rel="stylesheet" href="/a.css">
"""


def test_meta_and_link_elements() -> None:
    html = f"<!DOCTYPE html><html><head>{HEAD}</head><body><p>Der Rat hat beraten.</p></body></html>"
    tree = dom.parse(html)
    expected = [
        Signal("noarchive", None, "meta"),
        Signal("max-image-preview", "large", "meta"),
        Signal("noindex", "none", "meta", "googlebot-news"),
        Signal("nofollow", "none", "meta", "googlebot-news"),
        Signal("nofollow", None, "meta", "gazette"),
        Signal("noindex", None, "meta", "gpt"),
        Signal("noarchive", None, "meta", "gpt"),
        Signal("tdm-reservation", "1", "meta"),
        Signal("tdm-policy", "https://x.example/p.json", "meta"),
        Signal("copyright", "Verlag GmbH", "meta"),
        Signal("license", "http://x.example/lizenz", "link"),
    ]
    assert list(rights.of_tree(tree, "http://x.example/a")) == expected
    # Who has no tree of the page finds the same; a page may call the crawler by its owner's own name.
    assert list(rights.of_html(html.encode(), "text/html", "http://x.example/a")) == expected
    named = html.replace("gazette", "heimatarchiv").replace('nofollow">', 'all, none">', 1).encode()
    ours = rights.of_html(named, "text/html", "http://x.example/a", ["HeimatArchiv"])
    assert Signal("noindex", "none", "meta", "heimatarchiv") in ours


def test_a_document_has_what_headers_page_and_json_ld_state_in_this_order() -> None:
    data = {"@type": "NewsArticle", "headline": "Der Titel", "license": {"url": "https://l.example/"}}
    data["copyrightHolder"] = [{"@type": "Organization", "name": "Verlag"}]
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    head = f"<head><title>Der Titel</title><meta name=robots content=noindex>{script}</head>"
    html = f"<html>{head}<body><h1>Der Titel</h1><p>Text.</p></body></html>"
    headers = (("X-Robots-Tag", "noarchive"), ("Content-Type", "text/html"))
    document = extract_page(page("http://x.example/a", html.encode(), headers))
    assert isinstance(document, Document)
    assert [(s.name, s.source) for s in document.rights] == [
        ("noarchive", "header"),
        ("noindex", "meta"),
        ("license", "json-ld"),
        ("copyright", "json-ld"),
    ]
    assert document.rights[2].value == "https://l.example/"
    pdf = extract_page(page("http://x.example/a.pdf", b"%PDF-1.7", (("x-robots-tag", "noindex"),)))
    assert isinstance(pdf, Document)
    assert said(pdf.rights) == [("noindex", None, None)]
    plain = extract_html(html.encode(), "http://x.example/a")
    assert isinstance(plain, Document)
    assert [s.source for s in plain.rights] == ["meta", "json-ld", "json-ld"]


def page(url: str, body: bytes, headers: tuple[tuple[str, str], ...]) -> Page:
    return Page(Capture("id", RecordRef("a.warc.gz", 0, 1), url, WHEN, 200, None, None), headers, body)


# --- the files of a site ---


def test_tdmrep_json_as_in_the_report() -> None:
    """The example of the final report: the first rule that matches counts."""
    body = b"""[{"location": "/directory-a/", "tdm-reservation": 1},
        {"location": "/directory-b/html/", "tdm-reservation": "1", "tdm-policy": "https://p.example/policy.json"},
        {"location": "/directory-b/images/*.jpg", "tdm-reservation": 0},
        {"location": "/directory-b/", "tdm-reservation": true}]"""
    found = rightsfiles.read("tdmrep.json", b"\xef\xbb\xbf" + body)
    assert [(s.name, s.value, s.applies_to) for s in found][1:3] == [
        ("tdm-reservation", "1", "/directory-b/html/"),
        ("tdm-policy", "https://p.example/policy.json", "/directory-b/html/"),
    ]
    assert reserved(found, "http://x.example/directory-a/a.pdf") is True
    assert reserved(found, "http://x.example/directory-b/images/1.jpg") is False
    assert reserved(found, "http://x.example/directory-b/images/1.jpg?w=2") is False
    assert reserved(found, "http://x.example/directory-b/images/1.png") is True
    assert reserved(found, "http://x.example/directory-c/") is None


def reserved(found: tuple[Signal, ...], url: str, agent: str = "gazette") -> bool | None:
    rule = governing([(Pattern.of(s), s) for s in found if s.applies_to is not None], url, agent)
    return None if rule is None else reserves(rule)


def test_ai_txt() -> None:
    body = b"""# Spawning AI
User-Agent: *
Disallow: *.jpg
Disallow: /intern/
Allow: /intern/frei
Disallow:
Was: das

User-agent: OtherBot
User-Agent: Gazette # wir
Disallow: /nur-uns
"""
    found = rightsfiles.read("ai.txt", body)
    assert {s.agent for s in found} == {None, "otherbot", "gazette"}
    assert reserved(found, "http://x.example/a.jpg?w=1", "someone") is True
    assert reserved(found, "http://x.example/a.jpg.html", "someone") is None
    assert reserved(found, "http://x.example/intern/a", "someone") is True
    assert reserved(found, "http://x.example/intern/frei/a", "someone") is False
    # Who is named has only the rules of its own group (RFC 9309, 2.2.1).
    assert reserved(found, "http://x.example/intern/a", "Gazette") is None
    assert reserved(found, "http://x.example/nur-uns", "Gazette") is True
    every = rightsfiles.read("ai.txt", b"User-Agent: *\nDisallow: /\nDisallow: *\n")
    assert reserved(every, "http://x.example/a.html") is True
    # As long a rule that allows goes first.
    assert reserved(rightsfiles.read("ai.txt", b"Disallow: /a\nAllow: /a"), "http://x.example/a") is False


def test_usage_lines_in_robots_txt() -> None:
    body = b"""User-agent: *
Content-Signal: ai-train=no, search=yes
Content-Usage: /archiv/ train-ai=n
Disallow: /intern/
User-agent: GPTBot
Content-signal: ai-input=no
"""
    found = rightsfiles.read("robots.txt", body)
    assert [(s.name, s.value, s.agent, s.applies_to) for s in found] == [
        ("ai-train", "no", None, None),
        ("search", "yes", None, None),
        ("train-ai", "n", None, "/archiv/"),
        ("ai-input", "no", "gptbot", None),
    ]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/", "/a", True),
        ("/a", "/ab", True),
        ("/a$", "/ab", False),
        ("/a$", "/a", True),
        ("/a*c", "/abbbcd", True),
        ("/a*c$", "/abbbcd", False),
        ("/*.pdf$", "/a/b.pdf", True),
        ("*", "/", True),
        ("*b*", "/abc", True),
        ("/a*a$", "/a", False),
        ("a/", "/a/b", True),
        ("https://x.example/a/", "/a/b", True),
        ("/A", "/a", False),
        ("/%7Ea", "/~a", True),
        ("/~a", "/%7ea", True),
        ("/ä", "/%C3%A4", True),
        ("/a%2Fb", "/a/b", False),
        ("/foo-%24", "/foo-%24", True),
        ("/a[bc]?d", "/a[bc]?d", True),
        ("/a[bc]?d", "/abxd", False),
        ("/a.b", "/axb", False),
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    compiled = Pattern.of(Signal("tdm-reservation", "1", "tdmrep.json", None, pattern))
    normal = path_of("http://x.example" + path)
    assert compiled.matches(normal) is expected
    found = sqlite3.connect(":memory:").execute("SELECT ? GLOB ?", (normal, compiled.glob())).fetchone()
    assert bool(found[0]) is expected


@given(st.text("ab/*$?[].^-", max_size=12), st.text("ab/?[].^-", max_size=12))
def test_glob_means_the_same_as_the_pattern(pattern: str, rest: str) -> None:
    compiled = Pattern.of(Signal("tdm-reservation", "1", "tdmrep.json", None, pattern))
    path = path_of("http://x.example/" + rest)
    found = sqlite3.connect(":memory:").execute("SELECT ? GLOB ?", (path, compiled.glob())).fetchone()
    assert compiled.matches(path) is bool(found[0])


# --- what nobody writes who means well ---

NESTED = b"[" * 500_000
HOSTILE_JSON = {
    "empty": b"",
    "binary": bytes(range(256)) * 100,
    "cut": b'[{"location": "/", "tdm-res',
    "nested": NESTED,
    "nested objects": b'{"a":' * 100_000,
    "text": b'"location"',
    "number": b"9" * 10_000,
    "ten megabytes": b"[" + b'{"location": "/", "tdm-reservation": 1},' * 250_000 + b"{}]",
    "not rules": b'[1, null, [], {"location": 1}, {"location": "/"}]',
}


@pytest.mark.parametrize("body", HOSTILE_JSON.values(), ids=HOSTILE_JSON)
def test_a_tdmrep_json_that_is_none_is_recorded_as_unreadable(body: bytes) -> None:
    found = rightsfiles.read("tdmrep.json", body)
    assert found
    assert {s.name for s in found} == {"unreadable"}
    assert all(s.value and s.source == "tdmrep.json" and s.applies_to is None for s in found)


def test_rules_beyond_the_limit_are_left_out_and_that_is_said() -> None:
    rules = [{"location": f"/{n}", "tdm-reservation": 1} for n in range(3_000)]
    found = rightsfiles.read("tdmrep.json", json.dumps(rules).encode())
    assert len(found) == rightsfiles.MAX_RULES + 1
    assert found[-1] == Signal("unreadable", "more than 2000 rules", "tdmrep.json")
    lines = b"User-agent: a\n" * 1_000 + b"Disallow: /x\n" * 50_000
    assert len(rightsfiles.read("ai.txt", lines)) == rightsfiles.MAX_RULES + 1


def test_odd_rules() -> None:
    body = json.dumps(
        [
            {"location": "/\ud800\x00", "tdm-reservation": 2},
            {"location": "", "tdm-reservation": [1]},
            {"location": "/" + "a" * 9_000, "tdm-reservation": 1, "tdm-policy": 7},
        ]
    ).encode()
    found = rightsfiles.read("tdmrep.json", body)
    assert [(s.value, len(s.applies_to or "")) for s in found] == [("2", 3), ("no number", 0), ("1", 500)]
    # Other values than 0 and 1 are errors of protocol, and reserve nothing.
    assert not any(reserves(s) for s in found[:2])
    assert all(isinstance(Pattern.of(s).glob(), str) for s in found)


def test_a_page_of_html_instead_of_a_file_says_nothing() -> None:
    for name in ("tdmrep.json", "ai.txt", "robots.txt"):
        assert rightsfiles.read(name, b"\r\n<!DOCTYPE html><p>User-agent: *</p>\nDisallow: /") == ()
    url = "http://x.example/ai.txt"
    document = extract_page(page(url, b"<!doctype html><title>Weg</title>", (("Content-Type", "text/html"),)))
    assert isinstance(document, Document)
    assert (document.kind, document.rights) == (Kind.OTHER, ())


def test_patterns_that_blow_up_regular_expressions_are_compared_in_linear_time() -> None:
    """Measured against the same work on a harmless pattern, so that a slow machine changes nothing."""
    path = "/" + "a" * 8_000

    def spent(pattern: str) -> float:
        compiled = Pattern.of(Signal("disallow", None, "ai.txt", None, pattern))
        begun = time.process_time()
        for _ in range(50):
            assert not compiled.matches(path)
        return time.process_time() - begun

    assert spent("/" + "*a" * 240 + "*b") < 1_000 * max(spent("/*b"), 1e-4)
    glob = Pattern.of(Signal("disallow", None, "ai.txt", None, "/" + "*a" * 240 + "*b")).glob()
    assert sqlite3.connect(":memory:").execute("SELECT ? GLOB ?", (path, glob)).fetchone() == (0,)


@given(st.binary(max_size=400))
def test_no_body_makes_a_file_fail(body: bytes) -> None:
    for name in ("tdmrep.json", "ai.txt", "robots.txt"):
        for signal in rightsfiles.read(name, body):
            assert signal.source == name


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=60)), max_size=5))
def test_no_header_makes_it_fail(pairs: list[tuple[str, str]]) -> None:
    named = ("X-Robots-Tag", "tdm-reservation", "Content-Usage")
    headers = tuple((name, value) for _, value in pairs for name in named) + tuple(pairs)
    for signal in rights.of_headers(headers):
        assert signal.source == "header"
        assert signal.value is None or 0 < len(signal.value) <= 500


def test_endless_statements_are_bounded() -> None:
    headers = (("X-Robots-Tag", "noindex," * 100_000),) * 50
    assert len(rights.of_headers(headers)) == rights.MAX_SIGNALS
    html = b"<html><head>" + b'<meta name="robots" content="noindex,nofollow">' * 20_000
    assert len(rights.of_html(html, "text/html", "http://x.example/")) == rights.MAX_SIGNALS
    assert rights.of_html(b"\x00\x01\x02" * 1_000, "text/html", "http://x.example/") == ()
