"""Where the parts of an archive lie on disk, and the check that a directory is one."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.errors import BadConfiguration, NoArchive

FORMAT = 1
"""Version of the layout and of the files that can't be derived; stands in gazette.toml."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one archive. Nothing here is checked: ``open_archive`` does that."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "gazette.toml"

    @property
    def sites(self) -> Path:
        return self.root / "sites"

    @property
    def warc(self) -> Path:
        return self.root / "warc"

    @property
    def index(self) -> Path:
        """A link to the generation in use; missing until something was indexed."""
        return self.root / "index.db"

    @property
    def generations(self) -> Path:
        return self.root / "index"

    @property
    def crawl_db(self) -> Path:
        return self.root / "crawl.db"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.db"

    @property
    def locks(self) -> Path:
        """Empty files that runs lock; they may be deleted when nothing runs."""
        return self.root / ".locks"

    @property
    def replay(self) -> Path:
        """The list of captures that replay works with: derived, and made anew when it is missing."""
        return self.root / "replay"

    @property
    def logs(self) -> Path:
        return self.root / "logs"


def read_config(layout: Layout) -> dict[str, Any]:
    """The archive's gazette.toml. Raises NoArchive or BadConfiguration."""
    try:
        text = layout.config.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise NoArchive(
            f"{layout.root}: no archive here (no gazette.toml); make one with: gazette init {layout.root}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"{layout.config}: can't be read: {error}") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(f"{layout.config}: no valid TOML: {error}") from None


def open_archive(root: Path) -> Layout:
    """The layout of an existing archive. Raises NoArchive when there is none, or one of another version."""
    layout = Layout(root.absolute())
    found = read_config(layout).get("format")
    if found != FORMAT:
        raise NoArchive(
            f"{layout.config}: this Gazette reads archives of format {FORMAT}, this has format = {found!r};"
            " use the Gazette that made it"
        )
    return layout
