"""A real file system that can be made full."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Volume:
    """A file system in memory, of a size that can be changed (Linux, root)."""

    place: Path

    def give(self, space: int) -> None:
        """Make it so large that ``space`` bytes are free."""
        used = shutil.disk_usage(self.place).used
        self._mount(f"remount,size={used + space}")

    def _mount(self, options: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.place)], check=True)


@contextmanager
def volume(place: Path) -> Iterator[Volume]:
    """Such a volume, as long as the block runs. Raises OSError where nobody may mount one."""
    place.mkdir()
    made = Volume(place)
    try:
        made._mount("size=64m")
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        raise PermissionError(f"{place}: no file system can be mounted here") from error
    try:
        yield made
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
