"""Figures for Prometheus: true, well named, and accepted by the official parsers."""

from __future__ import annotations

import os
import re
import stat
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client.openmetrics import exposition, parser
from prometheus_client.parser import text_string_to_metric_families

from archive.errors import ArchiveError
from archive.layout import Layout
from crawler import metrics
from crawler.cli.chapters import chapter
from crawler.cli.init import create
from crawler.cli.watching import Watching
from crawler.crawldb import CrawlDb
from tests.cli.logged import GOING, SECOND, counts, log_runs

HOSTILE = 'Bote "am\\Markt"\n{x="1"} 7\n# TYPE gazette_up counter 🦊'
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "a")
    create(layout)
    return layout


def samples(text: bytes) -> Samples:
    """What the official parser reads."""
    families = list(text_string_to_metric_families(text.decode("utf-8")))
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}


def of(found: Samples, name: str, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


def epoch(text: str) -> float:
    return datetime.strptime(text[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def test_the_figures_are_those_of_the_log(layout: Layout) -> None:
    log_runs(layout, os.getpid())
    found = samples(metrics.text(layout))
    wanted = {"fetched": 65, "pages_new": 44, "pages_changed": 4, "pages_unchanged": 17}
    for name, value in (wanted | {"received_bytes": 180_900, "crawl_seconds": 124.5}).items():
        assert of(found, f"gazette_{name}_total", site="hof") == value
    assert of(found, "gazette_failures_total", site="hof", kind="gone") == 4
    assert of(found, "gazette_refusals_total", site="hof", kind="robots") == 8
    assert of(found, "gazette_queued_urls", site="hof") == 1
    assert of(found, "gazette_last_run_start_timestamp_seconds", site="hof") == epoch(GOING)
    assert ("gazette_last_run_end_timestamp_seconds", (("site", "hof"),)) not in found, "it runs yet"
    assert of(found, "gazette_last_run_end_timestamp_seconds", site="markt") == epoch(SECOND) + 90
    assert of(found, "gazette_last_run_exit_code", site="markt") == 0
    assert of(found, "gazette_last_success_timestamp_seconds", site="hof") == epoch(SECOND) + 90
    # The second run got no page of it.
    assert of(found, "gazette_last_success_timestamp_seconds", site="markt") == epoch(SECOND) + 90 - 86_400
    assert of(found, "gazette_disk_free_bytes") > 0
    assert of(found, "gazette_stale_outcomes") == 0
    assert of(found, "gazette_up") == 1


def test_both_official_parsers_take_hostile_names(layout: Layout) -> None:
    database = CrawlDb(layout.crawl_db)
    now = datetime(2026, 3, 2, 6, tzinfo=UTC)
    database.begin_round(HOSTILE, now)
    database.runs.begin("20260302T060000Z-aaaaaa", [HOSTILE], {}, now)
    database.runs.count("20260302T060000Z-aaaaaa", {HOSTILE: counts(7, *[0] * 7)}, {HOSTILE: 1.0}, {})
    database.close()
    assert of(samples(metrics.text(layout)), "gazette_fetched_total", site=HOSTILE) == 7
    open_text = exposition.generate_latest(metrics.registry(layout)).decode("utf-8")
    families = list(parser.text_string_to_metric_families(open_text))
    (fetched,) = [family for family in families if family.name == "gazette_fetched"]
    assert [(s.labels["site"], s.value) for s in fetched.samples] == [(HOSTILE, 7)]


def test_names_follow_the_conventions(layout: Layout) -> None:
    log_runs(layout, os.getpid())
    families = list(text_string_to_metric_families(metrics.text(layout).decode("utf-8")))
    assert len({family.name for family in families}) == len(families) > 15
    for family in families:
        assert re.fullmatch(r"gazette_[a-z]+(_[a-z]+)*", family.name)
        assert family.documentation.endswith(".")
        if family.type == "counter":
            assert all(sample.name == f"{family.name}_total" for sample in family.samples)
        else:
            assert not family.name.endswith("_total")
        for sample in family.samples:
            assert set(sample.labels) <= {"site", "kind"}


def test_the_registry_of_the_process_is_left_alone(layout: Layout) -> None:
    before = set(REGISTRY._names_to_collectors)
    text = metrics.text(layout)
    assert set(REGISTRY._names_to_collectors) == before
    assert b"process_" not in text
    assert b"python_" not in text


def get(url: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.headers["Content-Type"], answer.read()


def test_they_are_served_on_loopback_while_it_lasts(layout: Layout) -> None:
    log_runs(layout, os.getpid())
    with metrics.serving(0, layout) as port:
        kind, body = get(f"http://127.0.0.1:{port}/metrics")
        assert kind.startswith("text/plain")
        assert of(samples(body), "gazette_fetched_total", site="hof") == 65
        taken = metrics.serving(port, layout)
        with pytest.raises(ArchiveError, match=rf"127\.0\.0\.1:{port}: can't listen there"), taken:
            raise AssertionError("a port is served once")
        # What a timer calls goes on without: the process before serves the same.
        with Watching(place=("127.0.0.1", port)).on(layout, timer=True):
            assert get(f"http://127.0.0.1:{port}/metrics")[1]
    with pytest.raises(urllib.error.URLError):
        get(f"http://127.0.0.1:{port}/metrics")


def test_facts_are_read_again_when_they_are_no_longer_fresh(layout: Layout) -> None:
    clock = iter([0.0, 2.0, 30.0, 45.0, 45.0, 60.0])
    figures = metrics.Figures(layout, clock=lambda: next(clock))

    def sites() -> set[str]:
        return {s.labels["site"] for f in figures.collect() if f.name == "gazette_fetched" for s in f.samples}

    assert sites() == set()  # it took 2 s: good for 40 s
    log_runs(layout, os.getpid())
    assert sites() == set()
    assert sites() == {"hof", "markt"}


def test_a_broken_archive_is_down_and_nothing_else(layout: Layout) -> None:
    (layout.sites / "hof.toml").write_text("seedz = []", encoding="utf-8")
    assert samples(metrics.text(layout)) == {("gazette_up", ()): 0.0}


def test_the_textfile_is_written_whole_or_not_at_all(layout: Layout, tmp_path: Path) -> None:
    place = tmp_path / "collector"
    place.mkdir()
    file = place / "gazette.prom"
    file.write_text("old", encoding="utf-8")
    log_runs(layout, os.getpid())
    with Watching(file=file).on(layout):
        assert of(samples(file.read_bytes()), "gazette_fetched_total", site="hof") == 65
        database = CrawlDb(layout.crawl_db)
        database.runs.count(GOING, {"hof": counts(10, *[0] * 7)}, {"hof": 3.0}, {})
        database.close()
    assert of(samples(file.read_bytes()), "gazette_fetched_total", site="hof") == 75
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(place.iterdir()) == [file]
    with pytest.raises(ArchiveError, match="can't be written"):
        metrics.write(tmp_path / "none" / "gazette.prom", layout)


def test_the_chapter_names_every_figure(layout: Layout) -> None:
    log_runs(layout, os.getpid())
    families = text_string_to_metric_families(metrics.text(layout).decode("utf-8"))
    found = {f.name + "_total" * (f.type == "counter"): f.documentation for f in families}
    rows = re.findall(r"(?m)^\| `(gazette_\w+)` \| [a-z, ]+ \| (.+) \|$", chapter("watching"))
    assert dict(rows) == found
