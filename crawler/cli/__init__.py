"""The ``gazette`` command: one file a verb, loaded when it is called for."""

from __future__ import annotations

import sys


def main() -> None:
    """The entry point: runs the command line and ends the process with its exit code."""
    try:
        # Inside, so that Ctrl-C while modules load is one line too.
        from crawler.cli.tree import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("gazette: interrupted\n")
        code = 11
    sys.exit(code)
