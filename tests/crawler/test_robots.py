"""robots.txt: who is meant, what is read, what it costs, and what follows from each answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.robots import MAX_BYTES, MAX_WILDCARDS, product_token, rules_of, tells, unreachable
from tests.crawler import robots_cases
from tests.crawler.robots_bombs import BOMBS, URLS

PLACE = "https://outlet.example"


def allowed(text: str | bytes, path: str, agent: str = "Gazette") -> bool:
    body = text.encode() if isinstance(text, str) else text
    return rules_of(200, body, agent).allows(PLACE + path)


@pytest.mark.parametrize(
    ("lines", "agent", "expected"),
    [
        ("User-agent: gazette\nDisallow: /", "Gazette", False),  # names have no case
        ("User-agent: Gazette Bot\nDisallow: /", "Gazette", False),  # and end at the first space,
        ("User-agent: Gazette/2.0\nDisallow: /", "Gazette", False),  # slash
        ("User-agent: Gazette2\nDisallow: /", "Gazette", False),  # or digit
        ("User-agent: Gaz\nDisallow: /", "Gazette", True),  # but count whole
        ("User-agent: *\nDisallow: /\nUser-agent: Gazette\nAllow: /", "Gazette", True),
        ("User-agent: *\nDisallow: /\nUser-agent: Gazette", "Gazette", True),  # its group is empty
        ("User-agent: Gazette\nColour: red\nUser-agent: *\nDisallow: /", "Gazette", False),  # one group
        ("User-agent: *\nCrawl-delay: 2\nUser-agent: Bad\nDisallow: /", "Gazette", True),
        ("User-agent: Gazette\nSitemap: /s\nUser-agent: *\nDisallow: /", "Gazette", False),
        ("User-agent: Gazette\nDisallow:\nUser-agent: *\nDisallow: /", "Gazette", True),  # two groups
        (
            "User-agent: Gazette\nAllow: /z\nUser-agent: B\nAllow: /\nUser-agent: Gazette\nDisallow: /",
            "Gazette",
            False,
        ),
        ("User-agent: * (all)\nDisallow: /", "Gazette", False),
        ("Disallow: /", "Gazette", True),  # nobody is meant
        ("user agent : *\ndisalow /", "Gazette", False),
        ("User-agent: *\nDisallow: /", "", False),
    ],
)
def test_whom_a_group_means(lines: str, agent: str, expected: bool) -> None:
    assert allowed(lines, "/x/y", agent) is expected


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /x",
        b"\xef\xbbUser-agent: *\nDisallow: /x",
        b"User-agent: *\rDisallow: /x\r",
        b"User-agent: *\r\n\r\nDisallow: /x # secret\r\n",
        b"U\0s\0e\0r\0-\0a\0g\0e\0n\0t\0:\0*\0\n\0D\0i\0s\0a\0l\0l\0o\0w\0:\0/\0x\0",
        "User-agent: *\nDisallow: /x".encode("utf-16"),
        "\ufeffUser-agent: *\nDisallow: /x".encode("utf-16-be"),
        b"<html>\nUser-agent: *\n<br>\nDisallow: /x\n<br>\n",
        b"User-agent: *\nDisallow: /x\nDisallow: /\xfcber",
    ],
)
def test_bytes_of_all_kinds_are_read(body: bytes) -> None:
    assert (allowed(body, "/x1"), allowed(body, "/y")) == (False, True)


def test_a_path_in_windows_1252_is_met_by_its_url() -> None:
    assert not allowed(b"User-agent: *\nDisallow: /K\xfcche", "/K%C3%BCche/1")


def test_a_line_separator_in_a_value_ends_no_line() -> None:
    assert allowed("User-agent: *\nDisallow: /a\u2028Disallow: /\x0bDisallow: /\x85Disallow: /", "/b")


def test_what_stands_beyond_500_kib_is_not_read() -> None:
    head = b"User-agent: *\nDisallow: /x\n"
    body = head + b"#" * (MAX_BYTES - len(head) - 1) + b"\nDisallow: /y\n"
    assert (allowed(body, "/x"), allowed(body, "/y")) == (False, True)


def test_robots_txt_is_no_exception_among_urls() -> None:
    assert not allowed("User-agent: *\nDisallow: /", "/robots.txt")
    assert not allowed("User-agent: *\nDisallow: /a/", "/a/robots.txt?b=/robots.txt")


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("Crawl-delay: 2.5", 2.5),
        ("Crawl-delay: 2,5", 2.5),
        ("crawl delay: 10s", 10.0),
        ("Crawl-delay: -3", 0.0),
        ("Crawl-delay: many", 0.0),
        ("Request-rate: 2/5", 2.5),
        ("Request-rate: 0/5", 0.0),
        ("Crawl-delay: 1\nCrawl-delay: 4\nCrawl-delay: 2", 4.0),
    ],
)
def test_the_wait_that_is_asked_for(line: str, seconds: float) -> None:
    other = "User-agent: Other\nDisallow:\nCrawl-delay: 77\n"
    assert rules_of(200, f"User-agent: *\n{line}\n{other}".encode(), "Gazette").delay == seconds


def test_what_is_no_text_says_nothing() -> None:
    rules = rules_of(200, bytes(range(1, 256)) * 4, "Gazette")
    assert not rules.allows(PLACE)
    assert rules.reason == "robots.txt unreachable: no text"


def test_which_answers_say_something() -> None:
    assert [tells(s) for s in (200, 301, 404, 403, 429, 500, 503, 101)] == [True] * 4 + [False] * 4
    assert unreachable("HTTP 503").reason == "robots.txt unreachable: HTTP 503"


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        ("Gazette/0.1.0 (+mailto:a@b.example)", "Gazette"),
        ("Stadtarchiv Beispiel", "Stadtarchiv"),
        ("Archiv2/1.0", "Archiv"),
        ("Mozilla/5.0 (compatible; StadtArchiv-Bot/1.0; +https://a.example)", "StadtArchiv-Bot"),
        ("Mozilla/5.0 (X11)", "Mozilla"),
        ("2020", ""),
    ],
)
def test_the_product_token(agent: str, token: str) -> None:
    assert product_token(agent) == token


def test_rules_beyond_the_bound_become_stricter_and_never_looser() -> None:
    many = "".join(f"Disallow: /{n}/*/x\nAllow: /{n}/*/x/y\n" for n in range(MAX_WILDCARDS))
    rules = rules_of(200, f"User-agent: *\n{many}".encode(), "Gazette")
    assert rules.allows(f"{PLACE}/0/b/z")
    assert not rules.allows(f"{PLACE}/0/b/x")
    assert not rules.allows(f"{PLACE}/{MAX_WILDCARDS - 1}/b/z")


@pytest.mark.parametrize("name", list(BOMBS))
def test_bombs_are_read(name: str) -> None:
    rules = rules_of(200, BOMBS[name], "Gazette")
    assert {type(rules.allows(url)) for url in URLS} == {bool}


def test_each_answer_has_its_consequence(tmp_path: Path) -> None:
    found = robots_cases.crawl(tmp_path, quick=True)
    assert len(found) > 25
    assert {case.name: fetched for case, fetched, _ in found} == {
        case.name: case.fetched for case, _, _ in found
    }
    ends = {state.partition(":")[0] for _, _, states in found for state in states.values()}
    assert ends == {"expanded", "refused", "failed"}
