"""The chapters of ``gazette help``: Markdown in crawler/help/, some of it generated from the program."""

from __future__ import annotations

import re
from pathlib import Path

DIRECTORY = Path(__file__).parent.parent / "help"
_GENERATOR = re.compile(r"<!-- \[\[\[cog.*?\]\]\] -->\n|<!-- \[\[\[end\]\]\] -->\n", re.DOTALL)


def topics() -> dict[str, str]:
    """What there is to read about: each topic with the title of its chapter."""
    paths = sorted(DIRECTORY.glob("*.md"))
    return {path.stem: path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ") for path in paths}


def chapter(topic: str) -> str:
    """The Markdown of a chapter, without the marks of its generator. Raises FileNotFoundError."""
    return _GENERATOR.sub("", (DIRECTORY / f"{topic}.md").read_text(encoding="utf-8"))
