"""How a page becomes an outcome: the steps in their order, and nothing else."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from archive import urls
from archive.extract import (
    article,
    charset,
    clean,
    comments,
    dates,
    dom,
    extractor_key,
    feeds,
    gaps,
    images,
    kind,
    language,
    lead,
    metadata,
    names,
    paywall,
    sniff,
    split,
    suspects,
    teasers,
)
from archive.extract.dom import Element, squash
from archive.extract.referee import vote
from archive.extract.referee.features import Hints
from archive.extract.referee.model import opinion
from archive.extract.split import Piece
from archive.types import (
    Block,
    Capture,
    Document,
    Failure,
    FailureKind,
    Kind,
    Page,
    RecordRef,
    Teaser,
)

_NOWHEN = datetime(1970, 1, 1, tzinfo=UTC)


def of_html(html: bytes, url: str, captured_at: datetime | None) -> Document | Failure:
    """The outcome of HTML that lies in no archive."""
    capture = Capture("", RecordRef("", 0, 0), url, captured_at or _NOWHEN, None, "text/html", None)
    return _outcome(Page(capture, (("Content-Type", "text/html"),), html), captured_at)


def of_page(page: Page) -> Document | Failure:
    """The outcome of a stored page."""
    return _outcome(page, page.capture.captured_at)


def _outcome(page: Page, captured_at: datetime | None) -> Document | Failure:
    found = sniff.what(page)
    if found is sniff.What.EMPTY:
        return _failure(page, FailureKind.EMPTY, "the page has no content")
    if found is sniff.What.NOT_HTML:
        return _failure(page, FailureKind.NOT_HTML, "the server calls it HTML, and there is no markup in it")
    if found is sniff.What.FEED:
        return _feed(page)
    if found is not sniff.What.HTML:
        return _document(page, Kind.OTHER)
    return _html(page, captured_at)


def _html(page: Page, captured_at: datetime | None) -> Document | Failure:
    decoded = charset.decode(page.body, page.content_type)
    if decoded is None:
        return _failure(page, FailureKind.UNDECODABLE, "the bytes are no text in any charset")
    if len(decoded.text) > dom.MAX_CHARACTERS or decoded.text.count("<") > dom.MAX_TAGS:
        return _failure(
            page, FailureKind.TOO_LARGE, f"{len(decoded.text)} characters, {decoded.text.count('<')} tags"
        )
    tree = dom.parse(decoded.text)
    if tree is None:
        return _failure(page, FailureKind.NOT_HTML, "no tree can be built from the markup")
    return _Reading(page, tree, captured_at).document()


class _Reading:
    """One HTML page on its way to a document; each step leaves what the next ones need."""

    def __init__(self, page: Page, tree: Element, captured_at: datetime | None) -> None:
        self.page = page
        self.tree = tree
        self.url = page.capture.url
        self.latest = dates.last_day(captured_at)
        self.meta = metadata.read(tree, self.url, self.latest)
        self.pieces = split.pieces(tree.find("body"))
        self.asked = True
        self.by_text: dict[str, Piece] = {}
        for piece in self.pieces:
            # A table of contents repeats the headings as links: the heading itself is meant.
            known = self.by_text.get(piece.squashed)
            if known is None or piece.link_share < known.link_share:
                self.by_text[piece.squashed] = piece

    def document(self) -> Document:
        """The pipe from blocks to a document."""
        blocks = self._separated()
        self._ask_for_missing()
        blocks, found = self._without_others(blocks)
        lead_piece = lead.find(self.pieces, _squashed(blocks), self.meta.title, self.meta.descriptions)
        lead_text = clean.without_label(lead_piece.text) if lead_piece else None
        seconds = lead.second_headlines(self.pieces, lead_piece, self.meta.title) if lead_piece else []
        drop = {lead_piece.squashed, *map(squash, (lead_text or "").split("\n"))} if lead_piece else set()
        known = clean.Known(
            by_text=self.by_text,
            drop=frozenset(drop | {p.squashed for p in seconds}),
            title=squash(self.meta.title or ""),
            headings=self._headings(),
            authors=self.meta.authors,
            people=frozenset(squash(a) for a in self.meta.authors),
        )
        blocks = clean.clean(blocks, known)
        blocks = _without_lead(blocks, lead_text)
        records = teasers.records(
            [g for g in found if not teasers.is_navigation(g, self.pieces)], self.pieces
        )
        page_kind = kind.decide(self._signs(records), self._unlinked(blocks), lead_text)
        text = "\n".join([lead_text, *(b.text for b in blocks)] if lead_text else [b.text for b in blocks])
        return replace(
            _document(self.page, page_kind),
            title=self.meta.title,
            kicker=self.meta.kicker or self._second_said(seconds),
            lead=lead_text,
            blocks=blocks,
            text=text,
            authors=self.meta.authors,
            agencies=self.meta.agencies,
            published=self.meta.published,
            modified=self.meta.modified,
            section=self.meta.section,
            tags=self.meta.tags,
            language=self.meta.language or language.detected(text),
            images=images.read(self.tree, self.meta.images, self.url),
            teasers=records,
            suspects=suspects.find(blocks, self.pieces, lead_text) if page_kind is Kind.ARTICLE else (),
            paywall_declared=self.meta.paywall_declared,
            paywall_observed=paywall.observed(self.pieces, text) if page_kind is Kind.ARTICLE else None,
            canonical_url=self.meta.canonical_url,
            trafilatura_asked=self.asked,
        )

    def _separated(self) -> tuple[Block, ...]:
        """The blocks that are the article, by the referee alone or by its vote with trafilatura."""
        hints = Hints(self.meta.title, tuple(self.meta.descriptions))
        said = opinion(self.pieces, self.tree.find("body"), hints)
        self.asked = not (self.meta.article and vote.is_sure(self.pieces, said))
        if not self.asked:
            return vote.alone(self.pieces, said)
        blocks = gaps.fill(article.blocks(self.tree, self.url), self.pieces)
        runs: dict[int, set[int]] = defaultdict(set)
        for item in suspects.find(blocks, self.pieces, None):
            runs[item.run].update(range(item.first, item.last + 1))
        return vote.vote(blocks, self.pieces, said, runs.values())

    def _second_said(self, seconds: Sequence[Piece]) -> str | None:
        """The second headline where it says more than the title: no other field has a place for it."""
        return next((p.text for p in seconds if not lead.says_the_same(p.text, self.meta.title)), None)

    def _headings(self) -> frozenset[str]:
        """The title as it stands on the page, and its kicker, which trafilatura may take for text."""
        found = {squash(dom.inner_text(h)) for h in self.tree.iter("h1")}
        return frozenset(found | {squash(self.meta.kicker or "")}) - {""}

    def _ask_for_missing(self) -> None:
        """trafilatura's metadata, only where the page states nothing in a place that is known."""
        meta = self.meta
        if meta.title and meta.published and meta.authors:
            return
        people, agencies = meta.authors, meta.agencies
        if not people and not agencies and (claimed := article.author(self.tree)):
            people, agencies = names.sort_out(claimed.split(";"), meta.outlets)
        self.meta = replace(
            meta,
            title=meta.title or article.title(self.tree),
            published=meta.published or article.published(self.tree, self.url, self.latest),
            authors=people,
            agencies=agencies,
        )

    def _without_others(self, blocks: Sequence[Block]) -> tuple[tuple[Block, ...], list[teasers.Group]]:
        """The blocks that are neither proven teasers nor comments, and all groups of teasers on the page."""
        found = teasers.groups(self.pieces, self.tree.find("body"), self.url)
        inside = self._inside(blocks)
        cut: set[str] = set()
        for group in found:
            if group.pieces & inside and teasers.safe(group, self.pieces, inside):
                for item in group.items:
                    cut.update(self.pieces[i].squashed for i in item.pieces)
                    cut.add("".join(self.pieces[i].squashed for i in item.pieces))
        said = comments.find(self.pieces, inside)
        if said:
            outside = {p.squashed for i, p in enumerate(self.pieces) if i not in said}
            cut.update({self.pieces[i].squashed for i in said} - outside)
        if not cut:
            return tuple(blocks), found
        return tuple(b for b in (_without_lines(b, cut) for b in blocks) if b.text), found

    def _inside(self, blocks: Sequence[Block]) -> frozenset[int]:
        """The pieces that the blocks consist of."""
        lines = _squashed(blocks)
        whole = "".join(squash(b.text) for b in blocks)
        return frozenset(
            i
            for i, p in enumerate(self.pieces)
            if p.squashed in lines or (len(p.squashed) > 40 and p.squashed in whole)
        )

    def _unlinked(self, blocks: Sequence[Block]) -> tuple[Block, ...]:
        found = ((b, self.by_text.get(squash(b.text))) for b in blocks)
        return tuple(b for b, piece in found if piece is None or piece.link_share <= 0.8)

    def _signs(self, records: Sequence[Teaser]) -> kind.Signs:
        days = sum(1 for p in self.pieces if p.tag in ("td", "th") and p.text.isdigit() and len(p.text) <= 2)
        return kind.Signs(
            path=urlsplit(urls.canonical(self.url) or "").path,
            paged=kind.is_paged(self.url),
            title=self.meta.title,
            article_claimed=self.meta.article,
            listing_claimed=self.meta.listing,
            published=self.meta.published is not None and self.meta.published.source in ("json-ld", "meta"),
            teasers=len(records),
            teaser_words=sum(len(t.headline.split()) + len(t.text.split()) for t in records),
            days_in_table=days,
        )


