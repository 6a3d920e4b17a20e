"""The benchmarks themselves: what they compare, what they count, and that those which are quick still run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import BadConfiguration
from scripts.benchmarks import crawl, crawlreport, crawlsite, everything, figures, web
from scripts.benchmarks.comparing import compared
from scripts.benchmarks.crawlreport import Crawl
from scripts.benchmarks.figures import Figure
from scripts.benchmarks.german import Press
from scripts.benchmarks.watched import spent

_ROOT = Path(__file__).parents[1]
COST = Figure("a page", 10.0, "ms", "lower", noise=0.1)
RATE = Figure("pages", 100.0, "pages/s", "higher", noise=0.2)


@pytest.mark.parametrize(
    ("figure", "now", "verdict"),
    [
        (COST, 10.0, "same"),
        (COST, 10.9, "same"),
        (COST, 11.1, "worse"),
        (COST, 8.9, "better"),
        (RATE, 81.0, "same"),
        (RATE, 79.0, "worse"),
        (RATE, 121.0, "better"),
    ],
)
def test_what_lies_beyond_its_noise_has_changed(figure: Figure, now: float, verdict: str) -> None:
    (change,) = compared([figure], [replace(figure, value=now)])
    assert change.verdict == verdict
    assert (change.before, change.now) == (figure.value, now)
    assert ("WORSE" in str(change)) == (verdict == "worse")


def test_the_wider_noise_counts_and_nothing_is_divided_by_zero() -> None:
    assert compared([replace(COST, noise=0.3)], [replace(COST, value=12.5)])[0].verdict == "same"
    assert compared([replace(COST, noise=0.1)], [replace(COST, value=12.5, noise=0.3)])[0].verdict == "same"
    (change,) = compared([replace(COST, value=0.0)], [replace(COST, value=1.0)])
    assert (change.verdict, change.share) == ("worse", None)


def test_what_is_new_or_gone_is_neither_better_nor_worse() -> None:
    renamed = replace(COST, name="a record")
    other_unit = replace(RATE, unit="pages/CPU s")
    changes = compared([COST, RATE], [renamed, other_unit])
    assert [(change.name, change.unit, change.verdict) for change in changes] == [
        ("a record", "ms", "new"),
        ("pages", "pages/CPU s", "new"),
        ("a page", "ms", "gone"),
        ("pages", "pages/s", "gone"),
    ]


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    figures.write(tmp_path / "new" / "figures.json", [COST, RATE], pages=3)
    told, found = figures.read(tmp_path / "new" / "figures.json")
    assert found == [COST, RATE]
    assert told["pages"] == 3
    assert told["made"]["cores"] >= 1
    assert figures.machine(told["made"]).startswith(told["made"]["date"][:10])


def test_cpu_and_memory_are_those_of_all_processes(tmp_path: Path) -> None:
    inner = "x = bytearray(60_000_000); import time; time.sleep(0.4)"
    outer = (
        f"import subprocess, sys; x = bytearray(30_000_000); "
        f"subprocess.run([sys.executable, '-c', {inner!r}], check=True); sum(range(3_000_000)); sys.exit(3)"
    )
    took = spent([sys.executable, "-c", outer], tmp_path, tmp_path / "said", {})
    assert took.code == 3
    assert 60e6 < took.largest < 90e6
    assert took.largest + 30e6 < took.together < 180e6
    assert took.cpu > 0.02


def test_all_compares_with_the_last_figures_of_the_same_sizes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "all.json"
    assert everything.run(["judged"], tmp_path / "none.json", target, quick=True)
    assert "nothing to compare with" in capfd.readouterr().out
    told = json.loads(target.read_text(encoding="utf-8"))
    recall = next(f for f in told["benchmarks"]["judged"]["measured"] if f["name"].endswith("held, recall"))
    assert 0.9 < recall["value"] <= 1
    recall["value"] = 0.999
    target.write_text(json.dumps(told), encoding="utf-8")
    assert everything.run(["judged"], target, None, quick=True)
    out = capfd.readouterr().out
    assert "beyond noise: 1 worse, 0 better, of 6 figures" in out
    assert [line.split()[-1] for line in out.splitlines() if "held, recall" in line] == ["WORSE"]
    told["benchmarks"]["judged"]["arguments"] = ["--other"]
    target.write_text(json.dumps(told), encoding="utf-8")
    assert everything.run(["judged"], target, None, quick=True)
    out = capfd.readouterr().out
    assert "not compared, as it was measured with other sizes: judged" in out
    assert "beyond noise: 0 worse" in out


def test_a_benchmark_without_figures_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = everything.Benchmark("scripts.measure_search", (), ("--nothing-like-that",))
    monkeypatch.setitem(everything.BENCHMARKS, "judged", broken)
    assert not everything.run(["judged"], tmp_path / "none.json", None, quick=True)
    assert "FAILED: judged (code 2)" in capfd.readouterr().out


def test_wrong_words_are_told_of_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="--only crwal: there are crawl, frontier"):
        everything.run(["crwal"], tmp_path / "x", None, quick=True)
    (tmp_path / "x").write_text("{}", encoding="utf-8")
    with pytest.raises(BadConfiguration, match="x: not written by scripts/bench all"):
        everything.run(["judged"], tmp_path / "x", None, quick=True)
    with pytest.raises(BadConfiguration, match="--only wgte: there are wget, "):
        crawl.run(16, 2, 1, ["wgte"], None, None)


def test_quick_ones_run_from_the_command_line(tmp_path: Path) -> None:
    target = tmp_path / "all.json"
    words = ["all", "--quick", "--only", "stories", "--json", str(target)]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.bench", *words],
        capture_output=True, text=True, cwd=_ROOT, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(target.read_text(encoding="utf-8"))["benchmarks"]
    assert set(told) == {"stories"}
    assert all(figure["value"] > 0 for one in told.values() for figure in one["measured"])


def test_readers_find_all_pages_while_articles_come_in(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "web.json"
    # Whether a search page was quick enough is no question of tests.
    web.run(400, None, 4, 0.2, 2.0, target, Press(3_000))
    assert "errors: 0 of" in capfd.readouterr().out
    told, measured = figures.read(target)
    assert {one["page"] for one in told["waits"]} >= {"start", "search", "facets", "article"}
    assert sum(lot["pages"] for lot in told["lots"]) > 200
    assert all(figure.value > 0 for figure in measured)


# The crawl


CRAWLS = (
    Crawl("wget-tuned", 1_000, 1_090, 5.0, 4.0, 6_000_000, 6_000_000),
    Crawl("naive", 1_000, 1_090, 40.0, 40.0, 220_000_000, 220_000_000),
    Crawl("gazette", 1_000, 1_120, 6.0, 4.8, 100_000_000, 130_000_000),
    Crawl("gazette-2", 1_000, 1_120, 5.0, 5.2, 100_000_000, 230_000_000),
    Crawl("indexed", 1_000, 1_120, 10.0, 20.0, 180_000_000, 430_000_000),
)


def test_readme_quotes_what_the_crawl_has_written(tmp_path: Path) -> None:
    path = tmp_path / "crawl.json"
    crawlreport.save(path, CRAWLS, pages=1_000, authorities=8, repeat=3)
    lines = crawlreport.quoted(path).splitlines()
    assert lines[0].startswith("1,000 pages on 8 authorities, the middle one of 3 turns (")
    assert "| `gazette` | 167 | 4.80 | 1.20 | 130 | 100 | 1,120 |" in lines
    assert [line.split("|")[2:5] for line in lines if line.endswith(("held |", "missed |"))] == [
        [" 1.20 ", " at most 1.25 ", " held "],
        [" 4.00 ", " at least 2.5 ", " held "],
        [" 1.20 ", " at least 1.5 ", " missed "],
        [" 130.00 MB ", " at most 200 MB ", " held "],
    ]
    measured = {figure.name: figure.value for figure in figures.read(path)[1]}
    assert measured["crawl: gazette, CPU a page"] == pytest.approx(4.8)


def test_readme_stands_on_the_figures_that_are_kept() -> None:
    assert crawlreport.quoted() in (_ROOT / "README.md").read_text(encoding="utf-8")
    assert crawlreport.PLOT.exists()


@pytest.mark.parametrize("form", ["svg", "png"])
def test_a_plot_is_drawn(form: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    target = tmp_path / "new" / f"crawl.{form}"
    crawlreport.plotted(CRAWLS, target)
    first = target.read_bytes()
    crawlreport.plotted(CRAWLS, target)
    assert target.read_bytes() == first
    assert len(first) > 5_000


def test_without_nginx_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    with (
        pytest.raises(BadConfiguration, match="sudo apt-get install nginx-light"),
        crawlsite.serving(tmp_path, 16, 2),
    ):
        pass
    with pytest.raises(BadConfiguration, match="sudo apt-get install wget"):
        crawl.run(16, 2, 1, [], None, None)


@pytest.mark.skipif(
    shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None, reason="nginx isn't installed"
)
def test_the_site_is_what_it_says(tmp_path: Path) -> None:
    """Each outlet its authority; pages of 30 to 400 KB with about 100 links; feed, sitemap, robots.txt."""
    import re
    import urllib.request

    with crawlsite.serving(tmp_path, 40, 2) as served:

        def get(url: str) -> bytes:
            with urllib.request.urlopen(url, timeout=20) as response:
                body: bytes = response.read()
            return body

        before = served.requests()
        one, other = served.outlets
        assert one.base != other.base
        links = re.findall(rb"<loc>(.*?)</loc>", get(f"{one.base}/sitemap.xml"))
        assert len(links) == one.articles == 20
        assert b"Sitemap: " in get(f"{one.base}/robots.txt")
        assert get(f"{other.base}/feed.rss").count(b"<item>") == 20
        pages = [get(link.decode()) for link in links]
        assert served.requests() - before == len(pages) + 4  # it counts itself
    assert all(30_000 <= len(page) <= 410_000 for page in pages)
    assert all(90 <= page.count(b"<a ") <= 110 for page in pages)
