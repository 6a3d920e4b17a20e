"""Each format is read back by another tool than the one that wrote it."""

from __future__ import annotations

import dataclasses
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import bibtexparser
import pandas
import polars
import pytest
import rispy
from citeproc.source.json import CiteProcJSON

from archive.export import FORMATS
from archive.export.cells import safe
from archive.export.names import Name, inverted, split
from archive.research.articles import COLUMNS, Article, as_row
from archive.types import RecordRef

PLAIN = Article(
    id="abcdefghijklmnopqrst2345",
    url="https://blatt.example/lokales/bruecke?id=7&x={1}",
    site="blatt",
    title="Brücke über den Kanal: 50 % teurer & „später“",
    kicker="Verkehr",
    authors=("Änne von der Heide", "Jörg Maß"),
    agencies=("dpa",),
    day=date(2026, 3, 29),
    published="2026-03-28T23:30:00Z",
    published_precision="minute",
    modified=None,
    section="Lokales",
    language="de",
    tags=("Brücke", "Bau, Verkehr"),
    paywall_declared=False,
    paywall_observed=None,
    canonical_url=None,
    captured_at="2026-03-29T05:00:00.000001Z",
    last_captured_at="2026-03-30T05:00:00.000001Z",
    extractor="1-x",
    record_id="urn:uuid:11111111-2222-3333-4444-555555555555",
    ref=RecordRef("a.warc.gz", 17, 900),
    lead="Die Brücke wird später fertig.",
    text='Die Brücke wird später fertig.\nDas sagt der „Rat“.\nEine Zeile, "zitiert"; mit Semikolon.',
)
HOSTILE = dataclasses.replace(
    PLAIN,
    id="zzzzzzzzzzzzzzzzzzzz2345",
    site=None,
    title='=HYPERLINK("http://x","y")',
    authors=(),
    lead="@SUM(1) } \\end{document} {",
    text="@SUM(1) } \\end{document} {\n-- $x_1^2$ ~ #",
    section="+49 {",
    tags=("-1",),
    paywall_declared=None,
)
BARE = dataclasses.replace(
    PLAIN,
    id="yyyyyyyyyyyyyyyyyyyy2345",
    title=None,
    kicker=None,
    authors=(),
    agencies=(),
    published=None,
    published_precision=None,
    section=None,
    language=None,
    tags=(),
    lead=None,
    text="",
)
ALL = (PLAIN, HOSTILE, BARE)
OUTLETS = {"blatt": "Das Blatt"}


def written(name: str, articles: tuple[Article, ...] = ALL) -> bytes:
    out = io.BytesIO()
    assert FORMATS[name].write(iter(articles), out, OUTLETS) == len(articles)  # type: ignore[arg-type]
    return out.getvalue()


def test_jsonl_is_read_by_polars_and_holds_every_field() -> None:
    rows = [json.loads(line) for line in written("jsonl").splitlines()]
    assert [set(row) for row in rows] == [{*COLUMNS, "outlet"}] * 3
    assert rows[0] == as_row(PLAIN) | {"outlet": "Das Blatt"}
    frame = polars.read_ndjson(io.BytesIO(written("jsonl")))
    assert frame["title"].to_list() == [PLAIN.title, HOSTILE.title, None]
    assert frame["authors"].to_list() == [list(PLAIN.authors), [], []]


def test_csv_is_read_by_pandas_and_polars_alike() -> None:
    data = written("csv")
    frame = pandas.read_csv(io.BytesIO(data), encoding="utf-8-sig")
    assert list(frame.columns) == ["outlet", *COLUMNS]
    assert frame["text"][0] == PLAIN.text
    assert frame["authors"][0] == "Änne von der Heide; Jörg Maß"
    assert list(frame["offset"]) == [17, 17, 17]
    other = polars.read_csv(data)
    assert other["title"].to_list()[:2] == [PLAIN.title, "'" + str(HOSTILE.title)]
    assert other["day"].to_list() == ["2026-03-29"] * 3


def test_no_cell_of_a_csv_file_is_a_formula() -> None:
    frame = pandas.read_csv(io.BytesIO(written("csv", (HOSTILE,))), dtype=str, encoding="utf-8-sig")
    cells = [cell for cell in frame.iloc[0] if isinstance(cell, str)]
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r"]
    assert frame["section"][0] == "'+49 {"


