"""Every question that the help answers in SQL, asked of the sample outlets, with its right answer."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from sqlite3 import Connection
from typing import Any

import pytest

from archive.layout import Layout
from archive.research.questions import QUESTIONS
from tests.samples_archive import BASES, SITES, STARTS, the_planted

PLANTED = the_planted()
RUHR, BOTE, HAFEN = BASES
FRONT = BASES[RUHR] + "/"
MOVED = ("moved", "moved-unsaid")
Rows = list[dict[str, Any]]
TRUTHS = [
    (name, page.truth)
    for name, site in SITES[2].items()
    for page in site.pages.values()
    if page.truth is not None
]
"""The articles as their authors meant them, each under its last URL, with the name of its outlet."""
STORED = TRUTHS + [
    (name, next(truth for _, truth in TRUTHS if truth.url == PLANTED[kind].url_after))
    for kind, name in zip(MOVED, (BOTE, RUHR), strict=True)
]
"""What the view `articles` holds: those that moved stand there under each of their URLs."""


ON_FRONT_PAGES = {
    promo.url for sites in SITES.values() for site in sites.values() for promo in site.pages["/"].promos
}


def column(rows: Rows, *names: str) -> list[Any]:
    return [row[names[0]] if len(names) == 1 else tuple(row[name] for name in names) for row in rows]


def texts(word: str) -> int:
    """How many articles have a word, or a part of one, in title, lead or text."""
    return sum(word in " ".join((t.title, t.lead, *t.paragraphs)) for _, t in TRUTHS)


def named(name: str) -> Any:
    return next(truth for _, truth in TRUTHS if name in truth.slug)


def as_it_stood(rows: Rows) -> None:
    (row,) = rows
    assert row["number"] == 1
    assert "wird es ernst" in row["text"], "what was said before it was changed"
    assert row["warc"].endswith(".warc.gz")


def front_page_time(rows: Rows) -> None:
    assert set(column(rows, "target_url")) == ON_FRONT_PAGES
    row = next(row for row in rows if row["target_url"] == PLANTED["headline"].url)
    assert (row["place"], row["captures"]) == (8, 2)
    assert [row[name][:10] for name in ("seen_from", "seen_until")] == [
        start.date().isoformat() for start in STARTS.values()
    ]


def never_on_the_front_page(rows: Rows) -> None:
    urls = {truth.url for _, truth in TRUTHS} | {PLANTED[kind].url for kind in MOVED}
    assert set(column(rows, "url")) == urls - ON_FRONT_PAGES


def agency_share(rows: Rows) -> None:
    articles = Counter(name for name, _ in STORED)
    agencies = Counter(name for name, truth in STORED if truth.agencies)
    assert {row["site"]: (row["articles"], row["with_agency"]) for row in rows} == {
        name: (articles[name], agencies[name]) for name in BASES
    }


def busiest_authors(rows: Rows) -> None:
    counts = Counter((author, name) for name, truth in STORED for author in truth.authors)
    assert {(row["author"], row["site"]): row["articles"] for row in rows} == dict(counts)


def departments(rows: Rows) -> None:
    counts = Counter((name, truth.section) for name, truth in TRUTHS)
    assert {(row["site"], row["department"]): row["articles"] for row in rows} == dict(counts)
    assert sum(row["percent"] for row in rows if row["site"] == RUHR) == pytest.approx(100, abs=0.5)


def length_by_department(rows: Rows) -> None:
    lengths = [
        len("\n".join((truth.lead, *truth.paragraphs)))
        for name, truth in TRUTHS
        if (name, truth.section) == (RUHR, "Sport")
    ]
    row = next(row for row in rows if (row["site"], row["department"]) == (RUHR, "Sport"))
    assert (row["shortest"], row["longest"]) == (min(lengths), max(lengths))


def hours_of_publication(rows: Rows) -> None:
    hours = Counter(
        (name, f"{datetime.fromisoformat(truth.published):%H}") for name, truth in STORED if name != HAFEN
    )
    found = {(row["site"], row["hour"]): row["articles"] for row in rows if row["site"] != HAFEN}
    assert found == dict(hours)


def word_over_time(rows: Rows) -> None:
    months = Counter(truth.published[:7] for _, truth in STORED)
    assert {row["month"]: row["articles"] for row in rows} == dict(months)
    assert 3 <= sum(column(rows, "with_word")) <= texts("Hafen") + texts("hafen")


def place_chronicle(rows: Rows) -> None:
    assert column(rows, "day") == sorted(column(rows, "day"))
    assert len(rows) == texts("Altenbrock")
    assert named("hallenbad-dichtgemacht").url in column(rows, "url")


def coverage(rows: Rows) -> None:
    days = {start.date().isoformat() for start in STARTS.values()}
    assert {(row["day"], row["site"]) for row in rows} == {(day, name) for day in days for name in BASES}
    assert sum(column(rows, "articles")) == len(TRUTHS)
    assert sum(column(rows, "errors")) == 3


def same(*expected: Any, of: tuple[str, ...]) -> Callable[[Rows], None]:
    """The rows' columns, in any order."""

    def answer(rows: Rows) -> None:
        assert sorted(column(rows, *of)) == sorted(expected)

    return answer


