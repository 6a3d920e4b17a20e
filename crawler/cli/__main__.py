"""``python -m crawler.cli`` is ``gazette``."""

from __future__ import annotations

from crawler.cli import main

main()