@pytest.mark.parametrize("start", [*list("=+-@"), "\t", "\r", "\n", "＝"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    assert safe(start + "1") == "'" + start + "1"
    assert safe("1" + start) == "1" + start


def test_parquet_is_read_by_polars_with_its_types() -> None:
    frame = polars.read_parquet(io.BytesIO(written("parquet")))
    assert frame.columns == ["outlet", *COLUMNS]
    assert frame["published"][0] == datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert frame["day"].to_list() == [date(2026, 3, 29)] * 3
    assert frame["authors"].to_list() == [list(PLAIN.authors), [], []]
    assert frame["paywall_declared"].to_list() == [False, None, False]
    assert frame["text"].to_list() == [PLAIN.text, HOSTILE.text, ""]


def test_parquet_is_written_group_by_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.export.parquet._GROUP", 2)
    assert polars.read_parquet(io.BytesIO(written("parquet")))["id"].to_list() == [a.id for a in ALL]


def test_bibtex_is_read_by_bibtexparser() -> None:
    library = bibtexparser.parse_string(written("bibtex").decode())
    assert not library.failed_blocks
    first, second, third = library.entries
    fields = {field.key: field.value for field in first.fields}
    assert first.entry_type == "article"
    assert first.key == "blatt-2026-abcdefghijkl"
    assert fields["title"] == r"{Brücke über den Kanal: 50 \% teurer \& „später“}"
    assert fields["author"] == "von der Heide, Änne and Maß, Jörg"
    assert fields["journal"] == "Das Blatt"
    assert fields["date"] == "2026-03-29"
    assert fields["url"] == "https://blatt.example/lokales/bruecke?id=7&x=%7B1%7D"
    assert fields["urldate"] == "2026-03-29"
    assert PLAIN.record_id in fields["note"]
    assert {f.key: f.value for f in second.fields}["author"] == "{dpa}"
    assert second.key == "blatt-example-2026-zzzzzzzzzzzz"
    assert "author" not in {f.key for f in third.fields}


def test_ris_is_read_by_rispy() -> None:
    first, second, third = rispy.loads(written("ris").decode())
    assert first["type_of_reference"] == "NEWS"
    assert first["title"] == PLAIN.title
    assert first["authors"] == ["von der Heide, Änne", "Maß, Jörg"]
    assert first["secondary_title"] == "Das Blatt"
    assert first["date"] == "2026/03/29/"
    assert first["urls"] == [PLAIN.url]
    assert first["keywords"] == ["Brücke", "Bau, Verkehr"]
    assert PLAIN.record_id in first["notes"][0]
    assert second["authors"] == ["dpa"]
    assert third["title"] == PLAIN.url


def test_csl_json_is_read_by_citeproc() -> None:
    items = json.loads(written("csl"))
    bibliography = CiteProcJSON(items)
    assert set(bibliography) == {article.id for article in ALL}
    first = bibliography[PLAIN.id]
    assert first["type"] == "article_newspaper" or str(first["type"]) == "article-newspaper"
    assert [(str(name.family), str(name.given)) for name in first["author"]] == [
        ("Heide", "Änne"),
        ("Maß", "Jörg"),
    ]
    assert (first["issued"].year, first["issued"].month, first["issued"].day) == (2026, 3, 29)
    assert items[1]["author"] == [{"literal": "dpa"}]
    assert items[0]["archive_location"] == PLAIN.record_id


def test_a_text_folder_holds_a_file_an_article_and_their_table(tmp_path: Path) -> None:
    assert FORMATS["txt"].write(iter(ALL), tmp_path, OUTLETS) == 3  # type: ignore[arg-type]
    table = pandas.read_csv(tmp_path / "metadata.csv")
    assert list(table["id"]) == [article.id for article in ALL]
    assert table["file"][0] == "blatt/2026/2026-03-29_abcdefghijklmnopqrst2345.txt"
    assert table["file"][1].startswith("imported/2026/")
    assert (tmp_path / table["file"][0]).read_text(encoding="utf-8").split("\n\n") == [
        PLAIN.title,
        *PLAIN.text.split("\n")[:-1],
        PLAIN.text.split("\n")[-1] + "\n",
    ]
    assert not {"text", "lead"} & set(table.columns)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ludwig van Beethoven", Name("Beethoven", "Ludwig", "van")),
        ("Änne von der Heide", Name("Heide", "Änne", "von der")),
        ("Prof. Dr. Mia Klein-Groß", Name("Klein-Groß", "Mia")),
        ("Redaktion", Name("Redaktion", "")),
        ("Maß, Jörg", Name("Maß", "Jörg")),
        ("Van Anh Nguyen", Name("Nguyen", "Van Anh")),
        ("", Name("", "")),
    ],
)
def test_names_are_split_as_references_need_them(name: str, parts: Name) -> None:
    assert split(name) == parts


def test_a_name_is_inverted_with_its_particle_first() -> None:
    assert inverted("Ludwig van Beethoven") == "van Beethoven, Ludwig"
    assert inverted("Redaktion") == "Redaktion"