ANSWERS: dict[str, Callable[[Rows], None]] = {
    "silent-changes": same((PLANTED["silent"].url, "text"), of=("url", "changed")),
    "corrections": same(PLANTED["announced"].url, of=("url",)),
    "as-it-stood": as_it_stood,
    "headline-tests": same(
        *((FRONT, each) for each in PLANTED["headline"].promoted_as), of=("page_url", "headline")
    ),
    "front-page-time": front_page_time,
    "never-on-the-front-page": never_on_the_front_page,
    "pointed-to-but-missing": same(
        *(p.url for _, t in TRUTHS for p in t.teasers if p.url and ".example/" in p.url), of=("target_url",)
    ),
    "agency-share": agency_share,
    "busiest-authors": busiest_authors,
    "departments": departments,
    "length-by-department": length_by_department,
    "paywall-share": same((RUHR, 1), of=("site", "behind_paywall")),
    "hours-of-publication": hours_of_publication,
    "word-over-time": word_over_time,
    "who-was-first": lambda rows: same(
        named("hallenbad-altenbrock").url, named("hallenbad-dichtgemacht").url, of=("url",)
    )(rows[:2]),
    "place-chronicle": place_chronicle,
    "person": same(PLANTED["silent"].url, of=("url",)),
    "keywords": lambda rows: same(("Hallenbad", 2), of=("tag", "articles"))(rows[:1]),
    "addresses-that-moved": same(
        *(
            (PLANTED[kind].url, PLANTED[kind].url_after, answer)
            for kind, answer in zip(MOVED, (301, 404), strict=True)
        ),
        of=("url", "moved_to", "answer"),
    ),
    "dead-addresses": same(
        (FRONT + "dossier/stadthalle", 500, 2),
        (PLANTED["moved-unsaid"].url, 404, 1),
        of=("url", "status", "times"),
    ),
    "coverage": coverage,
    "rights": same(*((name, 0) for name in BASES), of=("site", "reserved")),
    "languages": same(*Counter((truth.language, name) for name, truth in STORED), of=("language", "site")),
}


@pytest.mark.parametrize("name", [question.name for question in QUESTIONS])
def test_a_question_has_its_right_answer(connection: Connection, name: str) -> None:
    (question,) = [question for question in QUESTIONS if question.name == name]
    rows = [dict(row) for row in connection.execute(question.sql)]
    assert rows
    ANSWERS[name](rows)


def test_there_are_enough_and_each_says_why() -> None:
    assert len(QUESTIONS) >= 15
    assert len({question.name for question in QUESTIONS}) == len(QUESTIONS)
    assert all(question.question.endswith(("?", ".")) and len(question.why) > 20 for question in QUESTIONS)


def test_they_run_in_a_stock_shell(sampled: Layout) -> None:
    shell = shutil.which("sqlite3")
    if shell is None:
        pytest.skip("there is no sqlite3 command here")
    script = "".join(f"{question.sql};\n" for question in QUESTIONS)
    done = subprocess.run(
        [shell, "-bail", "-readonly", str(sampled.index.resolve())],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 100
