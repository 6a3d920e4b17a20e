"""What a format of an export is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from archive.research.articles import Article

Outlets = Mapping[str, str]
"""Names of outlets as people know them, by the site's name; one that is missing is called as its site."""

ToStream = Callable[[Iterable[Article], IO[bytes], Outlets], int]
ToFolder = Callable[[Iterable[Article], Path, Outlets], int]


@dataclass(frozen=True, slots=True)
class Format:
    """A format; ``write`` gives the number of articles that it wrote."""

    suffix: str | None  # of a file, without the dot; None: it is a folder, and ``write`` takes its path
    text: str  # what it is for
    write: ToStream | ToFolder


def outlet(article: Article, outlets: Outlets) -> str:
    """The outlet's name as people know it, else the site's, else the host of its address."""
    if article.site is not None:
        return outlets.get(article.site) or article.site
    return article.url.split("/")[2]
