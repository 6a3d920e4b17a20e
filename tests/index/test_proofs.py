"""Teasers that other stored pages prove: what proves a run, what doesn't, and that the order is no matter."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from archive.index import generation, headlines
from archive.index.store import Store
from archive.index.workers import Result
from archive.layout import Layout
from archive.warc.reader import CaptureWalk, files, read_page
from tests.index import fakes
from tests.index.support import Shot, dump, only, write_warc

BODY = "Der Brand in der Ziegelei ist gelöscht."
ONE, TWO = "Rat beschließt den Haushalt", "Das Hallenbad bleibt geschlossen"
THREE = "Storch kehrt zurück ins Tal"
RUN = ((ONE, "31 stimmten dafür."), (TWO, "Risse im Dach."), (THREE, "Er kam im März."))
WHOLE = "\n".join([BODY, *(part for pair in RUN for part in pair)])
PAGE = "https://a.example/brand"


def page(suspects: Sequence[Sequence[str]] = RUN, url: str = PAGE, **more: object) -> Shot:
    said = {"title": "Brand in alter Ziegelei gelöscht", "text": BODY, "suspects": suspects, **more}
    return Shot(url, said, 1)


def story(title: str, name: str, at: int = 2, host: str = "a.example", site: str | None = "echo") -> Shot:
    return Shot(f"https://{host}/{name}", {"title": title, "text": f"Text von {name}."}, at, site=site)


def section(*teasers: tuple[str, str], name: str = "", at: int = 3, kind: str = "section") -> Shot:
    return Shot(f"https://a.example/{name}", {"kind": kind, "teasers": teasers}, at)


def index(root: Path, shots: Sequence[Shot], order: Sequence[int] | None = None, lot: int = 1) -> Layout:
    """An index of these shots, whose outcomes come in this order, so many at once."""
    layout = Layout(root)
    write_warc(layout, "all", shots)
    path = generation.fresh(layout)
    store = Store(path, fakes.KEY)
    entries = list(CaptureWalk(layout.warc / "all.warc.gz", "all.warc.gz"))
    store.add_captures(files(layout.warc)[0], entries, entries[-1].end)
    captures = list(store.new_captures())
    captures = [captures[i] for i in order or range(len(captures))]
    for start in range(0, len(captures), lot):
        taken = captures[start : start + lot]
        store.write([Result(c, fakes.extract(read_page(layout.warc, c)), None) for c in taken])
    store.close()
    generation.use(layout, path)
    return layout


def text(layout: Layout, url: str = PAGE) -> object:
    return only(layout, "SELECT text FROM documents WHERE url = ?", url)


def test_a_proved_run_is_cut_and_kept_as_records(tmp_path: Path) -> None:
    shots = [page(cuts=["Mehr"]), story(ONE, "haushalt"), section((TWO, "https://a.example/bad"))]
    layout = index(tmp_path, shots)
    assert text(layout) == BODY
    assert only(layout, "SELECT blocks FROM documents WHERE url = ?", PAGE) == (
        f'[{{"kind":"paragraph","text":"{BODY}"}}]'
    )
    assert only(layout, "SELECT json_array_length(uncut) FROM documents WHERE url = ?", PAGE) == 7
    assert only(
        layout, "SELECT position, headline, text, url, evidence FROM teasers WHERE evidence LIKE 'stored-%'"
    ) == [
        (0, ONE, "31 stimmten dafür.", "https://a.example/haushalt", "stored-title"),
        (1, TWO, "Risse im Dach.", "https://a.example/bad", "stored-teaser"),
        (2, THREE, "Er kam im März.", None, "stored-run"),
    ]


def test_what_was_cut_stays_with_its_reason(tmp_path: Path) -> None:
    shots = [page(cuts=["Mehr"]), story(ONE, "haushalt"), story(THREE, "storch")]
    layout = index(tmp_path, shots)
    assert only(layout, "SELECT text, reason FROM cuts ORDER BY position") == [
        ("Mehr", "all-linked"),
        (f"{ONE}\n31 stimmten dafür.", "stored-title"),
        (f"{TWO}\nRisse im Dach.", "stored-run"),
        (f"{THREE}\nEr kam im März.", "stored-title"),
    ]
    assert only(layout, "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'Risse'") == 0
    assert only(layout, "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'Ziegelei'") == 1
    assert only(
        layout, "SELECT headline FROM teasers JOIN documents d ON d.id = target_id ORDER BY position"
    ) == [(ONE,), (THREE,)]


def test_long_headlines_at_the_ends_of_a_run_go_with_it(tmp_path: Path) -> None:
    long = "Warum der Storch in diesem Jahr so früh kommt"
    shots = [page([(long, "A."), *RUN[:2], (long, "B.")], label="Mehr aus dem Tal")]
    layout = index(tmp_path, [*shots, story(ONE, "haushalt"), story(TWO, "bad")])
    assert text(layout) == BODY, "the heading above them goes, too"
    assert only(layout, "SELECT text FROM cuts WHERE position = 0") == "Mehr aus dem Tal"


def test_subheadings_before_and_behind_stay(tmp_path: Path) -> None:
    before, behind = ("Was die Polizei sagt", "Sie ermittelt."), ("So geht es weiter", "Im Mai.")
    layout = index(tmp_path, [page([before, *RUN[:2], behind]), story(ONE, "haushalt"), story(TWO, "bad")])
    assert text(layout) == "\n".join([BODY, *before, *behind])


@pytest.mark.parametrize(
    "others",
    [
        [story(ONE, "haushalt")],
        [story(ONE, "haushalt"), story(ONE, "haushalt-2")],
        [story(ONE, "haushalt"), story(TWO, "haushalt", 5)],
        [story(ONE, "haushalt"), story(TWO, "bad", host="b.example", site="foxtrot")],
        [story(ONE, "haushalt"), story(TWO, "brand?seite=2")],
        [story(ONE, "haushalt"), section((TWO, PAGE))],
        [story(ONE, "haushalt"), section((TWO, "https://a.example/bad"), kind="article", name="x")],
        [story(ONE, "haushalt"), section(name=TWO)],
        [page(url="https://a.example/kopie"), story(ONE, "haushalt")],
    ],
    ids=[
        "one headline",
        "one headline on two pages",
        "two headlines of one page",
        "another outlet",
        "a part of the page itself",
        "a teaser of the page itself",
        "a teaser on an article",
        "a section of that name",
        "the article stored twice",
    ],
)
def test_what_proves_nothing(tmp_path: Path, others: list[Shot]) -> None:
    layout = index(tmp_path, [page(), *others])
    assert text(layout) == WHOLE
    assert only(layout, "SELECT count(*) FROM cuts") == 0


def test_the_title_of_the_page_itself_proves_nothing(tmp_path: Path) -> None:
    """A copy of the article at another address is no evidence for a heading in it that repeats the title."""
    run = [("Brand in alter Ziegelei gelöscht!", "Noch einmal."), RUN[0]]
    copy = story("Brand in alter Ziegelei gelöscht", "kopie")
    layout = index(tmp_path, [page(run), copy, story(ONE, "haushalt")])
    assert text(layout) == "\n".join([BODY, *run[0], *run[1]])


def test_pages_of_one_host_are_of_one_outlet_also_without_a_site(tmp_path: Path) -> None:
    shots = [page(), story(ONE, "a", site=None), story(THREE, "b", host="www.a.example", site="foxtrot")]
    assert text(index(tmp_path, shots)) == BODY


def test_a_target_that_comes_only_later(tmp_path: Path) -> None:
    shots = [page(), story(ONE, "haushalt"), story(THREE, "storch")]
    assert text(index(tmp_path / "1", shots[:2])) == WHOLE
    assert text(index(tmp_path / "2", shots)) == BODY


def evidence_that_goes() -> list[Shot]:
    """The earliest capture says whose page it is: another one makes evidence come and go."""
    late = story(THREE, "storch", 50, host="b.example", site="echo")
    early = story(THREE, "storch", 4, host="b.example", site="foxtrot")
    return [page(), story(ONE, "haushalt"), late, early]


def test_text_comes_back_when_its_proof_is_gone(tmp_path: Path) -> None:
    assert text(index(tmp_path / "1", evidence_that_goes()[:3])) == BODY
    layout = index(tmp_path / "2", evidence_that_goes())
    assert text(layout) == WHOLE
    assert only(layout, "SELECT count(*) FROM documents WHERE uncut IS NOT NULL") == 0
    assert only(layout, "SELECT count(*) FROM teasers") == only(layout, "SELECT count(*) FROM cuts") == 0
    assert dump(layout) == dump(index(tmp_path / "3", evidence_that_goes(), (3, 2, 1, 0)))


@pytest.mark.parametrize("seed", range(8))
def test_order_and_lots_change_nothing(tmp_path: Path, seed: int) -> None:
    shots = [
        page(),
        page(RUN[:2], "https://a.example/sturm"),
        page(RUN[1:], "https://a.example/nebel", day="2026-02-01"),
        story(ONE, "haushalt"),
        story(ONE, "h", 7),
        story("Rat beschließt: Haushalt steht", "haushalt", 9),
        section((TWO, "https://a.example/bad"), (THREE, "https://a.example/storch")),
        section((TWO, "https://a.example/bad"), (ONE, PAGE), at=30),
        section((TWO, "https://a.example/b"), name="rss"),
        *evidence_that_goes()[2:],
    ]
    dice = random.Random(seed)
    order = list(range(len(shots)))
    dice.shuffle(order)
    layout = index(tmp_path / "a", shots, order, dice.choice((1, 2, 5)))
    assert dump(layout) == dump(index(tmp_path / "b", shots))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("„Wir räumen auf“ – der Rat tagt", '"Wir räumen auf" - der Rat tagt'),
        ("Straße  wird\u00a0GESPERRT", "Strasse wird gesperrt"),
        ("Ein Cafe\u0301 für alle", "Ein Café für alle"),
    ],
)
def test_headlines_are_the_same_whoever_set_the_type(one: str, other: str) -> None:
    assert headlines.key(one) == headlines.key(other) is not None


@pytest.mark.parametrize("headline", [None, "", "Das Wetter", "„–“", "– Sport –"])
def test_labels_have_no_key(headline: str | None) -> None:
    assert headlines.key(headline) is None
