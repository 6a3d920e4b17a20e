"""How a run came about: who started it, and under which configuration of its sites."""

from __future__ import annotations

import dataclasses
import getpass
import json
import os
import socket
from collections.abc import Iterable

from archive.types import Site
from archive.warc.records import digest_of
from crawler.handlers.cut import cut_user_info


def started_by(how: str) -> str:
    """A person, their machine and how: ``anna@server (timer)``."""
    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        person = str(os.getuid())
    return f"{person}@{socket.gethostname()} ({how})"


def configuration(site: Site) -> bytes:
    """A site's configuration as JSON, as it stands in the WARC file: sorted, without secrets."""
    stated = dataclasses.asdict(site)
    text = json.dumps(stated, ensure_ascii=False, indent=1, sort_keys=True, default=str)
    return cut_user_info(text).encode()


def config_digest(sites: Iterable[Site]) -> str:
    """The digest of the sites' configurations, one behind the other by name.

    Of a single site it is the WARC-Payload-Digest of the record that holds it.
    """
    return digest_of(configuration(site) for site in sorted(sites, key=lambda site: site.name))
