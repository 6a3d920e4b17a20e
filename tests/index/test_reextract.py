"""Re-extraction in place: after it the rows are those of a rebuild, whatever was selected in what order."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from archive.errors import BadQuery
from archive.index import batches, jobs, rownumbers, select
from archive.index.select import Selection
from archive.layout import Layout
from archive.types import Kind
from archive.warc.records import digest
from tests.index.support import Shot, dump, fake_pool, only, write_warc

A, B = "https://a.example/eins", "https://a.example/zwei"


def article(title: str, text: str = "Der Rat tagte.", **more: object) -> dict[str, object]:
    return {"title": title, "lead": "Kurz gesagt.", "text": text, **more}


TWICE = article("Zweimal", v2={"fails_before": 20})
REVISITED = article("Wieder", v2={"failure": "empty"})


def shots() -> list[Shot]:
    """What another extractor may change: text, kind, day, teasers, proofs; failures that come and go; the
    outcome of only the first of two captures of one content, and of what a revisit found again."""
    return [
        Shot(A, article("Alt", v2={"title": "Anders", "day": "2020-01-01", "authors": ["Ada"]}), 1),
        Shot(A, article("Neu", v2={"kind": "section", "teasers": [["Zweimal", B]]}), 2),
        Shot(B, TWICE, 3),
        Shot(B, TWICE, 30),
        Shot(B, b"", 31, 304, "revisit", of=3),
        Shot(B, b"", 32, 200, "revisit", said_digest=digest(Shot(B, TWICE).body)),
        Shot("https://a.example/drei", REVISITED, 4),
        Shot("https://a.example/drei", b"", 40, 304, "revisit", of=4),
        Shot("https://a.example/vier", {"failure": "empty", "v2": {"failure": None, "title": "Vier"}}, 5),
        Shot("https://a.example/fuenf", {"failure": "empty", "v2": {"failure": "timeout"}}, 6),
        Shot("https://a.example/", {"kind": "section", "teasers": [["Eins", A], ["Drei ist da", B]]}, 7),
        Shot("https://a.example/h", article("Der Haushalt steht", v2={"title": "Ein anderer Titel hier"}), 8),
        Shot("https://a.example/b", article("Bad bleibt zu"), 9),
        Shot("https://a.example/k", article("Kein Bad heute", v2={"title": "Der Haushalt steht"}), 10),
        Shot(
            "https://a.example/brand",
            article("Es brannte", suspects=[["Der Haushalt steht", "31."], ["Bad bleibt zu", "Risse."]]),
            11,
        ),
        *(
            Shot(f"https://c.example/{i}", article(f"Nr. {i}", v2={"day": f"2026-01-0{1 + i % 3}"}), 50 + i)
            for i in range(8)
        ),
    ]


SELECTIONS = (
    Selection(site="echo", until=date(2026, 3, 1), kind=Kind.SECTION),
    Selection(url=B),
    Selection(url="https://a.example/*"),
    Selection(status="failure"),
    Selection(where="title LIKE 'N%' AND captured_at > '2026-03-01T00:52'"),
    Selection(where="document_id IN (SELECT document_id FROM suspects)"),
    Selection(since=date(2026, 3, 1), status="200"),
)


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    layout = Layout(tmp_path_factory.mktemp("rebuilt"))
    write_warc(layout, "a", shots())
    jobs.run(layout, pool=fake_pool(layout, function="extract_newer"))
    return dump(layout)


@pytest.mark.parametrize("seed", range(4))
def test_selections_in_any_order_end_in_the_rows_of_a_rebuild(
    tmp_path: Path, seed: int, rebuilt: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(seed)
    monkeypatch.setattr(batches, "BATCH", dice.choice((1, 2, 50)))
    layout = Layout(tmp_path)
    write_warc(layout, "a", shots())
    jobs.run(layout, pool=fake_pool(layout))
    before = only(layout, "SELECT count(*) FROM documents")
    for selection in dice.sample(SELECTIONS, 3):
        jobs.run(layout, pool=fake_pool(layout, function="extract_newer"), selection=selection)
    jobs.run(layout, pool=fake_pool(layout, function="extract_newer"), selection=Selection())
    assert dump(layout) == rebuilt
    assert only(layout, "SELECT count(*) FROM documents") == before - 1 + 1, "one went, one came"
    assert only(layout, "SELECT count(*) FROM captures WHERE outcome IS NULL") == 0
    again = jobs.run(layout, pool=fake_pool(layout, function="extract_newer"), selection=Selection())
    assert again == jobs.Summary(), "nothing is stale any more"
    everything = Selection(fresh=True)
    jobs.run(layout, pool=fake_pool(layout, function="extract_newer"), selection=everything)
    assert dump(layout) == rebuilt


def test_a_shared_number_is_given_on_when_its_document_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rownumbers, "row_number", lambda document_id, day: rownumbers.first_number(day))
    dumps = []
    for number, functions in enumerate((("extract", "extract_newer"), ("extract_newer",))):
        layout = Layout(tmp_path / str(number))
        write_warc(layout, "a", shots())
        for function in functions:
            jobs.run(layout, pool=fake_pool(layout, function=function), selection=Selection())
        dumps.append(dump(layout))
    assert dumps[0] == dumps[1]


def test_a_selection_takes_the_record_its_document_was_made_from(tmp_path: Path) -> None:
    """The page of March says the same as in February: without its record the row would stay stale."""
    layout = Layout(tmp_path)
    same = article("Gleich", v2={"title": "Anders"})
    write_warc(layout, "a", [Shot(A, same, 1), Shot(A, same, 3000), Shot(B, article("Fern"), 2)])
    jobs.run(layout, pool=fake_pool(layout))
    selection = Selection(since=date(2026, 3, 3))
    summary = jobs.run(layout, pool=fake_pool(layout, function="extract_newer"), selection=selection)
    assert summary.outcomes == 2
    assert only(layout, "SELECT title, extractor FROM articles ORDER BY title") == [
        ("Anders", "fake-2"),
        ("Fern", "fake-1"),
    ]
    assert only(layout, "SELECT value FROM meta WHERE key = 'extractor'") == "fake-1"


def test_newest_go_first(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_warc(
        layout, "a", [Shot(f"https://a.example/{i}", article(f"Nr. {i}"), (7 * i) % 20) for i in range(20)]
    )
    with jobs.Indexer(layout, pool=fake_pool(layout)) as indexer:
        indexer.step(seconds=0.0)
        assert only(layout, "SELECT min(captured_at) FROM documents") > "2026-03-01T00:15"
        assert 0 < only(layout, "SELECT count(*) FROM documents") < 20
        indexer.step()
    assert only(layout, "SELECT count(*) FROM documents") == 20
    with jobs.Indexer(layout, pool=fake_pool(layout, function="extract_newer")) as indexer:
        picked = select.pick(layout.index.resolve(), "fake-2", Selection())
        times = [capture.captured_at for capture in indexer._store.captures_at(picked.numbers)]
    assert len(times) == 20
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (
            "site = 'echo' AND kin = 'a'",
            "no such column: kin (did you mean kind?), at ▸ in: site = 'echo' AND ▸kin = 'a'",
        ),
        ("title = 'kin' AND kin = 1", "in: title = 'kin' AND ▸kin = 1"),
        ("status = = 3", 'near "=": syntax error, at ▸ in: status = ▸= 3'),
        ("status =", "at ▸ in: status =▸"),
        ("1; DROP TABLE captures", 'near ";": syntax error, at ▸ in: 1▸; DROP TABLE captures'),
        ("title = @", "unrecognized token"),
        ("nosuch(title)", "no such function: nosuch, at ▸ in: ▸nosuch(title)"),
        ("load_extension('x')", "not allowed here: load_extension, at ▸ in: ▸load_extension('x')"),
        ("1 IN (SELECT count(*) FROM sqlite_master)", "FROM ▸sqlite_master)"),
        ("length(zeroblob(1000000000)) > 1", "too big"),
        ("count(*) > 1", "misuse of aggregate"),
        ("  ", "give a condition"),
    ],
)
def test_a_wrong_condition_is_one_line_that_points(tmp_path: Path, where: str, said: str) -> None:
    layout = Layout(tmp_path)
    write_warc(layout, "a", shots()[:1])
    jobs.run(layout, pool=fake_pool(layout))
    with pytest.raises(BadQuery) as caught:
        select.pick(layout.index.resolve(), "fake-2", Selection(where=where))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_condition_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "WHERE_SECONDS", 0.2)
    layout = Layout(tmp_path)
    write_warc(layout, "a", shots())
    jobs.run(layout, pool=fake_pool(layout))
    from_all = ", ".join(f"captures AS c{i}" for i in range(9))
    with pytest.raises(BadQuery, match="takes longer"):
        select.pick(
            layout.index.resolve(), "fake-2", Selection(where=f"(SELECT count(*) FROM {from_all}) > 1")
        )


def test_what_kinds_of_status_there_are(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_warc(layout, "a", shots())
    jobs.run(layout, pool=fake_pool(layout))

    def count(status: str) -> int:
        return len(select.pick(layout.index.resolve(), "fake-2", Selection(status=status)).numbers)

    assert (count("failure"), count("empty"), count("timeout"), count("404")) == (2, 2, 0, 0)
    assert count("200") == count("document") + 2 == 20
    with pytest.raises(BadQuery, match="'broken' is no HTTP status"):
        count("broken")


def test_plan_says_how_much_and_changes_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_warc(layout, "a", shots())
    jobs.run(layout, pool=fake_pool(layout))
    before = dump(layout)
    plan = jobs.plan(layout, Selection(), fake_pool(layout, function="extract_newer"))
    stored = only(layout, "SELECT count(*), sum(length) FROM captures WHERE extractor IS NOT NULL")
    assert [(plan.records, plan.bytes)] == stored
    assert plan.seconds > 0
    assert dump(layout) == before
