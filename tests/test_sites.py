from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from archive.errors import BadConfiguration, NoArchive
from archive.layout import Layout
from archive.types import Blackout, Site
from crawler.sites import load_defaults, load_site, load_sites, named_sites, readable_sites

SEED = 'seeds = ["http://127.0.0.1:8101/"]\n'


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.sites.mkdir()
    layout.config.write_text("format = 1\n", encoding="utf-8")
    return layout


def _write(layout: Layout, name: str, text: str) -> Path:
    path = layout.sites / name
    path.write_text(text, encoding="utf-8")
    return path


def _complaint(layout: Layout, text: str, name: str = "foo.toml") -> str:
    """What is said of a site file, without its path, which must stand first."""
    path = _write(layout, name, text)
    with pytest.raises(BadConfiguration) as caught:
        load_sites(layout)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_every_field_of_a_site_can_be_written(layout: Layout) -> None:
    path = _write(
        layout,
        "hafenblatt.toml",
        r"""
        title = "Hafenblatt – Nachrichten"
        seeds = ["https://example.org/"]
        feeds = ["https://example.org/feed"]
        sitemaps = ["https://example.org/sitemap.xml"]
        sections = ["https://example.org/lokales"]
        allow = ['/lokales/\d+']
        deny = ["/kalender/"]
        follow = false
        subdomains = false
        since = 2026-01-31
        until = "2026-12-31"
        max_depth = 5
        every_min = "30m"
        every_max = "1d"
        zone = "Europe/Berlin"
        blackout = ["22:00-05:00", "Sat, Sun 00:00 - 24:00", "Fri-Mon 12:30-13:00"]
        jitter = "5m"
        revisit = ["1d", "1h"]
        feeds_every = "15m"
        sections_every = "1h"
        sitemaps_every = "1d"
        delay = 2
        max_pages = 500
        max_bytes = "1.5 GB"
        max_seconds = "30m"
        requisites = true
        requisites_bytes = "50 MB"
        rights = "obey"
        allow_private = true
        verify_tls = false
        cookies = true
        spider = "paged"
        language = "de-AT"
        [credentials]
        Authorization = "env:HAFENBLATT"
        [notes]
        contract = "Schreiben vom 3. März"
        """,
    )
    site = load_site(path, {})
    assert site == Site(
        name="hafenblatt",
        title="Hafenblatt – Nachrichten",
        seeds=("https://example.org/",),
        feeds=("https://example.org/feed",),
        sitemaps=("https://example.org/sitemap.xml",),
        sections=("https://example.org/lokales",),
        allow=(r"/lokales/\d+",),
        deny=("/kalender/",),
        follow=False,
        subdomains=False,
        since=date(2026, 1, 31),
        until=date(2026, 12, 31),
        max_depth=5,
        every_min=1800.0,
        every_max=86_400.0,
        zone="Europe/Berlin",
        blackout=(
            Blackout(1320, 300),
            Blackout(0, 1440, (5, 6)),
            Blackout(750, 780, (0, 4, 5, 6)),
        ),
        jitter=300.0,
        revisit=(3600.0, 86_400.0),
        feeds_every=900.0,
        sections_every=3600.0,
        sitemaps_every=86_400.0,
        delay=2.0,
        max_pages=500,
        max_bytes=1_500_000_000,
        max_seconds=1800.0,
        requisites=True,
        requisites_bytes=50_000_000,
        rights="obey",
        allow_private=True,
        verify_tls=False,
        cookies=True,
        spider="paged",
        language="de-AT",
        credentials=(("Authorization", "env:HAFENBLATT"),),
        extra=(("contract", "Schreiben vom 3. März"),),
    )
    unset = Site(name="hafenblatt")
    same = [f.name for f in dataclasses.fields(Site) if getattr(site, f.name) == getattr(unset, f.name)]
    assert same == ["name", "every", "cron"]  # no field was forgotten above; these say another plan


def test_the_plan_of_a_file_takes_the_place_of_the_plan_of_the_defaults(layout: Layout) -> None:
    layout.config.write_text(
        'format = 1\n[defaults]\nevery = "1d"\nzone = "Europe/Berlin"\n', encoding="utf-8"
    )
    _write(layout, "a.toml", SEED + "cron = ' 30  2 * *  mon '\nblackout = '23:00-24:00'\nrevisit = []\n")
    _write(layout, "b.toml", SEED + "every_min = 600\nevery_max = '1d'\n")
    _write(layout, "c.toml", SEED)
    sites = load_sites(layout)
    plans = [(s.every, s.cron, s.every_min, s.every_max, s.zone) for s in sites.values()]
    assert plans == [
        (None, "30 2 * * mon", None, None, "Europe/Berlin"),
        (None, None, 600.0, 86_400.0, "Europe/Berlin"),
        (86_400.0, None, None, None, "Europe/Berlin"),
    ]
    assert (sites["a"].blackout, sites["a"].revisit) == ((Blackout(1380, 1440),), ())


