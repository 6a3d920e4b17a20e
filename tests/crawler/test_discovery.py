"""Each way of discovery, alone and all at once, over the generated outlet: each article once, none beyond."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.crawler.bigsite import PATHS, BigSite
from tests.crawler.discovering import Verdict, crawl


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Verdict]]:
    """One run over an outlet for each path alone, and one for all of them with every trap."""
    with ExitStack() as stack:
        sites = {path: BigSite(26, frozenset((path,)), traps=False, per_page=2, per_file=7) for path in PATHS}
        sites["all"] = BigSite(26, per_page=2, per_file=7)
        for site in sites.values():
            stack.enter_context(site)
        yield crawl(sites, tmp_path_factory.mktemp("discovery") / "a")


@pytest.mark.parametrize("path", [*PATHS, "all"])
def test_each_article_is_found_once_and_none_beyond_the_scope(
    verdicts: dict[str, Verdict], path: str
) -> None:
    verdict = verdicts[path]
    assert (verdict.code, verdict.missing, verdict.twice, verdict.beyond) == (0, (), (), ())
    assert {"dated before 2026-01-01", "denied by the site file"} <= verdict.refused.keys()


def test_traps_cost_at_most_their_budgets(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["all"]
    assert verdict.good
    assert verdict.traps["calendar"] > 0
    assert verdict.refused["a trap"] > 0
