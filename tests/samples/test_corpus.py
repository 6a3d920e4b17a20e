"""The corpus server: every record gets in, under a URL of its own, whatever its URL was."""

from __future__ import annotations

import gzip
import json
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from archive.errors import BadConfiguration, NoArchive
from archive.urls import canonical, surt
from crawler.samples.corpus import CorpusServer, main, read_records, site_names

URLS = [
    "https://www.blatt.example/a/b.html?id=7&utm_source=rss#top",
    "https://www.blatt.example/a/b.html?id=7",
    "https://www.blatt.example/A/B.html?id=7",
    "https://www.blatt.example/",
    "https://blatt.example/über uns/%7Ex?q=ä",
    "http://andere.example:8080/robots.txt",
    "http://ANDERE.example/x?b=2&a=1",
    "http://andere.example/x?a=1&b=2",
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    lines = []
    for number, url in enumerate(URLS):
        name = f"html/{number}.html.gz" if number % 2 else f"html/{number}.html"
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        body = f"<p>Seite {number} äöü</p>".encode("latin-1")
        path.write_bytes(gzip.compress(body) if number % 2 else body)
        lines.append(json.dumps({"id": f"r{number}", "url": url, "html": name, "text": "unused"}))
    file = tmp_path / "pages.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _get(url: str) -> tuple[bytes, str | None]:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read(), answer.headers["Content-Type"]


def test_every_record_is_served_as_its_own_page(corpus: Path) -> None:
    with CorpusServer(corpus) as server:
        assert len(server.base_urls) == 3
        urls = dict(server.urls)
        assert len(urls) == len(URLS)
        assert len({surt(url) for url in urls.values()}) == len(URLS)
        for number in range(len(URLS)):
            url = urls[f"r{number}"]
            assert canonical(url) == url
            assert _get(url) == (f"<p>Seite {number} äöü</p>".encode("latin-1"), "text/html")
        assert urls["r0"].endswith("/a/b.html?id=7")
        assert urls["r1"].endswith("/a/b.html?id=7&record=2")
        # Asked for with a tracking parameter, a page is still the same page.
        assert _get(urls["r0"] + "&utm_campaign=x")[0] == _get(urls["r0"])[0]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            _get(server.base_urls["www-blatt-example"] + "/missing")
        assert server.requests[-1].status == 404


def test_sitemap_and_robots_name_all_pages(corpus: Path) -> None:
    with CorpusServer(corpus) as server:
        found = []
        for base in server.base_urls.values():
            robots = _get(base + "/robots.txt")[0].decode()
            (place,) = [line.split(": ")[1] for line in robots.splitlines() if line.startswith("Sitemap")]
            text = _get(place)[0].decode()
            found += [part.split("</loc>")[0].replace("&amp;", "&") for part in text.split("<loc>")[1:]]
        assert sorted(found) == sorted(url for _, url in server.urls)


def test_site_files_take_the_sitemap_only(corpus: Path, tmp_path: Path) -> None:
    with CorpusServer(corpus) as server:
        with pytest.raises(NoArchive):
            server.write_sites(tmp_path / "none")
        root = tmp_path / "archive"
        root.mkdir()
        (root / "gazette.toml").write_text("format = 1\n")
        assert server.write_sites(root) == 3
        assert server.write_sites(root) == 3
        site = tomllib.loads((root / "sites" / "andere-example.toml").read_text(encoding="utf-8"))
        assert site == {
            "title": "andere.example",
            "sitemaps": [server.base_urls["andere-example"] + "/sitemap.xml"],
            "follow": False,
            "delay": 0,
            "allow_private": True,
        }
        (root / "sites" / "andere-example.toml").write_text('title = "mine"\n')
        with pytest.raises(BadConfiguration, match=r"andere-example\.toml: not written by this script"):
            server.write_sites(root)


def test_names_are_plain_and_differ() -> None:
    names = site_names(["www.a-b.example", "www.a.b.example", "[::1]", "xn--mnchen-3ya.example"])
    assert list(names.values()) == ["www-a-b-example", "www-a-b-example-2", "1", "xn-mnchen-3ya-example"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", ":2: no record"),
        ('{"id": "x", "url": "https://a.example/"}', ":2: no record"),
        ('{"id": "x", "url": "mailto:a", "html": "html/0.html"}', ":2: 'mailto:a' is no"),
        ('{"id": "x", "url": "https://a.example/", "html": "html/no.html"}', ":2: the page .* is missing"),
    ],
)
def test_a_bad_line_is_named(corpus: Path, line: str, reason: str) -> None:
    corpus.write_text(corpus.read_text(encoding="utf-8").splitlines()[0] + "\n" + line, encoding="utf-8")
    with pytest.raises(BadConfiguration, match=reason):
        read_records(corpus)


def test_main_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.jsonl")]) == 4
    assert "none.jsonl: can't be read" in capsys.readouterr().err
