"""What a format of an export is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from archive.export.chosen import Chosen
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


@dataclass(frozen=True, slots=True)
class About:
    """What is told of an export of captures, beside them."""

    name: str  # of the WARC file in it or that it is
    title: str  # what was asked for, in one line
    told: Mapping[str, str | None]  # fields of its warcinfo record
    python: Callable[[], Path]  # of the environment that holds ``wacz``; raises ArchiveError
    progress: Callable[[int, int], None] = lambda done, total: None


@dataclass(slots=True)
class Packed:
    """What an export of captures holds."""

    captures: int = 0
    records: int = 0  # captures too, and their requests, metadata and warcinfo
    lost: int = 0  # captures that could not be copied
    problems: list[str] = field(default_factory=list)  # "FILE@OFFSET: why" of these, of the first


@dataclass(frozen=True, slots=True)
class CaptureFormat:
    """A format that hands on captures as they are, not what was read in them."""

    suffix: str
    text: str  # what it is for
    write: Callable[[Chosen, IO[bytes], About], Packed]


def outlet(article: Article, outlets: Outlets) -> str:
    """The outlet's name as people know it, else the site's, else the host of its address."""
    if article.site is not None:
        return outlets.get(article.site) or article.site
    return article.url.split("/")[2]
