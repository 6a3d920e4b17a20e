"""``sites`` and ``sites check`` over the small sites."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from archive.layout import Layout
from archive.locks import held
from crawler.cli import trial
from crawler.cli.exits import Exit
from crawler.cli.trial import Extract
from tests.cli.small_sites import SITES, SmallSite, SmallSites
from tests.cli.support import Gazette

CHOSEN = (
    *("feeds-in-head", "robots-with-delay-and-sitemap", "sitemap-index-at-usual-place"),
    *("consent-page", "challenge-403", "robots-forbids-all", "answers-404", "navigation-only"),
)


@pytest.fixture(scope="module")
def small() -> Iterator[SmallSites]:
    chosen: dict[str, SmallSite] = {name: SITES[name] for name in CHOSEN}
    with SmallSites(chosen) as sites:
        yield sites


@pytest.fixture(scope="module")
def extract() -> Iterator[Extract]:
    with trial.extractor() as function:
        yield function


@pytest.fixture(autouse=True)
def quick(extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "extractor", lambda: nullcontext(extract))


def site(layout: Layout, name: str, base: str, **more: object) -> None:
    """Writes a site file."""
    values = {"seeds": [base + "/"], "allow_private": True, **more}
    lines = (f"{key} = {json.dumps(value)}" for key, value in values.items())
    (layout.sites / f"{name}.toml").write_text("\n".join(lines), encoding="utf-8")


def test_no_site_yet(gazette: Gazette, layout: Layout) -> None:
    ran = gazette("--archive", layout.root, "sites")
    assert (ran.code, ran.out) == (0, "")
    assert "gazette add URL" in ran.err


def test_the_list_tells_of_runs_and_articles(gazette: Gazette, indexed: Layout) -> None:
    site(indexed, "muenster", "http://127.0.0.1:8102", title="Münster heute", delay=0.5, every="90m")
    ran = gazette("--archive", indexed.root, "sites")
    assert (ran.code, ran.err) == (0, "")
    head, *lines = ran.out.splitlines()
    assert head.split("  ")[0] == "site"
    assert [line.split()[0] for line in lines] == ["hafenblatt", "muenster"]
    assert lines[0].split()[-2:] == ["never", "2"]
    assert "Münster heute" in lines[1]
    assert " 90m " in lines[1]
    assert " 0.5s " in lines[1]
    rows = [
        json.loads(line) for line in gazette("--archive", indexed.root, "sites", "--json").out.splitlines()
    ]
    assert [(row["site"], row["articles"], row["every"]) for row in rows] == [
        ("hafenblatt", 2, 3600.0),
        ("muenster", 0, 5400.0),
    ]


def test_a_wrong_site_file_is_named(gazette: Gazette, layout: Layout) -> None:
    (layout.sites / "x.toml").write_text("seeds = 1", encoding="utf-8")
    ran = gazette("--archive", layout.root, "sites")
    assert ran.code == Exit.BAD_CONFIGURATION
    assert "x.toml" in ran.err


def test_healthy_sites_check_well(gazette: Gazette, layout: Layout, small: SmallSites) -> None:
    bases = small.base_urls
    first, second, third = CHOSEN[:3]
    site(
        layout, first, bases[first], feeds=[bases[first] + "/rss/alle"], sections=[bases[first] + "/lokales/"]
    )
    site(layout, second, bases[second], sitemaps=[bases[second] + "/karte.xml"])
    site(layout, third, bases[third], sitemaps=[bases[third] + "/sitemap.xml"])
    ran = gazette("--archive", layout.root, "sites", "check")
    assert (ran.code, ran.err) == (0, "")
    rows = {line.split()[0]: line for line in ran.out.splitlines()[1:]}
    assert set(rows) == {first, second, third}
    assert all(line.split()[1] == "healthy" for line in rows.values())
    assert "2/2    1/1" in rows[first]
    assert "Frühjahr" in rows[first]
    (row,) = gazette("--archive", layout.root, "sites", "check", second, "--json").out.splitlines()
    assert json.loads(row)["sitemaps"] == {"good": 1, "of": 1}
    assert json.loads(row)["problems"] == []


@pytest.mark.parametrize(
    ("name", "more", "problem"),
    [
        ("consent-page", {}, "gives nothing (consent)"),
        ("challenge-403", {}, "the server answers 403"),
        ("robots-forbids-all", {}, "not allowed to Gazette"),
        ("answers-404", {}, "the server answers 404"),
        ("navigation-only", {"feeds": ["/feed.xml"]}, "/feed.xml: the server answers 404"),
        ("navigation-only", {"feeds": ["/lokales/"]}, "/lokales/: is no feed that can be read"),
        ("navigation-only", {"sitemaps": ["/lokales/"]}, "/lokales/: is no sitemap that can be read"),
        ("navigation-only", {"deny": ["html$"]}, "none of the pages tried gives an article"),
    ],
)
def test_an_unhealthy_site_says_why(
    name: str, more: dict[str, list[str]], problem: str, gazette: Gazette, layout: Layout, small: SmallSites
) -> None:
    base = small.base_urls[name]
    whole = {key: [base + v if v[0] == "/" else v for v in values] for key, values in more.items()}
    site(layout, "krank", base, **whole)
    ran = gazette("--archive", layout.root, "sites", "check")
    assert ran.code == Exit.UNHEALTHY
    assert ran.out.splitlines()[1].split()[:2] == ["krank", "unhealthy"]
    assert problem in ran.out


def test_a_server_that_is_gone(gazette: Gazette, layout: Layout) -> None:
    site(layout, "weg", "http://127.0.0.1:9")
    ran = gazette("--archive", layout.root, "sites", "check", "--json")
    assert ran.code == Exit.UNHEALTHY
    (problem,) = json.loads(ran.out)["problems"]
    assert "can't be reached" in problem


def test_an_address_inside_a_network_is_not_tried_unless_the_file_says_so(
    gazette: Gazette, layout: Layout, small: SmallSites
) -> None:
    before = len(small.asked("navigation-only"))
    site(layout, "innen", small.base_urls["navigation-only"], allow_private=False)
    ran = gazette("--archive", layout.root, "sites", "check")
    assert ran.code == Exit.BAD_CONFIGURATION
    assert "allow_private" in ran.err
    assert len(small.asked("navigation-only")) == before


def test_a_site_that_is_being_crawled_is_left_alone(
    gazette: Gazette, layout: Layout, small: SmallSites
) -> None:
    before = len(small.asked("navigation-only"))
    site(layout, "belegt", small.base_urls["navigation-only"])
    with held(layout.locks / "site-belegt.lock", "site belegt"):
        ran = gazette("--archive", layout.root, "sites", "check")
    assert ran.code == 0
    assert "in use" in ran.out
    assert len(small.asked("navigation-only")) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [(["hafenblatt"], "gazette sites check hafenblatt"), (["check", "bote"], "no site 'bote'")],
)
def test_a_wrong_word_is_a_wrong_command_line(
    words: list[str], said: str, gazette: Gazette, filled: Layout
) -> None:
    ran = gazette("--archive", filled.root, "sites", *words)
    assert ran.code == Exit.USAGE
    assert said in ran.err
    assert ran.err.count("\n") == 1
