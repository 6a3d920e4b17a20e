"""Stories of crawled pages: the sister stories of the sample outlets, and what the verb says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from archive.db import open_reader
from archive.errors import BadQuery
from archive.layout import Layout
from archive.research import stories
from crawler.cli.tree import run as command
from crawler.samples.server import SampleServer
from tests.crawler.support import new_archive, rows, run

SISTERS = {
    ("Essen wird zur Smart City: Wie digitale Innovation die Stadt verändert",
     "Bürgermeister Thomas Kufen begrüßt die 'ITEC Learning Journey 2025' in Essen"),
    ("Gießwasser wird zur Glatteisfalle: Unfall auf Bergkamener Schulstraße",
     "Eis aus der Gießkanne: Frau verunglückt in Bergkamen"),
    ("Emscherbrücke in Wanbrück: Lastwagen dürfen nicht mehr hinüber",
     "Ab Montag ist für Brummis Schluss auf der Emscherbrücke"),
    ("Hallenbad Altenbrock muss nach Rissfund sofort schließen",
     "Risse im Dach: Altenbrocker Hallenbad dichtgemacht"),
}  # fmt: skip


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    with SampleServer() as server:
        layout = new_archive(tmp_path_factory.mktemp("stories"), server)
        run(layout)
        yield layout


def test_the_sister_stories_are_joined_and_nothing_else(layout: Layout) -> None:
    found = rows(
        layout.index,
        """SELECT earlier.title, later.title, relation, outlet FROM story_documents
            JOIN documents AS later ON later.id = document_id
            JOIN documents AS earlier ON earlier.id = through_id""",
    )
    assert {row[:2] for row in found} == SISTERS
    assert {row[2:] for row in found} == {("rewrite", "emscher-bote")}
    assert rows(layout.index, "SELECT count(*) FROM stories WHERE outlets = 2 AND documents = 2") == [(4,)]


def test_who_was_first_and_what_they_share(layout: Layout) -> None:
    connection = open_reader(layout.index)
    listed = stories.stories(connection, outlets=2)
    assert len(listed) == 4
    assert stories.stories(connection, outlets=3) == []
    assert [s.title for s in stories.stories(connection, until=listed[-1].first_day)] == [listed[-1].title]
    smart = next(s for s in listed if s.title.startswith("Essen wird"))
    story = stories.story(connection, smart.id)
    first, second = story.members
    assert (first.outlet, first.relation, first.behind is not None) == ("ruhr-aktuell", "first", True)
    assert story.lead is not None
    assert story.lead.total_seconds() == (2 * 60 + 28) * 60
    assert second.quotations == (
        "Ich freue mich, dass Ihre ‚Learning Journey‘ Sie in diesem Jahr zu uns geführt hat",
    )
    assert any(passage.startswith("Am Mittwoch, dem 12. November, empfing") for passage in second.passages)
    assert stories.story(connection, second.document_id[:8]) == story
    alone = rows(
        layout.index, "SELECT id FROM articles WHERE id NOT IN (SELECT document_id FROM story_documents)"
    )
    with pytest.raises(BadQuery, match="no other stored article"):
        stories.story(connection, alone[0][0])
    with pytest.raises(BadQuery, match="no story"):
        stories.story(connection, "s-aaaaaaaaaa")
    pieces = stories.compare(connection, first.document_id, second.document_id)
    assert {"=", "+", "-"} == {piece.sign for piece in pieces}
    connection.close()


def test_the_verb(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = command(["--archive", str(layout.root), "story", *arguments])
        return (code, *capsys.readouterr())

    code, out, _ = call("--list", "--outlets", "2", "--json")
    listed = [json.loads(line) for line in out.splitlines()]
    assert (code, len(listed)) == (0, 4)
    smart = next(story for story in listed if story["title"].startswith("Essen wird"))
    code, out, _ = call(smart["id"], "--json")
    story = json.loads(out)
    assert story["lead"] == 8_880
    assert [member["behind"] for member in story["members"]] == [0, 8_880]
    one, two = (member["document_id"] for member in story["members"])
    code, out, _ = call(two)
    assert code == 0
    assert "ruhr-aktuell was first, by 2 h 28 min" in out
    assert "2025-11-13 09:12  ruhr-aktuell  ●" in out
    assert f"rewrite of ruhr-aktuell {one}" in out
    code, out, _ = call("--diff", one, two)
    assert "{+die+} Region" in out
    assert json.loads(call("--diff", one, two, "--json")[1])["words"]
    code, out, _ = call("--list", "--since", "2025-11-01", "--until", "2025-11-05")
    assert "Emscherbrücke in Wanbrück" in out
    assert "Hallenbad" not in out
    assert call("--list", "--since", "2031-01-01")[0::2] == (0, "no such story\n")
    assert call()[0] == 2
    assert call("s-zz")[0] == 2