def _squashed(blocks: Sequence[Block]) -> frozenset[str]:
    return frozenset(squash(line) for b in blocks for line in b.text.split("\n"))


def _without_lines(block: Block, cut: set[str]) -> Block:
    return Block(block.kind, "\n".join(line for line in block.text.split("\n") if squash(line) not in cut))


def _without_lead(blocks: Sequence[Block], lead_text: str | None) -> tuple[Block, ...]:
    """The lead stands in its own field; a block that begins with it keeps only what follows."""
    if not lead_text:
        return tuple(blocks)
    whole = squash(lead_text)
    kept = []
    for position, block in enumerate(blocks):
        if block.text.startswith(lead_text):
            block = Block(block.kind, block.text[len(lead_text) :].strip())
        elif position < 6 and len(key := squash(block.text)) > 20 and key in whole:
            continue
        if block.text:
            kept.append(block)
    return tuple(kept)


def _document(page: Page, page_kind: Kind) -> Document:
    digest = "sha256:" + hashlib.sha256(page.body).hexdigest()
    return Document(
        urls.document_id(page.capture.url, digest), page.capture, extractor_key(), page_kind, digest
    )


def _failure(page: Page, failure: FailureKind, message: str) -> Failure:
    return Failure(page.capture.record_id, extractor_key(), failure, message)


def _feed(page: Page) -> Document:
    """A feed is a section whose items are its teasers."""
    feed = feeds.parse_feed(page.body, page.capture.url)
    if feed is None:
        return _document(page, Kind.OTHER)
    items = tuple(
        Teaser(item.title or "", item.summary or "", item.url, position, "feed")
        for position, item in enumerate(feed.items)
    )
    return replace(_document(page, Kind.SECTION), title=feed.title, language=feed.language, teasers=items)
