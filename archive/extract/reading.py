"""How the tree of a page becomes a document: the steps in their order, and what each leaves to the next."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from archive import urls
from archive.extract import (
    article,
    clean,
    comments,
    copies,
    cuts,
    dates,
    dom,
    extractor_key,
    gaps,
    images,
    kind,
    language,
    lead,
    metadata,
    names,
    paywall,
    rights,
    rightsfiles,
    split,
    suspects,
    teasers,
)
from archive.extract.dom import Element, squash
from archive.extract.referee import vote
from archive.extract.referee.features import Hints
from archive.extract.referee.model import opinion
from archive.extract.split import Piece
from archive.types import Block, Document, Kind, Page, Teaser


def blank(page: Page, page_kind: Kind) -> Document:
    """A document of which nothing is known yet but what it is of, and what its headers say of rights.

    A file that states rights for the whole site is one too: its rules are all that is read of it.
    """
    digest = "sha256:" + hashlib.sha256(page.body).hexdigest()
    file = rightsfiles.file_of(page.capture.url)
    rules = rightsfiles.read(file, page.body) if file else ()
    return Document(
        urls.document_id(page.capture.url, digest),
        page.capture,
        extractor_key(),
        page_kind,
        digest,
        rights=(*rights.of_headers(page.headers), *rules),
    )


class Reading:
    """One HTML page on its way to a document; each step leaves what the next ones need."""

    def __init__(self, page: Page, tree: Element, captured_at: datetime | None) -> None:
        self.page = page
        self.tree = tree
        self.url = page.capture.url
        self.latest = dates.last_day(captured_at)
        self.meta = metadata.read(tree, self.url, self.latest)
        self.pieces = split.pieces(tree.find("body"))
        self.asked = True
        self.outvoted: frozenset[str] = frozenset()  # lines of trafilatura's that the referee voted out
        self.by_text: dict[str, Piece] = {}
        for piece in self.pieces:
            # A table of contents repeats the headings as links: the heading itself is meant.
            known = self.by_text.get(piece.squashed)
            if known is None or piece.link_share < known.link_share:
                self.by_text[piece.squashed] = piece

    def document(self) -> Document:
        """The pipe from blocks to a document."""
        separated = copies.without_copies(self._separated())
        self._ask_for_missing()
        blocks, others = self._without_others(separated)
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
        blocks = _without_lead(clean.clean(blocks, known), lead_text)
        records = teasers.records(
            [g for g in others.groups if not teasers.is_navigation(g, self.pieces)], self.pieces
        )
        unlinked = self._unlinked(blocks)
        page_kind = kind.decide(self._signs(records, unlinked, others.teasers), unlinked, lead_text)
        found = self._described(blank(self.page, page_kind), blocks, lead_text)
        found = replace(found, kicker=found.kicker or self._second_said(seconds), teasers=records)
        if page_kind is not Kind.ARTICLE:
            return found
        return replace(
            found,
            suspects=suspects.find(blocks, self.pieces, lead_text, others.teasers),
            cuts=cuts.find(self.pieces, blocks, lead_text, found.kicker, known, others),
            paywall_observed=paywall.observed(self.pieces, found.text),
        )

    def _described(self, found: Document, blocks: tuple[Block, ...], lead_text: str | None) -> Document:
        """A document with its text, and with all that the page says of it."""
        meta = self.meta
        text = "\n".join([lead_text, *(b.text for b in blocks)] if lead_text else [b.text for b in blocks])
        return replace(
            found,
            title=meta.title,
            kicker=meta.kicker,
            lead=lead_text,
            blocks=blocks,
            text=text,
            authors=meta.authors,
            agencies=meta.agencies,
            published=meta.published,
            modified=meta.modified,
            section=meta.section,
            tags=meta.tags,
            language=meta.language or language.detected(text),
            images=images.read(self.tree, meta.images, self.url),
            rights=(*found.rights, *rights.of_tree(self.tree, self.url), *meta.claims),
            paywall_declared=meta.paywall_declared,
            canonical_url=meta.canonical_url,
            trafilatura_asked=self.asked,
        )

    def _separated(self) -> tuple[Block, ...]:
        """The blocks that are the article, by the referee alone or by its vote with trafilatura."""
        hints = Hints(self.meta.title, tuple(self.meta.descriptions))
        said = opinion(self.pieces, self.tree.find("body"), hints)
        self.asked = not (self.meta.article and vote.is_sure(self.pieces, said))
        if not self.asked:
            return suspects.apart(vote.alone(self.pieces, said), self.pieces)
        blocks = gaps.fill(article.blocks(self.tree, self.url), self.pieces)
        blocks = suspects.apart(blocks, self.pieces)
        runs: dict[int, set[int]] = defaultdict(set)
        for item in suspects.find(blocks, self.pieces, None):
            runs[item.run].update(range(item.first, item.last + 1))
        voted = vote.vote(blocks, self.pieces, said, runs.values())
        self.outvoted = _squashed(blocks) - _squashed(voted)
        return voted

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

    def _without_others(self, blocks: Sequence[Block]) -> tuple[tuple[Block, ...], cuts.Others]:
        """The blocks that are neither proven teasers nor comments, and what else is on the page."""
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
        others = cuts.Others(self.asked, inside, self.outvoted, tuple(found), said)
        if not cut:
            return tuple(blocks), others
        return tuple(b for b in (_without_lines(b, cut) for b in blocks) if b.text), others

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

    def _signs(
        self, records: Sequence[Teaser], blocks: Sequence[Block], promoting: frozenset[int]
    ) -> kind.Signs:
        days = sum(1 for p in self.pieces if p.tag in ("td", "th") and p.text.isdigit() and len(p.text) <= 2)
        promoted = {self.pieces[i].squashed for i in promoting}
        return kind.Signs(
            path=urlsplit(urls.canonical(self.url) or "").path,
            paged=kind.is_paged(self.url),
            title=self.meta.title,
            article_claimed=self.meta.article,
            listing_claimed=self.meta.listing,
            published=self.meta.published is not None and self.meta.published.source in ("json-ld", "meta"),
            teasers=len(records),
            teaser_words=sum(len(t.headline.split()) + len(t.text.split()) for t in records),
            promoted=kind.running_words([b for b in blocks if squash(b.text) in promoted]),
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
