"""Serves the sample outlets on loopback, each on its own port, for the demo, the tests and first tries.

``python -m crawler.samples.server [--ports 8101,8102,8103]`` serves until Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.samples import model
from crawler.samples.loopback import App, Loopback, OnLoopback, PortTaken, Resource
from crawler.samples.outlets import CALENDAR, Served, Site, build
from crawler.samples.sitefiles import site_file
from crawler.samples.truth import ArticleTruth, Planted, planted


@dataclass(frozen=True, slots=True)
class Running:
    """An outlet that is being served."""

    name: str  # also the name of its site file
    title: str
    base_url: str  # without a final slash


class SampleServer(OnLoopback):
    """The outlets on 127.0.0.1, from ``with`` to its end.

    ``stage`` 1 is the first state; in stage 2 some articles have changed or moved: see ``planted``.
    ``ports`` in the order of the outlets; 0 or none takes free ones. Raises PortTaken.
    """

    def __init__(self, ports: Sequence[int] = ()) -> None:
        names = [outlet.name for outlet in model.load()]
        wanted = dict(zip(names, [*ports, *[0] * len(names)], strict=False))
        self._loopback = Loopback(wanted)
        bases = self._loopback.base_urls
        self.stage = 1
        self.outlets = tuple(Running(o.name, o.title, bases[o.name]) for o in model.load())
        self._sites: dict[int, dict[str, Site]] = {
            stage: {o.name: build(o, bases[o.name], stage) for o in model.load()} for stage in (1, 2)
        }

    def _apps(self) -> dict[str, App]:
        return {outlet.name: self._app(outlet.name) for outlet in self.outlets}

    def _app(self, name: str) -> App:
        def answer(target: str) -> Resource:
            return self._sites[self.stage][name].serve(target).resource

        return answer

    def change(self) -> None:
        """Goes on to stage 2."""
        self.stage = 2

    def site_file(self, name: str) -> str:
        """The TOML text of ``sites/NAME.toml`` of an outlet. Raises KeyError."""
        return site_file(self._sites[1][name])

    def pages(self, stage: int = 1) -> dict[str, Served]:
        """Every URL of all outlets but the endless ones, with what it answers and its kind."""
        return {
            site.edition.base + path: served
            for site in self._sites[stage].values()
            for path, served in site.pages.items()
        }

    def expected(self, stage: int = 1) -> dict[str, ArticleTruth]:
        """What is true about every article, by URL."""
        return {url: served.truth for url, served in self.pages(stage).items() if served.truth is not None}

    def planted(self) -> tuple[Planted, ...]:
        """What happens to articles between the stages."""
        first, second = self._sites[1], self._sites[2]
        return tuple(each for name in first for each in planted(first[name].edition, second[name].edition))

    def served(self, url: str, stage: int = 1) -> Served:
        """What any URL of the outlets answers, endless and missing ones included. Raises LookupError."""
        for site in self._sites[stage].values():
            if url.startswith(site.edition.base + "/"):
                return site.serve(url.removeprefix(site.edition.base))
        raise LookupError(f"{url}: not served here")

    def kind(self, url: str, stage: int = 1) -> str:
        """The kind of any URL of the outlets, see Served. Raises LookupError."""
        return self.served(url, stage).kind

    @staticmethod
    def is_calendar(url: str) -> bool:
        """Whether a URL is a month of an endless calendar."""
        return CALENDAR.search(url) is not None


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until Ctrl-C; returns 2 when a port is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m crawler.samples.server", description="Serves the sample outlets until Ctrl-C."
    )
    parser.add_argument("--ports", default="8101,8102,8103", help="one port per outlet, 0 for a free one")
    options = parser.parse_args(arguments)
    try:
        ports = [int(port) for port in options.ports.split(",")]
    except ValueError:
        parser.error(f"--ports {options.ports}: give whole numbers with commas between them")
    try:
        server = SampleServer(ports)
    except PortTaken as error:
        print(error, file=sys.stderr)
        return error.exit_code
    with server:
        for outlet in server.outlets:
            print(f"{outlet.title:24} {outlet.base_url}/", flush=True)
        print("Ctrl-C ends it.", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
