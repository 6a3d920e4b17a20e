"""Tables of words kept as files: they answer as the libraries do, and nothing is lost with them."""

from __future__ import annotations

import json
import logging
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archive.index import compounds, tries, vocabulary
from tests.research import judged

WORDS = {"haus": b"Haus", "häuser": b"Haus", "ß": b"\x00\xff", "": b"nothing"}
_ASK = """
import json, sys, types
from archive.index import compounds, vocabulary
dutch = "compound_split.nl_ngram_probs"
sys.modules[dutch] = types.ModuleType(dutch)  # a second large table, which nobody asks
from compound_split.char_split import split_compound
words = json.load(sys.stdin)
print(json.dumps([
    [
        repr([found for found in split_compound(word) if len(word) > 5 and vocabulary.noun(found[2])]),
        compounds.parts(word), vocabulary.bases(word), vocabulary.english(word), vocabulary.masculine(word),
    ]
    for word in words
]))
"""
"""A word's splits before a noun as the package gives them, with their scores, of which repr shows every bit,
and what else follows from the tables."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory that is not there yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "gazette"


class Maker:
    """Gives the pairs of a small table, and counts how often it had to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Mapping[str, tries.Pairs]:
        self.times += 1
        return {"words": WORDS.items(), "more": [("a", b"1")]}

    def opened(self) -> dict[str, list[bytes] | None]:
        tables = tries.opened(("click",), ("words", "more"), self)
        assert tables is not None
        words, more = tables
        assert more.get("a") == [b"1"]
        return {word: words.get(word) for word in (*WORDS, "hau", "häuserx")}


EXPECTED = {**{word: [value] for word, value in WORDS.items()}, "hau": None, "häuserx": None}


def test_a_table_is_made_once(folder: Path) -> None:
    make = Maker()
    assert make.opened() == make.opened() == EXPECTED
    assert make.times == 1
    assert len(list(folder.iterdir())) == 2
    assert all("-click-" in path.name and "-marisa-trie-" in path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:5],
        lambda content: content[:-1],
        lambda content: content + b"\x00",
        lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:],
        lambda content: b"<!DOCTYPE html>" * 100,
        lambda content: bytes(len(content)),
    ],
)
def test_a_broken_or_foreign_file_is_made_anew(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    make = Maker()
    make.opened()
    (path,) = folder.glob("words-*")
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert make.opened() == EXPECTED
    assert make.times == 2
    assert path.read_bytes() == whole
    assert len(list(folder.iterdir())) == 2


def test_a_table_that_was_opened_outlives_its_file(folder: Path) -> None:
    tables = tries.opened(("click",), ("words", "more"), Maker())
    assert tables is not None
    for path in folder.iterdir():
        path.unlink()
    assert tables[0].get("häuser") == [b"Haus"]


def test_several_may_make_it_at_once(folder: Path) -> None:
    make = Maker()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: make.opened(), range(16)))
    assert all(each == EXPECTED for each in found)
    assert len(list(folder.iterdir())) == 2


def test_where_nothing_can_be_written_it_does_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    caplog.set_level(logging.DEBUG, "archive.index.tries")
    make = Maker()
    assert tries.opened(("click",), ("words", "more"), make) is None
    assert make.times == 0
    assert "no tables of words are kept" in caplog.text


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert tries.opened(("click",), ("words", "more"), Maker()) is None
    assert list(folder.iterdir()) == []


def test_the_directory_is_that_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")  # the specification: to be ignored
    Maker().opened()
    assert len(list((tmp_path / ".cache" / "gazette").iterdir())) == 2


def _words() -> list[str]:
    """All words of the judged articles, and as many that are put together of two of them, or cut."""
    said = "\n".join(f"{article.title}\n{article.text}" for article in judged.articles())
    known = sorted(set(re.findall(r"[^\W\d_]{2,}", said)))
    chance = random.Random(1)
    made = [chance.choice(known) + chance.choice(known).lower() for _ in known]
    cut = [word[: chance.randrange(2, len(word) + 1)] + "s" for word in known]
    return [*known, *made, *cut, "Donaudampfschifffahrtsgesellschaft" * 2, "ß", "ÄÖÜ", "naïve", "ŁÓDŹ"]


def test_the_tables_answer_as_the_libraries_do(tmp_path: Path) -> None:
    """Bit by bit: a process that can keep nothing, and so loads the libraries' own tables, says the same."""
    (tmp_path / "file").write_bytes(b"")
    words = _words()
    assert len(words) > 3000
    told = subprocess.run(
        [sys.executable, "-c", _ASK],
        env={"PYTHONPATH": ":".join(sys.path), "XDG_CACHE_HOME": str(tmp_path / "file")},
        input=json.dumps(words).encode(),
        capture_output=True,
        check=True,
        timeout=100,
    )
    theirs = json.loads(told.stdout)
    for word, answer in zip(words, theirs, strict=True):
        assert [
            repr(compounds._candidates(word)),
            compounds.parts(word),
            vocabulary.bases(word),
            vocabulary.english(word),
            vocabulary.masculine(word),
        ] == answer, word
    assert tries.opened(("simplemma",), ("german",), dict) is not None, "compared with itself"