def test_a_wrong_file_does_not_hide_the_others(layout: Layout) -> None:
    for name, text in (("a", SEED), ("b", "seeds = ["), ("c", SEED + "every = 5"), ("d", SEED)):
        _write(layout, f"{name}.toml", text)
    sites, wrong = readable_sites(layout)
    assert list(sites) == ["a", "d"]
    assert [str(error).split(": ")[0] for error in wrong] == [f"{layout.sites}/{n}.toml" for n in "bc"]
    assert list(named_sites(layout, ["d"])) == ["d"]
    with pytest.raises(BadConfiguration, match=r"e\.toml: no such site; there are: a, b, c, d$"):
        named_sites(layout, ["d", "e"])


def test_the_file_wins_over_the_defaults_and_these_over_the_program(layout: Layout) -> None:
    layout.config.write_text('format = 1\n[defaults]\ndelay = "3s"\nevery = "1d"\n', encoding="utf-8")
    _write(layout, "a.toml", SEED)
    _write(layout, "b.toml", SEED + "delay = 0.5\n")
    sites = load_sites(layout)
    assert list(sites) == ["a", "b"]
    assert (sites["a"].delay, sites["a"].every, sites["a"].follow) == (3.0, 86_400.0, True)
    assert (sites["b"].delay, sites["b"].every) == (0.5, 86_400.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SEED + "seedz = []", "unknown key 'seedz'; did you mean 'seeds'?"),
        (SEED + "colour = 'red'", "unknown key 'colour'; known are title, seeds,"),
        ("seeds = 'http://127.0.0.1/'", "seeds must be a list of texts"),
        (
            'seeds = ["ftp://example.org/"]',
            "seeds must hold http or https URLs, which 'ftp://example.org/' is not",
        ),
        (
            'feeds = ["example.org/feed"]',
            "feeds must hold http or https URLs, which 'example.org/feed' is not",
        ),
        (SEED + "deny = ['(']", "deny must hold regular expressions, which '(' is not: missing )"),
        (SEED + "every = 'daily'", "every must be a time such as"),
        (SEED + "every = 0", "every must be more than no time at all"),
        (SEED + "every = 59", "every must be at least a minute, not 59"),
        (SEED + "every = 60\ncron = '0 5 * * *'", "every and cron say two things of when to crawl"),
        (SEED + "every = 60\nevery_max = 90", "every and every_max say two things of when to crawl"),
        (SEED + "every_max = 90", "every_min is missing: the pace needs both bounds"),
        (SEED + "every_min = 90\nevery_max = 60", "every_min is more than every_max"),
        (SEED + "cron = 5", "cron must be a cron expression such as"),
        (SEED + "cron = '@daily'", "cron must have five fields: minute, hour,"),
        (SEED + "cron = '0 0 5 * * *'", "cron must have five fields: minute, hour,"),
        (SEED + "cron = '60 5 * * *'", "cron can't be understood: bad minute in '60 5 * * *'"),
        (SEED + "cron = '0 5 31 2 *'", "cron can't be understood: bad day-of-month in '0 5 31 2 *'"),
        (SEED + "zone = 'CET/Berlin'", 'zone must be a time zone such as "Europe/Berlin", not'),
        (SEED + "zone = 'Europe'", "zone must be a time zone"),
        (SEED + "zone = '../etc/passwd'", "zone must be a time zone"),
        (SEED + "zone = 'right/UTC'", "zone must be a time zone"),
        (SEED + "blackout = 22", "blackout must be a list of hours"),
        (SEED + "blackout = ['22-5']", "blackout must hold hours such as"),
        (SEED + "blackout = ['22:00-24:01']", "blackout must hold times of day from 00:00 to 24:00"),
        (SEED + "blackout = ['24:00-05:00']", "blackout must hold times of day from 00:00 to 24:00"),
        (SEED + "blackout = ['05:00-05:00']", "blackout must hold spans with two different ends"),
        (SEED + "blackout = ['Sam 22:00-05:00']", "blackout must name days as Mon, Tue,"),
        (SEED + "blackout = ['05:00-22:00', '22:00-05:00']", "blackout leaves no minute of the week"),
        (SEED + "jitter = 'some'", "jitter must be a time such as"),
        (SEED + "revisit = '1h'", "revisit must be a list of times"),
        (SEED + "revisit = ['1h', 0]", "revisit must be more than no time at all"),
        (SEED + "feeds_every = 0", "feeds_every must be more than no time at all"),
        (SEED + "delay = true", "delay must be a time such as"),
        (SEED + "delay = -1", "delay must be a time such as"),
        (SEED + "delay = inf", "delay must be a time such as"),
        (SEED + "delay = nan", "delay must be a time such as"),
        (SEED + "delay = '5 parsecs'", "delay must be a time such as"),
        (SEED + "max_pages = 0", "max_pages must be a whole number above 0, not 0"),
        (SEED + "max_pages = '10'", "max_pages must be a whole number above 0, not '10'"),
        (SEED + "max_bytes = '5 m'", "max_bytes must be a size such as"),
        (SEED + "follow = 'no'", "follow must be true or false, not 'no'"),
        (SEED + "rights = 'ignore'", 'rights must be "record"'),
        (SEED + "since = 'yesterday'", "since must be a day such as 2026-01-31"),
        (SEED + "until = 2026-01-31T10:00:00", "until must be a day such as 2026-01-31"),
        (SEED + "since = 2026-02-01\nuntil = 2026-01-31", "since is after until"),
        (SEED + "credentials = 'x'", "credentials must be a table"),
        (SEED + "credentials = {'a b' = 'env:X'}", "credentials must name request headers"),
        (SEED + "credentials = {Cookie = 'id=5'}", "credentials must say where Cookie is found"),
        (SEED + "language = 'German'", "language must be a language code"),
        (SEED + "title = 'a\\nb'", None),  # a literal string: no newline in it
        (SEED + 'title = "a\\nb"', "title must be one line of text"),
        (SEED + "notes = 'x'", "notes must be a table of texts"),
        (SEED + "name = 'bar'", "name must be 'foo', as the file is called"),
        ("title = 'Nothing'", "nothing to start from"),
        ("seeds = []", "nothing to start from"),
        ("seeds = [", "no valid TOML: "),
        (SEED + "delay = 1\ndelay = 2", "no valid TOML: "),
    ],
)
def test_a_wrong_site_file_is_named_with_what_to_do(layout: Layout, text: str, expected: str | None) -> None:
    if expected is None:
        _write(layout, "foo.toml", text)
        assert load_sites(layout)["foo"].title == "a\\nb"
    else:
        assert _complaint(layout, text).startswith(expected)


