"""The notebook in scripts/ runs from its first cell to its last, and shows what it says."""

from __future__ import annotations

import importlib
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from archive.layout import Layout
from crawler.cli import crawling
from crawler.cli.exits import Exit
from crawler.sites import load_sites

SCRIPTS = Path(__file__).parents[2] / "scripts"
NOTEBOOK = SCRIPTS / "research.ipynb"


@pytest.fixture(scope="module")
def shown(
    sampled: Layout, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[nbformat.NotebookNode]]:
    """The outputs of each cell by its id, over the archive of the sample outlets."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAZETTE_ARCHIVE", str(sampled.root))
        patch.setenv("PYTHONPATH", str(SCRIPTS.parent))
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR"):
            patch.setenv(name, str(home))
        # It looks for fonts once a home, and says so where that takes long.
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"], check=True, capture_output=True
        )
        client = NotebookClient(
            notebook, timeout=90, kernel_name="python3", resources={"metadata": {"path": str(SCRIPTS)}}
        )
        client.execute()
    return {cell["id"]: cell["outputs"] for cell in notebook.cells if cell["cell_type"] == "code"}


def _text(outputs: list[nbformat.NotebookNode]) -> str:
    return "\n".join(str(out.get("text") or out["data"]["text/plain"]) for out in outputs)


def test_outputs_are_not_kept_in_the_repository() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    kept = [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")]
    assert not kept


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("open", "articles, 2025-09-12 to 2025-11-14>"),
        ("search", "5 hits for 'Bürgermeister', best first; more: .next_page(), .total"),
        ("snippet", "9 articles in all, by site: {'emscher-bote': 6"),
        ("kwic", "Emscherbrücke"),
        ("diff", "2 versions of http://127.0.0.1:"),
        ("diff", "[-"),
        ("stories", "5 stories"),
        ("story", "rewrite  Bürgermeister Thomas Kufen"),
        ("teasers", "front"),
        ("frame", "ruhr-aktuell"),
        ("cite", "@article{ruhr-aktuell-2025-"),
        ("bytes", "'content_digest': True"),
    ],
)
def test_a_cell_shows_what_it_is_for(
    shown: dict[str, list[nbformat.NotebookNode]], cell: str, said: str
) -> None:
    assert said in _text(shown[cell])


def test_the_time_line_is_a_picture(shown: dict[str, list[nbformat.NotebookNode]]) -> None:
    assert any("image/png" in output.get("data", {}) for output in shown["timeline"])


def test_nothing_goes_to_stderr(shown: dict[str, list[nbformat.NotebookNode]]) -> None:
    said = [out["text"] for outputs in shown.values() for out in outputs if out.get("name") == "stderr"]
    assert not said


def test_the_archive_that_it_makes_is_crawled_before_and_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawls: list[tuple[list[str], dict[str, str]]] = []
    texts: list[str] = []

    def crawled(layout: Layout, names: list[str], settings: dict[str, str], workers: int) -> crawling.Ended:
        site = load_sites(layout)["emscher-bote"]
        with urllib.request.urlopen(site.seeds[0]) as front:
            texts.append(front.read().decode("utf-8"))
        crawls.append((names, settings))
        return crawling.Ended("run", Exit.OK, "finished")

    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.setattr(crawling, "run", crawled)
    made = importlib.import_module("research_archive")
    made.make(tmp_path / "made")
    names = ["ruhr-aktuell", "emscher-bote", "hafenblatt"]
    assert crawls == [(names, {}), (names, {"GAZETTE_REVISIT": "all"})]
    assert texts[0] != texts[1]
