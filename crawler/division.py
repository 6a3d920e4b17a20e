"""Sites divided over crawling processes: what shares an authority stays together, and the parts are even.

sites -> groups (one authority's first URLs) -> in the order of their hashes -> dealt out in turn
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

from archive.types import Site
from crawler import discover


def divided(sites: Collection[Site], processes: int) -> list[list[str]]:
    """The names of the sites for each of at most ``processes`` processes, in their order; none is empty.

    The same sites are divided in the same way on every machine, however they are ordered. A hash alone
    would say where each site goes, and might well send all of a few sites to one process; as crawl.db and
    not a process remembers what a site needs, nothing asks for that. So the hash gives the order alone, and
    each group goes to the process with the fewest sites.
    """
    groups = sorted(_groups(sites), key=lambda group: (-len(group), _hash(group[0])))
    parts: list[list[str]] = [[] for _ in range(min(processes, len(groups)))]
    for group in groups:
        min(parts, key=len).extend(group)
    return [[site.name for site in sites if site.name in part] for part in map(set, parts)]


def _groups(sites: Iterable[Site]) -> list[list[str]]:
    """Sites whose rounds begin at the same authorities (host and port), each group in the order of names.

    An authority is asked by one at a time among all processes: see crawler.turns. Here it is only that two
    processes would wait for each other there.
    """
    groups: list[tuple[set[str], list[str]]] = []
    for site in sites:
        authorities = {offer.authority for offer in discover.seeds(site)}
        joined = [group for group in groups if group[0] & authorities]
        groups = [group for group in groups if not group[0] & authorities]
        names = [name for _, some in joined for name in some]
        groups.append((authorities.union(*(known for known, _ in joined)), [*names, site.name]))
    return [sorted(names) for _, names in groups]


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
