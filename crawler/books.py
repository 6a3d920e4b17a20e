"""What came of each URL, counted in its site's tally, and the budgets that this uses up."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.rights import RULES
from crawler.session import Session
from crawler.task import REQUISITE, Kept, Offer, Task
from crawler.visits import ARTICLE


class Books:
    """The counting side of a run; see Tally for what is counted."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def kept(self, task: Task, kept: Kept, size: int) -> None:
        """An exchange with a response was kept; ``size``: bytes of the response."""
        tally = self._session.tallies[task.site]
        tally.received(size, beside=task.beside)
        tally.requisites += task.beside
        tally.fetched += not task.beside
        if task.kind not in RULES and not task.beside:
            page = 200 <= kept.status < 300
            tally.pages += page
            if kept.revisit:
                tally.unchanged += 1
            elif page and task.visit.first_at is None:
                tally.new += 1
            elif page:
                tally.changed += 1
        self._session.check_budgets(task.site)

    def read(self, task: Task, page: str | None) -> None:
        """A kept page was read: an article that was new, or anything else."""
        self._session.tallies[task.site].articles += page == ARTICLE and task.visit.first_at is None

    def missed(self, task: Task, outcome: str, kind: str, reason: str) -> None:
        """A URL ended without a page: ``refused`` or ``failed``."""
        tally = self._session.tallies[task.site]
        if not task.beside:
            tally.error = reason
        tally.miss(outcome, kind, REQUISITE if task.beside else task.kind, task.url, reason)
        self._session.check_budgets(task.site)

    def left_out(self, site: str, offers: Iterable[Offer]) -> None:
        """Links that are refused by their address alone."""
        for offer in offers:
            self._session.tallies[site].miss("refused", "scope", offer.kind, offer.url, offer.refused or "")
