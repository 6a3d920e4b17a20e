"""The verbs of research on the sample outlets, as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from archive.layout import Layout
from crawler.cli import chapters
from crawler.cli.tree import run
from tests.samples_archive import BASES, the_planted

PLANTED = the_planted()
Call = Callable[..., list[str]]


@pytest.fixture
def call(sampled: Layout, capfd: pytest.CaptureFixture[str]) -> Call:
    """Runs a verb that must end well, and gives the lines it prints."""

    def typed(*words: str) -> list[str]:
        assert run(["--archive", str(sampled.root), *words]) == 0, capfd.readouterr().err
        return capfd.readouterr().out.splitlines()

    return typed


def test_versions_shows_when_what_and_which_words(call: Call) -> None:
    lines = call("versions", PLANTED["silent"].url)
    assert lines[0].startswith("Taucher findet Tresor")
    first, second = lines[4:6]
    assert first.split()[:3] == ["1", "2025-11-14", first.split()[2]]
    assert first.endswith("one text")
    assert second.endswith("2  2  text; silently")
    assert lines[7] == "version 1 -> 2"
    assert "ein Guthaben von [-31.270-] {+31.720+} D-Mark aus." in lines[8]
    (announced,) = [line for line in call("versions", PLANTED["announced"].url) if " 2 " in line[:10]]
    assert announced.endswith("text; the page says: 2025-11-27 17:05")


def test_versions_of_what_moved_and_of_what_did_not_change(call: Call) -> None:
    text = "\n".join(call("versions", PLANTED["moved"].url))
    assert f"moved: {PLANTED['moved'].url}\n    to {PLANTED['moved'].url_after}\n" in text
    assert "evidence: redirect" in text
    assert "one text on 2 states of the page" in text
    assert "version 1 ->" not in text


def test_versions_as_json(call: Call) -> None:
    (line,) = call("versions", PLANTED["silent"].url, "--json")
    history = json.loads(line)
    assert [version["changed"] for version in history["versions"]] == [[], ["text"]]
    assert history["versions"][1]["announced"] is False
    (line,) = call("versions", history["versions"][0]["document_id"], "--diff", "1", "2", "--json")
    difference = json.loads(line)
    assert (difference["before"], difference["after"]) == (1, 2)
    assert {"sign": "+", "text": "31.720"} in difference["fields"][0][1]


def test_teasers_of_a_story_of_a_page_of_a_site(call: Call) -> None:
    planted = PLANTED["headline"]
    front = [line for line in call("teasers", planted.url) if line.startswith("front ")]
    assert [any(each in line for line in front) for each in planted.promoted_as] == [True, True]
    assert all(line.split()[1] == "8" for line in front)
    page = call("teasers", "--on", BASES["ruhr-aktuell"] + "/")
    assert len(page) == 1 + 11
    site = call("teasers", "--site", "hafenblatt")
    assert len(site) == 1 + 14
    rows = [json.loads(line) for line in call("teasers", "--unresolved", "--json")]
    assert all(".example/" in row["target_url"] for row in rows)
    assert len(call("teasers", "--unresolved")) == 1 + len(rows) == 6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["versions", "nope"], "give at least 6 characters"),
        (["versions", "https://x.example/"], "nothing is stored under this URL"),
        (["versions", BASES["ruhr-aktuell"] + "/impressum"], "only articles have versions"),
        (["versions", PLANTED["silent"].url, "--diff", "1", "9"], "has versions 1 to 2"),
        (["teasers"], "name one of"),
        (["teasers", "--on"], "name one of"),
        (["teasers", "--site", "a", "https://x.example/"], "name one of"),
        (["help", "shema"], "did you mean 'schema'?"),
        (["help", "zzz"], "there are "),
        (["publish", "/"], "is a directory"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    sampled: Layout, capfd: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert run(["--archive", str(sampled.root), *words]) in (2, 4)
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_help_lists_its_topics_and_gives_markdown_to_a_pipe(call: Call) -> None:
    listed = "\n".join(call("help"))
    for topic, title in chapters.topics().items():
        assert f"{topic} " in listed
        assert title in listed
        text = call("help", topic)
        assert text[0] == f"# {title}"
        assert not any("[[[" in line for line in text)


def test_help_on_a_terminal_is_paged_and_without_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("click.echo_via_pager", shown.append)
    assert run(["help", "schema"]) == 0
    assert "\x1b[" in shown[0]
    assert "silent_changes" in shown[0]
    assert "| ---" not in shown[0]
