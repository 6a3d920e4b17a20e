"""A look at a site: what it offers a crawler, and what would be extracted of some of its pages.

URL -> page -> wall? -> feeds, sitemaps (named, then at usual places) -> sections, paging
    -> likely articles -> trial -> Look
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archive import urls
from archive.errors import ArchiveError
from archive.extract.feeds import parse_feed
from archive.extract.language import detected
from archive.types import Document, Kind, Outcome
from crawler import robots
from crawler.cli import offers
from crawler.cli.ask import Answer, Asker, LedAway, Refused
from crawler.cli.offers import Collected
from crawler.cli.trial import Extract
from crawler.survey import marks, page
from crawler.survey.marks import Seen, Wall, WallKind
from crawler.survey.places import (
    same_site,
    within_site,
)
from crawler.survey.sitefile import Proposal

MAX_PAGES = 5
"""Pages of a trial."""
_REFUSALS = (401, 402, 403, 429, 451)


@dataclass(frozen=True, slots=True)
class Tried:
    """One page of the trial."""

    url: str
    outcome: Outcome | None  # None when it could not be fetched
    wall: Wall | None
    problem: str | None  # why there is no outcome
    paywall: tuple[str, ...] = ()

    @property
    def article(self) -> Document | None:
        """The article that was extracted, None when the page gave none."""
        found = self.outcome
        return found if isinstance(found, Document) and found.kind is Kind.ARTICLE and found.text else None


@dataclass(frozen=True, slots=True)
class Look:
    """All that a look found."""

    proposal: Proposal
    tried: tuple[Tried, ...]
    asked: int  # requests


def look(url: str, asker: Asker, extract: Extract | None) -> Look:
    """Look at the site of a page. ``extract`` None: without a trial.

    Raises Refused when robots.txt or the server says no, and ArchiveError when nothing answers.
    """
    front, wall = _front(url, asker)
    seen = _seen(front)
    place = front.url
    head = page.read_head(seen.html, place)
    articles = page.article_links(seen.anchors, place)
    wall = wall or marks.wall(seen, len(articles))
    found = Collected()
    stopped = wall is not None and wall.kind is WallKind.CHALLENGE  # who is sent away doesn't try every door
    if not stopped:
        offers.feeds(found, head.feeds, page.feed_links(seen.anchors, place), place, asker)
        offers.sitemaps(found, place, asker)
    sections = page.sections(seen.anchors, place)
    here = urls.authority(place)
    allowed = tuple(s for s in sections if urls.authority(s.url) != here or asker.allows(s.url))
    told = detected(" ".join(marks.visible(seen.html)))
    proposal = Proposal(
        seed=urls.canonical(front.lasting) or front.lasting,
        title=head.title if wall is None or wall.kind is WallKind.SHELL else None,
        language=head.language or told,
        declared=head.language is not None,
        feeds=tuple(found.feeds),
        sitemaps=tuple(found.sitemaps),
        sections=allowed,
        forbidden=tuple(s for s in sections if s not in allowed),
        next_page=offers.paging(seen, [s.url for s in allowed], asker) if wall is None else None,
        calendars=page.calendars(seen.anchors, place),
        delay=asker.rules(place).delay,
        inside=urls.authority(place) in asker.inside,
        paywall=marks.paywall(seen.html),
        consent=marks.consent_layers(seen.html),
        rights=offers.rights([front], place, asker) if not stopped else (),
        notes=tuple(found.notes),
        wall=wall,
    )
    tried: list[Tried] = []
    if extract is not None and not stopped:
        tried = _trial(_candidates(found, articles, allowed, proposal.seed), asker, extract)
    return Look(_judged(proposal, tried), tuple(tried), asker.asked)


def _front(url: str, asker: Asker) -> tuple[Answer, Wall | None]:
    """The page itself, and the wall that its status or a redirect already tells of."""
    answer = _page(url, asker)
    if isinstance(answer, Wall):
        # There is no page then; the rest of the site may still answer.
        return Answer(url, url, 0, (), b""), answer
    seen = _seen(answer)
    wall = marks.wall(seen, len(page.article_links(seen.anchors, answer.url)))
    if answer.status != 200 and wall is not None and wall.kind is WallKind.CHALLENGE:
        return answer, wall
    if answer.status in _REFUSALS:
        raise Refused(f"{url}: the server answers {answer.status} to {robots.product_token(asker.agent)}")
    if answer.status >= 500:
        raise ArchiveError(f"{url}: the server answers {answer.status}; try again later")
    if answer.status != 200:
        raise ArchiveError(
            f"{url}: the server answers {answer.status}; give the address of a page that is there"
        )
    if (feed := parse_feed(answer.body, answer.url)) is not None:
        named = f", such as {feed.url}" if feed.url else ""
        raise ArchiveError(f"{url}: is a feed; add the site that it belongs to by its front page{named}")
    if not _is_html(answer):
        stated = answer.header("content-type") or "no type stated"
        raise ArchiveError(f"{url}: is no HTML page ({stated}); add the site by its front page")
    return answer, None


def _is_html(answer: Answer) -> bool:
    return "html" in (answer.header("content-type") or "html").lower() or bool(
        re.search(rb"<(?:!doctype html|html|head|body)\b", answer.body[:4096], re.IGNORECASE)
    )


def _page(url: str, asker: Asker) -> Answer | Wall:
    """The answer beyond redirects in headers and in pages; the wall when they lead to a consent page."""
    begun, lasting = url, ""
    try:
        for _ in range(11):
            answer = asker.get(url)
            lasting = lasting or answer.lasting
            target = page.refresh_target(answer.text, answer.url) if answer.status == 200 else None
            if target is None:
                return replace(answer, lasting=lasting)
            if not same_site(target, url):
                raise LedAway(answer.url, target)
            url = target
    except LedAway as error:
        if marks.is_consent_place(error.target, begun):
            return Wall(WallKind.CONSENT, f"leads to {error.target}, which asks for consent")
        raise
    raise ArchiveError(f"{begun}: its pages pass on more than 10 times")


def _seen(answer: Answer) -> Seen:
    html = answer.text
    return Seen(answer.url, answer.status, answer.headers, html, page.anchors(html, answer.url))


def _candidates(
    found: Collected, articles: Sequence[str], sections: Sequence[page.Section], seed: str
) -> list[str]:
    """Pages that are likely articles: by turns the newest of the feeds, of the sitemaps, and links."""
    known = {urls.canonical(s.url) for s in sections} | {urls.canonical(seed)}
    dated = [_newest(found.items), _likely(_newest(found.pages), articles), list(articles)]
    chosen: dict[str, None] = {}
    for turn in range(max(map(len, dated), default=0)):
        for source in dated:
            address = urls.canonical(source[turn]) if turn < len(source) else None
            if address and address not in known and within_site(address, seed):
                chosen.setdefault(address)
        if len(chosen) >= 3 * MAX_PAGES:
            break
    return list(chosen)


def _newest(items: Sequence[tuple[datetime | None, str]]) -> list[str]:
    # Undated ones keep the order of their list, behind the dated.
    return [url for _, url in sorted(items, key=lambda i: -i[0].timestamp() if i[0] else 0.0)]


def _likely(addresses: Sequence[str], articles: Sequence[str]) -> list[str]:
    """What a sitemap names, without what is a page of another kind by its address."""
    likely = set(page.likely_articles(addresses))
    return [address for address in addresses if address in likely or address in articles]


def _trial(candidates: Sequence[str], asker: Asker, extract: Extract) -> list[Tried]:
    answers: list[Answer] = []
    failed: list[Tried] = []
    for address in candidates:
        if len(answers) + len(failed) >= MAX_PAGES or not asker.spare(address):
            break
        if not asker.allows(address):
            continue
        try:
            answer = asker.get(address)
        except LedAway as error:
            consent = marks.is_consent_place(error.target, address)
            wall = Wall(WallKind.CONSENT, f"leads to {error.target}") if consent else None
            failed.append(Tried(address, None, wall, f"leads to {error.target}"))
        except ArchiveError as error:
            failed.append(Tried(address, None, None, str(error).removeprefix(f"{address}: ")))
        else:
            answers.append(answer)
    return [*_extracted(answers, extract), *failed]


def _extracted(answers: Sequence[Answer], extract: Extract) -> Iterator[Tried]:
    whole = [answer for answer in answers if answer.status == 200]
    outcomes = dict(zip([answer.url for answer in whole], extract(whole), strict=True)) if whole else {}
    for answer in answers:
        seen = _seen(answer)
        outcome = outcomes.get(answer.url)
        # A page that gives an article is none of the walls, however short it is.
        got = isinstance(outcome, Document) and outcome.kind is Kind.ARTICLE and outcome.text.count(" ") > 60
        wall = None if got else marks.wall(seen, len(page.article_links(seen.anchors, answer.url)))
        problem = None if answer.status == 200 else f"the server answers {answer.status}"
        yield Tried(answer.url, outcome, wall, problem, marks.paywall(seen.html))


def _judged(proposal: Proposal, tried: Sequence[Tried]) -> Proposal:
    """The proposal with what the trial adds: language, paywall, and whether a wall is all there is."""
    articles = [t.article for t in tried if t.article and t.wall is None]
    walls = [t.wall for t in tried if t.wall is not None]
    wall = proposal.wall
    notes = list(proposal.notes)
    if wall is not None and articles:
        notes.append(f"The page itself gives nothing ({wall.kind}: it {wall.evidence}); its articles do.")
        wall = None
    elif wall is None and walls and not articles and len(walls) == len(tried):
        wall = walls[0]
    language = proposal.language
    if language is None and (spoken := [a.language for a in articles if a.language]):
        language = Counter(spoken).most_common(1)[0][0].partition("-")[0]
    paid = sum(
        1
        for t in tried
        if t.paywall or (t.article and (t.article.paywall_declared or t.article.paywall_observed))
    )
    paywall = proposal.paywall
    if paid:
        paywall = (*paywall, f"{paid} of {len(tried)} pages tried are behind a paywall")
    return replace(proposal, language=language, paywall=paywall, notes=tuple(notes), wall=wall)