@pytest.mark.parametrize(
    "name", ["Foo.toml", "foo bar.toml", "-foo.toml", "föö.toml", "a.b.toml", f"{'a' * 64}.toml"]
)
def test_a_name_must_be_fit_for_files_and_commands(layout: Layout, name: str) -> None:
    assert _complaint(layout, SEED, name).startswith("a site's name is made of a-z, 0-9 and -")


def test_two_files_whose_names_fold_to_the_same(layout: Layout) -> None:
    first, second = _write(layout, "Foo.toml", SEED), layout.sites / "foo.toml"
    assert _complaint(layout, SEED, "foo.toml") == f"the same name as {first}; rename one of them"
    assert second.exists()


def test_a_file_that_is_not_utf8(layout: Layout) -> None:
    path = layout.sites / "foo.toml"
    path.write_bytes(b'title = "M\xfcll"\n')
    with pytest.raises(BadConfiguration, match=r"foo\.toml: can't be read: 'utf-8'"):
        load_sites(layout)


def test_no_site_is_no_error(layout: Layout) -> None:
    layout.sites.rmdir()
    assert load_sites(layout) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("format = 1\noperater = 'x'", "unknown key 'operater'; did you mean 'operator'?"),
        ("format = 1\ncontact = 5", "contact must be one line of text, not 5"),
        ('format = 1\nuser_agent = "a\\r\\nX: y"', "user_agent must be one line of text"),
        ("format = 1\ndefaults = 5", "defaults must be a table"),
        ("format = 1\n[defaults]\nseeds = []", "unknown key 'seeds'"),
        ("format = 1\n[defaults]\nevery = 60\ncron = '0 5 * * *'", "every and cron say two things"),
        ("format = 1\n[defaults]\ndelay = 'x'", "delay must be a time such as"),
    ],
)
def test_wrong_defaults_are_named_with_their_file(layout: Layout, text: str, expected: str) -> None:
    layout.config.write_text(text, encoding="utf-8")
    with pytest.raises(BadConfiguration) as caught:
        load_defaults(layout)
    assert str(caught.value).startswith(f"{layout.config}: {expected}")


def test_no_archive(tmp_path: Path) -> None:
    with pytest.raises(NoArchive, match="no archive here"):
        load_sites(Layout(tmp_path))
