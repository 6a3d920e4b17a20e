"""What a search page was asked for: the query in its URL, and the URLs of searches that differ from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from archive.research.asked import query_of, unknown
from archive.types import Kind, Order, Query

if TYPE_CHECKING:
    from archive.web.visit import Visit

FILTERS: Final = ("site", "since", "until", "author", "section", "language", "paywall", "kind", "exact")
"""Parameters of the URL that narrow a search."""
_OTHERS = ("q", "sort", "rank")
_PAYWALL = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The parameters that say anything, as they were typed; `after` and what is shown are no part of it."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """The value of a parameter; "" where it says nothing."""
        return self.values.get(name, "")

    @property
    def filters(self) -> dict[str, str]:
        """Those parameters that narrow the search."""
        return {name: self.values[name] for name in FILTERS if name in self.values}

    def url(self, path: str, **changes: object) -> str:
        """The URL of this search with some parameters changed; None or "" leaves one out."""
        asked = {name: value for name, value in {**self.values, **changes}.items() if value}
        return f"{path}?{urlencode(asked)}" if asked else path

    def without_filters(self, path: str) -> str:
        """The URL of a search for the same words alone."""
        return self.url(path, **dict.fromkeys(FILTERS))

    def query(self, limit: int, after: str | None = None) -> Query:
        """What it means. Raises BadQuery."""
        paywall = self["paywall"]
        if paywall and paywall not in _PAYWALL:
            raise unknown("paywall", paywall, _PAYWALL)
        query = query_of(
            self["q"],
            {
                "since": self["since"] or None,
                "until": self["until"] or None,
                "kind": self["kind"] or Kind.ARTICLE.value,  # type: ignore[typeddict-item]
            },
            limit=limit,
            order=self["sort"] or Order.RELEVANCE,
            full_rank=self["rank"] == "all",
        )
        return replace(
            query,
            site=self["site"] or None,
            author=self["author"] or None,
            section=self["section"] or None,
            language=self["language"] or None,
            paywall=_PAYWALL.get(paywall),
            exact=bool(self["exact"]),
            after=after,
        )


def wanted(visit: Visit) -> Wanted:
    """What the URL of a visit asks for."""
    asked = {name: visit.asked(name) for name in (*_OTHERS, *FILTERS)}
    return Wanted({name: value for name, value in asked.items() if value})
