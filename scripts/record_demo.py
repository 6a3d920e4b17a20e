"""Draws what ``scripts/demo`` prints as a picture for the README: scripts/record_demo FILE.svg"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 118


def main(target: Path) -> None:
    """Run the demo in a directory of its own and save its output as SVG."""
    with tempfile.TemporaryDirectory() as directory:
        printed = run(directory).replace(f"{Path(directory).resolve()}/", "")
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    console.print(Text.from_ansi(f"$ scripts/demo\n{printed}"), soft_wrap=False)
    svg = console.export_svg(title="scripts/demo")
    # rich names fonts of another host; a picture in a README reaches out to nobody.
    target.write_text(re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL) + "\n", encoding="utf-8")


def run(directory: str) -> str:
    """What the demo prints to a terminal: on a pipe it would leave the highlights out."""
    ours, theirs = pty.openpty()
    gazette = Path(__file__).resolve().parent.parent / ".venv/bin/gazette"
    with subprocess.Popen(
        [gazette, "demo", "demo-archive"], cwd=directory, stdout=theirs, stderr=subprocess.DEVNULL
    ):
        os.close(theirs)
        parts = []
        # On Linux the end of the other side is an error, not an end.
        with contextlib.suppress(OSError):
            while part := os.read(ours, 65_536):
                parts.append(part)
    return b"".join(parts).decode("utf-8").replace("\r\n", "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
