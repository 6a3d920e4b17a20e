from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from datasette.app import Datasette

from archive.index import jobs
from archive.index.publish import publish
from archive.layout import Layout
from archive.research.questions import QUESTIONS
from archive.web.serving import follow, house
from archive.web.visitors import Visited
from tests.web.attacks import PATHS, SQL, path


@pytest.fixture
def index(room: Datasette) -> Visited:
    found = room.get_database("index")
    assert isinstance(found, Visited)
    return found


def get(room: Datasette, where: str) -> httpx.Response:
    response: httpx.Response = asyncio.run(room.client.get(where))
    return response


# One for each way of ending; scripts/measure_room asks them all.
_SHORT = ("endless recursion", "instr that never ends", "cross join, sorted", "1,000 rows of 9 MB", "a write")


def test_attacks_end_and_the_room_goes_on(room: Datasette) -> None:
    async def together() -> list[int]:
        asked = [room.client.get(path(SQL[name])) for name in _SHORT]
        asked += [room.client.get("/") for _ in range(3)]
        return [response.status_code for response in await asyncio.gather(*asked)]

    assert asyncio.run(together()) == [400] * len(_SHORT) + [200] * 3
    assert get(room, path("SELECT 1 AS one")).json()["rows"] == [[1]]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM pragma_database_list", "not authorized"),
        ("WITH a AS (SELECT 1) DELETE FROM documents", "not authorized"),
        ("WITH a AS (SELECT 1) UPDATE sqlite_master SET sql = 1", "may not be modified"),
        ("SELECT load_extension('x')", "not authorized to use function: load_extension"),
        ("SELECT hex(zeroblob(9000000))", "too big"),
        # On a busy machine its time is up first.
        (SQL["cross join, sorted"], "needs more than 200 MB of memory|took too long"),
        (SQL["1,000 rows of 200 values"], "50,000 values"),
    ],
)
def test_what_is_refused_says_why(room: Datasette, sql: str, told: str) -> None:
    response = get(room, path(sql))
    assert response.status_code == 400
    assert any(each in response.json()["error"] for each in told.split("|"))


def test_a_page_has_fewer_values_than_data(room: Datasette) -> None:
    numbers = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
    sql = f"{numbers} SELECT {', '.join(['x'] * 20)} FROM c LIMIT 600"  # 12,000
    assert get(room, path(sql)).status_code == get(room, path(sql, "csv")).status_code == 200
    refused = get(room, path(sql, ""))
    assert refused.status_code == 400
    assert "10,000 values (as JSON or CSV: 50,000)" in refused.text


def test_visitors_sql_gives_way_to_the_pages(room: Datasette, index: Visited) -> None:
    assert get(room, path("SELECT 1")).status_code == 200
    with index._processes.lend() as process:
        pid = process._process.pid
    assert os.getpriority(os.PRIO_PROCESS, pid) >= os.getpriority(os.PRIO_PROCESS, 0) + 10


def test_a_datasette_that_gazette_did_not_start_is_bounded_too(layout: Layout, tmp_path: Path) -> None:
    target = tmp_path / "held.db"
    publish(layout, target)
    plain = Datasette(immutables=[str(target)])
    for sql in (SQL["cross join, sorted"], SQL["instr that never ends"], SQL["where the file lies"]):
        assert get(plain, f"/held.json?{urlencode({'sql': sql})}").status_code == 400
    found = get(plain, "/held.json?sql=SELECT+count(*)+AS+n+FROM+articles").json()
    assert found["rows"][0][0] > 60
    assert get(plain, "/held/articles").status_code == 200
    bounded = plain.get_database("held")
    assert isinstance(bounded, Visited)
    bounded.close()


@pytest.mark.parametrize(("given", "status"), [("immutables", 200), ("files", 403)])
def test_a_published_file_is_handed_on_where_datasette_does_that(
    layout: Layout, tmp_path: Path, given: str, status: int
) -> None:
    target = tmp_path / "held.db"
    publish(layout, target)
    plain = Datasette(**{"files": [], given: [str(target)]})
    answer = get(plain, "/held.db")
    assert answer.status_code == status
    assert (answer.content == target.read_bytes()) == (status == 200)
    plain.get_database("held").close()


def test_people_s_questions_are_answered(room: Datasette) -> None:
    for question in QUESTIONS:
        response = get(room, f"/index/{question.name}.json?_shape=array")
        assert response.status_code == 200, (question.name, response.text)
    found = get(
        room, path("SELECT title, x'00ff' AS b FROM articles_fts WHERE articles_fts MATCH 'rat'")
    ).json()
    assert found["rows"]
    assert found["rows"][0][1] == {"$base64": True, "encoded": "AP8="}


@pytest.mark.parametrize("name", ["all rows as CSV", "the file itself", "a blob"])
def test_ways_around_the_bounds_are_closed(room: Datasette, name: str) -> None:
    assert get(room, PATHS[name]).status_code in (400, 403)


def test_no_cell_of_csv_is_a_formula(room: Datasette) -> None:
    sql = "SELECT '=1+1' AS a, -1 AS b, 'x' AS c"
    assert get(room, path(sql, "csv")).text.splitlines()[1] == "'=1+1,-1,x"
    assert get(room, path(sql)).json()["rows"] == [["=1+1", -1, "x"]]


def test_a_rebuilt_index_is_followed_and_the_old_file_let_go(layout: Layout, tmp_path: Path) -> None:
    copied = Layout(tmp_path / "copy")
    shutil.copytree(layout.root, copied.root, symlinks=True)
    room = house(copied, title="", source="", replay=None)
    index = room.get_database("index")
    counted = path("SELECT count(*) FROM documents")
    assert get(room, counted).json()["rows"] != [[0]]
    assert get(room, "/").status_code == get(room, "/index/documents").status_code == 200
    old = copied.index.resolve()
    for warc in copied.warc.glob("*.warc.gz*"):
        warc.unlink()
    jobs.run(copied, workers=1, rebuild=True)
    assert get(room, counted).json()["rows"] == [[0]]
    assert get(room, "/").status_code == 200
    follow(room)
    assert not _held(old)
    index.close()


def _held(path: Path) -> list[Path]:
    """What this process and those it started have open of a file."""
    own = Path("/proc/self")
    children = [
        child for task in (own / "task").iterdir() for child in (task / "children").read_text().split()
    ]
    folders = [own / "fd", *(Path("/proc") / child / "fd" for child in children)]
    held = []
    for folder in folders:
        for each in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # the listing itself has one open, which is gone
                held.append(each.readlink())
    return [each for each in held if str(each).startswith(str(path))]
