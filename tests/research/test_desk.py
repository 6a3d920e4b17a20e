"""``archive.open``: the questions of the command line, asked in Python."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_type_hints

import bibtexparser
import pandas as pd
import polars as pl
import pytest

import archive
from archive.errors import ArchiveError, BadConfiguration, BadQuery, NoArchive
from archive.index.publish import publish
from archive.layout import Layout
from archive.research import found
from archive.research.articles import COLUMNS, Article
from archive.research.desk import Archive
from archive.research.found import Hits
from archive.research.frames import Column, Rows, inferred
from archive.research.kwic import Line
from archive.research.opened import Opened
from archive.research.stories import Member, Story
from archive.types import Document, Failure, Hit, Query, RecordRef
from crawler.cli.init import create
from tests.research import typed_desk
from tests.samples_archive import the_planted

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def a(sampled: Layout) -> Iterator[Archive]:
    with archive.open(sampled.root) as opened:
        yield opened


@pytest.fixture(scope="module")
def published(sampled: Layout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "outlets.db"
    publish(sampled, path)
    return path


def test_it_says_what_it_is(a: Archive, sampled: Layout) -> None:
    assert repr(a) == f"<Archive {sampled.root}: 68 articles, 2025-09-12 to 2025-11-14>"


def test_what_is_no_archive_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(NoArchive, match="no archive here"):
        archive.open(tmp_path)
    create(Layout(tmp_path / "new"))
    with pytest.raises(NoArchive, match="nothing is indexed yet"):
        archive.open(str(tmp_path / "new"))
    (tmp_path / "text.db").write_text("no database, but longer than a header has to be " * 5)
    with pytest.raises(ArchiveError, match="no published index"):
        archive.open(tmp_path / "text.db")


def _modules_after(statement: str) -> set[str]:
    said = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_to_import_the_package_imports_none_of_it() -> None:
    loaded = _modules_after("import archive")
    assert "archive" in loaded
    assert not [name for name in loaded if name.startswith("archive.") or name == "sqlite3"]


def test_to_open_an_archive_imports_neither_data_frames_nor_the_extractor() -> None:
    loaded = _modules_after("import archive.research.desk")
    assert not {"pandas", "polars", "matplotlib", "pyarrow", "trafilatura", "compound_split"} & loaded


# Finding


def test_a_search_is_a_sequence_that_knows_how_many_there_are(a: Archive) -> None:
    hits = a.search("Bürgermeister", limit=4)
    assert (len(hits), hits.total, hits.capped) == (4, 9, False)
    assert isinstance(hits[0], Hit)
    assert dict(hits.facets.counts["site"]) == {"emscher-bote": 6, "ruhr-aktuell": 2, "hafenblatt": 1}
    assert repr(hits).splitlines()[0] == "4 hits for 'Bürgermeister', best first; more: .next_page(), .total"
    assert repr(hits).splitlines()[1].split() == ["document_id", "day", "site", "title"]
    assert len(repr(hits).splitlines()) == 2 + 4


def test_its_pages_are_all_hits_once(a: Archive) -> None:
    page: Hits | None = a.search("Bürgermeister", limit=4)
    seen: list[Hit] = []
    while page is not None:
        seen += list(page)
        assert page.total == 9
        page = page.next_page()
    assert seen == list(a.search("Bürgermeister", limit=100))
    assert seen == sorted(seen, key=lambda hit: -(hit.score or 0))


@pytest.mark.parametrize(
    "filters",
    [
        {"site": "ruhr-aktuell"},
        {"since": "2025-11-08"},
        {"until": date(2025, 10, 29), "order": "date"},
        {"since": datetime(2025, 11, 1, 12, tzinfo=UTC), "author": "Nienhaus"},
        {"section": "lokales", "language": "de", "paywall": False},
        {"exact": True},
    ],
)
def test_filters_narrow_it(a: Archive, filters: dict[str, Any]) -> None:
    everything = {hit.document_id for hit in a.search("Bürgermeister", limit=100)}
    narrowed = {hit.document_id for hit in a.search("Bürgermeister", limit=100, **filters)}
    assert narrowed < everything
    assert narrowed or filters.get("exact")


def test_pages_that_list_articles_are_found_if_asked_for(a: Archive) -> None:
    assert {a.document(hit.document_id)["kind"] for hit in a.search("Essen", kind="section")} == {"section"}


def test_articles_come_one_after_another_and_anew(a: Archive) -> None:
    articles = a.articles()
    assert repr(articles) == "<articles, read one after another: loop over them, or .to_pandas()>"
    first = next(iter(articles))
    assert isinstance(first, Article)
    assert sum(1 for _ in articles) == 68
    days = [article.day for article in a.articles("Stadt", since="2025-11-01")]
    assert days == sorted(days)
    assert days[0] >= date(2025, 11, 1)


def test_lines_stand_around_their_word(a: Archive) -> None:
    lines = a.kwic("Stadt", width=20, limit=3)
    assert [type(line) for line in lines] == [Line] * 3
    assert all(len(line.left) <= 20 and len(line.right) <= 20 for line in lines)
    assert len(a.kwic("Stadt", limit=None, sort="left")) > 100 - 60
    shown = repr(lines).splitlines()[2:]
    assert len({line.index(item.word, 60 - 25) for line, item in zip(shown, lines, strict=True)}) == 1


def test_a_time_line_counts_articles_and_their_share(a: Archive) -> None:
    months = a.timeline("Stadt", since="2025-09-01", until="2025-11-30")
    assert [month.name for month in months] == ["2025-09", "2025-10", "2025-11"]
    assert sum(month.articles for month in months) == a.search("Stadt").total
    assert sum(month.all for month in months) == 68


# One article


def test_a_document_is_found_by_id_beginning_and_url(a: Archive) -> None:
    hit = a.search("Bürgermeister")[0]
    documents = [a.document(named) for named in (hit.document_id, hit.document_id[:8], hit.url)]
    assert documents[0]["url"] == hit.url
    assert documents == [documents[0]] * 3


def test_versions_and_their_difference(a: Archive) -> None:
    silent = the_planted()["silent"]
    history = a.versions(silent.url)
    assert (len(history), history.urls, history.gone) == (2, (silent.url,), None)
    assert history[1]["announced"] is False
    assert repr(history).startswith(f"2 versions of {silent.url}\n  number")
    difference = a.diff(silent.url)
    assert (difference.before, difference.after) == (1, 2)
    assert re.search(r"\[-31\.270-\] \{\+31\.720\+\}", str(difference))
    assert a.diff(silent.url, 1, 2) == difference
    with pytest.raises(BadQuery, match="version 3"):
        a.diff(silent.url, 1, 3)
    with pytest.raises(BadQuery, match="one version alone"):
        a.diff(a.search("Bürgermeister")[0].url)


# Stories and teasers


def test_a_story_is_its_articles(a: Archive) -> None:
    stories = a.stories(outlets=2, since="2025-11-13", until="2025-11-13")
    assert [story.outlets for story in stories] == [2, 2]
    told = a.story(stories[0].id)
    assert told.story.id == stories[0].id
    assert [member.relation for member in told] == ["first", "rewrite"]
    assert a.story(told[1].document_id).story == told.story
    assert {piece.sign for piece in a.compare(told[0].document_id, told[1].document_id)} == {"=", "+", "-"}
    assert repr(told).startswith(f"{stories[0].id} ")


def test_teasers_from_each_side(a: Archive) -> None:
    story = a.search("Bürgermeister Kufen")[0]
    promoted = a.teasers(story.url)
    assert {row["target_url"] for row in promoted} == {story.url}
    page = next(row["page_url"] for row in promoted if row["place"] == "front")
    assert story.url in {row["target_url"] for row in a.teasers_on(page)}
    assert story.url in {row["target_url"] for row in a.promoted(str(story.site))}
    assert {row["site"] for row in a.unstored("ruhr-aktuell")} == {"ruhr-aktuell"}


# Anything else


def test_sql_gives_rows(a: Archive) -> None:
    rows = a.sql("SELECT site, max(day) AS day FROM articles WHERE site = :site", {"site": "hafenblatt"})
    assert list(rows) == [{"site": "hafenblatt", "day": "2025-11-14"}]
    assert rows.to_polars().schema == {"site": pl.String(), "day": pl.Date()}
    assert repr(rows) == "1 row of 2 columns\n  site        day\n  hafenblatt  2025-11-14"
    assert len(a.sql("SELECT 1 WHERE 0").to_pandas().columns) == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda a: a.search('"open'), "not closed"),
        (lambda a: a.search("x", since="2025"), "since='2025': no day; write it as YYYY-MM-DD"),
        (lambda a: a.search("x", since="2025-02-01", until="2025-01-01"), "exchange them"),
        (lambda a: a.search("x", order="best"), "order='best': choose one of 'relevance', 'date'"),
        (lambda a: a.search("x", limit=0), "limit=0"),
        (lambda a: a.kwic("x", sort="up"), "sort='up'"),
        (lambda a: a.kwic("x", width=-1), "width=-1"),
        (lambda a: a.timeline("x", by="hour"), "by='hour'"),
        (lambda a: a.sql("DELETE FROM documents"), "readonly"),
        (
            lambda a: a.sql("SELECT missing"),
            "no such column: missing; tables and columns: gazette help schema",
        ),
        (lambda a: a.sql("SELECT 1; SELECT 2"), "one statement"),
        (lambda a: a.sql("SELECT 1 AS one, 2 AS one"), "two columns are called one"),
        (lambda a: a.sql("ATTACH ':memory:' AS other"), "gives no rows"),
        (lambda a: a.read("nothing-here"), "no document with this id"),
        (lambda a: a.read(RecordRef("no.warc.gz", 7, 1)), "no.warc.gz@7: no capture"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(a: Archive, call: Callable[[Archive], Any], said: str) -> None:
    with pytest.raises(BadQuery, match=re.escape(said)):
        call(a)


def test_a_filter_that_is_none_is_named(a: Archive) -> None:
    with pytest.raises(TypeError, match="no filter 'sites'; there are: site, since, until, author"):
        a.articles(sites="ruhr-aktuell")  # type: ignore[call-arg]


def test_references_can_be_exported(a: Archive, tmp_path: Path) -> None:
    target = tmp_path / "references.bib"
    assert a.export("bibtex", target, "Bürgermeister") == 9
    assert len(bibtexparser.parse_file(str(target)).entries) == 9
    with pytest.raises(BadConfiguration, match="is there already"):
        a.export("bibtex", str(target), site="ruhr-aktuell")
    assert a.export("txt", tmp_path / "texts", site="ruhr-aktuell", since="2025-11-13") > 0
    with pytest.raises(BadConfiguration, match="'pdf': no format; choose one of jsonl, csv"):
        a.export("pdf", tmp_path / "x")


# The bytes


def test_everything_that_is_found_leads_to_its_page(a: Archive) -> None:
    hit = a.search("Bürgermeister Kufen")[0]
    page = a.read(hit)
    assert page.capture.url == hit.url
    assert "Kufen" in page.body.decode("utf-8")
    article = next(article for article in a.articles() if article.id == hit.document_id)
    line = next(line for line in a.kwic("Kufen") if line.document_id == hit.document_id)
    member = next(member for member in a.story(hit.document_id) if member.document_id == hit.document_id)
    for named in (hit.ref, hit.document_id, hit.url, article, line, member):
        assert a.read(named) == page
    assert a.record(hit).startswith(b"HTTP/1.1 200 ")
    assert a.record(hit).endswith(page.body)
    assert a.why(hit.document_id)["checks"]["content_digest"] is True
    assert json.dumps(a.why(hit.url))


def test_a_published_file_answers_without_bytes(a: Archive, published: Path, tmp_path: Path) -> None:
    with archive.open(published) as alone:
        assert list(alone.search("Bürgermeister")) == list(a.search("Bürgermeister"))
        assert alone.export("csv", tmp_path / "all.csv") == 68
        for call in (alone.read, alone.record, alone.why):
            with pytest.raises(NoArchive, match=r"outlets\.db: has no bytes of pages beside it"):
                call("whatever")


def test_a_closed_archive_says_so(published: Path) -> None:
    closed = archive.open(published)
    hits = closed.search("Bürgermeister", limit=2)
    closed.close()
    closed.close()
    assert repr(closed) == f"<Archive {published}, closed>"
    assert len(hits) == 2
    for ask in (hits.next_page, lambda: hits.total, lambda: closed.stories()):
        with pytest.raises(ArchiveError, match="was closed"):
            ask()


# Data frames


def _everything(a: Archive) -> dict[str, Any]:
    story = a.stories(outlets=2)[0]
    return {
        "HITS": a.search("Stadt"),
        "ARTICLES": a.articles(),
        "PERIODS": a.timeline("Stadt"),
        "LINES": a.kwic("Stadt"),
        "STORIES": a.stories(),
        "MEMBERS": a.story(story.id),
        "VERSIONS": a.versions(the_planted()["silent"].url),
        "TEASERS": a.teasers(a.search("Kufen")[0].url),
        "PROMOTED": a.promoted("ruhr-aktuell"),
        "UNSTORED": a.unstored(),
    }


_POLARS = {
    Column.TEXT: pl.String(),
    Column.WHOLE: pl.Int64(),
    Column.NUMBER: pl.Float64(),
    Column.FLAG: pl.Boolean(),
    Column.DAY: pl.Date(),
    Column.TIME: pl.Datetime("us", "UTC"),
    Column.SPAN: pl.Duration("us"),
    Column.TEXTS: pl.List(pl.String()),
}


def test_all_rows_become_data_frames_with_types(a: Archive) -> None:
    for name, rows in _everything(a).items():
        shape = getattr(found, name)
        frame, other = rows.to_pandas(), rows.to_polars()
        assert rows.shape == shape
        assert list(frame.columns) == other.columns == list(shape.columns)
        assert len(frame) == len(other) == sum(1 for _ in rows) > 0
        assert other.schema == {column: _POLARS[kind] for column, kind in shape.columns.items()}
        assert set(shape.shown) <= set(shape.columns)
        # Without any row, too, the columns are there and have their types.
        nothing: Rows[Any] = Rows((), shape)
        assert nothing.to_polars().schema == other.schema
        assert dict(nothing.to_pandas().dtypes) == dict(frame.dtypes)


def test_no_field_is_left_out_of_a_data_frame() -> None:
    assert tuple(found.ARTICLES.columns) == COLUMNS
    assert set(found.HITS.columns) == {f.name for f in fields(Hit)} - {"ref"} | {"warc", "offset", "length"}
    for shape, kind in ((found.LINES, Line), (found.MEMBERS, Member)):
        assert list(shape.columns) == [field.name for field in fields(kind)]
    assert list(found.STORIES.columns) == [field.name for field in fields(Story) if field.name != "members"]


def test_days_are_days_and_times_are_utc(a: Archive) -> None:
    frame = a.articles(site="ruhr-aktuell").to_pandas()
    assert frame["day"].dtype == "datetime64[s]"
    assert frame["published"].dtype == pd.DatetimeTZDtype("us", "UTC")
    article = next(iter(a.articles(site="ruhr-aktuell")))
    assert frame["day"][0].date() == article.day
    assert frame["published"][0] == pd.Timestamp(article.published)
    assert frame["authors"][0] == list(article.authors)
    assert frame["text"].str.split().str.len().min() > 20


def test_a_member_is_dated_in_utc_whatever_its_page_says(a: Archive) -> None:
    told = a.story(a.stories(outlets=2)[0].id)
    assert told[0].published is not None
    assert told.to_polars()["published"][0] == told[0].published.astimezone(UTC)
    assert told.to_pandas()["behind"][1] == told[1].behind


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_library_that_is_missing_is_named(
    a: Archive, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(BadConfiguration, match=f"{library} isn't installed; .*'gazette\\[research\\]'"):
        getattr(a.stories(), f"to_{library}")()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["2025-01-31", None], Column.DAY),
        (["2025-01-31T10:00:00.000000Z"], Column.TIME),
        (["2025-02-31"], Column.TEXT),
        (["2025-01-31", "today"], Column.TEXT),
        ([1, None, 2], Column.WHOLE),
        ([1, 2.5], Column.NUMBER),
        ([1, "one"], Column.ANY),
        ([None], Column.TEXT),
        ([b"bytes"], Column.ANY),
    ],
)
def test_columns_that_nobody_described_are_known_by_their_values(values: list[Any], kind: Column) -> None:
    rows = [{"value": value} for value in values]
    shape = inferred(["value"], rows)
    assert shape.columns == {"value": kind}
    assert len(Rows(rows, shape).to_pandas()) == len(Rows(rows, shape).to_polars()) == len(values)


def test_a_repr_never_steers_the_terminal() -> None:
    row = {"title": "red \x1b[31m\n\u202etitle " + "x" * 100}
    shown = repr(Rows([row], inferred(["title"], [row])))
    assert shown.splitlines()[2] == "  red [31m title " + "x" * 44 + "…"


def test_the_types_that_are_promised_hold_when_it_runs(sampled: Layout) -> None:
    assert typed_desk.ask(str(sampled.root)) > 0


def test_every_filter_is_one_of_a_query() -> None:
    from archive.research.asked import Filters

    assert set(get_type_hints(Filters)) <= {field.name for field in fields(Query)}


# What is written about it


def _examples() -> list[str]:
    known = {**vars(Opened), **vars(Archive)}
    methods = {name: known[name].__doc__ for name in known if not name.startswith("_")}
    assert [name for name, text in methods.items() if "Example:" not in text] == ["close", "connection"]
    return [
        textwrap.dedent(text.partition("Example:\n")[2]) for text in methods.values() if "Example:" in text
    ]


def test_examples_of_the_methods_run(
    a: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    silent, story = the_planted()["silent"].url, a.stories(outlets=2)[0].id
    real = {
        "https://outlet.example/rathaus/haushalt": silent,
        "https://outlet.example/": silent[: silent.index("/", 8) + 1],
        "s-k3zq2m": story,
        "k3zq2m7a": a.story(story)[0].document_id,
        "2026-01-01": "2025-11-01",
    }
    for example in _examples():
        for written, meant in real.items():
            example = example.replace(written, meant)
        exec(example, {"a": a, "url": silent, "hit": a.search("Brücke")[0]})
    assert "[-" in capsys.readouterr().out
    assert "Brücke" in (tmp_path / "bridge.bib").read_text(encoding="utf-8")


def test_what_readme_shows_runs(
    sampled: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-archive").symlink_to(sampled.root)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme.partition("## Use it from Python\n")[2], re.DOTALL)
    assert len(blocks) == 2
    known: dict[str, Any] = {"html": b"<html><body><h1>Title</h1><p>Text.</p></body></html>"}
    for block in blocks:
        exec(block, known)
    assert "9 articles, the best: " in capsys.readouterr().out
    assert isinstance(known["document"], Document | Failure)
    assert (tmp_path / "buergermeister.bib").exists()
