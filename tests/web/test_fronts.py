from __future__ import annotations

import asyncio
import html
import re

import httpx
import pytest
from datasette.app import Datasette

from archive.layout import Layout
from archive.research import fronts
from archive.web.serving import house
from tests.web import hourly
from tests.web.hourly import HOSTILE, PAGES

PATH = "/outlet/echo/front"


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Datasette:
    layout = hourly.fill(Layout(tmp_path_factory.mktemp("hours")))
    return house(layout, title="", source="", replay="http://replay.localhost:8090")


def get(room: Datasette, path: str) -> httpx.Response:
    response: httpx.Response = asyncio.run(room.client.get(path))
    return response


def listed(page: str) -> str:
    """The list of headlines, without the plot before it and what is gone behind it."""
    return page.partition('<ol class="rows stories">')[2].partition("</ol>")[0]


@pytest.mark.parametrize("hour", range(len(PAGES)))
def test_the_page_of_each_hour_lists_its_headlines_in_order(hours: Datasette, hour: int) -> None:
    text = html.unescape(listed(get(hours, f"{PATH}?at=2026-03-01T{hour:02d}:30").text))
    places = [text.index(line) for line in PAGES[hour]]
    assert places == sorted(places)


def test_earlier_and_later_lead_through_all_captures(hours: Datasette) -> None:
    path, seen = PATH, []
    while True:
        page = get(hours, path).text
        seen.append(re.findall(r'<time datetime="([^"]+)"', page)[0])
        link = re.search(r'<a rel="prev" href="([^"]+)"', page)
        if link is None:
            break
        path = PATH + html.unescape(link[1])
    assert [at[11:13] for at in seen] == ["04", "03", "02", "01", "00"]
    page = get(hours, path).text
    assert f'<a rel="next" href="?at={seen[-2].replace(":", "%3A")}"' in page


def test_new_going_and_gone_are_marked(hours: Datasette) -> None:
    page = get(hours, f"{PATH}?at=2026-03-01T02:30").text
    items = [html.unescape(item) for item in listed(page).split("<li>")[1:]]
    top = [item for item in items if 'class="flag' in item]
    assert ['class="flag going"' in item for item in top] == [True, False]
    assert "Rat tagt heute" in top[0]
    assert HOSTILE in top[1]
    gone = page.rpartition('<ul class="rows stories">')[2]
    assert "Sieg im Derby" in gone
    assert page.count('class="shown"') == 3


def test_the_replay_is_that_of_this_very_capture(hours: Datasette) -> None:
    page = get(hours, f"{PATH}?at=2026-03-01T03:00:01Z").text
    assert "http://replay.localhost:8090/archive/20260301030000/https://a.example/" in page


def test_headlines_are_no_markup(hours: Datasette) -> None:
    for path in (PATH, f"{PATH}?at=2026-03-01T02:30", "/outlet/echo", "/outlets"):
        text = get(hours, path).text
        assert "<script>alert" not in text
        assert 'onload="' not in text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?at=2026-03-01", 200),
        ("?at=1999-01-01", 200),
        ("?at=2026-03-01T02:30:00%2B01:00", 200),
        ("?page=https://a.example/", 200),
        ("?at=gestern", 400),
        ("?at=0001-01-01T00:00:00%2B14:00", 400),
        ("?page=https://b.example/", 400),
    ],
)
def test_a_time_may_be_a_day_and_what_is_no_time_is_told(hours: Datasette, query: str, status: int) -> None:
    response = get(hours, PATH + query)
    assert response.status_code == status
    assert "<h1>" in response.text


def test_a_page_behind_the_newest_ones_is_found_by_its_address(
    hours: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An article leads to each page that promoted it, however many the outlet has."""
    monkeypatch.setattr(fronts, "_PAGES", 0)
    assert get(hours, PATH).status_code == 404
    assert get(hours, f"{PATH}?page=https://a.example/").status_code == 200
    assert get(hours, "/outlet/nobody/front?page=https://a.example/").status_code == 404
    assert get(hours, f"{PATH}?page=https://b.example/").status_code == 400


def test_an_outlet_without_a_front_page(hours: Datasette) -> None:
    assert get(hours, "/outlet/nobody/front").status_code == 404
