"""The evaluation: what it counts, what it refuses, and that its report can hold any page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts import evaluate
from scripts.evaluation import corpus, intervals, report, tables
from scripts.evaluation.measures import lost_words, score, stated_lead, summary
from scripts.training.fitting import SEED
from tests.extract.support import LEAD, PARAGRAPHS, TITLE, URL, article

TEXT = "\n".join(PARAGRAPHS)


def _corpus(directory: Path, pages: int = 3, **changes: Any) -> Path:
    """A small corpus; each page is of another publisher."""
    lines = []
    for number in range(pages):
        before = f"<p class=lead>{LEAD}</p><p>Von Erika Muster</p>"
        (directory / f"{number}.html").write_bytes(article(before=before))
        record = {
            "id": f"page-{number}",
            "url": URL.replace("talkurier", f"talkurier{number}"),
            "html": f"{number}.html",
            "title": TITLE,
            "summary": LEAD,
            "text": f"{LEAD}\n{TEXT}",
            "authors": ["Erika Muster"],
            "date": None,
            "publisher": f"Talkurier {number}",
            "source": "own",
            **changes,
        }
        lines.append(json.dumps(record, ensure_ascii=False))
    path = directory / "corpus.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_figures_table_and_report_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _corpus(tmp_path)
    options = ["--table", str(tmp_path / "t.tsv"), "--html", str(tmp_path / "r.html"), "--wrong", "lead"]
    assert evaluate.main([str(path), "--against", "trafilatura", *options]) == 0
    out = capsys.readouterr().out
    head, first, second = (line.split("\t") for line in out.split("\n")[:3])
    assert head[:6] == ["part", "by", "pages", "F1", "P", "R"]
    assert (first[1], second[1]) == ("gazette", "trafilatura")
    assert first[3:9] == ["1.0000", "1.0000", "1.0000", "1.000", "1.000", "1.000"]
    assert "all\tF1\t1.0000\t1.0000 1.0000\t" in out
    assert "0 of 3 pages that state it are wrong in: lead" in out
    table = (tmp_path / "t.tsv").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[0] for line in table] == ["id", "page-0", "page-1", "page-2"]
    assert "page-2" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_host_of_the_corpus_in_the_extractor_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _corpus(tmp_path, pages=1, url="https://www.talheimer-bote.example/a")
    extractor = tmp_path / "extract" / "deep"
    extractor.mkdir(parents=True)
    rules = extractor / "rules.py"
    rules.write_text('SPECIAL = {"www.Talheimer-Bote.example": "div.text"}\n', encoding="utf-8")
    records = [record for record, _ in corpus.load(path, None)]
    assert "talheimer-bote.example" in corpus.named_hosts(records, tmp_path / "extract")
    monkeypatch.setattr(corpus.named_hosts, "__defaults__", (tmp_path / "extract",))
    assert evaluate.main([str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(
        "refused: archive/extract names hosts of this corpus: talheimer-bote.example"
    )
    rules.write_text('OTHER = "nottalheimer-bote.example"\n', encoding="utf-8")
    assert corpus.named_hosts(records, tmp_path / "extract") == []


def test_what_is_not_installed_is_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _corpus(tmp_path, pages=1)
    monkeypatch.setitem(
        evaluate.COMPETITORS, "absent", (evaluate.predict, "no_such_module", "no-such-package")
    )
    assert evaluate.main([str(path), "--against", "absent,nobody"]) == 0
    printed = capsys.readouterr()
    assert (
        printed.err.splitlines()[0]
        == "absent: not installed, left out; to compare: pip install no-such-package"
    )
    assert printed.err.splitlines()[1].startswith("nobody: no such competitor; there are trafilatura, ")
    assert "gazette" in printed.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl: no such corpus"),
        (["{corpus}", "--archive", "x"], "--archive needs --map"),
        (["{corpus}", "--also", "{corpus}"], "--also is about what the models of --folds learn from"),
        (["{corpus}", "--folds", "--also", "nowhere.jsonl"], "nowhere.jsonl: no such corpus"),
        (["{corpus}", "--folds", "1"], "--folds 1 leaves nothing to learn from"),
        (["{corpus}", "--only", "nothing"], "refused: no page of the corpus is chosen"),
    ],
)
def test_a_refusal_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(_corpus(tmp_path, pages=1))
    assert evaluate.main([a.replace("{corpus}", path) for a in arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_the_lead_counts_where_the_text_begins_with_the_summary() -> None:
    record = {"text": f"„{LEAD}“\n{TEXT}", "summary": LEAD}
    assert stated_lead(record) == LEAD
    assert stated_lead({**record, "summary": "Etwas anderes"}) is None
    assert score(record, {"lead": LEAD.upper(), "text": TEXT})["lead"] == 1.0
    assert score(record, {"lead": None, "text": TEXT})["lead"] == 0.0
    assert "lead" not in score(record, {"text": TEXT})  # an extractor that knows no leads


def test_expected_words_that_were_cut_as_teasers_are_counted() -> None:
    text = "Der Rat hat am Dienstag getagt.\nStorch kehrt zurück\nDas Bad bleibt im Winter zu."
    assert lost_words(text, text, ["Das Bad bleibt im Winter zu."]) == 0  # it stands in the text all the same
    cut = ["Storch kehrt zurück\nEin Paar brütet wieder.", "Das Bad bleibt im Winter geschlossen."]
    assert lost_words(text, "Der Rat hat am Dienstag getagt.", cut) == 3 + 5
    assert lost_words(text, None, ["Etwas ganz anderes, das niemand erwartet hat."]) == 0
    row = score({"text": text}, {"text": "Der Rat hat am Dienstag getagt.", "teasers": cut})
    assert (row["expected"], row["lost"]) == (15, 8)
    printed = tables.teaser_cuts([row, row], [{"lang_group": "de"}, {"source": "own"}])
    assert printed.split("\n")[1:] == [
        "all\t30\t16\t53.333 %",
        "German\t15\t8\t53.333 %",
        "own\t15\t8\t53.333 %",
    ]
    assert tables.teaser_cuts([score({"text": text}, {"text": text})], [{}]) == ""


def test_with_folds_each_corpus_has_its_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for directory in (first, second):
        directory.mkdir()
    asked: list[Any] = []

    def by_fold(pages: Any, count: int, seed: int, also: Any) -> Any:
        asked.append((len(pages), count, seed, len(also)))
        return lambda record, html: evaluate.predict(html, record["url"])

    monkeypatch.setattr("scripts.train_referee.by_fold", by_fold)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: True)
    corpora = [str(_corpus(first, pages=2, lang_group="de")), str(_corpus(second, pages=1))]
    options = ["--table", str(tmp_path / "t.tsv")]
    assert evaluate.main([corpora[0], "--folds", "--also", corpora[1], "--against", "", *options]) == 0
    assert asked == [(2, 5, SEED, 1)]
    out = capsys.readouterr().out
    assert out.count("corpus.jsonl\npart\tby\tpages") == 2
    assert out.count("German\tgazette\t2\t1.0000") == 1
    assert "all\t242\t0\t0.000 %" in out
    assert len((tmp_path / "t.tsv").read_text(encoding="utf-8").splitlines()) == 3


def test_draws_keep_the_pages_of_a_publisher_together() -> None:
    records = [{"url": "http://a.example/1", "publisher": name} for name in ("A", "A", "A", "B")]
    for draw in intervals.resamples(records, 20, 1):
        assert draw.count(0) == draw.count(1) == draw.count(2)
        assert draw.count(0) + draw.count(3) == 2
    rows = [{"P": 1.0, "R": 1.0, "words": 9.0, "ms": 1.0}] * 4
    assert summary(rows)["F1"] == 1.0
    assert intervals.middle([0.0, float("nan"), 1.0]) == (0.0, 1.0)


def test_the_report_escapes_everything_and_marks_both_sides() -> None:
    bad = '<script>alert("x")</script> & <img src=http://a.example/x.png onerror=alert(1)>'
    record = {"id": bad, "url": bad, "title": bad, "text": f"Eins zwei drei vier fünf.\nWurde verloren {bad}"}
    found = {"title": None, "text": f"Eins zwei drei vier fünf.\nHinzu kam dieses hier.\n{bad} zuletzt"}
    row = score(record, found)
    page = report.page(bad, tables.side_by_side({"gazette": [row]}, [record]), [record], [found], [row], [0])
    assert "<script" not in page
    assert "<img" not in page
    assert "<mark class=kept>Hinzu kam dieses hier</mark>." in page
    assert "<mark class=lost>Wurde verloren</mark>" in page
    assert "<mark class=kept>Eins" not in page
