"""What happens after each run: judge, compare with what was told, tell."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import ArchiveError
from archive.layout import Layout
from archive.types import Site
from crawler.health.judge import judge_all
from crawler.health.nouns import OF_PAGES, ArchiveHistory, Cause, Trouble
from crawler.notices.book import Book, Due
from crawler.notices.nouns import NAMES, Channel, Event, Notice
from crawler.sites import readable_sites


def tell(
    layout: Layout, known: ArchiveHistory, channels: Sequence[Channel], now: datetime
) -> tuple[list[Trouble], list[str]]:
    """Judge, note what is new and what is over, and deliver what waits.

    Gives what is off now, and what could not be delivered, a line each. Raises ArchiveError when crawl.db
    can't be written.
    """
    found = judge_all(known, now)
    sites, _ = readable_sites(layout)
    if not layout.crawl_db.exists():
        return found, []
    with closing(Book(layout.crawl_db)) as book:
        by_name = {NAMES[type(channel)]: channel for channel in channels}
        judged = {history.site for history in known.sites} | {one.site for one in known.unreadable}
        if known.complete:
            # A site whose file is gone is judged too: nothing is off with what nobody wants.
            judged |= {"", *(trouble.site for trouble in book.open())}
        book.enter(found, judged, list(by_name), now, OF_PAGES if known.unread is not None else ())
        wrong = []
        for due in book.due(list(by_name), now):
            error = _deliver(by_name[due.channel], due, layout.root, sites)
            book.delivered(due.id, now, error)
            if error is not None:
                wrong.append(error)
    return found, list(dict.fromkeys(wrong))


def _deliver(channel: Channel, due: Due, root: Path, sites: dict[str, Site]) -> str | None:
    """Why a notice was not delivered, None when it was."""
    site = sites.get(due.trouble.site)
    title = (site.title or site.name) if site is not None else due.trouble.site or root.name
    over_at = due.over_at if due.event is Event.OVER else None
    zone = site.zone if site is not None else "UTC"
    # With its clients of mail and HTTP, which a run without a notice doesn't need.
    from crawler.notices.channels import deliver

    try:
        deliver(channel, Notice(due.event, due.trouble, str(root), title, zone, over_at), root)
    except ArchiveError as error:
        return str(error)
    return None


def test(layout: Layout, channels: Sequence[Channel]) -> list[str]:
    """Send a test by each channel: what went wrong, a line each."""
    from crawler.notices.channels import deliver

    now = datetime.now(UTC)
    notice = Notice(
        Event.TEST, Trouble("", Cause.RUN_FAILED, now, "a test"), str(layout.root), layout.root.name, "UTC"
    )
    wrong = []
    for channel in channels:
        try:
            deliver(channel, notice, layout.root)
        except ArchiveError as error:
            wrong.append(str(error))
    return wrong
